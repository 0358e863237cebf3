//! `ports/override-appends`: a second file was meant to change a port, and Compose publishes both
//! (docker/compose #2260).

use std::collections::BTreeMap;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Service;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};
use gonogo::place::Place;

pub(super) const RULE: Rule = Rule {
    code: "ports/override-appends",
    title: "an override changes a port instead of adding one",
    severity: Severity::Warning,
    layer: Layer::Declared,
    stages: Stage::ALL,
    faults: &["D36"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    if project.files.len() < 2 {
        return Ok(Vec::new());
    }
    Ok(project.services().filter_map(|service| service_rows(&service)).collect())
}

/// A port of the host as it was written.
struct Said<'a> {
    published: &'a str,
    place: &'a Place,
    /// Where the entry stands, as opposed to its value.
    entry: &'a Place,
}

fn service_rows(service: &Service<'_>) -> Option<Row> {
    let mut by_target: BTreeMap<(u16, &str), Vec<Said<'_>>> = BTreeMap::new();
    for port in service.ports() {
        let (Some(published), Some(node)) = (port.published, port.node.get("published")) else { continue };
        if let (Some(place), Some(entry)) = (node.origin.mend(), port.node.place()) {
            by_target.entry((port.target, port.protocol)).or_default().push(Said { published, place, entry });
        }
    }
    let said: usize = by_target.values().map(Vec::len).sum();
    let first = by_target.values().flatten().next()?;
    let subject = Subject::new(service.name).at(Some(first.place));
    let finding = by_target.iter().find_map(|((target, protocol), said)| clash(service, *target, protocol, said));
    let observed = || Outcome::pass(format!("{said} ports, none from two files"));
    Some(Row::judged(subject, finding.map_or_else(observed, Outcome::from)))
}

/// Two ports of the host for one in the container, from two files.
fn clash(service: &Service<'_>, target: u16, protocol: &str, said: &[Said<'_>]) -> Option<Finding> {
    let name = service.name;
    let first = said.first()?;
    let other = |said: &&Said<'_>| said.published != first.published && said.entry.file() != first.entry.file();
    let later = said.iter().find(other)?;
    let (old, new) = (first.published, later.published);
    let file = later.entry.file();
    let message = format!(
        "{name}'s port {target}/{protocol} is published as {new} and still as {old}: Compose joins the lists"
    );
    let finding = Finding::warning(message, later.place)
        .label(format!("adds {new}"))
        .related(first.place, format!("{old} stays"))
        .help(format!("write `ports: !override` in {file} if {new} is to replace {old}"));
    Some(finding)
}
