//! A project as it may be shown: secret values masked.

use std::collections::BTreeMap;

use crate::compose::Project;
use crate::document::{Node, Value};
use crate::secret::{MASK, Net, Redactor, is_secret};

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
            let masked = if is_secret(name, text) { MASK.to_owned() } else { net.mask(text).into_owned() };
            *text = masked;
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
    }
}
