//! TOML 1.0, with a place for every key and value.

use std::ops::Range;
use std::sync::Arc;

use toml_edit::{Document, Item, Key, TableLike};

use super::{Entry, Malformed, Map, Node, Value};
use crate::place::{Origin, Source};

/// Decodes a text. Nesting is bounded by the parser.
///
/// # Errors
/// [`Malformed`] at the first mistake.
pub fn read(source: &Arc<Source>) -> Result<Node, Malformed> {
    let document = Document::parse(source.text()).map_err(|error| {
        let range = error.span().unwrap_or(0..0);
        // The parser's message may go on for lines; the first says what is wrong.
        let message = error.message().lines().next().unwrap_or("is not TOML").to_owned();
        Malformed::new(source.place(range.start, range.end), message)
    })?;
    let root = item(source, document.as_item());
    Ok(Node::new(root.value, Origin::Said(source.place(0, source.text().len()))))
}

fn said(source: &Arc<Source>, range: Option<Range<usize>>) -> Origin {
    let range = range.unwrap_or(0..0);
    Origin::Said(source.place(range.start, range.end))
}

fn item(source: &Arc<Source>, item: &Item) -> Node {
    let value = match item {
        Item::None => Value::Null,
        Item::Value(value) => return self::value(source, value),
        Item::Table(entries) => table(source, entries),
        Item::ArrayOfTables(tables) => Value::Seq(
            tables.iter().map(|entries| Node::new(table(source, entries), said(source, entries.span()))).collect(),
        ),
    };
    Node::new(value, said(source, item.span()))
}

fn value(source: &Arc<Source>, value: &toml_edit::Value) -> Node {
    let decoded = match value {
        toml_edit::Value::String(text) => Value::String(text.value().clone()),
        toml_edit::Value::Integer(number) => Value::Int(*number.value()),
        toml_edit::Value::Float(number) => Value::Float(*number.value()),
        toml_edit::Value::Boolean(truth) => Value::Bool(*truth.value()),
        toml_edit::Value::Datetime(time) => Value::String(time.value().to_string()),
        toml_edit::Value::Array(items) => Value::Seq(items.iter().map(|item| self::value(source, item)).collect()),
        toml_edit::Value::InlineTable(entries) => table(source, entries),
    };
    Node::new(decoded, said(source, value.span()))
}

fn table(source: &Arc<Source>, entries: &dyn TableLike) -> Value {
    let mut map = Map::new();
    for (name, entry) in entries.iter() {
        let span = entries.key(name).and_then(Key::span);
        map.insert(name.to_owned(), Entry { key: said(source, span), node: item(source, entry) });
    }
    Value::Map(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let text = "title = 'x'\n[server]\nport = 5_051\nhosts.main = \"gui\"\n[[peer]]\nn = 1.5\n[[peer]]\nn = {a = [true]}\nd = 2026-11-20\n";
        let root = read(&Source::new("agent.toml", None, text)).unwrap();
        let port = root.pointer("/server/port").unwrap();
        assert_eq!(port.as_int(), Some(5051));
        assert_eq!(port.place().unwrap().to_string(), "agent.toml:3:8");
        assert_eq!(port.place().unwrap().text(), "5_051");
        assert_eq!(root.pointer("/server/hosts/main").unwrap().as_str(), Some("gui"));
        let peer = root.pointer("/peer/1/n/a/0").unwrap();
        assert_eq!((peer.as_bool(), peer.place().unwrap().start().line), (Some(true), 8));
        assert_eq!(root.pointer("/peer/1/d").unwrap().as_str(), Some("2026-11-20"));
        let key = root.as_map().unwrap()["server"].key.place().unwrap();
        assert_eq!((key.text(), key.start().line), ("server", 2));
    }

    #[test]
    fn mistakes_are_told_where_they_are() {
        let error = read(&Source::new("a.toml", None, "a = 1\nb = \n")).unwrap_err();
        assert_eq!(error.place.start().line, 2);
        let error = read(&Source::new("a.toml", None, "a = 1\na = 2\n")).unwrap_err();
        assert_eq!(error.place.start().line, 2);
        assert!(read(&Source::new("a.toml", None, format!("a = {}", "[".repeat(100_000)))).is_err());
        assert!(read(&Source::new("a.toml", None, format!("{}a = 1", "a.".repeat(10_000)))).is_err());
    }
}
