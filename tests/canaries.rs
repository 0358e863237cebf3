//! No secret leaves the process. Canaries stand in every kind of input; every byte that comes out, in every format, at
//! every level, in recordings and in errors, is searched for them. Wherever a rule can be made to speak about a value,
//! it is, so that each canary has demonstrably been read.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "the list is for checks")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod support;

#[path = "canaries/broken.rs"]
mod broken;
#[path = "canaries/canary.rs"]
mod canary;
#[path = "canaries/declared.rs"]
mod declared;
#[path = "canaries/running.rs"]
mod running;
#[path = "canaries/typed.rs"]
mod typed;

use std::path::PathBuf;

use canary::Canary;
use support::run::{Ran, start};

/// A stack with canaries in it, and what became of the runs on it.
struct Ground {
    keep: tempfile::TempDir,
    canaries: Vec<Canary>,
    /// Variables that every run is given.
    variables: Vec<(String, String)>,
    runs: usize,
    leaks: Vec<String>,
}

impl Ground {
    fn new() -> Self {
        let keep = tempfile::tempdir().unwrap();
        std::fs::create_dir(keep.path().join("ground")).unwrap();
        Self { keep, canaries: Vec::new(), variables: Vec::new(), runs: 0, leaks: Vec::new() }
    }

    fn path(&self) -> PathBuf {
        self.keep.path().join("ground")
    }

    /// A canary that looks like a generated token.
    fn token(&mut self, place: &str) -> String {
        self.plant(Canary::token(place))
    }

    /// A canary that looks like nothing: only its name tells that it is secret.
    fn words(&mut self, place: &str) -> String {
        self.plant(Canary::words(place))
    }

    fn plant(&mut self, canary: Canary) -> String {
        assert!(self.canaries.iter().all(|other| other.value != canary.value), "{} twice", canary.place);
        self.canaries.push(canary);
        self.canaries.last().unwrap().value.clone()
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs the program and searches what it wrote, and the files that it was told to write.
    fn run(&mut self, args: &[&str], stdin: &str) -> Ran {
        let mut command = support::run::command(&self.path(), args);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let ran = start(&mut command, stdin).end();
        self.runs += 1;
        let said = format!("gonogo {}", args.join(" "));
        self.search(&format!("{said}: stdout"), &ran.stdout);
        self.search(&format!("{said}: stderr"), &ran.stderr);
        for name in ["out.json", "out.xml", "out.txt", "tape.json"] {
            let path = self.path().join(name);
            if let Ok(text) = std::fs::read_to_string(&path) {
                self.search(&format!("{said}: {name}"), &text);
                std::fs::remove_file(path).unwrap();
            }
        }
        ran
    }

    fn search(&mut self, what: &str, text: &str) {
        for canary in &self.canaries {
            if let Some(found) = canary.found_in(text) {
                let line = text.lines().find(|line| line.contains(&found)).unwrap_or_default();
                self.leaks.push(format!("{} leaks as {found} in {what}: {line}", canary.place));
            }
        }
    }

    /// Judges at these stages, in every way in which a report can be had; gives the tables with `-v`.
    fn judge(&mut self, stages: &[&str], args: &[&str]) -> String {
        let mut tables = String::new();
        for stage in stages {
            let base = [&["check", "--stage", stage], args].concat();
            let of = |more: &[&'static str]| -> Vec<&str> { [&base, more].concat() };
            for format in ["table", "json", "junit"] {
                self.run(&of(&["--format", format]), "");
                self.run(&of(&["--format", format, "-v"]), "");
            }
            self.run(&of(&["-q"]), "");
            self.run(&of(&["--trust", "-vv"]), "");
            self.run(&of(&["--offline", "-v"]), "");
            self.run(&of(&["--fail-on", "info"]), "");
            let outputs = ["--output", "json=out.json", "--output", "junit=out.xml", "--output", "table=out.txt"];
            tables += &self.run(&[&of(&["-v", "--record", "tape.json"])[..], &outputs].concat(), "").stdout;
        }
        tables
    }

    /// What the resolver shows.
    fn resolve(&mut self, args: &[&str]) {
        for more in [&[][..], &["--provenance"], &["--format", "json"]] {
            self.run(&[&["resolve"], more, args].concat(), "");
        }
    }

    /// That nothing has leaked, in so many runs.
    fn assert_kept(&self, runs: usize) {
        assert!(self.runs >= runs, "{} runs", self.runs);
        let mut leaks = self.leaks.clone();
        leaks.sort();
        leaks.dedup_by_key(|leak| leak.split(" in gonogo").next().unwrap_or_default().to_owned());
        assert!(leaks.is_empty(), "{} leaks, of them:\n{}", self.leaks.len(), leaks.join("\n"));
    }
}
