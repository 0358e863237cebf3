//! Which services talk to each other: only those can disagree.

use std::collections::BTreeSet;

use gonogo::compose::{Project, Service};
use gonogo::document::{Node, Value};
use gonogo::inference::names::Names;

/// The pairs of services of which one names the other, each pair in the order of the project.
pub(super) fn links(project: &Project) -> BTreeSet<(String, String)> {
    let known = Names::of(project);
    let services: Vec<Service<'_>> = project.services().collect();
    let mut links = BTreeSet::new();
    for (index, one) in services.iter().enumerate() {
        for other in &services[index + 1..] {
            if names(&known, *one, *other) || names(&known, *other, *one) {
                links.insert((one.name.to_owned(), other.name.to_owned()));
            }
        }
    }
    links
}

/// Whether a service names another: depends on it, links to it, or calls it by name, or by its port on this host.
fn names(known: &Names, one: Service<'_>, other: Service<'_>) -> bool {
    let depends = |key: &str| one.get(key).is_some_and(|node| node.get(other.name).is_some());
    if depends("depends_on") {
        return true;
    }
    let known_as = known.of_another(one.name, other.name);
    let ports: Vec<String> = (other.ports())
        .flat_map(|port| [Some(port.target.to_string()), port.published.map(str::to_owned)])
        .flatten()
        .chain(
            other
                .environment()
                .filter(|(name, _)| *name == "PORT" || name.ends_with("_PORT"))
                .filter_map(|(_, v)| v.scalar()),
        )
        .collect();
    let texts = ["environment", "command", "entrypoint", "links", "external_links", "extra_hosts"];
    texts.iter().filter_map(|key| one.get(key)).any(|node| {
        any_text(node, &|text| {
            known_as.iter().any(|name| host_in(text, name))
                || ports.iter().any(|port| {
                    ["localhost", "127.0.0.1", "host.docker.internal", "[::1]"]
                        .iter()
                        .any(|host| host_in(text, &format!("{host}:{port}")))
                })
        })
    })
}

/// Whether a name in lower case stands in a text as a host does: the whole of it, or between the marks of a URL or of `host:port`.
fn host_in(text: &str, name: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        let whole = before.is_none() && after.is_none();
        let bounded = !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name);
        // `postgres://` is a scheme, `/backend/app` a path: neither names the service.
        whole
            || bounded
                && (matches!(before, Some('/' | '@')) && text[..at].ends_with("//")
                    || before == Some('@')
                    || after == Some(':') && !text[at + name.len()..].starts_with("://"))
    })
}

fn any_text(node: &Node, test: &dyn Fn(&str) -> bool) -> bool {
    match &node.value {
        Value::String(text) => test(text),
        Value::Seq(items) => items.iter().any(|item| any_text(item, test)),
        Value::Map(map) => map.values().any(|entry| any_text(&entry.node, test)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::host_in;

    #[test]
    fn a_host_is_told_from_a_path_and_a_scheme() {
        for text in [
            "backend",
            "ws://backend:5051/ws",
            "http://u:p@backend/x",
            "backend:5051",
            "amqp://backend",
            "a,backend:1",
        ] {
            assert!(host_in(text, "backend"), "{text}");
        }
        for text in ["/backend/app", "backend://x", "backend.example.org", "my-backend:80", "the backend of it", ""] {
            assert!(!host_in(text, "backend"), "{text}");
        }
    }
}
