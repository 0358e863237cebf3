//! INI files: `[section]`, `key = value` or `key: value`, comments with `#` or `;`. There is no standard; this takes
//! what Python's configparser, git and systemd agree on, and leaves escapes and quotes within a value alone.

use std::sync::Arc;

use super::{Entry, Malformed, Map, Node, Value};
use crate::place::{Origin, Place, Source};

/// Decodes a text into a mapping: keys above the first section stand at the top, each section is a mapping of its
/// own. Every value is a text; one pair of quotes around it is taken off. Of equal keys the last one counts; equal
/// sections are one.
///
/// # Errors
/// [`Malformed`] at the first line that is none of section, key and comment.
pub fn read(source: &Arc<Source>) -> Result<Node, Malformed> {
    let mut root = Map::new();
    let mut section: Option<String> = None;
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let from = start;
        start += line.len();
        let place = trimmed(source, from, line);
        let text = place.text();
        if text.is_empty() || text.starts_with(['#', ';', '\u{feff}']) {
            continue;
        }
        if let Some(rest) = text.strip_prefix('[') {
            let Some(end) = rest.find(']') else {
                return Err(Malformed::new(place.clone(), "the section's name has no closing `]`"));
            };
            let name = place.part(1, end + 1);
            let node = Node::new(Value::Map(Map::new()), Origin::Said(place.clone()));
            root.entry(name.text().trim().to_owned()).or_insert(Entry { key: Origin::Said(name.clone()), node });
            section = Some(name.text().trim().to_owned());
            continue;
        }
        let Some(sign) = text.find(['=', ':']).filter(|at| *at > 0) else {
            return Err(Malformed::new(place, "the line is neither a section, a key with a value, nor a comment"));
        };
        let value =
            unquoted(trimmed(source, place.range().start + sign + 1, text.get(sign + 1..).unwrap_or_default()));
        let key = trimmed(source, place.range().start, text.get(..sign).unwrap_or_default());
        let name = key.text().to_owned();
        let node = Node::new(Value::String(value.text().to_owned()), Origin::Said(value));
        let entry = Entry { key: Origin::Said(key), node };
        let entries = section.as_ref().and_then(|section| root.get_mut(section));
        match entries.map(|section| &mut section.node.value) {
            Some(Value::Map(entries)) => entries.insert(name, entry),
            _ => root.insert(name, entry),
        };
    }
    Ok(Node::new(Value::Map(root), Origin::Said(source.place(0, source.text().len()))))
}

/// The place of a part of a line without the white space around it.
fn trimmed(source: &Arc<Source>, start: usize, text: &str) -> Place {
    let lead = text.len() - text.trim_start().len();
    source.place(start + lead, start + lead + text.trim().len())
}

fn unquoted(place: Place) -> Place {
    let text = place.text();
    let quoted =
        text.len() >= 2 && ['"', '\''].iter().any(|quote| text.starts_with(*quote) && text.ends_with(*quote));
    if quoted { place.part(1, text.len() - 1) } else { place }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let text = "; c\ntop = 1\n[redis]\nhost: cache\nport=6379\r\n# c\n[mail box]\n  user = \"a b\"\n[redis]\nport = 6380\nempty =\n";
        let root = read(&Source::new("app.ini", None, text)).unwrap();
        assert_eq!(root.get("top").unwrap().as_str(), Some("1"));
        let port = root.pointer("/redis/port").unwrap();
        assert_eq!((port.as_str(), port.place().unwrap().to_string().as_str()), (Some("6380"), "app.ini:10:8"));
        assert_eq!(root.pointer("/redis/host").unwrap().as_str(), Some("cache"));
        assert_eq!(root.pointer("/redis/empty").unwrap().as_str(), Some(""));
        let user = root.pointer("/mail box/user").unwrap();
        assert_eq!((user.as_str(), user.place().unwrap().text()), (Some("a b"), "a b"));
    }

    #[test]
    fn mistakes_are_told_where_they_are() {
        let line = |text: &str| read(&Source::new("a", None, text)).unwrap_err().place.start().line;
        assert_eq!(line("a=1\n[open\n"), 2);
        assert_eq!(line("a=1\n\nwords\n"), 3);
        assert_eq!(line("=1\n"), 1);
    }
}
