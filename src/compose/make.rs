//! Small hands of the resolver: nodes that are made from others, with their origins.

use std::sync::Arc;

use crate::document::{Entry, Map, Node, Value, yaml::scalar};
use crate::place::{Origin, Place};

/// A value that nobody wrote.
pub(super) fn default(value: Value) -> Node {
    Node::new(value, Origin::default_of("default"))
}

/// A text that nobody wrote.
pub(super) fn default_text(text: &str) -> Node {
    default(Value::String(text.to_owned()))
}

/// A text with its origin.
pub(super) fn text(text: impl Into<String>, origin: Origin) -> Node {
    Node::new(Value::String(text.into()), origin)
}

/// An origin by a rule from others.
pub(super) fn derived(rule: &'static str, from: impl IntoIterator<Item = Origin>) -> Origin {
    Origin::Derived { rule, from: from.into_iter().collect() }
}

/// An entry whose key is implied by the value's form.
pub(super) fn entry(node: Node) -> Entry {
    Entry { key: derived("implied", [node.origin.clone()]), node }
}

/// A mapping of implied keys.
pub(super) fn object(pairs: impl IntoIterator<Item = (&'static str, Node)>) -> Value {
    Value::Map(pairs.into_iter().map(|(key, node)| (key.to_owned(), entry(node))).collect())
}

/// The origin of a part of a text, by byte offsets in it: the narrowest span that can be told.
pub(super) fn part(node: &Node, start: usize, end: usize) -> Origin {
    let whole = node.as_str().unwrap_or_default();
    let wanted = whole.get(start..end).unwrap_or_default();
    part_of(&node.origin, whole, wanted, start, end)
}

fn part_of(origin: &Origin, whole: &str, wanted: &str, start: usize, end: usize) -> Origin {
    match origin {
        Origin::Said(place) => derived("split", [Origin::Said(place.part_of_scalar(whole, start, end))]),
        Origin::Derived { rule: rule @ "interpolated", from } => {
            let narrow = match from.first() {
                Some(Origin::Said(place)) => literal(place, whole, wanted, start).map(Origin::Said),
                _ => None,
            };
            match narrow {
                Some(origin) => derived("split", [origin]),
                None => derived("split", [Origin::Derived { rule, from: Arc::clone(from) }]),
            }
        }
        Origin::Derived { rule: "alias", from } => match from.first() {
            Some(first) => match part_of(first, whole, wanted, start, end) {
                Origin::Derived { rule: "split", from: inner } => {
                    derived("split", inner.iter().cloned().chain(from.iter().skip(1).cloned()))
                }
                other => other,
            },
            None => origin.clone(),
        },
        other => derived("split", [other.clone()]),
    }
}

/// Where a literal part of an interpolated text stands, if it is at one end of it: then what is written is what is
/// meant.
fn literal(place: &Place, whole: &str, wanted: &str, start: usize) -> Option<Place> {
    if wanted.is_empty() {
        return None;
    }
    let written = place.text();
    let quotes = usize::from(written.starts_with(['"', '\'']));
    let inner = written.get(quotes..written.len().checked_sub(quotes)?)?;
    if start == 0
        && inner.starts_with(wanted)
        && !inner.get(wanted.len()..)?.starts_with(|c: char| c.is_alphanumeric())
    {
        return Some(place.part(quotes, quotes + wanted.len()));
    }
    if start + wanted.len() == whole.len() && inner.ends_with(wanted) && !wanted.contains('$') {
        let at = inner.len() - wanted.len();
        return (!inner.get(..at)?.ends_with('$')).then(|| place.part(quotes + at, quotes + inner.len()));
    }
    None
}

/// A scalar as Go's `%v` prints it.
pub(super) fn printed(node: &Node) -> String {
    match &node.value {
        Value::Null => "<nil>".to_owned(),
        Value::Float(number) => {
            // A whole number beyond 64 bits with sign is one in Go too, if it fits without one.
            let written = node.place().map(Place::text).unwrap_or_default();
            match written.parse::<u64>() {
                Ok(_) if *number >= 9.0e18 => written.to_owned(),
                _ => scalar::go_float(*number),
            }
        }
        _ => node.scalar().unwrap_or_default(),
    }
}

/// A scalar as a text node: texts as they are, the rest printed.
pub(super) fn as_text(node: Node) -> Node {
    match &node.value {
        Value::String(_) => node,
        _ => text(printed(&node), derived("converted", [node.origin])),
    }
}

/// `key=value` as one text, which knows both parts.
pub(super) fn joined(key: &str, key_origin: &Origin, value: Node) -> Node {
    let value = as_text(value);
    let both = format!("{key}={}", value.as_str().unwrap_or_default());
    text(both, derived("joined", [value.origin, key_origin.clone()]))
}

/// The two parts of `key=value`; of a text without `=` there is only a key.
pub(super) fn cut(node: &Node, separator: char) -> (String, Origin, Option<Node>) {
    let whole = node.as_str().unwrap_or_default();
    let Some(at) = whole.find(separator) else {
        return (whole.to_owned(), node.origin.clone(), None);
    };
    let (key, value) = (whole.get(..at).unwrap_or_default(), whole.get(at + 1..).unwrap_or_default());
    if let Origin::Derived { rule: "joined", from } = &node.origin
        && let [value_origin, key_origin] = from.as_ref()
    {
        return (key.to_owned(), key_origin.clone(), Some(text(value, value_origin.clone())));
    }
    let value_node = text(value, part(node, at + separator.len_utf8(), whole.len()));
    (key.to_owned(), part(node, 0, at), Some(value_node))
}

/// A mapping or a list of `key=value` as a list of `key=value`, the former sorted; a text as a list of one.
pub(super) fn sequence(node: Node) -> Vec<Node> {
    match node.value {
        Value::Map(map) => {
            let mut items: Vec<Node> = Vec::with_capacity(map.len());
            for (key, entry) in map {
                match entry.node.value {
                    Value::Null => items.push(text(key, entry.key)),
                    Value::Seq(values) => {
                        items.extend(values.into_iter().map(|value| joined(&key, &entry.key, value)))
                    }
                    _ => items.push(joined(&key, &entry.key, entry.node)),
                }
            }
            items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            items
        }
        Value::Seq(items) => items,
        Value::String(_) => vec![node],
        _ => Vec::new(),
    }
}

/// A list of names as a mapping of names to nothing, or to a default; a mapping as it is.
pub(super) fn mapping(node: Node, value: Option<&dyn Fn(&Node) -> Value>) -> Map {
    match node.value {
        Value::Map(map) => map,
        Value::Seq(items) => items
            .into_iter()
            .filter_map(|item| {
                let name = item.as_str()?.to_owned();
                let made = value.map_or(Value::Null, |value| value(&item));
                let node = Node::new(made, derived("short-form", [item.origin.clone()]));
                Some((name, Entry { key: item.origin, node }))
            })
            .collect(),
        _ => Map::new(),
    }
}
