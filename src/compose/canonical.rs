//! Short forms become long ones: `"80:80"` a mapping, `depends_on: [db]` one with a condition, and so on.
//!
//! Follows compose-go 2.9.1, `transform/`.

mod ports;
mod service;
pub(super) mod volume;

pub(super) use service::defaults;

use super::make::{default, default_text, object, text};
use super::path::Path;
use super::{Notice, Rejection, cause};
use crate::document::{Entry, Node, Value};
use crate::place::Origin;

/// What a canonical form is made with.
pub(super) struct Forms<'a> {
    /// Without interpolation a short form may not be readable: it is left as it is.
    pub(super) lenient: bool,
    pub(super) notices: &'a mut Vec<Notice>,
    pub(super) mistakes: Vec<Rejection>,
}

/// The mapping that `depends_on: [name]` stands for.
pub(super) fn started(_name: &Origin) -> Value {
    object([("condition", default_text("service_started")), ("required", default(Value::Bool(true)))])
}

/// Makes a whole model canonical.
pub(super) fn canonical(root: &mut Node, lenient: bool, notices: &mut Vec<Notice>) -> Vec<Rejection> {
    let mut forms = Forms { lenient, notices, mistakes: Vec::new() };
    let Value::Map(sections) = &mut root.value else { return Vec::new() };
    for (section, entry) in sections {
        let Value::Map(items) = &mut entry.node.value else { continue };
        for (name, item) in items {
            let path = Path::of(&[section, name]);
            match section.as_str() {
                "services" => service::service(&mut item.node, &path, &mut forms),
                "volumes" | "networks" | "secrets" | "configs" => maybe_external(&mut item.node, &path, &mut forms),
                _ => {}
            }
        }
    }
    forms.mistakes
}

/// `external: {name: n}`, which is obsolete, as `external: true` and `name: n`.
fn maybe_external(node: &mut Node, path: &Path, forms: &mut Forms<'_>) {
    let Value::Map(map) = &mut node.value else { return };
    let Some(external) = map.get_mut("external") else { return };
    let origin = external.node.origin.clone();
    let Value::Map(inner) = &mut external.node.value else { return };
    let name = inner.shift_remove("name");
    external.node = Node::new(Value::Bool(true), super::make::derived("converted", [origin.clone()]));
    let Some(name) = name else { return };
    forms.notices.push(Notice {
        cause: "obsolete-external-name",
        about: path.to_string(),
        path: path.key("external").to_string(),
        origin: Some(name.node.origin.clone()),
        message: "`external: {name: …}` is obsolete; write `external: true` and `name: …`".to_owned(),
    });
    if let Some(other) = map.get("name") {
        if other.node.value != name.node.value {
            let message = "`name` and `external.name` are given and differ";
            let rejection = Rejection::new(cause::EXCLUSIVE_OPTIONS, path, Some(other.node.origin.clone()), message);
            forms.mistakes.push(rejection.related(Some(origin), "the other name"));
        }
    } else {
        map.insert("name".to_owned(), name);
    }
}

/// A text as a list of one.
fn list(node: &mut Node) {
    if let Value::String(value) = &node.value {
        let item = text(value.clone(), node.origin.clone());
        node.value = Value::Seq(vec![item]);
    }
}

/// A list of names as a mapping.
fn names(node: &mut Node) {
    if matches!(node.value, Value::Seq(_)) {
        let origin = node.origin.clone();
        let seq = std::mem::replace(node, Node::new(Value::Null, origin.clone()));
        *node = Node::new(Value::Map(super::make::mapping(seq, None)), origin);
    }
}

/// A key that is set if it is not there.
fn set_default(node: &mut Node, key: &str, value: Node) {
    if let Value::Map(map) = &mut node.value {
        map.entry(key.to_owned()).or_insert_with(|| Entry { key: Origin::default_of("default"), node: value });
    }
}
