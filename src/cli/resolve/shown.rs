//! A project as it may be shown: secret values masked.

use std::collections::BTreeMap;

use crate::compose::Project;
use crate::document::{Node, Value};
use crate::place::Origin;
use crate::secret::{MASK, Net, Redactor, is_secret, is_sensitive_name};

/// The project with its secret values masked.
pub(super) fn masked(mut project: Project, variables: &BTreeMap<String, String>) -> Project {
    let secrets = Redactor::new();
    secrets.environment(variables);
    secrets.model(&project.model, variables);
    project.files.iter().for_each(|file| secrets.source(file));
    let net = secrets.net();
    mask(&mut project.model, "", &net);
    project
}

fn mask(node: &mut Node, name: &str, net: &Net) {
    match &mut node.value {
        Value::Map(map) => {
            for (key, entry) in map {
                mask(&mut entry.node, key, net);
            }
        }
        Value::Seq(items) => items.iter_mut().for_each(|item| mask(item, name, net)),
        Value::String(text) => {
            let secret = is_secret(name, text) || (!text.is_empty() && from_a_secret(&node.origin));
            let masked = if secret { MASK.to_owned() } else { net.mask(text).into_owned() };
            *text = masked;
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
    }
}

/// Whether a value was taken from a variable whose name announces a secret, and nothing else.
fn from_a_secret(origin: &Origin) -> bool {
    match origin {
        Origin::Environment(name) => is_sensitive_name(name),
        Origin::Derived { rule: _, from } => from.iter().any(from_a_secret),
        Origin::Said(_) => false,
    }
}
