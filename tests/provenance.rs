//! A place for every value: what a leaf is said to be is what the text at its span decodes to; every other leaf names
//! its rule and the places that went into it.
#![expect(
    clippy::disallowed_methods,
    dead_code,
    reason = "a test, which writes projects to a directory of its own; the cases are shared"
)]

#[path = "conformance/cases.rs"]
mod cases;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gonogo::compose::{Project, Settings, load};
use gonogo::document::{Node, Value, yaml};
use gonogo::place::{Origin, Place, Source};
use gonogo::probe::disk::Disk;

/// The rules by which a value comes about without anybody having written something for it.
const FROM_NOTHING: [&str; 3] = ["default", "directory-name", "project-name-flag"];

#[test]
fn leaves_are_what_their_spans_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose");
    let mut leaves = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        for case in cases::read(&entry.unwrap().path()).unwrap() {
            let directory = tempfile::tempdir().unwrap();
            for (name, text) in &case.files {
                let path = directory.path().join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            let mut environment = case.environment.clone();
            environment.insert("HOME".to_owned(), "/home/user".to_owned());
            leaves += resolved(&case.name, settings(directory.path(), &case.args, environment));
        }
    }
    assert!(leaves > 4_000, "only {leaves} leaves were looked at");
}

#[test]
fn the_corpus_too() {
    let Some(corpus) = std::env::var_os("CORPUS").filter(|corpus| !corpus.is_empty()).map(PathBuf::from) else {
        return;
    };
    let text = std::fs::read_to_string(corpus.join("cases.json")).unwrap();
    let list: serde_json::Value = serde_json::from_str(&text).unwrap();
    for case in list.as_array().unwrap() {
        let word = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
        let directory = corpus.join("files").join(word("dir"));
        let args = ["-f".to_owned(), word("file"), "--profile".to_owned(), "*".to_owned()];
        resolved(&word("id"), settings(&directory, &args, BTreeMap::new()));
    }
}

fn settings(directory: &Path, args: &[String], environment: BTreeMap<String, String>) -> Settings {
    let mut settings = Settings { working_directory: directory.to_owned(), environment, ..Settings::default() };
    for pair in args.chunks(2) {
        match (pair[0].as_str(), pair.get(1)) {
            ("-f", Some(file)) => settings.files.push(file.into()),
            ("--profile", Some(name)) => settings.profiles.push(name.clone()),
            ("--env-file", Some(file)) => settings.env_files.push(file.into()),
            _ => {}
        }
    }
    settings
}

fn resolved(name: &str, settings: Settings) -> usize {
    let disk = Disk::new(&settings.working_directory);
    match load(&settings, &disk) {
        Ok(project) => look(name, &project),
        Err(_) => 0,
    }
}

fn look(name: &str, project: &Project) -> usize {
    // The typed view takes what it can hold of anything that Compose accepts.
    for service in project.services() {
        let typed = service.typed();
        assert!(typed.service.image.as_deref() == service.text("image"), "{name}: {:?}", typed.left);
    }
    let mut leaves = 0;
    walk(&project.model, &mut |node| {
        leaves += 1;
        match &node.origin {
            Origin::Said(place) => {
                assert!(
                    says(place, &node.value),
                    "{name}: {place} is said to be {:?}: {:?}",
                    node.value,
                    place.text()
                );
            }
            Origin::Environment(_) => {}
            Origin::Derived { rule, from } => {
                assert!(!from.is_empty() || FROM_NOTHING.contains(rule), "{name}: {rule} comes from nothing");
                inputs(name, &node.origin);
            }
        }
    });
    leaves
}

fn inputs(name: &str, origin: &Origin) {
    if let Origin::Derived { rule, from } = origin {
        assert!(!from.is_empty() || FROM_NOTHING.contains(rule), "{name}: {rule} comes from nothing");
        from.iter().for_each(|origin| inputs(name, origin));
    }
}

fn walk(node: &Node, act: &mut impl FnMut(&Node)) {
    match &node.value {
        Value::Map(map) => map.values().for_each(|entry| walk(&entry.node, act)),
        Value::Seq(items) => items.iter().for_each(|item| walk(item, act)),
        _ => act(node),
    }
}

/// Whether a span's text decodes to a value: as YAML in a compose file, as it stands in an env file.
fn says(place: &Place, value: &Value) -> bool {
    let text = place.text();
    if place.file().contains(".env") || !place.file().contains(".y") {
        return matches!(value, Value::String(string) if string == text);
    }
    // An indentation that is written counts from where the key stands, which a span alone does not tell.
    if text.starts_with(['|', '>'])
        && text.lines().next().is_some_and(|line| line.contains(|c: char| c.is_ascii_digit()))
    {
        return matches!(value, Value::String(_));
    }
    if *value == Value::Null && text.trim().is_empty() {
        return true;
    }
    let source = Source::new("span", None, format!("k: {text}"));
    let decoded =
        yaml::parse(&source).ok().and_then(|documents| Some(documents.first()?.root.get("k")?.value.clone()));
    // A key without quotes is a text, whatever it would be as a value.
    decoded.as_ref() == Some(value) || matches!(value, Value::String(string) if string == text)
}
