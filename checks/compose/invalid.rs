//! `compose/invalid`: Compose would reject the project.

use gonogo::check::{Context, Layer, PROJECT, Row, Rule, Stage};
use gonogo::compose::{NoProject, Rejection, cause};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

pub(super) const RULE: Rule = Rule {
    code: "compose/invalid",
    title: "docker compose accepts the files",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::ALL,
    faults: &["D46", "D44"],
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
    let mut rows: Vec<Row> = Vec::new();
    for rejection in &rejected.rejections {
        let mut name = if rejection.path.is_empty() { "project" } else { &rejection.path }.to_owned();
        // A name is a row's own: two mistakes at one path differ in where they stand.
        let place = rejection.origin.as_ref().and_then(|origin| origin.place());
        if rows.iter().any(|row| row.subject.name == name)
            && let Some(place) = place
        {
            name = format!("{name} at {place}");
        }
        let outcome = match rejection.cause {
            cause::ENV_FILE => Outcome::skip("see compose/env-file-missing"),
            _ => finding(rejection).into(),
        };
        rows.push(Row::judged(Subject::new(name).at(place), outcome));
    }
    Ok(rows)
}

/// What Compose says no to, as a finding.
pub(super) fn finding(rejection: &Rejection) -> Finding {
    let place = rejection.origin.as_ref().and_then(|origin| origin.place());
    let site = place.map_or_else(|| Site::Thing("the compose files".to_owned()), Site::from);
    let finding = Finding::error(&rejection.message, site).help(&rejection.help);
    rejection.related.iter().fold(finding, |finding, (origin, text)| match origin.place() {
        Some(place) => finding.related(place, text),
        None => finding,
    })
}
