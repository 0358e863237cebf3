//! Where something was said: texts, spans in them, and the way a value took from there.
//!
//! Everything that gonogo says about a deployment stands on a [`Place`]. A place holds on to the text it was
//! cut from, so that a finding shows what was judged even if the file has changed since.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A text that was read, under the name by which reports call it.
pub struct Source {
    name: String,
    path: Option<PathBuf>,
    text: String,
    lines: OnceLock<Vec<usize>>,
    fingerprint: OnceLock<u64>,
}

impl Source {
    /// A text under the `name` that reports show (a path relative to where the user stands, or `-` for stdin),
    /// with its path where it stems from the file system.
    pub fn new(name: impl Into<String>, path: Option<PathBuf>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            path,
            text: text.into(),
            lines: OnceLock::new(),
            fingerprint: OnceLock::new(),
        })
    }

    /// The name by which reports call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its path in the file system, if it has one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A number that tells texts apart within this process; worked out once.
    pub fn fingerprint(&self) -> u64 {
        *self.fingerprint.get_or_init(|| {
            let mut hasher = DefaultHasher::new();
            self.text.hash(&mut hasher);
            hasher.finish()
        })
    }

    /// The place of the bytes `start..end`, clamped to the text and to character boundaries.
    pub fn place(self: &Arc<Self>, start: usize, end: usize) -> Place {
        let start = self.floor(start);
        let end = self.floor(end).max(start);
        Place { source: Arc::clone(self), start, end }
    }

    /// The place of a whole line (counted from 1), without its line break; the last line if there are fewer.
    pub fn line(self: &Arc<Self>, line: usize) -> Place {
        let starts = self.starts();
        let index = line.saturating_sub(1).min(starts.len() - 1);
        let start = starts[index];
        let end = starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        let end = start + self.text[start..end].trim_end_matches('\r').len();
        self.place(start, end)
    }

    fn floor(&self, mut at: usize) -> usize {
        at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn starts(&self) -> &[usize] {
        self.lines
            .get_or_init(|| std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn position(&self, at: usize) -> Position {
        let starts = self.starts();
        let index = starts.partition_point(|start| *start <= at) - 1;
        Position { line: index + 1, column: self.text[starts[index]..at].chars().count() + 1 }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the text: a source may hold secrets, and Debug ends up in logs.
        write!(f, "Source({}, {} bytes)", self.name, self.text.len())
    }
}

/// A line and a column, both counted from 1; columns count characters, as editors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// A span of a [`Source`], in bytes, start included and end excluded. Cheap to clone.
#[derive(Clone)]
pub struct Place {
    source: Arc<Source>,
    start: usize,
    end: usize,
}

impl Place {
    /// The text that it lies in.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The name of the file, as reports show it.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// The byte offsets of the span.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start..self.end
    }

    /// The text in the span.
    pub fn text(&self) -> &str {
        &self.source.text[self.start..self.end]
    }

    /// Line and column of the first character.
    pub fn start(&self) -> Position {
        self.source.position(self.start)
    }

    /// Line and column behind the last character.
    pub fn end(&self) -> Position {
        self.source.position(self.end)
    }

    /// A part of this span, by byte offsets relative to its start, clamped to it.
    pub fn part(&self, start: usize, end: usize) -> Place {
        let last = self.end - self.start;
        self.source.place(self.start + start.min(last), self.start + end.min(last))
    }

    /// A part of the scalar that stands here, by byte offsets in what it decodes to. The whole place where what is
    /// written differs from what it means (escapes, folded lines).
    #[must_use]
    pub fn part_of_scalar(&self, decoded: &str, start: usize, end: usize) -> Place {
        let written = self.text();
        let quotes = usize::from(written.starts_with(['"', '\'']));
        let inner = written.get(quotes..written.len().saturating_sub(quotes).max(quotes));
        if inner == Some(decoded) {
            return self.part(quotes + start, quotes + end);
        }
        // A block scalar: the part is where it stands once.
        match decoded.get(start..end).filter(|part| !part.is_empty()) {
            Some(part) if written.matches(part).count() == 1 => {
                let at = written.find(part).unwrap_or_default();
                self.part(at, at + part.len())
            }
            _ => self.clone(),
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        (Arc::ptr_eq(&self.source, &other.source) || self.source.name == other.source.name)
            && self.start == other.start
            && self.end == other.end
    }
}

impl Eq for Place {}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `file:line:column`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.start();
        write!(f, "{}:{line}:{column}", self.file())
    }
}

/// Where a value came from. Since one value can stem from several places, this is a small graph.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// It stands in a text, and is what the text at this place decodes to.
    Said(Place),
    /// It was made from others by a named rule (`interpolated`, `joined`, `split`, `converted`, `default`, …);
    /// a default has no inputs.
    Derived {
        /// The rule's name.
        rule: &'static str,
        /// What it was made from, the most telling one first.
        from: Arc<[Origin]>,
    },
    /// A variable of the operating system's environment.
    Environment(String),
}

impl Origin {
    /// A value that nobody wrote.
    pub fn default_of(rule: &'static str) -> Self {
        Self::Derived { rule, from: Arc::from([]) }
    }

    /// The most telling place, if there is one: the first in the order of the graph.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Said(place) => Some(place),
            Self::Derived { from, .. } => from.iter().find_map(Self::place),
            Self::Environment(_) => None,
        }
    }

    /// Every place of the graph, the most telling one first.
    pub fn places(&self) -> Vec<&Place> {
        match self {
            Self::Said(place) => vec![place],
            Self::Derived { from, .. } => from.iter().flat_map(Self::places).collect(),
            Self::Environment(_) => Vec::new(),
        }
    }

    /// Where the value is changed: the last other text that it stems from (`.env:3` for `${PORT}`), else the most
    /// telling place.
    pub fn mend(&self) -> Option<&Place> {
        let places = self.places();
        let first = places.first().copied()?;
        Some(
            places
                .iter()
                .rev()
                .copied()
                .find(|place| place.source().name() != first.source().name())
                .unwrap_or(first),
        )
    }
}
