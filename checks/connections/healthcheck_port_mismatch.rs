//! `connections/healthcheck-port-mismatch`: a health check asks a port on which the service does not listen.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::inference::calls::Call;
use gonogo::inference::listens::Knowledge;
use gonogo::outcome::Outcome;

use super::scene::{Scene, site};

pub(super) const RULE: Rule = Rule {
    code: "connections/healthcheck-port-mismatch",
    title: "a health check asks the port that the service listens on",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D32"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let scene = Scene::of(&cx).await?;
    let asked = scene.calls.iter().filter(|call| scene.asks_itself(call));
    Ok(asked.map(|call| Row::judged(scene.subject(call), judge(&scene, call))).collect())
}

fn judge(scene: &Scene, call: &Call) -> Outcome {
    let Call { service, port, .. } = call;
    let listening = scene.listening(service);
    if let Some(listen) = listening.on(*port) {
        return Outcome::pass(format!("asks {port}, {service} listens on it ({})", listen.by));
    }
    let knowledge = listening.knowledge();
    let Some(main) = listening.main().filter(|_| knowledge > Knowledge::Nothing) else {
        return Outcome::skip(format!("nothing else says what {service} listens on"));
    };
    if let Some(by) = scene.mentions(service, *port) {
        return Outcome::pass(format!("asks {port}, which is in {service}'s {by}"));
    }
    let right = main.port;
    let message =
        format!("the health check of {service} asks port {port}, but {service} listens on {}", listening.shown());
    let at = site(call.port_place.as_ref(), &call.path);
    // Of an image that nothing is known of, only what is expected of it is known: it may have another port.
    let finding = match knowledge {
        Knowledge::Claims => Finding::warning(message, at),
        _ => Finding::error(message, at),
    };
    (finding.label(format!("asks {port}")))
        .related(site(main.place.as_ref(), service), format!("{} says {right}", main.by))
        .help(format!("change {port} to {right}"))
        .into()
}
