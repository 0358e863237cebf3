//! `connections/no-common-network`: a service calls another that shares no network with it.

use std::collections::BTreeSet;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};

use super::scene::{Route, Scene, site};

pub(super) const RULE: Rule = Rule {
    code: "connections/no-common-network",
    title: "whoever is called is on a network of the caller",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D60"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let scene = Scene::of(&cx).await?;
    let mut rows = Vec::new();
    let mut seen = BTreeSet::new();
    for call in scene.called() {
        let Route::Services(services) = scene.route(call) else { continue };
        let caller = call.service.as_str();
        // An alias that several share leads to those that are on the caller's networks.
        if services.iter().any(|service| service == caller) || !seen.insert((caller, services.clone())) {
            continue;
        }
        let common = services.iter().find_map(|service| scene.names.common(caller, service).first().copied());
        let Some(service) = services.first() else { continue };
        let subject = Subject::new(format!("{caller} → {service}")).at(call.host_place.as_ref());
        let outcome = match common {
            Some(network) => Outcome::pass(format!("both are on {network}")),
            None => apart(&scene, call, service),
        };
        rows.push(Row::judged(subject, outcome));
    }
    Ok(rows)
}

fn apart(scene: &Scene, call: &gonogo::inference::calls::Call, service: &str) -> Outcome {
    let caller = call.service.as_str();
    let networks = |service: &str| {
        let member = scene.names.member(service);
        let names: Vec<_> = member.into_iter().flat_map(|member| member.networks.iter().cloned()).collect();
        (names, member.and_then(|member| member.networks_at.clone()))
    };
    let ((own, own_at), (theirs, their_at)) = (networks(caller), networks(service));
    let (Some(first), false) = (theirs.first(), own.is_empty()) else {
        return Outcome::skip("one of them is on no network of this project");
    };
    let message = format!("{caller} calls {service}, but they have no network in common");
    (Finding::error(message, site(own_at.as_ref(), caller)).label(format!("{caller} is on {}", own.join(", "))))
        .related(site(their_at.as_ref(), service), format!("{service} is on {}", theirs.join(", ")))
        .related(site(call.host_place.as_ref(), &call.path), format!("calls {service}"))
        .help(format!("add `{first}` to the networks of {caller}"))
        .into()
}
