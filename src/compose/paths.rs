//! Relative paths made absolute. Follows compose-go 2.9.1, `paths/`.

use std::path::Path as FilePath;

use super::canonical::volume::clean;
use super::make::{derived, text};
use super::path::Path;
use super::{Rejection, cause};
use crate::document::{Node, Value};

/// What relative paths are relative to.
pub(super) struct Base<'a> {
    pub(super) directory: &'a FilePath,
    pub(super) home: Option<&'a str>,
}

impl Base<'_> {
    /// A path, with `~` expanded, made absolute; an absolute one stays as it is.
    pub(super) fn absolute(&self, path: &str) -> String {
        let expanded = self.expand(path);
        if expanded.starts_with('/') {
            return expanded;
        }
        clean(&format!("{}/{expanded}", self.directory.display()))
    }

    fn expand(&self, path: &str) -> String {
        match (path.strip_prefix('~'), self.home) {
            (Some(rest), Some(home)) => clean(&format!("{home}/{rest}")),
            _ => path.to_owned(),
        }
    }

    fn set(&self, node: &mut Node) {
        let Some(path) = node.as_str() else { return };
        let absolute = self.absolute(path);
        if absolute != path {
            *node = text(absolute, derived("absolute", [node.origin.clone()]));
        }
    }
}

/// Makes the paths of a canonical model absolute.
pub(super) fn resolve(root: &mut Node, base: &Base<'_>) -> Vec<Rejection> {
    let mut mistakes = Vec::new();
    let Value::Map(sections) = &mut root.value else { return mistakes };
    for (section, entry) in sections {
        let Value::Map(items) = &mut entry.node.value else { continue };
        for (name, item) in items {
            let Value::Map(map) = &mut item.node.value else { continue };
            match section.as_str() {
                "services" => {
                    for (key, entry) in map {
                        let path = Path::of(&["services", name, key]);
                        service(key, &mut entry.node, &path, base, &mut mistakes);
                    }
                }
                "configs" | "secrets" => {
                    if let Some(file) = map.get_mut("file") {
                        host_path(&mut file.node, base);
                    }
                }
                "volumes" => bind_device(&mut item.node, base),
                _ => {}
            }
        }
    }
    mistakes
}

fn service(key: &str, node: &mut Node, path: &Path, base: &Base<'_>, mistakes: &mut Vec<Rejection>) {
    match (key, &mut node.value) {
        ("build", Value::Map(build)) => {
            for (key, entry) in build {
                match (key.as_str(), &mut entry.node.value) {
                    ("context", _) => context(&mut entry.node, base),
                    ("additional_contexts", Value::Map(map)) => {
                        map.values_mut().for_each(|entry| context(&mut entry.node, base));
                    }
                    ("ssh", Value::Map(map)) => {
                        map.values_mut()
                            .filter(|e| e.node.as_str() != Some(""))
                            .for_each(|e| host_path(&mut e.node, base));
                    }
                    _ => {}
                }
            }
        }
        ("env_file", Value::Seq(items)) => {
            for item in items {
                field(item, "path", |path| base.set(path));
            }
        }
        ("label_file", Value::Seq(items)) => items.iter_mut().for_each(|item| base.set(item)),
        ("extends", Value::Map(_)) => field(node, "file", |file| base.set(file)),
        ("develop", Value::Map(map)) => {
            if let Some(Value::Seq(items)) = map.get_mut("watch").map(|watch| &mut watch.node.value) {
                for item in items {
                    field(item, "path", |path| base.set(path));
                }
            }
        }
        ("volumes", Value::Seq(items)) => {
            for (index, item) in items.iter_mut().enumerate() {
                if item.get("type").and_then(Node::as_str) != Some("bind") {
                    continue;
                }
                if item.get("source").is_none() {
                    let message = "a bind mount has no `source`";
                    let origin = Some(item.origin.clone());
                    let rejection = Rejection::new(cause::MISSING_KEY, &path.index(index), origin, message);
                    mistakes.push(rejection.help("add `source:` with a path on the host"));
                }
                field(item, "source", |source| host_path(source, base));
            }
        }
        _ => {}
    }
}

fn field(node: &mut Node, key: &str, act: impl Fn(&mut Node)) {
    if let Value::Map(map) = &mut node.value
        && let Some(entry) = map.get_mut(key)
    {
        act(&mut entry.node);
    }
}

/// A build context: what is no path is left alone.
fn context(node: &mut Node, base: &Base<'_>) {
    let Some(given) = node.as_str() else { return };
    let remote = ["https://", "http://", "git://", "ssh://", "github.com/", "git@"];
    if given.contains("://") || given.starts_with("service:") || remote.iter().any(|prefix| given.starts_with(prefix))
    {
        return;
    }
    base.set(node);
}

/// A path on the host of the engine: one of Windows counts as absolute too.
fn host_path(node: &mut Node, base: &Base<'_>) {
    let Some(given) = node.as_str() else { return };
    let mut chars = given.chars();
    let drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.next() == Some(':')
        && matches!(chars.next(), Some('\\' | '/'));
    if drive || given.starts_with("\\\\") {
        return;
    }
    base.set(node);
}

/// The device of a local volume that is a bind mount in truth.
fn bind_device(volume: &mut Node, base: &Base<'_>) {
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    if text(volume, "driver").as_deref() != Some("local") {
        return;
    }
    field(volume, "driver_opts", |_| {});
    if let Value::Map(map) = &mut volume.value
        && let Some(options) = map.get_mut("driver_opts")
        && text(&options.node, "o").as_deref() == Some("bind")
    {
        field(&mut options.node, "device", |device| host_path(device, base));
    }
}
