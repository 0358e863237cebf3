//! The effective model: every value of the type that Compose prints it in, and what is empty left out.
//!
//! The fields are declared as data ([`fields`]); the rules by which a value becomes one of its type are here and in
//! [`scalars`]. Follows compose-go 2.9.1, `types/`.

mod fields;
mod scalars;

use super::make::{as_text, cut, derived, text};
use super::path::Path;
use super::{Rejection, cause};
use crate::document::{Entry, Map, Node, Value};
use crate::place::Origin;

/// What a value becomes.
enum Out {
    /// A text; an empty one is left out.
    Text,
    /// A truth value; `false` is left out.
    Truth,
    /// A truth value.
    MaybeTruth,
    /// A whole number from 0 on, and never a text; 0 is left out.
    Natural,
    /// A whole number from 0 on, and never a text.
    MaybeNatural,
    /// A whole number; 0 is left out.
    Int,
    /// A whole number.
    MaybeInt,
    /// A number that is kept in single precision; 0 is left out.
    Single,
    /// A number of bytes, as a text; 0 is left out.
    Bytes,
    /// A duration; 0 is left out.
    Duration,
    /// A duration.
    MaybeDuration,
    /// A file's mode, as an octal text.
    Mode,
    /// A number of devices; `all` is -1.
    Count,
    /// A command line, which is split if it is a text.
    Command,
    /// A health check's test.
    Test,
    /// A list of texts; an empty one is left out.
    Texts,
    /// A mapping or list of `key=value`, each value a text; an empty one is left out.
    Texted,
    /// As `Texted`, a mapping of texts and whole numbers only.
    Words,
    /// As `Texted`, and a key alone is null.
    Environment,
    /// A mapping of keys to lists of texts.
    ManyTexts,
    /// `host=address`, sorted.
    Hosts,
    /// `id` or `id=path`.
    Ssh,
    /// A soft and a hard limit, or one number for both.
    Ulimit,
    /// A mapping of fields.
    Object(&'static [Field]),
    /// As `Object`, and null is kept.
    MaybeObject(&'static [Field]),
    /// A list of values; an empty one is left out.
    List(&'static Out),
    /// A mapping of the user's names; an empty one is left out.
    Names(&'static Out),
}

struct Field {
    key: &'static str,
    out: Out,
    /// What is printed if the field is not given.
    absent: Absent,
    /// The name that it is printed under, where that differs.
    name: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    Nothing,
    Null,
    Empty,
}

/// Makes the sections of a canonical model effective.
pub(super) fn effective(root: Node) -> (Node, Vec<Rejection>) {
    let mut decoder = Decoder { mistakes: Vec::new(), path: Path::default() };
    let Value::Map(map) = root.value else { return (root, Vec::new()) };
    let mut model = Map::new();
    for (key, entry) in map {
        let out = match key.as_str() {
            "services" => fields::SERVICES,
            "networks" => fields::NETWORKS,
            "volumes" => fields::VOLUMES,
            "secrets" => fields::SECRETS,
            "configs" => fields::CONFIGS,
            "models" => fields::MODELS,
            _ => {
                model.insert(key, entry);
                continue;
            }
        };
        decoder.path.push_key(&key);
        if let Some(node) = decoder.decode(entry.node, out) {
            model.insert(key, Entry { key: entry.key, node });
        }
        decoder.path.pop();
    }
    (Node::new(Value::Map(model), root.origin), decoder.mistakes)
}

struct Decoder {
    mistakes: Vec<Rejection>,
    path: Path,
}

impl Decoder {
    fn wrong(&mut self, origin: &Origin, message: impl Into<String>) {
        self.mistakes.push(Rejection::new(cause::INVALID_VALUE, &self.path, Some(origin.clone()), message));
    }

    /// The effective form; `None` if it is left out.
    fn decode(&mut self, node: Node, out: &Out) -> Option<Node> {
        if node.is_null() && !matches!(out, Out::MaybeObject(_)) {
            return None;
        }
        match out {
            Out::Object(fields) | Out::MaybeObject(fields) => Some(self.object(node, fields)),
            Out::List(of) => {
                let Value::Seq(items) = node.value else { return None };
                let mut kept = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    self.path.push_index(index);
                    kept.extend(self.decode(item, of));
                    self.path.pop();
                }
                (!kept.is_empty()).then(|| Node::new(Value::Seq(kept), node.origin))
            }
            Out::Names(of) => {
                let Value::Map(map) = node.value else { return None };
                let mut kept = Map::with_capacity(map.len());
                for (name, entry) in map {
                    self.path.push_key(&name);
                    if let Some(node) = self.decode(entry.node, of) {
                        kept.insert(name, Entry { key: entry.key, node });
                    }
                    self.path.pop();
                }
                // An empty section stays, since its being there is something.
                (!kept.is_empty() || self.path.len() == 1).then(|| Node::new(Value::Map(kept), node.origin))
            }
            Out::Texts => self.texts(node),
            Out::Texted => self.texted(node, false),
            Out::Environment => self.texted(node, true),
            Out::ManyTexts => {
                let Value::Map(map) = node.value else { return None };
                let many = map.into_iter().map(|(key, entry)| {
                    let origin = entry.node.origin.clone();
                    let items = match entry.node.value {
                        Value::Seq(items) => items.into_iter().map(as_text).collect(),
                        _ => vec![as_text(entry.node)],
                    };
                    (key, Entry { key: entry.key, node: Node::new(Value::Seq(items), origin) })
                });
                let many: Map = many.collect();
                (!many.is_empty()).then(|| Node::new(Value::Map(many), node.origin))
            }
            Out::Hosts => self.hosts(node),
            Out::Ssh => {
                let Value::Map(map) = node.value else { return None };
                let items = map.into_iter().map(|(id, entry)| match entry.node.as_str() {
                    None | Some("") => text(id, entry.key),
                    Some(_) => super::make::joined(&id, &entry.key, entry.node),
                });
                let items: Vec<Node> = items.collect();
                (!items.is_empty()).then(|| Node::new(Value::Seq(items), node.origin))
            }
            Out::Ulimit => match &node.value {
                Value::Map(_) => Some(self.object(node, fields::ULIMIT)),
                // Neither a number nor two: nothing is said.
                _ => {
                    let nothing = Node::new(Value::Map(Map::new()), node.origin.clone());
                    self.scalar(node, &Out::Int).or(Some(nothing))
                }
            },
            Out::Words => {
                for (key, entry) in node.entries() {
                    if matches!(entry.node.value, Value::Bool(_) | Value::Float(_) | Value::Seq(_) | Value::Map(_)) {
                        self.path.push_key(key);
                        self.wrong(&entry.node.origin, "a text is wanted here");
                        self.path.pop();
                    }
                }
                self.texted(node, false)
            }
            _ => self.scalar(node, out),
        }
    }

    fn object(&mut self, node: Node, fields: &'static [Field]) -> Node {
        let Value::Map(mut map) = node.value else { return node };
        let mut kept = Map::with_capacity(fields.len().min(map.len() + 2));
        for field in fields {
            let name = field.name.unwrap_or(field.key);
            let entry = map.shift_remove(field.key).and_then(|entry| {
                self.path.push_key(field.key);
                let decoded = self.decode(entry.node, &field.out);
                self.path.pop();
                decoded.map(|node| Entry { key: entry.key, node })
            });
            let entry = entry.or_else(|| {
                let default = || Origin::default_of("default");
                let node = match (field.absent, &field.out) {
                    (Absent::Nothing, _) => return None,
                    (Absent::Empty, Out::Object(fields)) => {
                        self.object(Node::new(Value::Map(Map::new()), default()), fields)
                    }
                    _ => Node::new(Value::Null, default()),
                };
                Some(Entry { key: default(), node })
            });
            kept.extend(entry.map(|entry| (name.to_owned(), entry)));
        }
        Node::new(Value::Map(kept), node.origin)
    }

    fn texts(&mut self, node: Node) -> Option<Node> {
        let items = match node.value {
            Value::Seq(items) => items.into_iter().map(as_text).collect(),
            Value::Map(_) => Vec::new(),
            _ => return Some(Node::new(Value::Seq(vec![as_text(node.clone())]), node.origin)),
        };
        (!items.is_empty()).then(|| Node::new(Value::Seq(items), node.origin))
    }

    fn texted(&mut self, node: Node, environment: bool) -> Option<Node> {
        let nothing = |origin: &Origin| match environment {
            true => Node::new(Value::Null, derived("implied", [origin.clone()])),
            false => text("", derived("implied", [origin.clone()])),
        };
        let mut kept = Map::new();
        match node.value {
            Value::Map(map) => {
                for (key, entry) in map {
                    let node = match entry.node.value {
                        Value::Null => nothing(&entry.node.origin),
                        _ => as_text(entry.node),
                    };
                    kept.insert(key, Entry { key: entry.key, node });
                }
            }
            Value::Seq(items) => {
                for item in items {
                    let item = as_text(item);
                    let (key, key_origin, value) = cut(&item, '=');
                    let node = value.unwrap_or_else(|| nothing(&item.origin));
                    if environment && key.ends_with(char::is_whitespace) {
                        self.wrong(&item.origin, format!("the variable `{key}` ends with a space"));
                    }
                    // A later one of the same name counts, in the earlier one's place.
                    kept.insert(key, Entry { key: key_origin, node });
                }
            }
            _ => return None,
        }
        (!kept.is_empty()).then(|| Node::new(Value::Map(kept), node.origin))
    }

    fn hosts(&mut self, node: Node) -> Option<Node> {
        let mut hosts: Vec<(String, Node)> = Vec::new();
        let tidy = |address: &Node| {
            let written = address.as_str().unwrap_or_default();
            match written.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
                Some(inner) => text(inner, derived("converted", [address.origin.clone()])),
                None => address.clone(),
            }
        };
        match node.value {
            Value::Map(map) => {
                for (host, entry) in map {
                    let addresses = match entry.node.value {
                        Value::Seq(items) => items,
                        _ => vec![entry.node],
                    };
                    for address in addresses {
                        let item = super::make::joined(&host, &entry.key, tidy(&as_text(address)));
                        hosts.push((host.clone(), item));
                    }
                }
            }
            Value::Seq(items) => {
                for item in items {
                    let separator = if item.as_str().is_some_and(|item| item.contains('=')) { '=' } else { ':' };
                    match cut(&item, separator) {
                        (host, key, Some(address)) => {
                            let joined = super::make::joined(&host, &key, tidy(&address));
                            hosts.push((host, joined));
                        }
                        (host, _, None) => {
                            self.wrong(&item.origin, format!("there is no address for the host `{host}`"));
                        }
                    }
                }
            }
            _ => return None,
        }
        let mut items: Vec<Node> = hosts.into_iter().map(|(_, item)| item).collect();
        items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        (!items.is_empty()).then(|| Node::new(Value::Seq(items), node.origin))
    }
}
