//! What a run found, and one file for each format that shows it. A renderer reads the report: it never filters
//! or decides, and is given nothing but a [`Shown`] report, which holds nothing secret any more.

mod json;
mod junit;
mod shown;
mod snippet;
mod table;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use json::{JSON_SCHEMA, SCHEMA};
pub use shown::Shown;

use crate::check::Stage;
use crate::finding::{Finding, Severity};
use crate::outcome::{Judged, Outcome};
use crate::verdict::Verdict;

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table, the findings as a compiler prints them, the verdict last.
    Table,
    /// The versioned JSON report.
    Json,
    /// JUnit XML, for CI systems.
    Junit,
}

/// How a report is shown.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether to colour.
    pub colour: bool,
    /// How many columns there are.
    pub width: usize,
    /// Whether to show every row with what was observed.
    pub verbose: bool,
    /// Whether to show the findings and the verdict only.
    pub quiet: bool,
}

/// Findings outside of a report, such as a gate file's mistakes, drawn as the table draws them, under a code.
pub fn draw(findings: &[Finding], code: &str, options: &Options) -> String {
    table::findings(&shown::faults(findings), code, options)
}

/// The report in a format, with a line break at the end.
pub fn render(shown: &Shown, format: Format, options: &Options) -> String {
    match format {
        Format::Table => table::render(shown, options),
        Format::Json => json::render(shown),
        Format::Junit => junit::render(shown),
    }
}

/// What a run found.
#[derive(Debug, Clone)]
pub struct Report {
    /// What the gate stood in front of.
    pub stage: Stage,
    /// The project's name, if it resolves.
    pub project: Option<String>,
    /// GO, NO-GO or NO VERDICT.
    pub verdict: Verdict,
    /// From which severity on a finding is NO-GO.
    pub fail_on: Severity,
    /// Every row, in the order of the registry, then of the subjects.
    pub results: Vec<Judged>,
    /// Things that the reader has to know about the whole run: a source that was not allowed, a recording.
    pub notes: Vec<String>,
    /// How long the run took.
    pub elapsed: Duration,
}

/// How many rows of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    /// Findings of severity error that are not waived.
    pub failed: usize,
    /// Findings of severity warning that are not waived.
    pub warnings: usize,
    /// Findings of severity info that are not waived.
    pub infos: usize,
    /// Findings that are waived.
    pub waived: usize,
    /// Rows that hold.
    pub passed: usize,
    /// Rows that were not evaluated, for a reason.
    pub skipped: usize,
    /// Rows that could not be evaluated.
    pub unknown: usize,
}

impl Report {
    /// How many rows of each kind.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for row in &self.results {
            let count = match &row.outcome {
                Outcome::Pass(_) => &mut summary.passed,
                Outcome::Skip(_) => &mut summary.skipped,
                Outcome::Unknown(_) => &mut summary.unknown,
                Outcome::Fail(_) if row.waived.is_some() => &mut summary.waived,
                Outcome::Fail(finding) => match finding.severity {
                    Severity::Error => &mut summary.failed,
                    Severity::Warning => &mut summary.warnings,
                    Severity::Info => &mut summary.infos,
                },
            };
            *count += 1;
        }
        summary
    }
}
