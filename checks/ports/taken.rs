//! `ports/taken`: somebody who is not ours already has the port.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::claim::Claim;
use super::holder::{Held, held};
use super::wanted::claims_and_listens;

pub(super) const RULE: Rule = Rule {
    code: "ports/taken",
    title: "nobody else has a port that the project wants",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D35", "D36"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let row = |claim: Claim| {
        let (cx, project) = (cx.clone(), project.clone());
        let subject = Subject::new(claim.to_string()).at(claim.place());
        Row::new(subject, async move { Ok(judge(&claim, held(&cx, &project, &claim).await?)) })
    };
    Ok(claims_and_listens(&cx, &project).await.into_iter().map(row).collect())
}

fn judge(claim: &Claim, held: Held) -> Outcome {
    let Claim { service, .. } = claim;
    let taken = u32::try_from(held.theirs.len()).unwrap_or(u32::MAX);
    let left = claim.width().saturating_sub(taken);
    let needed = if claim.each { claim.width() } else { claim.replicas.min(claim.width()) };
    let Some(holder) = held.theirs.values().next().filter(|_| left < needed) else {
        return free(claim, held, left);
    };
    let primary = claim.place().map_or_else(|| Site::Thing(format!("service {service}")), Site::from);
    let port = claim.on_host();
    let message = match claim.width() {
        1 => format!("{service} wants the host's port {port}, which {} already has", holder.name),
        _ => format!(
            "{service} wants {needed} of the host's ports {port}, but {} already has {}",
            holder.name, holder.holds
        ),
    };
    let mut finding = Finding::error(message, primary).label(format!("{} for {service}", claim.on_host()));
    // A range may have many holders; the first few tell enough.
    for holder in held.theirs.values().take(5) {
        finding = finding.related(Site::Thing(holder.name.clone()), format!("has {}", holder.holds));
    }
    let other = match claim.target {
        Some(_) => format!("publish {service} on another port"),
        None => format!("let {service} listen on another port"),
    };
    finding.help(format!("free it (`{}`), or {other}", holder.remedy)).into()
}

fn free(claim: &Claim, held: Held, left: u32) -> Outcome {
    let port = claim.on_host();
    if let Some(container) = held.ours {
        return Outcome::pass(format!("{port} is held by our own container {container}"));
    }
    if held.unseen {
        let service = &claim.service;
        return Outcome::skip(format!(
            "{port} is held by a process that we may not see; {service} itself runs there"
        ));
    }
    if let Some(endpoint) = held.remote {
        return Outcome::skip(format!(
            "no container has {port}; the processes of {endpoint} cannot be seen from here"
        ));
    }
    match claim.width() {
        1 => Outcome::pass(format!("nobody listens on {port}")),
        _ => Outcome::pass(format!("{left} of {port} are free")),
    }
}
