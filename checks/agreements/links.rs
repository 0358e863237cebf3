//! Which services talk to each other: only those can disagree.

use std::collections::{BTreeMap, BTreeSet};

use gonogo::compose::{Project, Service};
use gonogo::document::{Node, Value};
use gonogo::inference::names::{Names, Who};

/// The pairs of services of which one names the other, each pair in the order of the project: depends on it, links to
/// it, or calls it by name, or by its port on this host.
pub(super) fn links(project: &Project) -> BTreeSet<(String, String)> {
    let known = Names::of(project);
    let services: Vec<Service<'_>> = project.services().collect();
    let order: BTreeMap<&str, usize> = services.iter().enumerate().map(|(at, service)| (service.name, at)).collect();
    let ports: Vec<BTreeSet<String>> = services.iter().map(|service| ports(*service)).collect();
    let mut links = BTreeSet::new();
    for one in &services {
        let mut others: BTreeSet<String> = known_by_text(&known, *one, &services, &ports);
        others.extend(one.get("depends_on").into_iter().flat_map(Node::entries).map(|(name, _)| name.to_owned()));
        for other in others {
            let (Some(from), Some(to)) = (order.get(one.name), order.get(other.as_str())) else { continue };
            if from < to {
                links.insert((one.name.to_owned(), other));
            } else if to < from {
                links.insert((other, one.name.to_owned()));
            }
        }
    }
    links
}

/// The services that a service's texts name.
fn known_by_text(
    known: &Names,
    one: Service<'_>,
    services: &[Service<'_>],
    ports: &[BTreeSet<String>],
) -> BTreeSet<String> {
    let mut texts = Vec::new();
    for key in ["environment", "command", "entrypoint", "links", "external_links", "extra_hosts"] {
        one.get(key).into_iter().for_each(|node| gather(node, &mut texts));
    }
    let said = |name: &str| texts.iter().any(|text| host_in(text, name));
    let mut others = BTreeSet::new();
    if texts.is_empty() {
        return others;
    }
    for name in known.heard_by(one.name) {
        if said(name)
            && let Who::Services(meant) = known.named(one.name, name)
        {
            others.extend(meant);
        }
    }
    let here: Vec<&str> = (["localhost", "127.0.0.1", "host.docker.internal", "[::1]"].into_iter())
        .filter(|host| texts.iter().any(|text| text.contains(host)))
        .collect();
    for (other, ports) in services.iter().zip(ports).filter(|_| !here.is_empty()) {
        if ports.iter().any(|port| here.iter().any(|host| said(&format!("{host}:{port}")))) {
            others.insert(other.name.to_owned());
        }
    }
    others
}

/// The ports by which a service may be called.
fn ports(service: Service<'_>) -> BTreeSet<String> {
    let told = |name: &str| name == "PORT" || name.ends_with("_PORT");
    let declared =
        service.ports().flat_map(|port| [Some(port.target.to_string()), port.published.map(str::to_owned)]);
    let said = service.environment().filter(|(name, _)| told(name)).filter_map(|(_, node)| node.scalar());
    declared.flatten().chain(said).collect()
}

/// Whether a name stands in a text, both in lower case, as a host does: the whole of it, or between the marks of a URL or of `host:port`.
fn host_in(text: &str, name: &str) -> bool {
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

/// The texts of a node, in lower case.
fn gather(node: &Node, texts: &mut Vec<String>) {
    match &node.value {
        Value::String(text) => texts.push(text.to_ascii_lowercase()),
        Value::Seq(items) => items.iter().for_each(|item| gather(item, texts)),
        Value::Map(map) => map.values().for_each(|entry| gather(&entry.node, texts)),
        _ => {}
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
