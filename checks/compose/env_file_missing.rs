//! `compose/env-file-missing`: an `env_file` that is not there, so that Compose starts nothing.

use std::path::{Path, PathBuf};

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::{NoProject, Project, cause};
use gonogo::document::{Node, yaml};
use gonogo::fact::{Unknown, file};
use gonogo::finding::Severity;
use gonogo::outcome::{Outcome, Subject};

use super::invalid;

pub(super) const RULE: Rule = Rule {
    code: "compose/env-file-missing",
    title: "every env_file is there",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D39"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = match &cx.deployment().project {
        Ok(project) => project,
        Err(NoProject::Rejected(rejected)) => {
            let missing = rejected.rejections.iter().filter(|rejection| rejection.cause == cause::ENV_FILE);
            let rows: Vec<Row> = missing
                .map(|rejection| {
                    let place = rejection.origin.as_ref().and_then(|origin| origin.place());
                    Row::judged(Subject::new(&rejection.path).at(place), invalid::finding(rejection))
                })
                .collect();
            // What else is wrong with the files is another rule's, and hides what these would be.
            return if rows.is_empty() { cx.project().map(|_| rows) } else { Ok(rows) };
        }
        Err(_) => return cx.project().map(|_| Vec::new()),
    };
    let mut rows = Vec::new();
    for (service, path, place, is_required) in declared(project) {
        let name = format!("{service}: {}", path.display());
        if rows.iter().any(|row: &Row| row.subject.name == name) {
            continue;
        }
        let subject = Subject::new(name).at(place);
        let (cx, path) = (cx.clone(), project.directory.join(path));
        rows.push(Row::new(subject, async move { there(&cx, path, is_required).await }));
    }
    Ok(rows)
}

/// Compose has taken the project, so a file is there, or need not be.
async fn there(cx: &Context, path: PathBuf, is_required: bool) -> Result<Outcome, Unknown> {
    match cx.ask(file::Stat { path }).await {
        Ok(_) => Ok(Outcome::pass("it is there")),
        Err(unknown) if !unknown.is_absent() => Err(unknown),
        Err(_) if is_required => Ok(Outcome::skip("it is said in an included or extended file, relative to that")),
        Err(_) => Ok(Outcome::pass("it is not there, and not required")),
    }
}

type Declared = (String, PathBuf, Option<gonogo::place::Place>, bool);

/// The env files of the active services, as the files say them: the effective model has their variables instead.
fn declared(project: &Project) -> Vec<Declared> {
    let mut declared = Vec::new();
    for source in project.files.iter().filter(|source| source.text().contains("env_file")) {
        for document in yaml::parse(source).unwrap_or_default() {
            let services = document.root.get("services").into_iter().flat_map(Node::entries);
            for (name, entry) in services.filter(|(name, _)| project.service(name).is_some()) {
                let Some(node) = entry.node.get("env_file") else { continue };
                let items = node.as_seq().map_or_else(|| vec![node], |items| items.iter().collect());
                declared.extend(items.into_iter().filter_map(|item| one(name, item)));
            }
        }
    }
    declared
}

fn one(service: &str, item: &Node) -> Option<Declared> {
    let path = item.get("path").unwrap_or(item).as_str()?;
    let is_required = item.get("required").and_then(Node::as_bool).unwrap_or(true);
    // What it comes to is the resolver's to say.
    if path.contains('$') {
        return None;
    }
    let path = Path::new(path.trim_start_matches("./")).to_owned();
    Some((service.to_owned(), path, item.place().cloned(), is_required))
}
