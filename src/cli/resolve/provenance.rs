//! Where each value of the model came from: a line a value for people, a graph a value for programs.

use serde_json::{Value as Json, json};

use crate::document::{Node, Value};
use crate::place::Origin;

/// `services.web.image = "redis"  ← compose.yaml:3:12`, a line a value.
pub(super) fn text(model: &Node) -> String {
    let mut out = String::new();
    leaves(model, &mut String::new(), &mut |path, node| {
        out.push_str(&format!("{path} = {}", value(node)));
        way(&node.origin, &mut out);
        out.push('\n');
    });
    out
}

/// The same as a list of objects: path, value, and the graph of origins.
pub(super) fn json(model: &Node) -> String {
    let mut list = Vec::new();
    leaves(model, &mut String::new(), &mut |path, node| {
        list.push(json!({ "path": path, "value": value(node), "origin": graph(&node.origin) }));
    });
    format!("{:#}", Json::Array(list))
}

fn leaves(node: &Node, path: &mut String, act: &mut impl FnMut(&str, &Node)) {
    let length = path.len();
    match &node.value {
        Value::Map(map) if !map.is_empty() => {
            for (key, entry) in map {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
                leaves(&entry.node, path, act);
                path.truncate(length);
            }
        }
        Value::Seq(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                leaves(item, path, act);
                path.truncate(length);
            }
        }
        _ => act(path, node),
    }
}

fn value(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Int(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::String(text) => json!(text),
        Value::Seq(_) => json!([]),
        Value::Map(_) => json!({}),
    }
}

/// ` ← place`, for each step; the rule in parentheses where it is not the plain one.
fn way(origin: &Origin, out: &mut String) {
    match origin {
        Origin::Said(place) => out.push_str(&format!("  ← {place}")),
        Origin::Environment(name) => out.push_str(&format!("  ← ${name}")),
        Origin::Derived { rule, from } if from.is_empty() => out.push_str(&format!("  ← ({rule})")),
        Origin::Derived { rule, from } => {
            out.push_str(&format!("  ({rule})"));
            for origin in from.iter() {
                way(origin, out);
            }
        }
    }
}

fn graph(origin: &Origin) -> Json {
    match origin {
        Origin::Said(place) => {
            let (start, end) = (place.start(), place.end());
            json!({
                "file": place.file(),
                "line": start.line,
                "column": start.column,
                "end_line": end.line,
                "end_column": end.column,
            })
        }
        Origin::Environment(name) => json!({ "environment": name }),
        Origin::Derived { rule, from } => json!({ "rule": rule, "from": from.iter().map(graph).collect::<Vec<_>>() }),
    }
}
