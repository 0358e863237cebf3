//! `containers/name-taken`: somebody else's container has the name that one of ours is to get.

use std::sync::Arc;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::{Project, Service};
use gonogo::fact::Unknown;
use gonogo::fact::engine::{self, ContainerSummary};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::not_running::replicas;

pub(super) const RULE: Rule = Rule {
    code: "containers/name-taken",
    title: "no foreign container has the name that one of ours is to get",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D44"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

/// The most containers of one service whose names are looked at.
const MOST: i64 = 50;

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mut rows = Vec::new();
    for service in project.services() {
        for name in names(&project, &service) {
            let place = service.get("container_name").and_then(|node| node.place()).or_else(|| service.place());
            let (cx, project, service) = (cx.clone(), Arc::clone(&project), service.name.to_owned());
            rows.push(Row::new(Subject::new(&name).at(place), async move {
                let all = cx.ask(engine::Containers).await?;
                let holder = all.iter().find(|container| container.name == name);
                Ok(judge(&project, &service, &name, holder))
            }));
        }
    }
    Ok(rows)
}

/// The names that Compose gives to a service's containers: `container_name`, else `PROJECT-SERVICE-NUMBER`.
fn names(project: &Project, service: &Service<'_>) -> Vec<String> {
    match service.text("container_name") {
        Some(name) => vec![name.to_owned()],
        None => (1..=replicas(service).min(MOST)).map(|n| format!("{}-{}-{n}", project.name, service.name)).collect(),
    }
}

fn judge(project: &Project, service: &str, name: &str, holder: Option<&ContainerSummary>) -> Outcome {
    let Some(holder) = holder else { return Outcome::pass("free") };
    if holder.project() == Some(&project.name) && holder.service() == Some(service) && !holder.is_one_off() {
        return Outcome::pass(format!("its own container has it ({})", holder.state));
    }
    let whose = match (holder.project(), holder.service()) {
        (Some(other), _) if other != project.name => format!("project `{other}`"),
        (Some(_), Some(_)) if holder.is_one_off() => "`docker compose run`".to_owned(),
        (Some(_), Some(other)) => format!("service `{other}` of this project"),
        _ => "nobody's Compose project".to_owned(),
    };
    let thing = Site::Thing(format!("container {name}"));
    let declared = project.service(service);
    let explicit = declared.as_ref().and_then(|service| service.get("container_name")?.place());
    let place = explicit.or_else(|| declared.as_ref()?.place());
    let way_out = if explicit.is_some() { "give this one another `container_name`, or none" } else { "" };
    let remove = match (holder.project(), holder.state.as_str()) {
        (Some(other), _) if other != project.name => {
            format!("take the other one away with `docker compose -p {other} down`")
        }
        (_, "running" | "restarting" | "paused") => {
            format!("take the other one away with `docker stop {name} && docker rm {name}`")
        }
        _ => format!("take the other one away with `docker rm {name}`"),
    };
    let help = if way_out.is_empty() { remove } else { format!("{way_out}; or {remove}") };
    Finding::error(
        format!("the container name `{name}` is taken by a container of {whose}, so `{service}` cannot be created"),
        place.map_or_else(|| thing.clone(), Site::from),
    )
    .label("the name that it is to get")
    .related(thing, format!("{}, image {}", holder.status, holder.image))
    .help(help)
    .into()
}
