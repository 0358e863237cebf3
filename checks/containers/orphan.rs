//! `containers/orphan`: a container carries the project's name, and no file declares its service any more.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::fact::Unknown;
use gonogo::fact::engine::{self, ContainerSummary};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

pub(super) const RULE: Rule = Rule {
    code: "containers/orphan",
    title: "every container of the project belongs to a declared service",
    severity: Severity::Warning,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D45"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let all = cx.ask(engine::Containers).await?;
    let ours = all.iter().filter(|container| container.project() == Some(&project.name) && !container.is_one_off());
    Ok(ours.map(|container| Row::judged(Subject::new(&container.name), judge(&project, container))).collect())
}

fn judge(project: &Project, container: &ContainerSummary) -> Outcome {
    let service = container.service().unwrap_or_default();
    let declared = project.service(service).is_some() || project.inactive.iter().any(|(name, _)| name == service);
    if declared {
        return Outcome::pass(format!("belongs to `{service}`"));
    }
    let label = |name: &str| container.labels.get(&format!("com.docker.compose.project.{name}"));
    let elsewhere = label("working_dir").filter(|dir| std::path::Path::new(dir) != project.directory);
    let name = &container.name;
    let finding = match elsewhere {
        // Two checkouts with one project name share their containers, and `up` in one takes those of the other.
        Some(directory) => Finding::warning(
            format!("`{name}` was made from {directory}, a project of the same name `{}`", project.name),
            Site::Thing(format!("container {name}")),
        )
        .help(format!("give one of the two another name: `name: {}-2` in the compose file, or `-p`", project.name)),
        None => Finding::warning(
            format!("`{name}` belongs to service `{service}`, which no file declares any more"),
            Site::Thing(format!("container {name}")),
        )
        .help("docker compose up -d --remove-orphans"),
    };
    let finding = finding.label(&container.status);
    match project.name_origin.place() {
        Some(place) => finding.related(place, "the project's name").into(),
        None => finding.into(),
    }
}
