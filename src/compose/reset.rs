//! `!reset` and `!override`: what earlier files say at these paths is dropped.

use super::path::Path;
use crate::document::yaml::Reset;
use crate::document::{Node, Value};

/// Drops what a model says at the tagged paths.
pub(super) fn apply(root: &mut Node, resets: &[Reset]) {
    if !resets.is_empty() {
        walk(root, resets, &mut Path::default());
    }
}

fn walk(node: &mut Node, resets: &[Reset], path: &mut Path) {
    match &mut node.value {
        Value::Map(map) => map.retain(|key, entry| {
            path.push_key(key);
            let keep = !resets.iter().any(|reset| path.is(&reset.path));
            if keep {
                walk(&mut entry.node, resets, path);
            }
            path.pop();
            keep
        }),
        Value::Seq(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.push_index(index);
                // An item of a list is never dropped, and what is in a tagged one is left alone.
                if !resets.iter().any(|reset| path.is(&reset.path)) {
                    walk(item, resets, path);
                }
                path.pop();
            }
        }
        _ => {}
    }
}
