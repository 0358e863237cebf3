//! Two models beside each other, and a rejection in words.

use gonogo::compose::NoProject;
use serde_json::Value;

pub(crate) fn told(error: &NoProject) -> String {
    match error {
        NoProject::Rejected(rejected) => {
            let lines = rejected.rejections.iter().map(|rejection| {
                let place = rejection.origin.as_ref().and_then(|origin| origin.place()).map(ToString::to_string);
                format!(
                    "{} {}: {} ({})",
                    rejection.cause,
                    rejection.path,
                    rejection.message,
                    place.unwrap_or_default()
                )
            });
            lines.collect::<Vec<_>>().join("\n            ")
        }
        other => format!("{other:?}"),
    }
}

/// Where two models differ.
pub(crate) fn differences(expected: &Value, made: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(expected, made, &mut String::new(), &mut found);
    found.truncate(12);
    found
}

fn walk(expected: &Value, made: &Value, path: &mut String, found: &mut Vec<String>) {
    let length = path.len();
    match (expected, made) {
        (Value::Object(expected), Value::Object(made)) => {
            for (key, value) in expected {
                path.push('.');
                path.push_str(key);
                match made.get(key) {
                    Some(other) => walk(value, other, path, found),
                    None => found.push(format!("{path}: missing, expected {value}")),
                }
                path.truncate(length);
            }
            for (key, value) in made.iter().filter(|(key, _)| !expected.contains_key(*key)) {
                found.push(format!("{path}.{key}: not expected: {value}"));
            }
        }
        (Value::Array(expected), Value::Array(made)) if expected.len() == made.len() => {
            for (index, (value, other)) in expected.iter().zip(made).enumerate() {
                path.push_str(&format!("[{index}]"));
                walk(value, other, path, found);
                path.truncate(length);
            }
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{path}: expected {a}, made {b}")),
    }
}
