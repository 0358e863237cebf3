//! Which project is meant: docker compose's own flags and variables.

use serde_json::Value;

use crate::support::run::{command, start};
use crate::{GO, NO_GO, Stack};

/// Judges by the files with `--format json` and variables.
fn report(stack: &Stack, below: &str, variables: &[(&str, &str)], args: &[&str]) -> Value {
    let args = [&["check", "--stage", "build", "--format", "json"], args].concat();
    let mut command = command(&stack.path().join(below), &args);
    start(command.envs(variables.iter().copied()), "").end().json()
}

/// The variables that nobody sets, which tells which files were read.
fn unset(report: &Value) -> Vec<String> {
    let mut names: Vec<String> = report["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["rule"] == "compose/unset-variable" && row["outcome"] == "fail")
        .map(|row| row["message"].as_str().unwrap().to_owned())
        .filter_map(|message| Some(regex::Regex::new("[A-Z]+_UNSET").unwrap().find(&message)?.as_str().to_owned()))
        .collect();
    names.sort();
    names
}

fn using(service: &str, variable: &str) -> String {
    format!("services:\n  {service}:\n    image: {service}:1\n    environment:\n      MODE: ${{{variable}}}\n")
}

#[test]
fn files_are_found_upwards_as_compose_does() {
    let stack = Stack::of(&[("compose.yaml", &using("a", "A_UNSET")), ("below/deep/readme", "")]);
    assert_eq!(unset(&report(&stack, "below/deep", &[], &[])), ["A_UNSET"]);
    for name in ["compose.yml", "docker-compose.yaml", "docker-compose.yml"] {
        let stack = Stack::of(&[(name, &using("a", "A_UNSET"))]);
        assert_eq!(unset(&report(&stack, "", &[], &[])), ["A_UNSET"], "{name}");
    }
    // Of two, the preferred one; with its override.
    let stack = Stack::of(&[
        ("compose.yaml", &using("a", "A_UNSET")),
        ("docker-compose.yml", &using("b", "B_UNSET")),
        ("compose.override.yaml", &using("c", "C_UNSET")),
    ]);
    assert_eq!(unset(&report(&stack, "", &[], &[])), ["A_UNSET", "C_UNSET"]);
}

#[test]
fn files_are_named_by_flags_variables_and_c() {
    let (a, b) = (using("a", "A_UNSET"), using("b", "B_UNSET"));
    let stack = Stack::of(&[("a.yaml", &a), ("b.yaml", &b), ("below/compose.yaml", &b)]);
    assert_eq!(unset(&report(&stack, "", &[], &["-f", "a.yaml"])), ["A_UNSET"]);
    assert_eq!(unset(&report(&stack, "", &[], &["-f", "a.yaml", "-f", "b.yaml"])), ["A_UNSET", "B_UNSET"]);
    assert_eq!(unset(&report(&stack, "", &[], &["--file=b.yaml"])), ["B_UNSET"]);
    let both = [("COMPOSE_FILE", "a.yaml:b.yaml")];
    assert_eq!(unset(&report(&stack, "", &both, &[])), ["A_UNSET", "B_UNSET"]);
    assert_eq!(unset(&report(&stack, "", &both, &["-f", "a.yaml"])), ["A_UNSET"], "the flag comes first");
    let other = [("COMPOSE_FILE", "a.yaml,b.yaml"), ("COMPOSE_PATH_SEPARATOR", ",")];
    assert_eq!(unset(&report(&stack, "", &other, &[])), ["A_UNSET", "B_UNSET"]);
    assert_eq!(unset(&report(&stack, "", &[], &["-C", "below"])), ["B_UNSET"]);
    assert_eq!(unset(&report(&stack, "below", &[], &["-f", "../a.yaml"])), ["A_UNSET"]);
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    let stack = Stack::of(&[("compose.yaml", GO)]);
    let said = stack.run(&["-f", "nowhere.yaml"]).refused();
    assert!(said.contains("nowhere.yaml"), "{said}");
    let mut named = command(&stack.path(), &["check"]);
    assert!(start(named.env("COMPOSE_FILE", "gone.yaml"), "").end().refused().contains("gone.yaml"));
}

#[test]
fn the_project_has_the_name_that_compose_gives_it() {
    let named = format!("name: in-the-file\n{GO}");
    let stack = Stack::of(&[("My.Stack/compose.yaml", GO), ("named/compose.yaml", &named), ("named/.env", "")]);
    let name =
        |below, variables: &[(&str, &str)], args: &[&str]| report(&stack, below, variables, args)["project"].clone();
    assert_eq!(name("My.Stack", &[], &[]), "mystack");
    assert_eq!(name("named", &[], &[]), "in-the-file");
    let variable = [("COMPOSE_PROJECT_NAME", "in-the-variable")];
    assert_eq!(name("named", &variable, &[]), "in-the-variable");
    assert_eq!(name("named", &variable, &["-p", "in-the-flag"]), "in-the-flag");
}

#[test]
fn profiles_choose_services() {
    let text = format!("{}    profiles: [extra]\n", using("a", "A_UNSET"));
    let text = format!("{text}  plain:\n    image: plain:1\n");
    let stack = Stack::of(&[("compose.yaml", &text)]);
    let judged = |variables: &[(&str, &str)], args: &[&str]| report(&stack, "", variables, args);
    let services = |report: &Value| {
        let rows = report["results"].as_array().unwrap().iter();
        rows.filter(|row| row["rule"] == "compose/invalid").map(|row| row["observed"].to_string()).collect::<String>()
    };
    let (without, with) = (judged(&[], &[]), judged(&[], &["--profile", "extra"]));
    assert_ne!(services(&without), services(&with), "the services that are on");
    assert_eq!(services(&with), services(&judged(&[], &["--profile", "*"])));
    assert_eq!(services(&with), services(&judged(&[("COMPOSE_PROFILES", "other,extra")], &[])));
    assert_eq!(services(&without), services(&judged(&[("COMPOSE_PROFILES", "extra")], &["--profile", "other"])));
}

#[test]
fn variables_come_from_env_files_and_the_environment() {
    let stack = Stack::of(&[
        ("compose.yaml", &using("a", "A_UNSET")),
        ("lab.env", "A_UNSET=set\n"),
        ("elsewhere/compose.yaml", &using("a", "A_UNSET")),
        ("elsewhere/.env", "A_UNSET=set\n"),
    ]);
    assert_eq!(unset(&report(&stack, "", &[], &[])), ["A_UNSET"]);
    assert_eq!(unset(&report(&stack, "", &[("A_UNSET", "set")], &[])), [""; 0]);
    assert_eq!(unset(&report(&stack, "", &[], &["--env-file", "lab.env"])), [""; 0]);
    assert_eq!(unset(&report(&stack, "", &[("COMPOSE_ENV_FILES", "lab.env")], &[])), [""; 0]);
    assert_eq!(unset(&report(&stack, "elsewhere", &[], &[])), [""; 0], ".env");
    assert_eq!(
        unset(&report(&stack, "", &[], &["--project-directory", "elsewhere"])),
        [""; 0],
        ".env of the project"
    );
    let said = stack.run(&["--env-file", "nowhere.env"]);
    assert!(matches!(said.status, Some(1 | 2)) && (said.stdout + &said.stderr).contains("nowhere.env"));
}

#[test]
fn paths_may_hold_spaces_and_quotes() {
    let strange = "a 'b' \"c\" $d\n[e] — ü";
    let stack = Stack::of(&[(&format!("{strange}/compose.yaml"), NO_GO)]);
    let directory = stack.path().join(strange);
    for args in [&["check", "--stage", "build"][..], &["check", "--stage", "build", "--format", "json"]] {
        crate::support::run::run(&directory, args).with(1);
        let file = format!("{strange}/compose.yaml");
        stack.run(&[&["-f", &file], args].concat()).with(1);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn paths_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt;
    let stack = Stack::of(&[]);
    let directory = stack.path().join(std::ffi::OsStr::from_bytes(b"not \xff utf-8"));
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("compose.yaml"), NO_GO).unwrap();
    for args in [&["--format", "table"][..], &["--format", "json"], &["--format", "junit"]] {
        crate::support::run::run(&directory, &[&["check", "--stage", "build"], args].concat()).with(1);
        let mut command = command(&stack.path(), &[&["check", "--stage", "build"], args].concat());
        start(command.arg("-C").arg(&directory), "").end().with(1);
    }
}
