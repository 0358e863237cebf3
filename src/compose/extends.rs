//! `extends`: a service that takes over what another one says.
//!
//! Follows compose-go 2.9.1, `loader/extends.go`: what is extended is merged below, its relative paths are relative
//! to its own file, and nothing but the service itself comes along.

use std::path::PathBuf;
use std::sync::Arc;

use super::load::{Context, Loader};
use super::path::Path;
use super::paths::{self, Base};
use super::{NoProject, Rejection, cause, merge, reset};
use crate::document::yaml::Reset;
use crate::document::{Map, Node, Value};
use crate::place::Origin;

/// A file that services extend, read once: its services, their paths made absolute, and its tags.
pub(super) struct Extended {
    services: Option<Map>,
    resets: Vec<Reset>,
}

/// A service that is being extended.
type Link = (PathBuf, String);

/// Applies `extends` to all services of a file.
pub(super) fn apply(
    root: &mut Node,
    file: &std::path::Path,
    resets: &[Reset],
    context: &Context<'_>,
    loader: &mut Loader<'_>,
) -> Result<(), NoProject> {
    let Value::Map(model) = &mut root.value else { return Ok(()) };
    let Some(services) = model.get_mut("services") else { return Ok(()) };
    let path = Path::of(&["services"]);
    let Value::Map(services) = &mut services.node.value else {
        let origin = Some(services.node.origin.clone());
        return Err(Rejection::new(cause::INVALID_TYPE, &path, origin, "a mapping is wanted here").into());
    };
    let names: Vec<String> = services.keys().cloned().collect();
    let mut mistakes = Vec::new();
    for name in names {
        let extending = services
            .get(&name)
            .is_some_and(|e| !matches!(e.node.value, Value::Map(_)) || e.node.get("extends").is_some());
        if !extending {
            continue;
        }
        let mut extender = Extender { context, loader, mistakes: Vec::new() };
        let merged = extender.service(&name, services, file, &[], vec![resets.to_vec()]);
        mistakes.append(&mut extender.mistakes);
        if let (Some(node), Some(entry)) = (merged?, services.get_mut(&name)) {
            entry.node = node;
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes.into()) }
}

struct Extender<'l, 'a> {
    context: &'l Context<'l>,
    loader: &'l mut Loader<'a>,
    mistakes: Vec<Rejection>,
}

impl Extender<'_, '_> {
    /// A service with what it extends below it; `None` if there is nothing under its name, or a mistake was noted.
    fn service(
        &mut self,
        name: &str,
        services: &Map,
        file: &std::path::Path,
        way: &[Link],
        mut resets: Vec<Vec<Reset>>,
    ) -> Result<Option<Node>, NoProject> {
        let path = Path::of(&["services", name]);
        let Some(entry) = services.get(name) else { return Ok(None) };
        let service = &entry.node;
        if service.is_null() {
            return Ok(None);
        }
        if !matches!(service.value, Value::Map(_)) {
            let origin = Some(service.origin.clone());
            self.mistakes.push(Rejection::new(cause::INVALID_TYPE, &path, origin, "a mapping is wanted here"));
            return Ok(None);
        }
        let path = path.key("extends");
        let Some(extends) = service.get("extends") else { return Ok(Some(service.clone())) };
        let (reference, from) = match &extends.value {
            Value::Map(map) => {
                let Some(reference) = map.get("service").filter(|entry| entry.node.as_str().is_some()) else {
                    let message = "`extends` has no `service`";
                    let rejection = Rejection::new(cause::MISSING_KEY, &path, Some(extends.origin.clone()), message);
                    self.mistakes.push(rejection.help("add `service:` with a name"));
                    return Ok(None);
                };
                (reference.node.clone(), map.get("file").map(|entry| entry.node.clone()))
            }
            _ => (extends.clone(), None),
        };
        let target = reference.as_str().unwrap_or_default().to_owned();
        let service = service.clone();
        let (foreign, none): (Arc<Extended>, Map);
        none = Map::new();
        let (services, base_file) = match from.as_ref().filter(|from| !from.is_null()) {
            Some(from) => {
                let loaded = self.file(&target, from, &reference, &path);
                let (loaded, base_file) = match loaded {
                    Err(NoProject::Rejected(rejected)) => {
                        self.mistakes.extend(rejected.rejections);
                        return Ok(None);
                    }
                    other => other?,
                };
                let Some(loaded) = loaded else { return Ok(None) };
                resets.push(loaded.resets.clone());
                foreign = loaded;
                (foreign.services.as_ref().unwrap_or(&none), base_file)
            }
            None => {
                if !services.contains_key(&target) {
                    let known = services.keys().map(String::as_str);
                    self.not_found(&target, known, &path, &reference.origin);
                    return Ok(None);
                }
                (services, file.to_owned())
            }
        };
        let link = (base_file.clone(), name.to_owned());
        if way.contains(&link) || way.len() > 400 {
            let circle: Vec<&str> = way.iter().map(|(_, name)| name.as_str()).chain([name]).collect();
            let message = format!("services extend each other in a circle: {}", circle.join(" → "));
            let rejection = Rejection::new(cause::EXTENDS_CYCLE, &path, Some(reference.origin), message);
            self.mistakes.push(rejection.help("remove one of these `extends:`"));
            return Ok(None);
        }
        let mut way = way.to_vec();
        way.push(link);
        let before = self.mistakes.len();
        let Some(base) = self.service(&target, services, &base_file, &way, resets.clone())? else {
            return Ok((self.mistakes.len() == before).then_some(service));
        };
        self.loader.spend(&base, &reference.origin)?;
        let base = as_service(base, name, &resets);
        let Some(base) = base else { return Ok(None) };
        let merged = merge::merge(base, service, &mut Path::of(&["services", name]));
        match merged {
            Ok(mut merged) => {
                if let Value::Map(map) = &mut merged.value {
                    map.shift_remove("extends");
                }
                Ok(Some(merged))
            }
            Err(mut rejections) => {
                self.mistakes.append(&mut rejections);
                Ok(None)
            }
        }
    }

    fn not_found<'n>(&mut self, name: &str, known: impl Iterator<Item = &'n str>, path: &Path, origin: &Origin) {
        let near = crate::suggest::nearest(name, known).map(|near| format!("did you mean `{near}`?"));
        let message = format!("the service {name}, which is extended, is not there");
        let rejection = Rejection::new(cause::EXTENDS_SERVICE, path, Some(origin.clone()), message);
        self.mistakes
            .push(rejection.help(near.unwrap_or_else(|| format!("define `{name}` there, or extend another"))));
    }

    /// Another file, if it has the service.
    fn file(
        &mut self,
        target: &str,
        from: &Node,
        reference: &Node,
        path: &Path,
    ) -> Result<(Option<Arc<Extended>>, PathBuf), NoProject> {
        let base = Base { directory: &self.context.directory, home: self.loader.home() };
        let local = PathBuf::from(base.absolute(from.as_str().unwrap_or_default()));
        let key = (local.clone(), self.context.directory.clone());
        let known = self.loader.extended.get(&key).cloned();
        let extended = match known {
            Some(extended) => extended,
            None => {
                let extended = Arc::new(self.read(&local, from, path)?);
                self.loader.extended.insert(key, Arc::clone(&extended));
                extended
            }
        };
        let Some(services) = &extended.services else {
            let message = format!("there are no services in {}", self.loader.reader.files().name(&local));
            let origin = Some(from.origin.clone());
            let rejection = Rejection::new(cause::EXTENDS_SERVICE, path, origin, message);
            self.mistakes.push(rejection.help("correct the path"));
            return Ok((None, local));
        };
        if !services.contains_key(target) {
            self.not_found(target, services.keys().map(String::as_str), path, &reference.origin);
            return Ok((None, local));
        }
        Ok((Some(extended), local))
    }

    fn read(&mut self, local: &std::path::Path, from: &Node, path: &Path) -> Result<Extended, NoProject> {
        let at = path.key("file");
        let directory = local.parent().map(std::path::Path::to_owned).unwrap_or_default();
        let nested = Context { base: directory.clone(), directory, extending: true, ..self.context.clone() };
        let named = super::load::Named { cause: cause::EXTENDS_FILE, path: &at, origin: &from.origin };
        let nothing = Node::new(Value::Map(Map::new()), from.origin.clone());
        let (mut loaded, resets) = self.loader.file(local, nothing, &nested, Some(&named))?;
        let mistakes = paths::resolve(&mut loaded, &Base { directory: &nested.directory, home: self.loader.home() });
        super::load::rejected(mistakes)?;
        let services = match loaded.value {
            Value::Map(mut model) => match model.shift_remove("services").map(|entry| entry.node.value) {
                Some(Value::Map(services)) => Some(services),
                _ => None,
            },
            _ => None,
        };
        Ok(Extended { services, resets })
    }
}

/// A service under another name, without what is tagged to be dropped there.
fn as_service(base: Node, name: &str, resets: &[Vec<Reset>]) -> Option<Node> {
    let origin = base.origin.clone();
    let wrap = |name: &str, node: Node| {
        let entry = crate::document::Entry { key: origin.clone(), node };
        Node::new(Value::Map(std::iter::once((name.to_owned(), entry)).collect()), origin.clone())
    };
    let mut model = wrap("services", wrap(name, base));
    for resets in resets {
        reset::apply(&mut model, resets);
    }
    let Value::Map(model) = &mut model.value else { return None };
    let services = model.shift_remove("services")?.node;
    let Value::Map(mut services) = services.value else { return None };
    Some(services.shift_remove(name)?.node)
}
