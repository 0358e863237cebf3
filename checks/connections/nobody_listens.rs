//! `connections/nobody-listens`: a container runs, and nothing in it listens on the port that it is published on.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::{Project, Service};
use gonogo::fact::host::Socket;
use gonogo::fact::{Cause, Unknown};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::inference::listens::seen::{Seen, seen};
use gonogo::inference::said;
use gonogo::outcome::{Outcome, Subject};

pub(super) const RULE: Rule = Rule {
    code: "connections/nobody-listens",
    title: "a running container listens on a port that it publishes",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["F7"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    if !project.services().any(|service| service.ports().any(|port| port.protocol == "tcp")) {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    for one in seen(&cx, &project).await? {
        let subject =
            Subject::new(&one.container).at(project.service(&one.service).and_then(|service| service.place()));
        let project = project.clone();
        rows.push(Row::new(subject, async move { judge(&project, one) }));
    }
    Ok(rows)
}

fn judge(project: &Project, one: Seen) -> Result<Outcome, Unknown> {
    let Some(service) = project.service(&one.service) else {
        return Ok(Outcome::skip("it is no service of the project"));
    };
    let mut targets: Vec<_> = service.ports().filter(|port| port.protocol == "tcp").map(|port| port.target).collect();
    targets.sort_unstable();
    targets.dedup();
    if targets.is_empty() || one.on_host || service.text("network_mode").is_some() {
        return Ok(Outcome::skip("it publishes no port of its own"));
    }
    if just_started(&one.status) {
        return Ok(Outcome::skip(format!("it has just been started ({})", one.status)));
    }
    // Docker's DNS listens in each container, on a loopback address of its own.
    let own = |socket: &Socket| socket.address.to_string() != "127.0.0.11";
    let sockets = match one.sockets {
        // Another user's process, or an engine in a virtual machine: the other rules say what the files say.
        Err(Unknown { cause: Cause::Denied | Cause::Unsupported | Cause::Absent, detail, .. }) => {
            return Ok(Outcome::skip(format!("what it listens on cannot be seen from here ({detail})")));
        }
        sockets => sockets?,
    };
    let sockets: Vec<_> = sockets.into_iter().filter(own).collect();
    let reachable = |port: u16| sockets.iter().any(|socket| socket.port == port && !socket.address.is_loopback());
    if let Some(port) = targets.iter().find(|port| reachable(**port)) {
        return Ok(Outcome::pass(format!("listens on {port}")));
    }
    let inner = targets.iter().find(|port| sockets.iter().any(|socket| socket.port == **port));
    Ok(finding(service, &one.container, &targets, &sockets, inner.copied()))
}

fn finding(
    service: Service<'_>,
    container: &str,
    targets: &[u16],
    sockets: &[Socket],
    inner: Option<u16>,
) -> Outcome {
    let name = service.name;
    let mut open: Vec<_> =
        sockets.iter().filter(|socket| !socket.address.is_loopback()).map(|socket| socket.port).collect();
    open.dedup();
    let right = open.first().copied();
    let target = inner.or_else(|| targets.first().copied()).unwrap_or_default();
    let node = service.ports().find(|port| port.target == target).map(|port| port.node);
    let place = node.and_then(|node| said::target(node.get("target").unwrap_or(node), target));
    let site = place.map_or_else(|| Site::Thing(format!("service {name}")), Site::Text);
    let listens: Vec<_> = open.iter().map(u16::to_string).collect();
    let (message, seen, help) = match (inner, right) {
        (Some(port), _) => (
            format!(
                "{name} listens on {port} on its loopback address only, where nobody outside its container comes"
            ),
            format!("listens on 127.0.0.1:{port}"),
            format!("let it listen on 0.0.0.0:{port}"),
        ),
        (None, Some(right)) => (
            format!(
                "a port is published to {target} in {name}, where nobody listens: it listens on {}",
                listens.join(", ")
            ),
            format!("listens on {}", listens.join(", ")),
            format!("publish {right} instead of {target}, or let {name} listen on {target}"),
        ),
        (None, None) => (
            format!("a port is published to {target} in {name}, and nobody in its container listens on any port"),
            "listens on nothing".to_owned(),
            format!("see what it says: `docker logs {container}`"),
        ),
    };
    (Finding::error(message, site).label(format!("leads to {target}")))
        .related(Site::Thing(format!("container {container}")), seen)
        .help(help)
        .into()
}

/// Whether a container may not have come to listen yet: up for less than 20 seconds, or its health still starting.
fn just_started(status: &str) -> bool {
    let mut words = status.split_whitespace();
    let number = words.nth(1).and_then(|word| word.parse::<u32>().ok());
    let seconds = words.next().is_some_and(|word| word.starts_with("second"));
    status.contains("health: starting")
        || status.contains("Less than")
        || status.contains("About a second")
        || seconds && number.is_none_or(|number| number < 20)
}
