//! Files of `NAME=value` lines, as shells, systemd and dotenv libraries read them. What Compose itself makes of a
//! `.env` or `env_file` is `compose::dotenv`'s.

use std::sync::Arc;

use super::{Entry, Malformed, Map, Node, Value};
use crate::place::{Origin, Place, Source};

/// A text that holds `NAME=value` lines, decoded.
#[derive(Debug)]
pub struct Variables {
    /// A mapping from names to texts. Of equal names the last one counts.
    pub node: Node,
    /// The names whose value refers to a variable, outside single quotes: what it comes to is up to who reads it.
    pub open: Vec<String>,
}

/// Decodes a text: `export` before a name, comments, quotes over several lines, `\n` and the like in double quotes.
/// References to variables are not resolved but told.
///
/// # Errors
/// [`Malformed`] at the first line that is neither a comment nor `NAME=value`, or at an open quote.
pub fn read(source: &Arc<Source>) -> Result<Variables, Malformed> {
    let text = source.text();
    let mut map = Map::new();
    let mut open = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let line = rest.lines().next().unwrap_or_default();
        let next = at + rest.find('\n').map_or(rest.len(), |end| end + 1);
        let indent = line.len() - line.trim_start().len();
        let mut start = at + indent;
        let mut body = line.trim();
        if body.is_empty() || body.starts_with('#') {
            at = next;
            continue;
        }
        if let Some(exported) = body.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])) {
            start += body.len() - exported.trim_start().len();
            body = exported.trim_start();
        }
        let place = source.place(start, start + body.len());
        let Some((name, _)) = body.split_once('=') else {
            return Err(Malformed::new(place, "the line is neither a comment nor NAME=value"));
        };
        if name.trim().is_empty() || name.trim().contains(char::is_whitespace) {
            return Err(Malformed::new(place, "the line is neither a comment nor NAME=value"));
        }
        let key = source.place(start, start + name.trim_end().len());
        let said = value(source, start + name.len() + 1)?;
        let name = name.trim().to_owned();
        open.retain(|other| *other != name);
        if said.open {
            open.push(name.clone());
        }
        let node = Node::new(Value::String(said.text), Origin::Said(said.place));
        map.insert(name, Entry { key: Origin::Said(key), node });
        at = said.end;
    }
    let node = Node::new(Value::Map(map), Origin::Said(source.place(0, text.len())));
    Ok(Variables { node, open })
}

struct Said {
    text: String,
    place: Place,
    open: bool,
    /// Where the next line starts.
    end: usize,
}

fn value(source: &Arc<Source>, from: usize) -> Result<Said, Malformed> {
    let text = source.text();
    let after = text.get(from..).unwrap_or_default();
    let line_end = from + after.find('\n').unwrap_or(after.len());
    let line = text.get(from..line_end).unwrap_or_default();
    let start = from + (line.len() - line.trim_start().len());
    let quote = line.trim_start().chars().next().filter(|first| matches!(first, '"' | '\''));
    let Some(quote) = quote else {
        // A comment starts at a `#` that follows white space.
        let bytes = line.as_bytes();
        let comment = line
            .match_indices('#')
            .map(|(at, _)| at)
            .find(|at| at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(u8::is_ascii_whitespace));
        let bare = line.get(..comment.unwrap_or(line.len())).unwrap_or_default().trim();
        let place = source.place(start.min(from + line.len()), start + bare.len());
        return Ok(Said { text: bare.to_owned(), place, open: refers(bare), end: (line_end + 1).min(text.len()) });
    };
    let inside = text.get(start + 1..).unwrap_or_default();
    let mut decoded = String::new();
    let mut escaped = false;
    for (at, letter) in inside.char_indices() {
        if quote == '"' && escaped {
            escaped = false;
            match letter {
                'n' => decoded.push('\n'),
                'r' => decoded.push('\r'),
                't' => decoded.push('\t'),
                '\\' | '"' | '$' | '`' => decoded.push(letter),
                _ => decoded.extend(['\\', letter]),
            }
        } else if quote == '"' && letter == '\\' {
            escaped = true;
        } else if letter == quote {
            let raw = inside.get(..at).unwrap_or_default();
            let end = start + 1 + at;
            let tail = text.get(end + 1..).unwrap_or_default();
            let next = end + 1 + tail.find('\n').map_or(tail.len(), |end| end + 1);
            let place = source.place(start + 1, end);
            return Ok(Said { text: decoded, place, open: quote == '"' && refers(raw), end: next });
        } else {
            decoded.push(letter);
        }
    }
    Err(Malformed::new(source.place(start, start + 1), "the quote is not closed"))
}

/// Whether a raw value refers to a variable: a `$` that is not escaped, before a name or brace.
fn refers(raw: &str) -> bool {
    let mut letters = raw.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '$' if letters
                .peek()
                .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '_' | '{' | '(')) =>
            {
                return true;
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(variables: &Variables, name: &str) -> String {
        variables.node.get(name).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn every_value_knows_its_place() {
        let all = "# c\nPORT=5051 # gui\nexport  NAME = \"a \\\"b\\\" \\n\"\r\nKEY='$x\ny' # c\n\n  URL=http://a/#b\nEMPTY=\nLAST=1";
        let variables = read(&Source::new(".env", None, all)).unwrap();
        assert_eq!(text(&variables, "PORT"), "5051");
        assert_eq!(variables.node.get("PORT").unwrap().place().unwrap().to_string(), ".env:2:6");
        assert_eq!(text(&variables, "NAME"), "a \"b\" \n");
        assert_eq!(text(&variables, "KEY"), "$x\ny");
        assert_eq!(text(&variables, "URL"), "http://a/#b");
        assert_eq!(variables.node.get("URL").unwrap().place().unwrap().to_string(), ".env:7:7");
        assert_eq!(text(&variables, "EMPTY"), "");
        assert_eq!(text(&variables, "LAST"), "1");
        assert!(variables.open.is_empty());
    }

    #[test]
    fn what_refers_to_a_variable_is_told() {
        let variables =
            read(&Source::new(".env", None, "A=${B}\nC=\"x$D\"\nE='$F'\nG=5$\nH=\"\\$I\"\nJ=$K\nJ=plain\n"));
        assert_eq!(variables.unwrap().open, ["A", "C"]);
    }

    #[test]
    fn mistakes_are_told_where_they_are() {
        let line = |text: &str| read(&Source::new("a", None, text)).unwrap_err().place.start().line;
        assert_eq!(line("A=1\nnothing\n"), 2);
        assert_eq!(line("A=1\n=2\n"), 2);
        assert_eq!(line("A=1\nB=\"open\nC=3\n"), 2);
    }
}
