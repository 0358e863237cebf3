//! `ports/reserved-elsewhere`: a stopped container of somebody else is bound to the port: who starts first, wins.

use std::sync::Arc;

use futures_util::future::join_all;
use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::fact::engine::{Container, ContainerDetail, ContainerSummary, Containers};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::claim::Claim;
use super::holder::{address, is_ours};
use super::wanted::claims;

pub(super) const RULE: Rule = Rule {
    code: "ports/reserved-elsewhere",
    title: "no stopped container of another project comes back to a port that the project wants",
    severity: Severity::Warning,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D36"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

/// The most stopped containers that are looked at, the first ones of the engine's list: the youngest.
const LIMIT: usize = 100;

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let claims = claims(&project);
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let containers = cx.ask(Containers).await?;
    let stopped = |container: &&ContainerSummary| {
        let rests = matches!(container.state.as_str(), "exited" | "created" | "dead");
        let of_our_project = container.project() == Some(project.name.as_str());
        rests && !of_our_project && !is_ours(container, &project) && !container.is_one_off()
    };
    let ask = |container: &ContainerSummary| {
        let (cx, id) = (cx.clone(), container.id.clone());
        async move { cx.ask(Container { id }).await }
    };
    let mut details = Vec::new();
    for answer in join_all(containers.iter().filter(stopped).take(LIMIT).map(ask)).await {
        match answer {
            Ok(detail) => details.push(detail),
            // Removed in the meantime.
            Err(unknown) if unknown.is_absent() => {}
            Err(unknown) => return Err(unknown),
        }
    }
    if details.is_empty() {
        return Ok(Vec::new());
    }
    let row = |claim: &Claim| {
        let subject = Subject::new(claim.to_string()).at(claim.place());
        Row::judged(subject, judge(claim, &details))
    };
    Ok(claims.iter().map(row).collect())
}

fn judge(claim: &Claim, stopped: &[Arc<ContainerDetail>]) -> Outcome {
    let bound = stopped.iter().find_map(|container| {
        let binding = container.bindings.iter().find(|binding| {
            let port = binding.host_port.filter(|port| *port > 0);
            port.is_some_and(|port| claim.meets_socket(address(&binding.host_ip), port, &binding.protocol))
        })?;
        Some((container, binding))
    });
    // Out of a range the engine picks one that is free.
    let Some((container, _)) = bound.filter(|_| claim.is_fixed()) else {
        return Outcome::pass(format!(
            "none of {} stopped containers is bound to {}",
            stopped.len(),
            claim.on_host()
        ));
    };
    let Claim { service, .. } = claim;
    let primary = claim.place().map_or_else(|| Site::Thing(format!("service {service}")), Site::from);
    let name = &container.name;
    let whose = match container.labels.get("com.docker.compose.project") {
        Some(project) => format!("container {name} (project {project}, stopped)"),
        None => format!("container {name} (stopped)"),
    };
    let message =
        format!("{service} wants the host's port {}, and so does {whose} when it is started", claim.on_host());
    Finding::warning(message, primary)
        .label(format!("{} for {service}", claim.on_host()))
        .related(Site::Thing(whose), format!("bound to {}", claim.on_host()))
        .help(format!("remove it (`docker rm {name}`) if it is not needed, or publish {service} on another port"))
        .into()
}
