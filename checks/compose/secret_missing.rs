//! `compose/secret-missing`: a secret or config whose file or variable is not there.
//!
//! Compose accepts the files, and fails when it creates the container that is to have it.

use std::path::PathBuf;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::{Project, Service};
use gonogo::document::{Entry, Node};
use gonogo::fact::file::{self, FileKind};
use gonogo::fact::{Unknown, file::Stat};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};
use gonogo::place::Place;

pub(super) const RULE: Rule = Rule {
    code: "compose/secret-missing",
    title: "every secret and config that a service gets has its file or variable",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D57"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mut rows = Vec::new();
    for (section, word) in [("secrets", "secret"), ("configs", "config")] {
        for (key, entry) in project.section(section) {
            let Some((user, place)) = user(&project, section, key) else { continue };
            let thing = Thing { word, key: key.to_owned(), user, used: place, key_place: entry.key.place().cloned() };
            rows.extend(row(&cx, &project, entry, thing));
        }
    }
    Ok(rows)
}

/// A secret or config that a service gets.
struct Thing {
    word: &'static str,
    key: String,
    user: String,
    used: Option<Place>,
    key_place: Option<Place>,
}

/// The first active service that gets it, at run time or to build, and where it says so.
fn user(project: &Project, section: &str, key: &str) -> Option<(String, Option<Place>)> {
    project.services().find_map(|service: Service<'_>| {
        let built = service.node.pointer("/build/secrets").filter(|_| section == "secrets");
        let lists = service.get(section).into_iter().chain(built);
        let item = lists.flat_map(Node::items).find(|item| item.get("source").and_then(Node::as_str) == Some(key))?;
        Some((service.name.to_owned(), item.place().or_else(|| service.place()).cloned()))
    })
}

fn row(cx: &Context, project: &Project, entry: &Entry, thing: Thing) -> Option<Row> {
    let subject = |place: Option<Place>| Subject::new(format!("{} {}", thing.word, thing.key)).at(place);
    if let Some(node) = entry.node.get("file") {
        let path = project.directory.join(node.as_str()?);
        let place = node.place().cloned().or_else(|| thing.key_place.clone());
        let subject = subject(place.clone());
        let cx = cx.clone();
        return Some(Row::new(subject, async move { file_there(&cx, path, place, &thing).await }));
    }
    if let Some(node) = entry.node.get("environment") {
        let variable = node.as_str()?.to_owned();
        let place = node.place().cloned().or_else(|| thing.key_place.clone());
        let subject = subject(place.clone());
        let cx = cx.clone();
        return Some(Row::new(subject, async move { Ok(variable_set(&cx, &variable, place, &thing).await) }));
    }
    let is_external = entry.node.get("external").and_then(Node::as_bool) == Some(true);
    is_external.then(|| {
        let message = format!(
            "the {} `{}` is external, which Compose leaves to Swarm: no container can get it",
            thing.word, thing.key
        );
        let finding = at(&thing, message, thing.key_place.clone());
        Row::judged(
            subject(thing.key_place.clone()),
            finding.help(format!("give `{}s.{}` a `file:`", thing.word, thing.key)),
        )
    })
}

async fn file_there(cx: &Context, path: PathBuf, place: Option<Place>, thing: &Thing) -> Result<Outcome, Unknown> {
    let shown = place.as_ref().map_or_else(|| path.display().to_string(), |place| place.text().trim().to_owned());
    match cx.ask(Stat { path: path.clone() }).await {
        Ok(stat) if stat.kind == FileKind::File => Ok(Outcome::pass("its file is there")),
        Ok(stat) if stat.kind == FileKind::Directory => {
            let message = format!("the {} `{}` is to be a file, and {shown} is a directory", thing.word, thing.key);
            let empty = cx.ask(file::Entries { path: path.clone() }).await.is_ok_and(|entries| entries.is_empty());
            let finding = at(thing, message, place).label("a directory");
            // An engine makes a directory of a bind's source that is not there.
            let help =
                if empty { format!("rmdir {shown}, then put the file there") } else { "name a file".to_owned() };
            Ok(finding.help(help).into())
        }
        Ok(_) => Ok(Outcome::pass("it is there")),
        Err(unknown) if unknown.is_absent() => {
            let message = format!("the file of the {} `{}` is not there: {shown}", thing.word, thing.key);
            let finding = at(thing, message, place).label("no such file");
            Ok(finding
                .help(format!("put the {} into {shown}, which is relative to the project directory", thing.word))
                .into())
        }
        Err(unknown) => Err(unknown),
    }
}

/// The variables that a secret can be taken from: the system's, and those of `.env`.
async fn variable_set(cx: &Context, variable: &str, place: Option<Place>, thing: &Thing) -> Outcome {
    if cx.deployment().environment.contains_key(variable) {
        return Outcome::pass(format!("{variable} is set in the environment"));
    }
    let path = cx.deployment().directory.join(".env");
    if let Ok(source) = cx.read(path).await
        && let Ok(variables) = gonogo::document::env::read(&source)
        && variables.node.get(variable).is_some()
    {
        return Outcome::pass(format!("{variable} is set in {}", source.name()));
    }
    let message = format!("the {} `{}` is to be taken from `{variable}`, which is not set", thing.word, thing.key);
    at(thing, message, place).label("not set").help(format!("set `{variable}` in the environment or in .env")).into()
}

fn at(thing: &Thing, message: String, place: Option<Place>) -> Finding {
    let site = place.map_or_else(|| Site::Thing(format!("{} {}", thing.word, thing.key)), Site::Text);
    let finding = Finding::error(message, site);
    match &thing.used {
        Some(place) => finding.related(place, format!("`{}` gets it", thing.user)),
        None => finding,
    }
}
