//! The JSON report, `gonogo-report/1`. Its types are apart from the internal ones, so that those may change; its
//! schema is `report.schema.json` beside this file.

use serde::Serialize;

use super::Summary;
use super::shown::{At, Came, Excerpt, Mark, Row, Shown};
use crate::check::Stage;
use crate::finding::Severity;
use crate::verdict::Verdict;

/// The schema's name and version: what `schema` holds. A change that a reader could stumble over raises the number.
pub const SCHEMA: &str = "gonogo-report/1";

/// The JSON schema of this report.
pub const JSON_SCHEMA: &str = include_str!("report.schema.json");

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    verdict: Verdict,
    exit_status: u8,
    stage: Stage,
    project: Option<&'a str>,
    duration_ms: f64,
    summary: Summary,
    notes: &'a [String],
    results: Vec<Result<'a>>,
}

#[derive(Serialize)]
struct Result<'a> {
    check: &'static str,
    rule: &'static str,
    subject: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_by: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    optional: bool,
    duration_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary: Option<Label<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    related: Option<Vec<Label<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waived: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Label<'a> {
    Place { file: &'a str, line: usize, column: usize, end_line: usize, end_column: usize, label: &'a str },
    Thing { thing: &'a str, label: &'a str },
}

/// The report, pretty-printed, with a line break at the end.
pub(super) fn render(shown: &Shown) -> String {
    let document = Document {
        schema: SCHEMA,
        verdict: shown.verdict,
        exit_status: shown.verdict.exit_status(),
        stage: shown.stage,
        project: shown.project.as_deref(),
        duration_ms: milliseconds(shown.elapsed),
        summary: shown.summary,
        notes: &shown.notes,
        results: shown.rows.iter().map(result).collect(),
    };
    // Neither maps with odd keys nor fallible serialisers are in there: it cannot fail.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn result(row: &Row) -> Result<'_> {
    let mut result = Result {
        check: row.check,
        rule: row.rule,
        subject: &row.subject,
        outcome: row.came.name(),
        observed: None,
        reason: None,
        cause: None,
        blocked_by: None,
        optional: row.optional,
        duration_ms: milliseconds(row.duration),
        severity: None,
        message: None,
        primary: None,
        related: None,
        help: None,
        waived: row.waived.as_deref(),
    };
    match &row.came {
        Came::Pass { observed } => result.observed = Some(observed),
        Came::Skip { reason } => result.reason = Some(reason),
        Came::Unknown { cause, blocked_by, reason } => {
            result.reason = Some(reason);
            result.cause = Some(cause);
            result.blocked_by = blocked_by.as_deref();
        }
        Came::Fail(fault) => {
            result.severity = Some(fault.severity);
            result.message = Some(&fault.message);
            result.primary = Some(label(&fault.primary));
            result.related = Some(fault.related.iter().map(label).collect());
            result.help = Some(&fault.help);
        }
    }
    result
}

fn label(mark: &Mark) -> Label<'_> {
    let label = mark.text.as_str();
    match &mark.at {
        At::Excerpt(Excerpt { file, start, end, .. }) => Label::Place {
            file,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            label,
        },
        At::Thing(thing) => Label::Thing { thing, label },
    }
}

fn milliseconds(duration: std::time::Duration) -> f64 {
    // Microseconds are exact enough, and short to read.
    duration.as_micros() as f64 / 1000.0
}
