//! The project's containers as the engine sees them, and the way from a fault of one to a finding.

use std::sync::Arc;

use gonogo::check::{Context, Row, Stage};
use gonogo::compose::{Project, Service};
use gonogo::fact::engine::{self, ContainerDetail, ContainerSummary, ContainerWatch, Watched};
use gonogo::fact::{Cause, Unknown};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::restart_loop::{is_looping, may_loop};
use super::{changed, telling};

/// A container of a declared service.
pub(super) struct Seen {
    /// The service's key.
    pub(super) service: String,
    /// The container in the list of all.
    pub(super) summary: ContainerSummary,
    /// The container, inspected.
    pub(super) detail: Arc<ContainerDetail>,
    /// What a longer look showed, where one was needed.
    pub(super) watched: Option<Arc<Watched>>,
    /// What the gate stands in front of.
    pub(super) stage: Stage,
}

/// What a rule makes of a container.
pub(super) enum Judgement {
    /// The rule holds; what was observed.
    Holds(String),
    /// There is nothing to judge; the reason.
    Skip(String),
    /// It cannot be told yet; why.
    Unsettled(String),
    /// It does not hold.
    Fault(Fault),
}

/// A fault of a container.
pub(super) struct Fault {
    /// The fault, in one sentence.
    pub(super) message: String,
    /// How much it weighs.
    pub(super) severity: Severity,
    /// JSON pointers into the service: the first that is there is where it is best mended, else the service's key.
    pub(super) at: &'static [&'static str],
    /// The container's state in a few words.
    pub(super) state: String,
    /// What to do about it.
    pub(super) help: String,
    /// What else is to be shown: the thing and its words.
    pub(super) shown: Vec<(String, String)>,
    /// Whether its log may tell why.
    pub(super) ask_log: bool,
}

/// The containers that belong to active services of the project, by the labels that Compose gives them. One-off
/// containers of `docker compose run` are not the deployment.
pub(super) async fn ours(cx: &Context, project: &Project) -> Result<Vec<ContainerSummary>, Unknown> {
    let all = cx.ask(engine::Containers).await?;
    let mut ours: Vec<_> = (all.iter())
        .filter(|container| container.project() == Some(&project.name) && !container.is_one_off())
        .filter(|container| container.service().is_some_and(|name| project.service(name).is_some()))
        .cloned()
        .collect();
    ours.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(ours)
}

/// A row for each container of the project.
pub(super) async fn rows(cx: Context, judge: fn(&Seen) -> Judgement) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let containers = ours(&cx, &project).await?;
    Ok(containers.into_iter().map(|summary| row(cx.clone(), Arc::clone(&project), summary, judge)).collect())
}

fn row(cx: Context, project: Arc<Project>, summary: ContainerSummary, judge: fn(&Seen) -> Judgement) -> Row {
    let name = summary.service().unwrap_or_default().to_owned();
    let place = project.service(&name).and_then(|service| service.place().cloned());
    let subject = Subject::new(&summary.name).at(place);
    Row::new(subject, async move {
        let detail = match cx.ask(engine::Container { id: summary.id.clone() }).await {
            Ok(detail) => detail,
            Err(unknown) if unknown.is_absent() => return Ok(Outcome::skip("it has been removed in the meantime")),
            Err(unknown) => return Err(unknown),
        };
        let mut seen = Seen { service: name, summary, detail, watched: None, stage: cx.stage() };
        if !is_looping(&seen) && may_loop(&seen) {
            seen.watched = Some(cx.ask(ContainerWatch { id: seen.summary.id.clone() }).await?);
        }
        match judge(&seen) {
            Judgement::Holds(observed) => Ok(Outcome::pass(observed)),
            Judgement::Skip(reason) => Ok(Outcome::skip(reason)),
            Judgement::Unsettled(why) => Err(Unknown::new(Cause::TimeOut, why)),
            Judgement::Fault(fault) => Ok(finding(&cx, &project, &seen, fault).await.into()),
        }
    })
}

async fn finding(cx: &Context, project: &Project, seen: &Seen, fault: Fault) -> Finding {
    let container = format!("container {}", seen.detail.name);
    let service = project.service(&seen.service);
    let mended_at = |service: &Service<'_>| {
        let named = fault.at.iter().find_map(|pointer| service.node.pointer(pointer)?.place().cloned());
        named.or_else(|| service.place().cloned())
    };
    let site = service.as_ref().and_then(mended_at).map_or_else(|| Site::Thing(container.clone()), Site::Text);
    let mut finding = Finding { severity: fault.severity, ..Finding::error(fault.message, site) }.help(fault.help);
    finding = finding.related(Site::Thing(container), fault.state);
    for (thing, words) in fault.shown {
        finding = finding.related(Site::Thing(thing), words);
    }
    if fault.ask_log
        && let Ok(lines) = cx.ask(engine::ContainerLog { container: seen.detail.id.clone() }).await
        && let Some(line) = telling::line(lines.iter().map(String::as_str))
    {
        finding = finding.related(Site::Thing(format!("log of container {}", seen.detail.name)), line);
    }
    if seen.stage == Stage::Restart
        && let Some(service) = service
        && let Some(what) = changed::since(cx, project, &service, &seen.detail).await
    {
        // The restart may be what mends it: a gate that is shut for that would never open.
        finding.severity = finding.severity.min(Severity::Warning);
        finding.message = format!("{}; the restart brings {what}", finding.message);
    }
    finding
}
