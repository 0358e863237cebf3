//! Who is meant by a host name inside a service, and who can reach whom: names, networks, network namespaces.
//!
//! Docker's own DNS knows a container by its service's name, its container name, its aliases and its hostname, on
//! the networks that both are on.

use std::collections::{BTreeMap, BTreeSet};

use super::endpoint::Endpoint;
use crate::compose::{Project, Service};
use crate::document::Node;
use crate::place::Place;

/// Whose network stack a service uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespace {
    /// The host's.
    Host,
    /// None at all.
    None,
    /// That of a service: its own, or the one that `network_mode: service:…` names.
    Of(String),
    /// That of a container that is not of this project.
    Foreign,
}

/// A service in the networks of its project.
#[derive(Debug, Clone)]
pub struct Member {
    /// Whose network stack it uses.
    pub namespace: Namespace,
    /// Where that is said.
    pub mode: Option<Place>,
    /// The project's keys of its networks.
    pub networks: BTreeSet<String>,
    /// Where its networks, or else it itself, are declared.
    pub networks_at: Option<Place>,
    /// What its `links` and `extra_hosts` call others.
    local_names: BTreeMap<String, Local>,
}

#[derive(Debug, Clone)]
enum Local {
    Service(String),
    Address(String),
}

/// Who a host name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The caller's own network namespace.
    Itself,
    /// Services of the project; several share an alias.
    Services(Vec<String>),
    /// The machine that the containers run on.
    Host,
    /// Somebody whom the project does not say.
    Outside,
}

/// The project's names and networks.
#[derive(Debug, Clone, Default)]
pub struct Names {
    members: BTreeMap<String, Member>,
    names: BTreeMap<String, BTreeSet<String>>,
}

/// Names under which containers find their host.
const HOST_NAMES: [&str; 6] = [
    "host.docker.internal",
    "gateway.docker.internal",
    "docker.for.mac.localhost",
    "docker.for.win.localhost",
    "host.containers.internal",
    "172.17.0.1",
];

impl Names {
    /// Reads a project.
    pub fn of(project: &Project) -> Self {
        let mut names = Self::default();
        for service in project.services() {
            names.members.insert(service.name.to_owned(), member(service));
            let network = |(_, entry): (_, &crate::document::Entry)| entry.node.clone();
            let networks: Vec<_> = service.get("networks").into_iter().flat_map(Node::entries).map(network).collect();
            let aliases = networks.iter().flat_map(|node| {
                let aliases = node.get("aliases").into_iter().flat_map(Node::items);
                aliases.chain(node.get("ipv4_address")).chain(node.get("ipv6_address")).filter_map(Node::as_str)
            });
            let fixed = [Some(service.name), service.text("container_name"), service.text("hostname")];
            for name in fixed.into_iter().flatten().chain(aliases) {
                names.names.entry(name.to_ascii_lowercase()).or_default().insert(service.name.to_owned());
            }
        }
        names
    }

    /// A service in its networks.
    pub fn member(&self, service: &str) -> Option<&Member> {
        self.members.get(service)
    }

    /// Whether a service uses its host's network stack, itself or through another service.
    pub fn on_host(&self, service: &str) -> bool {
        self.namespace(service) == Namespace::Host
    }

    /// The namespace of a service, chains of `service:…` followed.
    pub fn namespace(&self, service: &str) -> Namespace {
        let mut at = service.to_owned();
        for _ in 0..self.members.len() {
            match self.members.get(&at).map(|member| &member.namespace) {
                Some(Namespace::Of(next)) if *next != at => at.clone_from(next),
                Some(Namespace::Of(_)) | None => return Namespace::Of(at),
                Some(other) => return other.clone(),
            }
        }
        Namespace::Of(at)
    }

    /// The services that share a service's network stack, it itself included.
    pub fn together(&self, service: &str) -> Vec<&str> {
        let namespace = self.namespace(service);
        let same = |name: &&String| name.as_str() == service || self.namespace(name) == namespace;
        self.members.keys().filter(same).map(String::as_str).collect()
    }

    /// Who a host means in a service.
    pub fn who(&self, caller: &str, endpoint: &Endpoint) -> Who {
        if endpoint.is_loopback() || endpoint.is_wildcard() {
            return Who::Itself;
        }
        self.named(caller, &endpoint.host)
    }

    /// Who a host name, or an address other than the loopback's, means in a service.
    pub fn named(&self, caller: &str, host: &str) -> Who {
        let host = host.to_ascii_lowercase();
        let host = host.trim_end_matches('.');
        match self.members.get(caller).and_then(|member| member.local_names.get(host)) {
            Some(Local::Service(service)) => return Who::Services(vec![service.clone()]),
            Some(Local::Address(address)) if address == "host-gateway" || HOST_NAMES.contains(&address.as_str()) => {
                return Who::Host;
            }
            Some(Local::Address(address)) if address.starts_with("127.") || address == "::1" => return Who::Itself,
            Some(Local::Address(address)) => {
                let named = self.names.get(address);
                return named.map_or(Who::Outside, |services| Who::Services(services.iter().cloned().collect()));
            }
            None => {}
        }
        if HOST_NAMES.contains(&host) {
            return Who::Host;
        }
        match self.names.get(host) {
            Some(services) if services.contains(caller) => Who::Itself,
            Some(services) => Who::Services(services.iter().cloned().collect()),
            None => Who::Outside,
        }
    }

    /// The host names and addresses, in lower case, that mean somebody to a service: see [`Self::named`].
    pub fn heard_by(&self, caller: &str) -> impl Iterator<Item = &str> {
        let local = self.members.get(caller).into_iter().flat_map(|member| member.local_names.keys());
        local.chain(self.names.keys()).map(String::as_str)
    }

    /// The networks that two services are both on; those of another service for one that shares its stack.
    pub fn common(&self, one: &str, other: &str) -> Vec<&str> {
        let networks = |service: &str| {
            let root = match self.namespace(service) {
                Namespace::Of(root) => root,
                Namespace::Host | Namespace::None | Namespace::Foreign => return None,
            };
            self.members.get(&root).map(|member| &member.networks)
        };
        match (networks(one), networks(other)) {
            (Some(one), Some(other)) => one.intersection(other).map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

fn member(service: Service<'_>) -> Member {
    let mode = service.get("network_mode");
    let namespace = match mode.and_then(Node::as_str) {
        Some("host") => Namespace::Host,
        Some("none") => Namespace::None,
        Some(mode) => match mode.split_once(':') {
            Some(("service", other)) => Namespace::Of(other.to_owned()),
            Some(("container", _)) => Namespace::Foreign,
            _ => Namespace::Of(service.name.to_owned()),
        },
        None => Namespace::Of(service.name.to_owned()),
    };
    let networks = service.get("networks");
    let mut local_names = BTreeMap::new();
    for link in service.get("links").into_iter().flat_map(Node::items).filter_map(Node::as_str) {
        if let Some((target, alias)) = link.split_once(':') {
            local_names.insert(alias.to_ascii_lowercase(), Local::Service(target.to_owned()));
        }
    }
    for host in service.get("extra_hosts").into_iter().flat_map(Node::items).filter_map(Node::as_str) {
        if let Some((name, address)) = host.split_once('=').or_else(|| host.split_once(':')) {
            local_names.insert(name.to_ascii_lowercase(), Local::Address(address.to_owned()));
        }
    }
    let at = networks.and_then(Node::place).or_else(|| service.place());
    Member {
        namespace,
        mode: mode.and_then(Node::place).cloned(),
        networks: networks.into_iter().flat_map(Node::entries).map(|(key, _)| key.to_owned()).collect(),
        networks_at: at.cloned(),
        local_names,
    }
}
