//! Who calls whom: every host and port that a service is told in its variables, arguments, labels and configuration.

use super::config::lines;
use super::endpoint::{Endpoint, endpoints};
use super::image::calls_nobody;
use super::listens::{Evidence, Text, tokens};
use super::said;
use crate::compose::{Project, Service};
use crate::document::Node;
use crate::place::Place;
use crate::word::name_words;

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In a variable.
    Variable,
    /// In a command line.
    Argument,
    /// In a configuration file.
    Config,
    /// In the health check.
    Healthcheck,
    /// In what tells a reverse proxy where the service itself is found.
    Proxied,
}

/// Who uses an address that stands in a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// The service itself: a protocol that no browser speaks, a proxy's configuration.
    Service,
    /// A browser, by the name of the variable (`VITE_…`, `NEXT_PUBLIC_…`).
    Browser,
    /// Nobody in particular: an address to show, to allow, to announce.
    Nobody,
    /// The service or a browser.
    Either,
}

/// A host that a service is told to call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The service.
    pub service: String,
    /// Where in the project: `gui.environment.API_URL`.
    pub path: String,
    /// Where it stands.
    pub kind: Kind,
    /// Who uses it.
    pub caller: Caller,
    /// The words of the variable's name, for telling which service it means.
    pub words: Vec<String>,
    /// The host and the port.
    pub endpoint: Endpoint,
    /// The port that is called.
    pub port: u16,
    /// Where the host stands.
    pub host_place: Option<Place>,
    /// Where the digits of the port stand, or the host if the scheme stands for the port.
    pub port_place: Option<Place>,
}

impl Call {
    /// Host and port as they are said.
    pub fn shown(&self) -> String {
        match self.endpoint.port {
            Some(port) => format!("{}:{port}", self.endpoint.host),
            None => self.endpoint.host.clone(),
        }
    }
}

/// Words of variables that hold names to allow or to announce rather than to call.
const NOBODY: [&str; 18] = [
    "cors",
    "origin",
    "origins",
    "allowed",
    "trusted",
    "redirect",
    "image",
    "tag",
    "version",
    "virtual",
    "domain",
    "domains",
    "advertised",
    "advertise",
    "no",
    "referer",
    "csrf",
    "whitelist",
];
/// Words of variables that hold an address to show, where that is the loopback address.
const SHOWN: [&str; 13] = [
    "callback", "issuer", "external", "root", "site", "hostname", "frontend", "homepage", "base", "public", "web",
    "client", "browser",
];
/// Beginnings of variables that are built into what a browser runs.
const BROWSER: [&str; 10] = [
    "REACT_APP_",
    "VITE_",
    "NEXT_PUBLIC_",
    "NUXT_PUBLIC_",
    "NUXT_ENV_",
    "VUE_APP_",
    "PUBLIC_",
    "GATSBY_",
    "EXPO_PUBLIC_",
    "NG_APP_",
];

fn caller_of(name: &str, endpoint: &Endpoint) -> Caller {
    if BROWSER.iter().any(|prefix| name.starts_with(prefix)) {
        return Caller::Browser;
    }
    let words = name_words(name);
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let web = matches!(endpoint.scheme.as_deref(), Some("http" | "https" | "ws" | "wss"));
    if says(&NOBODY) || endpoint.is_loopback() && web && says(&SHOWN) {
        Caller::Nobody
    } else if web && endpoint.is_loopback() {
        Caller::Either
    } else {
        Caller::Service
    }
}

/// Every call of a project's services, in the order of the model, each once.
pub fn calls(project: &Project, evidence: &Evidence) -> Vec<Call> {
    let mut found = Vec::new();
    for service in project.services() {
        if !service.text("image").is_some_and(calls_nobody) || service.get("build").is_some() {
            variables(service, &mut found);
        }
        found.extend(command_line(service));
        found.extend(asked_by_healthcheck(service));
        proxied(service, &mut found);
        for config in evidence.configs.get(service.name).into_iter().flatten() {
            for (start, line) in lines(&config.source).filter(|(_, line)| !line.trim_start().starts_with("image:")) {
                for endpoint in endpoints(line) {
                    let place = |range: std::ops::Range<usize>| {
                        Some(config.source.place(start + range.start, start + range.end))
                    };
                    let path = format!("{}: {}", service.name, config.source.name());
                    // Only a proxy's statement calls a web address by itself; elsewhere it may be anybody's.
                    let caller = if line.contains("pass") || line.contains("server ") {
                        Caller::Service
                    } else {
                        Caller::Either
                    };
                    found.extend(call(service, path, Kind::Config, caller, &endpoint, &place));
                }
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|call: &Call| seen.insert((call.path.clone(), call.endpoint.host.clone(), call.port)));
    found
}

fn call(
    service: Service<'_>,
    path: String,
    kind: Kind,
    caller: Caller,
    endpoint: &Endpoint,
    place: &dyn Fn(std::ops::Range<usize>) -> Option<Place>,
) -> Option<Call> {
    let port = endpoint.effective_port()?;
    // `redis:7` is an image rather than a port.
    let tag = endpoint.scheme.is_none() && port < 100 && ![21, 22, 25, 53, 80].contains(&port);
    if endpoint.is_wildcard() || tag {
        return None;
    }
    let host_place = place(endpoint.host_at.clone());
    let port_place = if endpoint.port.is_some() { place(endpoint.port_at.clone()) } else { host_place.clone() };
    let name = path.rsplit('.').next().unwrap_or_default();
    let words = name_words(name);
    Some(Call {
        service: service.name.to_owned(),
        words,
        path,
        kind,
        caller,
        endpoint: endpoint.clone(),
        port,
        host_place,
        port_place,
    })
}

fn variables(service: Service<'_>, found: &mut Vec<Call>) {
    for (name, node) in service.environment() {
        let text = node.scalar().unwrap_or_default();
        let path = format!("{}.environment.{name}", service.name);
        let place = |range: std::ops::Range<usize>| said::part(node, &text, range);
        let image = name_words(name).iter().any(|word| ["image", "tag", "version"].contains(&word.as_str()));
        for endpoint in endpoints(&text) {
            if image {
                continue;
            }
            let caller = caller_of(name, &endpoint);
            found.extend(call(service, path.clone(), Kind::Variable, caller, &endpoint, &place));
        }
        found.extend(pair(service, name, node));
    }
}

/// `DB_HOST` and `DB_PORT`.
fn pair(service: Service<'_>, name: &str, port: &Node) -> Option<Call> {
    let stem = name.strip_suffix("PORT").or_else(|| name.strip_suffix("port"))?;
    if stem.is_empty() {
        return None;
    }
    let text = port.scalar()?;
    let digits = text.trim();
    let number: u16 = digits.parse().ok().filter(|port| *port != 0)?;
    let partner = ["HOST", "HOSTNAME", "ADDR", "ADDRESS", "SERVER", "host"].iter();
    let host = partner.filter_map(|partner| service.env(&format!("{stem}{partner}"))).next()?;
    let host_text = host.scalar()?;
    let plain = !host_text.is_empty() && !host_text.contains([':', '/', ',']);
    let endpoint = Endpoint {
        scheme: None,
        host: host_text.to_ascii_lowercase(),
        host_at: 0..host_text.len(),
        port: Some(number),
        port_at: 0..text.len(),
    };
    if !plain || endpoint.is_wildcard() {
        return None;
    }
    let start = text.find(digits).unwrap_or(0);
    Some(Call {
        service: service.name.to_owned(),
        path: format!("{}.environment.{name}", service.name),
        kind: Kind::Variable,
        caller: match name_words(name).iter().any(|word| NOBODY.contains(&word.as_str())) {
            true => Caller::Nobody,
            false => Caller::Service,
        },
        words: name_words(name),
        port: number,
        host_place: said::part(host, &host_text, 0..host_text.len()),
        port_place: said::part(port, &text, start..start + digits.len()),
        endpoint,
    })
}

/// Calls among the arguments: addresses, and `-h HOST -p PORT`.
fn command_line(service: Service<'_>) -> Vec<Call> {
    let mut found = Vec::new();
    for key in ["entrypoint", "command"] {
        let Some(node) = service.get(key) else { continue };
        let items: Vec<_> = node.as_seq().map_or_else(|| vec![node], |items| items.iter().collect());
        let path = format!("{}.{key}", service.name);
        for item in &items {
            let text = item.scalar().unwrap_or_default();
            let place = |range: std::ops::Range<usize>| said::part(item, &text, range);
            for endpoint in endpoints(&text) {
                found.extend(call(service, path.clone(), Kind::Argument, Caller::Either, &endpoint, &place));
            }
        }
        found.extend(host_and_port(service, &path, Kind::Argument, &items));
    }
    found
}

/// The port on which a reverse proxy is told to find the service: Traefik's and Caddy's labels, nginx-proxy's
/// `VIRTUAL_PORT`.
fn proxied(service: Service<'_>, found: &mut Vec<Call>) {
    let labels =
        service.get("labels").into_iter().flat_map(Node::entries).map(|(key, entry)| ("labels", key, &entry.node));
    let variables = service.environment().map(|(name, node)| ("environment", name, node));
    for (section, key, node) in labels.chain(variables) {
        let text = node.scalar().unwrap_or_default();
        let upstream = text.split_once("upstreams ").map(|(_, rest)| rest.trim_end_matches([' ', '}']));
        let digits = match (section, key) {
            ("labels", key) if key.ends_with(".loadbalancer.server.port") => text.trim(),
            ("labels", key) if key.starts_with("caddy") => upstream.unwrap_or_default(),
            ("environment", "VIRTUAL_PORT") => text.trim(),
            _ => continue,
        };
        let Ok(port) = digits.parse::<u16>() else { continue };
        let start = text.find(digits).unwrap_or(0);
        let place = said::part(node, &text, start..start + digits.len());
        let endpoint = Endpoint {
            scheme: None,
            host: service.name.to_ascii_lowercase(),
            host_at: 0..0,
            port: Some(port),
            port_at: start..start + digits.len(),
        };
        found.push(Call {
            service: service.name.to_owned(),
            path: format!("{}.{section}.{key}", service.name),
            kind: Kind::Proxied,
            caller: Caller::Service,
            words: Vec::new(),
            endpoint,
            port,
            host_place: place.clone(),
            port_place: place,
        });
    }
}

/// `-h HOST -p PORT` and their long forms, within one command.
fn host_and_port(service: Service<'_>, path: &str, kind: Kind, items: &[&Node]) -> Vec<Call> {
    let all = tokens(items.iter().map(|item| Text::Node(item)));
    let mut found = Vec::new();
    for command in all.split(|token| token.text == ";") {
        let value = |names: &[&str]| {
            command.iter().enumerate().find_map(|(index, token)| {
                let (name, value) =
                    token.text.split_once('=').map_or((token.text.as_str(), None), |(n, v)| (n, Some(v)));
                if !names.contains(&name) {
                    return None;
                }
                match value {
                    Some(value) => {
                        let start = token.text.len() - value.len();
                        Some((value.to_owned(), token.place(start..token.text.len())))
                    }
                    None => command.get(index + 1).map(|next| (next.text.clone(), next.place(0..next.text.len()))),
                }
            })
        };
        let host = value(&["-h", "--host", "--hostname", "-H"]);
        let port = value(&["-p", "--port", "-P"]);
        let (Some((host, host_place)), Some((digits, port_place))) = (host, port) else { continue };
        let (Ok(port), false) = (digits.parse::<u16>(), host.contains([':', '/', '$'])) else { continue };
        let endpoint = Endpoint {
            scheme: None,
            host: host.to_ascii_lowercase(),
            host_at: 0..host.len(),
            port: Some(port),
            port_at: 0..digits.len(),
        };
        if !endpoint.is_wildcard() && !endpoint.is_loopback() || kind == Kind::Healthcheck {
            found.push(Call {
                service: service.name.to_owned(),
                path: path.to_owned(),
                kind,
                caller: Caller::Service,
                words: Vec::new(),
                endpoint,
                port,
                host_place,
                port_place,
            });
        }
    }
    found
}

/// What a service's health check asks.
fn asked_by_healthcheck(service: Service<'_>) -> Vec<Call> {
    let Some(check) = service.get("healthcheck") else { return Vec::new() };
    let disabled = check.get("disable").and_then(Node::as_bool).unwrap_or(false);
    let Some(test) = check.get("test").filter(|_| !disabled) else { return Vec::new() };
    let items: Vec<_> = test.as_seq().map_or_else(|| vec![test], |items| items.iter().collect());
    let path = format!("{}.healthcheck.test", service.name);
    let mut found = Vec::new();
    for item in &items {
        let text = item.scalar().unwrap_or_default();
        let place = |range: std::ops::Range<usize>| said::part(item, &text, range);
        for endpoint in endpoints(&text) {
            let mut endpoint = endpoint;
            if endpoint.is_wildcard() && endpoint.host == "0.0.0.0" {
                // As a target of a connection, Linux takes it for the loopback address.
                endpoint.host = "localhost".to_owned();
            }
            found.extend(call(service, path.clone(), Kind::Healthcheck, Caller::Service, &endpoint, &place));
        }
    }
    if found.is_empty() {
        found = host_and_port(service, &path, Kind::Healthcheck, &items);
    }
    if found.is_empty() {
        found.extend(by_client(service, &path, &items));
    }
    found
}

/// `nc -z localhost 5051`, `redis-cli -p 6380 ping`, `/dev/tcp/localhost/5051`.
fn by_client(service: Service<'_>, path: &str, items: &[&Node]) -> Option<Call> {
    let all = tokens(items.iter().map(|item| Text::Node(item)));
    let client = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let known =
        ["nc", "ncat", "redis-cli", "valkey-cli", "pg_isready", "mysqladmin", "mariadb-admin", "telnet", "psql"];
    let shell = all.iter().find(|token| token.text.contains("/dev/tcp/"));
    let (host, digits, host_place, place) = if let Some(token) = shell {
        let rest = token.text.split_once("/dev/tcp/")?.1;
        let (host, digits) = rest.split_once('/')?;
        let end = token.text.len();
        let start = end - digits.len();
        let host_at = start - 1 - host.len();
        (host.to_owned(), digits.to_owned(), token.place(host_at..start - 1), token.place(start..end))
    } else {
        let at = all.iter().position(|token| known.contains(&client(&token.text).as_str()))?;
        let behind = all.get(at + 1..)?;
        let nc = matches!(all.get(at).map(|token| client(&token.text)).as_deref(), Some("nc" | "ncat" | "telnet"));
        let loopback = "localhost".to_owned();
        if nc {
            // The first number behind a word is the port: `-w 5` has a number of its own.
            let plain: Vec<_> = behind.iter().take_while(|token| token.text != ";").collect();
            let numeric = |text: &str| text.parse::<u16>().is_ok();
            let pair = plain.windows(2).find_map(|pair| match pair {
                [host, port] if numeric(&port.text) && !numeric(&host.text) && !host.text.starts_with('-') => {
                    Some((*host, *port))
                }
                _ => None,
            });
            let (host, port) = pair?;
            (host.text.clone(), port.text.clone(), host.place(0..host.text.len()), port.place(0..port.text.len()))
        } else {
            let flag = behind.iter().position(|token| matches!(token.text.as_str(), "-p" | "-P" | "--port"));
            let inline = behind.iter().find(|token| token.text.starts_with("--port="));
            match (flag.and_then(|flag| behind.get(flag + 1)), inline) {
                (Some(port), _) => {
                    let place = port.place(0..port.text.len());
                    (loopback, port.text.clone(), place.clone(), place)
                }
                (None, Some(inline)) => {
                    let place = inline.place(7..inline.text.len());
                    (loopback, inline.text.get(7..)?.to_owned(), place.clone(), place)
                }
                (None, None) => return None,
            }
        }
    };
    let port: u16 = digits.parse().ok()?;
    let endpoint = Endpoint {
        scheme: None,
        host: host.to_ascii_lowercase(),
        host_at: 0..host.len(),
        port: Some(port),
        port_at: 0..digits.len(),
    };
    Some(Call {
        service: service.name.to_owned(),
        path: path.to_owned(),
        kind: Kind::Healthcheck,
        caller: Caller::Service,
        words: Vec::new(),
        endpoint,
        port,
        host_place,
        port_place: place,
    })
}
