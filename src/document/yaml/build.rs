//! From the graph of a text to a tree: scalars resolved, aliases and merge keys followed, tags noted.

use std::collections::HashMap;
use std::sync::Arc;

use super::raw::{Graph, Kind, Raw};
use super::scalar::{self, Resolved};
use super::{Document, MAX_DEPTH, MAX_NODES, Malformed, Mistake, Reset};
use crate::document::{Entry, Map, Node, Value};
use crate::place::{Origin, Place, Source};

struct Builder<'a> {
    source: &'a Arc<Source>,
    graph: &'a Graph,
    path: Vec<String>,
    /// The anchored nodes that are being followed, to see a cycle.
    following: Vec<usize>,
    made: usize,
    depth: usize,
    resets: Vec<Reset>,
    mistakes: Vec<Malformed>,
    /// It is too large: no more is built.
    stopped: bool,
}

/// The tree of a graph, as far as it goes, and beside it the mistakes.
pub(super) fn build(source: &Arc<Source>, graph: &Graph, mistakes: &mut Vec<Malformed>) -> Document {
    let mut builder = Builder {
        source,
        graph,
        path: Vec::new(),
        following: Vec::new(),
        made: 0,
        depth: 0,
        resets: Vec::new(),
        mistakes: Vec::new(),
        stopped: false,
    };
    let root = builder.node(graph.root);
    mistakes.append(&mut builder.mistakes);
    let root = root.unwrap_or_else(|| Node::new(Value::Null, Origin::Said(source.place(0, 0))));
    Document { root, resets: builder.resets }
}

impl Builder<'_> {
    fn place(&self, raw: &Raw) -> Place {
        self.source.place(raw.start, raw.end)
    }

    fn mistake(&mut self, kind: Mistake, place: Place, related: Option<Place>, message: String) {
        // One too-large file would otherwise report itself at every node.
        if kind != Mistake::TooLarge || !self.stopped {
            self.mistakes.push(Malformed { kind, path: self.path.clone(), place, related, message });
        }
        self.stopped |= kind == Mistake::TooLarge;
    }

    /// The node of an index; `None` where it is tagged `!reset`, or a mistake was noted.
    fn node(&mut self, index: usize) -> Option<Node> {
        let graph = self.graph;
        let raw = graph.nodes.get(index)?;
        if self.stopped {
            return None;
        }
        self.made += 1;
        if self.made > MAX_NODES || self.depth >= MAX_DEPTH {
            let what = if self.made > MAX_NODES { "to too many values" } else { "too deep" };
            self.mistake(Mistake::TooLarge, self.place(raw), None, format!("the file expands {what} to be read"));
            return None;
        }
        self.depth += 1;
        let node = self.untagged(index, raw);
        self.depth -= 1;
        node
    }

    fn untagged(&mut self, index: usize, raw: &Raw) -> Option<Node> {
        if let Some(tag @ ("!reset" | "!override")) = raw.tag.as_deref() {
            self.resets.push(Reset { path: self.path.clone(), place: self.place(raw) });
            if tag == "!reset" {
                return None;
            }
        }
        let said = Origin::Said(self.place(raw));
        match &raw.kind {
            Kind::Scalar { text, plain } => Some(self.scalar(raw, text, *plain)),
            Kind::Alias(anchor) => self.alias(*anchor, raw),
            Kind::Seq(items) => {
                self.following.push(index);
                let mut nodes = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    self.path.push(at.to_string());
                    nodes.extend(self.node(*item));
                    self.path.pop();
                }
                self.following.pop();
                Some(Node::new(Value::Seq(nodes), said))
            }
            Kind::Map(entries) => {
                self.following.push(index);
                let map = self.map(entries);
                self.following.pop();
                Some(Node::new(Value::Map(map), said))
            }
        }
    }

    fn alias(&mut self, anchor: usize, raw: &Raw) -> Option<Node> {
        let target = *self.graph.anchors.get(&anchor)?;
        if self.following.contains(&target) {
            let related = self.graph.nodes.get(target).map(|node| self.place(node));
            let message = format!("the anchor {} contains itself", self.place(raw).text().trim_start_matches('*'));
            self.mistake(Mistake::AliasCycle, self.place(raw), related, message);
            return None;
        }
        let node = self.node(target)?;
        let from = Arc::from([node.origin, Origin::Said(self.place(raw))]);
        Some(Node::new(node.value, Origin::Derived { rule: "alias", from }))
    }

    fn scalar(&mut self, raw: &Raw, text: &str, plain: bool) -> Node {
        let said = Origin::Said(self.place(raw));
        let string = || Value::String(text.to_owned());
        let resolved = match raw.tag.as_deref() {
            None if plain => scalar::resolve(text),
            Some("!") if plain && text.is_empty() => Resolved::Value(Value::Null),
            Some("!!binary") => match scalar::base64(text) {
                Some(decoded) => Resolved::Value(Value::String(decoded)),
                None => self.untaggable(raw, text, "!!binary"),
            },
            Some(tag @ ("!!null" | "!!bool" | "!!int" | "!!float" | "!!timestamp")) => {
                match (tag, scalar::resolve(text)) {
                    ("!!null", found @ Resolved::Value(Value::Null))
                    | ("!!bool", found @ Resolved::Value(Value::Bool(_)))
                    | ("!!int", found @ Resolved::Value(Value::Int(_)))
                    | ("!!float", found @ Resolved::Value(Value::Float(_)))
                    | ("!!timestamp", found @ Resolved::Timestamp) => found,
                    #[expect(clippy::cast_precision_loss, reason = "go-yaml converts so too")]
                    ("!!float", Resolved::Value(Value::Int(number))) => Resolved::Value(Value::Float(number as f64)),
                    _ => self.untaggable(raw, text, tag),
                }
            }
            // In quotes, or with a tag of somebody's own.
            _ => Resolved::Value(string()),
        };
        match resolved {
            Resolved::Value(value) if raw.tag.is_some() => {
                Node::new(value, Origin::Derived { rule: "tagged", from: Arc::from([said]) })
            }
            Resolved::Value(value) => Node::new(value, said),
            Resolved::Timestamp => {
                Node::new(string(), Origin::Derived { rule: super::scalar::TIMESTAMP, from: Arc::from([said]) })
            }
        }
    }

    /// A text that is not what its tag says.
    fn untaggable(&mut self, raw: &Raw, text: &str, tag: &str) -> Resolved {
        self.mistake(Mistake::Syntax, self.place(raw), None, format!("this is no {tag}"));
        Resolved::Value(Value::String(text.to_owned()))
    }

    fn map(&mut self, entries: &[(usize, usize)]) -> Map {
        let graph = self.graph;
        let mut map = Map::with_capacity(entries.len());
        let mut seen: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
        let mut merges = Vec::new();
        for (key, value) in entries {
            let Some(mut raw) = graph.nodes.get(*key) else { continue };
            if let Kind::Alias(anchor) = raw.kind {
                let Some(target) = graph.anchors.get(&anchor).and_then(|target| graph.nodes.get(*target)) else {
                    continue;
                };
                raw = target;
            }
            let place = self.place(raw);
            let Kind::Scalar { text, plain } = &raw.kind else {
                self.mistake(Mistake::NonStringKey, place, None, "a list or mapping is no key".to_owned());
                continue;
            };
            if let Some(first) = seen.insert(text, *key) {
                let related = graph.nodes.get(first).map(|first| self.place(first));
                self.mistake(
                    Mistake::DuplicateKey,
                    place,
                    related,
                    format!("the key `{text}` stands twice in this mapping"),
                );
                continue;
            }
            let merge = *plain && text == "<<" && raw.tag.is_none();
            if merge {
                merges.push((*value, place));
                continue;
            }
            let resolved = if *plain && raw.tag.is_none() {
                scalar::resolve(text)
            } else {
                Resolved::Value(Value::String(text.clone()))
            };
            if !matches!(resolved, Resolved::Value(Value::String(_))) {
                self.path.push(text.clone());
                let message = format!("the key `{text}` is not a text but a number, a date, a truth value or null");
                self.mistake(Mistake::NonStringKey, place, None, message);
                self.path.pop();
                continue;
            }
            self.path.push(text.clone());
            if let Some(node) = self.node(*value) {
                map.insert(text.clone(), Entry { key: Origin::Said(place), node });
            }
            self.path.pop();
        }
        for (value, place) in merges {
            self.merge(&mut map, value, &place);
        }
        map
    }

    /// Applies a merge key: what is there already stays; of a list of mappings the first wins.
    fn merge(&mut self, map: &mut Map, value: usize, place: &Place) {
        let Some(node) = self.node(value) else { return };
        let sources = match node.value {
            Value::Map(_) => vec![node],
            Value::Seq(items) => items,
            _ => vec![node],
        };
        for source in sources {
            let Value::Map(entries) = source.value else {
                let message = "a merge key takes a mapping or a list of mappings".to_owned();
                self.mistake(Mistake::Syntax, place.clone(), None, message);
                return;
            };
            for (key, entry) in entries {
                map.entry(key).or_insert_with(|| Entry {
                    key: Origin::Derived {
                        rule: "merge-key",
                        from: Arc::from([entry.key.clone(), Origin::Said(place.clone())]),
                    },
                    node: entry.node.clone(),
                });
            }
        }
    }
}
