//! What a Dockerfile's `ENV` sets: as much of the format as that takes.

use std::collections::HashMap;
use std::sync::Arc;

use crate::place::{Place, Source};

/// What a Dockerfile says of a variable.
#[derive(Debug, PartialEq)]
pub(super) enum Set {
    /// This text, here.
    To(String, Place),
    /// Something that depends on what the build is told.
    Open(Place),
    /// Nothing: it is the base image's to say.
    Not,
}

/// What the image that is built up to a stage (default: the last one) has under a name.
pub(super) fn env(source: &Arc<Source>, target: Option<&str>, name: &str) -> Set {
    let mut stages: Vec<(String, Set)> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for (start, instruction) in instructions(source.text()) {
        let trimmed = instruction.trim_start();
        let start = start + (instruction.len() - trimmed.len());
        let (word, rest) = trimmed.split_at(trimmed.find(char::is_whitespace).unwrap_or(trimmed.len()));
        if word.eq_ignore_ascii_case("FROM") {
            let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
            let base = words.next().unwrap_or_default().to_ascii_lowercase();
            let inherited = by_name.get(&base).and_then(|index| stages.get(*index));
            let set = match inherited {
                Some((_, Set::To(text, place))) => Set::To(text.clone(), place.clone()),
                Some((_, Set::Open(place))) => Set::Open(place.clone()),
                _ => Set::Not,
            };
            let alias = match (words.next(), words.next()) {
                (Some(keyword), Some(alias)) if keyword.eq_ignore_ascii_case("AS") => alias.to_ascii_lowercase(),
                _ => stages.len().to_string(),
            };
            by_name.insert(alias.clone(), stages.len());
            stages.push((alias, set));
        } else if word.eq_ignore_ascii_case("ENV")
            && let Some((text, range)) = assigned(rest, name)
            && let Some((_, set)) = stages.last_mut()
        {
            let from = start + word.len();
            let place = source.place(from + range.start, from + range.end);
            *set = if text.contains('$') { Set::Open(place) } else { Set::To(text, place) };
        }
    }
    let wanted = target.map(str::to_ascii_lowercase);
    let stage = match &wanted {
        Some(target) => by_name.get(target).copied().or_else(|| target.parse().ok()),
        None => stages.len().checked_sub(1),
    };
    stage.filter(|index| *index < stages.len()).map_or(Set::Not, |index| stages.swap_remove(index).1)
}

/// The instructions, each with where it starts; a `\` at a line's end goes on, comment lines in between do not count.
fn instructions(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut at, mut start, mut open) = (0, 0, false);
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let body = line.trim();
        let comment = body.starts_with('#');
        if !open {
            start = at;
        }
        let goes_on = if comment || (open && body.is_empty()) { open } else { body.ends_with('\\') };
        if !goes_on && (open || !(comment || body.is_empty())) {
            found.push((start, text.get(start..end).unwrap_or_default()));
        }
        open = goes_on;
        at = end;
    }
    if open {
        found.push((start, text.get(start..).unwrap_or_default()));
    }
    found
}

/// What `NAME=value …` or `NAME value` assigns to a name, and where the value stands.
fn assigned(rest: &str, name: &str) -> Option<(String, std::ops::Range<usize>)> {
    let first = rest.trim_start();
    let lead = rest.len() - first.len();
    let word = first.split(char::is_whitespace).next()?;
    if !word.contains('=') {
        // The old form: all that follows is the value.
        let value = first.get(word.len()..)?;
        let text = value.trim();
        let start = lead + word.len() + (value.len() - value.trim_start().len());
        return (word == name).then(|| (text.to_owned(), start..start + text.len()));
    }
    let mut found = None;
    let mut letters = rest.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter.is_whitespace() || letter == '\\' {
            continue;
        }
        let line = rest.get(..at)?.rsplit('\n').next().unwrap_or_default();
        if letter == '#' && line.trim().is_empty() && line.len() < at {
            while letters.next_if(|(_, letter)| *letter != '\n').is_some() {}
            continue;
        }
        let sign = at + rest.get(at..)?.find('=')?;
        let key = rest.get(at..sign)?;
        while letters.next_if(|(at, _)| *at <= sign).is_some() {}
        let (mut text, mut quote, mut end) = (String::new(), None, sign + 1);
        while let Some((at, letter)) = letters.next_if(|(_, letter)| quote.is_some() || !letter.is_whitespace()) {
            end = at + letter.len_utf8();
            match (letter, quote) {
                ('\\', Some('"') | None) => {
                    text.extend(letters.next().map(|(_, letter)| letter).filter(|c| *c != '\n'))
                }
                ('"' | '\'', None) => quote = Some(letter),
                (letter, Some(open)) if letter == open => quote = None,
                _ => text.push(letter),
            }
        }
        if key == name {
            found = Some((text, sign + 1..end));
        }
    }
    found
}
