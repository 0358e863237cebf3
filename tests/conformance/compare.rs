//! One case: what Compose makes of a project, and what the resolver makes of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use gonogo::compose::{Settings, Style, load};
use serde_json::Value;

use crate::causes;
use crate::model::{differences, told};
use gonogo::probe::disk::Disk;

pub(crate) struct Case {
    pub(crate) id: String,
    directory: PathBuf,
    file: String,
    args: Vec<String>,
    expected: Option<PathBuf>,
    error: String,
    accepts: bool,
    corpus: PathBuf,
}

/// What Compose says.
enum Said {
    Model(Value),
    Error(String),
}

impl Case {
    pub(crate) fn of(case: &Value, corpus: &Path) -> Self {
        let text = |key: &str| case.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let args = case.get("args").and_then(Value::as_array).into_iter().flatten();
        Self {
            id: text("id"),
            directory: corpus.join("files").join(text("dir")),
            file: text("file"),
            args: args.filter_map(Value::as_str).map(str::to_owned).collect(),
            expected: case.get("expected").and_then(Value::as_str).map(|path| corpus.join(path)),
            error: text("error"),
            accepts: case.get("exit").and_then(Value::as_i64) == Some(0),
            corpus: corpus.to_owned(),
        }
    }

    /// Whether the resolver agrees with Compose; if not, in what.
    pub(crate) fn run(&self, live: bool) -> Result<(), String> {
        let said = if live { self.ask()? } else { self.recorded()? };
        let mut settings = Settings {
            files: vec![PathBuf::from(&self.file)],
            working_directory: self.directory.clone(),
            environment: environment(),
            ..Settings::default()
        };
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            let value = args.next().cloned().unwrap_or_default();
            match arg.as_str() {
                "--profile" => settings.profiles.push(value),
                "-f" | "--file" => settings.files.push(PathBuf::from(value)),
                "-p" | "--project-name" => settings.project_name = Some(value),
                "--env-file" => settings.env_files.push(PathBuf::from(value)),
                "--project-directory" => settings.project_directory = Some(PathBuf::from(value)),
                other => return Err(format!("the case wants {other}, which is not known here")),
            }
        }
        let made = load(&settings, &Disk::new(&self.directory));
        match (said, made) {
            (Said::Model(expected), Ok(project)) => {
                let differences = differences(&expected, &project.json(Style::default()));
                if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
            }
            (Said::Model(_), Err(error)) => {
                Err(format!("Compose accepts it, the resolver does not: {}", told(&error)))
            }
            (Said::Error(error), Ok(_)) => Err(format!("the resolver accepts it, Compose does not: {error}")),
            (Said::Error(error), Err(made)) => causes::agree(&error, &made)
                .map_err(|why| format!("{why}\n  Compose: {error}\n  resolver: {}", told(&made))),
        }
    }

    fn places(&self, text: &str) -> String {
        let home = std::env::var("HOME").unwrap_or_default();
        text.replace("@PROJECT@", &self.directory.to_string_lossy())
            .replace("@CORPUS@", &self.corpus.join("files").to_string_lossy())
            .replace("@HOME@", &home)
    }

    fn recorded(&self) -> Result<Said, String> {
        match (&self.expected, self.accepts) {
            (Some(path), true) => {
                let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
                let model = serde_json::from_str(&self.places(&text)).map_err(|error| error.to_string())?;
                Ok(Said::Model(model))
            }
            _ => Ok(Said::Error(self.places(&self.error))),
        }
    }

    fn ask(&self) -> Result<Said, String> {
        let oracle = std::env::var_os("ORACLE_BIN").unwrap_or_else(|| "tests/tools/compose-oracle".into());
        let output = Command::new(oracle)
            .args(["-f", &self.file])
            .args(&self.args)
            .args(["config", "--format", "json"])
            .current_dir(&self.directory)
            .env_clear()
            .envs(environment())
            .output()
            .map_err(|error| format!("the oracle can't be run: {error}"))?;
        if output.status.success() {
            return serde_json::from_slice(&output.stdout).map(Said::Model).map_err(|error| error.to_string());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("time=")).collect();
        Ok(Said::Error(lines.join("\n")))
    }
}

fn environment() -> BTreeMap<String, String> {
    ["PATH", "HOME"].into_iter().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect()
}
