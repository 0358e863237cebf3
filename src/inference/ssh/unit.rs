//! systemd units that run ssh or autossh: their `ExecStart=` as a command, with what their `Environment=` sets.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::inference::script::Command;
use crate::place::Source;
use crate::word::{Piece, Word};

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
                for assignment in value.unquoted() {
                    let pattern = assignment.pattern();
                    if let Some((name, _)) = pattern.split_once('=') {
                        let value = assignment.slice(name.len() + 1..pattern.len()).of_variable(name);
                        environment.insert(name.to_owned(), value);
                    }
                }
            }
            "ExecStart" => {
                let mut argv: Vec<_> = value
                    .unquoted()
                    .iter()
                    .map(|word| word.expanded(&|name| environment.get(name).cloned()))
                    .collect();
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
