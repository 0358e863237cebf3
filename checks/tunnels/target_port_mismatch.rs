//! `tunnels/target-port-mismatch`: a tunnel leads to a port on which nobody is, while the service is on another.

use std::sync::Arc;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::fact::{Cause, Unknown};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::inference::exposed::{Exposed, exposed};
use gonogo::inference::listens::{Evidence, Knowledge, evidence};
use gonogo::inference::names::Names;
use gonogo::inference::ssh::{Direction, Forward};
use gonogo::outcome::{Outcome, Subject};
use gonogo::place::Place;

use super::found::{Tunnel, tunnels};
use super::meant::{Meant, Sure, meant};

pub(super) const RULE: Rule = Rule {
    code: "tunnels/target-port-mismatch",
    title: "a tunnel leads to the port that the service is on",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D1"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

/// Ports of services that the far side has of its own: a tunnel to one is no mistake by itself.
const THEIRS: [u16; 19] =
    [22, 25, 53, 389, 445, 587, 636, 1433, 1521, 3128, 3306, 3389, 5432, 5900, 5901, 6379, 6443, 8006, 27017];

/// The project, as a tunnel sees it.
struct Far {
    project: Arc<Project>,
    names: Names,
    evidence: Arc<Evidence>,
    exposed: Vec<Exposed>,
}

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let (tunnels, lost) = tunnels(&cx).await;
    let mut rows: Vec<_> = (lost.into_iter())
        .map(|lost| {
            let subject = Subject::new(lost.name).at(lost.place);
            Row::new(subject, async move { Err(Unknown::new(Cause::Unsupported, lost.why)) })
        })
        .collect();
    let tunnels: Vec<_> = tunnels.into_iter().filter(|one| one.forward.direction != Direction::Dynamic).collect();
    if tunnels.is_empty() {
        return Ok(rows);
    }
    let project = cx.project()?;
    let (names, evidence) = (Names::of(&project), evidence(&cx, &project).await);
    let exposed = exposed(&project, &names, &evidence);
    let far = Far { project, names, evidence, exposed };
    for tunnel in tunnels {
        let subject = Subject::new(&tunnel.name).at(tunnel.forward.place.clone());
        let outcome = judge(&far, &tunnel);
        rows.push(Row::new(subject, async move { outcome }));
    }
    Ok(rows)
}

fn judge(far: &Far, tunnel: &Tunnel) -> Result<Outcome, Unknown> {
    let Tunnel { forward, declared, .. } = tunnel;
    let told = declared.as_ref().and_then(|declared| declared.port);
    let Some(port) = forward.target_port().or(told) else {
        let open = forward.port.as_ref().and_then(|port| port.why_open()).unwrap_or("nothing");
        let why = format!("only a run would tell the port that it forwards to ({open})");
        return match declared {
            Some(_) => Err(Unknown::new(Cause::Unsupported, format!("{why}; say it with `to: {{ port: … }}`"))),
            None => Ok(Outcome::skip(why)),
        };
    };
    let host = forward.target_host().unwrap_or_default().to_ascii_lowercase();
    let through = tunnel.destination.as_deref().map(|to| to.rsplit('@').next().unwrap_or(to).to_ascii_lowercase());
    let here = matches!(host.as_str(), "localhost" | "::1" | "0.0.0.0")
        || host.starts_with("127.")
        || Some(&host) == through.as_ref();
    if !here {
        return Ok(match far.project.service(&host) {
            Some(service) => into_container(far, forward, service.name, port),
            None => Outcome::skip(format!(
                "it leads to {}, of which this project says nothing",
                if host.is_empty() { "…" } else { &host }
            )),
        });
    }
    if let Some(unknown) =
        declared.as_ref().and_then(|one| one.service.as_deref()).filter(|name| far.project.service(name).is_none())
    {
        return Err(Unknown::absent(format!("the project has no service {unknown}, to which it shall lead")));
    }
    let meant = meant(&far.project, &far.exposed, tunnel);
    if let Some(one) = far.exposed.iter().find(|one| one.is_on(port)) {
        return Ok(
            match meant.filter(|meant| {
                meant.sure == Sure::Said
                    && !far.exposed.iter().any(|one| one.is_on(port) && one.service == meant.service)
            }) {
                Some(Meant { service, .. }) if far.exposed.iter().any(|one| one.service == service) => {
                    let message = format!("the tunnel to {service} forwards to {port}, where {} is", one.service);
                    finding(far, tunnel, port, &service, message, Severity::Error)
                }
                _ => Outcome::pass(format!("forwards {} → {host}:{port}, {}", forward.listen.shown(), one.by)),
            },
        );
    }
    if far.exposed.is_empty() {
        return Ok(Outcome::skip("the project publishes no port that is known"));
    }
    let Some(Meant { service, sure }) = meant else { return Ok(nobody(far, tunnel, port)) };
    let by_target = far.exposed.iter().any(|one| one.service == service && one.target == Some(port));
    if sure < Sure::Said && !by_target && THEIRS.contains(&port) {
        return Ok(Outcome::skip(format!("port {port} is nothing that this project publishes")));
    }
    if !far.exposed.iter().any(|one| one.service == service) {
        return Ok(not_published(far, tunnel, port, &service, sure == Sure::Said));
    }
    let message = match by_target {
        true => {
            format!("the tunnel to {service} forwards to {port}, which is its port in the container, not on the host")
        }
        false => format!("the tunnel to {service} forwards to {port}, where nobody listens"),
    };
    let severity = if sure > Sure::Vague { Severity::Error } else { Severity::Warning };
    Ok(finding(far, tunnel, port, &service, message, severity))
}

/// To a service by its name, as only somebody on its network can mean it: its port in the container counts.
fn into_container(far: &Far, forward: &Forward, service: &str, port: u16) -> Outcome {
    let Some(listening) = far.evidence.listens.get(service) else { return Outcome::skip("nothing is known of it") };
    if let Some(listen) = listening.on(port) {
        return Outcome::pass(format!(
            "forwards {} → {service}:{port}, where it listens ({})",
            forward.listen.shown(),
            listen.by
        ));
    }
    let Some(main) = listening.main().filter(|_| listening.knowledge() > Knowledge::Claims) else {
        return Outcome::skip(format!("nothing says for sure what {service} listens on"));
    };
    let right = main.port;
    let message = format!("the tunnel forwards to {service}:{port}, but {service} listens on {right}");
    (Finding::error(message, digits(forward)).label(format!("forwards to {port}")))
        .related(
            main.place.as_ref().map_or_else(|| Site::Thing(service.to_owned()), Site::from),
            format!("{} says {right}", main.by),
        )
        .help(edit(forward, right))
        .into()
}

fn finding(far: &Far, tunnel: &Tunnel, port: u16, service: &str, message: String, severity: Severity) -> Outcome {
    let forward = &tunnel.forward;
    let of_service: Vec<_> = far.exposed.iter().filter(|one| one.service == service).collect();
    // Of several ports, the one that the container has under this number, else the nearest.
    let right = (of_service.iter().find(|one| one.target == Some(port)))
        .or_else(|| of_service.iter().min_by_key(|one| one.first.abs_diff(port)));
    let mut finding = Finding::error(message, digits(forward)).label(format!("forwards to {port}"));
    finding.severity = severity;
    let used = forward
        .place
        .clone()
        .filter(|place| forward.port.as_ref().and_then(|port| port.place()).is_none_or(|at| !within(&at, place)));
    if let Some(one) = right {
        let site = one.place.as_ref().map_or_else(|| Site::Thing(service.to_owned()), Site::from);
        finding = finding.related(site, one.by.clone()).help(edit(forward, one.first));
    }
    if let Some(place) = used {
        finding = finding.related(place, "the forward");
    }
    finding.into()
}

/// Nobody in particular is meant, and nobody is there.
fn nobody(far: &Far, tunnel: &Tunnel, port: u16) -> Outcome {
    if THEIRS.contains(&port) {
        return Outcome::skip(format!("port {port} is nothing that this project publishes"));
    }
    let mut ports: Vec<_> = far.exposed.iter().map(|one| one.first.to_string()).collect();
    ports.dedup();
    let message = format!("the tunnel forwards to {port}, which no service of this project is on");
    let mut finding = Finding::warning(message, digits(&tunnel.forward)).label(format!("forwards to {port}"));
    for one in far.exposed.iter().take(3) {
        if let Some(place) = &one.place {
            finding = finding.related(place, one.by.clone());
        }
    }
    finding.help(format!("forward to one of {}", ports.join(", "))).into()
}

/// The service that is meant is on no port of its host.
fn not_published(far: &Far, tunnel: &Tunnel, port: u16, service: &str, said: bool) -> Outcome {
    if !said || far.names.on_host(service) {
        return Outcome::skip(format!("nothing says on which port of the host {service} is"));
    }
    let inside = far.evidence.listens.get(service).and_then(|listening| listening.main());
    let target = inside.map_or(port, |listen| listen.port);
    let message =
        format!("the tunnel to {service} forwards to {port} on the host, where {service} publishes nothing");
    let place = far.project.service(service).and_then(|service| service.place());
    (Finding::error(message, digits(&tunnel.forward)).label(format!("forwards to {port}")))
        .related(place.map_or_else(|| Site::Thing(service.to_owned()), Site::from), "publishes no port")
        .help(format!("add `ports: [\"127.0.0.1:{port}:{target}\"]` to {service}"))
        .into()
}

/// Where the port that it forwards to is decided.
fn digits(forward: &Forward) -> Site {
    let place = forward.port.as_ref().and_then(|port| port.place()).or_else(|| forward.place.clone());
    place.map_or_else(|| Site::Thing("the environment".to_owned()), Site::from)
}

/// The edit that mends it.
fn edit(forward: &Forward, right: u16) -> String {
    match forward.port.as_ref().and_then(|port| port.variable()) {
        Some(variable) => format!("change {variable} to {right}"),
        None => {
            let parts = [forward.bind.as_ref(), Some(&forward.listen), forward.host.as_ref()];
            let front: Vec<_> = parts.into_iter().flatten().map(|part| part.shown()).collect();
            format!("change the forward to `{}:{right}`", front.join(":"))
        }
    }
}

fn within(inner: &Place, outer: &Place) -> bool {
    inner.file() == outer.file()
        && outer.range().start <= inner.range().start
        && inner.range().end <= outer.range().end
}
