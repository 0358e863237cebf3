//! Dockerfiles: their instructions, each with where it stands, and the words of an instruction.
//!
//! Grammar: the Dockerfile reference of BuildKit's frontend 1.x. A reader for what is needed here, not a validator: what
//! it does not know is left out. What a stage comes to is for `inference`.

use std::sync::Arc;

use crate::place::{Place, Source};
use crate::word::{Piece, Word};

/// What a variable stands for, if that is known.
pub type Known<'a> = &'a dyn Fn(&str) -> Option<Word>;

/// An instruction with its arguments, continued lines joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Instruction {
    /// Its name in upper case.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// What stands behind the name.
    pub arguments: Word,
    /// What takes a character's meaning away: `\`, or what the directive `escape` says.
    escape: char,
}

impl Instruction {
    /// Its words, quotes and escapes removed, variables replaced outside of single quotes. A word with a variable that
    /// is not known is open.
    pub fn words(&self, known: Known<'_>) -> Vec<Word> {
        let pattern = self.arguments.pattern();
        let rest = |at: usize| pattern.get(at..).unwrap_or_default();
        let mut words = Vec::new();
        let mut word: Option<Word> = None;
        let (mut at, mut start, mut quote) = (0, 0, None);
        loop {
            let letter = rest(at).chars().next();
            let behind = at + letter.map_or(0, char::len_utf8);
            // What the letter has to say, rather than being part of a word: where the word goes on.
            let on = match (quote, letter) {
                (None, None | Some(' ' | '\t' | '\n' | '\r')) | (Some(_), None) => None,
                (Some(open), Some(letter)) if letter == open => {
                    quote = None;
                    Some(behind)
                }
                (None, Some(letter @ ('"' | '\''))) => {
                    quote = Some(letter);
                    Some(behind)
                }
                (None | Some('"'), Some(letter)) if letter == self.escape => Some(behind),
                (None | Some('"'), Some('$')) => Some(at + reference(rest(at))),
                _ => {
                    at = behind;
                    continue;
                }
            };
            if start < at || on.is_some() {
                word.get_or_insert_default().append(self.arguments.slice(start..at));
            }
            match on {
                Some(on) => {
                    if letter == Some('$') {
                        let said = self.arguments.slice(at..on);
                        // `${NAME:-"default"}`
                        let bare = said.unquoted();
                        let bare = if let [bare] = bare.as_slice() { bare } else { &said };
                        word.get_or_insert_default().append(bare.expanded(known));
                    }
                    start = on;
                    // The letter behind an escape means itself.
                    let escaped = letter == Some(self.escape);
                    at = on + rest(on).chars().next().filter(|_| escaped).map_or(0, char::len_utf8);
                }
                None => {
                    words.extend(word.take());
                    (at, start) = (behind, behind);
                    if letter.is_none() {
                        return words;
                    }
                }
            }
        }
    }

    /// What `ENV A=1 B="2"` assigns, or the old `ENV A 1`: each name with its value, a blank value with its place.
    pub fn assignments(&self, known: Known<'_>) -> Vec<(String, Word)> {
        let pattern = self.arguments.pattern();
        let name = pattern.split_whitespace().next().unwrap_or_default();
        if !name.contains('=') {
            // All that follows is the value.
            let behind = pattern.trim_start().strip_prefix(name).unwrap_or_default().trim_start();
            let value = self.arguments.slice(pattern.len() - behind.len()..pattern.trim_end().len());
            let given = !name.is_empty() && !value.is_empty();
            return given.then(|| (name.to_owned(), value.of_variable(name).expanded(known))).into_iter().collect();
        }
        let pair = |word: Word| {
            let pattern = word.pattern();
            let (name, value) = pattern.split_once('=')?;
            let sign = name.len()..name.len() + 1;
            let value = match value {
                "" => {
                    Word(vec![Piece::Text { text: String::new(), place: word.slice(sign).place(), variable: None }])
                }
                _ => word.slice(sign.end..pattern.len()),
            };
            (!name.is_empty()).then(|| (name.to_owned(), value.of_variable(name)))
        };
        self.words(known).into_iter().filter_map(pair).collect()
    }
}

/// The bytes that the variable takes at the beginning of a text that begins with `$`.
fn reference(text: &str) -> usize {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text.strip_prefix("${") {
        Some(inner) => inner.find('}').map_or(text.len(), |end| end + 3),
        None => text.get(1..).and_then(|rest| rest.find(|c| !name(c))).map_or(text.len(), |end| end + 1),
    }
}

/// A command: the exec form `["a", "b"]`, or the words of the shell form, whose variables are the shell's.
pub fn argv(arguments: &Word) -> Vec<Word> {
    let pattern = arguments.pattern();
    if !(pattern.trim_start().starts_with('[') && pattern.trim_end().ends_with(']')) {
        return arguments.unquoted();
    }
    let mut words = Vec::new();
    let (mut start, mut escaped) = (None, false);
    for (at, c) in pattern.char_indices() {
        match (start, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(from), '"') => {
                words.push(arguments.slice(from..at));
                start = None;
            }
            (None, '"') => start = Some(at + 1),
            _ => {}
        }
    }
    words
}

/// The instructions of a Dockerfile, comments and here-documents left out.
pub fn instructions(source: &Arc<Source>) -> Vec<Instruction> {
    let text = source.text();
    let escape = if text.lines().take(3).any(|line| line.replace(' ', "").eq_ignore_ascii_case("#escape=`")) {
        '`'
    } else {
        '\\'
    };
    let mut found: Vec<Instruction> = Vec::new();
    let mut open: Option<Word> = None;
    let mut until: Vec<String> = Vec::new();
    let mut at = 0;
    for raw in text.split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let line = raw.trim_end();
        if let Some(end) = until.first() {
            if line.trim_start_matches('\t') == end {
                until.remove(0);
            }
            continue;
        }
        if line.trim_start().starts_with('#') || line.trim().is_empty() && open.is_some() {
            continue;
        }
        let (body, more) = match line.strip_suffix(escape) {
            Some(body) => (body, true),
            None => (line, false),
        };
        // A line that is continued goes on with all that stands in the next one.
        let indent = if open.is_some() { 0 } else { body.len() - body.trim_start().len() };
        let mut said = open.take().unwrap_or_default();
        let part = body.get(indent..).unwrap_or_default();
        said.append(Word::said(part, source.place(start + indent, start + body.len())));
        if more {
            open = Some(said);
            continue;
        }
        if let Some(instruction) = instruction(&said, escape) {
            if matches!(instruction.name.as_str(), "RUN" | "COPY" | "ADD") {
                until = heredocs(&instruction.arguments.pattern());
            }
            found.push(instruction);
        }
    }
    found.extend(open.as_ref().and_then(|said| instruction(said, escape)));
    found
}

fn instruction(line: &Word, escape: char) -> Option<Instruction> {
    let pattern = line.pattern();
    let length = pattern.find(char::is_whitespace).unwrap_or(pattern.len());
    let name = line.slice(0..length);
    let arguments = line.slice(length..pattern.len());
    let upper = name.pattern().to_ascii_uppercase();
    let known = !upper.is_empty() && upper.bytes().all(|byte| byte.is_ascii_uppercase());
    Some(Instruction { name: upper, place: name.place()?, arguments, escape }).filter(|_| known)
}

/// The ends of the here-documents that a line begins.
fn heredocs(arguments: &str) -> Vec<String> {
    let behind = arguments.match_indices("<<").filter_map(|(at, _)| arguments.get(at + 2..));
    let name = |rest: &str| {
        let rest = rest.trim_start_matches('-').trim_start_matches(['"', '\'']);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        rest.get(..end).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic())).map(str::to_owned)
    };
    behind.filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the `ENV`s of a text assign; `X` is known.
    fn assigned(text: &str) -> String {
        let source = Source::new("Dockerfile", None, text);
        let known = |name: &str| (name == "X").then(|| Word::said("a  'b", source.place(0, 0)));
        let envs = instructions(&source).into_iter().filter(|instruction| instruction.name == "ENV");
        let pairs = envs.flat_map(|env| env.assignments(&known));
        let shown = |(name, value): (String, Word)| format!("{name}={}@{}", value.shown(), value.place().unwrap());
        pairs.map(shown).collect::<Vec<_>>().join(" ").replace("Dockerfile:", "")
    }

    #[test]
    fn what_env_assigns() {
        for (text, expected) in [
            ("ENV A=1", "A=1@1:7"),
            ("ENV A 1 2 ", "A=1 2@1:7"),
            ("env B=\"A=0\" A='x y' C=1", "B=A=0@1:8 A=x y@1:16 C=1@1:23"),
            ("ENV B=1 \\\n  # c\n\n  A=a\\ b", "B=1@1:7 A=a b@4:5"),
            ("ENV A=1\\\n2 B=", "A=12@1:7 B=@2:4"),
            ("ENV A=$X B=\"${X}\" C='$X' D=\\$X", "A=a  'b@1:1 B=a  'b@1:1 C=$X@1:22 D=$X@1:29"),
            ("ENV A=${Y:-\"d\"} B=$Y C=x${Y}y", "A=d@1:13 B=…@1:19 C=x…y@1:24"),
            ("# escape=`\nENV A=a` b `\n B=C:\\x", "A=a b@2:7 B=C:\\x@3:4"),
            ("#ENV A=2\nRUN ENV A=3\nRUN <<EOF\nENV A=4\nEOF", ""),
            ("ENV\nENV A\nENV =\nENV A=1 B", "A=1@4:7"),
        ] {
            assert_eq!(assigned(text), expected, "{text}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        let pieces =
            ["ENV ", "FROM ", "A=", "\"", "'", "\\", "\n", " ", "${", "}", "$", "é", "#", "<<E", "[", "]", "\t"];
        let mut state = 11_usize;
        for _ in 0..4000 {
            let mut text = String::new();
            for _ in 0..20 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text += pieces[(state >> 33) % pieces.len()];
            }
            for instruction in instructions(&Source::new("Dockerfile", None, text.as_str())) {
                let _ = (argv(&instruction.arguments), instruction.assignments(&|_| None));
            }
        }
    }
}
