//! Words that were put together from texts of different places, as a shell does: `${PORT}:localhost:5051`; and the words
//! that a name is made of.

use std::ops::Range;

use crate::place::Place;

/// A part of a word.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// A text that is known.
    Text {
        /// What it comes to.
        text: String,
        /// Where it was said; `None` if it comes from the environment.
        place: Option<Place>,
        /// The variable whose assignment said it.
        variable: Option<String>,
    },
    /// A text that only a run would tell.
    Open {
        /// Why, in a few words: `$1`, `output of a command`.
        why: String,
        /// Where it stands.
        place: Option<Place>,
    },
}

impl Piece {
    /// The bytes that it takes in [`Word::pattern`].
    fn length(&self) -> usize {
        match self {
            Self::Text { text, .. } => text.len(),
            Self::Open { .. } => OPEN.len_utf8(),
        }
    }
}

/// A word, put together from pieces.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Word(pub Vec<Piece>);

/// What stands for an open piece in [`Word::pattern`].
pub const OPEN: char = '\0';

impl Word {
    /// A word that stands at a place as it is.
    pub fn said(text: impl Into<String>, place: Place) -> Self {
        Self(vec![Piece::Text { text: text.into(), place: Some(place), variable: None }])
    }

    /// A word that only a run would tell.
    pub fn open(why: impl Into<String>, place: Option<Place>) -> Self {
        Self(vec![Piece::Open { why: why.into(), place }])
    }

    /// What it comes to; `None` if a piece of it is open.
    pub fn text(&self) -> Option<String> {
        let pattern = self.pattern();
        (!pattern.contains(OPEN)).then_some(pattern)
    }

    /// What it comes to, each open piece as [`OPEN`].
    pub fn pattern(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text { text, .. } => text.replace(OPEN, "\u{1}"),
            Piece::Open { .. } => OPEN.to_string(),
        };
        self.0.iter().map(piece).collect()
    }

    /// What it comes to, each open piece as `…`.
    pub fn shown(&self) -> String {
        self.pattern().replace(OPEN, "…")
    }

    /// Why it is open, if it is.
    pub fn why_open(&self) -> Option<&str> {
        self.0.iter().find_map(|piece| match piece {
            Piece::Open { why, .. } => Some(why.as_str()),
            Piece::Text { .. } => None,
        })
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.pattern().is_empty()
    }

    /// The part of the word at a range of bytes of its [`pattern`](Self::pattern).
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut at = 0;
        let mut pieces = Vec::new();
        for piece in &self.0 {
            let length = piece.length();
            let (start, end) = (range.start.max(at), range.end.min(at + length));
            if start < end {
                pieces.push(match piece {
                    Piece::Text { text, place, variable } => {
                        let place = place.as_ref().map(|place| {
                            // Only where the text stands there as it is, a part of it has a place of its own.
                            let exact = place.text() == text;
                            if exact { place.part(start - at, end - at) } else { place.clone() }
                        });
                        let text = text.get(start - at..end - at).unwrap_or_default().to_owned();
                        Piece::Text { text, place, variable: variable.clone() }
                    }
                    open @ Piece::Open { .. } => open.clone(),
                });
            }
            at += length;
        }
        Self(pieces)
    }

    /// Where it was said: the whole of it if its pieces stand side by side, else the place of its first piece.
    pub fn place(&self) -> Option<Place> {
        let mut places = self.0.iter().filter_map(|piece| match piece {
            Piece::Text { place, .. } | Piece::Open { place, .. } => place.as_ref(),
        });
        let first = places.next()?;
        let mut end = first.range().end;
        for place in places {
            if place.source().name() != first.source().name() || place.range().start != end {
                return Some(first.clone());
            }
            end = place.range().end;
        }
        Some(first.source().place(first.range().start, end))
    }

    /// The variable that its first piece was assigned to.
    pub fn variable(&self) -> Option<&str> {
        match self.0.first()? {
            Piece::Text { variable, .. } => variable.as_deref(),
            Piece::Open { .. } => None,
        }
    }

    /// The same word, said by the assignment of a variable wherever no other said it before.
    #[must_use]
    pub fn of_variable(mut self, name: &str) -> Self {
        for piece in &mut self.0 {
            if let Piece::Text { variable: variable @ None, .. } = piece {
                *variable = Some(name.to_owned());
            }
        }
        self
    }

    /// The words between white space, as a shell splits an expansion that is not quoted.
    pub fn split(&self) -> Vec<Self> {
        let pattern = self.pattern();
        let mut words = Vec::new();
        let mut start = None;
        for (at, c) in pattern.char_indices().chain([(pattern.len(), ' ')]) {
            match (c.is_ascii_whitespace(), start) {
                (true, Some(from)) => {
                    words.push(self.slice(from..at));
                    start = None;
                }
                (false, None) => start = Some(at),
                _ => {}
            }
        }
        words
    }

    /// The words between white space, quotes removed: as systemd and Docker split a command line.
    pub fn unquoted(&self) -> Vec<Self> {
        let pattern = self.pattern();
        let mut words = Vec::new();
        let mut word: Option<Self> = None;
        let (mut start, mut quote) = (0, None);
        for (at, c) in pattern.char_indices().chain([(pattern.len(), ' ')]) {
            match (quote, c) {
                (Some(open), c) if c == open => {
                    word.get_or_insert_default().append(self.slice(start..at));
                    (quote, start) = (None, at + 1);
                }
                (None, '"' | '\'') => {
                    word.get_or_insert_default().append(self.slice(start..at));
                    (quote, start) = (Some(c), at + 1);
                }
                (None, c) if c.is_whitespace() => {
                    if start < at {
                        word.get_or_insert_default().append(self.slice(start..at));
                    }
                    words.extend(word.take());
                    start = at + c.len_utf8();
                }
                _ => {}
            }
        }
        words
    }

    /// The word with `$NAME`, `${NAME}`, `${NAME:-default}` replaced by what they stand for; open where that is not
    /// known.
    pub fn expanded(&self, value_of: &dyn Fn(&str) -> Option<Self>) -> Self {
        let pattern = self.pattern();
        let mut expanded = Self::default();
        let mut at = 0;
        while let Some(found) = pattern.get(at..).and_then(|rest| rest.find('$')).map(|found| found + at) {
            expanded.append(self.slice(at..found));
            let rest = pattern.get(found + 1..).unwrap_or_default();
            let braced = rest.strip_prefix('{').and_then(|inner| inner.find('}'));
            let inner = found + 2;
            let (name, default, end) = match braced {
                Some(length) => {
                    let whole = pattern.get(inner..inner + length).unwrap_or_default();
                    let (name, operator) = whole.split_at(whole.find([':', '-']).unwrap_or(whole.len()));
                    let skipped = operator.len() - operator.trim_start_matches([':', '-']).len();
                    let default = (skipped > 0).then(|| self.slice(inner + name.len() + skipped..inner + length));
                    (name, default, inner + length + 1)
                }
                None => {
                    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                    let length = rest.find(|c| !name(c)).unwrap_or(rest.len());
                    (rest.get(..length).unwrap_or_default(), None, found + 1 + length)
                }
            };
            let value = value_of(name).filter(|value| default.is_none() || !value.is_empty()).or(default);
            expanded.append(value.unwrap_or_else(|| Self::open(format!("${name}"), self.place())));
            at = end;
        }
        expanded.append(self.slice(at..pattern.len()));
        expanded
    }

    /// Adds what another word is made of. Beyond 256 pieces or 16 KiB it is open: a script may double a variable
    /// again and again.
    pub fn append(&mut self, other: Self) {
        let length = |word: &Self| word.0.iter().map(|piece| piece.length()).sum::<usize>();
        if self.0.len() + other.0.len() > 256 || length(self) + length(&other) > 16 << 10 {
            *self = Self::open("a very long text", self.place());
        } else {
            self.0.extend(other.0);
        }
    }
}

/// The words of a name in lower case, for comparing names: of `SNAKE_CASE`, `kebab-case`, `dotted.names`, `camelCase`
/// and `HTTPServer`.
pub fn name_words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut letters = name.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(letter) = letters.next() {
        if letter.is_alphanumeric() {
            let next_is_lower = letters.peek().is_some_and(|next| next.is_lowercase());
            // `GUIPort` and `token2Use` are two words, `GUIPORT` and `S3PROXY` one.
            let starts = letter.is_uppercase()
                && before
                    .is_some_and(|b| b.is_lowercase() || (b.is_uppercase() || b.is_ascii_digit()) && next_is_lower);
            if starts && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.extend(letter.to_lowercase());
        } else if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        before = Some(letter);
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::name_words;

    #[test]
    fn words_of_every_case() {
        for (name, words) in [
            ("AGENT_AUTH_TOKEN", "agent auth token"),
            ("PYPNM_API-url", "pypnm api url"),
            ("x-api-key", "x api key"),
            ("apiKey", "api key"),
            ("GUIPort", "gui port"),
            ("GUIPORT", "guiport"),
            ("S3PROXY_PORT", "s3proxy port"),
            ("HTTPAuthToken2Use", "http auth token2 use"),
            ("spring.datasource.password", "spring datasource password"),
            ("/server/auth_token", "server auth token"),
            ("--", ""),
        ] {
            assert_eq!(name_words(name).join(" "), words, "{name}");
        }
    }
}
