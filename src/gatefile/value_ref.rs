//! The one way to name a value of the deployment, as plain data. What stands there is for [`crate::value`] to say.

use std::fmt;

use regex::{Regex, RegexBuilder};

use super::Mistake;
use super::shape::VALUE;
use crate::document::Node;
use crate::place::{Origin, Place};
use crate::suggest::nearest;

/// The name of a value: where it stands, and where to look if it is not there.
#[derive(Debug, Clone)]
pub struct ValueRef {
    /// Where it stands.
    pub holder: Holder,
    /// `else`: where to look if the holder is there and does not say it.
    pub otherwise: Option<Box<ValueRef>>,
    /// Where the gate file says so.
    pub origin: Origin,
}

/// What holds a value.
#[derive(Debug, Clone)]
pub enum Holder {
    /// An environment variable of a service.
    Env {
        /// The service.
        service: String,
        /// The variable.
        name: String,
    },
    /// A file as a service's container sees it.
    InService {
        /// The service.
        service: String,
        /// The absolute path in the container.
        file: String,
        /// Which part of it.
        pick: Pick,
    },
    /// A file in a volume.
    InVolume {
        /// The volume, as the compose file calls it.
        volume: String,
        /// The path in the volume.
        file: String,
        /// Which part of it.
        pick: Pick,
    },
    /// A file of the repository.
    InRepository {
        /// The path, relative to the gate file's directory.
        file: String,
        /// Which part of it.
        pick: Pick,
    },
}

/// Which part of a file is the value.
#[derive(Debug, Clone)]
pub enum Pick {
    /// A JSON pointer into JSON, YAML or TOML; a key of an env or INI file.
    At(String),
    /// The one group of a regular expression, where it matches first.
    Match(Regex),
}

impl ValueRef {
    /// The name that a node of a valid gate file holds, where its [`super::Shape`] is `ValueOf`.
    pub fn of(node: &Node) -> Option<Self> {
        Self::read(node).ok()
    }

    /// Where the gate file says so.
    pub fn place(&self) -> Option<&Place> {
        self.origin.place()
    }

    /// Every mistake, or the name.
    pub(super) fn read(node: &Node) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let read = read(node, &mut mistakes);
        match read {
            Some(value) if mistakes.is_empty() => Ok(value),
            _ => Err(mistakes),
        }
    }
}

impl fmt::Display for ValueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.holder {
            Holder::Env { service, name } => write!(f, "{name} of service {service}"),
            Holder::InService { service, file, pick } => write!(f, "{pick} in {file} of service {service}"),
            Holder::InVolume { volume, file, pick } => write!(f, "{pick} in {file} of volume {volume}"),
            Holder::InRepository { file, pick } => write!(f, "{pick} in {file}"),
        }
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => f.write_str(at),
            Self::Match(pattern) => write!(f, "/{pattern}/"),
        }
    }
}

const FORMS: &str = "write { service, env }, { service, file, at }, { volume, file, at } or { file, at }; \
                     `match` may stand for `at`";

fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<ValueRef> {
    let whole = place_of(node, node.place()?);
    let before = mistakes.len();
    let mut wrong = |place: Option<&Place>, message: String, help: String| {
        mistakes.push(Mistake::new(place.unwrap_or(&whole).clone(), message).help(help));
    };
    if node.as_map().is_none() {
        wrong(None, "the name of a value is a mapping".to_owned(), FORMS.to_owned());
        return None;
    }
    for (key, entry) in node.entries() {
        let at = entry.key.place();
        if !VALUE.iter().any(|field| field.name == key) {
            let near = nearest(key, VALUE.iter().map(|field| field.name));
            let meant = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            wrong(at, format!("a value is not named by `{key}`"), format!("{meant}{FORMS}"));
        } else if key != "else" && entry.node.as_str().is_none_or(|text| text.trim().is_empty()) {
            let at = entry.node.place().filter(|place| !place.text().is_empty()).or(at);
            wrong(at, format!("`{key}` takes a text that is not empty"), String::new());
        }
    }
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    let has = |key: &str| node.get(key).is_some();
    let key_place = |key: &str| node.as_map().and_then(|map| map.get(key)).and_then(|entry| entry.key.place());
    for (one, other) in
        [("service", "volume"), ("env", "file"), ("env", "volume"), ("at", "match"), ("env", "at"), ("env", "match")]
    {
        if has(one) && has(other) {
            wrong(key_place(other), format!("`{one}` and `{other}` exclude each other"), FORMS.to_owned());
        }
    }
    if has("env") && !has("service") {
        wrong(
            key_place("env"),
            "`env` needs the `service` whose variable it is".to_owned(),
            "add `service: NAME`".into(),
        );
    }
    if !has("env") && !has("file") {
        let message =
            if has("service") { "`service` needs `env` or `file`" } else { "the value's `file` is not named" };
        wrong(None, message.to_owned(), FORMS.to_owned());
    }
    if has("file") && !has("at") && !has("match") {
        let help = "add `at: /pointer` (JSON, YAML, TOML), `at: KEY` (env, INI) or `match: \"a (group)\"`".to_owned();
        wrong(None, "the file's part is not named".to_owned(), help);
    }
    if let (true, Some(file)) = (has("service"), text("file"))
        && !file.starts_with('/')
    {
        let at = node.get("file").and_then(Node::place);
        wrong(
            at,
            "a file of a service is named as its container sees it, from `/` on".to_owned(),
            format!("write `/…/{file}`"),
        );
    }
    if let (true, Some(file)) = (has("volume"), text("file"))
        && file.split('/').any(|part| part == "..")
    {
        let at = node.get("file").and_then(Node::place);
        wrong(at, "a file of a volume does not lie above it".to_owned(), "write it without `..`".to_owned());
    }
    if let (Some(at), Some(file)) = (text("at"), text("file"))
        && let Some((message, help)) = bad_at(at, file)
    {
        wrong(node.get("at").and_then(Node::place), message, help);
    }
    let pattern = match node
        .get("match")
        .and_then(|node| Some((node, node.as_str()?)))
        .map(|(node, text)| (node, pattern(text)))
    {
        Some((_, Ok(pattern))) => Some(pattern),
        Some((node, Err(message))) => {
            wrong(node.place(), message, String::new());
            None
        }
        None => None,
    };
    let otherwise = node.get("else").map(|node| read(node, mistakes));
    if mistakes.len() > before {
        return None;
    }
    let owned = |key: &str| text(key).map(str::to_owned);
    let pick = || pattern.map(Pick::Match).or_else(|| owned("at").map(Pick::At));
    let holder = match (owned("service"), owned("volume"), owned("env"), owned("file")) {
        (Some(service), None, Some(name), None) => Holder::Env { service, name },
        (Some(service), None, None, Some(file)) => Holder::InService { service, file, pick: pick()? },
        (None, Some(volume), None, Some(file)) => Holder::InVolume { volume, file, pick: pick()? },
        (None, None, None, Some(file)) => Holder::InRepository { file, pick: pick()? },
        _ => return None,
    };
    let otherwise = match otherwise {
        Some(otherwise) => Some(Box::new(otherwise?)),
        None => None,
    };
    Some(ValueRef { holder, otherwise, origin: node.origin.clone() })
}

/// The narrowest place that stands for a mapping: its first key, else all of it.
fn place_of(node: &Node, whole: &Place) -> Place {
    let first = node.entries().next().and_then(|(_, entry)| entry.key.place());
    first.unwrap_or(whole).clone()
}

/// Compiles a regular expression with exactly one group.
pub(super) fn pattern(text: &str) -> Result<Regex, String> {
    let pattern = match RegexBuilder::new(text).size_limit(1 << 20).build() {
        Ok(pattern) => pattern,
        Err(regex::Error::CompiledTooBig(_)) => return Err("the regular expression is too big".to_owned()),
        Err(error) => {
            // The library draws the expression over several lines; its last one says what is wrong.
            let error = error.to_string();
            let why = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            return Err(format!("this is no regular expression: {why}"));
        }
    };
    match pattern.captures_len() {
        2 => Ok(pattern),
        1 => Err("the regular expression has no group: put parentheses around the value".to_owned()),
        groups => Err(format!(
            "the regular expression has {} groups instead of one: write (?:…) for the others",
            groups - 1
        )),
    }
}

/// What is wrong with a JSON pointer, and how to write it.
pub(super) fn bad_pointer(pointer: &str) -> Option<(String, String)> {
    if !pointer.starts_with('/') {
        let path = pointer.trim_start_matches(['$', '#', '.', '/']);
        let path = if path.contains('/') { path.to_owned() } else { path.replace('.', "/") };
        return Some(("a JSON pointer starts with `/`".to_owned(), format!("write `/{path}`")));
    }
    let mut tildes = pointer.match_indices('~').map(|(at, _)| pointer.get(at + 1..).unwrap_or_default());
    tildes.any(|rest| !rest.starts_with(['0', '1'])).then(|| {
        let message = "in a JSON pointer `~` is followed by 0 or 1".to_owned();
        (message, "write `~0` for `~` and `~1` for `/`".to_owned())
    })
}

fn bad_at(at: &str, file: &str) -> Option<(String, String)> {
    let tree = ["json", "jsonc", "yaml", "yml", "toml"];
    let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let is_tree = extension.is_some_and(|extension| tree.contains(&extension.as_str()));
    if is_tree || at.starts_with('/') { bad_pointer(at) } else { None }
}
