//! ssh_config(5): the forwards that hosts of a client configuration ask for.

use super::{Direction, Forward};
use crate::word::Word;

/// A forward of a configuration, and the patterns of the `Host` block that it stands in.
#[derive(Debug, Clone, PartialEq)]
pub struct Configured {
    /// The words behind `Host`; empty in front of the first one.
    pub hosts: Vec<String>,
    /// The forward.
    pub forward: Forward,
}

/// Reads a configuration.
pub fn forwards(text: &Word) -> Vec<Configured> {
    let mut hosts = Vec::new();
    let mut found = Vec::new();
    for line in lines(text) {
        let pattern = line.pattern();
        let end = pattern.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(pattern.len());
        let (keyword, rest) = pattern.split_at_checked(end).unwrap_or_default();
        let skipped = rest.len() - rest.trim_start_matches(|c: char| c == '=' || c.is_whitespace()).len();
        let value = line.slice(end + skipped..pattern.len());
        match keyword.to_ascii_lowercase().as_str() {
            "host" | "match" => hosts = value.split().iter().map(Word::shown).collect(),
            keyword => {
                let forward = forward(keyword, &value);
                found.extend(forward.map(|forward| Configured { hosts: hosts.clone(), forward }));
            }
        }
    }
    found
}

/// The forward that a keyword (in lower case) and its value ask for.
pub(super) fn forward(keyword: &str, value: &Word) -> Option<Forward> {
    let direction = match keyword {
        "localforward" => Direction::Local,
        "remoteforward" => Direction::Remote,
        "dynamicforward" => Direction::Dynamic,
        _ => return None,
    };
    Forward::parse(direction, value)
}

/// The lines without indentation, comments and blank ones.
fn lines(text: &Word) -> Vec<Word> {
    let pattern = text.pattern();
    let mut start = 0;
    let mut found = Vec::new();
    for line in pattern.split_inclusive('\n') {
        let body = line.trim_end();
        let indent = body.len() - body.trim_start().len();
        if !(body.trim().is_empty() || body.trim_start().starts_with('#')) {
            found.push(text.slice(start + indent..start + body.len()));
        }
        start += line.len();
    }
    found
}
