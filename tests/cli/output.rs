//! What is written where: the result on stdout, all else on stderr, reports into files.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::run::{command, start};
use crate::{GO, NO_GO, Stack, WARNING};

/// Failures, warnings, passes and unknowns in one stack.
const MIXED: &str = "services:\n  web:\n    image: web:1.2\n    ports: [\"8080:80\"]\n  more:\n    image: more:1.2\n    \
                     ports: [\"8080:90\"]\n    environment:\n      OTHER_TOKEN: changeme\n";

#[test]
fn stdout_is_the_result_and_nothing_else() {
    let stack = Stack::of(&[("compose.yaml", MIXED)]);
    for format in ["table", "json", "junit"] {
        let ran = stack.build(&["--format", format]).with(1);
        assert_eq!(ran.stderr, "", "{format}");
        assert!(ran.stdout.ends_with('\n'));
    }
    stack.build(&["--format", "json"]).json();
    assert!(stack.build(&["--format", "junit"]).stdout.starts_with("<?xml"));
}

#[test]
fn the_json_report_keeps_to_its_schema() {
    let schema = std::fs::read_to_string(crate::support::root().join("src/report/report.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let broken = "services:\n  web:\n    imagee: web\n";
    for text in [GO, NO_GO, WARNING, MIXED, broken, "not yaml: : :"] {
        let stack = Stack::of(&[("compose.yaml", text)]);
        for args in [&["--stage", "build"][..], &["--stage", "push"], &["--stage", "restart"], &["--offline"]] {
            let report = stack.run(&[args, &["--format", "json"]].concat()).json();
            let mistakes: Vec<String> = schema
                .iter_errors(&report)
                .map(|mistake| format!("{}: {mistake}", mistake.instance_path()))
                .collect();
            assert!(mistakes.is_empty(), "{args:?} {text:?}: {mistakes:#?}");
        }
    }
}

/// How many of each the last line tells: `NO-GO  3 failed · 1 warning · 24 passed · 2 unknown  0.41 s`.
fn told(line: &str) -> BTreeMap<String, u64> {
    let counts = line.split("  ").nth(1).unwrap_or_else(|| panic!("{line}"));
    let pair = |part: &str| {
        let (count, what) = part.split_once(' ').unwrap_or_else(|| panic!("{line}"));
        (what.trim_end_matches('s').to_owned(), count.parse().unwrap())
    };
    counts.split(" · ").map(pair).collect()
}

#[test]
fn the_counts_are_the_same_everywhere() {
    let stack = Stack::of(&[("compose.yaml", MIXED)]);
    for args in [&["--stage", "build"][..], &["--stage", "restart"], &["--stage", "build", "--fail-on", "warning"]] {
        let run = |format| stack.run(&[args, &["--format", format]].concat()).stdout;
        let report: Value = serde_json::from_str(&run("json")).unwrap();
        let summary = &report["summary"];
        let count = |key: &str| summary[key].as_u64().unwrap();
        let rows = report["results"].as_array().unwrap();
        let of = |outcome: &str| rows.iter().filter(|row| row["outcome"] == outcome).count() as u64;
        let of_severity = |severity: &str| rows.iter().filter(|row| row["severity"] == severity).count() as u64;
        assert_eq!(count("passed"), of("pass"));
        assert_eq!(count("skipped"), of("skip"));
        assert_eq!(count("unknown"), of("unknown"));
        assert_eq!((count("failed"), count("warnings")), (of_severity("error"), of_severity("warning")));
        assert!(count("failed") > 0 && count("warnings") > 0 && count("passed") > 0, "{summary}");

        let table = run("table");
        let told = told(table.lines().last().unwrap());
        for (key, word) in [
            ("failed", "failed"),
            ("warnings", "warning"),
            ("passed", "passed"),
            ("skipped", "skipped"),
            ("unknown", "unknown"),
        ] {
            assert_eq!(told.get(word).copied().unwrap_or(0), count(key), "{word}: {table}");
        }

        let junit = run("junit");
        let root = junit.split_once("<testsuites").and_then(|(_, rest)| rest.split_once('>')).unwrap().0;
        let attribute = |name: &str| -> u64 {
            let value = root.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
            value.unwrap_or_else(|| panic!("{name} in {root}")).0.parse().unwrap()
        };
        let failing = if args.contains(&"--fail-on") { count("failed") + count("warnings") } else { count("failed") };
        assert_eq!(attribute("tests"), rows.len() as u64);
        assert_eq!(attribute("failures"), failing);
        assert_eq!(junit.matches("<failure").count() as u64, failing);
        assert_eq!(attribute("errors"), count("unknown"));
        assert_eq!(junit.matches("<skipped").count() as u64, count("skipped"));
    }
}

#[test]
fn colour_where_it_is_wanted_only() {
    let stack = Stack::of(&[("compose.yaml", NO_GO)]);
    let coloured = |variables: &[(&str, &str)], args: &[&str]| {
        let mut command = command(&stack.path(), &[&["check", "--stage", "build"], args].concat());
        start(command.envs(variables.iter().copied()), "").end().stdout.contains('\x1b')
    };
    assert!(!coloured(&[], &[]), "stdout is no terminal here");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "0")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], &[]), "an empty NO_COLOR says nothing");
    for format in ["json", "junit"] {
        assert!(!coloured(&[("CLICOLOR_FORCE", "1")], &["--format", format]), "{format}");
    }
}

#[test]
fn several_outputs_at_once() {
    let stack = Stack::of(&[("compose.yaml", NO_GO), ("old.json", "an old report that is longer than nothing")]);
    let ran = stack.build(&[
        "--output",
        "json=r.json",
        "--output",
        "junit=r.xml",
        "--output",
        "table=r.txt",
        "--output",
        "json=old.json",
    ]);
    let read = |name| std::fs::read_to_string(stack.path().join(name)).unwrap();
    let report: Value = serde_json::from_str(&read("r.json")).unwrap();
    assert_eq!(report["verdict"], "no-go");
    assert_eq!(read("old.json"), read("r.json"));
    assert!(read("r.xml").starts_with("<?xml") && read("r.txt").contains("NO-GO"));
    assert!(ran.with(1).stdout.contains("NO-GO"), "stdout has its table, too");
}

#[test]
fn a_path_of_a_report_starts_where_c_says() {
    let stack = Stack::of(&[("below/compose.yaml", GO)]);
    stack.build(&["-C", "below", "--output", "json=r.json"]).with(0);
    assert!(crate::exists(&stack.path().join("below/r.json")));
}

#[test]
fn a_report_that_has_nowhere_to_go_is_said_before_anything_is_judged() {
    let stack = Stack::of(&[("compose.yaml", GO), ("kept.json", "kept")]);
    for path in ["nowhere/r.json", ".", "compose.yaml/r.json", "/proc/nothing.json"] {
        let output = format!("json={path}");
        let said = stack.build(&["--output", "json=kept.json", "--output", &output]).refused();
        assert!(said.contains("--output") && said.contains(path), "{said}");
    }
    assert_eq!(std::fs::read_to_string(stack.path().join("kept.json")).unwrap(), "kept");
    let said = stack.build(&["--record", "nowhere/tape.json"]).refused();
    assert!(said.contains("nowhere/tape.json"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_named_pipe_without_a_reader_does_not_hold_the_run() {
    let stack = Stack::of(&[("compose.yaml", GO)]);
    let made = std::process::Command::new("mkfifo").arg(stack.path().join("pipe")).status().unwrap();
    assert!(made.success());
    stack.build(&["--output", "json=pipe"]).refused();
}

#[test]
fn quiet_is_short_and_verbose_is_long() {
    let stack = Stack::of(&[("compose.yaml", MIXED)]);
    let lines = |args: &[&str]| stack.build(args).with(1).stdout.lines().count();
    let (quiet, plain, verbose) = (lines(&["-q"]), lines(&[]), lines(&["-v"]));
    assert!(quiet < plain && plain < verbose, "{quiet} {plain} {verbose}");
    let quiet = stack.build(&["-q"]).stdout;
    assert!(quiet.contains("ports/published-twice") && !quiet.contains("\npass "), "{quiet}");
    // Whatever is shown, the report is the same.
    let results = |args: &[&str]| stack.build(&[args, &["--format", "json"]].concat()).json()["summary"].clone();
    assert_eq!(results(&["-q"]), results(&["-v"]));
}

#[test]
fn a_finding_names_its_line_and_shows_it() {
    let stack = Stack::of(&[("compose.yaml", NO_GO)]);
    let ran = stack.build(&[]);
    // Both places, the second being the one that clashes with the first.
    assert!(["compose.yaml:4:", "compose.yaml:7:"].iter().all(|at| ran.stdout.contains(at)), "{}", ran.stdout);
    assert!(ran.stdout.contains("ports: [\"8080:90\"]") && ran.stdout.contains("^^"), "{}", ran.stdout);
    assert!(ran.stdout.contains("help"), "{}", ran.stdout);
    let report = stack.build(&["--format", "json"]).json();
    let finding = report["results"].as_array().unwrap().iter().find(|row| row["outcome"] == "fail").unwrap();
    let at = |site: &Value| format!("{}:{}", site["file"].as_str().unwrap(), site["line"]);
    assert_eq!(
        (at(&finding["primary"]), at(&finding["related"][0])),
        ("compose.yaml:7".into(), "compose.yaml:4".into())
    );
}
