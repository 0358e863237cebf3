//! `mounts/read-only`: a service has to write where it may only read.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::inference::image::known_image;
use gonogo::outcome::{Outcome, Subject};
use gonogo::place::Place;

use super::gate::needs;
use super::mount::{Mounted, Mounts};
use super::sharing::is_private;

pub(super) const RULE: Rule = Rule {
    code: "mounts/read-only",
    title: "what a service writes to is mounted writable",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D14"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mounts = Mounts::of(&project);
    let mut rows = Vec::new();
    for need in needs(&cx).iter().filter(|need| need.write) {
        for (service, place) in &need.services {
            let Some(behind) = mounts.behind(service, &need.path) else { continue };
            let subject = Subject::new(format!("{}: {service}", need.name)).at(place.as_ref());
            rows.push(Row::judged(subject, judge(behind.mount, "the gate file says that it writes", place.as_ref())));
        }
    }
    // Where a server keeps its data, it writes; a backup of it reads there, but is another image.
    let server = |service: &str| {
        let image = project.service(service).and_then(|service| service.text("image"));
        image.is_some_and(|image| known_image(image).is_some())
    };
    let stores = |mount: &&Mounted| mount.is_shared() && is_store(&mount.target) && server(&mount.service);
    for mount in mounts.all().filter(stores) {
        let subject = Subject::new(mount.subject()).at(mount.entry.as_ref());
        rows.push(Row::judged(subject, judge(mount, "a server keeps its data there", None)));
    }
    Ok(rows)
}

/// A directory of a server's data: not what others look into (`/var/lib/docker`), nor what is mounted in such a
/// directory.
fn is_store(target: &str) -> bool {
    let whole = ["/data/db", "/prometheus", "/var/lib/postgresql", "/var/lib/postgresql/data"];
    let below_lib =
        target.starts_with("/var/lib/") && target.matches('/').count() == 3 && target != "/var/lib/docker";
    is_private(target) && (whole.contains(&target) || below_lib)
}

fn judge(mount: &Mounted, why: &str, said: Option<&Place>) -> Outcome {
    let Mounted { service, written, .. } = mount;
    if !mount.read_only {
        return Outcome::pass(format!("{service} may write to {written}"));
    }
    let primary = mount.read_only_at.as_ref().or(mount.entry.as_ref());
    let primary = primary.map_or_else(|| Site::Thing(format!("service {service}")), Site::from);
    let finding = Finding::error(format!("{service} may only read {written}, and {why}"), primary)
        .label("read only")
        .help(format!("remove `:ro` (`read_only: true`) from the mount at {written}"));
    match said {
        Some(place) => finding.related(place, "has to write").into(),
        None => finding.into(),
    }
}
