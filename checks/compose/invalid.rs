//! `compose/invalid`: Compose would reject the project.

use gonogo::check::{Context, Layer, PROJECT, Row, Rule, Stage};
use gonogo::compose::{NoProject, Project, Rejection, cause};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

/// How many mistakes are told one by one. Who has more has not written them by hand.
const MOST: usize = 100;

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
            let outcome = match project.services().count() {
                0 => no_service(project).into(),
                count => Outcome::pass(format!("{}, {}", of(count, "service"), of(project.files.len(), "file"))),
            };
            return Ok(vec![Row::judged(Subject::new(&project.name), outcome)]);
        }
        Err(NoProject::Rejected(rejected)) => rejected,
        Err(NoProject::NotFound(_) | NoProject::Unreadable { .. }) => return Ok(Vec::new()),
    };
    let mut rows: Vec<Row> = Vec::new();
    let (shown, left) = rejected.rejections.split_at(MOST.min(rejected.rejections.len()));
    for rejection in shown {
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
    if let Some(next) = left.first() {
        let mut finding = finding(next);
        finding.message = format!("{}, and {} more", finding.message, of(left.len() - 1, "mistake"));
        rows.push(Row::judged(Subject::new("and more"), Outcome::from(finding)));
    }
    Ok(rows)
}

fn of(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Compose accepts the files and then has nothing to do: `up` ends with `no service selected`.
fn no_service(project: &Project) -> Finding {
    let declared = project.inactive.first();
    let place = declared.and_then(|(_, key)| key.place());
    let place = place.or_else(|| project.model.get("services").and_then(|services| services.place()));
    let site = place.map_or_else(|| Site::Thing("the compose files".to_owned()), Site::from);
    match declared {
        Some((name, _)) => Finding::error("every service has a profile, and none of them is enabled", site)
            .help(format!("enable one with --profile, such as that of `{name}`")),
        None => Finding::error("the project has no services", site)
            .help("add one under `services:`, or name the right file with -f"),
    }
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

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::checks::testing::{Stack, assert_passes, only};

    #[test]
    fn a_project_without_services_is_none() {
        for text in ["services: {}", "name: a", "services: {a: {image: a, profiles: [lab]}}"] {
            let rows = Stack::new(text).judge(&RULE);
            assert!(only(&rows).message.contains("service"), "{text}");
        }
        assert_passes(&Stack::new("services: {a: {image: a}, b: {image: b, profiles: [lab]}}").judge(&RULE));
    }
}
