//! What a model implies: the default network, names, dependencies that links make, variables of the environment.
//!
//! Follows compose-go 2.9.1, `loader/normalize.go` and `loader/environment.go`.

use super::canonical::volume::clean;
use super::environment::Environment;
use super::make::{default, default_text, derived, joined, object, text};
use crate::document::{Entry, Map, Node, Value};
use crate::place::Origin;

/// Gives variables that a list only names the value that they have in the environment.
pub(super) fn named_variables(root: &mut Node, environment: &Environment) {
    let Some(services) = section(root, "services") else { return };
    for service in services.values_mut() {
        if let Some(Value::Seq(items)) = field(&mut service.node, "environment").map(|node| &mut node.value) {
            for item in items {
                if let Some(variable) = item.as_str().and_then(|name| environment.get(name)) {
                    let name = item.as_str().unwrap_or_default();
                    let value = text(variable.value.clone(), variable.origin.clone());
                    *item = joined(name, &item.origin, inherited(value, &item.origin));
                }
            }
        }
    }
}

/// The origin of a variable whose name is written and whose value is the environment's.
fn inherited(node: Node, named: &Origin) -> Node {
    Node::new(node.value, derived("inherited", [node.origin, named.clone()]))
}

pub(super) fn section<'a>(root: &'a mut Node, name: &str) -> Option<&'a mut Map> {
    match field(root, name).map(|node| &mut node.value) {
        Some(Value::Map(map)) => Some(map),
        _ => None,
    }
}

pub(super) fn field<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut node.value {
        Value::Map(map) => map.get_mut(key).map(|entry| &mut entry.node),
        _ => None,
    }
}

/// Adds what the model implies.
pub(super) fn normalise(root: &mut Node, project: &str, project_origin: &Origin, environment: &Environment) {
    let mut default_network = false;
    if let Some(services) = section(root, "services") {
        for entry in services.values_mut() {
            let origin = entry.key.clone();
            let Value::Map(service) = &mut entry.node.value else { continue };
            default_network |= networks(service, &origin);
            one(service, &origin, environment);
        }
    }
    let Value::Map(model) = &mut root.value else { return };
    if default_network {
        let origin = || Origin::default_of("default");
        let nothing = Node::new(Value::Map(Map::new()), origin());
        let networks = model.entry("networks".to_owned()).or_insert_with(|| Entry { key: origin(), node: nothing });
        if let Value::Map(networks) = &mut networks.node.value {
            networks
                .entry("default".to_owned())
                .or_insert_with(|| Entry { key: origin(), node: Node::new(Value::Null, origin()) });
        }
    }
    for kind in ["networks", "volumes", "configs", "secrets"] {
        let Some(Value::Map(items)) = model.get_mut(kind).map(|entry| &mut entry.node.value) else { continue };
        for (key, entry) in items {
            names(key, entry, project, project_origin);
        }
    }
}

/// A resource without a name is called by the project and its key, an external one by its key alone.
fn names(key: &str, entry: &mut Entry, project: &str, project_origin: &Origin) {
    if entry.node.is_null() {
        entry.node.value = Value::Map(Map::new());
    }
    let external = entry.node.get("external").is_some_and(|external| match &external.value {
        Value::Bool(external) => *external,
        Value::String(external) => matches!(external.as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True"),
        _ => false,
    });
    let key_origin = entry.key.clone();
    let Value::Map(map) = &mut entry.node.value else { return };
    if map.get("name").is_some_and(|name| !name.node.is_null()) {
        return;
    }
    let name = if external {
        text(key, derived("default", [key_origin]))
    } else {
        text(format!("{project}_{key}"), derived("default", [key_origin, project_origin.clone()]))
    };
    map.insert("name".to_owned(), Entry { key: Origin::default_of("default"), node: name });
}

/// The networks of a service that names none; whether it is on the default network.
fn networks(service: &mut Map, origin: &Origin) -> bool {
    if service.contains_key("provider") || service.contains_key("network_mode") {
        return false;
    }
    let given = match service.get("networks").map(|entry| &entry.node.value) {
        Some(Value::Map(networks)) => Some((networks.is_empty(), networks.contains_key("default"))),
        _ => None,
    };
    if let Some((false, has_default)) = given {
        return has_default;
    }
    let by_default = || derived("default", [origin.clone()]);
    let entry = Entry { key: by_default(), node: Node::new(Value::Null, by_default()) };
    let networks: Map = std::iter::once(("default".to_owned(), entry)).collect();
    service.insert(
        "networks".to_owned(),
        Entry { key: by_default(), node: Node::new(Value::Map(networks), by_default()) },
    );
    true
}

fn one(service: &mut Map, origin: &Origin, environment: &Environment) {
    if let Some(policy) = service.get_mut("pull_policy")
        && policy.node.as_str() == Some("if_not_present")
    {
        policy.node = text("missing", derived("converted", [policy.node.origin.clone()]));
    }
    if let Some(Value::Map(build)) = service.get_mut("build").map(|entry| &mut entry.node.value) {
        let missing = |build: &Map, key: &str| build.get(key).is_none_or(|entry| entry.node.is_null());
        if missing(build, "context") {
            build.insert("context".to_owned(), implied(default_text("."), origin));
        }
        if missing(build, "dockerfile") && missing(build, "dockerfile_inline") {
            build.insert("dockerfile".to_owned(), implied(default_text("Dockerfile"), origin));
        }
        if let Some(args) = build.get_mut("args") {
            from_environment(&mut args.node, environment, false);
        }
    }
    if let Some(variables) = service.get_mut("environment") {
        from_environment(&mut variables.node, environment, true);
    }
    dependencies(service, origin);
    if let Some(Value::Seq(volumes)) = service.get_mut("volumes").map(|entry| &mut entry.node.value) {
        for volume in volumes {
            if let Some(target) = field(volume, "target")
                && let Some(given) = target.as_str()
                && clean(given) != given
            {
                *target = text(clean(given), derived("cleaned", [target.origin.clone()]));
            }
        }
    }
}

fn implied(node: Node, origin: &Origin) -> Entry {
    Entry { key: derived("default", [origin.clone()]), node }
}

/// Gives variables without a value the one of the environment; those that it lacks stay, or go.
fn from_environment(node: &mut Node, environment: &Environment, keep: bool) {
    match &mut node.value {
        Value::Map(map) => map.retain(|name, entry| {
            if !entry.node.is_null() {
                return true;
            }
            match environment.get(name) {
                Some(variable) => {
                    let value = text(variable.value.clone(), variable.origin.clone());
                    entry.node = inherited(value, &entry.key);
                    true
                }
                None => keep,
            }
        }),
        Value::Seq(items) => items.retain_mut(|item| {
            let Some(name) = item.as_str().filter(|text| !text.contains('=')) else { return true };
            match environment.get(name) {
                Some(variable) => {
                    let value = text(variable.value.clone(), variable.origin.clone());
                    *item = joined(name, &item.origin, inherited(value, &item.origin));
                    true
                }
                None => keep,
            }
        }),
        _ => {}
    }
}

/// The dependencies that links, shared namespaces and `volumes_from` make.
fn dependencies(service: &mut Map, origin: &Origin) {
    let texts = |key: &str| -> Vec<(String, Origin)> {
        let items = service.get(key).map(|entry| &entry.node).into_iter().flat_map(Node::items);
        items.filter_map(|item| Some((item.as_str()?.to_owned(), item.origin.clone()))).collect()
    };
    let mut wanted: Vec<(String, Origin, bool)> = Vec::new();
    for (link, origin) in texts("links") {
        let parts: Vec<&str> = link.split(':').collect();
        let name = match parts.as_slice() {
            [name, _] => (*name).to_owned(),
            _ => link.clone(),
        };
        wanted.push((name, origin, true));
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        if let Some(node) = service.get(key).map(|entry| &entry.node)
            && let Some(name) = node.as_str().and_then(|value| value.strip_prefix("service:"))
        {
            wanted.push((name.to_owned(), node.origin.clone(), true));
        }
    }
    for (volume, origin) in texts("volumes_from") {
        if !volume.starts_with("container:") {
            wanted.push((volume.split(':').next().unwrap_or_default().to_owned(), origin, false));
        }
    }
    if wanted.is_empty() {
        return;
    }
    let by_default = || derived("default", [origin.clone()]);
    let nothing = || Entry { key: by_default(), node: Node::new(Value::Map(Map::new()), by_default()) };
    let dependencies = service.entry("depends_on".to_owned()).or_insert_with(nothing);
    if dependencies.node.is_null() {
        dependencies.node = nothing().node;
    }
    let Value::Map(dependencies) = &mut dependencies.node.value else { return };
    for (name, origin, restart) in wanted {
        dependencies.entry(name).or_insert_with(|| {
            let pairs = [
                ("condition", default_text("service_started")),
                ("restart", default(Value::Bool(restart))),
                ("required", default(Value::Bool(true))),
            ];
            let origin = derived("implied", [origin]);
            Entry { key: origin.clone(), node: Node::new(object(pairs), origin) }
        });
    }
}
