//! What the black-box tests share: cases written as Markdown, and running the binary in a scrubbed environment.
#![allow(dead_code, reason = "each test target uses a part of it")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

#[cfg(unix)]
pub(crate) mod engine;
pub(crate) mod run;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A heading and the fenced blocks below it, up to the next heading.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// 1 for `#`, 2 for `##`, …
    pub(crate) level: usize,
    /// The heading's text, without backticks.
    pub(crate) title: String,
    /// The prose below it.
    pub(crate) prose: String,
    /// The blocks whose info string names a file: `yaml compose.yaml`.
    pub(crate) blocks: Vec<Block>,
}

/// A fenced block with a name.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// The file's name, relative; or an `@step`.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

/// Cuts a Markdown text into its parts.
pub(crate) fn parts(text: &str) -> Vec<Part> {
    let mut parts = vec![Part { level: 0, title: String::new(), prose: String::new(), blocks: Vec::new() }];
    let mut fence: Option<(String, Option<Block>)> = None;
    for line in text.lines() {
        let part = parts.last_mut().expect("there is always one");
        if let Some((mark, block)) = &mut fence {
            if line.trim_end() == mark {
                part.blocks.extend(fence.take().and_then(|(_, block)| block));
            } else if let Some(block) = block {
                block.text.push_str(line);
                block.text.push('\n');
            }
        } else if line.starts_with("```") {
            let ticks = line.chars().take_while(|c| *c == '`').count();
            let name = line[ticks..].trim().split_once(' ').map(|(_, name)| name.trim().to_owned());
            fence = Some(("`".repeat(ticks), name.map(|name| Block { name, text: String::new() })));
        } else if line.starts_with('#') {
            let level = line.chars().take_while(|c| *c == '#').count();
            let title = line[level..].trim().replace('`', "");
            parts.push(Part { level, title, prose: String::new(), blocks: Vec::new() });
        } else {
            part.prose.push_str(line);
            part.prose.push('\n');
        }
    }
    assert!(fence.is_none(), "a fence is not closed");
    parts
}

/// The value of a line `- key: value` or `key: value` in a part's prose.
pub(crate) fn field<'a>(part: &'a Part, key: &str) -> Option<&'a str> {
    part.prose.lines().find_map(|line| {
        line.trim_start_matches(['-', ' '])
            .strip_prefix(key)?
            .strip_prefix(':')
            .map(|value| value.trim().trim_matches('`'))
    })
}

/// Writes blocks as files below a directory; later ones replace earlier ones of the same name. A name that ends in
/// `/` is an empty directory. Scripts are executable.
pub(crate) fn write(directory: &Path, blocks: &[Block]) {
    for block in blocks.iter().filter(|block| !block.name.starts_with('@')) {
        let path = directory.join(&block.name);
        if block.name.ends_with('/') {
            std::fs::create_dir_all(&path).unwrap();
            continue;
        }
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &block.text).unwrap();
        #[cfg(unix)]
        if block.text.starts_with("#!") {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
}

/// The program, in an environment that holds nothing of the developer's.
pub(crate) fn gonogo(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
    scrub(&mut command, directory);
    command
}

/// Leaves a command nothing of the developer's environment but the path.
pub(crate) fn scrub(command: &mut Command, directory: &Path) {
    command.current_dir(directory).env_clear().env("HOME", directory.join(".home-of-nobody"));
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
}

/// A run of the program with `--format json`.
#[derive(Debug)]
pub(crate) struct Judged {
    /// The exit status.
    pub(crate) status: i32,
    /// The report; null if there is none.
    pub(crate) report: Value,
    /// What it wrote to stderr.
    pub(crate) stderr: String,
}

impl Judged {
    /// Reads what the program wrote.
    pub(crate) fn from(output: &Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            report: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The rows with an outcome.
    pub(crate) fn rows<'a>(&'a self, outcome: &'a str) -> impl Iterator<Item = &'a Value> {
        self.report["results"].as_array().into_iter().flatten().filter(move |row| row["outcome"] == outcome)
    }

    /// The codes of the rules with findings that are not waived, sorted, once each.
    pub(crate) fn found(&self) -> Vec<String> {
        let mut codes: Vec<String> = self
            .rows("fail")
            .filter(|row| row["waived"].is_null())
            .filter_map(|row| row["rule"].as_str().map(str::to_owned))
            .collect();
        codes.sort();
        codes.dedup();
        codes
    }

    /// Whether the rule has a passing row.
    pub(crate) fn passes(&self, rule: &str) -> bool {
        self.rows("pass").any(|row| row["rule"] == rule)
    }

    /// In a few lines, for a failing test's message.
    pub(crate) fn brief(&self) -> String {
        let mut text = format!("exit {}\n", self.status);
        for row in self.report["results"].as_array().into_iter().flatten() {
            if row["outcome"] != "pass" && row["outcome"] != "skip" {
                let (rule, subject) = (row["rule"].as_str().unwrap_or("?"), row["subject"].as_str().unwrap_or("?"));
                let why = row["message"].as_str().or(row["reason"].as_str()).unwrap_or("");
                text += &format!("    {} {rule} [{subject}] {why}\n", row["outcome"].as_str().unwrap_or("?"));
            }
        }
        if self.report.is_null() {
            text += &self.stderr;
        }
        text
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
