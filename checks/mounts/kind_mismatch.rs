//! `mounts/kind-mismatch`: a directory where a file is expected, or a file where a directory is.
//!
//! Mostly an accident of an earlier `up`: the file was not there yet, so the engine made a directory of its name.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::fact::Unknown;
use gonogo::fact::file::{FileKind, FileStat};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::host::{Seen, entries, see};
use super::mount::{Mounted, Mounts, What, shown};
use super::path::{Looks, below, looks};

pub(super) const RULE: Rule = Rule {
    code: "mounts/kind-mismatch",
    title: "a file is mounted as a file, a directory as a directory",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D20"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

/// What a container expects at a path, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Expected {
    File,
    RatherFile,
    Directory,
    RatherDirectory,
}

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mounts = Mounts::of(&project);
    let row = |mount: &Mounted| {
        let expected = expected(mount, mounts.service(&mount.service))?;
        let subject = Subject::new(mount.subject()).at(mount.entry.as_ref());
        match &mount.what {
            What::Bind(path) => {
                let (cx, project, mount, path) = (cx.clone(), project.clone(), mount.clone(), path.clone());
                Some(Row::new(subject, async move { judge(&cx, &project, &mount, &path, expected).await }))
            }
            What::Volume { key, .. } if expected == Expected::File => Some(Row::judged(subject, volume(mount, key))),
            _ => None,
        }
    };
    Ok(mounts.all().filter_map(row).collect())
}

fn expected(mount: &Mounted, siblings: &[Mounted]) -> Option<Expected> {
    let inside = |other: &Mounted| below(&other.target, &mount.target).is_some_and(|rest| !rest.is_empty());
    let source = mount.bind().map_or(Looks::Open, looks);
    Some(match looks(&mount.target) {
        Looks::File => Expected::File,
        Looks::Directory => Expected::Directory,
        _ if siblings.iter().any(inside) => Expected::Directory,
        _ if mount
            .target_at
            .as_ref()
            .is_some_and(|place| place.text().trim_end_matches(['"', '\'']).ends_with('/')) =>
        {
            Expected::RatherDirectory
        }
        // What is called like a file is meant to be one wherever it is mounted.
        _ if source == Looks::File => Expected::RatherFile,
        Looks::RatherFile => Expected::RatherFile,
        Looks::Open => return None,
    })
}

async fn judge(
    cx: &Context,
    project: &Project,
    mount: &Mounted,
    path: &str,
    expected: Expected,
) -> Result<Outcome, Unknown> {
    let stat = match see(cx, project, mount, path).await? {
        Seen::There(stat) => stat,
        Seen::Missing => return Ok(Outcome::skip("nothing is there")),
        Seen::NotHere(reason) => return Ok(Outcome::skip(reason)),
    };
    let name = shown(project, path);
    let target = &mount.written;
    Ok(match (expected, stat.kind) {
        (Expected::File | Expected::RatherFile, FileKind::Directory) => {
            let count = entries(cx, path).await?;
            // A project's directory may be called `next.js`, but then there is something in it.
            if expected == Expected::RatherFile && count > 0 {
                return Ok(Outcome::pass(format!("{name} is a directory of {count} entries")));
            }
            directory(mount, &name, &stat, count).into()
        }
        (Expected::Directory | Expected::RatherDirectory, FileKind::File) => {
            file(mount, &name, expected == Expected::Directory).into()
        }
        (Expected::File | Expected::RatherFile, _) => Outcome::pass(format!("{name} is a file, as {target}")),
        (Expected::Directory | Expected::RatherDirectory, _) => {
            Outcome::pass(format!("{name} is a directory, as {target}"))
        }
    })
}

fn site(mount: &Mounted) -> Site {
    mount.mend().map_or_else(|| Site::Thing(format!("service {}", mount.service)), Site::from)
}

fn directory(mount: &Mounted, name: &str, stat: &FileStat, count: usize) -> Finding {
    let target = &mount.written;
    let accident = match (count, stat.uid) {
        (0, Some(0)) => ", empty and root's, as an earlier `up` makes it",
        (0, _) => ", and empty",
        _ => "",
    };
    let message = format!("{name} is a directory{accident}, but {} expects a file at {target}", mount.service);
    let help = match count {
        0 => format!(
            "rmdir {name}, put the file there, then `docker compose up -d --force-recreate {}`",
            mount.service
        ),
        _ => format!("mount a file: write `{name}/FILE:{target}`, or mount the directory one level up"),
    };
    with_target(Finding::error(message, site(mount)).label("a directory"), mount, "a file").help(help)
}

fn file(mount: &Mounted, name: &str, sure: bool) -> Finding {
    let target = mount.written.trim_end_matches('/');
    let message = format!("{name} is a file, but {target} is a directory in {}", mount.service);
    let finding = match sure {
        true => Finding::error(message, site(mount)),
        false => Finding::warning(message, site(mount)),
    };
    let base = super::path::base(name);
    with_target(finding.label("a file"), mount, "a directory")
        .help(format!("write the file's name behind it: `{target}/{base}`"))
}

fn volume(mount: &Mounted, key: &str) -> Outcome {
    let target = &mount.written;
    let message = format!("volume {key} is a directory, but {} expects a file at {target}", mount.service);
    let directory = target.rsplit_once('/').map_or("/", |(directory, _)| directory);
    Finding::error(message, site(mount))
        .label("a directory")
        .help(format!("mount the volume at {directory}, or write `./{key}` if a file of this directory is meant"))
        .into()
}

fn with_target(finding: Finding, mount: &Mounted, expected: &str) -> Finding {
    match &mount.target_at {
        Some(place) => finding.related(place, format!("{expected} is expected")),
        None => finding,
    }
}
