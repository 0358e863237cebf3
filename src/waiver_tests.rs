use std::collections::BTreeMap;

use super::*;
use crate::check::{Context, Layer, Stage};
use crate::fact::Unknown;
use crate::finding::Severity;
use crate::gatefile::{self, Found, Grammar, Variables};
use crate::place::Source;

static LATEST: Rule = rule("compose/image-latest");
static PORT: Rule = rule("ports/in-use");
static OURS: [Rule; 2] = [rule(EXPIRED), rule(UNUSED)];

const fn rule(code: &'static str) -> Rule {
    Rule {
        code,
        title: "it holds",
        severity: Severity::Error,
        layer: Layer::Declared,
        stages: Stage::ALL,
        faults: &[],
        settles: None,
        rows: |_: Context| Box::pin(async { Ok(Vec::new()) }),
    }
}

fn row(rule: &'static Rule, subject: &str, outcome: Outcome) -> Judged {
    let subject = Subject::new(subject);
    Judged {
        check: rule.check(),
        rule: rule.code,
        title: rule.title,
        subject,
        outcome,
        waived: None,
        duration: Duration::ZERO,
    }
}

fn fault(rule: &'static Rule, subject: &str) -> Judged {
    row(rule, subject, Finding::error("it does not hold", Site::Thing("x".to_owned())).into())
}

/// What becomes of rows under waivers on 2026-11-20: `rule subject: what`.
fn judged_for(waivers: &str, chosen: &[&str], mut rows: Vec<Judged>) -> Vec<String> {
    let text = format!("version: 1\nwaivers:\n{waivers}");
    let source = Source::new("gonogo.yaml", None, text);
    let found = Found { path: "/r/gonogo.yaml".into(), repository: "/r".into(), source };
    let rules = [LATEST.code, PORT.code];
    let variables = Variables::new(&BTreeMap::new());
    let gate =
        gatefile::parse(&found, &Grammar { sections: &[], rules: &rules, variables: &variables }, false).unwrap();
    let all = [&LATEST, &PORT, &OURS[0], &OURS[1]];
    let due: Vec<_> = all.into_iter().filter(|rule| chosen.contains(&rule.code)).collect();
    apply(&gate, &due, Date::constant(2026, 11, 20), &mut rows);
    rows.iter()
        .map(|row| {
            let what = match (&row.outcome, &row.waived) {
                (Outcome::Fail(finding), None) => format!("{}: {}", finding.severity, finding.message),
                (_, Some(reason)) => format!("waived: {reason}"),
                (outcome, None) => outcome.to_string(),
            };
            format!("{} {}: {what}", row.rule, row.subject.name)
        })
        .collect()
}

fn judged(waivers: &str, rows: Vec<Judged>) -> Vec<String> {
    judged_for(waivers, &[LATEST.code, PORT.code, EXPIRED, UNUSED], rows)
}

#[test]
fn a_finding_is_waived_with_its_reason_and_only_there() {
    let rows = vec![fault(&LATEST, "redis"), fault(&LATEST, "gui"), fault(&PORT, "redis")];
    assert_eq!(
        judged("  - { rule: compose/image-latest, subject: redis, reason: lab only, until: 2026-11-20 }\n", rows),
        [
            "compose/image-latest redis: waived: lab only (until 2026-11-20)",
            "compose/image-latest gui: error: it does not hold",
            "ports/in-use redis: error: it does not hold",
            "waivers/expired compose/image-latest on redis (line 3): pass",
            "waivers/unused compose/image-latest on redis (line 3): pass",
        ]
    );
}

#[test]
fn without_a_subject_and_with_wildcards_it_covers_many() {
    let rows = || vec![fault(&LATEST, "redis-1"), fault(&LATEST, "redis-2"), fault(&LATEST, "[::1]:80")];
    let waived = |waiver: &str| {
        let rows = judged(&format!("  - {{ rule: compose/image-latest, reason: r, {waiver} }}\n"), rows());
        rows.iter().take(3).map(|row| row.contains("waived: r")).collect::<Vec<_>>()
    };
    assert_eq!(waived(""), [true, true, true]);
    assert_eq!(waived("subject: 'redis-*'"), [true, true, false]);
    assert_eq!(waived("subject: 'redis-?'"), [true, true, false]);
    assert_eq!(waived("subject: 'redis-2'"), [false, true, false]);
    assert_eq!(waived("subject: '[::1]:80'"), [false, false, true]);
    assert_eq!(waived("subject: redis"), [false, false, false]);
}

#[test]
fn an_expired_one_waives_nothing_and_fails() {
    let rows = judged(
        "  - { rule: compose/image-latest, reason: r, until: 2026-11-19 }\n",
        vec![fault(&LATEST, "redis"), row(&PORT, "gui", Outcome::pass("free"))],
    );
    assert_eq!(
        rows,
        [
            "compose/image-latest redis: error: it does not hold",
            "ports/in-use gui: pass",
            "waivers/expired compose/image-latest (line 3): error: the waiver of compose/image-latest has expired",
        ]
    );
}

#[test]
fn an_expired_one_fails_even_if_it_would_waive_nothing_but_not_if_that_was_not_asked_for() {
    let waiver = "  - { rule: compose/image-latest, reason: r, until: 2020-01-01 }\n";
    let passing = || vec![row(&LATEST, "redis", Outcome::pass("pinned"))];
    assert!(judged_for(waiver, &[PORT.code, EXPIRED], passing())[1].starts_with("waivers/expired"));
    assert_eq!(judged_for(waiver, &[LATEST.code, UNUSED], passing()).len(), 1);
}

#[test]
fn an_unused_one_warns_if_that_can_be_told() {
    let waiver = "  - { rule: compose/image-latest, subject: redis, reason: r }\n";
    let pass = |rule, subject| row(rule, subject, Outcome::pass("fine"));
    let unused =
        |rows: Vec<Judged>| judged(waiver, rows).last().is_some_and(|row| row.contains("warning: the waiver of"));
    assert!(unused(vec![pass(&LATEST, "redis")]));
    assert!(unused(vec![fault(&LATEST, "gui")]));
    assert!(unused(vec![pass(&PORT, "gui")]), "the subject is gone");
    assert!(!unused(vec![fault(&LATEST, "redis")]));
    let unknown = || Outcome::Unknown(Unknown::absent("no engine"));
    assert!(!unused(vec![row(&LATEST, "redis", unknown()), pass(&PORT, "gui")]));
    assert!(!unused(vec![row(&LATEST, "redis", Outcome::skip("offline")), pass(&PORT, "gui")]));
    assert!(!unused(vec![row(&LATEST, "compose", unknown()), pass(&PORT, "gui")]), "the rule found no subjects");
    assert!(unused(vec![row(&LATEST, "gui", unknown()), pass(&LATEST, "redis")]));
    assert!(!unused(Vec::new()), "nothing was evaluated");
    assert_eq!(judged_for(waiver, &[PORT.code, UNUSED], vec![pass(&PORT, "gui")]).len(), 1, "the rule was not due");
}

#[test]
fn two_may_cover_the_same() {
    let rows = judged(
        "  - { rule: compose/image-latest, reason: all }\n  - { rule: compose/image-latest, subject: redis, reason: one }\n",
        vec![fault(&LATEST, "redis")],
    );
    assert_eq!(rows[0], "compose/image-latest redis: waived: all");
    assert!(rows[1..].iter().all(|row| row.ends_with(": pass")) && rows.len() == 5, "{rows:?}");
}
