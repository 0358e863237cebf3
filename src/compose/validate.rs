//! Rules on a canonical model beyond its shapes. Follows compose-go 2.9.1, `validation/`.

use std::net::IpAddr;

use super::path::Path;
use super::{Rejection, cause};
use crate::document::{Node, Value};

/// Holds a canonical model against the rules.
pub(super) fn validate(root: &Node) -> Vec<Rejection> {
    let mut mistakes = Vec::new();
    for (section, entry) in root.entries() {
        for (name, entry) in entry.node.entries() {
            let path = Path::of(&[section, name]);
            let node = &entry.node;
            match section {
                "volumes" => external_volume(node, &path, &mut mistakes),
                "configs" => one_content(node, &["file", "environment", "content"], &path, &mut mistakes),
                "secrets" => one_content(node, &["file", "environment"], &path, &mut mistakes),
                "services" => service(node, &path, &mut mistakes),
                _ => {}
            }
        }
    }
    mistakes
}

fn push(mistakes: &mut Vec<Rejection>, cause: &'static str, path: &Path, node: &Node, message: &str, help: &str) {
    mistakes.push(Rejection::new(cause, path, Some(node.origin.clone()), message).help(help));
}

fn external_volume(node: &Node, path: &Path, mistakes: &mut Vec<Rejection>) {
    if node.get("external").and_then(Node::as_bool) != Some(true) {
        return;
    }
    for (key, entry) in node.entries() {
        if !matches!(key, "name" | "external") && !key.starts_with("x-") {
            let message = format!("`external` and `{key}` exclude each other: somebody else made the volume");
            push(mistakes, cause::EXCLUSIVE_OPTIONS, path, &entry.node, &message, &format!("remove `{key}`"));
        }
    }
}

fn one_content(node: &Node, keys: &[&str], path: &Path, mistakes: &mut Vec<Rejection>) {
    let given = keys.iter().filter(|key| node.get(key).is_some()).count();
    let list = keys.join(", ");
    if given > 1 {
        let message = format!("only one of {list} may be given");
        push(mistakes, cause::EXCLUSIVE_OPTIONS, path, node, &message, "keep one of them");
    }
    if given == 0 && node.get("driver").is_none() && node.get("external").is_none() {
        let message = format!("one of {list} must be given");
        push(mistakes, cause::MISSING_KEY, path, node, &message, "add `file:` with a path");
    }
}

fn service(service: &Node, path: &Path, mistakes: &mut Vec<Rejection>) {
    for (index, port) in service.get("ports").into_iter().flat_map(Node::items).enumerate() {
        if let Some(ip) = port.get("host_ip")
            && ip.as_str().is_some_and(|ip| ip.parse::<IpAddr>().is_err())
        {
            let path = path.key("ports").index(index);
            push(mistakes, cause::INVALID_VALUE, &path, ip, "this is no IP address", "write one, such as 127.0.0.1");
        }
    }
    for (index, watch) in service.pointer("/develop/watch").into_iter().flat_map(Node::items).enumerate() {
        if let Some(blank) = watch.get("path").filter(|path| path.as_str() == Some("")) {
            let path = path.key("develop").key("watch").index(index).key("path");
            push(mistakes, cause::INVALID_VALUE, &path, blank, "the path is empty", "write a path");
        }
    }
    let requests = [("gpus", "/gpus"), ("devices", "/deploy/resources/reservations/devices")];
    for (name, pointer) in requests {
        for (index, request) in service.pointer(pointer).into_iter().flat_map(Node::items).enumerate() {
            let path = match name {
                "gpus" => path.key("gpus").index(index),
                _ => path.key("deploy").key("resources").key("reservations").key("devices").index(index),
            };
            if let (Some(_), Some(ids)) = (request.get("count"), request.get("device_ids"))
                && !matches!(ids.value, Value::Null)
            {
                let message = "`count` and `device_ids` exclude each other";
                push(mistakes, cause::EXCLUSIVE_OPTIONS, &path, ids, message, "keep one of them");
            }
        }
    }
}
