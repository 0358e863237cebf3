//! The pages of the checks: each has the same headings, names every rule, and its examples do what they say.
#![allow(clippy::disallowed_methods, reason = "the list is for checks")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Judged, Part, parts};

const FAILING: &str = "An example that fails";
const MENDED: &str = "How to mend it";
const HEADINGS: [&str; 5] = ["What it checks", "Why it matters", FAILING, MENDED, "Configuration"];

fn listed() -> Vec<Value> {
    let output = support::gonogo(&support::root()).args(["list", "--json"]).output().unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    list["checks"].as_array().unwrap().clone()
}

fn page(check: &Value) -> (PathBuf, Vec<Part>) {
    let path = support::root().join("checks").join(check["check"].as_str().unwrap()).join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, parts(&text))
}

/// The rule's part under one of the page's main headings.
fn under<'a>(page: &'a [Part], heading: &str, rule: &str) -> Option<&'a Part> {
    let start = page.iter().position(|part| part.level == 2 && part.title == heading)?;
    page[start + 1..].iter().take_while(|part| part.level > 2).find(|part| part.title == rule)
}

#[test]
fn folders_are_the_registry() {
    let folders: BTreeSet<String> = std::fs::read_dir(support::root().join("checks"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let checks = listed();
    let registry: BTreeSet<String> = checks.iter().map(|check| check["check"].as_str().unwrap().to_owned()).collect();
    assert_eq!(folders, registry);
}

#[test]
fn codes_are_unique_and_carry_their_checks_name() {
    let mut seen = BTreeSet::new();
    for check in listed() {
        let prefix = format!("{}/", check["check"].as_str().unwrap());
        for rule in check["rules"].as_array().unwrap() {
            let code = rule["rule"].as_str().unwrap();
            assert!(code.starts_with(&prefix), "{code}");
            assert!(seen.insert(code.to_owned()), "{code} is there twice");
        }
    }
    assert!(seen.len() > 10, "{} rules", seen.len());
}

#[test]
fn pages_have_the_same_headings_and_an_example_for_each_rule() {
    let mut wrong = Vec::new();
    for check in listed() {
        let (path, page) = page(&check);
        let headings: Vec<&str> =
            page.iter().filter(|part| part.level == 2).map(|part| part.title.as_str()).collect();
        if headings != HEADINGS {
            wrong.push(format!("{}: {headings:?}", path.display()));
        }
        for rule in check["rules"].as_array().unwrap() {
            let code = rule["rule"].as_str().unwrap();
            for heading in [FAILING, MENDED] {
                if under(&page, heading, code).is_none() {
                    wrong.push(format!("{}: nothing about {code} under `{heading}`", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn examples_fire_exactly_their_rule_and_pass_when_mended() {
    let mut wrong = Vec::new();
    for check in listed() {
        let (_, page) = page(&check);
        for rule in check["rules"].as_array().unwrap() {
            let code = rule["rule"].as_str().unwrap();
            let (Some(failing), Some(mended)) = (under(&page, FAILING, code), under(&page, MENDED, code)) else {
                continue;
            };
            let keep = tempfile::tempdir().unwrap();
            let directory = keep.path().join("example");
            std::fs::create_dir(&directory).unwrap();
            support::write(&directory, &failing.blocks);
            let before = judged(&directory, rule);
            if before.found() != [code] {
                wrong.push(format!("{code}: its failing example finds {:?}: {}", before.found(), before.brief()));
            }
            support::write(&directory, &mended.blocks);
            let after = judged(&directory, rule);
            if !after.found().is_empty() || !after.passes(code) {
                wrong.push(format!("{code}: mended it does not pass: {}", after.brief()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// At the earliest stage that the rule is due at from `build` on, or from `restart` on where the example has a recording.
fn judged(directory: &Path, rule: &Value) -> Judged {
    let mut command = support::gonogo(directory);
    command.args(["check", "--format", "json"]);
    command.env("DOCKER_HOST", format!("unix://{}/no-engine.sock", directory.display()));
    let stages = if directory.join("recording.json").exists() {
        command.args(["--replay", "recording.json"]);
        &["restart", "after"][..]
    } else {
        &["build", "restart", "after"]
    };
    let due = |stage: &&&str| rule["stages"].as_array().unwrap().iter().any(|other| other == **stage);
    command.args(["--stage", stages.iter().find(due).unwrap()]);
    Judged::from(&command.output().unwrap())
}
