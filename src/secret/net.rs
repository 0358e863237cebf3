//! The net: what every text passes before it leaves the process.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::alias::assigned;
use super::scan::secrets_in;
use super::shape::shapes;
use super::{MASK, merged};
use crate::place::Source;

/// Masks the known secrets of a run, and whatever is secret by its shape. Made by
/// [`Redactor::net`](super::Redactor::net) when nothing more will be learned.
#[derive(Default)]
pub struct Net {
    known: Option<AhoCorasick>,
    open: Open,
}

/// What makes a text secret that has nothing secret in itself.
#[derive(Debug, Default, Clone)]
pub(super) struct Open {
    /// Files whose content is secret as a whole.
    pub(super) paths: BTreeSet<String>,
    /// Variables whose values are put where secrets stand.
    pub(super) aliases: BTreeSet<String>,
}

impl Open {
    /// Whether the content of a file is secret as a whole.
    pub(super) fn is_secret_path(&self, path: &str) -> bool {
        path.starts_with("/run/secrets/") || self.paths.contains(path)
    }

    /// Where a text of any format holds secrets, as far as it tells itself. `name` is the file's name, if it has one.
    pub(super) fn secrets_in(&self, name: &str, text: &str) -> Vec<Range<usize>> {
        let mut ranges = secrets_in(name, text);
        ranges.extend(assigned(text, &self.aliases));
        merged(ranges)
    }
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never what it knows.
        f.write_str("Net")
    }
}

impl Net {
    /// A net for these strings.
    pub(super) fn of<'a>(known: impl Iterator<Item = &'a str>, open: Open) -> Self {
        let known: Vec<&str> = known.collect();
        if known.is_empty() {
            return Self { known: None, open };
        }
        // All matches, overlapping ones too: a secret that starts inside another one must not show its end.
        Self { known: AhoCorasick::builder().match_kind(MatchKind::Standard).build(known).ok(), open }
    }

    /// Where a text that was read holds something secret: by the names in it, its shape, and what is known. In bytes,
    /// in order, without overlaps.
    pub fn ranges_of_source(&self, source: &Source) -> Vec<Range<usize>> {
        let text = source.text();
        if source.path().is_some_and(|path| self.open.is_secret_path(&path.to_string_lossy())) {
            return Vec::from_iter(std::iter::once(0..text.len()));
        }
        let mut ranges = self.open.secrets_in(source.name(), text);
        ranges.extend(self.known.iter().flat_map(|known| known.find_overlapping_iter(text)).map(|hit| hit.range()));
        merged(ranges)
    }

    /// Where a text holds something secret, in bytes, in order, without overlaps.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let known = self.known.iter().flat_map(|known| known.find_overlapping_iter(text)).map(|hit| hit.range());
        merged(known.chain(shapes(text).into_iter().map(|found| found.range)).chain(quoted_in(text)).collect())
    }

    /// A whole text of any format with every secret masked: also those that only their names give away. `name` is the
    /// file's name, if it has one.
    pub fn mask_text<'a>(&self, name: &str, text: &'a str) -> Cow<'a, str> {
        let mut ranges = self.open.secrets_in(name, text);
        ranges.extend(self.ranges(text));
        replaced(text, &merged(ranges))
    }

    /// The text with every secret masked.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        replaced(text, &self.ranges(text))
    }
}

/// The text with everything masked that is secret by its shape: for messages from outside a run, such as a client's
/// error that quotes a URL.
pub fn mask(text: &str) -> Cow<'_, str> {
    replaced(text, &Net::default().ranges(text))
}

/// The secrets in words that quote something: `password=abc`, `"token": "abc"`, `--password abc`. Prose has colons of
/// its own (`token: not set`), and so does no harm.
fn quoted_in(text: &str) -> impl Iterator<Item = Range<usize>> {
    secrets_in("", text).into_iter().filter(|range| {
        let before = text[..range.start].trim_end_matches(['"', '\'', '`']);
        let pair = before.ends_with('=') || ["\":", "':"].iter().any(|closed| before.trim_end().ends_with(closed));
        let flag =
            || before.ends_with(' ') && before.split_whitespace().next_back().is_some_and(|w| w.starts_with("--"));
        (pair || flag()) && text[range.clone()].chars().any(char::is_alphanumeric)
    })
}

fn replaced<'a>(text: &'a str, ranges: &[Range<usize>]) -> Cow<'a, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for range in ranges {
        out += text.get(from..range.start).unwrap_or_default();
        out += MASK;
        from = range.end;
    }
    out += text.get(from..).unwrap_or_default();
    Cow::Owned(out)
}
