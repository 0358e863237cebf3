//! `compose/healthcheck-missing`: a service waits for the health of one whose health nobody checks.
//!
//! Compose then ends with `container … has no healthcheck configured` (compose, `isServiceHealthy`).

use std::sync::Arc;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Project;
use gonogo::document::Node;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::health::{self, Health};
use super::image::Reference;

pub(super) const RULE: Rule = Rule {
    code: "compose/healthcheck-missing",
    title: "who waits for the health of a service waits for one that is checked",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D34"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mut rows = Vec::new();
    for service in project.services() {
        for (other, entry) in service.get("depends_on").into_iter().flat_map(Node::entries) {
            let condition = entry.node.get("condition");
            if condition.and_then(Node::as_str) != Some("service_healthy") {
                continue;
            }
            let place = condition.and_then(Node::place).or_else(|| entry.key.place()).or_else(|| service.place());
            let wait = Wait {
                waits: service.name.to_owned(),
                other: other.to_owned(),
                is_required: entry.node.get("required").and_then(Node::as_bool) != Some(false),
                place: place.cloned(),
            };
            let subject = Subject::new(format!("{} → {other}", service.name)).at(place);
            let (cx, project) = (cx.clone(), Arc::clone(&project));
            rows.push(Row::new(subject, async move { Ok(judge(&cx, &project, wait).await) }));
        }
    }
    Ok(rows)
}

/// A service that waits for the health of another.
struct Wait {
    waits: String,
    other: String,
    is_required: bool,
    place: Option<gonogo::place::Place>,
}

async fn judge(cx: &Context, project: &Project, wait: Wait) -> Outcome {
    let Wait { waits, other, is_required, place } = wait;
    let Some(service) = project.service(&other) else {
        return Outcome::skip(format!("`{other}` is not active"));
    };
    let (why, switched_off) = match health::of(cx, project, &service).await {
        Health::Checked(how) => return Outcome::pass(format!("the health of `{other}` is checked by {how}")),
        Health::NotKnown(why) => return Outcome::skip(why),
        Health::Disabled(node_place) => ("its health check is disabled".to_owned(), node_place),
        Health::Unchecked(why) => (why, None),
    };
    let condition = place.map_or_else(|| Site::Thing(format!("service {waits}")), Site::Text);
    let message = format!("`{waits}` waits until `{other}` is healthy, and nothing checks its health: {why}");
    let declared = service.place().map_or_else(|| Site::Thing(format!("service {other}")), Site::from);
    let finding = match switched_off {
        Some(place) => Finding::error(message, place)
            .label("no health check")
            .related(condition, "waits for it")
            .help(format!("remove this line, or let `{waits}` wait with `condition: service_started`")),
        None => Finding::error(message, condition)
            .label("waits for its health")
            .related(declared, "has no health check")
            .help(format!(
                "add `healthcheck: {{test: {}}}` to `{other}`, or wait with `condition: service_started`",
                service.text("image").and_then(test).unwrap_or("[\"CMD\", …]")
            )),
    };
    // Compose goes on without a dependency that is not required.
    let severity = if is_required { Severity::Error } else { Severity::Warning };
    Finding { severity, ..finding }.into()
}

/// The health check that the maintainers of an image recommend.
fn test(image: &str) -> Option<&'static str> {
    Some(match Reference::parse(image)?.official()? {
        "postgres" => r#"["CMD-SHELL", "pg_isready -U $${POSTGRES_USER:-postgres}"]"#,
        "mysql" | "percona" => r#"["CMD", "mysqladmin", "ping", "-h", "127.0.0.1"]"#,
        "mariadb" => r#"["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"]"#,
        "redis" => r#"["CMD", "redis-cli", "ping"]"#,
        "rabbitmq" => r#"["CMD", "rabbitmq-diagnostics", "-q", "ping"]"#,
        "mongo" => r#"["CMD", "mongosh", "--quiet", "--eval", "db.adminCommand('ping')"]"#,
        _ => return None,
    })
}
