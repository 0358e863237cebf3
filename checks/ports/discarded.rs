//! `ports/discarded`: ports of a container that has no network of its own to publish them from.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::{Port, Service};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};

use super::wanted::borrowed_network;

pub(super) const RULE: Rule = Rule {
    code: "ports/discarded",
    title: "a service that publishes ports has a network to publish them from",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::ALL,
    faults: &["D60"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    Ok(project.services().filter_map(|service| row(&service)).collect())
}

fn row(service: &Service<'_>) -> Option<Row> {
    let mode = borrowed_network(service);
    let ports: Vec<Port<'_>> = service.ports().collect();
    let subject = Subject::new(service.name).at(service.place());
    let Some(port) = ports.first() else {
        let observed = format!("network_mode {}, and no ports", mode?);
        return Some(Row::judged(subject, Outcome::pass(observed)));
    };
    let Some(mode) = mode else {
        return Some(Row::judged(subject, Outcome::pass("it has a network of its own")));
    };
    let primary = port.node.origin.mend()?;
    let name = service.name;
    // Measured on Engine 20.10: it refuses to make a container that joins another's network with ports.
    let finding = match mode.split_once(':') {
        Some((kind, whose)) => {
            let help = match kind {
                "service" => format!("publish the port at service {whose}, whose network {name} uses"),
                _ => format!("publish the port where container {whose} is made: {name} uses its network"),
            };
            let message =
                format!("{name} publishes ports, but has the network of {kind} {whose}: it cannot be created");
            Finding::error(message, primary).help(help)
        }
        None if mode == "host" => {
            let message = format!("{name} is on the host's network: its ports are not published but discarded");
            Finding::warning(message, primary).help(format!(
                "remove `ports`, or `network_mode: host`: {name} is reachable on the port that it listens on itself"
            ))
        }
        None => {
            let message = format!("{name} has no network: its ports are not published but discarded");
            Finding::warning(message, primary).help(format!("remove `ports`, or `network_mode: {mode}`"))
        }
    };
    let finding = finding.label("no effect");
    let said = service.get("network_mode").and_then(|node| node.place());
    let finding = match said {
        Some(place) => finding.related(place, format!("network_mode: {mode}")),
        None => finding,
    };
    Some(Row::judged(subject, finding))
}
