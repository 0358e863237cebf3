//! Questions and answers: what can be observed, as plain data. Nothing in here does I/O; [`crate::probe`] does.
//!
//! A [`Question`] is asked through the [`Ledger`], once in a run however many rules ask it. An answer that could not
//! be had is an [`Unknown`] with its cause, never a guess.

pub mod engine;
pub mod file;
pub mod host;
mod ledger;
pub mod net;

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use ledger::{Allowed, Heard, Ledger, Probes, Tape};

/// A typed question about the world. Its serialised form is its identity: equal questions are asked once.
pub trait Question: Clone + fmt::Debug + Serialize + Send + Sync + 'static {
    /// What it is answered with.
    type Answer: Serialize + DeserializeOwned + fmt::Debug + Send + Sync + 'static;

    /// Its name, stable across releases, since recordings hold it: `engine.containers`.
    const KIND: &'static str;

    /// Where the answer comes from; a run that is not allowed this source does not ask.
    fn source(&self) -> Source;

    /// What the live progress line calls it while it is pending.
    fn describe(&self) -> String {
        Self::KIND.to_owned()
    }
}

/// Where facts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Files of this host.
    Files,
    /// Git's objects and work trees.
    Git,
    /// The Docker Engine.
    Engine,
    /// This host: its listeners, processes, disks, and what answers on its loopback addresses.
    Loopback,
    /// Other hosts by network.
    Network,
    /// Other hosts over SSH.
    Ssh,
    /// Programs that a gate file names.
    Programs,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 7] =
        [Self::Files, Self::Git, Self::Engine, Self::Loopback, Self::Network, Self::Ssh, Self::Programs];
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Files => "files",
            Self::Git => "git",
            Self::Engine => "the engine",
            Self::Loopback => "this host",
            Self::Network => "the network",
            Self::Ssh => "hosts over SSH",
            Self::Programs => "programs",
        })
    }
}

/// Why a fact could not be learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// The kind of cause.
    pub cause: Cause,
    /// The cause in words: what was tried and what came back.
    pub detail: String,
    /// The source that was asked, once the ledger has seen it.
    #[serde(default)]
    pub source: Option<Source>,
}

/// The kinds of causes for which a fact could not be learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// What was asked about is not there.
    Absent,
    /// It is there, and we may not see it.
    Denied,
    /// No answer in time.
    TimeOut,
    /// This platform, engine or peer cannot tell.
    Unsupported,
    /// It was tried and went wrong.
    Failed,
    /// Stage, flags or trust do not allow this source: the row is skipped, for this reason.
    NotAllowed,
    /// Another fact, named by its [`Question::KIND`], has to be known first and is not.
    Blocked(String),
}

impl Unknown {
    /// An unknown of a kind, with its cause in words.
    pub fn new(cause: Cause, detail: impl Into<String>) -> Self {
        Self { cause, detail: detail.into(), source: None }
    }

    /// What was asked about is not there.
    pub fn absent(detail: impl Into<String>) -> Self {
        Self::new(Cause::Absent, detail)
    }

    /// It was tried and went wrong.
    pub fn failed(detail: impl Into<String>) -> Self {
        Self::new(Cause::Failed, detail)
    }

    /// Whether what was asked about is known not to be there (as opposed to not known at all).
    pub fn is_absent(&self) -> bool {
        self.cause == Cause::Absent
    }
}

impl From<std::io::Error> for Unknown {
    fn from(error: std::io::Error) -> Self {
        let cause = match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Cause::Absent,
            std::io::ErrorKind::PermissionDenied => Cause::Denied,
            std::io::ErrorKind::TimedOut => Cause::TimeOut,
            std::io::ErrorKind::Unsupported => Cause::Unsupported,
            _ => Cause::Failed,
        };
        Self::new(cause, error.to_string())
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.cause {
            Cause::Absent => "absent",
            Cause::Denied => "denied",
            Cause::TimeOut => "time-out",
            Cause::Unsupported => "unsupported",
            Cause::Failed => "failed",
            Cause::NotAllowed => "not allowed",
            Cause::Blocked(by) => return write!(f, "blocked by {by}: {}", self.detail),
        };
        write!(f, "{kind}: {}", self.detail)
    }
}
