//! `compose/external-missing`: a network or volume that is said to be there already is not.

use std::sync::Arc;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::document::{Entry, Node};
use gonogo::fact::{Unknown, engine};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};
use gonogo::place::Place;

pub(super) const RULE: Rule = Rule {
    code: "compose/external-missing",
    title: "every external network and volume is there",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D41"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

/// What can be external.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Network,
    Volume,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Volume => "volume",
        }
    }
}

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mut rows = Vec::new();
    for kind in [Kind::Network, Kind::Volume] {
        for (key, entry) in project.section(&format!("{}s", kind.word())) {
            let is_external = entry.node.get("external").and_then(Node::as_bool) == Some(true);
            if !is_external || !is_used(&project, kind, key) {
                continue;
            }
            let name = entry.node.get("name").and_then(Node::as_str).unwrap_or(key).to_owned();
            let place = place(entry);
            let subject = Subject::new(format!("{} {name}", kind.word())).at(place.clone());
            let (cx, project, key) = (cx.clone(), Arc::clone(&project), key.to_owned());
            rows.push(Row::new(subject, async move {
                let there = there(&cx, kind).await?;
                Ok(judge(&project, kind, Some(&key), &name, place, &there))
            }));
        }
    }
    // A network that is named without being declared: Compose hands the name on to the engine.
    for service in project.services() {
        let Some((node, name)) = service.get("network_mode").and_then(|node| Some((node, node.as_str()?))) else {
            continue;
        };
        let is_of_the_engine =
            matches!(name, "" | "host" | "none" | "bridge" | "default" | "nat") || name.contains(':');
        let subject = Subject::new(format!("network {name}")).at(node.place());
        if is_of_the_engine || rows.iter().any(|row: &Row| row.subject.name == subject.name) {
            continue;
        }
        let (cx, project, name) = (cx.clone(), Arc::clone(&project), name.to_owned());
        let place = node.place().cloned();
        rows.push(Row::new(subject, async move {
            let there = there(&cx, Kind::Network).await?;
            Ok(judge(&project, Kind::Network, None, &name, place, &there))
        }));
    }
    Ok(rows)
}

/// Where the name is said that is looked for.
fn place(entry: &Entry) -> Option<Place> {
    let name = entry.node.get("name").and_then(|node| match &node.origin {
        // A name that nobody wrote is made of the key.
        gonogo::place::Origin::Derived { from, .. } if from.is_empty() => None,
        _ => node.place(),
    });
    name.or_else(|| entry.key.place()).cloned()
}

/// Compose looks for what an active service uses only.
fn is_used(project: &Project, kind: Kind, key: &str) -> bool {
    project.services().any(|service| match kind {
        Kind::Network => service.node.get("networks").is_some_and(|networks| networks.get(key).is_some()),
        Kind::Volume => service.mounts().any(|mount| mount.kind == "volume" && mount.source == Some(key)),
    })
}

/// The names that there are, each with the key by which its project calls it.
async fn there(cx: &Context, kind: Kind) -> Result<Vec<(String, Option<String>)>, Unknown> {
    Ok(match kind {
        Kind::Network => {
            let networks = cx.ask(engine::Networks).await?;
            networks.iter().map(|n| (n.name.clone(), n.labels.get("com.docker.compose.network").cloned())).collect()
        }
        Kind::Volume => {
            let volumes = cx.ask(engine::Volumes).await?;
            volumes.iter().map(|v| (v.name.clone(), v.labels.get("com.docker.compose.volume").cloned())).collect()
        }
    })
}

fn judge(
    project: &Project,
    kind: Kind,
    key: Option<&str>,
    name: &str,
    place: Option<Place>,
    there: &[(String, Option<String>)],
) -> Outcome {
    if there.iter().any(|(other, _)| other == name) {
        return Outcome::pass("it is there");
    }
    let word = kind.word();
    let site = place.map_or_else(|| Site::Thing(format!("{word} {name}")), Site::Text);
    let finding =
        Finding::error(format!("the external {word} `{name}` is not there, so Compose starts nothing"), site);
    let finding = finding.label(format!("no {word} of this name"));
    // The project that makes it puts its own name before it, unless told otherwise.
    let suffix = format!("_{name}");
    let own = format!("{}_{name}", project.name);
    let meant = there.iter().filter(|(other, by_key)| other.ends_with(&suffix) || by_key.as_deref() == Some(name));
    let mut meant: Vec<&str> = meant.map(|(other, _)| other.as_str()).collect();
    meant.sort_by_key(|other| *other != own);
    let write = |other: &str| match key {
        Some(key) => format!("write `name: {other}` under `{word}s.{key}`"),
        None => format!("write `network_mode: {other}`"),
    };
    match meant[..] {
        [] => finding.help(format!("docker {word} create {name}")),
        [one] => finding
            .related(Site::Thing(format!("{word} {one}")), "this one is there")
            .help(format!("{}, if that {word} is meant", write(one))),
        [first, ..] => {
            let finding = meant.iter().fold(finding, |finding, other| {
                finding.related(Site::Thing(format!("{word} {other}")), "this one is there")
            });
            finding.help(format!("{}, or whichever of them is meant", write(first)))
        }
    }
    .into()
}
