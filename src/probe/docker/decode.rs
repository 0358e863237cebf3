//! The client's types into ours.

use std::collections::{BTreeMap, HashMap};

use bollard::models as wire;

use crate::fact::engine::{
    ContainerDetail, ContainerMount, ContainerNetwork, ContainerState, ContainerSummary, Health, ImageDetail,
    Network, PublishedPort, Volume,
};

/// The most of a health check's output that is kept, in characters.
const OUTPUT_LIMIT: usize = 4096;

pub(super) fn summary(from: wire::ContainerSummary) -> ContainerSummary {
    let names = from.names.unwrap_or_default();
    // A container that others link to has names with their names in front, too.
    let name = names.iter().find(|name| name.matches('/').count() < 2).or_else(|| names.first());
    ContainerSummary {
        id: from.id.unwrap_or_default(),
        name: name.map(|name| name.trim_start_matches('/').to_owned()).unwrap_or_default(),
        image: from.image.unwrap_or_default(),
        image_id: from.image_id.unwrap_or_default(),
        state: from.state.map(|state| state.to_string()).unwrap_or_default(),
        status: from.status.unwrap_or_default(),
        labels: sorted(from.labels),
        ports: from.ports.unwrap_or_default().into_iter().map(port).collect(),
    }
}

fn port(from: wire::PortSummary) -> PublishedPort {
    PublishedPort {
        host_ip: from.ip.unwrap_or_default(),
        host_port: from.public_port,
        container_port: from.private_port,
        protocol: from.typ.map_or_else(|| "tcp".to_owned(), |protocol| protocol.to_string()),
    }
}

pub(super) fn container(from: wire::ContainerInspectResponse) -> ContainerDetail {
    let config = from.config.unwrap_or_default();
    let host = from.host_config.unwrap_or_default();
    let networks = from.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
    let state = from.state.unwrap_or_default();
    let mut mounts: Vec<_> = from.mounts.unwrap_or_default().into_iter().map(mount).collect();
    let tmpfs = host.tmpfs.unwrap_or_default();
    mounts.extend(tmpfs.into_iter().map(|(target, options)| ContainerMount {
        kind: "tmpfs".to_owned(),
        name: None,
        source: String::new(),
        target,
        writable: !options.split(',').any(|option| option == "ro"),
    }));
    mounts.sort_by(|a, b| a.target.cmp(&b.target));
    ContainerDetail {
        id: from.id.unwrap_or_default(),
        name: from.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        image: config.image.unwrap_or_default(),
        image_id: from.image.unwrap_or_default(),
        labels: sorted(config.labels),
        created: from.created.map(|date| date.to_string()).unwrap_or_default(),
        memory_limit: host.memory.and_then(|bytes| u64::try_from(bytes).ok()).filter(|bytes| *bytes > 0),
        restart_count: from.restart_count.unwrap_or_default(),
        restart_policy: host
            .restart_policy
            .and_then(|policy| policy.name)
            .map(|name| name.to_string())
            .unwrap_or_default(),
        env: environment(config.env),
        argv: argv(config.entrypoint, config.cmd),
        user: config.user.unwrap_or_default(),
        exposed: in_order(config.exposed_ports),
        bindings: bindings(host.port_bindings),
        mounts,
        network_mode: host.network_mode.unwrap_or_default(),
        networks: networks.into_iter().map(|(name, at)| (name, network_of(at))).collect(),
        pid: state.pid.filter(|pid| *pid > 0),
        healthcheck: healthcheck(config.healthcheck),
        state: state_of(state),
    }
}

fn state_of(from: wire::ContainerState) -> ContainerState {
    let health = from.health.and_then(|health| {
        let status = health.status?.to_string();
        let last = health.log.unwrap_or_default().pop();
        Some(Health {
            status: Some(status).filter(|status| !status.is_empty() && status != "none")?,
            failing_streak: health.failing_streak.unwrap_or_default(),
            last_exit_code: last.as_ref().and_then(|probe| probe.exit_code),
            last_output: last.and_then(|probe| probe.output).unwrap_or_default().chars().take(OUTPUT_LIMIT).collect(),
        })
    });
    ContainerState {
        status: from.status.map(|status| status.to_string()).unwrap_or_default(),
        running: from.running.unwrap_or_default(),
        restarting: from.restarting.unwrap_or_default(),
        oom_killed: from.oom_killed.unwrap_or_default(),
        exit_code: from.exit_code.unwrap_or_default(),
        error: from.error.unwrap_or_default(),
        started_at: from.started_at.unwrap_or_default(),
        finished_at: from.finished_at.unwrap_or_default(),
        health,
    }
}

fn mount(from: wire::MountPoint) -> ContainerMount {
    ContainerMount {
        kind: from.typ.map(|kind| kind.to_string()).unwrap_or_default(),
        name: from.name.filter(|name| !name.is_empty()),
        source: from.source.unwrap_or_default(),
        target: from.destination.unwrap_or_default(),
        writable: from.rw.unwrap_or_default(),
    }
}

fn network_of(from: wire::EndpointSettings) -> ContainerNetwork {
    let mut aliases = from.aliases.unwrap_or_default();
    for name in from.dns_names.unwrap_or_default() {
        if !aliases.contains(&name) {
            aliases.push(name);
        }
    }
    ContainerNetwork {
        id: from.network_id.unwrap_or_default(),
        address: from.ip_address.unwrap_or_default(),
        aliases,
    }
}

fn bindings(from: Option<wire::PortMap>) -> Vec<PublishedPort> {
    let mut bindings = Vec::new();
    for (port, hosts) in from.unwrap_or_default() {
        let (number, protocol) = port.split_once('/').unwrap_or((&port, "tcp"));
        let Ok(container_port) = number.parse() else { continue };
        for host in hosts.unwrap_or_default() {
            bindings.push(PublishedPort {
                host_ip: host.host_ip.unwrap_or_default(),
                host_port: host.host_port.and_then(|port| port.parse().ok()).filter(|port| *port != 0),
                container_port,
                protocol: protocol.to_owned(),
            });
        }
    }
    bindings.sort_by(|a, b| {
        (a.container_port, &a.protocol, a.host_port).cmp(&(b.container_port, &b.protocol, b.host_port))
    });
    bindings
}

pub(super) fn image(from: wire::ImageInspect) -> ImageDetail {
    let config = from.config.unwrap_or_default();
    ImageDetail {
        id: from.id.unwrap_or_default(),
        tags: from.repo_tags.unwrap_or_default(),
        digests: from.repo_digests.unwrap_or_default(),
        env: environment(config.env),
        argv: argv(config.entrypoint, config.cmd),
        user: config.user.unwrap_or_default(),
        exposed: in_order(config.exposed_ports),
        volumes: in_order(config.volumes),
        labels: sorted(config.labels),
        created: from.created.map(|date| date.to_string()).unwrap_or_default(),
        os: from.os.unwrap_or_default(),
        arch: from.architecture.unwrap_or_default(),
        healthcheck: healthcheck(config.healthcheck),
        working_dir: config.working_dir.unwrap_or_default(),
    }
}

pub(super) fn network(from: wire::Network) -> Network {
    let ranges = from.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
    Network {
        id: from.id.unwrap_or_default(),
        name: from.name.unwrap_or_default(),
        driver: from.driver.unwrap_or_default(),
        labels: sorted(from.labels),
        subnets: ranges.into_iter().filter_map(|range| range.subnet).filter(|subnet| !subnet.is_empty()).collect(),
    }
}

pub(super) fn volume(from: wire::Volume) -> Volume {
    Volume {
        name: from.name,
        driver: from.driver,
        mountpoint: from.mountpoint,
        labels: from.labels.into_iter().collect(),
        created: from.created_at.map(|date| date.to_string()).filter(|date| !date.is_empty()),
        options: from.options.into_iter().collect(),
    }
}

fn environment(from: Option<Vec<String>>) -> Vec<(String, String)> {
    let pair = |line: String| match line.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (line, String::new()),
    };
    from.unwrap_or_default().into_iter().map(pair).collect()
}

fn argv(entrypoint: Option<Vec<String>>, cmd: Option<Vec<String>>) -> Vec<String> {
    entrypoint.into_iter().chain(cmd).flatten().collect()
}

fn healthcheck(from: Option<wire::HealthConfig>) -> Vec<String> {
    let test = from.and_then(|check| check.test).unwrap_or_default();
    if test.first().is_some_and(|kind| kind == "NONE") { Vec::new() } else { test }
}

fn in_order(from: Option<Vec<String>>) -> Vec<String> {
    let mut list = from.unwrap_or_default();
    list.sort();
    list
}

fn sorted(from: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    from.unwrap_or_default().into_iter().collect()
}
