//! JSON against its schema, JUnit as XML, and the numbers of all formats against each other.

use serde_json::Value;

use super::*;
use crate::report::{JSON_SCHEMA, SCHEMA};

fn json(report: &Report) -> Value {
    serde_json::from_str(&text(report, Format::Json, &PLAIN)).unwrap()
}

fn reports() -> Vec<Report> {
    let mut none = report(Vec::new());
    none.project = None;
    let mut info = mismatch();
    info.severity = Severity::Info;
    let strict = |results: Vec<Judged>| {
        let verdict = Verdict::decide(&results, Severity::Info);
        Report { fail_on: Severity::Info, verdict, ..report(results) }
    };
    vec![
        every_kind(),
        none,
        report(vec![row("a/b", "x", Outcome::pass("fine"))]),
        report(vec![row("a/b", "x", info.clone())]),
        strict(vec![row("a/b", "x", info)]),
        report(vec![row("a/b", "x", Outcome::Unknown(Unknown::new(Cause::TimeOut, "3 s")))]),
    ]
}

#[test]
fn json_is_what_its_schema_says() {
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for report in reports() {
        let json = json(&report);
        let mistakes: Vec<String> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(mistakes.is_empty(), "{mistakes:?}\n{json:#}");
    }
    // The schema can fail: on an unknown key, a missing one, a wrong word.
    let good = json(&every_kind());
    for (pointer, value) in [
        ("/schema", Value::from("gonogo-report/2")),
        ("/verdict", Value::from("NO-GO")),
        ("/results/0/outcome", Value::from("passed")),
        ("/results/0/observed", Value::Null),
        ("/results/12/primary/line", Value::from(0)),
        ("/results/12/related", Value::Null),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&bad), "{pointer}");
    }
    let mut bad = good.clone();
    bad["results"][0].as_object_mut().unwrap().insert("secret".to_owned(), Value::from(1));
    assert!(!validator.is_valid(&bad));
}

#[test]
fn json_says_where_and_what() {
    let json = json(&every_kind());
    assert_eq!(json["schema"], SCHEMA);
    assert_eq!((&json["verdict"], &json["exit_status"]), (&Value::from("no-go"), &Value::from(1)));
    let fail = &json["results"][12];
    let place = |line, column, end_column, file: &str, label: &str| serde_json::json!({"file": file, "line": line, "column": column, "end_line": line, "end_column": end_column, "label": label});
    assert_eq!(fail["primary"], place(2, 11, 30, "ssh-tunnel-lab.sh", "forwards to :5050"));
    assert_eq!(fail["related"][0], place(4, 10, 19, "compose.yaml", "publishes :5051"));
    assert_eq!(fail["related"][1], serde_json::json!({"thing": "container lab-gui-1", "label": "listens on :5051"}));
    assert_eq!(json["results"][4]["blocked_by"], "docker/unreachable");
    assert_eq!(json["results"][8]["waived"], "lab only");
    assert_eq!(json["results"][9]["optional"], true);
}

#[test]
fn json_keys_keep_their_order_and_end_in_a_line_break() {
    let text = text(&every_kind(), Format::Json, &PLAIN);
    assert!(text.starts_with("{\n  \"schema\": \"gonogo-report/1\",\n  \"verdict\": \"no-go\",\n"));
    assert!(text.ends_with("}\n"));
}

#[test]
fn the_end_of_a_secret_does_not_tell_its_length() {
    let ends = ["a1", "a-very-long-token-indeed-1"].map(|token| {
        let source = Source::new(".env", None, format!("TOKEN={token}\n"));
        let finding = Finding::error("differs", source.place(6, 6 + token.len()));
        json(&report(vec![row("a/b", "x", finding)]))["results"][0]["primary"].clone()
    });
    assert_eq!(ends[0], ends[1]);
    let quoted = ["a1", "a-very-long-token-indeed-1"].map(|token| {
        let source = Source::new("a.json", None, format!("{{\"token\": \"{token}\",\n\"token\": \"{token}\"}}\n"));
        let line = source.line(1).range().end;
        let on_two_lines = source.place(10, line + 1 + line - 1);
        let finding = Finding::error("differs", source.place(10, line - 1)).related(on_two_lines, "both");
        let row = &json(&report(vec![row("a/b", "x", finding)]))["results"][0];
        (row["primary"].clone(), row["related"].clone())
    });
    assert_eq!(quoted[0], quoted[1]);
    assert_eq!((&quoted[0].0["column"], &quoted[0].0["end_column"]), (&Value::from(11), &Value::from(19)));
    assert_eq!((&ends[0]["column"], &ends[0]["end_column"]), (&Value::from(7), &Value::from(13)));
}

#[test]
fn junit_counts_failures_errors_and_skips() {
    let xml = text(&every_kind(), Format::Junit, &PLAIN);
    let parsed = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    assert_eq!((parsed.tests, parsed.failures, parsed.errors, parsed.skipped), (13, 1, 4, 3));
    let names: Vec<&str> = parsed.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(names, ["compose", "containers", "docker", "ports", "tunnels"]);
    assert!(xml.contains("<failure message=\"the tunnel forwards to :5050, gui listens on :5051\" type=\"error\">"));
    assert!(xml.contains("<error message=\"blocked by docker/unreachable: no engine\" type=\"blocked\"/>"));
    assert!(xml.contains("<system-out>waived: lab only\n"));
    assert!(xml.ends_with("</testsuites>\n"));
}

#[test]
fn junit_fails_on_what_the_run_fails_on() {
    let mut report = report(vec![row("a/b", "x", Finding::warning("m", mismatch().primary.site))]);
    let failures = |report: &Report| {
        quick_junit::Report::deserialize_from_str(&text(report, Format::Junit, &PLAIN)).unwrap().failures
    };
    assert_eq!(failures(&report), 0);
    report.fail_on = Severity::Warning;
    assert_eq!(failures(&report), 1);
}

#[test]
fn junit_takes_any_character() {
    let nasty: String = (0..=0x2ff).chain([0xfffe, 0xffff, 0x1f600]).filter_map(char::from_u32).collect();
    let xml = text(&report(vec![row("a/b", &nasty, Outcome::pass(nasty.clone()))]), Format::Junit, &PLAIN);
    let parsed = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    assert_eq!(parsed.tests, 1);
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(allowed));
}

#[test]
fn counts_and_verdict_are_the_same_in_every_format() {
    for report in reports() {
        let (summary, table, xml) =
            (report.summary(), text(&report, Format::Table, &PLAIN), text(&report, Format::Junit, &PLAIN));
        let json = json(&report);
        assert_eq!(json["summary"], serde_json::to_value(summary).unwrap());
        let last = table.lines().last().unwrap_or_default();
        assert!(last.starts_with(report.verdict.title()), "{last}");
        for (count, word) in [
            (summary.failed, "failed"),
            (summary.warnings, "warning"),
            (summary.waived, "waived"),
            (summary.passed, "passed"),
            (summary.unknown, "unknown"),
            (summary.skipped, "skipped"),
        ] {
            assert_eq!(last.contains(&format!("{count} {word}")), count > 0, "{count} {word}: {last}");
        }
        if !report.results.is_empty() {
            assert!(xml.contains(&format!("<property name=\"verdict\" value=\"{}\"/>", report.verdict.title())));
            assert!(xml.contains(&format!("<property name=\"unknown\" value=\"{}\"/>", summary.unknown)));
        }
    }
}
