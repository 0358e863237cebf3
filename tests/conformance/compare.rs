//! One project: what Compose makes of it, and what the resolver makes of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use gonogo::compose::{Settings, Style, load};
use gonogo::probe::disk::Disk;
use serde_json::Value;

use crate::causes;
use crate::model::{differences, told};

/// A project as it is resolved.
pub(crate) struct Project {
    pub(crate) directory: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
}

/// What Compose says.
pub(crate) enum Said {
    Model(Value),
    Error(String),
}

/// The variables that every run has.
pub(crate) fn environment() -> BTreeMap<String, String> {
    ["PATH", "HOME"].into_iter().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect()
}

impl Project {
    /// Whether the resolver agrees with Compose; if not, in what.
    pub(crate) fn compare(&self, said: Said) -> Result<(), String> {
        let made = load(&self.settings()?, &Disk::new(&self.directory));
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

    fn settings(&self) -> Result<Settings, String> {
        let mut settings = Settings {
            working_directory: self.directory.clone(),
            environment: self.environment.clone(),
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
        Ok(settings)
    }

    /// Asks the oracle. Its exit status may have been lost on the way: what counts is whether it prints a model.
    pub(crate) fn ask(&self) -> Result<Said, String> {
        let oracle = std::env::var_os("ORACLE_BIN").unwrap_or_else(|| "tests/tools/compose-oracle".into());
        let oracle = Path::new(&oracle).canonicalize().map_err(|error| format!("{}: {error}", oracle.display()))?;
        let output = Command::new(oracle)
            .args(&self.args)
            .args(["config", "--format", "json"])
            .current_dir(&self.directory)
            .env_clear()
            .envs(&self.environment)
            .output()
            .map_err(|error| format!("the oracle can't be run: {error}"))?;
        if let Ok(model @ Value::Object(_)) = serde_json::from_slice(&output.stdout) {
            return Ok(Said::Model(model));
        }
        let text = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("time=")).collect();
        Ok(Said::Error(lines.join("\n")))
    }
}
