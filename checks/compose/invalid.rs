//! `compose/invalid`: Compose would reject the project.

use gonogo::check::{Context, Layer, PROJECT, Row, Rule, Stage};
use gonogo::compose::{NoProject, Rejection};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

pub(super) const RULE: Rule = Rule {
    code: "compose/invalid",
    title: "docker compose accepts the files",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::ALL,
    faults: &["D46"],
    settles: Some(PROJECT),
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let rejected = match &cx.deployment().project {
        Ok(project) => {
            let observed = format!("{} services in {} files", project.services().count(), project.files.len());
            return Ok(vec![Row::judged(Subject::new(&project.name), Outcome::pass(observed))]);
        }
        Err(NoProject::Rejected(rejected)) => rejected,
        Err(NoProject::NotFound(_) | NoProject::Unreadable { .. }) => return Ok(Vec::new()),
    };
    Ok(rejected.rejections.iter().map(row).collect())
}

fn row(rejection: &Rejection) -> Row {
    let place = rejection.origin.as_ref().and_then(|origin| origin.place());
    let name = if rejection.path.is_empty() { "project" } else { &rejection.path };
    let site = place.map_or_else(|| Site::Thing("the compose files".to_owned()), Site::from);
    let mut finding = Finding::error(&rejection.message, site).help(&rejection.help);
    for (origin, text) in &rejection.related {
        if let Some(place) = origin.place() {
            finding = finding.related(place, text);
        }
    }
    Row::judged(Subject::new(name).at(place), finding)
}
