//! Recordings: what a run was told and what it asked and heard, written down so that it can be judged again anywhere.
//!
//! The format is `gonogo-recording/1`, JSON. Secrets are not in it: the module `stand_in` puts stand-ins in their places, under
//! a key that is thrown away with the run. A recording that says `live: ["files"]` leaves the files to whoever replays
//! it: the tests' recordings of engines do.

mod files;
mod stand_in;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use files::{Recorder, Replayed};

use crate::compose::Settings;
use crate::fact::{Heard, Source, Tape};
use crate::gatefile::{Found, GateFile};
use crate::secret::Redactor;
use stand_in::StandIns;

/// The format's name and version.
pub const SCHEMA: &str = "gonogo-recording/1";

/// The largest recording that is read, in bytes.
pub const LIMIT: u64 = 128 << 20;

/// A run, written down.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version that wrote it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gonogo: String,
    /// The stage that was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Which project was meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// The gate file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// The files that the resolver and the gate file looked at, by their absolute path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<PathBuf, Look>,
    /// The sources that are asked all the same when this is replayed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub live: Vec<Source>,
    /// What was asked and heard.
    #[serde(default)]
    pub facts: Vec<Heard>,
}

/// Which project was meant: docker compose's own flags and the variables that matter.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Said {
    working_directory: PathBuf,
    files: Vec<PathBuf>,
    project_name: Option<String>,
    profiles: Vec<String>,
    env_files: Vec<PathBuf>,
    project_directory: Option<PathBuf>,
    stdin: Option<String>,
    environment: BTreeMap<String, String>,
}

/// A gate file as it was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    path: PathBuf,
    repository: PathBuf,
    name: String,
    text: String,
    /// Whether it was trusted.
    pub trusted: bool,
}

/// What was seen at a path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Look {
    /// What stands there, if that was asked; `none` if nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<KindSeen>,
    /// What was read, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read: Option<Content>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KindSeen {
    None,
    File,
    Directory,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Content {
    Text(String),
    /// Not UTF-8, and so many bytes.
    Binary(u64),
    Error(Failure),
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Failure {
    kind: FailureKind,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FailureKind {
    NotFound,
    PermissionDenied,
    IsADirectory,
    NotADirectory,
    FileTooLarge,
    Unsupported,
    Other,
}

/// What a run is made of, as a recording takes it.
pub struct Run<'a> {
    /// The stage.
    pub stage: String,
    /// The flags and variables.
    pub settings: &'a Settings,
    /// The gate file.
    pub gate: Option<&'a GateFile>,
    /// What was read.
    pub files: &'a Recorder,
    /// What was asked and heard.
    pub facts: Vec<Heard>,
}

impl Recording {
    /// Writes a run down, with stand-ins for the secrets: those that `secrets` knows, and those in what is written.
    pub fn of(run: Run<'_>, secrets: &Redactor) -> Self {
        let files = run.files.seen();
        let text = |look: &Look| match &look.read {
            Some(Content::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let texts: Vec<(&Path, String)> =
            files.iter().filter_map(|(path, look)| Some((path.as_path(), text(look)?))).collect();
        let gate_text = run.gate.map(|gate| gate.source.text());
        let named = names_in(
            texts.iter().map(|(_, text)| text.as_str()).chain(gate_text).chain(run.settings.stdin.as_deref()),
        );
        let matters = |name: &str| {
            named.contains(name) || name == "HOME" || name.starts_with("COMPOSE_") || name.starts_with("DOCKER_")
        };
        let environment: BTreeMap<String, String> = run
            .settings
            .environment
            .iter()
            .filter(|(name, _)| matters(name))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        secrets.environment(&environment);
        for (path, text) in &texts {
            secrets.text(&path.to_string_lossy(), text);
        }
        let mut stands = StandIns::new(secrets);
        for text in texts.iter().map(|(_, text)| text.as_str()).chain(gate_text).chain(run.settings.stdin.as_deref())
        {
            stands.learn_carriers(text);
        }
        let gate = run.gate.map(|gate| Gate {
            path: gate.source.path().unwrap_or(&gate.directory).to_owned(),
            repository: gate.repository.clone(),
            name: gate.source.name().to_owned(),
            text: stands.text(gate.source.name(), gate.source.text()),
            trusted: gate.trusted,
        });
        let files = files.into_iter().map(|(path, look)| {
            let read = look.read.map(|content| match content {
                Content::Text(text) => Content::Text(stands.file(&path.to_string_lossy(), &text)),
                other => other,
            });
            (stands.path(path), Look { read, ..look })
        });
        let paths = |list: &[PathBuf]| list.iter().cloned().map(|path| stands.path(path)).collect();
        let words = |list: &[String]| list.iter().map(|word| stands.text("", word)).collect();
        Self {
            schema: SCHEMA.to_owned(),
            gonogo: env!("CARGO_PKG_VERSION").to_owned(),
            stage: Some(run.stage),
            said: Some(Said {
                environment: environment.into_iter().map(|(name, value)| stands.pair(name, &value)).collect(),
                stdin: run.settings.stdin.as_deref().map(|text| stands.text("stdin.yaml", text)),
                working_directory: stands.path(run.settings.working_directory.clone()),
                files: paths(&run.settings.files),
                project_name: run.settings.project_name.as_deref().map(|name| stands.text("", name)),
                profiles: words(&run.settings.profiles),
                env_files: paths(&run.settings.env_files),
                project_directory: run.settings.project_directory.clone().map(|path| stands.path(path)),
            }),
            gate,
            files: files.collect(),
            live: Vec::new(),
            facts: run.facts.into_iter().map(|heard| stands.heard(heard)).collect(),
        }
    }

    /// The recording as the text of a file.
    ///
    /// # Errors
    /// A sentence, should something be in it that JSON cannot hold.
    pub fn to_text(&self) -> Result<String, String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n").map_err(|error| error.to_string())
    }

    /// Reads a recording's file.
    ///
    /// # Errors
    /// A sentence for the user: it cannot be read, is none, is damaged, or of another version.
    pub fn open(path: &Path) -> Result<Self, String> {
        let bytes = crate::probe::file::read(path, LIMIT).map_err(|error| error.to_string())?;
        Self::from_text(&String::from_utf8(bytes).map_err(|_| "not a recording: not UTF-8".to_owned())?)
    }

    /// Reads a recording.
    ///
    /// # Errors
    /// A sentence for the user: it is none, is damaged, or of another version.
    pub fn from_text(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            schema: Option<String>,
        }
        let at = |error: &serde_json::Error| format!("line {} column {}", error.line(), error.column());
        let head: Head = serde_json::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => "not a recording".to_owned(),
            _ => format!("a damaged recording, or none: not JSON at {}", at(&error)),
        })?;
        match head.schema.as_deref() {
            Some(SCHEMA) => {}
            Some(other) if other.starts_with("gonogo-recording/") => {
                return Err(format!("a recording of another version: {SCHEMA} is understood"));
            }
            _ => return Err(format!("not a recording: it does not say \"schema\": \"{SCHEMA}\"")),
        }
        serde_json::from_str(text).map_err(|error| format!("a damaged recording: {error}"))
    }

    /// Whether a source is asked all the same.
    pub fn is_live(&self, source: Source) -> bool {
        self.live.contains(&source)
    }

    /// The flags and variables of the run, if it recorded them.
    pub fn settings(&self) -> Option<Settings> {
        let said = self.said.clone()?;
        Some(Settings {
            files: said.files,
            project_name: said.project_name,
            profiles: said.profiles,
            env_files: said.env_files,
            project_directory: said.project_directory,
            working_directory: said.working_directory,
            environment: said.environment,
            no_interpolate: false,
            stdin: said.stdin,
        })
    }

    /// The gate file as it was found.
    pub fn found(&self) -> Option<Found> {
        let gate = self.gate.clone()?;
        let source = crate::place::Source::new(gate.name, Some(gate.path.clone()), gate.text);
        Some(Found { path: gate.path, repository: gate.repository, source })
    }

    /// The files that were read, for the resolver.
    pub fn replayed(&self) -> Replayed {
        let here = self.said.as_ref().map(|said| said.working_directory.clone()).unwrap_or_default();
        Replayed::new(self.files.clone(), here)
    }

    /// The answers, for the ledger. Of two to one question the first counts.
    pub fn tape(&self) -> Tape {
        let mut heard = HashMap::new();
        for Heard { kind, question, answer } in &self.facts {
            heard.entry((kind.clone(), question.to_string())).or_insert_with(|| answer.clone());
        }
        Tape::Replay { heard, live: self.live.clone() }
    }
}

/// Every word in some texts that could be a variable's name.
fn names_in<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let words = |text: &'a str| text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    texts.flat_map(words).filter(|word| !word.is_empty()).collect()
}
