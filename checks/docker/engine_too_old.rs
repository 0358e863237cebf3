//! `docker/engine-too-old`: a file asks for something that the engine does not know yet.

use std::sync::Arc;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Service;
use gonogo::document::Node;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};
use gonogo::place::Place;

use super::api::Api;

pub(super) const RULE: Rule = Rule {
    code: "docker/engine-too-old",
    title: "the engine knows everything that the compose files ask for",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D54"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

/// Something that engines did not always know.
struct Feature {
    /// As the compose file calls it.
    name: &'static str,
    /// The first version of the API that has it.
    api: Api,
    /// The engine's release.
    release: &'static str,
    /// Where a service asks for it.
    uses: for<'a> fn(&Service<'a>) -> Vec<&'a Node>,
}

/// Compose 2.40.3 refuses all but the last with an older engine; that one an older engine ignores, and mounts the
/// whole volume (API changelog, v1.45).
const FEATURES: &[Feature] = &[
    Feature {
        name: "healthcheck.start_interval",
        api: Api(1, 44),
        release: "25.0",
        uses: |service| service.node.pointer("/healthcheck/start_interval").into_iter().collect(),
    },
    Feature {
        name: "volumes.type: image",
        api: Api(1, 48),
        release: "28.0",
        uses: |service| service.mounts().filter(|mount| mount.kind == "image").map(|mount| mount.node).collect(),
    },
    Feature {
        name: "networks.interface_name",
        api: Api(1, 49),
        release: "28.1",
        uses: |service| {
            let networks = service.get("networks").into_iter().flat_map(Node::entries);
            networks.filter_map(|(_, entry)| entry.node.get("interface_name")).collect()
        },
    },
    Feature {
        name: "volumes.volume.subpath",
        api: Api(1, 45),
        release: "26.0",
        uses: |service| service.mounts().filter_map(|mount| mount.node.pointer("/volume/subpath")).collect(),
    },
];

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mut rows = Vec::new();
    for service in project.services() {
        for feature in FEATURES {
            let uses = (feature.uses)(&service);
            let Some(first) = uses.first() else { continue };
            let place = first.place().or_else(|| service.place()).cloned();
            let subject = Subject::new(format!("{}: {}", service.name, feature.name)).at(place.clone());
            let (cx, service) = (cx.clone(), Arc::from(service.name));
            rows.push(Row::new(subject, async move { judge(&cx, feature, service, place).await }));
        }
    }
    Ok(rows)
}

async fn judge(cx: &Context, feature: &Feature, service: Arc<str>, place: Option<Place>) -> Result<Outcome, Unknown> {
    let engine = super::engine(cx).await?;
    let Feature { name, api, release, .. } = feature;
    let Some(newest) = Api::parse(&engine.api_version) else {
        return Err(Unknown::failed("the engine's API version is not of the form 1.45"));
    };
    if newest >= *api {
        return Ok(Outcome::pass(format!("needs API {api}, the engine speaks {newest}")));
    }
    let thing = Site::Thing(format!("engine {}", engine.endpoint));
    let message = format!(
        "`{service}` asks for `{name}`, which engines know from {release} on; this one is {}",
        engine.version
    );
    let finding = Finding::error(message, place.map_or_else(|| thing.clone(), Site::Text))
        .label(format!("needs API {api}"))
        .related(thing, format!("speaks API {newest} at most"))
        .help(format!("upgrade the engine to {release}, or leave `{name}` out"));
    Ok(finding.into())
}
