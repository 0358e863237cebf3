//! JUnit XML, for CI systems: a check is a suite, a rule on a subject a case. A finding of the severity that decides
//! is a failure, what could not be learned an error, a milder or waived finding a success that says so in its output.

use std::fmt::Write;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::shown::{At, Came, Fault, Mark, Row, Shown};

/// The report, with a line break at the end.
pub(super) fn render(shown: &Shown) -> String {
    let mut report = Report::new("gonogo");
    report.set_time(shown.elapsed);
    let mut suites: Vec<TestSuite> = Vec::new();
    for row in &shown.rows {
        if !suites.iter().any(|suite| suite.name.as_str() == row.check) {
            suites.push(TestSuite::new(row.check));
        }
        if let Some(suite) = suites.iter_mut().find(|suite| suite.name.as_str() == row.check) {
            suite.set_time(suite.time.unwrap_or_default() + row.duration);
            suite.add_test_case(case(shown, row));
        }
    }
    // The place of what concerns the whole run: JUnit has none above the suites.
    if let Some(first) = suites.first_mut() {
        first.add_property(Property::new("verdict", shown.verdict.title()));
        first.add_property(Property::new("stage", shown.stage.to_string()));
        let crate::report::Summary { failed, warnings, infos, waived, passed, skipped, unknown } = shown.summary;
        let counts = [
            ("failed", failed),
            ("warnings", warnings),
            ("infos", infos),
            ("waived", waived),
            ("passed", passed),
            ("skipped", skipped),
            ("unknown", unknown),
        ];
        first.add_properties(counts.map(|(name, count)| Property::new(name, count.to_string())));
        first.add_properties(shown.notes.iter().map(|note| Property::new("note", valid(note))));
    }
    report.add_test_suites(suites);
    report.to_string().unwrap_or_default()
}

fn case(shown: &Shown, row: &Row) -> TestCase {
    let (status, output) = match &row.came {
        Came::Pass { observed } => (TestCaseStatus::success(), Some(observed.clone())),
        Came::Skip { reason } => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(valid(reason));
            (status, None)
        }
        Came::Unknown { cause, blocked_by, reason } => {
            let by = blocked_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            let reason = format!("{cause}{by}: {reason}");
            if row.optional {
                // It does not decide the verdict, so it must not fail a build.
                let mut status = TestCaseStatus::skipped();
                status.set_message(valid(&format!("optional, unknown: {reason}")));
                (status, None)
            } else {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_message(valid(&reason)).set_type(valid(cause));
                (status, None)
            }
        }
        Came::Fail(fault) => finding(shown, row, fault),
    };
    let mut case = TestCase::new(valid(&format!("{} {}", row.rule, row.subject)), status);
    case.set_classname(row.rule).set_time(row.duration);
    if let Some(output) = output {
        case.set_system_out(valid(&output));
    }
    case
}

fn finding(shown: &Shown, row: &Row, fault: &Fault) -> (TestCaseStatus, Option<String>) {
    let mut text = format!("{}[{}]: {}\n", fault.severity, row.rule, fault.message);
    for mark in std::iter::once(&fault.primary).chain(&fault.related) {
        let _ = writeln!(text, "  {}", line(mark));
    }
    if !fault.help.is_empty() {
        let _ = writeln!(text, "  help: {}", fault.help);
    }
    if let Some(reason) = &row.waived {
        return (TestCaseStatus::success(), Some(format!("waived: {reason}\n{text}")));
    }
    if fault.severity < shown.fail_on {
        return (TestCaseStatus::success(), Some(text));
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(valid(&fault.message)).set_type(fault.severity.to_string()).set_description(valid(&text));
    (status, None)
}

fn line(mark: &Mark) -> String {
    let at = match &mark.at {
        At::Excerpt(excerpt) => format!("{}:{}:{}", excerpt.file, excerpt.start.line, excerpt.start.column),
        At::Thing(name) => name.clone(),
    };
    if mark.text.is_empty() { at } else { format!("{at}: {}", mark.text) }
}

/// Without the two characters of UTF-8 that XML 1.0 forbids and the crate lets through. (Control characters are gone
/// by now.)
fn valid(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
