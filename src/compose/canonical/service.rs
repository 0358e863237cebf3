//! The short forms in a service.

use super::{Forms, list, names, ports, set_default, volume};
use crate::compose::make::{cut, default, default_text, derived, object, part, text};
use crate::compose::path::Path;
use crate::compose::{Rejection, cause};
use crate::document::{Entry, Map, Node, Value};

/// Makes a service canonical.
pub(super) fn service(node: &mut Node, path: &Path, forms: &mut Forms<'_>) {
    let Value::Map(map) = &mut node.value else { return };
    for (key, entry) in map {
        let path = path.key(key);
        if key == "ulimits" {
            ulimits(&entry.node, &path, forms);
        }
        let node = &mut entry.node;
        match key.as_str() {
            "build" => build(node, &path, forms),
            "depends_on" => depends_on(node, &path, forms),
            "env_file" => env_file(node),
            "label_file" | "dns" => list(node),
            "extends" => {
                if matches!(node.value, Value::String(_)) {
                    wrap(node, "service");
                }
            }
            "gpus" => gpus(node),
            "networks" | "models" => names(node),
            "ports" => ports::ports(node, &path, forms),
            "volumes" => each(node, &path, forms, volume::canonical),
            "devices" => each(node, &path, forms, device),
            "secrets" | "configs" => each(node, &path, forms, mount),
            "develop" => {
                if let Value::Map(map) = &mut node.value
                    && let Some(watch) = map.get_mut("watch")
                {
                    each(&mut watch.node, &path, forms, |item, _, _| {
                        if let Value::Map(map) = &mut item.value {
                            map.iter_mut()
                                .filter(|(key, _)| matches!(key.as_str(), "include" | "ignore"))
                                .for_each(|(_, entry)| list(&mut entry.node));
                        }
                    });
                }
            }
            _ => {}
        }
    }
}

/// Does something to every item of a list.
fn each(node: &mut Node, path: &Path, forms: &mut Forms<'_>, form: impl Fn(&mut Node, &Path, &mut Forms<'_>)) {
    if let Value::Seq(items) = &mut node.value {
        for (index, item) in items.iter_mut().enumerate() {
            form(item, &path.index(index), forms);
        }
    }
}

/// That limits are numbers: here, and not in the shapes, a text that is still one is noticed.
fn ulimits(node: &Node, path: &Path, forms: &mut Forms<'_>) {
    for (name, limit) in node.entries() {
        if !matches!(limit.node.value, Value::Int(_) | Value::Map(_)) {
            let message = "a whole number, or a soft and a hard limit, is wanted here";
            let origin = Some(limit.node.origin.clone());
            forms.mistakes.push(Rejection::new(cause::INVALID_TYPE, &path.key(name), origin, message));
        }
    }
}

/// A value as a mapping with it under one key.
fn wrap(node: &mut Node, key: &'static str) {
    let inner = node.clone();
    *node = Node::new(object([(key, inner)]), derived("short-form", [node.origin.clone()]));
}

fn build(node: &mut Node, path: &Path, forms: &mut Forms<'_>) {
    if matches!(node.value, Value::String(_)) {
        wrap(node, "context");
    }
    let Value::Map(map) = &mut node.value else { return };
    for (key, entry) in map {
        match key.as_str() {
            "additional_contexts" => key_values(&mut entry.node, &path.key(key), forms),
            "secrets" => each(&mut entry.node, &path.key(key), forms, mount),
            "ssh" => ssh(&mut entry.node),
            "provenance" | "sbom" if matches!(entry.node.value, Value::Bool(_)) => {
                entry.node = crate::compose::make::as_text(entry.node.clone());
            }
            _ => {}
        }
    }
}

/// A list of `key=value` as a mapping.
fn key_values(node: &mut Node, path: &Path, forms: &mut Forms<'_>) {
    let Value::Seq(items) = &node.value else { return };
    let mut map = Map::new();
    for (index, item) in items.iter().enumerate() {
        match cut(item, '=') {
            (key, key_origin, Some(value)) => {
                map.insert(key, Entry { key: key_origin, node: value });
            }
            (_, _, None) => {
                let message = "a name and a value with `=` between them are wanted here";
                let origin = Some(item.origin.clone());
                forms.mistakes.push(Rejection::new(cause::INVALID_VALUE, &path.index(index), origin, message));
            }
        }
    }
    node.value = Value::Map(map);
}

/// A list or text of `id` and `id=path` as a mapping; the key's own socket has no path.
fn ssh(node: &mut Node) {
    list(node);
    if let Value::Seq(items) = &node.value {
        let pairs = items.iter().map(|item| {
            let (key, key_origin, value) = cut(item, '=');
            let nothing = || Node::new(Value::Null, derived("implied", [item.origin.clone()]));
            let node = value.unwrap_or_else(nothing);
            (key, Entry { key: key_origin, node })
        });
        node.value = Value::Map(pairs.collect());
    }
}

fn depends_on(node: &mut Node, path: &Path, forms: &mut Forms<'_>) {
    let origin = node.origin.clone();
    match &mut node.value {
        Value::Seq(_) => {
            let seq = std::mem::replace(node, Node::new(Value::Null, origin.clone()));
            let map = crate::compose::make::mapping(seq, Some(&|name: &Node| super::started(&name.origin)));
            *node = Node::new(Value::Map(map), origin);
        }
        Value::Map(map) => {
            for (name, entry) in map {
                if !matches!(entry.node.value, Value::Map(_)) {
                    let message = "a mapping with a condition is wanted here";
                    let origin = Some(entry.node.origin.clone());
                    forms.mistakes.push(Rejection::new(cause::INVALID_TYPE, &path.key(name), origin, message));
                }
                set_default(&mut entry.node, "condition", default_text("service_started"));
                set_default(&mut entry.node, "required", default(Value::Bool(true)));
            }
        }
        _ => {}
    }
}

fn env_file(node: &mut Node) {
    list(node);
    if let Value::Seq(items) = &mut node.value {
        for item in items {
            if matches!(item.value, Value::String(_)) {
                wrap(item, "path");
            }
            set_default(item, "required", default(Value::Bool(true)));
        }
    }
}

fn gpus(node: &mut Node) {
    if matches!(node.value, Value::String(_)) {
        wrap(node, "count");
        let item = node.clone();
        node.value = Value::Seq(vec![item]);
    }
}

/// A secret or config by its name alone.
fn mount(node: &mut Node, _: &Path, _: &mut Forms<'_>) {
    if matches!(node.value, Value::String(_)) {
        wrap(node, "source");
    }
}

fn device(node: &mut Node, path: &Path, forms: &mut Forms<'_>) {
    let Some(short) = node.as_str() else { return };
    let mut spans = Vec::new();
    let mut start = 0;
    for piece in short.split(':') {
        spans.push((start, start + piece.len()));
        start += piece.len() + 1;
    }
    let piece = |at: usize| spans.get(at).copied().unwrap_or_default();
    let source = piece(0);
    let (target, permissions) = match spans.len() {
        1 => (source, None),
        2 => (piece(1), None),
        3 => (piece(1), Some(piece(2))),
        _ if forms.lenient => return,
        _ => {
            let message = "a device in the short form has three parts at most: write the long form";
            let origin = Some(node.origin.clone());
            forms.mistakes.push(Rejection::new(cause::INVALID_VALUE, path, origin, message));
            return;
        }
    };
    let cut = |(start, end): (usize, usize)| text(short.get(start..end).unwrap_or_default(), part(node, start, end));
    let permissions = permissions.map_or_else(|| default_text("rwm"), cut);
    let value = object([("source", cut(source)), ("target", cut(target)), ("permissions", permissions)]);
    node.value = value;
}

/// Sets what is not written: ports' mode and protocol, secrets' targets, the number of devices, the build context.
pub(in crate::compose) fn defaults(root: &mut Node) {
    let Value::Map(sections) = &mut root.value else { return };
    let Some(Value::Map(services)) = sections.get_mut("services").map(|entry| &mut entry.node.value) else { return };
    for service in services.values_mut() {
        let Value::Map(map) = &mut service.node.value else { continue };
        for (key, entry) in map {
            match key.as_str() {
                "build" => set_default(&mut entry.node, "context", default_text(".")),
                "ports" => items(&mut entry.node, |port| {
                    set_default(port, "protocol", default_text("tcp"));
                    set_default(port, "mode", default_text("ingress"));
                }),
                "secrets" => items(&mut entry.node, |secret| {
                    if let Some(source) = secret.get("source").filter(|source| source.as_str().is_some()) {
                        let target = format!("/run/secrets/{}", source.as_str().unwrap_or_default());
                        let target = text(target, derived("default", [source.origin.clone()]));
                        set_default(secret, "target", target);
                    }
                }),
                "gpus" => items(&mut entry.node, device_request),
                "deploy" => {
                    if let Some(devices) = find(&mut entry.node, &["resources", "reservations", "devices"]) {
                        items(devices, device_request);
                    }
                }
                _ => {}
            }
        }
    }
}

fn items(node: &mut Node, set: impl Fn(&mut Node)) {
    if let Value::Seq(items) = &mut node.value {
        items.iter_mut().for_each(set);
    }
}

fn device_request(request: &mut Node) {
    if request.get("count").is_none() && request.get("device_ids").is_none() {
        set_default(request, "count", default_text("all"));
    }
}

fn find<'a>(node: &'a mut Node, keys: &[&str]) -> Option<&'a mut Node> {
    keys.iter().try_fold(node, |node, key| match &mut node.value {
        Value::Map(map) => map.get_mut(*key).map(|entry| &mut entry.node),
        _ => None,
    })
}
