//! Which ports of its host a project wants: what it publishes, and what it listens on on the host's own network.

use std::collections::HashSet;

use gonogo::check::Context;
use gonogo::compose::{Port, Project, Service};
use gonogo::inference::listens::{Listening, Strength, evidence};
use gonogo::place::{Origin, Place};

use super::claim::{Claim, range};

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
                each: false,
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
    // A range for a range is one entry for each port in the model; here it is one again.
    let mut runs: Vec<(Option<&Place>, Vec<Claim>)> = Vec::new();
    for port in service.ports() {
        let Some(claim) = claim(service, &port, replicas) else { continue };
        match runs.last_mut() {
            Some((place, run)) if place.is_some() && *place == port.node.place() => run.push(claim),
            _ => runs.push((port.node.place(), vec![claim])),
        }
    }
    let mut seen = HashSet::new();
    let mut claims: Vec<Claim> = runs.into_iter().flat_map(|(_, run)| joined(run)).collect();
    // The engine takes the same said again as one.
    claims
        .retain(|claim| seen.insert((claim.address, claim.first, claim.last, claim.protocol.clone(), claim.target)));
    claims
}

/// Single ports that follow each other, on the host and in the container, as one range.
fn joined(mut run: Vec<Claim>) -> Vec<Claim> {
    run.sort_by_key(|claim| claim.first);
    let follows = |(one, next): (&Claim, &Claim)| {
        one.first == one.last
            && next.first == next.last
            && one.first.checked_add(1) == Some(next.first)
            && one.target.and_then(|target| target.checked_add(1)) == next.target
            && one.address == next.address
            && one.protocol == next.protocol
    };
    if run.len() < 2 || !run.iter().zip(run.iter().skip(1)).all(follows) {
        return run;
    }
    let last = run.last().map(|claim| claim.last);
    let first = run.into_iter().next();
    first.zip(last).map(|(first, last)| Claim { last, each: true, ..first }).into_iter().collect()
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
    (first > 0).then_some(Claim { service, address, first, last, each: false, protocol, target, replicas, origin })
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
