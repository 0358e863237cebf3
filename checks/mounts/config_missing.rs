//! `mounts/config-missing`: a service is told where its configuration lies, a directory or volume is mounted there,
//! and the file is not in it.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::fact::Unknown;
use gonogo::fact::file::FileKind;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};
use gonogo::word::name_words;

use super::gate::needs;
use super::host::{Seen, see};
use super::inside::{Inside, inside};
use super::mount::{Behind, Mounted, Mounts, What, shown};
use super::path::{Looks, base, join, looks};
use super::reference::{Kind, Reference, References};

pub(super) const RULE: Rule = Rule {
    code: "mounts/config-missing",
    title: "the configuration file that a service is told to read is in what is mounted",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::FROM_BUILD,
    faults: &["D23"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mounts = Mounts::of(&project);
    let references = References::of(&cx, &project).await;
    let mut rows = Vec::new();
    for service in project.services() {
        let mut wanted: Vec<Reference> =
            references.service(service.name).iter().filter(|reference| is_config(reference)).cloned().collect();
        for need in needs(&cx).into_iter().filter(|need| looks(&need.path) == Looks::File) {
            if need.services.iter().any(|(name, _)| name == service.name) {
                let (path, place) = (need.path, need.place);
                wanted.push(Reference {
                    path,
                    by: format!("mounts.{}", need.name),
                    kind: Kind::Config,
                    place,
                    used: None,
                });
            }
        }
        wanted.sort_by(|a, b| a.path.cmp(&b.path));
        wanted.dedup_by(|later, first| later.path == first.path);
        for reference in wanted {
            let Some(behind) = mounts.behind(service.name, &reference.path) else { continue };
            // A file that is mounted by itself is a matter of its source.
            if behind.rest.is_empty() || !behind.mount.is_shared() {
                continue;
            }
            rows.push(row(&cx, &project, &behind, reference));
        }
    }
    Ok(rows)
}

/// Whether a reference names a file that is read and has to be there before: a file's name, and who speaks of it
/// calls it configuration.
fn is_config(reference: &Reference) -> bool {
    const WORDS: &[&str] = &[
        "c",
        "ca",
        "cert",
        "certificate",
        "cfg",
        "conf",
        "config",
        "configuration",
        "f",
        "key",
        "properties",
        "settings",
    ];
    let words = name_words(&reference.by);
    let called = words.iter().any(|word| WORDS.contains(&word.as_str()));
    let file = looks(&reference.path) == Looks::File && !is_made(&reference.path);
    reference.kind != Kind::Config && called && file
}

/// Files that programs make themselves.
fn is_made(path: &str) -> bool {
    ["db3", "lock", "log", "pid", "sock", "socket", "sqlite", "sqlite3"]
        .iter()
        .any(|ending| base(path).rsplit_once('.').is_some_and(|(_, of)| of == *ending))
}

fn is_certificate(reference: &Reference) -> bool {
    ["cer", "cert", "crt", "jks", "key", "p12", "pem", "pfx"]
        .iter()
        .any(|ending| base(&reference.path).rsplit_once('.').is_some_and(|(_, of)| of == *ending))
}

fn row(cx: &Context, project: &std::sync::Arc<Project>, behind: &Behind<'_>, reference: Reference) -> Row {
    let mount = behind.mount.clone();
    let rest = behind.rest.clone();
    let subject = Subject::new(format!("{}: {}", mount.service, reference.path)).at(reference.place.as_ref());
    let (cx, project) = (cx.clone(), project.clone());
    Row::new(subject, async move {
        match &mount.what {
            What::Bind(source) => bound(&cx, &project, &mount, &join(source, &rest), &reference).await,
            _ => in_volume(&cx, &project, &mount, &rest, &reference).await,
        }
    })
}

async fn bound(
    cx: &Context,
    project: &Project,
    mount: &Mounted,
    path: &str,
    reference: &Reference,
) -> Result<Outcome, Unknown> {
    let directory = mount.bind().unwrap_or_default();
    if matches!(see(cx, project, mount, directory).await?, Seen::Missing) {
        return Ok(Outcome::skip(format!("{} itself is not there", shown(project, directory))));
    }
    let name = shown(project, path);
    Ok(match see(cx, project, mount, path).await? {
        Seen::NotHere(reason) => Outcome::skip(reason),
        Seen::There(stat) if stat.kind == FileKind::Directory => {
            finding(mount, reference, &format!("{name} is a directory, not a file"), Severity::Error)
                .help(format!("put the file there instead of the directory {name}"))
                .into()
        }
        Seen::There(stat) => Outcome::pass(format!("{name} is a file of {} bytes", stat.size)),
        Seen::Missing => {
            // What the service may write to, it may make itself; certificates are seldom kept with the sources.
            let early = cx.stage() == Stage::Build && is_certificate(reference);
            let severity = if mount.read_only && !early { Severity::Error } else { Severity::Warning };
            finding(mount, reference, &format!("{name} is not there"), severity)
                .help(format!("create {name}, or change {} to a file that is there", reference.by))
                .into()
        }
    })
}

async fn in_volume(
    cx: &Context,
    project: &Project,
    mount: &Mounted,
    rest: &str,
    reference: &Reference,
) -> Result<Outcome, Unknown> {
    let What::Volume { key, .. } = &mount.what else { return Ok(Outcome::skip("it is no volume")) };
    if matches!(cx.stage(), Stage::Push | Stage::Build) {
        return Ok(Outcome::skip("what is in a volume only the engine knows: judged at --stage restart"));
    }
    let path = &reference.path;
    let copy = format!("docker compose cp {} {}:{path}", base(path), mount.service);
    Ok(match inside(cx, project, mount, rest).await? {
        Inside::NotYet(reason) | Inside::NotSeen(reason) => Outcome::skip(reason),
        Inside::There(found) if found.kind == FileKind::Directory => {
            finding(mount, reference, &format!("{path} is a directory in volume {key}"), Severity::Error)
                .help(format!("remove the directory, then `{copy}`"))
                .into()
        }
        Inside::There(found) if found.size == 0 => {
            finding(mount, reference, &format!("{path} in volume {key} is an empty file"), Severity::Error)
                .help(format!("write it anew: `{copy}`"))
                .into()
        }
        Inside::There(found) => Outcome::pass(format!("{} bytes in volume {key}", found.size)),
        Inside::Missing { container } => {
            let finding = finding(mount, reference, &format!("{path} is not in volume {key}"), Severity::Error);
            let finding = match container {
                Some(container) => finding.related(Site::Thing(format!("container {container}")), "seen through it"),
                None => finding,
            };
            finding.help(format!("put it there: `{copy}`")).into()
        }
    })
}

fn finding(mount: &Mounted, reference: &Reference, what: &str, severity: Severity) -> Finding {
    let message = format!("{} reads its configuration from there ({}), but {what}", mount.service, reference.by);
    let primary = match &reference.place {
        Some(place) => Site::from(place),
        None => Site::Thing(format!("service {}", mount.service)),
    };
    let finding = Finding { severity, ..Finding::error(message, primary) }.label("read from here");
    let finding = reference.with_use(finding);
    match &mount.entry {
        Some(entry) => finding.related(entry, "mounted here"),
        None => finding,
    }
}
