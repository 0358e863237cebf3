//! `mounts/running-differs`: a container sees something else than what is declared now. `docker compose restart` does
//! not change that, only `up` does.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::fact::Unknown;
use gonogo::fact::engine::{Container, ContainerDetail, ContainerMount, ContainerSummary, Containers};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::mount::{Mounted, Mounts, What};
use super::path::{clean, is_windows};

pub(super) const RULE: Rule = Rule {
    code: "mounts/running-differs",
    title: "containers have mounted what is declared",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D12", "D49"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mounts = Mounts::of(&project);
    let containers = cx.ask(Containers).await?;
    let ours = |container: &&ContainerSummary| {
        let declared = container.service().is_some_and(|name| project.service(name).is_some());
        container.project() == Some(&project.name) && declared && !container.is_one_off()
    };
    let mut rows = Vec::new();
    for container in containers.iter().filter(ours) {
        let service = container.service().unwrap_or_default();
        let wanted: Vec<Mounted> =
            mounts.service(service).iter().filter(|mount| is_compared(mount)).cloned().collect();
        if wanted.is_empty() {
            continue;
        }
        let (cx, project, id) = (cx.clone(), project.clone(), container.id.clone());
        rows.push(Row::new(Subject::new(&container.name), async move {
            let detail = cx.ask(Container { id }).await?;
            Ok(judge(&cx, &project, &wanted, &detail))
        }));
    }
    Ok(rows)
}

fn is_compared(mount: &Mounted) -> bool {
    match &mount.what {
        What::Bind(path) => path.starts_with('/') && !is_windows(path),
        What::Volume { .. } => true,
        What::Own => false,
    }
}

fn judge(cx: &Context, project: &Project, wanted: &[Mounted], container: &ContainerDetail) -> Outcome {
    let difference = wanted.iter().find_map(|mount| {
        let found = container.mounts.iter().find(|found| clean(&found.target) == mount.target);
        difference(mount, found).map(|what| (mount, what))
    });
    let name = &container.name;
    let Some((mount, what)) = difference else {
        return Outcome::pass(format!("{} mounts as declared", wanted.len()));
    };
    let primary = mount.mend().map_or_else(|| Site::Thing(format!("service {}", mount.service)), Site::from);
    let message = format!("{} is declared at {}, but {name} has {what} there", mount.name(project), mount.written);
    // Before a restart that is what `up` will change; after one it should have been.
    let severity = if cx.stage() == Stage::After { Severity::Error } else { Severity::Warning };
    Finding { severity, ..Finding::error(message, primary) }
        .label("declared")
        .related(Site::Thing(format!("container {name}")), what)
        .help(format!("docker compose up -d {} (`restart` keeps the old mounts)", mount.service))
        .into()
}

/// What a container has instead; `None`: nothing else.
fn difference(mount: &Mounted, found: Option<&ContainerMount>) -> Option<String> {
    let Some(found) = found else { return Some("nothing".to_owned()) };
    let shown = || match &found.name {
        Some(name) if found.kind == "volume" => format!("volume {name}"),
        _ => found.source.clone(),
    };
    let same = match &mount.what {
        What::Bind(path) => found.kind == "bind" && clean(on_host(&found.source)) == clean(path),
        What::Volume { name, .. } => found.name.as_deref() == Some(name),
        What::Own => true,
    };
    match (same, found.writable != mount.read_only) {
        (false, _) => Some(shown()),
        (true, true) => None,
        (true, false) => Some(format!("{} {}", shown(), if found.writable { "writable" } else { "read only" })),
    }
}

/// A path of the host as Docker Desktop's machine calls it.
fn on_host(source: &str) -> &str {
    source.strip_prefix("/host_mnt").or_else(|| source.strip_prefix("/run/desktop/mnt/host")).unwrap_or(source)
}
