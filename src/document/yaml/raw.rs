//! The parser's events, gathered into a graph of nodes with spans; aliases not yet followed.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span};

use super::{Malformed, Mistake};
use crate::place::Source;

/// A document's nodes; children are indices.
pub(super) struct Graph {
    pub(super) nodes: Vec<Raw>,
    pub(super) root: usize,
    /// Nodes by the parser's anchor id.
    pub(super) anchors: HashMap<usize, usize>,
}

/// A node as the text has it.
pub(super) struct Raw {
    pub(super) kind: Kind,
    /// The tag as written, such as `!reset` or `!!str`.
    pub(super) tag: Option<String>,
    pub(super) start: usize,
    pub(super) end: usize,
}

pub(super) enum Kind {
    Scalar { text: String, plain: bool },
    Seq(Vec<usize>),
    Map(Vec<(usize, usize)>),
    Alias(usize),
}

/// A list or mapping that is still open.
enum Open {
    Seq(usize, Vec<usize>),
    Map(usize, Vec<(usize, usize)>, Option<usize>),
}

/// Reads all documents of a text.
pub(super) fn read(source: &Arc<Source>) -> Result<Vec<Graph>, Malformed> {
    let whole = source.text();
    let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
    let shift = whole.len() - text.len();
    if let Some((at, control)) = text.char_indices().find(|(_, c)| forbidden(*c)) {
        let place = source.place(shift + at, shift + at + control.len_utf8());
        let message = "there is a control character in it: it is not a text".to_owned();
        return Err(Malformed { kind: Mistake::Syntax, path: Vec::new(), place, related: None, message });
    }
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = super::MAX_DEPTH;
    options.block_nesting_limit = super::MAX_DEPTH;
    let mut graphs = Vec::new();
    let mut nodes: Vec<Raw> = Vec::new();
    let mut anchors = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let at = shift + error.marker().byte_offset().unwrap_or(text.len());
            Malformed {
                kind: Mistake::Syntax,
                path: Vec::new(),
                place: source.place(at, at + 1),
                related: None,
                message: error.kind().to_string(),
            }
        })?;
        let (start, end) = bytes(&span, shift);
        let done = match event {
            Event::Scalar(value, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let mut value = if start == end && plain { String::new() } else { value.into_owned() };
                // A block scalar that the file's end cuts off has no line break there; the parser adds one.
                if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
                    && end >= whole.len()
                    && !whole.ends_with('\n')
                    && value.ends_with('\n')
                {
                    value.pop();
                }
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let start = if block { header(whole, start) } else { start };
                let text = whole.get(start..end).unwrap_or_default();
                let end = if block { end } else { start + trimmed(text).len() };
                nodes.push(Raw {
                    kind: Kind::Scalar { text: value, plain },
                    tag: tag.map(|t| t.original()),
                    start,
                    end,
                });
                register(&mut anchors, anchor, nodes.len() - 1);
                Some(nodes.len() - 1)
            }
            Event::Alias(id) => {
                nodes.push(Raw { kind: Kind::Alias(id), tag: None, start, end });
                Some(nodes.len() - 1)
            }
            Event::SequenceStart(_, anchor, tag) => {
                nodes.push(Raw { kind: Kind::Seq(Vec::new()), tag: tag.map(|t| t.original()), start, end });
                register(&mut anchors, anchor, nodes.len() - 1);
                open.push(Open::Seq(nodes.len() - 1, Vec::new()));
                None
            }
            Event::MappingStart(_, anchor, tag) => {
                nodes.push(Raw { kind: Kind::Map(Vec::new()), tag: tag.map(|t| t.original()), start, end });
                register(&mut anchors, anchor, nodes.len() - 1);
                open.push(Open::Map(nodes.len() - 1, Vec::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|closed| close(&mut nodes, closed, end)),
            Event::DocumentEnd => {
                if let Some(root) = root.take() {
                    graphs.push(Graph {
                        nodes: std::mem::take(&mut nodes),
                        root,
                        anchors: std::mem::take(&mut anchors),
                    });
                }
                None
            }
            _ => None,
        };
        if let Some(index) = done {
            match open.last_mut() {
                None => root = Some(index),
                Some(Open::Seq(_, items)) => items.push(index),
                Some(Open::Map(_, entries, key)) => match key.take() {
                    Some(key) => entries.push((key, index)),
                    None => *key = Some(index),
                },
            }
        }
    }
    Ok(graphs)
}

fn register(anchors: &mut HashMap<usize, usize>, anchor: usize, index: usize) {
    if anchor != 0 {
        anchors.insert(anchor, index);
    }
}

/// Puts the children of a finished list or mapping in place and gives it their span.
fn close(nodes: &mut [Raw], closed: Open, end: usize) -> usize {
    let (index, first, last, kind) = match closed {
        Open::Seq(index, items) => (index, items.first().copied(), items.last().copied(), Kind::Seq(items)),
        Open::Map(index, entries, _) => {
            (index, entries.first().map(|e| e.0), entries.last().map(|e| e.1), Kind::Map(entries))
        }
    };
    let from = first.and_then(|child| nodes.get(child)).map(|child| child.start);
    let to = last.and_then(|child| nodes.get(child)).map(|child| child.end);
    if let Some(node) = nodes.get_mut(index) {
        node.start = from.map_or(node.start, |from| from.min(node.start).max(node.start.min(from)));
        node.end = to.map_or(end, |to| to.max(node.end)).max(node.start);
        node.kind = kind;
    }
    index
}

fn bytes(span: &Span, shift: usize) -> (usize, usize) {
    let start = span.start.byte_offset().unwrap_or_default();
    let end = span.end.byte_offset().unwrap_or(start).max(start);
    (shift + start, shift + end)
}

/// A scalar's span without what the parser adds behind it.
fn trimmed(text: &str) -> &str {
    text.trim_end_matches([' ', '\t', '\r', '\n'])
}

/// Where a block scalar's `|` or `>` stands, given where its content starts.
fn header(text: &str, content: usize) -> usize {
    let before = text.get(..content).unwrap_or_default().trim_end();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let found = before.get(line..).and_then(|line| {
        let code = line.find(" #").and_then(|comment| line.get(..comment)).unwrap_or(line);
        code.rfind(['|', '>'])
    });
    found.map_or(content, |at| line + at)
}

/// The characters that go-yaml's reader refuses.
fn forbidden(c: char) -> bool {
    !matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
        || c == '\u{feff}'
}
