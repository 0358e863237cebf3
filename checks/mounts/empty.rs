//! `mounts/empty`: nothing is in a directory that something has to be in.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::fact::Unknown;
use gonogo::fact::file::FileKind;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::gate::{Need, needs};
use super::host::{Seen, entries, see};
use super::inside::{Inside, inside};
use super::mount::{Mounted, Mounts, What, shown};
use super::path::{below, join};

pub(super) const RULE: Rule = Rule {
    code: "mounts/empty",
    title: "what a service may only read has something in it",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D12"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mounts = Mounts::of(&project);
    let mut rows = Vec::new();
    let needs = needs(&cx);
    for need in needs.iter().filter(|need| need.non_empty) {
        for (service, place) in &need.services {
            let Some(behind) = mounts.behind(service, &need.path) else { continue };
            let subject = Subject::new(format!("{}: {service}", need.name)).at(place.as_ref());
            let (cx, project) = (cx.clone(), project.clone());
            let (mount, rest, need) = (behind.mount.clone(), behind.rest.clone(), need.clone());
            rows.push(Row::new(subject, async move { needed(&cx, &project, &mount, &rest, &need).await }));
        }
    }
    for mount in mounts.all().filter(|mount| mount.read_only && mount.bind().is_some()) {
        let named = |need: &Need| need.non_empty && below(&need.path, &mount.target).is_some();
        if needs.iter().any(named) || written_elsewhere(&mounts, mount) {
            continue;
        }
        let subject = Subject::new(mount.subject()).at(mount.entry.as_ref());
        let (cx, project, mount) = (cx.clone(), project.clone(), mount.clone());
        rows.push(Row::new(subject, async move { read_only(&cx, &project, &mount).await }));
    }
    Ok(rows)
}

/// Whether another mount of the project can put something there.
fn written_elsewhere(mounts: &Mounts, mount: &Mounted) -> bool {
    let Some(path) = mount.bind() else { return false };
    let touches = |other: &str| below(other, path).is_some() || below(path, other).is_some();
    mounts.all().any(|other| !other.read_only && other.bind().is_some_and(touches))
}

/// A path of the gate file.
async fn needed(
    cx: &Context,
    project: &Project,
    mount: &Mounted,
    rest: &str,
    need: &Need,
) -> Result<Outcome, Unknown> {
    let finding = |what: &str, help: String| {
        let message = format!("{what} is empty, and {} needs something in {}", mount.service, need.path);
        let finding = Finding::error(message, site(mount)).label("empty").help(help);
        match &need.place {
            Some(place) => finding.related(place, "not to be empty"),
            None => finding,
        }
    };
    match &mount.what {
        What::Bind(source) => {
            let path = join(source, rest);
            let name = shown(project, &path);
            let help = format!("put something into {name}, or mount the directory that has it");
            Ok(match count(cx, project, mount, &path).await? {
                Count::Of(0) => finding(&name, help).into(),
                Count::Of(count) => Outcome::pass(format!("{count} entries in {name}")),
                Count::Missing => finding(&format!("{name}, which is not there,"), help).into(),
                Count::Not(reason) => Outcome::skip(reason),
            })
        }
        What::Volume { key, .. } => {
            if matches!(cx.stage(), Stage::Push | Stage::Build) {
                return Ok(Outcome::skip("what is in a volume only the engine knows: judged at --stage restart"));
            }
            Ok(match inside(cx, project, mount, rest).await? {
                Inside::There(found) if found.kind != FileKind::Directory && found.size == 0 => {
                    finding(&format!("volume {key}"), format!("fill volume {key}")).into()
                }
                Inside::There(found) if found.kind == FileKind::Directory && found.entries.is_empty() => {
                    finding(&format!("volume {key}"), format!("fill volume {key}")).into()
                }
                Inside::There(found) => Outcome::pass(format!("{} entries in volume {key}", found.entries.len())),
                Inside::Missing { .. } => finding(&format!("volume {key}"), format!("fill volume {key}")).into(),
                Inside::NotYet(reason) | Inside::NotSeen(reason) => Outcome::skip(reason),
            })
        }
        What::Own => Ok(Outcome::skip("it is storage of the container's own")),
    }
}

fn site(mount: &Mounted) -> Site {
    mount.mend().map_or_else(|| Site::Thing(format!("service {}", mount.service)), Site::from)
}

/// A directory that is mounted to be read only, and that nobody in the project writes to.
async fn read_only(cx: &Context, project: &Project, mount: &Mounted) -> Result<Outcome, Unknown> {
    let Some(path) = mount.bind() else { return Ok(Outcome::skip("it is no path of the host")) };
    let name = shown(project, path);
    Ok(match count(cx, project, mount, path).await? {
        Count::Of(0) => {
            let service = &mount.service;
            let message = format!("{name} is empty, and {service} may only read it");
            Finding::warning(message, site(mount))
                .label("empty")
                .help(format!("put into {name} what {service} reads, or mount the directory that has it"))
                .into()
        }
        Count::Of(count) => Outcome::pass(format!("{count} entries in {name}")),
        Count::Missing => Outcome::skip("nothing is there"),
        Count::Not(reason) => Outcome::skip(reason),
    })
}

enum Count {
    Of(usize),
    Missing,
    Not(String),
}

async fn count(cx: &Context, project: &Project, mount: &Mounted, path: &str) -> Result<Count, Unknown> {
    Ok(match see(cx, project, mount, path).await? {
        Seen::There(stat) if stat.kind == FileKind::Directory => Count::Of(entries(cx, path).await?),
        Seen::There(_) => Count::Not("it is a file".to_owned()),
        Seen::Missing => Count::Missing,
        Seen::NotHere(reason) => Count::Not(reason),
    })
}
