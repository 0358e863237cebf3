//! A mistake in a gate file.

use crate::document::yaml;
use crate::finding::Finding;
use crate::place::Place;

/// A mistake in a gate file: with one, nothing is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// What, in one sentence.
    pub message: String,
    /// What is to be said at the place: the shortest text that helps.
    pub label: &'static str,
    /// The places that it clashes with, and what is there.
    pub related: Vec<(Place, String)>,
    /// What to do about it.
    pub help: String,
}

impl Mistake {
    /// A mistake at a place.
    pub(super) fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), label: "", related: Vec::new(), help: String::new() }
    }

    pub(super) fn label(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl From<yaml::Malformed> for Mistake {
    fn from(malformed: yaml::Malformed) -> Self {
        let yaml::Malformed { kind, place, related, message, .. } = malformed;
        let (there, help) = match kind {
            yaml::Mistake::DuplicateKey => ("it stands here first", "remove one of the two"),
            yaml::Mistake::NonStringKey => ("", "put the key in quotes"),
            yaml::Mistake::AliasCycle => ("the anchor", "remove the alias"),
            yaml::Mistake::Syntax | yaml::Mistake::TooLarge => ("", ""),
        };
        let related = related.map(|place| (place, there.to_owned())).into_iter().collect();
        Self { place, message, label: "", related, help: help.to_owned() }
    }
}

/// So that it can be drawn as findings are.
impl From<Mistake> for Finding {
    fn from(Mistake { place, message, label, related, help }: Mistake) -> Self {
        let finding = Finding::error(message, place).label(label).help(help);
        related.into_iter().fold(finding, |finding, (place, text)| finding.related(place, text))
    }
}
