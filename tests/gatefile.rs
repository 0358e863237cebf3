//! The gate file, black-box: its mistakes, bad input, trust, and what one that is not trusted may not do.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the list is for checks; a test stops at what it did not expect"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

const COMPOSE: &str = "services:\n  web:\n    image: example/web:1\n";

/// A repository with a compose file and a gate file.
fn repository(gate: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let keep = tempfile::tempdir().unwrap();
    let root = keep.path().canonicalize().unwrap().join("repo");
    std::fs::create_dir_all(root.join(".git")).unwrap();
    std::fs::write(root.join("compose.yaml"), COMPOSE).unwrap();
    std::fs::write(root.join("gonogo.yaml"), gate).unwrap();
    (keep, root)
}

fn run(root: &Path, args: &[&str]) -> Output {
    let mut command = support::gonogo(root);
    command.env("XDG_DATA_HOME", root.parent().unwrap().join("data"));
    let started = Instant::now();
    let output = command.args(args).output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(2), "{args:?} took {:?}", started.elapsed());
    output
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn ten_mistakes_are_reported_at_once_each_at_its_line() {
    let gate = "\
version: 7
fils: [a.yml]
files: { a: b }
waivers:
  - { rule: compose/invald, reason: x }
  - { rule: compose/invalid }
  - { rule: compose/invalid, reason: 5 }
  - { rule: compose/invalid, reason: '', until: 2026-12-31 }
  - { rule: compose/invalid, reason: x, until: soon }
  - { rule: compose/invalid, reason: '${GONOGO_TEST_UNSET}' }
  - compose/invalid
waivers: []
";
    let (_keep, root) = repository(gate.as_bytes());
    let output = run(&root, &["--stage", "build"]);
    let said = stderr(&output);
    assert_eq!(status(&output), 2, "{said}");
    for line in 1..=12 {
        assert_eq!(said.contains(&format!("--> gonogo.yaml:{line}:")), line != 4, "line {line}: {said}");
    }
    assert!(said.contains("did you mean `files`?") && said.contains("did you mean `compose/invalid`?"), "{said}");
    assert!(stdout(&output).is_empty(), "nothing was judged");
    assert_eq!(said.matches("error[gate file]").count(), 11, "{said}");
}

#[test]
fn bad_input_is_a_clear_error_and_no_panic() {
    let deep = "a: ".to_owned() + &"[".repeat(100_000);
    let bomb = (0..40).fold("version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        text + &format!("a{}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
    });
    for (gate, part) in [
        (&b"\xff\xfe\x00binary"[..], "not UTF-8"),
        (b"", "the gate file is empty"),
        (b"\x00\x01\x02", "gonogo.yaml"),
        (b"{{{{", "gonogo.yaml:1:"),
        (b"version: [1", "gonogo.yaml:"),
        (b"- version: 1\n", "a gate file is a mapping"),
        (&vec![b'#'; (1 << 20) + 1], "larger than 1 MiB"),
        (deep.as_bytes(), "gonogo.yaml:"),
        (bomb.as_bytes(), "gonogo.yaml:"),
    ] {
        let (_keep, root) = repository(gate);
        let output = run(&root, &["--stage", "build"]);
        let said = stderr(&output);
        assert_eq!(status(&output), 2, "{part}: {said}");
        assert!(said.contains(part) && !said.contains("panicked"), "{part}: {said}");
    }
    let (_keep, root) = repository(b"");
    std::fs::remove_file(root.join("gonogo.yaml")).unwrap();
    std::fs::create_dir(root.join("gonogo.yaml")).unwrap();
    let output = run(&root, &["--stage", "build"]);
    assert!(status(&output) == 2 && stderr(&output).contains("not a regular file"), "{}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_repository_is_refused_trusted_or_not() {
    let (_keep, root) = repository(b"");
    let outside = root.parent().unwrap().join("outside.yaml");
    std::fs::write(&outside, "version: 1\nsecret-of-somebody: 5d1c07aa\n").unwrap();
    std::fs::remove_file(root.join("gonogo.yaml")).unwrap();
    std::os::unix::fs::symlink(&outside, root.join("gonogo.yaml")).unwrap();
    for args in [&["--stage", "build"][..], &["--stage", "build", "--trust"], &["trust"]] {
        let output = run(&root, args);
        assert_eq!(status(&output), 2);
        assert!(stderr(&output).contains("out of the repository"), "{}", stderr(&output));
        assert!(!stderr(&output).contains("5d1c07aa") && !stdout(&output).contains("5d1c07aa"));
    }
    std::fs::remove_file(root.join("gonogo.yaml")).unwrap();
    std::os::unix::fs::symlink("/etc/shadow", root.join("gonogo.yaml")).unwrap();
    let output = run(&root, &["--stage", "build"]);
    assert!(status(&output) == 2 && !stderr(&output).contains("root:"), "{}", stderr(&output));
    std::fs::remove_file(root.join("gonogo.yaml")).unwrap();
    std::os::unix::fs::symlink("gonogo.yaml", root.join("gonogo.yaml")).unwrap();
    assert_eq!(status(&run(&root, &["--stage", "build"])), 2, "a link to itself");
}

#[test]
fn compose_files_outside_of_the_repository_need_trust() {
    let (_keep, root) = repository(b"version: 1\nfiles: [../elsewhere/compose.yaml]\n");
    let elsewhere = root.parent().unwrap().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("compose.yaml"), COMPOSE).unwrap();
    let output = run(&root, &["--stage", "build"]);
    assert_eq!(status(&output), 2);
    let said = stderr(&output);
    assert!(said.contains("gonogo.yaml:2:9") && said.contains("outside of the repository"), "{said}");
    assert!(said.contains("gonogo trust"), "{said}");
    assert!(!stderr(&run(&root, &["--stage", "build", "--trust"])).contains("outside of the repository"));
    assert_eq!(status(&run(&root, &["trust"])), 0);
    assert!(!stderr(&run(&root, &["--stage", "build"])).contains("outside of the repository"));
}

#[test]
fn trust_is_given_listed_lost_with_a_changed_byte_and_taken_back() {
    let (_keep, root) = repository(b"version: 1\n");
    let gate = root.join("gonogo.yaml");
    let inner = root.join("a/b");
    std::fs::create_dir_all(&inner).unwrap();
    assert_eq!(stdout(&run(&root, &["trust", "--list"])), "");
    let given = run(&root, &["trust", "a/b"]);
    assert!(status(&given) == 0 && stdout(&given).contains(&gate.display().to_string()), "{}", stderr(&given));
    assert_eq!(stdout(&run(&root, &["trust", "--list"])), format!("{}\n", gate.display()));
    std::fs::write(&gate, "version: 1\n# changed\n").unwrap();
    assert!(stdout(&run(&root, &["trust", "--list"])).contains("not trusted"));
    assert_eq!(status(&run(&root, &["trust", "--revoke"])), 0);
    assert_eq!(stdout(&run(&root, &["trust", "--list"])), "");
    assert_eq!(status(&run(&root, &["trust", "--revoke"])), 2);
    std::fs::remove_file(&gate).unwrap();
    let none = run(&root, &["trust"]);
    assert!(status(&none) == 2 && stderr(&none).contains("no gate file"), "{}", stderr(&none));
}

#[test]
fn what_was_trusted_and_is_gone_can_be_revoked() {
    let (_keep, root) = repository(b"version: 1\n");
    assert_eq!(status(&run(&root, &["trust"])), 0);
    std::fs::remove_file(root.join("gonogo.yaml")).unwrap();
    assert_eq!(status(&run(&root, &["trust", "--revoke"])), 0);
    assert_eq!(stdout(&run(&root, &["trust", "--list"])), "");
}

#[test]
fn a_mistake_is_shown_without_the_secret_on_its_line() {
    let (_keep, root) =
        repository(b"version: 1\nwaivers:\n  - { rule: x, reason: y, api_token: Zq8vT2mK9xLp4RwB7nYc }\n");
    let output = run(&root, &["--stage", "build"]);
    assert_eq!(status(&output), 2);
    assert!(!stderr(&output).contains("Zq8vT2mK9xLp4RwB7nYc"), "{}", stderr(&output));
}

#[test]
fn it_is_found_beside_the_compose_file_above_without_a_repository_too() {
    let (_keep, root) = repository(b"version: 3\n");
    std::fs::remove_dir(root.join(".git")).unwrap();
    std::fs::create_dir_all(root.join("src/app")).unwrap();
    let output = run(&root.join("src/app"), &["--stage", "build"]);
    assert!(status(&output) == 2 && stderr(&output).contains("no version 3"), "{}", stderr(&output));
    let named = run(root.parent().unwrap(), &["-f", "repo/compose.yaml", "--stage", "build"]);
    assert!(status(&named) == 2 && stderr(&named).contains("repo/gonogo.yaml:1:10"), "{}", stderr(&named));
}

#[test]
fn variables_come_from_the_environment_and_the_env_files() {
    let (_keep, root) = repository(b"version: 1\nwaivers:\n  - { rule: '${RULE}', reason: x }\n");
    let unset = run(&root, &["--stage", "build"]);
    assert!(status(&unset) == 2 && stderr(&unset).contains("RULE is not set"), "{}", stderr(&unset));
    std::fs::write(root.join(".env"), "RULE=compose/invald\n").unwrap();
    assert!(stderr(&run(&root, &["--stage", "build"])).contains("there is no rule `compose/invald`"));
    std::fs::write(root.join("other.env"), "RULE=compose/invalid\n").unwrap();
    let good = run(&root, &["--stage", "build", "--env-file", "other.env"]);
    assert_ne!(status(&good), 2, "{}", stderr(&good));
}
