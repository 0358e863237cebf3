//! `mounts/missing`: a service needs a path that is mounted in others, and in it is not.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};
use gonogo::run::nearest;

use super::gate::{Need, inactive, needs};
use super::mount::{Mounted, Mounts};
use super::path::below;
use super::reference::{Reference, References};
use super::sharing::{Sharing, weigh};

pub(super) const RULE: Rule = Rule {
    code: "mounts/missing",
    title: "every service that needs a path of others mounts it, too",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D11"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mounts = Mounts::of(&project);
    let needs = needs(&cx);
    let mut rows = Vec::new();
    for need in &needs {
        for (service, place) in &need.services {
            let subject = Subject::new(format!("{}: {service}", need.name)).at(place.as_ref());
            rows.push(Row::judged(subject, needed(&project, &mounts, need, service, place.as_ref().map(Site::from))));
        }
    }
    let references = References::of(&cx, &project).await;
    for service in project.services().filter(|service| !mounts.is_open(service.name)) {
        rows.extend(inferred(&project, &mounts, &references, service.name, &needs));
    }
    Ok(rows)
}

/// A service that the gate file names.
fn needed(project: &Project, mounts: &Mounts, need: &Need, service: &str, said: Option<Site>) -> Outcome {
    if let Some(reason) = inactive(project, service) {
        return Outcome::skip(reason);
    }
    let said = said.unwrap_or_else(|| Site::Thing(format!("mounts.{}", need.name)));
    let Some(declared) = project.service(service) else {
        let near = nearest(service, project.services().map(|service| service.name));
        let help = near.map_or_else(|| "name a service of the project".to_owned(), |near| format!("write `{near}`"));
        return Finding::error(format!("there is no service {service}"), said).label("unknown").help(help).into();
    };
    if let Some(behind) = mounts.behind(service, &need.path) {
        return Outcome::pass(format!(
            "{} mounts {} at {}",
            service,
            behind.mount.name(project),
            behind.mount.written
        ));
    }
    if mounts.is_open(service) {
        return Outcome::skip(format!("{service} takes its mounts from a container that is not of the project"));
    }
    let path = &need.path;
    let message = format!("{service} needs {path}, and nothing is mounted there");
    let primary = declared.place().map_or_else(|| Site::Thing(format!("service {service}")), Site::from);
    let finding = Finding::error(message, primary).label(format!("no mount at {path}")).related(said, "needs it");
    let others = need.services.iter().filter_map(|(other, _)| mounts.behind(other, path));
    let Some(other) = others.map(|behind| behind.mount).next() else {
        return finding.help(format!("add `SOURCE:{path}` to `services.{service}.volumes`")).into();
    };
    with_other(finding, project, other, service).into()
}

fn with_other(finding: Finding, project: &Project, other: &Mounted, service: &str) -> Finding {
    let finding = match &other.entry {
        Some(entry) => finding.related(entry, format!("{} mounts it", other.service)),
        None => finding,
    };
    finding.help(format!("add `- {}` to `services.{service}.volumes`", other.short(project)))
}

/// The paths that a service speaks of and that others mount.
fn inferred(project: &Project, mounts: &Mounts, references: &References, service: &str, needs: &[Need]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for other in mounts.all().filter(|other| other.service != service && other.is_shared()) {
        let path = other.target.as_str();
        let named = |need: &Need| need.path == path && need.services.iter().any(|(name, _)| name == service);
        if path == "/" || seen.contains(&path) || needs.iter().any(named) {
            continue;
        }
        let about = |reference: &&Reference| below(&reference.path, path).is_some();
        let Some(reference) = references.service(service).iter().find(about) else { continue };
        let subject = Subject::new(format!("{service}: {path}")).at(reference.place.as_ref());
        if let Some(own) = mounts.behind(service, &reference.path) {
            if own.mount.is_shared() {
                seen.push(path);
                let observed = format!("{} speaks of it, and mounts {} there", service, own.mount.name(project));
                rows.push(Row::judged(subject, Outcome::pass(observed)));
            }
            continue;
        }
        let sharing = Sharing { project, mounts, references, service, reference, other };
        if let Some(severity) = weigh(&sharing) {
            seen.push(path);
            rows.push(Row::judged(subject, unmounted(&sharing, severity)));
        }
    }
    rows
}

fn unmounted(sharing: &Sharing<'_>, severity: Severity) -> Finding {
    let Sharing { project, service, reference, other, .. } = sharing;
    let message = format!(
        "{service} uses {} ({}), which {} mounts from {} and {service} does not",
        reference.path,
        reference.by,
        other.service,
        other.name(project)
    );
    let primary = reference.place.as_ref().map_or_else(|| Site::Thing(format!("service {service}")), Site::from);
    let finding = Finding { severity, ..Finding::error(message, primary) }.label("nothing is mounted there");
    with_other(reference.with_use(finding), project, other, service)
}
