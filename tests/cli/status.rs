//! The exit status: 0, 1, 2, 3, the same in every format.

use crate::{GO, NO_GO, Stack, WARNING};

#[test]
fn the_status_is_the_verdict_in_every_format() {
    let cases: [(&str, &[&str], i32, &str, &str); 6] = [
        (GO, &[], 0, "go", "GO"),
        (NO_GO, &[], 1, "no-go", "NO-GO"),
        (WARNING, &[], 0, "go", "GO"),
        (WARNING, &["--fail-on", "warning"], 1, "no-go", "NO-GO"),
        (NO_GO, &["--skip", "ports/published-twice"], 0, "go", "GO"),
        // Nothing is evaluated: that is no GO.
        (GO, &["--only", "agreements"], 3, "no-verdict", "NO VERDICT"),
    ];
    for (text, args, status, verdict, title) in cases {
        let stack = Stack::of(&[("compose.yaml", text)]);
        let table = stack.build(args).with(status).stdout;
        let last = table.lines().last().unwrap();
        assert!(last.starts_with(&format!("{title}  ")), "{args:?}: {last}");
        let quiet = stack.build(&[args, &["-q"]].concat()).with(status).stdout;
        assert!(quiet.lines().last().unwrap().starts_with(&format!("{title}  ")), "{quiet}");
        stack.build(&[args, &["-v"]].concat()).with(status);
        let report = stack.build(&[args, &["--format", "json"]].concat()).with(status).json();
        assert_eq!((&report["verdict"], &report["exit_status"]), (&verdict.into(), &status.into()), "{args:?}");
        let junit = stack.build(&[args, &["--format", "junit"]].concat()).with(status).stdout;
        let failed = junit.contains("<failure");
        assert_eq!(failed, status == 1, "{args:?}: {junit}");
    }
}

#[test]
fn what_compose_rejects_is_a_finding() {
    for text in ["services:\n  web:\n    imagee: web:1\n", "services: [web]\n", "services:\n  web: {}\n", ": : :\n"] {
        let stack = Stack::of(&[("compose.yaml", text)]);
        let report = stack.build(&["--format", "json"]).with(1).json();
        assert_eq!(crate::subjects(&report, "compose/invalid", "fail").len(), 1, "{text}: {report:#}");
    }
}

#[test]
fn nothing_evaluated_is_no_verdict() {
    let stack = Stack::of(&[("compose.yaml", GO)]);
    // A rule that is not due at this stage.
    let ran = stack.run(&["--stage", "push", "--only", "docker/unreachable"]).with(3);
    assert!(ran.stdout.contains("NO VERDICT  nothing was evaluated"), "{ran:#?}");
    // All of them are skipped.
    stack.run(&["--offline", "--only", "docker"]).with(3);
}

#[test]
fn only_and_skip_choose_checks_and_rules() {
    let stack = Stack::of(&[("compose.yaml", NO_GO)]);
    let checks = |args: &[&str]| -> std::collections::BTreeSet<String> {
        let report = stack.build(&[args, &["--format", "json"]].concat()).json();
        report["results"].as_array().unwrap().iter().map(|row| row["rule"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(checks(&["--only", "ports/published-twice"]), ["ports/published-twice".to_owned()].into());
    let both = checks(&["--only", "ports/published-twice", "--only", "compose/invalid"]);
    assert_eq!(both, checks(&["--only", "ports/published-twice,compose/invalid"]));
    assert_eq!(both.len(), 2);
    let skipped = checks(&["--skip", "compose/invalid,agreements"]);
    assert!(skipped.contains("compose/unset-variable") && !skipped.contains("compose/invalid"), "{skipped:?}");
    assert!(!skipped.iter().any(|rule| rule.starts_with("agreements/")), "{skipped:?}");
    assert!(checks(&["--only", "compose", "--skip", "compose"]).is_empty());
}
