//! What can be typed, what cannot, and what is said then.

use crate::support::run::{command, run, start};
use crate::{GO, NO_GO, Stack};

/// Each with the word that is asked for.
#[test]
fn a_mistyped_word_is_asked_for() {
    let stack = Stack::of(&[("compose.yaml", GO)]);
    for (args, meant) in [
        (&["check", "--format", "jsn"][..], "json"),
        (&["--format", "tabel"], "table"),
        (&["check", "--stage", "bild"], "build"),
        (&["check", "--stge", "build"], "--stage"),
        (&["chek"], "check"),
        (&["explain", "compose/unset-varible"], "compose/unset-variable"),
        (&["explain", "agrements"], "agreements"),
        (&["check", "--only", "compos"], "compose"),
        (&["check", "--only", "compose/invald"], "compose/invalid"),
        (&["check", "--skip", "agreement"], "agreements"),
        (&["list", "compse"], "compose"),
        (&["check", "--output", "jsno=x.json"], "json"),
        (&["check", "--fail-on", "warnings"], "warning"),
        (&["trust", "--revok"], "--revoke"),
    ] {
        let said = stack.run(args).refused();
        let asked = ["`", "'"].iter().any(|q| said.contains(&format!("did you mean {q}{meant}{q}?")));
        assert!(asked, "{args:?}: {said}");
    }
    assert!(!crate::exists(&stack.path().join("x.json")));
}

#[test]
fn several_unknown_names_are_told_at_once() {
    let said =
        Stack::of(&[("compose.yaml", GO)]).run(&["--only", "prots,compse", "--skip", "nothing-like-it"]).refused();
    assert!(
        ["`prots`", "`compse`", "`nothing-like-it`", "gonogo list"].iter().all(|name| said.contains(name)),
        "{said}"
    );
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let stack = Stack::of(&[("compose.yaml", GO)]);
    for args in [
        &["check", "--deadline", "soon"][..],
        &["check", "--deadline", "0s"],
        &["check", "--deadline", "5 parsecs"],
        &["check", "--deadline", "999999999999999999999h"],
        &["check", "--output", "report.json"],
        &["check", "--output", "json="],
        &["check", "--quiet", "-v"],
        &["check", "--record", "a", "--replay", "b"],
        &["--record", "a", "check", "--replay", "b"],
        &["--stage", "build", "list"],
        &["list", "explain"],
        &["explain"],
        &["check", "extra"],
        &["-C", "nowhere"],
        &["-C", "compose.yaml"],
    ] {
        stack.run(args).refused();
    }
}

#[test]
fn check_is_what_is_done_when_no_command_is_given() {
    let stack = Stack::of(&[("compose.yaml", NO_GO)]);
    let (bare, named) = (stack.run(&["--stage", "build", "--format", "json"]), stack.build(&["--format", "json"]));
    let results = |ran: crate::Ran| -> Vec<String> {
        let report = ran.with(1).json();
        report["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| format!("{} {}", row["rule"], row["outcome"]))
            .collect()
    };
    assert_eq!(results(bare), results(named));
}

#[test]
fn flags_stand_before_and_behind_the_command() {
    let stack = Stack::of(&[("a.yaml", GO), ("b.yaml", "services:\n  more:\n    image: more:1\n")]);
    let report = stack
        .run(&["-f", "a.yaml", "--stage", "push", "check", "-f", "b.yaml", "--stage", "build", "--format", "json"]);
    let report = report.with(0).json();
    assert_eq!(report["stage"], "build", "what comes later counts");
    let ran = stack.run(&["--format", "json", "--stage", "build", "check", "-f", "a.yaml", "-p", "named"]);
    assert_eq!(ran.with(0).json()["project"], "named");
}

#[test]
fn help_is_on_stdout_and_short_with_h() {
    let here = Stack::of(&[]);
    for args in [&["--help"][..], &["-h"], &["help"], &["check", "--help"], &["list", "-h"], &["help", "check"]] {
        let ran = here.run(args).with(0);
        assert!(ran.stdout.contains("Usage: gonogo") && ran.stderr.is_empty(), "{args:?} {ran:#?}");
    }
    let lines = |args: &[&str]| here.run(args).stdout.lines().count();
    assert!(lines(&["-h"]) < lines(&["--help"]));
    let version = here.run(&["--version"]).with(0).stdout;
    assert_eq!(version, concat!("gonogo ", env!("CARGO_PKG_VERSION"), "\n"));
}

/// Every flag of every command says what it is for.
#[test]
fn every_flag_is_documented() {
    let here = Stack::of(&[]);
    let flag = regex::Regex::new(r"(?m)^ {2,6}(-\w, )?--[a-z-]+").unwrap();
    for command in ["check", "list", "explain", "resolve", "trust", "completions", "man"] {
        let help = here.run(&[command, "--help"]).with(0).stdout;
        let lines: Vec<&str> = help.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| flag.is_match(line)) {
            let beside = line.trim_start().split_once("  ").map_or("", |(_, text)| text.trim());
            let below = lines.get(at + 1).map_or("", |next| next.trim());
            assert!(!beside.is_empty() || (below.len() > 3 && !below.starts_with('-')), "{command}: {line}");
        }
    }
}

#[test]
fn completions_and_manual_pages_tell_of_every_command() {
    let here = Stack::of(&[]);
    for shell in ["bash", "zsh", "fish"] {
        let script = here.run(&["completions", shell]).with(0).stdout;
        assert!(["explain", "resolve", "stage", "replay"].iter().all(|word| script.contains(word)), "{shell}");
    }
    let said = here.run(&["completions", "bsh"]).refused();
    assert!(said.contains("did you mean 'bash'?"), "{said}");
    let page = here.run(&["man"]).with(0).stdout;
    assert!(
        page.contains(".TH gonogo 1") && page.contains("NO VERDICT") && page.contains("gonogo\\-check(1)"),
        "{page}"
    );
    for command in ["check", "list", "explain", "resolve", "trust"] {
        let page = here.run(&["man", command]).with(0).stdout;
        assert!(page.contains(&format!(".TH gonogo-{command} 1")), "{page}");
    }
    assert!(here.run(&["man", "chek"]).refused().contains("did you mean `check`?"));
}

#[test]
fn list_and_explain_tell_of_every_rule() {
    let here = Stack::of(&[]);
    let list = here.run(&["list", "--json"]).with(0).json();
    let table = here.run(&["list"]).with(0).stdout;
    let mut rules = 0;
    for check in list["checks"].as_array().unwrap() {
        assert!(here.run(&["explain", check["check"].as_str().unwrap()]).with(0).stdout.starts_with("# "));
        for rule in check["rules"].as_array().unwrap() {
            let code = rule["rule"].as_str().unwrap();
            assert!(table.contains(&format!("  {code} ")), "{code} is not listed");
            let said = here.run(&["explain", code]).with(0).stdout;
            let title = rule["title"].as_str().unwrap();
            let severity = rule["severity"].as_str().unwrap();
            assert!(said.starts_with(&format!("{code}: {title}")) && said.contains(severity), "{said}");
            rules += 1;
        }
    }
    assert!(rules > 5);
    let one = here.run(&["list", "compose"]).with(0).stdout;
    assert!(one.contains("compose/invalid") && !one.contains("agreements/"), "{one}");
}

/// `gonogo … | head -1`, and a reader that never was.
#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let stack = Stack::of(&[("compose.yaml", GO)]);
    let program = env!("CARGO_BIN_EXE_gonogo");
    for args in [
        "--help",
        "list",
        "list --json",
        "explain compose",
        "check --stage build",
        "check --stage build --format json",
    ] {
        let script = format!("set -o pipefail; '{program}' {args} | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}");
        let mut command = std::process::Command::new("bash");
        crate::support::scrub(command.args(["-c", &script]), &stack.path());
        let ran = start(&mut command, "").end().with(0);
        assert_eq!(ran.stderr, "", "{args}");
        let script = format!("exec '{program}' {args} >&-");
        let mut command = std::process::Command::new("bash");
        crate::support::scrub(command.args(["-c", &script]), &stack.path());
        start(&mut command, "").end().with(0);
    }
    let script = format!("exec '{program}' check --stage build >/dev/full");
    let mut command = std::process::Command::new("bash");
    crate::support::scrub(command.args(["-c", &script]), &stack.path());
    let said = start(&mut command, "").end().refused();
    assert!(said.contains("stdout"), "{said}");
}

#[test]
fn a_compose_file_on_stdin() {
    let here = Stack::of(&[]);
    for (text, status) in [(GO, 0), (NO_GO, 1)] {
        let mut command = command(&here.path(), &["-f", "-", "--stage", "build"]);
        start(&mut command, text).end().with(status);
    }
}

#[test]
fn a_directory_that_is_gone_is_said() {
    let keep = tempfile::tempdir().unwrap();
    let gone = keep.path().join("gone");
    std::fs::create_dir(&gone).unwrap();
    let mut command = std::process::Command::new("bash");
    let script = format!("rmdir '{}'; exec '{}' check", gone.display(), env!("CARGO_BIN_EXE_gonogo"));
    crate::support::scrub(command.args(["-c", &script]), &gone);
    start(&mut command, "").end().refused();
    let said = run(keep.path(), &["check"]).refused();
    assert!(said.contains("no compose file in") && said.contains("-f FILE"), "{said}");
}
