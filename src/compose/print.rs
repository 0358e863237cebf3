//! The model as `docker compose config --format json` prints it.

use serde_json::{Map, Number, Value as Json};

use super::Project;
use crate::document::{Node, Value};

/// How the model is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Leave dollar signs as they are: without interpolation there is nothing to protect from it.
    pub bare_dollars: bool,
}

impl Project {
    /// The effective model as Compose's own `config --format json` gives it: `$` doubled, so that it means the same
    /// when it is read again, and `models` left out (neither
    /// without interpolation).
    pub fn json(&self, style: Style) -> Json {
        let mut json = value(&self.model, style);
        if let Json::Object(map) = &mut json
            && !style.bare_dollars
        {
            map.remove("models");
        }
        json
    }
}

fn text(text: &str, style: Style) -> String {
    if style.bare_dollars { text.to_owned() } else { text.replace('$', "$$") }
}

pub(super) fn value(node: &Node, style: Style) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(number) => Json::Number((*number).into()),
        Value::Float(number) => number_of(*number),
        Value::String(string) => Json::String(text(string, style)),
        Value::Seq(items) => Json::Array(items.iter().map(|item| value(item, style)).collect()),
        Value::Map(map) => {
            let pairs = map.iter().map(|(key, entry)| (text(key, style), value(&entry.node, style)));
            Json::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

fn number_of(number: f64) -> Json {
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return Json::Number((number as i64).into());
    }
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}
