//! The logins that a service is given for others: in URLs, and in variables of one prefix.

use gonogo::check::Context;
use gonogo::compose::{Project, Service};
use gonogo::document::{Node, Value};
use gonogo::finding::Site;

use super::accounts::{Said, value};

/// What a service logs in with.
#[derive(Debug, Clone)]
pub(super) struct Login {
    /// The host that it logs in to.
    pub(super) host: String,
    /// The account, if it is named.
    pub(super) user: Option<String>,
    /// The password.
    pub(super) password: Said,
}

/// Ways to call the parts of a login behind a common prefix.
const USERS: &[&str] = &["USER", "USERNAME", "LOGIN"];
const PASSWORDS: &[&str] = &["PASSWORD", "PASS", "PASSWD", "PWD"];
const HOSTS: &[&str] = &["HOST", "HOSTNAME", "SERVER", "ADDR", "ADDRESS"];

/// The logins that a service is given.
pub(super) async fn logins(cx: &Context, project: &Project, service: Service<'_>) -> Vec<Login> {
    let mut logins = Vec::new();
    for key in ["environment", "command", "entrypoint"] {
        if let Some(node) = service.get(key) {
            in_urls(node, key, &mut logins);
        }
    }
    for (name, node) in service.environment() {
        let Some((prefix, _)) = HOSTS.iter().find_map(|host| Some((name.strip_suffix(host)?, host))) else {
            continue;
        };
        let Some(host) = node.as_str().map(host_of).filter(|host| !host.is_empty()) else { continue };
        let mut user = None;
        for word in USERS {
            user = user.or(value(cx, project, service, &format!("{prefix}{word}")).await);
        }
        for word in PASSWORDS {
            let name = format!("{prefix}{word}");
            if let Some(password) = value(cx, project, service, &name).await {
                let user = user.as_ref().map(|said: &Said| said.value.clone());
                logins.push(Login { host: host.to_owned(), user, password });
            }
        }
    }
    logins
}

fn in_urls(node: &Node, name: &str, logins: &mut Vec<Login>) {
    match &node.value {
        Value::Map(map) => map.iter().for_each(|(key, entry)| in_urls(&entry.node, key, logins)),
        Value::Seq(items) => items.iter().for_each(|item| in_urls(item, name, logins)),
        Value::String(text) => logins.extend(url(text).and_then(|(user, password, host)| {
            let site = Site::from(node.place()?);
            let password = Said { value: password, site, name: name.to_owned() };
            Some(Login { host, user: Some(user).filter(|user| !user.is_empty()), password })
        })),
        _ => {}
    }
}

/// User, password and host of the first URL in a text that has a password.
fn url(text: &str) -> Option<(String, String, String)> {
    let rest = &text[text.find("://")? + 3..];
    let authority = rest.split(['/', '?', '#', ' ', '"', '\'']).next()?;
    let (userinfo, host) = authority.rsplit_once('@')?;
    let (user, password) = userinfo.split_once(':')?;
    if password.is_empty() || password.contains("${") {
        return None;
    }
    let host = host.split(',').next().unwrap_or(host);
    Some((decoded(user), decoded(password), host_of(host).to_owned()))
}

/// A host without its port.
fn host_of(text: &str) -> &str {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    text.split([':', '/']).next().unwrap_or(text)
}

/// `%40` and the like (RFC 3986, section 2.1).
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (first, code.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn the_login_in_a_url() {
        let login = |text| url(text).map(|(user, password, host)| [user, password, host].join(" "));
        assert_eq!(login("postgres://app:p%40ss@db:5432/app?x=1").as_deref(), Some("app p@ss db"));
        assert_eq!(login("redis://:pw@cache").as_deref(), Some(" pw cache"));
        assert_eq!(login("--dsn=mysql+pymysql://root:a@b@db/x").as_deref(), Some("root a@b db"));
        assert_eq!(login("http://db:5432/a@b:c"), None);
        assert_eq!(login("postgres://app@db/app"), None);
    }
}
