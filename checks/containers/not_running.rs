//! `containers/not-running`: after the restart, a service that has to run does not.

use std::sync::Arc;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::{Project, Service};
use gonogo::document::Node;
use gonogo::fact::Unknown;
use gonogo::fact::engine::{self, ContainerDetail};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::{exit_code, seen};

pub(super) const RULE: Rule = Rule {
    code: "containers/not-running",
    title: "after the restart, every service that has to run runs",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: &[Stage::After],
    faults: &["D50"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let row = |service: Service<'_>| {
        let subject = Subject::new(service.name).at(service.place());
        let (cx, project, name) = (cx.clone(), Arc::clone(&project), service.name.to_owned());
        Row::new(subject, async move { judge(&cx, &project, &name).await })
    };
    Ok(project.services().filter(|service| replicas(service) > 0).map(row).collect())
}

/// How many containers a service is to have.
pub(super) fn replicas(service: &Service<'_>) -> i64 {
    let said = service.get("scale").or_else(|| service.node.pointer("/deploy/replicas"));
    said.and_then(Node::as_int).unwrap_or(1)
}

async fn judge(cx: &Context, project: &Project, name: &str) -> Result<Outcome, Unknown> {
    let Some(service) = project.service(name) else { return Ok(Outcome::skip("it is not active")) };
    let mut observed = Vec::new();
    for summary in seen::ours(cx, project).await?.into_iter().filter(|other| other.service() == Some(name)) {
        let detail = cx.ask(engine::Container { id: summary.id.clone() }).await?;
        match stopped(project, &service, &detail) {
            Some(why) => return Ok(finding(&service, &detail.name, &why)),
            None => observed.push(format!("{} is {}", detail.name, detail.state.status)),
        }
    }
    if observed.is_empty() {
        let site = service.place().map_or_else(|| Site::Thing(format!("service {name}")), Site::from);
        let finding = Finding::error(format!("`{name}` has no container"), site);
        return Ok(finding.help(format!("`docker compose up -d {name}`")).into());
    }
    Ok(Outcome::pass(observed.join(", ")))
}

/// Why a container that should run does not; `None` if it runs, may end, or another rule says so.
fn stopped(project: &Project, service: &Service<'_>, detail: &ContainerDetail) -> Option<String> {
    let state = &detail.state;
    match state.status.as_str() {
        "created" if state.error.is_empty() && state.exit_code == 0 => Some("was never started".to_owned()),
        "paused" => Some("is paused".to_owned()),
        "exited" if state.oom_killed => None,
        "exited" if exit_code::is_a_stop(state.exit_code) => {
            Some(format!("ended with {}", exit_code::told(state.exit_code)))
        }
        "exited" if state.exit_code == 0 => {
            let why = serves(project, service, detail)?;
            Some(format!("ended, though {why}"))
        }
        _ => None,
    }
}

/// What says that a service is there to stay, if anything does.
fn serves(project: &Project, service: &Service<'_>, detail: &ContainerDetail) -> Option<&'static str> {
    let condition = |name: &str| {
        let wanted = project.services().filter_map(|other| other.get("depends_on")?.get(service.name));
        wanted.filter(|node| node.get("condition").and_then(Node::as_str) == Some(name)).count() > 0
    };
    if condition("service_completed_successfully") {
        return None;
    }
    if matches!(detail.restart_policy.as_str(), "always" | "unless-stopped") {
        return Some("it is to be restarted whenever it ends");
    }
    if service.ports().next().is_some() {
        return Some("it publishes a port");
    }
    if service.get("healthcheck").is_some() || condition("service_healthy") {
        return Some("its health is checked");
    }
    None
}

fn finding(service: &Service<'_>, container: &str, why: &str) -> Outcome {
    let thing = Site::Thing(format!("container {container}"));
    let site = service.place().map_or_else(|| thing.clone(), Site::from);
    Finding::error(format!("`{}` does not run: it {why}", service.name), site)
        .related(thing, why)
        .help(format!("`docker compose up -d {}`, and see `docker logs --tail 50 {container}`", service.name))
        .into()
}
