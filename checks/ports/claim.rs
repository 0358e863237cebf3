//! Which ports of its host a project wants.

use std::fmt;
use std::net::IpAddr;

use gonogo::check::Context;
use gonogo::compose::{Port, Project, Service};
use gonogo::inference::listens::{Listening, Strength, evidence};
use gonogo::place::{Origin, Place};

/// Host ports that a service wants: one of a range for each of its replicas.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) service: String,
    /// The host address; `None`: all of them, IPv4 and IPv6.
    pub(super) address: Option<IpAddr>,
    pub(super) first: u16,
    pub(super) last: u16,
    /// `tcp`, `udp` or `sctp`.
    pub(super) protocol: String,
    /// The port in the container; `None`: the service is on the host's own network.
    pub(super) target: Option<u16>,
    /// How many containers want it.
    pub(super) replicas: u32,
    /// Where the port is said.
    pub(super) origin: Origin,
}

/// The host ports that the project publishes, in the order of the model. What is no port is left out: that is
/// another rule's.
pub(super) fn claims(project: &Project) -> Vec<Claim> {
    project.services().flat_map(|service| published(&service)).collect()
}

/// The host ports that the project publishes, and those that services on the host's own network listen on.
pub(super) async fn claims_and_listens(cx: &Context, project: &Project) -> Vec<Claim> {
    let mut claims = claims(project);
    if project.services().any(|service| service.on_host_network()) {
        let evidence = evidence(cx, project).await;
        for service in project.services().filter(Service::on_host_network) {
            let listening = evidence.listens.get(service.name);
            claims.extend(listening.into_iter().flat_map(|listening| on_host(&service, listening)));
        }
    }
    claims
}

/// The ports that a service on the host's network is told to listen on, or that its well-known image does.
fn on_host(service: &Service<'_>, listening: &Listening) -> Vec<Claim> {
    let mut claims: Vec<Claim> = Vec::new();
    if replicas(service) == 0 {
        return claims;
    }
    for listen in &listening.listens {
        let known = listen.strength == Strength::Usual && listening.known_image;
        if (listen.strength >= Strength::Also || known) && !claims.iter().any(|claim| claim.first == listen.port) {
            claims.push(Claim {
                service: service.name.to_owned(),
                address: None,
                first: listen.port,
                last: listen.port,
                protocol: listen.protocol.clone(),
                target: None,
                replicas: 1,
                origin: listen.place.clone().map_or_else(|| service.node.origin.clone(), Origin::Said),
            });
        }
    }
    claims
}

fn published(service: &Service<'_>) -> Vec<Claim> {
    let replicas = replicas(service);
    if borrowed_network(service).is_some() || replicas == 0 {
        return Vec::new();
    }
    let mut claims: Vec<Claim> = Vec::new();
    for port in service.ports() {
        if let Some(claim) = claim(service, &port, replicas)
            && !claims.iter().any(|known| known.is_same(&claim))
        {
            claims.push(claim);
        }
    }
    claims
}

fn claim(service: &Service<'_>, port: &Port<'_>, replicas: u32) -> Option<Claim> {
    let (first, last) = range(port.published?)?;
    let address = match port.host_ip {
        None | Some("") => None,
        Some(address) => Some(address.trim_matches(['[', ']']).parse().ok()?),
    };
    let origin = port.node.get("published").unwrap_or(port.node).origin.clone();
    let (service, protocol) = (service.name.to_owned(), port.protocol.to_lowercase());
    let target = Some(port.target);
    // 0 stands for a port that the engine picks.
    (first > 0).then_some(Claim { service, address, first, last, protocol, target, replicas, origin })
}

/// The `network_mode` of a service whose container has no network of its own, and so no ports to publish.
pub(super) fn borrowed_network<'a>(service: &Service<'a>) -> Option<&'a str> {
    let borrowed = |mode: &&str| {
        matches!(*mode, "host" | "none") || mode.starts_with("service:") || mode.starts_with("container:")
    };
    service.text("network_mode").filter(borrowed)
}

/// How many containers a service is to have.
pub(super) fn replicas(service: &Service<'_>) -> u32 {
    let deploy = service.get("deploy").and_then(|deploy| deploy.get("replicas"));
    let said = service.get("scale").or(deploy).and_then(|node| node.as_int());
    said.map_or(1, |number| u32::try_from(number).unwrap_or(1))
}

/// A port, or two with `-` between them, the first not above the second.
pub(super) fn range(text: &str) -> Option<(u16, u16)> {
    let port = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten();
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some((first, last))
}

/// Whether sockets bound to two host addresses meet. An unspecified address meets all of its own family; an engine
/// binds `::` to IPv6 only.
pub(super) fn meet(one: Option<IpAddr>, other: Option<IpAddr>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    one.is_ipv4() == other.is_ipv4() && (one == other || one.is_unspecified() || other.is_unspecified())
}

impl Claim {
    /// Whether it is a single port.
    pub(super) fn is_fixed(&self) -> bool {
        self.first == self.last
    }

    /// How many ports there are to choose from.
    pub(super) fn width(&self) -> u32 {
        u32::from(self.last - self.first) + 1
    }

    /// Whether the two want a port, an address and a protocol in common.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.protocol == other.protocol
            && self.first <= other.last
            && other.first <= self.last
            && meet(self.address, other.address)
    }

    /// Whether a socket at an address and port is in the way of it.
    pub(super) fn meets_socket(&self, address: Option<IpAddr>, port: u16, protocol: &str) -> bool {
        self.protocol == protocol && (self.first..=self.last).contains(&port) && meet(self.address, address)
    }

    /// Whether it says the same again, which the engine takes as one.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (&self.service, self.target, self.address, self.first, self.last, &self.protocol)
            == (&other.service, other.target, other.address, other.first, other.last, &other.protocol)
    }

    /// Where the port is changed.
    pub(super) fn place(&self) -> Option<&Place> {
        self.origin.mend()
    }

    /// The host side: `127.0.0.1:8080/tcp`.
    pub(super) fn on_host(&self) -> String {
        format!("{}/{}", socket(self.address, &self.numbers()), self.protocol)
    }

    /// `8080`, or `8000-8005`.
    pub(super) fn numbers(&self) -> String {
        if self.is_fixed() { self.first.to_string() } else { format!("{}-{}", self.first, self.last) }
    }
}

/// The subject: `web: 127.0.0.1:8080:80/tcp`, as `ports` writes it.
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.service, socket(self.address, &self.numbers()))?;
        match self.target {
            Some(target) => write!(f, ":{target}/{}", self.protocol),
            None => write!(f, "/{} (host network)", self.protocol),
        }
    }
}

fn socket(address: Option<IpAddr>, port: &str) -> String {
    match address {
        None => port.to_owned(),
        Some(IpAddr::V4(address)) => format!("{address}:{port}"),
        Some(IpAddr::V6(address)) => format!("[{address}]:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<IpAddr> {
        (!text.is_empty()).then(|| text.parse().unwrap())
    }

    #[test]
    fn addresses_meet_within_their_family() {
        for (one, other) in [("", "127.0.0.1"), ("", "::1"), ("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("::1", "::1")]
        {
            assert!(meet(at(one), at(other)) && meet(at(other), at(one)), "{one} {other}");
        }
        for (one, other) in [("127.0.0.1", "127.0.0.2"), ("0.0.0.0", "::"), ("::1", "127.0.0.1"), ("::", "10.0.0.1")]
        {
            assert!(!meet(at(one), at(other)) && !meet(at(other), at(one)), "{one} {other}");
        }
    }

    #[test]
    fn ranges() {
        assert_eq!(range("8080"), Some((8080, 8080)));
        assert_eq!(range("8000-8005"), Some((8000, 8005)));
        for text in ["70000", "web", "8005-8000", "", "-1", "80-", "+80"] {
            assert_eq!(range(text), None, "{text}");
        }
    }
}
