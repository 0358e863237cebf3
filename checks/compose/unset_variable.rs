//! `compose/unset-variable`: a variable that nobody sets becomes the empty text.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Notice;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};

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

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let unset: Vec<_> = project.notices.iter().filter(|notice| notice.cause == "unset-variable").collect();
    if unset.is_empty() {
        let observed = "none is used without being set";
        return Ok(vec![Row::judged(Subject::new(&project.name), Outcome::pass(observed))]);
    }
    Ok(unset.into_iter().filter_map(row).collect())
}

fn row(notice: &Notice) -> Option<Row> {
    let name = &notice.about;
    let place = notice.origin.as_ref()?.place()?;
    let finding = Finding::error(format!("`{name}` is not set, so this becomes the empty text"), place)
        .label("nobody sets it")
        .help(format!("add `{name}=…` to .env, or write `${{{name}:-default}}` if a default is meant"));
    Some(Row::judged(Subject::new(format!("{}: {name}", notice.path)).at(Some(place)), finding))
}
