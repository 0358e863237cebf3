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
    Ok(project.services().flat_map(|service| service_rows(&service)).collect())
}

/// A port of the host as it was written.
struct Said<'a> {
    published: &'a str,
    place: &'a Place,
    /// Where the entry stands, as opposed to its value.
    entry: &'a Place,
}

fn service_rows(service: &Service<'_>) -> Vec<Row> {
    let mut by_target: BTreeMap<(u16, &str), Vec<Said<'_>>> = BTreeMap::new();
    for port in service.ports() {
        let (Some(published), Some(node)) = (port.published, port.node.get("published")) else { continue };
        if let (Some(place), Some(entry)) = (node.origin.mend(), port.node.place()) {
            by_target.entry((port.target, port.protocol)).or_default().push(Said { published, place, entry });
        }
    }
    (by_target.iter()).map(|((target, protocol), said)| row(service, *target, protocol, said)).collect()
}

fn row(service: &Service<'_>, target: u16, protocol: &str, said: &[Said<'_>]) -> Row {
    let name = service.name;
    let subject = Subject::new(format!("{name}: {target}/{protocol}")).at(said.first().map(|said| said.place));
    let clash = said.iter().enumerate().find_map(|(index, later)| {
        let earlier = said
            .iter()
            .take(index)
            .find(|earlier| earlier.published != later.published && earlier.entry.file() != later.entry.file())?;
        Some((earlier, later))
    });
    let Some((earlier, later)) = clash else {
        let ports: Vec<_> = said.iter().map(|said| said.published).collect();
        return Row::judged(subject, Outcome::pass(format!("published as {}", ports.join(", "))));
    };
    let (old, new) = (earlier.published, later.published);
    let file = later.entry.file();
    let message = format!(
        "{name}'s port {target}/{protocol} is published as {new} and still as {old}: Compose joins the lists"
    );
    let finding = Finding::warning(message, later.place)
        .label(format!("adds {new}"))
        .related(earlier.place, format!("{old} stays"))
        .help(format!("write `ports: !override` in {file} if {new} is to replace {old}"));
    Row::judged(subject, finding)
}
