//! Ports among the arguments of a command: `--port 8000`, `-b 0.0.0.0:8000`, `runserver 8000`.

use std::ops::Range;

use super::super::said;
use super::{Listening, Strength};
use crate::document::Node;
use crate::place::Place;
use crate::word::{Word, name_words};

/// A text that was said in the project or put together from a Dockerfile.
#[derive(Debug, Clone, Copy)]
pub enum Text<'a> {
    /// A scalar of the project.
    Node(&'a Node),
    /// A word.
    Word(&'a Word),
}

impl Text<'_> {
    /// What it comes to.
    pub fn text(&self) -> String {
        match self {
            Self::Node(node) => node.scalar().unwrap_or_default(),
            Self::Word(word) => word.pattern(),
        }
    }

    /// Where a part of it was said.
    pub fn place(&self, range: Range<usize>) -> Option<Place> {
        match self {
            Self::Node(node) => said::part(node, &self.text(), range),
            Self::Word(word) => word.slice(range).place(),
        }
    }
}

/// A word of a command line.
#[derive(Debug, Clone)]
pub struct Token<'a> {
    /// What it says.
    pub text: String,
    source: Text<'a>,
    start: usize,
}

impl Token<'_> {
    /// Where a part of it was said.
    pub fn place(&self, range: Range<usize>) -> Option<Place> {
        self.source.place(self.start + range.start..self.start + range.end)
    }
}

/// The words of a command line. Its arguments are split once more, for `sh -c "…"`; what ends a command stands by
/// itself.
pub fn tokens<'a>(arguments: impl IntoIterator<Item = Text<'a>>) -> Vec<Token<'a>> {
    let mut tokens = Vec::new();
    for source in arguments {
        let text = source.text();
        let mut start = None;
        let divides = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '|' | '&' | '(' | ')');
        for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
            if !divides(c) {
                start.get_or_insert(at);
                continue;
            }
            if let Some(from) = start.take() {
                let word = text.get(from..at).unwrap_or_default().to_owned();
                tokens.push(Token { text: word, source, start: from });
            }
            if matches!(c, ';' | '|' | '&') {
                tokens.push(Token { text: ";".to_owned(), source, start: at });
            }
        }
    }
    tokens
}

/// Programs that ask a server rather than being one.
const CLIENTS: [&str; 17] = [
    "curl",
    "wget",
    "nc",
    "ncat",
    "telnet",
    "pg_isready",
    "psql",
    "mysql",
    "mysqladmin",
    "mariadb",
    "mariadb-admin",
    "redis-cli",
    "valkey-cli",
    "mongosh",
    "mongo",
    "ssh",
    "docker",
];
/// Words that flags and variables of the main port are made of, besides `port` and its kin.
pub(super) const MAIN: [&str; 24] = [
    "http",
    "server",
    "listen",
    "listening",
    "bind",
    "web",
    "app",
    "service",
    "api",
    "ui",
    "gui",
    "address",
    "addr",
    "run",
    "flask",
    "uvicorn",
    "gunicorn",
    "streamlit",
    "tcp",
    "container",
    "internal",
    "application",
    "rest",
    "urls",
];
/// Words of a flag or variable that says where somebody else listens.
pub(super) const OTHERS: [&str; 36] = [
    "db",
    "database",
    "redis",
    "valkey",
    "cache",
    "mysql",
    "mariadb",
    "postgres",
    "postgresql",
    "pg",
    "mongo",
    "mongodb",
    "smtp",
    "mail",
    "email",
    "kafka",
    "rabbitmq",
    "amqp",
    "mqtt",
    "broker",
    "remote",
    "upstream",
    "target",
    "proxy",
    "peer",
    "backend",
    "external",
    "public",
    "published",
    "host",
    "elasticsearch",
    "elastic",
    "ldap",
    "nats",
    "queue",
    "forward",
];

/// What a variable in an argument stands for.
pub(super) type Lookup<'a> = dyn Fn(&str) -> Option<(String, Option<Place>)> + 'a;

/// The port at the end of `8000`, `:8000`, `0.0.0.0:8000`, `tcp://[::]:8000`, `0.0.0.0:$PORT`.
fn port_in(token: &Token<'_>, range: Range<usize>, lookup: &Lookup<'_>) -> Option<(u16, Option<Place>)> {
    let value = token.text.get(range.clone())?;
    let (host, tail) = value.rsplit_once(':').unwrap_or(("", value));
    // `--address redis:6379` is where somebody else is.
    let host = host.rsplit('/').next().unwrap_or(host).trim_matches(['[', ']']);
    let own =
        matches!(host, "" | "*" | "+" | "::" | "::1" | "localhost") || host.starts_with(|c: char| c.is_ascii_digit());
    if !own || host.contains(',') {
        return None;
    }
    let start = range.end - tail.len();
    let name = tail.trim_start_matches('$').trim_start_matches('{');
    if tail.starts_with('$') {
        let bare = name.trim_end_matches('}');
        let (name, default) = bare.split_once(":-").or_else(|| bare.split_once('-')).unwrap_or((bare, ""));
        return match lookup(name) {
            Some((text, place)) => Some((text.trim().parse().ok().filter(|port| *port != 0)?, place)),
            None => {
                let at = start + tail.find(default).unwrap_or(0);
                Some((default.parse().ok()?, token.place(at..at + default.len())))
            }
        };
    }
    let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
    let behind = tail.get(digits..)?;
    let whole = behind.is_empty() || behind.starts_with('/');
    let port = tail.get(..digits)?.parse().ok().filter(|port| *port != 0 && whole)?;
    Some((port, token.place(start..start + digits)))
}

/// Whether the words of a name are those of the port that a server listens on: as its main one, or besides.
pub(super) fn weight(words: &[String], own: &[String]) -> Option<Strength> {
    let kin = ["port", "listen", "bind", "addr", "address", "urls", "serverport"];
    let last = words.last()?;
    let inner = words.get(..words.len() - 1).unwrap_or_default();
    if !kin.contains(&last.as_str()) {
        return None;
    }
    let is_own = |word: &String| own.contains(word);
    if inner.iter().all(|word| MAIN.contains(&word.as_str()) || kin.contains(&word.as_str()) || is_own(word)) {
        return Some(Strength::Told);
    }
    let other = inner.iter().any(|word| OTHERS.contains(&word.as_str()) && !is_own(word));
    (!other).then_some(Strength::Also)
}

/// Reads the ports that the arguments tell a server to listen on. `own` are the words of the service's and its
/// image's names.
pub(super) fn read(tokens: &[Token<'_>], own: &[String], lookup: &Lookup<'_>, found: &mut Listening) {
    for command in tokens.split(|token| token.text == ";") {
        let program = |token: &Token<'_>| token.text.rsplit('/').next().unwrap_or_default().to_owned();
        let programs: Vec<_> = command.iter().take(3).map(program).collect();
        if programs.iter().any(|name| CLIENTS.contains(&name.as_str()) || name.contains("wait-for")) {
            continue;
        }
        if calls_another(command) {
            continue;
        }
        for (index, token) in command.iter().enumerate() {
            let next = command.get(index + 1);
            let mut take = |token: &Token<'_>, range: Range<usize>, strength, by: &str| {
                if let Some((port, place)) = port_in(token, range, lookup) {
                    found.add(port, strength, by, place);
                }
            };
            let text = token.text.as_str();
            if let Some(long) = text.strip_prefix("--").or_else(|| text.strip_prefix("-D")) {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                let Some(strength) = weight(&name_words(name), own) else { continue };
                let shown = text.get(..text.len() - value.map_or(0, |value| value.len() + 1)).unwrap_or(text);
                match (value, next) {
                    (Some(value), _) => take(token, text.len() - value.len()..text.len(), strength, shown),
                    (None, Some(next)) => take(next, 0..next.text.len(), strength, shown),
                    (None, None) => {}
                }
            } else if let Some(strength) = single_dash(text, own) {
                if let Some(next) = next {
                    take(next, 0..next.text.len(), strength, text);
                }
            } else if let ("-p" | "-b" | "-S" | "-l", Some(next)) = (text, next) {
                // `-p` of a server is its port; `-b`, `-S` and `-l` only with an address, or as a bare number.
                let numeric = next.text.bytes().all(|byte| byte.is_ascii_digit()) && next.text.len() > 1;
                if numeric || next.text.contains([':', '$']) {
                    take(next, 0..next.text.len(), Strength::Told, text);
                }
            } else if text.starts_with("port=") {
                // `postgres -c port=5433`
                take(token, 5..text.len(), Strength::Told, "port");
            } else if let ("runserver" | "http.server", Some(next)) = (text, next) {
                take(next, 0..next.text.len(), Strength::Told, text);
            }
        }
    }
}

/// Whether a command names the host of a port that it calls: `--host db --port 5432`.
fn calls_another(command: &[Token<'_>]) -> bool {
    let own = |host: &str| {
        let host = host.trim_matches(['[', ']']);
        matches!(host, "" | "*" | "localhost")
            || host.starts_with(|c: char| c.is_ascii_digit() || matches!(c, ':' | '$' | '-'))
    };
    command.iter().enumerate().any(|(index, token)| {
        let (name, value) =
            token.text.split_once('=').map_or((token.text.as_str(), None), |(name, value)| (name, Some(value)));
        let next = || command.get(index + 1).map(|next| next.text.as_str());
        matches!(name, "--host" | "--hostname" | "-h" | "-H") && value.or_else(next).is_some_and(|host| !own(host))
    })
}

/// Go's flags have one dash: `-listen :8080`, `-port 80`.
fn single_dash(text: &str, own: &[String]) -> Option<Strength> {
    let name = text.strip_prefix('-').filter(|name| name.len() > 2 && !name.contains('='))?;
    weight(&name_words(name), own)
}
