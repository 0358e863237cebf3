//! The front pages say what is so.

use std::collections::BTreeSet;

use crate::Stack;
use crate::support::run::{command, start};
use crate::support::{parts, root};

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// What stands in README.md between `<!-- name: … -->` and `<!-- end -->`; with GONOGO_BLESS it is written anew.
fn assert_generated(name: &str, fresh: &str) {
    let text = page("README.md");
    let mark = format!("<!-- {name}: written by `make schema` -->\n");
    let start = text.find(&mark).expect("the mark is there") + mark.len();
    let end = start + text[start..].find("<!-- end -->").expect("its end is there");
    if std::env::var_os("GONOGO_BLESS").is_some() && text[start..end] != *fresh {
        std::fs::write(root().join("README.md"), format!("{}{fresh}{}", &text[..start], &text[end..])).unwrap();
        return;
    }
    assert_eq!(&text[start..end], fresh, "README.md is stale: run `make schema`");
}

#[test]
fn generated_readme_is_fresh() {
    let list = Stack::of(&[]).run(&["list", "--json"]).with(0).json();
    let mut table = "| check | what must hold |\n|---|---|\n".to_owned();
    for check in list["checks"].as_array().unwrap() {
        let (name, title) = (check["check"].as_str().unwrap(), check["title"].as_str().unwrap());
        table += &format!("| [`{name}`](checks/{name}/README.md) | {title} |\n");
    }
    assert_generated("checks", &table);

    // As `make demo` breaks it.
    let makefile = page("Makefile");
    let faults = makefile.lines().find_map(|line| line.strip_prefix("DEMO_FAULTS ?= ")).unwrap();
    let keep = tempfile::tempdir().unwrap();
    let copy = keep.path().join("demo");
    let mut overlay = std::process::Command::new(root().join("tests/tools/overlay"));
    assert!(overlay.arg("cable-lab").arg(&copy).args(faults.split(' ')).status().unwrap().success());
    let mut command = command(&copy, &["check", "--stage", "build", "-q"]);
    let said = start(command.env("COLUMNS", "100"), "").end().with(1).stdout;
    // How long it took is another thing each time.
    let (findings, verdict) = said.trim_end().rsplit_once('\n').unwrap();
    let (verdict, _) = verdict.rsplit_once("  ").unwrap();
    assert_generated("demo", &format!("```text\n{findings}\n{verdict}  0.01 s\n```\n"));
}

#[test]
fn what_the_pages_name_is_there() {
    let targets: BTreeSet<String> = page("Makefile")
        .lines()
        .filter_map(|line| Some(line.split_once(':').filter(|(_, rest)| rest.contains("## "))?.0.to_owned()))
        .collect();
    let here = Stack::of(&[]);
    let commands = [&["--help"][..], &["list", "--help"], &["resolve", "--help"], &["trust", "--help"]];
    let help: String = commands.iter().map(|args| here.run(args).with(0).stdout).collect();
    let make = regex::Regex::new(r"\bmake ([a-z][a-z-]+)").unwrap();
    let link = regex::Regex::new(r"\]\(([^)#]+)[^)]*\)").unwrap();
    let flag = regex::Regex::new(r"gonogo[^`\n]* (--[a-z-]+)").unwrap();
    for name in ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"] {
        let page = page(name);
        // Of code alone: prose may say that something makes sense.
        let code: String = page.split('`').skip(1).step_by(2).collect::<Vec<_>>().join("\n");
        for found in make.captures_iter(&code) {
            assert!(targets.contains(&found[1]), "{name}: make {}", &found[1]);
        }
        for found in link.captures_iter(&page).filter(|found| !found[1].contains("://")) {
            assert!(crate::exists(&root().join(&found[1])), "{name}: {}", &found[1]);
        }
        for found in flag.captures_iter(&code) {
            assert!(help.contains(&found[1]), "{name}: {}", &found[1]);
        }
        assert!(!page.contains("/root/") && !page.contains("/work/") && !page.contains("/home/"), "{name}");
        assert!(parts(&page).iter().filter(|part| part.level == 1).count() == 1, "{name}: one title");
    }
}

/// The sketch of a gate file is one that the lab could have.
#[test]
fn the_sketch_of_a_gate_file_is_accepted() {
    let page = page("README.md");
    let sketch = page.split_once("```yaml\n").and_then(|(_, rest)| rest.split_once("```")).unwrap().0;
    let keep = tempfile::tempdir().unwrap();
    let copy = keep.path().join("lab");
    let mut overlay = std::process::Command::new(root().join("tests/tools/overlay"));
    assert!(overlay.arg("cable-lab").arg(&copy).status().unwrap().success());
    std::fs::write(copy.join("gonogo.yaml"), sketch).unwrap();
    start(&mut command(&copy, &["check", "--stage", "build"]), "").end().with(0);
}
