//! What a check is made of, and what it may see.
//!
//! A check does no I/O and prints nothing: it looks at the [`Context`], asks for facts, and returns outcomes.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::compose::{NoProject, Project};
use crate::fact::{Cause, Ledger, Question, Unknown, file};
use crate::finding::Severity;
use crate::gatefile::{GateFile, Section};
use crate::outcome::{Outcome, Subject};
use crate::place::Source;

/// What a check's asynchronous functions return.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A family of rules.
pub struct Check {
    /// Its name: its folder, its docs page, the prefix of its rules, its section in the gate file.
    pub name: &'static str,
    /// What it looks at, in one line.
    pub title: &'static str,
    /// Its page: `include_str!("README.md")`.
    pub readme: &'static str,
    /// What its section in the gate file may hold, if it takes configuration.
    pub section: Option<&'static Section>,
    /// Its rules.
    pub rules: &'static [Rule],
}

/// One thing that must hold, named for the fault.
pub struct Rule {
    /// `check/fault`, such as `tunnels/target-port-mismatch`.
    pub code: &'static str,
    /// What must hold, in one line.
    pub title: &'static str,
    /// How much a finding weighs, unless the rule chooses a milder one for a subject.
    pub severity: Severity,
    /// What it looks at.
    pub layer: Layer,
    /// The stages that it is due at.
    pub stages: &'static [Stage],
    /// The catalogue's numbers of the faults that it finds, such as `D1`.
    pub faults: &'static [&'static str],
    /// The kind of question whose failure this rule reports: rows that are blocked by that question name this rule.
    pub settles: Option<&'static str>,
    /// Its rows: the subjects there are, each with its evaluation.
    pub rows: fn(Context) -> BoxFuture<Result<Vec<Row>, Unknown>>,
}

impl Rule {
    /// The name of the check that it belongs to.
    pub fn check(&self) -> &'static str {
        self.code.split_once('/').map_or(self.code, |(check, _)| check)
    }

    /// The part of the code behind the check's name.
    pub fn fault(&self) -> &'static str {
        self.code.split_once('/').map_or(self.code, |(_, fault)| fault)
    }
}

/// A subject and the evaluation of a rule on it.
pub struct Row {
    /// The subject.
    pub subject: Subject,
    /// The evaluation. A panic in it, or an error, is this row's `unknown`.
    pub judge: BoxFuture<Result<Outcome, Unknown>>,
}

impl Row {
    /// A subject and the evaluation of the rule on it.
    pub fn new(subject: Subject, judge: impl Future<Output = Result<Outcome, Unknown>> + Send + 'static) -> Self {
        Self { subject, judge: Box::pin(judge) }
    }

    /// A subject whose outcome is known without asking for facts.
    pub fn judged(subject: Subject, outcome: impl Into<Outcome>) -> Self {
        let outcome = outcome.into();
        Self::new(subject, async move { Ok(outcome) })
    }
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// What the files say.
    Declared,
    /// What the engine, the process table and the like know.
    Running,
    /// A real exchange of bytes.
    Reachable,
}

/// What the gate stands in front of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// `git push`: the pushed commits, files and git; 1 s.
    Push,
    /// `docker build` in CI: what the files say, the engine if there is one; 5 s.
    Build,
    /// `docker compose up` or `restart`: all that the gate file and trust allow; 20 s.
    Restart,
    /// It has restarted.
    After,
}

impl Stage {
    /// Every stage.
    pub const ALL: &'static [Self] = &[Self::Push, Self::Build, Self::Restart, Self::After];
    /// Where there is an engine to ask.
    pub const RUNNING: &'static [Self] = &[Self::Restart, Self::After];
    /// Every stage but `push`.
    pub const FROM_BUILD: &'static [Self] = &[Self::Build, Self::Restart, Self::After];
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Push => "push",
            Self::Build => "build",
            Self::Restart => "restart",
            Self::After => "after",
        })
    }
}

/// All that was said about the deployment.
pub struct Deployment {
    /// The resolved project, or why there is none.
    pub project: Result<Arc<Project>, NoProject>,
    /// The gate file, if there is one.
    pub gate: Option<Arc<GateFile>>,
    /// The directory that findings without a compose file start from: the project's, else where the user stands.
    pub directory: PathBuf,
    /// The operating system's variables.
    pub environment: BTreeMap<String, String>,
    /// What the gate stands in front of.
    pub stage: Stage,
}

/// What a rule may see. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    deployment: Arc<Deployment>,
    ledger: Ledger,
}

impl Context {
    /// A context for one run.
    pub fn new(deployment: Arc<Deployment>, ledger: Ledger) -> Self {
        Self { deployment, ledger }
    }

    /// All that was said about the deployment.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// What the gate stands in front of.
    pub fn stage(&self) -> Stage {
        self.deployment.stage
    }

    /// The resolved project.
    ///
    /// # Errors
    /// [`Unknown`], blocked by the resolver's rule, if Compose would reject the project.
    pub fn project(&self) -> Result<Arc<Project>, Unknown> {
        match &self.deployment.project {
            Ok(project) => Ok(Arc::clone(project)),
            Err(NoProject::NotFound(_)) => Err(Unknown::new(Cause::NotAllowed, "there is no compose project here")),
            Err(_) => Err(Unknown::new(Cause::Blocked(PROJECT.to_owned()), "the compose files do not resolve")),
        }
    }

    /// Says that a value is secret though no name announces it: one that the gate file marks `secret: true`. No format
    /// will show it.
    pub fn keep_secret(&self, value: &str) {
        self.ledger.secrets().secret(value);
    }

    /// This check's section of the gate file, if it has one.
    pub fn section(&self, name: &str) -> Option<&crate::document::Node> {
        self.deployment.gate.as_ref()?.section(name)
    }

    /// Asks for a fact.
    ///
    /// # Errors
    /// [`Unknown`] with its cause.
    pub async fn ask<Q: Question>(&self, question: Q) -> Result<Arc<Q::Answer>, Unknown> {
        self.ledger.ask(question).await
    }

    /// The text of a file of this host, with places.
    ///
    /// # Errors
    /// [`Unknown`] with its cause.
    pub async fn read(&self, path: impl Into<PathBuf>) -> Result<Arc<Source>, Unknown> {
        let path = path.into();
        let answer = self.ask(file::Text { path: path.clone() }).await?;
        Ok(Source::new(answer.name.clone(), Some(path), answer.text.clone()))
    }
}

/// The kind under which rows are blocked by a project that does not resolve.
pub const PROJECT: &str = "compose.project";
