//! A model as YAML that reads the same in Compose and is easy on the eyes.

use serde_json::Value as Json;

use crate::document::Value;
use crate::document::yaml::scalar::{self, Resolved};

/// Prints a model.
pub(super) fn print(model: &Json) -> String {
    let mut out = String::new();
    node(model, 0, &mut out);
    out
}

fn node(value: &Json, indent: usize, out: &mut String) {
    match value {
        Json::Object(map) => {
            for (key, value) in map {
                out.push_str(&" ".repeat(indent));
                out.push_str(&text(key));
                out.push(':');
                under(value, indent, out);
            }
        }
        Json::Array(items) => {
            for item in items {
                out.push_str(&" ".repeat(indent));
                out.push('-');
                let mut inner = String::new();
                match item {
                    Json::Object(map) if !map.is_empty() => node(item, indent + 2, &mut inner),
                    _ => under(item, indent, &mut inner),
                }
                // The first key of a mapping stands behind the dash.
                out.push(' ');
                out.push_str(inner.trim_start());
            }
        }
        _ => {}
    }
}

/// What stands behind a key.
fn under(value: &Json, indent: usize, out: &mut String) {
    match value {
        Json::Object(map) if map.is_empty() => out.push_str(" {}\n"),
        Json::Array(items) if items.is_empty() => out.push_str(" []\n"),
        Json::Object(_) | Json::Array(_) => {
            out.push('\n');
            node(value, indent + 2, out);
        }
        Json::String(string) => {
            out.push(' ');
            out.push_str(&text(string));
            out.push('\n');
        }
        other => {
            out.push_str(&format!(" {other}\n"));
        }
    }
}

/// A text, in quotes where it would mean something else, or nothing, without them.
fn text(string: &str) -> String {
    let plain = !string.is_empty()
        && matches!(scalar::resolve(string), Resolved::Value(Value::String(_)))
        && !matches!(string.to_lowercase().as_str(), "y" | "yes" | "n" | "no" | "on" | "off" | "<<" | "=")
        && !string.starts_with(|c: char| c.is_whitespace() || "-?:,[]{}#&*!|>'\"%@`".contains(c))
        && !string.ends_with(|c: char| c.is_whitespace() || c == ':')
        && !string.contains(": ")
        && !string.contains(" #")
        && !string.chars().any(|c| c.is_control() || !c.is_ascii() && !c.is_alphanumeric());
    if plain { string.to_owned() } else { Json::String(string.to_owned()).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::{Node, yaml};
    use crate::place::Source;

    #[test]
    fn it_reads_as_it_was() {
        let model = json!({
            "a": {"b": ["x", {"c": 1, "d": "yes"}, ["n"]], "e": {}, "f": [], "g": null},
            "odd": ["", "1", "1.0", "null", "- x", "a: b", "a #b", "x\ny", "é", "2024-01-01", "~", "\u{1f}", "$$x", "'"],
            "k y": true, "n": 1.5,
        });
        let printed = print(&model);
        let tree = yaml::parse(&Source::new("a", None, printed.clone())).unwrap().remove(0).root;
        assert_eq!(as_json(&tree), model, "{printed}");
    }

    fn as_json(node: &Node) -> Json {
        match &node.value {
            Value::Null => Json::Null,
            Value::Bool(truth) => json!(truth),
            Value::Int(number) => json!(number),
            Value::Float(number) => json!(number),
            Value::String(text) => json!(text),
            Value::Seq(items) => Json::Array(items.iter().map(as_json).collect()),
            Value::Map(map) => {
                Json::Object(map.iter().map(|(key, entry)| (key.clone(), as_json(&entry.node))).collect())
            }
        }
    }
}
