//! The command line, black-box: what is typed, what comes back on stdout, stderr and as the exit status.
#![allow(clippy::disallowed_methods, reason = "the list is for checks")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod support;

#[path = "cli/arguments.rs"]
mod arguments;
#[path = "cli/damage.rs"]
mod damage;
#[path = "cli/engine.rs"]
mod engine;
#[path = "cli/gate.rs"]
mod gate;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/pages.rs"]
mod pages;
#[path = "cli/project.rs"]
mod project;
#[path = "cli/status.rs"]
mod status;

use std::path::{Path, PathBuf};

use support::run::Ran;

/// A stack that has nothing wrong with it.
const GO: &str = "services:\n  web:\n    image: web:1.2\n    environment:\n      MODE: plain\n";
/// A stack with an error: a port of the host twice.
const NO_GO: &str = "services:\n  web:\n    image: web:1.2\n    ports: [\"8080:80\"]\n  more:\n    image: more:1.2\n    ports: [\"8080:90\"]\n";
/// A stack with a warning and no error: a secret that is a stand-in.
const WARNING: &str = "services:\n  web:\n    image: web:1.2\n    environment:\n      API_TOKEN: changeme\n";

/// A directory with files in it.
struct Stack {
    keep: tempfile::TempDir,
}

impl Stack {
    /// A directory `stack` with these files.
    fn of(files: &[(&str, &str)]) -> Self {
        let stack = Self { keep: tempfile::tempdir().unwrap() };
        std::fs::create_dir(stack.path()).unwrap();
        for (name, text) in files {
            stack.file(name, text);
        }
        stack
    }

    fn path(&self) -> PathBuf {
        self.keep.path().join("stack")
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Judges by the files alone.
    fn build(&self, args: &[&str]) -> Ran {
        support::run::run(&self.path(), &[&["check", "--stage", "build"], args].concat())
    }

    fn run(&self, args: &[&str]) -> Ran {
        support::run::run(&self.path(), args)
    }
}

/// The subjects of a rule's rows with an outcome.
fn subjects(report: &serde_json::Value, rule: &str, outcome: &str) -> Vec<String> {
    let rows = report["results"].as_array().unwrap().iter();
    rows.filter(|row| row["rule"] == rule && row["outcome"] == outcome)
        .map(|row| row["subject"].as_str().unwrap().to_owned())
        .collect()
}

fn exists(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}
