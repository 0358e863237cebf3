//! `mounts/source-mismatch`: two services mean one thing by a path, and see two.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};
use gonogo::word::name_words;

use super::gate::{Need, needs};
use super::mount::{Behind, Mounted, Mounts, What};
use super::path::{Looks, base, below, looks};
use super::reference::{Reference, References};
use super::sharing::{is_generic, is_private, same_image};

pub(super) const RULE: Rule = Rule {
    code: "mounts/source-mismatch",
    title: "services that share a path mount it from one source",
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
    let needs = needs(&cx);
    let mut rows: Vec<Row> = needs.iter().filter_map(|need| needed(&project, &mounts, need)).collect();
    let references = References::of(&cx, &project).await;
    let all: Vec<&Mounted> = mounts.all().filter(|mount| mount.is_shared()).collect();
    for (index, one) in all.iter().enumerate() {
        for other in all.iter().skip(index + 1) {
            let named = |need: &Need| need.path == one.target && need.services.iter().any(|(s, _)| *s == one.service);
            if one.service != other.service && one.target == other.target && !needs.iter().any(named) {
                rows.extend(inferred(&project, &references, one, other));
            }
        }
    }
    Ok(rows)
}

/// All services that the gate file names have to see the same.
fn needed(project: &Project, mounts: &Mounts, need: &Need) -> Option<Row> {
    let behind: Vec<_> = need.services.iter().filter_map(|(name, _)| mounts.behind(name, &need.path)).collect();
    let first = behind.first().filter(|_| behind.len() > 1)?;
    let subject = Subject::new(&need.name).at(need.place.as_ref());
    let differs = |other: &&Behind<'_>| other.identity().is_none() || other.identity() != first.identity();
    let outcome = match behind.iter().skip(1).find(differs) {
        None => {
            let services: Vec<_> = behind.iter().map(|behind| behind.mount.service.as_str()).collect();
            Outcome::pass(format!("{} see {} at {}", services.join(" and "), first.mount.name(project), need.path))
        }
        Some(other) => {
            let finding = mismatch(project, first.mount, other.mount, Severity::Error, &need.path);
            match &need.place {
                Some(place) => finding.related(place, "all of them need the same").into(),
                None => finding.into(),
            }
        }
    };
    Some(Row::judged(subject, outcome))
}

/// Two mounts of one path, where something says that one thing is meant.
fn inferred(project: &Project, references: &References, one: &Mounted, other: &Mounted) -> Option<Row> {
    let path = one.target.as_str();
    let subject = Subject::new(format!("{}, {}: {path}", one.service, other.service)).at(other.entry.as_ref());
    let speaks = |service: &str| -> Vec<Reference> {
        let about = |reference: &&Reference| below(&reference.path, path).is_some();
        references.service(service).iter().filter(about).cloned().collect()
    };
    let (ours, theirs) = (speaks(&one.service), speaks(&other.service));
    let same_name = ours.iter().any(|one| theirs.iter().any(|other| one.by == other.by && !is_setting(&one.by)));
    if one.what == other.what {
        let observed = format!("{} and {} mount {} there", one.service, other.service, one.name(project));
        return (same_name).then(|| Row::judged(subject, Outcome::pass(observed)));
    }
    let same_image = match (project.service(&one.service), project.service(&other.service)) {
        (Some(one), Some(other)) => same_image(&one, &other),
        _ => true,
    };
    let own = is_private(path) || same_image || looks(path) == Looks::File || looks(path) == Looks::Directory;
    // Of two who write, each may well have its own; one who may only read needs what somebody else writes.
    let reads = one.read_only || other.read_only;
    let meant = (same_name && reads && !is_generic(path)) || one_name(one, other);
    let finding = || mismatch(project, one, other, Severity::Warning, path);
    (!own && meant).then(|| Row::judged(subject, finding()))
}

/// Variables that say where something of the service's own lies.
fn is_setting(name: &str) -> bool {
    let words = name_words(name);
    let own = ["cert", "certs", "certificate", "conf", "config", "key", "log", "logs", "settings", "ssl", "tls"];
    words.iter().any(|word| own.contains(&word.as_str())) || name == "command"
}

/// Whether the sources bear one name in two spellings: `./tftp` and the volume `tftp`, `tftp-data` and `tftp_data`.
fn one_name(one: &Mounted, other: &Mounted) -> bool {
    let name = |mount: &Mounted| match &mount.what {
        What::Bind(path) => name_words(base(path)).concat(),
        What::Volume { key, .. } => name_words(key).concat(),
        What::Own => String::new(),
    };
    // `api/data` and `gui/data` are two things of two services.
    let binds = one.bind().is_some() && other.bind().is_some();
    !binds && name(one) == name(other) && !name(one).is_empty()
}

fn mismatch(project: &Project, one: &Mounted, other: &Mounted, severity: Severity, path: &str) -> Finding {
    let message = format!(
        "{} sees {} at {path}, and {} sees {}",
        one.service,
        one.name(project),
        other.service,
        other.name(project)
    );
    let site = other.mend().map_or_else(|| Site::Thing(format!("service {}", other.service)), Site::from);
    let finding = Finding { severity, ..Finding::error(message, site) }.label(format!(
        "{} in {}",
        other.name(project),
        other.service
    ));
    let finding = match &one.entry {
        Some(entry) => finding.related(entry, format!("{} in {}", one.name(project), one.service)),
        None => finding,
    };
    finding.help(format!("mount the same in both: `- {}` in one of them", one.short(project)))
}
