//! `compose/completion-not-awaited`: a service waits until a one-shot has started, where its end is meant: the
//! migration still runs while the server already asks for its tables.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::{Project, Service};
use gonogo::document::Node;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};

pub(super) const RULE: Rule = Rule {
    code: "compose/completion-not-awaited",
    title: "who needs the work of a one-shot waits for its end",
    severity: Severity::Warning,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D61"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

/// Words in the last command of a service that does something and ends.
const TASKS: &[&str] = &[
    "migrate",
    "migrations",
    "db:seed",
    "alembic upgrade",
    "flask db upgrade",
    "collectstatic",
    "loaddata",
    "mc mb",
];
/// Words in the name of such a service.
const NAMES: &[&str] = &["migrate", "migration", "migrations", "migrator", "init", "seed", "seeder", "bootstrap"];

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mut rows = Vec::new();
    for service in project.services() {
        for (name, entry) in service.get("depends_on").into_iter().flat_map(Node::entries) {
            let Some(why) = project.service(name).and_then(|other| one_shot(&project, &service, &other)) else {
                continue;
            };
            let condition = entry.node.get("condition");
            let place = condition.and_then(Node::place).or_else(|| entry.key.place()).or_else(|| service.place());
            let Some(place) = place else { continue };
            let outcome = match condition.and_then(Node::as_str) {
                Some("service_started") => finding(&service, name, &why, place),
                Some("service_completed_successfully") => Outcome::pass(format!("waits for the end of `{name}`")),
                _ => continue,
            };
            rows.push(Row::judged(Subject::new(format!("{} → {name}", service.name)).at(Some(place)), outcome));
        }
    }
    Ok(rows)
}

fn finding(service: &Service<'_>, name: &str, why: &str, place: &gonogo::place::Place) -> Outcome {
    let message = format!("`{}` waits until `{name}` has started, and {why}: its end is what counts", service.name);
    Finding::warning(message, place)
        .label("waits for its start only")
        .help(format!("write `depends_on: {{{name}: {{condition: service_completed_successfully}}}}`"))
        .into()
}

/// What says that a service does something and ends, if anything does. `waits` is who depends on it.
fn one_shot(project: &Project, waits: &Service<'_>, service: &Service<'_>) -> Option<String> {
    let awaited = project.services().filter(|other| other.name != waits.name).find(|other| {
        let condition = other.get("depends_on").and_then(|on| on.get(service.name)?.get("condition")?.as_str());
        condition == Some("service_completed_successfully")
    });
    if let Some(other) = awaited {
        return Some(format!("`{}` waits for its end", other.name));
    }
    let own = waits.get("depends_on").and_then(|on| on.get(service.name)?.get("condition")?.as_str());
    if own == Some("service_completed_successfully") {
        return Some("it ends".to_owned());
    }
    let stays = matches!(service.text("restart"), Some("always" | "unless-stopped"))
        || service.get("healthcheck").is_some()
        || service.ports().next().is_some()
        || service.get("expose").is_some();
    if stays {
        return None;
    }
    let words = |key: &str| service.get(key).into_iter().flat_map(Node::items).filter_map(Node::scalar);
    let command: Vec<String> = words("entrypoint").chain(words("command")).collect();
    let command = command.join(" ");
    // What runs last is what it is for: `migrate && serve` is a server.
    let last = command.rsplit("&&").next().and_then(|part| part.rsplit(';').next()).unwrap_or_default();
    if let Some(task) = TASKS.iter().find(|task| last.contains(**task)) {
        return Some(format!("`{}` only does its `{task}` and ends", service.name));
    }
    let named = service.name.split(['-', '_', '.']).any(|word| NAMES.contains(&word));
    (named && !command.contains("&&")).then(|| format!("`{}` is a one-shot by its name", service.name))
}
