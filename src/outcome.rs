//! What became of a rule on a subject.

use std::fmt;
use std::time::Duration;

use crate::fact::Unknown;
use crate::finding::{Finding, Site};

/// What a rule is evaluated on: a service, a tunnel, a value, an endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Its name, as the operator knows it: `gui`, `agent.environment.TOKEN`. Unique within a rule.
    pub name: String,
    /// Where it is declared.
    pub site: Option<Site>,
    /// Whether an `unknown` on it may be disregarded, because the gate file marks it so.
    pub optional: bool,
}

impl Subject {
    /// A subject by its name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), site: None, optional: false }
    }

    /// Where it is declared.
    #[must_use]
    pub fn at(mut self, site: Option<impl Into<Site>>) -> Self {
        self.site = site.map(Into::into);
        self
    }
}

/// What became of a rule on a subject.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It holds; what was observed.
    Pass(String),
    /// It does not.
    Fail(Box<Finding>),
    /// It was not evaluated; the reason.
    Skip(String),
    /// It could not be evaluated; the cause.
    Unknown(Unknown),
}

impl Outcome {
    /// It holds; what was observed, in a few words with the values seen: `5051 published, 5051 listened on`.
    pub fn pass(observed: impl Into<String>) -> Self {
        Self::Pass(observed.into())
    }

    /// It was not evaluated; the reason.
    pub fn skip(reason: impl Into<String>) -> Self {
        Self::Skip(reason.into())
    }
}

impl From<Finding> for Outcome {
    fn from(finding: Finding) -> Self {
        Self::Fail(Box::new(finding))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass(_) => "pass",
            Self::Fail(_) => "fail",
            Self::Skip(_) => "skip",
            Self::Unknown(_) => "unknown",
        })
    }
}

/// A rule on a subject, judged.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The check's name.
    pub check: &'static str,
    /// The rule's code.
    pub rule: &'static str,
    /// What must hold.
    pub title: &'static str,
    /// The subject.
    pub subject: Subject,
    /// What became of it.
    pub outcome: Outcome,
    /// The reason of the waiver that covers a finding here.
    pub waived: Option<String>,
    /// How long it took.
    pub duration: Duration,
}
