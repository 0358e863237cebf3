//! What the effective model must agree on with itself. Follows compose-go 2.9.1, `loader/validate.go`.

use std::collections::{HashMap, HashSet};

use super::path::Path;
use super::{Rejection, cause};
use crate::document::{Entry, Map, Node, Value};
use crate::place::Origin;
use crate::suggest::nearest;

/// The active part of a model, and the names of the services that are not active.
pub(super) struct Active<'a> {
    pub(super) model: &'a Node,
    pub(super) inactive: HashMap<String, Origin>,
}

/// Checks a model.
pub(super) fn check(active: &Active<'_>) -> Vec<Rejection> {
    let mut checker = Checker { active, mistakes: Vec::new() };
    let services = active.model.get("services");
    for (name, entry) in services.into_iter().flat_map(Node::entries) {
        checker.service(name, entry);
    }
    for (name, entry) in active.model.get("secrets").into_iter().flat_map(Node::entries) {
        let secret = &entry.node;
        if ["external", "file", "environment"].iter().all(|key| secret.get(key).is_none()) {
            let message = "a secret has a `file` or an `environment`".to_owned();
            let path = Path::of(&["secrets", name]);
            checker.push(cause::MISSING_KEY, &path, &entry.key, message, "add `file:` with a path");
        }
    }
    if checker.mistakes.is_empty() {
        checker.cycle(services);
    }
    checker.mistakes
}

/// That no two services want one container name: Compose looks at that last.
pub(super) fn container_names(model: &Node) -> Vec<Rejection> {
    let mut mistakes = Vec::new();
    let mut taken: HashMap<&str, (&str, &Node)> = HashMap::new();
    for (name, entry) in model.get("services").into_iter().flat_map(Node::entries) {
        let Some(node) = entry.node.get("container_name") else { continue };
        let Value::String(container) = &node.value else { continue };
        if let Some((other, first)) = taken.insert(container, (name, node)) {
            let message = format!("the services {other} and {name} want the same container name");
            let path = Path::of(&["services", name]);
            let rejection = Rejection::new(cause::CONTAINER_NAME, &path, Some(node.origin.clone()), message);
            let rejection = rejection.related(Some(first.origin.clone()), "it is taken here");
            mistakes.push(rejection.help("give one of them another name"));
        }
    }
    mistakes
}

struct Checker<'a> {
    active: &'a Active<'a>,
    mistakes: Vec<Rejection>,
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key)?.as_str()
}

impl Checker<'_> {
    fn push(&mut self, cause: &'static str, path: &Path, origin: &Origin, message: String, help: &str) {
        self.mistakes.push(Rejection::new(cause, path, Some(origin.clone()), message).help(help));
    }

    fn section(&self, name: &str) -> Option<&Map> {
        self.active.model.get(name)?.as_map()
    }

    fn service(&mut self, name: &str, entry: &Entry) {
        let service = &entry.node;
        let path = Path::of(&["services", name]);
        let get = |key: &str| service.get(key);
        if get("build").is_none() && get("image").is_none() && get("provider").is_none() {
            let message = format!("the service {name} has neither an image nor a build");
            self.push(cause::NO_IMAGE, &path, &entry.key, message, "add `image:` or `build:`");
        }
        self.build(name, service, &path);
        if let (Some(mode), Some(networks)) = (get("network_mode"), get("networks"))
            && networks.as_map().is_some_and(|networks| !networks.is_empty())
        {
            let message = "`network_mode` and `networks` exclude each other".to_owned();
            let rejection = Rejection::new(cause::EXCLUSIVE_OPTIONS, &path, Some(mode.origin.clone()), message);
            self.mistakes
                .push(rejection.related(Some(networks.origin.clone()), "the networks").help("keep one of them"));
        }
        for (network, entry) in get("networks").into_iter().flat_map(Node::entries) {
            self.defined(
                "networks",
                network,
                &entry.key,
                &path.key("networks").key(network),
                cause::UNDEFINED_NETWORK,
            );
        }
        if let Some(first) = service.pointer("/healthcheck/test/0")
            && !matches!(first.as_str(), Some("CMD" | "CMD-SHELL" | "NONE"))
        {
            let message = "the test begins with none of CMD, CMD-SHELL and NONE".to_owned();
            let path = path.key("healthcheck").key("test");
            self.push(cause::INVALID_VALUE, &path, &first.origin, message, "begin the list with \"CMD\"");
        }
        self.dependencies(service, &path);
        for (index, volume) in get("volumes").into_iter().flat_map(Node::items).enumerate() {
            if text(volume, "type") == Some("volume")
                && let Some(source) = volume.get("source")
            {
                let path = path.key("volumes").index(index);
                self.defined(
                    "volumes",
                    source.as_str().unwrap_or_default(),
                    &source.origin,
                    &path,
                    cause::UNDEFINED_VOLUME,
                );
            }
        }
        self.mounts(service, &path);
        for (kind, cause) in [("configs", cause::UNDEFINED_CONFIG), ("secrets", cause::UNDEFINED_SECRET)] {
            for (index, mount) in get(kind).into_iter().flat_map(Node::items).enumerate() {
                if let Some(source) = mount.get("source") {
                    let path = path.key(kind).index(index);
                    self.defined(kind, source.as_str().unwrap_or_default(), &source.origin, &path, cause);
                }
            }
        }
        for (model, entry) in get("models").into_iter().flat_map(Node::entries) {
            self.defined("models", model, &entry.key, &path.key("models").key(model), cause::UNDEFINED_MODEL);
        }
        self.deploy(name, service, &path);
        for (index, watch) in service.pointer("/develop/watch").into_iter().flat_map(Node::items).enumerate() {
            let path = path.key("develop").key("watch").index(index);
            if !matches!(text(watch, "action"), Some("rebuild" | "restart")) && watch.get("target").is_none() {
                let message = "a watch that does not rebuild needs a `target`".to_owned();
                self.push(cause::MISSING_KEY, &path, &watch.origin, message, "add `target:`");
            }
        }
    }

    /// That no two mounts have one target.
    fn mounts(&mut self, service: &Node, path: &Path) {
        let mut taken: HashMap<&str, &Origin> = HashMap::new();
        for kind in ["tmpfs", "volumes"] {
            for (index, mount) in service.get(kind).into_iter().flat_map(Node::items).enumerate() {
                let short = mount.as_str().map(|short| short.split(':').next().unwrap_or_default());
                let Some(target) = short.or_else(|| text(mount, "target")) else { continue };
                if let Some(first) = taken.insert(target, &mount.origin) {
                    let message = format!("something is mounted at {target} already");
                    let at = path.key(kind).index(index);
                    let rejection = Rejection::new(cause::DUPLICATE_MOUNT, &at, Some(mount.origin.clone()), message);
                    let rejection = rejection.related(Some(first.clone()), "here");
                    self.mistakes.push(rejection.help("remove one of them"));
                }
            }
        }
    }

    fn build(&mut self, name: &str, service: &Node, path: &Path) {
        let Some(build) = service.get("build") else { return };
        if let (Some(_), Some(inline)) = (build.get("dockerfile"), build.get("dockerfile_inline")) {
            let message = "`dockerfile` and `dockerfile_inline` exclude each other".to_owned();
            self.push(cause::EXCLUSIVE_OPTIONS, path, &inline.origin, message, "keep one of them");
        }
        for (key, entry) in build.get("additional_contexts").into_iter().flat_map(Node::entries) {
            if let Some(other) = entry.node.as_str().and_then(|context| context.strip_prefix("service:"))
                && self.section("services").is_none_or(|services| !services.contains_key(other))
            {
                let message = format!("the service {other}, a build context of {name}, is not defined");
                let path = path.key("build").key("additional_contexts").key(key);
                self.push(cause::UNDEFINED_SERVICE, &path, &entry.node.origin, message, "define it, or name another");
            }
        }
        if let (Some(platform), Some(platforms)) = (service.get("platform"), build.get("platforms"))
            && !platforms.items().any(|one| one.value == platform.value)
        {
            let message = "the service's platform is none of those that are built".to_owned();
            self.push(cause::INVALID_VALUE, path, &platform.origin, message, "add it to `build.platforms`");
        }
        for (index, secret) in build.get("secrets").into_iter().flat_map(Node::items).enumerate() {
            if let Some(source) = secret.get("source") {
                let path = path.key("build").key("secrets").index(index);
                let name = source.as_str().unwrap_or_default();
                self.defined("secrets", name, &source.origin, &path, cause::UNDEFINED_SECRET);
            }
        }
    }

    /// That a network, volume, secret, config or model is defined.
    fn defined(&mut self, kind: &str, name: &str, origin: &Origin, path: &Path, cause: &'static str) {
        if self.section(kind).is_some_and(|section| section.contains_key(name)) {
            return;
        }
        let known = self.section(kind).into_iter().flatten().map(|(name, _)| name.as_str());
        let near = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| format!("define `{name}` under `{kind}:`"));
        let one = kind.strip_suffix('s').unwrap_or(kind);
        self.push(cause, path, origin, format!("the {one} {name} is not defined"), &help);
    }

    fn dependencies(&mut self, service: &Node, path: &Path) {
        for (other, entry) in service.get("depends_on").into_iter().flat_map(Node::entries) {
            if self.section("services").is_some_and(|services| services.contains_key(other)) {
                continue;
            }
            let path = path.key("depends_on").key(other);
            if let Some(origin) = self.active.inactive.get(other) {
                if entry.node.get("required").and_then(Node::as_bool) == Some(false) {
                    continue;
                }
                let message = format!("the service {other}, which is depended on, has no active profile");
                let rejection = Rejection::new(cause::INACTIVE_SERVICE, &path, Some(entry.key.clone()), message);
                let help = format!("activate one of its profiles, or say `required: false` for {other}");
                self.mistakes.push(rejection.related(Some(origin.clone()), "it is defined here").help(help));
                continue;
            }
            let known = self.section("services").into_iter().flatten().map(|(name, _)| name.as_str());
            let near = nearest(other, known).map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| format!("define `{other}` under `services:`"));
            let message = format!("the service {other}, which is depended on, is not defined");
            self.push(cause::UNDEFINED_SERVICE, &path, &entry.key, message, &help);
        }
    }

    fn deploy(&mut self, name: &str, service: &Node, path: &Path) {
        let pairs = [
            ("scale", "/scale", "/deploy/replicas", false),
            ("cpus", "/cpus", "/deploy/resources/limits/cpus", true),
            ("mem_limit", "/mem_limit", "/deploy/resources/limits/memory", true),
            ("mem_reservation", "/mem_reservation", "/deploy/resources/reservations/memory", true),
            ("pids_limit", "/pids_limit", "/deploy/resources/limits/pids", true),
        ];
        for (key, short, long, strict) in pairs {
            let (Some(own), deploy) = (service.pointer(short), service.pointer(long)) else { continue };
            // An empty block of limits differs from one that is not there: what it lacks counts as 0.
            let parent = long.rsplit_once('/').and_then(|(parent, _)| service.pointer(parent));
            let differs = match deploy {
                Some(deploy) => deploy.value != own.value,
                None => strict && parent.is_some_and(|parent| parent.as_map().is_some()) && key != "scale",
            };
            if differs {
                let dotted = long.trim_start_matches('/').replace('/', ".");
                let message = format!("`{key}` and `{dotted}` differ");
                let rejection = Rejection::new(cause::DISTINCT_VALUES, path, Some(own.origin.clone()), message);
                let related = deploy.or(parent).map(|node| node.origin.clone());
                self.mistakes
                    .push(rejection.related(related, "the other value").help("make them equal, or keep one"));
            }
        }
        if let Some(scale) = service.get("scale")
            && scale.as_int().is_some_and(|scale| scale < 0)
        {
            let message = "`scale` is less than 0".to_owned();
            self.push(cause::INVALID_VALUE, &path.key("scale"), &scale.origin, message, "write 0 or more");
        }
        let scale = service.get("scale").or_else(|| service.pointer("/deploy/replicas"));
        if let (Some(container), Some(scale)) = (service.get("container_name"), scale)
            && scale.as_int().is_some_and(|scale| scale > 1)
        {
            let message = format!("the service {name} has several containers and one fixed name for them");
            let rejection = Rejection::new(cause::CONTAINER_NAME, path, Some(container.origin.clone()), message);
            self.mistakes
                .push(rejection.related(Some(scale.origin.clone()), "several").help("remove `container_name:`"));
        }
    }

    /// The first circle of dependencies.
    fn cycle(&mut self, services: Option<&Node>) {
        let Some(services) = services.and_then(Node::as_map) else { return };
        let mut done: HashSet<&str> = HashSet::new();
        for start in services.keys() {
            // A walk in depth: the way there, each with the dependencies still to be followed.
            let mut way: Vec<(&str, Vec<&str>)> = Vec::new();
            let followed = |name: &str| -> Vec<&str> {
                let node = services.get(name).and_then(|entry| entry.node.get("depends_on"));
                let mut names: Vec<&str> = node.into_iter().flat_map(Node::entries).map(|(name, _)| name).collect();
                names.reverse();
                names
            };
            if !done.contains(start.as_str()) {
                way.push((start, followed(start)));
            }
            while let Some((name, rest)) = way.last_mut() {
                let Some(next) = rest.pop() else {
                    done.insert(name);
                    way.pop();
                    continue;
                };
                if let Some(at) = way.iter().position(|(name, _)| *name == next) {
                    let circle: Vec<&str> = way.iter().skip(at).map(|(name, _)| *name).chain([next]).collect();
                    let last = way.last().map_or(next, |(name, _)| name);
                    let key = services
                        .get(last)
                        .and_then(|e| e.node.get("depends_on")?.as_map()?.get(next).map(|e| e.key.clone()));
                    let message = format!("services depend on each other in a circle: {}", circle.join(" → "));
                    let path = Path::of(&["services", last, "depends_on", next]);
                    let rejection = Rejection::new(cause::DEPENDENCY_CYCLE, &path, key, message);
                    self.mistakes.push(rejection.help("remove one of these dependencies"));
                    return;
                }
                if !done.contains(next) && services.contains_key(next) {
                    way.push((next, followed(next)));
                }
            }
        }
    }
}
