//! Lists in which a later item replaces an earlier one of the same key: environment by name, volumes by target, …
//!
//! Follows compose-go 2.9.1, `override/uncity.go`.

use std::collections::HashMap;

use super::canonical::volume;
use super::make::printed;
use super::path::Path;
use super::{Rejection, cause};
use crate::document::{Node, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// What stands before the first `=`.
    Name,
    Volume,
    Device,
    Port,
    Expose,
    /// A secret or config, by where it is mounted.
    Secret,
    Config,
    EnvFile,
}

const LISTS: &[(&str, By)] = &[
    ("networks.*.labels", By::Name),
    ("networks.*.ipam.options", By::Name),
    ("services.*.annotations", By::Name),
    ("services.*.build.args", By::Name),
    ("services.*.build.additional_contexts", By::Name),
    ("services.*.build.platform", By::Name),
    ("services.*.build.tags", By::Name),
    ("services.*.build.labels", By::Name),
    ("services.*.cap_add", By::Name),
    ("services.*.cap_drop", By::Name),
    ("services.*.devices", By::Device),
    ("services.*.configs", By::Config),
    ("services.*.deploy.labels", By::Name),
    ("services.*.dns", By::Name),
    ("services.*.dns_opt", By::Name),
    ("services.*.dns_search", By::Name),
    ("services.*.environment", By::Name),
    ("services.*.env_file", By::EnvFile),
    ("services.*.expose", By::Expose),
    ("services.*.labels", By::Name),
    ("services.*.links", By::Name),
    ("services.*.networks.*.aliases", By::Name),
    ("services.*.networks.*.link_local_ips", By::Name),
    ("services.*.ports", By::Port),
    ("services.*.profiles", By::Name),
    ("services.*.secrets", By::Secret),
    ("services.*.sysctls", By::Name),
    ("services.*.tmpfs", By::Name),
    ("services.*.volumes", By::Volume),
];

/// Whether a list's items are told apart by a key.
pub(super) fn is_keyed(path: &Path) -> bool {
    LISTS.iter().any(|(pattern, _)| path.matches(pattern))
}

/// Removes the items that later ones replace.
pub(super) fn unique(root: &mut Node) -> Vec<Rejection> {
    let mut mistakes = Vec::new();
    walk(root, &mut Path::default(), &mut mistakes);
    mistakes
}

fn walk(node: &mut Node, path: &mut Path, mistakes: &mut Vec<Rejection>) {
    match &mut node.value {
        // The lists are no deeper than five steps below the root.
        Value::Map(map) if path.len() < 5 => {
            for (key, entry) in map {
                path.push_key(key);
                walk(&mut entry.node, path, mistakes);
                path.pop();
            }
        }
        Value::Seq(items) => {
            if let Some((_, by)) = LISTS.iter().find(|(pattern, _)| path.matches(pattern)) {
                list(items, *by, path, mistakes);
            }
        }
        _ => {}
    }
}

fn list(items: &mut Vec<Node>, by: By, path: &Path, mistakes: &mut Vec<Rejection>) {
    let mut kept: Vec<Node> = Vec::with_capacity(items.len());
    let mut seen: HashMap<String, usize> = HashMap::with_capacity(items.len());
    for (index, item) in std::mem::take(items).into_iter().enumerate() {
        match key(&item, by) {
            Ok(key) => match seen.get(&key).and_then(|at| kept.get_mut(*at)) {
                Some(earlier) => *earlier = item,
                None => {
                    seen.insert(key, kept.len());
                    kept.push(item);
                }
            },
            Err((cause, message)) => {
                mistakes.push(Rejection::new(cause, &path.index(index), Some(item.origin.clone()), message));
                kept.push(item);
            }
        }
    }
    *items = kept;
}

fn key(item: &Node, by: By) -> Result<String, (&'static str, String)> {
    let wrong = |what: &str| Err((cause::INVALID_TYPE, format!("{what} is wanted here")));
    let missing = |what: &str| Err((cause::MISSING_KEY, format!("this {what}")));
    let field = |name: &str| item.get(name).and_then(Node::as_str);
    let mapping = matches!(item.value, Value::Map(_));
    match by {
        By::Name => match item.as_str() {
            Some(text) => Ok(text.split('=').next().unwrap_or_default().to_owned()),
            None => wrong("a text"),
        },
        By::Volume => match (field("target"), item.as_str()) {
            (Some(target), _) => Ok(target.to_owned()),
            (None, Some(short)) => match volume::parse(short) {
                Ok(volume) => Ok(volume.target.text(short).to_owned()),
                Err(message) => Err((cause::INVALID_VALUE, message)),
            },
            _ if mapping => missing("mount has no `target`"),
            _ => Ok(String::new()),
        },
        By::Device => match (field("target"), item.as_str()) {
            (Some(target), _) => Ok(target.to_owned()),
            (None, Some(short)) => {
                let mut parts = short.split(':');
                let first = parts.next().unwrap_or_default();
                Ok(parts.next().unwrap_or(first).to_owned())
            }
            _ if mapping => missing("device has no `target`"),
            _ => Ok(String::new()),
        },
        By::Port => match &item.value {
            Value::Map(map) => {
                let part = |name: &str| map.get(name).map(|entry| (kind(&entry.node), printed(&entry.node)));
                if part("target").is_none() {
                    return missing("port has no `target`");
                }
                let (host, protocol) = (part("host_ip"), part("protocol"));
                let host = host.map_or("0.0.0.0".to_owned(), |host| host.1);
                let protocol = protocol.map_or("tcp".to_owned(), |protocol| protocol.1);
                Ok(format!("{host}:{:?}:{:?}/{protocol}", part("published"), part("target")))
            }
            _ => Ok(printed(item)),
        },
        By::Expose => match &item.value {
            Value::String(_) | Value::Int(_) => Ok(printed(item)),
            _ => wrong("a port"),
        },
        By::Secret | By::Config => {
            let folder = if by == By::Secret { "/run/secrets" } else { "" };
            match (field("target"), field("source").or(item.as_str())) {
                (Some(target), _) => Ok(target.to_owned()),
                (None, Some(source)) => Ok(format!("{folder}/{source}")),
                _ if mapping => Ok(format!("{folder}/")),
                _ => wrong("a name or a mapping"),
            }
        }
        By::EnvFile => match (field("path"), item.as_str()) {
            (Some(path), _) | (None, Some(path)) => Ok(path.to_owned()),
            _ if mapping => missing("env file has no `path`"),
            _ => Ok(String::new()),
        },
    }
}

/// Numbers and texts are not the same port, even where they look so.
fn kind(node: &Node) -> char {
    if matches!(node.value, Value::String(_)) { 's' } else { 'n' }
}
