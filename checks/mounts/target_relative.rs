//! `mounts/target-relative`: a path in the container that does not begin with a slash. Compose passes it on, the
//! engine refuses to make the container.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::mount::{Mounted, Mounts};
use super::path::is_windows;

pub(super) const RULE: Rule = Rule {
    code: "mounts/target-relative",
    title: "the path in the container begins with a slash",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::ALL,
    faults: &["D46"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mounts = Mounts::of(&project);
    Ok(project.services().flat_map(|service| service_rows(service.name, mounts.service(service.name))).collect())
}

fn service_rows(service: &str, mounts: &[Mounted]) -> Vec<Row> {
    // A container of Windows has paths such as `C:\data`.
    let relative = |mount: &&Mounted| {
        let path = mount.written.as_str();
        let windows = is_windows(path) && path.contains('\\');
        !path.starts_with('/') && !windows
    };
    let mut rows: Vec<Row> = mounts.iter().filter(relative).map(row).collect();
    if rows.is_empty()
        && let Some(first) = mounts.first()
    {
        let observed = format!("{} paths, such as {}", mounts.len(), first.written);
        rows.push(Row::judged(Subject::new(service), Outcome::pass(observed)));
    }
    rows
}

fn row(mount: &Mounted) -> Row {
    let target = &mount.written;
    let place = mount.target_at.as_ref().or(mount.entry.as_ref());
    let site = place.map_or_else(|| Site::Thing(format!("service {}", mount.service)), Site::from);
    // Compose reads a source of one letter as a drive of Windows: `v:/data` is a target.
    let drive = target.get(1..3) == Some(":/") && target.starts_with(|c: char| c.is_ascii_alphabetic());
    let (message, help) = match drive {
        true => (
            format!("Compose takes `{target}` for a path in the container, since one letter is a drive of Windows"),
            "give the volume a name of more than one letter".to_owned(),
        ),
        false => (
            format!("`{target}` is no absolute path: the engine refuses to make {}'s container", mount.service),
            format!("write `/{target}`, or where it is meant to be in the container"),
        ),
    };
    Row::judged(Subject::new(mount.subject()).at(place), Finding::error(message, site).help(help))
}
