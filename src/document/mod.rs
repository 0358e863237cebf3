//! Texts of a known format, decoded into a tree in which every key and value knows its place.
//!
//! One file a format. In here: decoding only. What a tree means is for `compose`, `gatefile` and the checks.

pub mod dockerfile;
pub mod env;
pub mod format;
pub mod ini;
pub mod json;
pub mod toml;
pub mod yaml;

use indexmap::IndexMap;

use crate::place::{Origin, Place};

/// Why a text cannot be decoded, and where that was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Malformed {
    /// Where.
    pub place: Place,
    /// The mistake, in one sentence without a full stop. Never a value.
    pub message: String,
    /// A second place that it clashes with, and what is there: the first of two equal keys.
    pub related: Option<(Place, String)>,
}

impl Malformed {
    /// A mistake at a place.
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), related: None }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing was said, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    String(String),
    /// A list.
    Seq(Vec<Node>),
    /// A mapping, in the order in which it was said.
    Map(Map),
}

/// A mapping in the order in which it was said.
pub type Map = IndexMap<String, Entry>;

/// A mapping's value together with where its key stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where the key came from.
    pub key: Origin,
    /// The value.
    pub node: Node,
}

impl Node {
    /// A node with a value and its origin.
    pub fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// The most telling place, if there is one.
    pub fn place(&self) -> Option<&Place> {
        self.origin.place()
    }

    /// The value under a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key).map(|entry| &entry.node)
    }

    /// The value under a path of keys and indices, as a JSON pointer (RFC 6901) names it; `""` is the node itself.
    pub fn pointer(&self, pointer: &str) -> Option<&Node> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |node, token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            match &node.value {
                Value::Map(map) => map.get(&token).map(|entry| &entry.node),
                Value::Seq(items) => items.get(token.parse::<usize>().ok()?),
                _ => None,
            }
        })
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if this is one.
    pub fn as_int(&self) -> Option<i64> {
        match self.value {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(truth) => Some(truth),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_seq(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The mapping, if this is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Whether nothing is said here.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// A scalar as the text it is written as; `None` for a list or mapping.
    pub fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Null => Some(String::new()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Int(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::String(text) => Some(text.clone()),
            Value::Seq(_) | Value::Map(_) => None,
        }
    }

    /// The items of a list, or none.
    pub fn items(&self) -> impl Iterator<Item = &Node> {
        self.as_seq().unwrap_or_default().iter()
    }

    /// The entries of a mapping in their order, or none.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.as_map().into_iter().flatten().map(|(key, entry)| (key.as_str(), entry))
    }
}

/// A number as JSON and YAML's core schema write it; one beyond `i64` is a float, as in most readers.
fn number(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(number) => Value::Int(number),
        Err(_) => text.parse::<f64>().map_or_else(|_| Value::String(text.to_owned()), Value::Float),
    }
}
