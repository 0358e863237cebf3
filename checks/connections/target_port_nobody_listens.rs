//! `connections/target-port-nobody-listens`: a port is published that leads to a port on which the service does not
//! listen.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Service;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::inference::listens::{Listening, Strength};
use gonogo::inference::said;
use gonogo::outcome::{Outcome, Subject};

use super::scene::{Scene, site};

pub(super) const RULE: Rule = Rule {
    code: "connections/target-port-nobody-listens",
    title: "a published port leads to a port that the service listens on",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["F7"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let scene = Scene::of(&cx).await?;
    let mut rows = Vec::new();
    for service in scene.project.services().filter(|service| !service.on_host_network()) {
        let mut targets: Vec<_> =
            service.ports().filter(|port| port.protocol == "tcp").map(|port| port.target).collect();
        targets.sort_unstable();
        targets.dedup();
        if !targets.is_empty() {
            let subject = Subject::new(format!("{}.ports", service.name))
                .at(service.get("ports").and_then(|ports| ports.place()));
            rows.push(Row::judged(subject, judge(service, &targets, &scene.listening(service.name))));
        }
    }
    Ok(rows)
}

fn judge(service: Service<'_>, targets: &[u16], listening: &Listening) -> Outcome {
    let name = service.name;
    // Only what the server is told, or what a well-known image does, says anything about the ports it is not on.
    let least = if listening.known_image { Strength::Usual } else { Strength::Told };
    let own = listening.ports(least);
    let other =
        |port: &u16| listening.tcp().any(|listen| listen.port == *port && listen.strength != Strength::Claimed);
    if let Some(port) = targets.iter().find(|port| own.contains(port)) {
        return Outcome::pass(format!("{name} listens on {port}"));
    }
    let Some(main) = listening.tcp().filter(|listen| listen.strength >= least).max_by_key(|listen| listen.strength)
    else {
        return Outcome::skip(format!("nothing says what {name} listens on"));
    };
    // One more published port, for a debugger or for metrics, is nobody's fault; none that fits is.
    if let Some(port) = targets.iter().find(|port| other(port)) {
        return Outcome::pass(format!("{name} is said to listen on {port}, too"));
    }
    let target = targets.iter().min_by_key(|port| port.abs_diff(main.port)).copied().unwrap_or_default();
    let port = service.ports().find(|port| port.target == target);
    let node = port.map(|port| port.node);
    let place = node.and_then(|node| node.get("target")).and_then(|node| said::target(node, target));
    let place = place.or_else(|| node.and_then(|node| node.place()).cloned());
    let message = format!("a port is published to {target} in {name}, but {name} listens on {}", main.port);
    let right = match port.and_then(|port| port.published) {
        Some(published) => format!("{published}:{}", main.port),
        None => main.port.to_string(),
    };
    (Finding::error(message, site(place.as_ref(), name)).label(format!("leads to {target}")))
        .related(site(main.place.as_ref(), name), format!("{} says {}", main.by, main.port))
        .help(format!("change the entry to `{right}`"))
        .into()
}
