//! Who holds the ports that a project wants: containers of the engine, and processes of this host.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use gonogo::check::Context;
use gonogo::compose::Project;
use gonogo::fact::engine::{Container, ContainerSummary, Containers, Ping, PublishedPort};
use gonogo::fact::host::{Connect, Listener, Listeners, Process};
use gonogo::fact::{Cause, Unknown};

use super::claim::{Claim, meet};

/// Something that holds a port.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    /// By the name that an operator would type: `pid 4711 (python3)`.
    pub(super) name: String,
    /// What it holds: `127.0.0.1:8080/tcp`.
    pub(super) holds: String,
    /// How to make it let go.
    pub(super) remedy: String,
}

/// What is known about the ports that a claim covers.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Who holds which port, and is not ours.
    pub(super) theirs: BTreeMap<u16, Holder>,
    /// The container of ours that holds a port.
    pub(super) ours: Option<String>,
    /// A process that we may not see, where it may well be ours.
    pub(super) unseen: bool,
    /// The engine's host, if it is another one: its processes are not seen.
    pub(super) remote: Option<String>,
}

/// Whether a container is one that the next `up` replaces or keeps as the service's own.
pub(super) fn is_ours(container: &ContainerSummary, project: &Project) -> bool {
    let declared = container.service().is_some_and(|name| project.service(name).is_some());
    container.project() == Some(&project.name) && declared && !container.is_one_off()
}

/// Looks who holds the ports of a claim.
///
/// # Errors
/// [`Unknown`] where a port is held and it cannot be learned by whom.
pub(super) async fn held(cx: &Context, project: &Project, claim: &Claim) -> Result<Held, Unknown> {
    let mut held = Held::default();
    let containers = cx.ask(Containers).await;
    if let Ok(containers) = &containers {
        by_containers(containers, project, claim, &mut held);
        if let Ok(engine) = cx.ask(Ping).await
            && !engine.local
        {
            held.remote = Some(engine.endpoint.clone());
            return Ok(held);
        }
    }
    let listeners = cx.ask(Listeners).await?;
    for listener in listeners.iter() {
        if in_the_way(cx, claim, listener, &listeners).await? {
            let containers = containers.as_ref().map_err(Unknown::clone)?;
            by_listener(cx, project, containers, claim, listener, &mut held).await;
        }
    }
    Ok(held)
}

fn by_containers(containers: &[ContainerSummary], project: &Project, claim: &Claim, held: &mut Held) {
    for container in containers {
        let port = container.ports.iter().find_map(|published| {
            let port = published.host_port?;
            claim.meets_socket(address(&published.host_ip), port, &published.protocol).then_some((port, published))
        });
        let Some((port, published)) = port else { continue };
        if is_ours(container, project) {
            held.ours = Some(container.name.clone());
            continue;
        }
        let holds = match published.host_ip.as_str() {
            "" => format!("{port}/{}", published.protocol),
            address => format!("{}/{}", socket(address, port), published.protocol),
        };
        held.theirs.insert(port, foreign(container, project, holds));
    }
}

/// A container that is not ours, and how to stop it.
fn foreign(container: &ContainerSummary, project: &Project, holds: String) -> Holder {
    let name = &container.name;
    let (of, remedy) = match (container.project(), container.service()) {
        (Some(other), _) if other == project.name && container.is_one_off() => {
            (" (left by `docker compose run`)".to_owned(), format!("docker rm -f {name}"))
        }
        (Some(other), Some(service)) if other == project.name => {
            (format!(" (of service {service}, which is no longer declared)"), format!("docker rm -f {name}"))
        }
        (Some(other), Some(service)) => {
            (format!(" (project {other})"), format!("docker compose -p {other} stop {service}"))
        }
        _ => (String::new(), format!("docker stop {name}")),
    };
    Holder { name: format!("container {name}{of}"), holds, remedy }
}

/// The address that the engine names; `None`: all of them.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    text.trim_matches(['[', ']']).parse().ok()
}

/// Whether a listener keeps a claim from being bound. An IPv6 listener on every address may take IPv4 as well: that
/// shows when something accepts IPv4 on its port and nothing else listens there.
async fn in_the_way(cx: &Context, claim: &Claim, listener: &Listener, all: &[Listener]) -> Result<bool, Unknown> {
    let Listener { address, port, protocol, .. } = listener;
    if claim.meets_socket(Some(*address), *port, protocol) {
        return Ok(true);
    }
    let wildcard = address.is_ipv6() && address.is_unspecified();
    let wanted = match claim.address {
        Some(IpAddr::V4(wanted)) if wildcard && claim.meets_socket(None, *port, protocol) => wanted,
        _ => return Ok(false),
    };
    let told_apart = |other: &Listener| other.address.is_ipv4() && other.port == *port && other.protocol == *protocol;
    // Were the wildcard one dual-stack, the other could not have been bound.
    if all.iter().any(told_apart) {
        return Ok(false);
    }
    if protocol != "tcp" {
        let detail = format!("whether [::]:{port}/{protocol} takes IPv4, too, cannot be seen");
        return Err(Unknown::new(Cause::Unsupported, detail));
    }
    let wanted = if wanted.is_unspecified() { std::net::Ipv4Addr::LOCALHOST } else { wanted };
    match cx.ask(Connect { address: wanted.into(), port: *port }).await {
        Ok(_) => Ok(true),
        Err(unknown) if unknown.is_absent() => Ok(false),
        Err(unknown) => Err(unknown),
    }
}

async fn by_listener(
    cx: &Context,
    project: &Project,
    containers: &Arc<Vec<ContainerSummary>>,
    claim: &Claim,
    listener: &Listener,
    held: &mut Held,
) {
    let Listener { port, protocol, .. } = listener;
    // The proxy of a container that publishes it, which has been judged as that container.
    let proxied = containers.iter().flat_map(|container| &container.ports).any(|published| {
        published.host_port == Some(*port)
            && published.protocol == *protocol
            && meet(address(&published.host_ip), Some(listener.address))
    });
    if proxied {
        return;
    }
    let holds = format!("{}/{protocol}", socket(&listener.address.to_string(), *port));
    let Some(owner) = &listener.owner else {
        // On the host's own network, that is how a container of ours looks to those who may not see its processes.
        let runs = |container: &ContainerSummary| {
            container.state == "running" && is_ours(container, project) && container.ports.is_empty()
        };
        if claim.target.is_none() && containers.iter().any(|c| runs(c) && c.service() == Some(&claim.service)) {
            held.unseen = true;
            return;
        }
        let name = "a process of another user".to_owned();
        let remedy = format!("sudo ss -lntup 'sport = :{port}'");
        held.theirs.insert(*port, Holder { name, holds, remedy });
        return;
    };
    let container = match container_of(cx, containers, owner).await {
        None if PROXIES.contains(&owner.name.as_str()) => publisher(cx, containers, listener).await,
        container => container,
    };
    match container {
        Some(container) if is_ours(container, project) => held.ours = Some(container.name.clone()),
        Some(container) => {
            held.theirs.insert(*port, foreign(container, project, holds));
        }
        None => {
            let name = format!("pid {} ({})", owner.pid, owner.name);
            held.theirs.insert(*port, Holder { name, holds, remedy: format!("kill {}", owner.pid) });
        }
    }
}

/// Processes that listen in a container's place: the engine's, and those of engines without root or in a machine.
const PROXIES: &[&str] =
    &["docker-proxy", "dockerd", "rootlesskit", "rootlessport", "com.docker.backend", "vpnkit-bridge"];

/// The container that is to publish what a proxy listens on. One in a restart loop has its proxy while it runs, and no
/// ports in the list when it is looked at between two runs.
async fn publisher<'a>(
    cx: &Context,
    containers: &'a [ContainerSummary],
    listener: &Listener,
) -> Option<&'a ContainerSummary> {
    for container in containers.iter().filter(|container| container.ports.is_empty()) {
        let Ok(detail) = cx.ask(Container { id: container.id.clone() }).await else { continue };
        let binds = |port: &PublishedPort| {
            port.host_port == Some(listener.port)
                && port.protocol == listener.protocol
                && meet(address(&port.host_ip), Some(listener.address))
        };
        if detail.bindings.iter().any(binds) {
            return Some(container);
        }
    }
    None
}

/// The container that a process runs in, as its control group says.
async fn container_of<'a>(
    cx: &Context,
    containers: &'a [ContainerSummary],
    process: &Process,
) -> Option<&'a ContainerSummary> {
    let groups = cx.read(format!("/proc/{}/cgroup", process.pid)).await.ok()?;
    containers.iter().find(|container| container.id.len() >= 32 && groups.text().contains(&container.id))
}

fn socket(address: &str, port: u16) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) => format!("[{address}]:{port}"),
        _ => format!("{address}:{port}"),
    }
}
