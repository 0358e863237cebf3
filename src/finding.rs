//! What a rule says when it does not hold.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::place::Place;

/// How much a finding weighs. Only errors decide the verdict, unless `--fail-on` says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably not meant.
    Warning,
    /// It will not work.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// What a label points at: a span of a text, or a thing that is not a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Site {
    /// A span of a text.
    Text(Place),
    /// A running or stored thing, by the name an operator would type: `container lab-gui-1`,
    /// `engine unix:///run/docker.sock`, `pid 4711 (python3)`.
    Thing(String),
}

impl From<Place> for Site {
    fn from(place: Place) -> Self {
        Self::Text(place)
    }
}

impl From<&Place> for Site {
    fn from(place: &Place) -> Self {
        Self::Text(place.clone())
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(place) => place.fmt(f),
            Self::Thing(name) => f.write_str(name),
        }
    }
}

/// A site and what is to be said there: the shortest text that helps.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Where.
    pub site: Site,
    /// What; may be empty.
    pub text: String,
}

/// A rule that fails on a subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule's own severity unless the rule chose a milder one for this subject.
    pub severity: Severity,
    /// The fault, in one sentence.
    pub message: String,
    /// The one place where it is best mended.
    pub primary: Label,
    /// The other places that it contradicts, or that led there.
    pub related: Vec<Label>,
    /// An imperative that can be run or typed.
    pub help: String,
}

impl Finding {
    /// An error at a site. The text of its label is set by [`Finding::label`].
    pub fn error(message: impl Into<String>, site: impl Into<Site>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            primary: Label { site: site.into(), text: String::new() },
            related: Vec::new(),
            help: String::new(),
        }
    }

    /// A warning at a site.
    pub fn warning(message: impl Into<String>, site: impl Into<Site>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message, site) }
    }

    /// The primary label's text.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Another place that it contradicts, or that led there.
    #[must_use]
    pub fn related(mut self, site: impl Into<Site>, text: impl Into<String>) -> Self {
        self.related.push(Label { site: site.into(), text: text.into() });
        self
    }

    /// What to do about it: an imperative that can be run or typed.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}
