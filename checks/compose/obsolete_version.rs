//! `compose/obsolete-version`: a top-level `version:`, which Compose 2 ignores.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};

pub(super) const RULE: Rule = Rule {
    code: "compose/obsolete-version",
    title: "no file has the obsolete `version`",
    severity: Severity::Info,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &[],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mut rows: Vec<Row> = Vec::new();
    for notice in project.notices.iter().filter(|notice| notice.cause == "obsolete-version") {
        let Some(place) = notice.origin.as_ref().and_then(|origin| origin.place()) else { continue };
        let subject = Subject::new(place.file()).at(Some(place));
        if rows.iter().any(|row| row.subject.name == subject.name) {
            continue;
        }
        let message = "`version` means nothing to Compose 2, which warns of it each time";
        let finding = Finding { severity: Severity::Info, ..Finding::warning(message, place) };
        rows.push(Row::judged(subject, finding.help("remove this line")));
    }
    if rows.is_empty() {
        rows.push(Row::judged(Subject::new(&project.name), Outcome::pass("none has it")));
    }
    Ok(rows)
}
