//! `ports/replicas-share-port`: more replicas than ports of the host.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Service;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};
use gonogo::place::Place;

use super::claim::Claim;
use super::wanted::claims;

pub(super) const RULE: Rule = Rule {
    code: "ports/replicas-share-port",
    title: "there is a port of the host for every replica",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::ALL,
    faults: &["D36"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mut rows = Vec::new();
    for claim in claims(&project).iter().filter(|claim| claim.replicas > 1) {
        let scale = project.service(&claim.service).and_then(|service| scale(&service));
        rows.push(Row::judged(Subject::new(claim.to_string()).at(claim.place()), judge(claim, scale)));
    }
    Ok(rows)
}

/// Where the number of replicas is said.
fn scale<'a>(service: &Service<'a>) -> Option<&'a Place> {
    let replicas = service.get("deploy").and_then(|deploy| deploy.get("replicas"));
    service.get("scale").or(replicas)?.origin.mend()
}

fn judge(claim: &Claim, scale: Option<&Place>) -> Outcome {
    let (service, replicas, ports) = (&claim.service, claim.replicas, claim.width());
    if ports >= replicas && !claim.each {
        return Outcome::pass(format!("{ports} ports for {replicas} replicas"));
    }
    let Some(primary) = claim.place().or(scale) else {
        return Outcome::skip("where the port is said is not known");
    };
    let target = claim.targets().map_or_else(String::new, |target| format!(":{target}"));
    let last = u32::from(claim.first).saturating_add(replicas - 1);
    let message = match claim.is_fixed() {
        true => format!("{replicas} replicas of {service} cannot share the host's port {}", claim.on_host()),
        false => format!("{service} has {replicas} replicas and {ports} ports of the host"),
    };
    let mut finding = Finding::error(message, primary).label(claim.on_host());
    if let Some(scale) = scale {
        finding = finding.related(scale, format!("{replicas} replicas"));
    }
    let range = match u16::try_from(last) {
        Ok(last) if !claim.each => format!("publish a range, such as `{}-{last}{target}`", claim.first),
        _ => "publish a range of ports for each port of the container".to_owned(),
    };
    finding.help(format!("{range}, or leave the host's port out")).into()
}
