//! `compose/unset-variable`: a variable that nobody sets becomes the empty text.

use std::path::Path;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::fact::{Unknown, file};
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};
use gonogo::place::Place;
use gonogo::run::nearest;
use gonogo::secret::is_sensitive_name;

use super::dollar_swallowed::is_swallowed;
use super::reference::{self, Reference};

pub(super) const RULE: Rule = Rule {
    code: "compose/unset-variable",
    title: "every variable that the files use is set",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D38"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

/// Files that come with a repository for its `.env` to be made of.
const EXAMPLES: &[&str] =
    &[".env.example", ".env.sample", ".env.template", ".env.dist", "example.env", "env.example"];

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mut unset: Vec<Vec<Reference>> = Vec::new();
    for reference in reference::unset(&project).into_iter().filter(|reference| !is_swallowed(reference)) {
        match unset.iter_mut().find(|others| others.iter().any(|other| other.variable == reference.variable)) {
            Some(others) => others.push(reference),
            None => unset.push(vec![reference]),
        }
    }
    let passed_on = passed_on(&project);
    if unset.is_empty() && passed_on.is_empty() {
        let observed = "none is used without being set";
        return Ok(vec![Row::judged(Subject::new(&project.name), Outcome::pass(observed))]);
    }
    let advice = Advice::read(&cx, &project.directory).await;
    let rows = unset.into_iter().filter_map(|references| row(references, &advice));
    Ok(rows.chain(passed_on.iter().map(|passed| passed.row(&advice))).collect())
}

/// A name without a value in `environment`, which Compose takes from whoever runs it, and nobody sets.
struct PassedOn {
    service: String,
    name: String,
    place: Place,
}

/// Those that can hardly be meant to be missing. Many others are: `HTTP_PROXY`, `DEBUG`.
fn passed_on(project: &Project) -> Vec<PassedOn> {
    let mut found = Vec::new();
    for service in project.services() {
        for (name, node) in service.environment() {
            let Some(place) = node.place().filter(|_| node.is_null()) else { continue };
            if is_sensitive_name(name) || is_needed(name) {
                found.push(PassedOn {
                    service: service.name.to_owned(),
                    name: name.to_owned(),
                    place: place.clone(),
                });
            }
        }
    }
    found
}

impl PassedOn {
    fn row(&self, advice: &Advice) -> Row {
        let Self { service, name, place } = self;
        let message =
            format!("`{name}` is to be passed on to `{service}`, and nobody sets it: the container goes without");
        let finding = Finding::warning(message, place).label("has no value").help(advice.on(name));
        Row::judged(Subject::new(format!("{service}.environment.{name}")).at(Some(place)), finding)
    }
}

/// One variable, one finding, however often it is used.
fn row(mut references: Vec<Reference>, advice: &Advice) -> Option<Row> {
    // Where it does most harm is where the finding points to.
    references.sort_by_key(|reference| std::cmp::Reverse(weight(reference).0));
    let (first, others) = references.split_first()?;
    let (severity, harm) = weight(first);
    let name = &first.variable;
    let message = format!("`{name}` is not set, so {harm}");
    let finding = Finding { severity, ..Finding::error(message, &first.place) }.label("becomes the empty text");
    let finding = others.iter().fold(finding, |finding, other| finding.related(&other.place, "here, too"));
    let subject = Subject::new(name).at(Some(&first.place));
    Some(Row::judged(subject, finding.help(advice.on(name))))
}

/// How much it weighs that a reference becomes the empty text, and what comes of it.
fn weight(reference: &Reference) -> (Severity, String) {
    let name = &reference.variable;
    let path = &reference.path;
    if reference.is_inactive {
        return (Severity::Warning, format!("`{path}` is not what it says, in a service that is not active"));
    }
    let spot = if path.is_empty() { &reference.key } else { path };
    match reference.attribute() {
        Some("ports") => return (Severity::Error, format!("`{spot}` asks for no port that anybody knows")),
        Some("image") => return (Severity::Error, format!("`{spot}` names no image, or another one")),
        Some(
            "volumes" | "devices" | "tmpfs" | "build" | "env_file" | "secrets" | "configs" | "extends" | "include",
        ) if !path.contains(".args") && !path.contains(".labels") => {
            return (Severity::Error, format!("`{spot}` leads to another path, or to none"));
        }
        Some("container_name" | "hostname" | "network_mode" | "networks" | "name" | "user") => {
            return (Severity::Error, format!("`{spot}` names nothing, or something else"));
        }
        _ => {}
    }
    if is_sensitive_name(name) || reference.is_secret() {
        return (Severity::Error, format!("`{spot}` is blank, and a secret is expected there"));
    }
    if reference.is_a_field() {
        return (Severity::Error, format!("`{spot}` has an empty field, which breaks it"));
    }
    if is_needed(name) {
        return (Severity::Error, format!("`{spot}` is blank where a port, path or image is expected"));
    }
    let harm = if reference.is_whole() { "is blank" } else { "lacks a part" };
    (Severity::Warning, format!("`{spot}` {harm}"))
}

/// Names under which a blank can't be meant: ports, paths, images.
fn is_needed(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    upper.split('_').any(|word| matches!(word, "PORT" | "PATH" | "DIR" | "DIRECTORY" | "IMAGE" | "TAG"))
}

/// What helps to name who should set a variable.
struct Advice {
    env_file: Option<Vec<String>>,
    example: Option<(&'static str, Vec<String>)>,
}

impl Advice {
    async fn read(cx: &Context, directory: &Path) -> Self {
        let mut example = None;
        for name in EXAMPLES {
            if let Some(names) = names(cx, directory, name).await {
                example = Some((*name, names));
                break;
            }
        }
        Self { env_file: names(cx, directory, ".env").await, example }
    }

    fn on(&self, variable: &str) -> String {
        let near = self.env_file.as_ref().and_then(|names| nearest(variable, names.iter().map(String::as_str)));
        match (near, &self.example) {
            (Some(near), _) => {
                format!("set `{variable}` in .env, or write `{near}` here if that is meant: .env has it")
            }
            (None, Some((file, names))) if names.iter().any(|name| name == variable) => match self.env_file {
                None => format!("cp {file} .env, then fill in `{variable}`"),
                Some(_) => format!("copy `{variable}` from {file} to .env and fill it in"),
            },
            _ => format!("add `{variable}=…` to .env, or write `${{{variable}:-default}}` if a default is meant"),
        }
    }
}

/// The names that a file of variables sets, if it is there.
async fn names(cx: &Context, directory: &Path, name: &str) -> Option<Vec<String>> {
    let path = directory.join(name);
    cx.ask(file::Stat { path: path.clone() }).await.ok()?;
    let variables = gonogo::document::env::read(&cx.read(path).await.ok()?).ok()?;
    Some(variables.node.entries().map(|(name, _)| name.to_owned()).collect())
}
