//! Engines that hang, are not there, or answer nonsense: each is one cause, and the run ends in time.
#![cfg(unix)]

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::engine::{Answer, FakeEngine};
use crate::support::run::{Ran, command, start};
use crate::{GO, Stack};

fn judge(stack: &Stack, engine: &str, args: &[&str]) -> Ran {
    let mut command = command(&stack.path(), &[&["check"], args].concat());
    start(command.env("DOCKER_HOST", engine), "").end()
}

fn rows<'a>(report: &'a Value, outcome: &str) -> Vec<&'a Value> {
    report["results"].as_array().unwrap().iter().filter(|row| row["outcome"] == outcome).collect()
}

/// What stands on the engine is blocked by the one row that says what is the matter with it.
fn assert_one_cause(report: &Value) {
    let unknown = rows(report, "unknown");
    for row in &unknown {
        assert_eq!(row["blocked_by"], "docker/unreachable", "{row:#}");
    }
    let engine: Vec<_> = rows(report, "fail").into_iter().filter(|row| row["check"] != "compose").collect();
    assert!(engine.iter().all(|row| row["rule"] == "docker/unreachable") && engine.len() <= 1, "{engine:#?}");
}

#[test]
fn a_hanging_engine_ends_at_the_deadline_and_is_one_cause() {
    let (stack, engine) = (Stack::of(&[("compose.yaml", GO)]), FakeEngine::hanging());
    for deadline in ["300ms", "1s"] {
        let ran = judge(&stack, &engine.host(), &["--deadline", deadline, "--format", "json"]);
        assert!(matches!(ran.status, Some(1 | 3)), "{ran:#?}");
        assert!(ran.took < Duration::from_secs(3), "{:?} with --deadline {deadline}", ran.took);
        let report = ran.json();
        assert!(!rows(&report, "unknown").is_empty(), "{report:#}");
        assert_one_cause(&report);
        let table = judge(&stack, &engine.host(), &["--deadline", deadline]).stdout;
        assert_eq!(table.matches("blocked by docker/unreachable").count(), 1, "{table}");
    }
}

#[test]
fn no_engine_is_one_cause_and_no_matter_at_build() {
    let stack = Stack::of(&[("compose.yaml", GO)]);
    let nowhere = format!("unix://{}/no-engine.sock", stack.path().display());
    let ran = judge(&stack, &nowhere, &["--format", "json"]);
    assert!(matches!(ran.status, Some(1 | 3)), "{ran:#?}");
    assert_one_cause(&ran.json());
    let report = judge(&stack, &nowhere, &["--stage", "build", "--format", "json"]).with(0).json();
    assert!(rows(&report, "unknown").is_empty(), "{report:#}");
    // Not asked for: no cause at all.
    for args in [&["--offline"][..], &["--stage", "push"]] {
        let engine = FakeEngine::hanging();
        let report = judge(&stack, &engine.host(), &[args, &["--format", "json"]].concat()).with(0).json();
        assert!(rows(&report, "unknown").is_empty(), "{args:?}: {report:#}");
        assert!(engine.heard().is_empty());
    }
}

#[test]
fn what_answers_and_is_no_engine_is_said() {
    let stack = Stack::of(&[("compose.yaml", GO)]);
    let nonsense = |body: &'static str| {
        FakeEngine::answering(move |_| Answer { status: 200, head: String::new(), body: body.into() })
    };
    for engine in [
        nonsense("hello"),
        nonsense(r#"{"ApiVersion": "one"}"#),
        nonsense("[[[[[[[["),
        FakeEngine::answering(|_| Answer::absent("page not found")),
        FakeEngine::answering(|_| Answer { status: 500, head: String::new(), body: b"\xff\xfe\0\x1b[2J".to_vec() }),
        FakeEngine::answering(|_| Answer { status: 200, head: "Broken Head\r\n".to_owned(), body: Vec::new() }),
    ] {
        let ran = judge(&stack, &engine.host(), &["--format", "json"]);
        assert!(matches!(ran.status, Some(1 | 3)), "{ran:#?}");
        assert_one_cause(&ran.json());
        let table = judge(&stack, &engine.host(), &[]).stdout;
        assert!(!table.contains('\x1b'), "{table:?}");
    }
}

#[test]
fn an_interrupted_run_ends_with_130_and_no_verdict() {
    let (stack, engine) = (Stack::of(&[("compose.yaml", GO)]), FakeEngine::hanging());
    let mut hanging = command(&stack.path(), &["check", "--format", "json"]);
    let running = start(hanging.env("DOCKER_HOST", engine.host()), "");
    interrupt(&running, Duration::from_millis(500));
    let ran = running.end().with(130);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("interrupted"), "{ran:#?}");
    assert!(ran.took < Duration::from_secs(3), "{:?}", ran.took);
}

#[test]
fn a_stdin_that_never_ends_can_be_interrupted() {
    let stack = Stack::of(&[]);
    let mut command = std::process::Command::new("bash");
    let script = format!("exec '{}' check -f - < <(exec sleep 20)", env!("CARGO_BIN_EXE_gonogo"));
    crate::support::scrub(command.args(["-c", &script]), &stack.path());
    let running = start(&mut command, "");
    interrupt(&running, Duration::from_millis(700));
    assert!(running.end().with(130).stderr.contains("interrupted"));
}

fn interrupt(running: &crate::support::run::Running, after: Duration) {
    let until = Instant::now() + after;
    std::thread::sleep(until.saturating_duration_since(Instant::now()));
    let id = running.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
}
