//! The gate file: its mistakes all at once, each at its line; nothing beyond the repository until it is trusted.

use crate::support::run::{command, start};
use crate::{GO, NO_GO, Stack};

#[test]
fn ten_mistakes_are_told_at_once_each_at_its_line() {
    let gate = "version: 2                      # 1
files: { not: a list }          # 2
waiver: {}                      # 3
waivers:
  - { rule: compose/invald, subject: web, reason: x, until: 2026-12-31 }   # 5
  - { rule: compose/invalid, subject: web, reason: x, until: someday }     # 6
  - { rule: compose/invalid, subjct: web, reason: x, until: 2026-12-31 }   # 7
  - { rule: compose/invalid, reason: [1], until: 2026-12-31 }              # 8
  - just a text                                                            # 9
agreements:
  token: { between: one }                                                  # 11
  other: { secret: maybe, between: [{ service: web, env: A }, { service: web, env: B }] }   # 12
  third: { between: [{ service: web, evn: A }, { service: web, env: B }] } # 13
";
    let stack = Stack::of(&[("compose.yaml", GO), ("gonogo.yaml", gate)]);
    let ran = stack.run(&["check", "--stage", "build"]);
    let said = ran.refused();
    for line in [1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13] {
        assert!(said.contains(&format!("gonogo.yaml:{line}:")), "nothing about line {line}:\n{said}");
    }
    for meant in ["waivers", "compose/invalid", "subject", "env"] {
        assert!(said.contains(&format!("did you mean `{meant}`")), "{meant}:\n{said}");
    }
    // Whatever the format.
    for format in ["json", "junit"] {
        stack.run(&["check", "--stage", "build", "--format", format]).refused();
    }
}

#[test]
fn a_gate_file_that_cannot_be_used_is_refused() {
    for text in
        ["version: 1\nversion: 1\n", "- a\n", "\"unclosed", "version: 1\n---\nversion: 1\n", "\u{1}", "a: *b\n"]
    {
        let said = Stack::of(&[("compose.yaml", GO), ("gonogo.yaml", text)]).run(&["check"]).refused();
        assert!(said.contains("gonogo.yaml"), "{text:?}: {said}");
    }
    let stack = Stack::of(&[("compose.yaml", GO), ("gonogo.yaml", "version: 1\n"), ("gonogo.yml", "version: 1\n")]);
    assert!(stack.run(&["check"]).refused().contains("gonogo.yml"));
    let stack = Stack::of(&[("compose.yaml", GO), ("gonogo.yaml/file", "")]);
    stack.run(&["check"]).refused();
    let stack = Stack::of(&[("compose.yaml", GO)]);
    stack.file("gonogo.yaml", b"version: 1 # \xff");
    stack.run(&["check"]).refused();
    stack.file("gonogo.yaml", vec![b'#'; 3 << 20]);
    stack.run(&["check"]).refused();
}

#[test]
fn a_waiver_covers_its_finding() {
    let gate = "version: 1\nwaivers:\n  - { rule: ports/published-twice, subject: WHAT, reason: it is known, until: 2999-01-01 }\n";
    let stack = Stack::of(&[("compose.yaml", NO_GO)]);
    let report = stack.build(&["--format", "json"]).with(1).json();
    let subject = crate::subjects(&report, "ports/published-twice", "fail").remove(0);
    stack.file("gonogo.yaml", gate.replace("WHAT", &format!("'{subject}'")));
    let report = stack.build(&["--format", "json"]).with(0).json();
    assert_eq!(report["summary"]["waived"], 1, "{report:#}");
    let table = stack.build(&[]).with(0).stdout;
    let words: Vec<&str> = table.split_whitespace().collect();
    assert!(words.join(" ").contains("waived: it is known"), "{table}");
    stack.file("gonogo.yaml", gate.replace("2999", "2001").replace("WHAT", &format!("'{subject}'")));
    stack.build(&[]).with(1);
}

#[test]
fn a_gate_file_is_trusted_until_a_byte_of_it_changes() {
    let stack = Stack::of(&[("compose.yaml", GO), ("gonogo.yaml", "version: 1\n"), ("below/readme", "")]);
    stack.run(&["trust", "--revoke"]).refused();
    let listed = || stack.run(&["trust", "--list"]).with(0).stdout;
    assert_eq!(listed(), "");
    let said = stack.run(&["trust", "below", "-C", "."]);
    // Outside of a repository it is looked for in that very directory.
    said.refused();
    stack.run(&["trust"]).with(0);
    assert!(listed().contains("gonogo.yaml") && !listed().contains("not trusted"), "{}", listed());
    stack.file("gonogo.yaml", "version: 1 \n");
    assert!(listed().contains("not trusted"), "{}", listed());
    stack.run(&["trust"]).with(0);
    stack.run(&["trust", "--revoke"]).with(0);
    assert_eq!(listed(), "");
    let mut homeless = command(&stack.path(), &["trust"]);
    let said = start(homeless.env_remove("HOME"), "").end().refused();
    assert!(said.contains("HOME"), "{said}");
}

#[test]
fn its_files_are_judged_unless_others_are_named() {
    let gate = "version: 1\nfiles: [lab/lab.yaml]\n";
    let stack = Stack::of(&[("gonogo.yaml", gate), ("lab/lab.yaml", NO_GO), ("other.yaml", GO)]);
    stack.build(&[]).with(1);
    stack.build(&["-f", "other.yaml"]).with(0);
    let mut named = command(&stack.path(), &["check", "--stage", "build"]);
    start(named.env("COMPOSE_FILE", "other.yaml"), "").end().with(0);
}

/// What a repository brings along must not have files read that it has not brought along.
#[test]
fn files_outside_of_the_repository_are_not_read_untrusted() {
    let stack =
        Stack::of(&[("inside/gonogo.yaml", "version: 1\nfiles: [../outside.yaml]\n"), ("outside.yaml", NO_GO)]);
    let said = stack.run(&["-C", "inside", "--stage", "build"]).refused();
    assert!(said.contains("gonogo.yaml:2:") && said.contains("gonogo trust"), "{said}");
    stack.run(&["-C", "inside", "--stage", "build", "--trust"]).with(1);
}
