//! What Compose takes: the shapes of the files, declared as data, and the walk that holds a model against them.
//!
//! The shapes are our own; what they accept is what Compose 2.40.3's schema accepts.

mod service;
mod shapes;

use std::collections::HashSet;

use super::make::printed;
use super::path::Path;
use super::{Rejection, cause};
use crate::document::{Map, Node, Value, yaml::scalar};
use crate::place::Origin;
use crate::suggest::nearest;

/// Kinds of single values, as bits.
type Kinds = u8;
const TEXT: Kinds = 1;
const WHOLE: Kinds = 2;
const NUMBER: Kinds = 4 | WHOLE;
const TRUTH: Kinds = 8;
const NOTHING: Kinds = 16;
/// A mapping, where one of a free form is allowed beside single values.
const ANY_MAP: Kinds = 32;

/// What a value may look like.
enum Shape {
    /// Anything at all.
    Any,
    /// A single value of one of the kinds.
    One(Kinds),
    /// A single value of one of the kinds that a further rule holds for if it is of that rule's type.
    Held(Kinds, Rule),
    /// A list.
    List { of: &'static Shape, unique: bool },
    /// A mapping of keys that are known.
    Object(&'static Object),
    /// A mapping of names that are the user's.
    Names { key: Key, of: &'static Shape, closed: bool },
    /// One of several, told apart by the value's type.
    Or(&'static [Shape]),
}

enum Rule {
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number within bounds, both included.
    Within(i64, i64),
    /// A text in which this is found.
    Found(fn(&str) -> bool, &'static str),
}

/// Which names a mapping takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    /// Letters, digits, `.`, `_` and `-`.
    Name,
    /// Small letters only.
    Letters,
    /// Anything but nothing.
    Some,
}

struct Object {
    keys: &'static [(&'static str, Shape)],
    required: &'static [&'static str],
    /// Whether keys that begin with `x-` are passed over.
    extensible: bool,
    /// Whether nothing at all is fine too.
    nullable: bool,
    /// Whether keys that are not known are passed over.
    open: bool,
}

/// Holds a model against the shapes.
pub(super) fn validate(root: &Node) -> Vec<Rejection> {
    let mut mistakes = Vec::new();
    check(root, &Shape::Object(&shapes::ROOT), &mut Path::default(), &mut mistakes);
    mistakes
}

fn wrong(cause: &'static str, path: &Path, node: &Node, message: impl Into<String>) -> Rejection {
    Rejection::new(cause, path, Some(node.origin.clone()), message)
}

fn check(node: &Node, shape: &Shape, path: &mut Path, mistakes: &mut Vec<Rejection>) {
    if !fits(node, shape) {
        let message = format!("{} is wanted here, and this is {}", wanted(shape), called(node));
        mistakes.push(wrong(cause::INVALID_TYPE, path, node, message));
        return;
    }
    match shape {
        Shape::Any | Shape::One(_) => {}
        Shape::Held(_, rule) => held(node, rule, path, mistakes),
        Shape::List { of, unique } => {
            let mut seen: HashSet<String> = HashSet::new();
            for (index, item) in node.items().enumerate() {
                path.push_index(index);
                let before = mistakes.len();
                check(item, of, path, mistakes);
                if *unique && mistakes.len() == before && !seen.insert(format!("{:?}", fingerprint(item))) {
                    mistakes.push(wrong(cause::DUPLICATE_ITEM, path, item, "this item stands in the list already"));
                }
                path.pop();
            }
        }
        Shape::Object(object) => {
            if let Value::Map(map) = &node.value {
                keys(node, map, object, path, mistakes);
            }
        }
        Shape::Names { key, of, closed } => {
            for (name, entry) in node.as_map().into_iter().flatten() {
                path.push_key(name);
                if key.takes(name) {
                    check(&entry.node, of, path, mistakes);
                } else if *closed {
                    let message = format!("`{name}` is no name that Compose takes here");
                    mistakes.push(Rejection::new(cause::UNKNOWN_KEY, path, Some(entry.key.clone()), message));
                }
                path.pop();
            }
        }
        Shape::Or(shapes) => {
            if let Some(shape) = shapes.iter().find(|shape| fits(node, shape)) {
                check(node, shape, path, mistakes);
            }
        }
    }
}

fn keys(node: &Node, map: &Map, object: &Object, path: &mut Path, mistakes: &mut Vec<Rejection>) {
    for (key, entry) in map {
        path.push_key(key);
        match object.keys.iter().find(|(known, _)| known == key) {
            Some((_, shape)) => check(&entry.node, shape, path, mistakes),
            None if object.open || (object.extensible && key.starts_with("x-")) => {}
            None => {
                let message = format!("Compose doesn't know the key `{key}` here");
                let rejection = Rejection::new(cause::UNKNOWN_KEY, path, Some(entry.key.clone()), message);
                let help = match nearest(key, object.keys.iter().map(|(known, _)| *known)) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None if path.len() == 1 => "put services under `services:`".to_owned(),
                    None => format!("remove it, or name it `x-{key}`"),
                };
                mistakes.push(rejection.help(help));
            }
        }
        path.pop();
    }
    for key in object.required.iter().filter(|key| !map.contains_key(**key)) {
        let message = format!("the key `{key}` is missing here");
        mistakes.push(wrong(cause::MISSING_KEY, path, node, message).help(format!("add `{key}:`")));
    }
}

fn held(node: &Node, rule: &Rule, path: &Path, mistakes: &mut Vec<Rejection>) {
    let message = match (rule, &node.value) {
        (Rule::OneOf(words), Value::String(text)) if !words.contains(&text.as_str()) => {
            let near = nearest(text, words.iter().copied()).map(|word| format!("did you mean `{word}`?"));
            let help = near.unwrap_or_else(|| format!("write one of {}", words.join(", ")));
            let message = format!("Compose doesn't take this value; it takes {}", words.join(", "));
            mistakes.push(wrong(cause::INVALID_VALUE, path, node, message).help(help));
            return;
        }
        (Rule::Within(low, high), Value::Int(number)) if !(*low..=*high).contains(number) => {
            if *high == i64::MAX {
                format!("it must be at least {low}")
            } else {
                format!("it must lie between {low} and {high}")
            }
        }
        (Rule::Found(found, what), Value::String(text)) if !found(text) => format!("{what} is wanted here"),
        _ => return,
    };
    mistakes.push(wrong(cause::INVALID_VALUE, path, node, message));
}

/// Whether a value's type is one that the shape takes; what is in it is not looked at.
fn fits(node: &Node, shape: &Shape) -> bool {
    match shape {
        Shape::Any => true,
        Shape::One(kinds) | Shape::Held(kinds, _) => kind(node) & kinds != 0,
        Shape::List { .. } => matches!(node.value, Value::Seq(_)),
        Shape::Object(object) => matches!(node.value, Value::Map(_)) || (object.nullable && node.is_null()),
        Shape::Names { .. } => matches!(node.value, Value::Map(_)),
        Shape::Or(shapes) => shapes.iter().any(|shape| fits(node, shape)),
    }
}

fn is_date(node: &Node) -> bool {
    matches!(&node.origin, Origin::Derived { rule, .. } if *rule == scalar::TIMESTAMP)
}

fn kind(node: &Node) -> Kinds {
    match &node.value {
        Value::String(_) if is_date(node) => 0,
        Value::String(_) => TEXT,
        Value::Int(_) => WHOLE,
        Value::Float(number) if number.fract() == 0.0 => NUMBER,
        Value::Float(_) => NUMBER & !WHOLE,
        Value::Bool(_) => TRUTH,
        Value::Null => NOTHING,
        Value::Map(_) => ANY_MAP,
        Value::Seq(_) => 0,
    }
}

fn called(node: &Node) -> &'static str {
    match &node.value {
        Value::String(_) if is_date(node) => "a date: put it in quotes",
        Value::String(_) => "a text",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::Bool(_) => "a truth value",
        Value::Null => "nothing",
        Value::Map(_) => "a mapping",
        Value::Seq(_) => "a list",
    }
}

fn wanted(shape: &Shape) -> String {
    match shape {
        Shape::Any => "anything".to_owned(),
        Shape::One(kinds) | Shape::Held(kinds, _) => {
            let names = [
                (TEXT, "a text"),
                (NUMBER & !WHOLE, "a number"),
                (TRUTH, "true or false"),
                (NOTHING, "nothing"),
                (ANY_MAP, "a mapping"),
            ];
            let mut names: Vec<&str> =
                names.iter().filter(|(bit, _)| kinds & bit != 0).map(|(_, name)| *name).collect();
            if kinds & NUMBER == WHOLE {
                names.push("a whole number");
            }
            names.join(" or ")
        }
        Shape::List { .. } => "a list".to_owned(),
        Shape::Object(_) | Shape::Names { .. } => "a mapping".to_owned(),
        Shape::Or(shapes) => shapes.iter().map(wanted).collect::<Vec<_>>().join(" or "),
    }
}

/// What makes two items of a list equal to the schema: their values alone; numbers by what they are worth.
fn fingerprint(node: &Node) -> String {
    match &node.value {
        Value::Map(map) => {
            let mut parts: Vec<_> = map.iter().map(|(key, entry)| (key, fingerprint(&entry.node))).collect();
            parts.sort();
            format!("{parts:?}")
        }
        Value::Seq(items) => format!("{:?}", items.iter().map(fingerprint).collect::<Vec<_>>()),
        Value::String(text) => format!("{text:?}"),
        _ => printed(node),
    }
}

impl Key {
    fn takes(self, name: &str) -> bool {
        match self {
            Self::Name => {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
            }
            Self::Letters => !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase()),
            Self::Some => !name.is_empty(),
        }
    }
}
