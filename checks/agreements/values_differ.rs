//! `agreements/values-differ`: two services that talk to each other were given different secrets for the same thing.

use std::collections::BTreeSet;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};

use super::configured::{agreements, judge};
use super::gather::gather;
use super::links::links;
use super::names::agree;
use super::statement::{Kind, Statement};

pub(super) const RULE: Rule = Rule {
    code: "agreements/values-differ",
    title: "services that talk to each other use the same token, password or key",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D25"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let configured = agreements(&cx).into_iter();
    let mut rows: Vec<Row> =
        configured.map(|agreement| Row::new(agreement.subject.clone(), judge(cx.clone(), agreement))).collect();
    let project = cx.project()?;
    let links = links(&project);
    if links.is_empty() {
        return Ok(rows);
    }
    let (statements, unknown) = gather(&cx, &project).await;
    rows.extend(unknown.into_iter().map(|(file, why)| Row::judged(Subject::new(file), Outcome::Unknown(why))));
    let mut seen = BTreeSet::new();
    for (one, other) in &links {
        for (a, b) in pairs(&statements, one, other) {
            let (subject, finding_first) =
                (format!("{} {} ↔ {} {}", a.service, a.name, b.service, b.name), mend_first(a, b));
            if !seen.insert(subject.clone()) {
                continue;
            }
            let subject = Subject::new(subject).at(Some(a.site.clone()));
            let outcome = match a.value == b.value {
                true => Outcome::pass("the same on both sides"),
                false => finding(finding_first).into(),
            };
            rows.push(Row::judged(subject, outcome));
        }
    }
    Ok(rows)
}

/// The statements of two services that mean one secret. Where several of one side could be meant, none is.
fn pairs<'a>(statements: &'a [Statement], one: &str, other: &str) -> Vec<(&'a Statement, &'a Statement)> {
    let of = |service: &str| statements.iter().filter(move |s| s.service == service).collect::<Vec<_>>();
    let (ones, others) = (of(one), of(other));
    let mut pairs = Vec::new();
    for a in &ones {
        let meant = |b: &&&Statement| agree(&a.name, &b.name, [one, other]);
        let Some(best) = others.iter().filter_map(|b| meant(&b)).max() else { continue };
        let best: Vec<_> = others.iter().filter(|b| meant(b) == Some(best)).collect();
        let names: BTreeSet<&str> = best.iter().map(|b| b.name.as_str()).collect();
        if names.len() == 1 {
            // Within one service, what is configured hides what the code falls back on.
            let strongest = best.iter().map(|b| b.kind).min();
            pairs.extend(best.into_iter().filter(|b| Some(b.kind) == strongest).map(|b| (*a, *b)));
        }
    }
    pairs.retain(|(a, _)| {
        let strongest = ones.iter().filter(|o| o.name == a.name).map(|o| o.kind).min();
        Some(a.kind) == strongest
    });
    pairs
}

/// The side that is best mended in front: what gives way, else the one that calls.
fn mend_first<'a>(a: &'a Statement, b: &'a Statement) -> [&'a Statement; 2] {
    if (a.kind, a.service.as_str()) >= (b.kind, b.service.as_str()) { [a, b] } else { [b, a] }
}

fn finding([first, second]: [&Statement; 2]) -> Finding {
    let how = match first.value.trim() == second.value.trim() {
        true => "differ in white space only",
        false => "differ",
    };
    let message = format!(
        "the secrets of `{}` and `{}` {how}: the one will be refused by the other",
        first.service, second.service
    );
    let help = match first.kind {
        Kind::Default | Kind::Image => format!(
            "set `{}` in the environment of `{}` to the value that `{}` has",
            first.name, first.service, second.service
        ),
        _ => format!(
            "give `{}` of `{}` and `{}` of `{}` one value, best from one variable in .env",
            first.name, first.service, second.name, second.service
        ),
    };
    Finding::error(message, first.site.clone())
        .label(first.said_by())
        .related(second.site.clone(), second.said_by())
        .help(help)
}
