//! systemd units that run ssh or autossh: their `ExecStart=` as a command, with what their `Environment=` sets.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::inference::script::Command;
use crate::inference::word::{Piece, Word};
use crate::place::Source;

/// The commands of a unit's `ExecStart=` lines.
pub fn commands(source: &Arc<Source>) -> Vec<Command> {
    let mut environment = BTreeMap::new();
    let mut commands = Vec::new();
    for line in lines(source) {
        let pattern = line.pattern();
        let Some((key, _)) = pattern.split_once('=') else { continue };
        let value = line.slice(key.len() + 1..pattern.len());
        match key.trim() {
            "Environment" => {
                for assignment in words(&value) {
                    let pattern = assignment.pattern();
                    if let Some((name, _)) = pattern.split_once('=') {
                        let value = assignment.slice(name.len() + 1..pattern.len()).of_variable(name);
                        environment.insert(name.to_owned(), value);
                    }
                }
            }
            "ExecStart" => {
                let mut argv: Vec<_> = words(&value).iter().map(|word| expand(word, &environment)).collect();
                if let Some(program) = argv.first_mut() {
                    // `-`, `@`, `:`, `+`, `!` in front of the program change how it is run, not what.
                    let pattern = program.pattern();
                    let prefix = pattern.len() - pattern.trim_start_matches(['-', '@', ':', '+', '!', '|']).len();
                    *program = program.slice(prefix..pattern.len());
                }
                if let Some(place) = value.place().filter(|_| !argv.is_empty()) {
                    commands.push(Command { argv, place, input: None, output: None });
                }
            }
            _ => {}
        }
    }
    commands
}

/// Logical lines: a backslash at the end goes on.
fn lines(source: &Arc<Source>) -> Vec<Word> {
    let mut lines = Vec::new();
    let mut at = 0;
    let mut line = Word::default();
    for raw in source.text().split_inclusive('\n') {
        let body = raw.trim_end();
        let comment = body.trim_start().starts_with(['#', ';']);
        let (body, more) = match body.strip_suffix('\\') {
            Some(body) if !comment => (body, true),
            _ => (body, false),
        };
        if !comment {
            line.append(Word::said(body, source.place(at, at + body.len())));
        }
        if more {
            line.append(Word(vec![Piece::Text { text: " ".to_owned(), place: None, variable: None }]));
        } else if !comment {
            lines.push(std::mem::take(&mut line));
        }
        at += raw.len();
    }
    lines.push(line);
    lines
}

/// Words between white space, quotes removed.
fn words(value: &Word) -> Vec<Word> {
    let pattern = value.pattern();
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let (mut start, mut quote) = (0, None);
    for (at, c) in pattern.char_indices().chain([(pattern.len(), ' ')]) {
        match (quote, c) {
            (Some(open), c) if c == open => {
                word.get_or_insert_default().append(value.slice(start..at));
                (quote, start) = (None, at + 1);
            }
            (None, '"' | '\'') => {
                word.get_or_insert_default().append(value.slice(start..at));
                (quote, start) = (Some(c), at + 1);
            }
            (None, c) if c.is_whitespace() => {
                if start < at {
                    word.get_or_insert_default().append(value.slice(start..at));
                }
                words.extend(word.take());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    words
}

/// `$NAME` and `${NAME}` from the unit's environment.
fn expand(word: &Word, environment: &BTreeMap<String, Word>) -> Word {
    let pattern = word.pattern();
    let mut expanded = Word::default();
    let mut at = 0;
    while let Some(found) = pattern.get(at..).and_then(|rest| rest.find('$')).map(|found| found + at) {
        expanded.append(word.slice(at..found));
        let rest = pattern.get(found + 1..).unwrap_or_default();
        let braced = rest.strip_prefix('{');
        let name: String =
            braced.unwrap_or(rest).chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        at = found + 1 + name.len() + if braced.is_some() { 2 } else { 0 };
        let open = || Word::open(format!("${name}"), word.place());
        expanded.append(environment.get(&name).cloned().unwrap_or_else(open));
    }
    expanded.append(word.slice(at..pattern.len()));
    expanded
}
