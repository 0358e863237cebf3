//! A service's env files and label files, read into its environment and labels.

use std::collections::HashMap;
use std::path::Path as FilePath;

use super::dotenv::{self, Format};
use super::environment::{Environment, Variable};
use super::make::derived;
use super::path::Path;
use super::reader::{Reader, Unread};
use super::{Notice, Rejection, cause, discover, normalise};
use crate::document::{Entry, Map, Node, Value};
use crate::place::Origin;

/// The env files and the label files of each service.
pub(super) type FilesOf = HashMap<String, (Vec<Node>, Vec<Node>)>;

/// Takes note of the files, which the effective model has no place for.
pub(super) fn files_of(root: &Node) -> FilesOf {
    let services = root.get("services").into_iter().flat_map(Node::entries);
    let files = |service: &Node, key: &str| -> Vec<Node> {
        service.get(key).into_iter().flat_map(Node::items).cloned().collect()
    };
    services
        .map(|(name, entry)| (name.to_owned(), (files(&entry.node, "env_file"), files(&entry.node, "label_file"))))
        .collect()
}

/// Reads the files of all active services.
pub(super) fn resolve(
    model: &mut Node,
    mut files_of: FilesOf,
    environment: &Environment,
    reader: &Reader<'_>,
    notices: &mut Vec<Notice>,
) -> Vec<Rejection> {
    let mut work = Work { environment, reader, notices, mistakes: Vec::new() };
    if let Some(services) = normalise::section(model, "services") {
        for (name, entry) in services {
            let Some((env_files, label_files)) = files_of.remove(name) else { continue };
            let path = Path::of(&["services", name]);
            work.service(&mut entry.node, "environment", &env_files, &path.key("env_file"));
            work.service(&mut entry.node, "labels", &label_files, &path.key("label_file"));
        }
    }
    work.mistakes
}

struct Work<'a> {
    environment: &'a Environment,
    reader: &'a Reader<'a>,
    notices: &'a mut Vec<Notice>,
    mistakes: Vec<Rejection>,
}

impl Work<'_> {
    /// Adds what files say to a mapping of a service, which wins over them.
    fn service(&mut self, service: &mut Node, key: &str, files: &[Node], path: &Path) {
        if files.is_empty() {
            return;
        }
        let own = service.get(key).and_then(Node::as_map).cloned().unwrap_or_default();
        let mut all = Map::new();
        for (index, file) in files.iter().enumerate() {
            self.file(file, &own, &mut all, &path.index(index), key == "labels");
        }
        for (name, entry) in own {
            all.insert(name, entry);
        }
        if all.is_empty() {
            return;
        }
        if let Value::Map(service) = &mut service.value {
            let origin = service.get(key).map_or_else(
                || derived("joined", files.iter().map(|file| file.origin.clone())),
                |entry| entry.node.origin.clone(),
            );
            let entry = Entry { key: origin.clone(), node: Node::new(Value::Map(all), origin) };
            service.insert(key.to_owned(), entry);
        }
    }

    fn file(&mut self, file: &Node, own: &Map, all: &mut Map, at: &Path, labels: bool) {
        let path = file.get("path").unwrap_or(file);
        let (missing, what) = if labels { (cause::LABEL_FILE, "label file") } else { (cause::ENV_FILE, "env file") };
        let Some(location) = path.as_str() else { return };
        let required = match file.get("required").map(|required| &required.value) {
            Some(Value::Bool(required)) => *required,
            Some(Value::String(text)) => match super::interpolate::truth(text) {
                Some(required) => required,
                None => {
                    let origin = file.get("required").map(|required| required.origin.clone());
                    let message = "true or false is wanted here";
                    let rejection = Rejection::new(cause::INVALID_VALUE, &at.key("required"), origin, message);
                    return self.mistakes.push(rejection);
                }
            },
            _ => true,
        };
        let location = FilePath::new(location);
        let name = self.reader.files().name(location);
        if self.reader.files().kind(location).is_none() && !required {
            return;
        }
        let source = match self.reader.text(location) {
            Ok(source) => source,
            Err(Unread::Rejected(rejection)) => return self.mistakes.push(*rejection),
            Err(Unread::Io(error)) => {
                let message = format!("the {what} {name} can't be read: {error}");
                let rejection = Rejection::new(missing, at, Some(path.origin.clone()), message);
                let help = format!("make {name}, or write it as `path:` with `required: false`");
                return self.mistakes.push(rejection.help(help));
            }
        };
        let format = match file.get("format").and_then(Node::as_str) {
            Some("raw") => Format::Raw,
            None | Some("") => Format::Compose,
            Some(other) => {
                let message = format!("`{other}` is no format of env files; `raw` is");
                let origin = file.get("format").map(|format| format.origin.clone());
                return self.mistakes.push(Rejection::new(cause::INVALID_VALUE, at, origin, message));
            }
        };
        let parsed = {
            let variable = |map: &Map, name: &str| {
                let node = &map.get(name)?.node;
                Some(Variable { value: node.as_str()?.to_owned(), origin: node.origin.clone() })
            };
            let lookup = |name: &str| self.environment.get(name).cloned().or_else(|| variable(own, name));
            dotenv::parse_after(&source, format, &lookup, &|name| variable(all, name))
        };
        match parsed {
            Ok(parsed) => {
                discover::unset(parsed.unset, self.notices);
                for (name, variable) in parsed.variables {
                    let origin = derived("env-file", [variable.origin, path.origin.clone()]);
                    let node = Node::new(Value::String(variable.value), origin.clone());
                    all.insert(name, Entry { key: origin, node });
                }
            }
            Err(mistake) => {
                let origin = Some(Origin::Said(mistake.place));
                self.mistakes.push(Rejection::new(cause::ENV_FILE_SYNTAX, at, origin, mistake.message));
            }
        }
    }
}
