//! The parser's events, gathered into a graph of nodes with spans; aliases not yet followed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, StructureStyle};

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
///
/// Where the parser is stricter than go-yaml, the text is amended and read again; the spans stay those of the text.
pub(super) fn read(source: &Arc<Source>) -> Result<Vec<Graph>, Malformed> {
    let whole = source.text();
    let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
    let shift = whole.len() - text.len();
    let malformed = |at: usize, length: usize, message: String| Malformed {
        kind: Mistake::Syntax,
        path: Vec::new(),
        place: source.place(at, at + length),
        related: None,
        message,
    };
    if let Some((at, control)) = text.char_indices().find(|(_, c)| forbidden(*c)) {
        let message = "there is a control character in it: it is not a text".to_owned();
        return Err(malformed(shift + at, control.len_utf8(), message));
    }
    let mut amended = Amended { text: text.into(), inserted: Vec::new(), shift };
    for _ in 0..MAX_AMENDMENTS {
        match attempt(whole, &amended) {
            Ok(graphs) => return Ok(graphs),
            Err((kind, at)) => {
                let message = kind.as_ref().map_or_else(ToString::to_string, ToString::to_string);
                if !kind.is_ok_and(|kind| amended.amend(&kind, at)) {
                    return Err(malformed(amended.origin(at), 1, message));
                }
            }
        }
    }
    Err(malformed(shift, 1, "the file is no YAML that can be read".to_owned()))
}

/// How often a text is amended: each time it is read from its start again.
const MAX_AMENDMENTS: usize = 50;

/// How far an under-indented line is moved in.
const INDENT: &str = "                                                                ";

/// A text that the parser takes, and how its offsets relate to the original's.
struct Amended<'t> {
    text: Cow<'t, str>,
    /// Where spaces were put in, in order.
    inserted: Vec<usize>,
    shift: usize,
}

impl Amended<'_> {
    /// The offset in the original text.
    fn origin(&self, at: usize) -> usize {
        let mut origin = at;
        for inserted in self.inserted.iter().rev() {
            if origin >= inserted + INDENT.len() {
                origin -= INDENT.len();
            } else {
                origin = origin.min(*inserted);
            }
        }
        self.shift + origin
    }

    /// Makes a text one that the parser takes, if go-yaml takes it.
    fn amend(&mut self, kind: &ErrorKind, at: usize) -> bool {
        match kind {
            // `"1"#c`: a comment to go-yaml. It is blanked out, which moves nothing.
            ErrorKind::CommentNotSeparated => {
                let Some(at) = self.text.get(at..).and_then(|rest| rest.find('#')).map(|found| at + found) else {
                    return false;
                };
                let rest = self.text.get(at..).unwrap_or_default();
                let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
                self.text.to_mut().replace_range(at..at + length, &" ".repeat(length));
                true
            }
            // A quoted text whose later lines stand further left than its key.
            ErrorKind::InvalidQuotedScalarIndent => {
                let start = self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |line| line + 1);
                if self.inserted.last().is_some_and(|last| *last >= start) {
                    return false;
                }
                self.text.to_mut().insert_str(start, INDENT);
                self.inserted.push(start);
                true
            }
            _ => false,
        }
    }
}

/// Why a text can't be read: a kind of error of the parser's, or one of ours.
type Refused = (Result<ErrorKind, &'static str>, usize);

fn attempt(whole: &str, amended: &Amended<'_>) -> Result<Vec<Graph>, Refused> {
    let text = amended.text.as_ref();
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
        let (event, span) =
            event.map_err(|error| (Ok(error.kind().clone()), error.marker().byte_offset().unwrap_or(text.len())))?;
        let at = span.start.byte_offset().unwrap_or_default();
        let start = amended.origin(at);
        let end = amended.origin(span.end.byte_offset().unwrap_or(at)).max(start);
        let done = match event {
            Event::DocumentStart(_, Some(version)) if version.major != 1 || version.minor > 2 => {
                return Err((Err("go-yaml reads YAML 1.1 and 1.2 only"), at));
            }
            Event::DocumentStart(false, _) if !graphs.is_empty() => {
                return Err((Err("a further document begins with `---`"), at));
            }
            Event::MappingStart(StructureStyle::Block, ..) if behind_tab(whole, start) => {
                return Err((Err("a tab can't indent"), at));
            }
            Event::Scalar(value, style, anchor, tag) => {
                if style == ScalarStyle::DoubleQuoted
                    && let Some(escape) = whole.get(start..end).and_then(|written| written.find("\\/"))
                {
                    return Err((Err("`\\/` is no escape in go-yaml"), at + escape));
                }
                nodes.push(scalar(whole, value.into_owned(), style, tag.map(|tag| tag.original()), start, end));
                register(&mut anchors, anchor, nodes.len() - 1);
                Some(nodes.len() - 1)
            }
            Event::Alias(id) => {
                nodes.push(Raw { kind: Kind::Alias(id), tag: None, start, end });
                Some(nodes.len() - 1)
            }
            Event::SequenceStart(_, anchor, tag) => {
                nodes.push(Raw { kind: Kind::Seq(Vec::new()), tag: tag.map(|tag| tag.original()), start, end });
                register(&mut anchors, anchor, nodes.len() - 1);
                open.push(Open::Seq(nodes.len() - 1, Vec::new()));
                None
            }
            Event::MappingStart(_, anchor, tag) => {
                nodes.push(Raw { kind: Kind::Map(Vec::new()), tag: tag.map(|tag| tag.original()), start, end });
                register(&mut anchors, anchor, nodes.len() - 1);
                open.push(Open::Map(nodes.len() - 1, Vec::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|closed| close(whole, &mut nodes, closed, end)),
            Event::DocumentEnd => {
                if let Some(root) = root.take() {
                    let nodes = std::mem::take(&mut nodes);
                    graphs.push(Graph { nodes, root, anchors: std::mem::take(&mut anchors) });
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

/// Whether a line is indented with a tab up to here.
fn behind_tab(whole: &str, at: usize) -> bool {
    let before = whole.get(..at).unwrap_or_default();
    let line = before.rfind('\n').map_or(before, |line| before.get(line + 1..).unwrap_or_default());
    line.contains('\t') && line.trim().is_empty()
}

fn scalar(whole: &str, mut value: String, style: ScalarStyle, tag: Option<String>, start: usize, end: usize) -> Raw {
    let plain = style == ScalarStyle::Plain;
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    if start == end && plain {
        value.clear();
    }
    // A block scalar that the file's end cuts off has no line break there; the parser adds one.
    if block && end >= whole.len() && !whole.ends_with('\n') && value.ends_with('\n') {
        value.pop();
    }
    let start = if block { header(whole, start) } else { start };
    let written = whole.get(start..end).unwrap_or_default();
    let kept = if block { written.trim_end_matches([' ', '\t']) } else { trimmed(written) };
    let end = start + kept.len();
    Raw { kind: Kind::Scalar { text: value, plain }, tag, start, end }
}

fn register(anchors: &mut HashMap<usize, usize>, anchor: usize, index: usize) {
    if anchor != 0 {
        anchors.insert(anchor, index);
    }
}

/// Puts the children of a finished list or mapping in place and gives it their span.
fn close(whole: &str, nodes: &mut [Raw], mut closed: Open, end: usize) -> usize {
    if let Open::Map(_, entries, _) = &mut closed {
        for (key, value) in entries {
            colon(whole, nodes, *key, *value);
        }
    }
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

/// `{a:}` and `{a:, b: c}`: in a flow mapping a colon that a bracket or comma follows belongs to the key.
fn colon(whole: &str, nodes: &mut [Raw], key: usize, value: usize) {
    let empty = nodes.get(value).is_some_and(|value| match &value.kind {
        Kind::Scalar { text, plain } => *plain && text.is_empty() && value.tag.is_none(),
        _ => false,
    });
    let Some(key) = nodes.get_mut(key).filter(|_| empty) else { return };
    let behind = whole.get(key.end..).unwrap_or_default();
    let glued = [":,", ":}", ":]", ":[", ":{"].iter().any(|glued| behind.starts_with(glued));
    if let Kind::Scalar { text, plain: true } = &mut key.kind
        && glued
    {
        text.push(':');
        key.end += 1;
    }
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
