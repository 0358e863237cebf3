//! Hosts and ports in texts: URLs, `host:port`, lists of them, data source names.

use std::ops::Range;

/// A host that a text names, with the port that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The scheme of the URL that it stands in, in lower case.
    pub scheme: Option<String>,
    /// The host, in lower case, without the brackets of an IPv6 address. Empty in `:8080`.
    pub host: String,
    /// Where in the text the host stands.
    pub host_at: Range<usize>,
    /// The port, if it is said.
    pub port: Option<u16>,
    /// Where in the text the digits stand.
    pub port_at: Range<usize>,
}

impl Endpoint {
    /// The port that is said, or the one that its scheme stands for.
    pub fn effective_port(&self) -> Option<u16> {
        self.port.or_else(|| scheme_port(self.scheme.as_deref()?))
    }

    /// Where in the text its port is decided: its digits, else the host.
    pub fn decisive(&self) -> Range<usize> {
        if self.port.is_some() { self.port_at.clone() } else { self.host_at.clone() }
    }

    /// Whether it is an address to listen on rather than one to call: `0.0.0.0`, `[::]`, `*`, `+`, nothing.
    pub fn is_wildcard(&self) -> bool {
        matches!(self.host.as_str(), "" | "0.0.0.0" | "::" | "*" | "+")
    }

    /// Whether it is the machine that uses it.
    pub fn is_loopback(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "::1") || self.host.starts_with("127.")
    }
}

/// The port that a URL without one means: IANA's registry and the schemes' own documents.
pub fn scheme_port(scheme: &str) -> Option<u16> {
    let last = scheme.rsplit([':', '+']).next().unwrap_or(scheme);
    let base = scheme.strip_prefix("jdbc:").unwrap_or(scheme).split('+').next().unwrap_or(scheme);
    let known = |scheme: &str| {
        Some(match scheme {
            "http" | "ws" => 80,
            "https" | "wss" => 443,
            "redis" | "valkey" => 6379,
            "rediss" => 6379,
            "postgres" | "postgresql" | "postgis" => 5432,
            "mysql" | "mariadb" | "mysql2" => 3306,
            "mongodb" => 27017,
            "amqp" => 5672,
            "amqps" => 5671,
            "mqtt" => 1883,
            "mqtts" => 8883,
            "nats" => 4222,
            "ftp" => 21,
            "sftp" | "ssh" => 22,
            "smtp" => 25,
            "ldap" => 389,
            "ldaps" => 636,
            "memcached" => 11211,
            "bolt" | "neo4j" => 7687,
            "sqlserver" | "mssql" => 1433,
            _ => return None,
        })
    };
    known(base).or_else(|| known(last))
}

/// Every host that a text names, in order. A bare word counts only with a port behind it; a URL's host always does.
pub fn endpoints(text: &str) -> Vec<Endpoint> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(colon) = text.get(at..).and_then(|rest| rest.find(':')).map(|offset| at + offset) {
        let behind = text.get(colon + 1..).unwrap_or_default();
        if behind.starts_with("//") {
            let start = colon + 3;
            let scheme = scheme_before(text, colon);
            let end = authority(text, start, &mut found, scheme);
            // What is in its path and query is the callee's own business.
            let rest = text.get(end..).unwrap_or_default();
            let path = rest.find(|c: char| c.is_whitespace() || "\"'`<>;,|(){}".contains(c)).unwrap_or(rest.len());
            at = (end + path).max(start);
        } else if behind.starts_with(|c: char| c.is_ascii_digit()) {
            let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
            let end = colon + 1 + digits;
            let host_at = host_before(text, at, colon);
            found.extend(host_at.and_then(|host_at| bare(text, host_at, colon + 1..end)));
            at = end;
        } else {
            at = colon + 1;
        }
    }
    found
}

/// The scheme that ends at a colon, `jdbc:` in front of it included.
fn scheme_before(text: &str, colon: usize) -> Option<String> {
    let before = text.get(..colon)?;
    let scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-' | '_');
    let start = before.char_indices().rev().take_while(|(_, c)| scheme(*c)).last()?.0;
    let name = before.get(start..)?.to_ascii_lowercase();
    (!name.is_empty()).then_some(name)
}

/// Reads the hosts of a URL's authority; returns where it ends.
fn authority(text: &str, start: usize, found: &mut Vec<Endpoint>, scheme: Option<String>) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let ends = |c: char| c.is_whitespace() || "/?#\"'`<>|;\\(){}".contains(c);
    let mut end = start + rest.find(ends).unwrap_or(rest.len());
    // `tcp://a:1,tcp://b:2`: the next URL begins behind the comma.
    if let Some(next) = text.get(end..).filter(|behind| behind.starts_with("//"))
        && let Some(comma) = text.get(start..end).and_then(|authority| authority.rfind(','))
        && !next.is_empty()
    {
        end = start + comma;
    }
    let whole = text.get(start..end).unwrap_or_default();
    let hosts_start = start + whole.rfind('@').map_or(0, |at| at + 1);
    let mut at = hosts_start;
    for part in text.get(hosts_start..end).unwrap_or_default().split(',') {
        let open = part.strip_prefix('[').and_then(|inner| inner.find(']'));
        let (host_at, behind) = match open {
            Some(length) => (at + 1..at + 1 + length, at + 2 + length),
            None => {
                let length = part.find(':').unwrap_or(part.len());
                (at..at + length, at + length)
            }
        };
        let tail = text.get(behind..at + part.len()).unwrap_or_default();
        let digits = tail.strip_prefix(':').unwrap_or_default();
        let host = text.get(host_at.clone()).unwrap_or_default().to_ascii_lowercase();
        let plain = digits.bytes().take_while(u8::is_ascii_digit).count();
        let port = digits.get(..plain).and_then(|digits| digits.parse().ok()).filter(|port| *port != 0);
        // A port that is open, such as an unexpanded variable, or blank is not the scheme's own.
        let known = tail.is_empty() || port.is_some();
        if known && is_host(&host) && !(host.is_empty() && port.is_none()) {
            let port_at = if port.is_some() { behind + 1..behind + 1 + plain } else { behind..behind };
            found.push(Endpoint { scheme: scheme.clone(), host, host_at, port, port_at });
        }
        at += part.len() + 1;
    }
    end
}

fn is_host(host: &str) -> bool {
    matches!(host, "*" | "+")
        || host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'))
            && !host.starts_with(['.', '-'])
}

/// The host that ends at a colon, as long as it stands by itself.
fn host_before(text: &str, from: usize, colon: usize) -> Option<Range<usize>> {
    let before = text.get(from..colon)?;
    if before.ends_with(']') {
        let open = text.get(..colon)?.rfind('[')?;
        return Some(open + 1..colon - 1);
    }
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | '+');
    let start = before.char_indices().rev().take_while(|(_, c)| part(*c)).last().map_or(colon, |(at, _)| from + at);
    let previous = text.get(..start).unwrap_or_default().chars().next_back();
    let alone = previous.is_none_or(|c| c.is_whitespace() || "=,;(\"'`[<>|@".contains(c));
    alone.then_some(start..colon)
}

fn bare(text: &str, host_at: Range<usize>, port_at: Range<usize>) -> Option<Endpoint> {
    let next = text.get(port_at.end..)?.chars().next();
    if next.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '@')) {
        return None;
    }
    let more = text.get(port_at.end..)?.strip_prefix('.');
    if more.is_some_and(|more| more.starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    let host = text.get(host_at.clone())?.to_ascii_lowercase();
    let numeric = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.get(port_at.clone())?.parse().ok().filter(|port| *port != 0)?;
    (is_host(&host) && !numeric).then_some(Endpoint { scheme: None, host, host_at, port: Some(port), port_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let one = |found: &Endpoint| {
            let port = found.port.map_or_else(String::new, |port| format!(":{port}"));
            assert_eq!(text.get(found.host_at.clone()).unwrap().to_ascii_lowercase(), found.host);
            if let Some(port) = found.port {
                assert_eq!(text.get(found.port_at.clone()), Some(port.to_string().as_str()));
            }
            format!(
                "{}{}{port}",
                found.scheme.as_ref().map_or_else(String::new, |scheme| format!("{scheme}://")),
                found.host
            )
        };
        endpoints(text).iter().map(one).collect()
    }

    #[test]
    fn what_calls() {
        for (text, expected) in [
            ("http://api:8000/v1?x=y:1", vec!["http://api:8000"]),
            ("http://api", vec!["http://api"]),
            ("redis://:p%40ss@Redis:6379/0", vec!["redis://redis:6379"]),
            ("postgresql+asyncpg://u:p:q@db:5432/x", vec!["postgresql+asyncpg://db:5432"]),
            ("jdbc:mysql://db:3307/x?a=b", vec!["mysql://db:3307"]),
            ("mongodb://u:p@a:27017,b:27018/x", vec!["mongodb://a:27017", "mongodb://b:27018"]),
            ("kafka1:9092,kafka2:9093", vec!["kafka1:9092", "kafka2:9093"]),
            ("tcp://a:1883,tcp://b:1884", vec!["tcp://a:1883", "tcp://b:1884"]),
            (
                "PLAINTEXT://kafka:9092,EXTERNAL://localhost:29092",
                vec!["plaintext://kafka:9092", "external://localhost:29092"],
            ),
            ("user:pass@tcp(db:3306)/x", vec!["db:3306"]),
            ("wait-for-it.sh db:5432 -- python", vec!["db:5432"]),
            ("--addr=:8080", vec![":8080"]),
            ("0.0.0.0:8000", vec!["0.0.0.0:8000"]),
            ("[::]:8000 http://[::1]:9000/", vec![":::8000", "http://::1:9000"]),
            ("http://+:80;https://*:443", vec!["http://+:80", "https://*:443"]),
            ("proxy_pass http://api:8000;", vec!["http://api:8000"]),
            ("targets: ['api:8000', \"db:9187\"]", vec!["api:8000", "db:9187"]),
            ("Host=db;Port=5432;Server=tcp:sql,1433", vec![]),
            ("http://${HOST}:8000", vec![]),
            ("http://api:${PORT}/", vec![]),
            ("12:30:45 a:1:2 1.2:3x ./x/y:80 5050:5051", vec![]),
            ("url=http://api:8000, other", vec!["http://api:8000"]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn odd_texts() {
        for text in [
            "",
            ":",
            "://",
            "a://:",
            "a://[",
            "a://[x",
            "é:80",
            "x://é:80",
            "a:99999",
            "a://b:99999",
            "@:1",
            "]:1",
            "a://,,,:1,",
        ] {
            let _ = shown(text);
        }
        assert_eq!(scheme_port("postgresql+psycopg2"), Some(5432));
        assert_eq!(scheme_port("unix"), None);
    }
}
