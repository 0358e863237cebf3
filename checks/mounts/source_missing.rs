//! `mounts/source-missing`: what is to be mounted is not there. The engine makes an empty directory of that name,
//! which belongs to root, or refuses to start.

use std::path::Path;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::fact::Unknown;
use gonogo::fact::engine::Ping;
use gonogo::fact::file::{Entries, FileKind};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};
use gonogo::run::nearest;

use super::host::{Seen, see};
use super::mount::{Mounted, Mounts, shown};
use super::path::{Looks, base, is_windows, looks};

pub(super) const RULE: Rule = Rule {
    code: "mounts/source-missing",
    title: "what is mounted from the host is there",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D19"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mounts = Mounts::of(&project);
    let binds = mounts.all().filter(|mount| mount.bind().is_some());
    let row = |mount: &Mounted| {
        let (cx, project, mount) = (cx.clone(), project.clone(), mount.clone());
        let subject = Subject::new(mount.subject()).at(mount.entry.as_ref());
        Row::new(subject, async move { judge(&cx, &project, &mount).await })
    };
    Ok(binds.map(row).collect())
}

async fn judge(cx: &Context, project: &Project, mount: &Mounted) -> Result<Outcome, Unknown> {
    let Some(path) = mount.bind() else { return Ok(Outcome::skip("it is no path of the host")) };
    let name = shown(project, path);
    if is_windows(path) {
        return windows(cx, mount, path).await;
    }
    Ok(match see(cx, project, mount, path).await? {
        Seen::NotHere(reason) => Outcome::skip(reason),
        Seen::There(stat) => match stat.kind {
            FileKind::DanglingLink => dangling(mount, &name).into(),
            FileKind::File => Outcome::pass(format!("{name} is a file of {} bytes", stat.size)),
            FileKind::Directory => Outcome::pass(format!("{name} is a directory")),
            FileKind::Other => Outcome::pass(format!("{name} is a socket or device")),
        },
        Seen::Missing => missing(cx, mount, path, &name).await.into(),
    })
}

/// Measured on Engine 20.10: an invalid volume specification.
async fn windows(cx: &Context, mount: &Mounted, path: &str) -> Result<Outcome, Unknown> {
    let os = &cx.ask(Ping).await?.os;
    if os == "windows" {
        return Ok(Outcome::skip(format!("`{path}` is a path of Windows, as the engine's are")));
    }
    let message = format!("`{path}` is a path of Windows, which an engine on {os} refuses");
    Ok(Finding::error(message, site(mount)).help("write a path of the engine's host, or a relative one").into())
}

fn site(mount: &Mounted) -> Site {
    mount.mend().map_or_else(|| Site::Thing(format!("service {}", mount.service)), Site::from)
}

fn dangling(mount: &Mounted, name: &str) -> Finding {
    let message = format!("{name} is a link to something that is not there: the engine cannot mount it");
    Finding::error(message, site(mount)).label("a dangling link").help(format!("readlink {name}"))
}

async fn missing(cx: &Context, mount: &Mounted, path: &str, name: &str) -> Finding {
    let service = &mount.service;
    let names = [looks(&mount.target), looks(path)];
    let file = names.contains(&Looks::File) || names == [Looks::RatherFile; 2];
    let finding = if !mount.creates {
        let message = format!("{name} is not there, and the engine is not to make it: {service} will not start");
        Finding::error(message, site(mount))
    } else if file {
        let message =
            format!("{name} is not there: the engine will make a directory of that name, and {service} finds that");
        Finding::error(message, site(mount))
    } else {
        let message = format!("{name} is not there: the engine will make an empty directory that belongs to root");
        Finding::warning(message, site(mount))
    };
    let help = match (similar(cx, path).await, file) {
        (Some(similar), _) => format!("write `{similar}`, which is there, instead of `{}`", base(path)),
        (None, true) => format!("create the file {name} before `docker compose up`"),
        (None, false) => format!("mkdir -p {name}"),
    };
    let finding = finding.label("nothing is there");
    let finding = match (&mount.entry, mount.mend()) {
        (Some(entry), Some(primary)) if entry.source().name() != primary.source().name() => {
            finding.related(entry, format!("mounted in {service}"))
        }
        _ => finding,
    };
    finding.help(help)
}

/// The name in the same directory that is nearest to a missing one.
async fn similar(cx: &Context, path: &str) -> Option<String> {
    let parent = Path::new(path).parent()?;
    let entries = cx.ask(Entries { path: parent.to_owned() }).await.ok()?;
    nearest(base(path), entries.iter().map(|entry| entry.name.as_str())).map(str::to_owned)
}
