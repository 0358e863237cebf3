//! What of the project is found on the ports of its host: what is published, and what services on the host's network
//! listen on.

use super::listens::{Evidence, Strength};
use super::names::Names;
use super::said;
use crate::compose::Project;
use crate::place::Place;

/// TCP ports of the host on which a service is found.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposed {
    /// The service.
    pub service: String,
    /// The first port on the host.
    pub first: u16,
    /// The last port on the host; a range gives each replica one.
    pub last: u16,
    /// The port in the container, where that is another network namespace.
    pub target: Option<u16>,
    /// Where it is said.
    pub place: Option<Place>,
    /// What says so, in a few words: `gui publishes 5051`.
    pub by: String,
}

impl Exposed {
    /// Whether the service is found on a port.
    pub fn is_on(&self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

/// The TCP ports that the project's services publish on their host.
pub fn published(project: &Project) -> Vec<Exposed> {
    let mut found = Vec::new();
    for service in project.services() {
        for port in service.ports().filter(|port| port.protocol == "tcp") {
            let Some((first, last)) = port.published.and_then(range) else { continue };
            let shown = if first == last { first.to_string() } else { format!("{first}-{last}") };
            let by = format!("{} publishes {shown}", service.name);
            let said = port.node.get("published").and_then(|node| {
                let text = node.scalar()?;
                said::part(node, &text, 0..text.len())
            });
            let place = said.or_else(|| port.node.place().cloned());
            found.push(Exposed {
                service: service.name.to_owned(),
                first,
                last,
                target: Some(port.target),
                place,
                by,
            });
        }
    }
    found
}

/// All TCP ports of the host on which the project's services are found, as far as that is said.
pub fn exposed(project: &Project, names: &Names, evidence: &Evidence) -> Vec<Exposed> {
    let mut found = published(project);
    for (service, listening) in evidence.listens.iter().filter(|(name, _)| names.on_host(name)) {
        for listen in listening.tcp().filter(|listen| listen.strength > Strength::Mentioned) {
            found.push(Exposed {
                service: service.clone(),
                first: listen.port,
                last: listen.port,
                target: None,
                place: listen.place.clone(),
                by: format!("{service} listens on {} ({})", listen.port, listen.by),
            });
        }
    }
    found
}

/// A port, or the first and last of a range.
fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
}
