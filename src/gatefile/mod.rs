//! `gonogo.yaml`: what cannot be inferred. Read with places; all its mistakes are told at once.

mod shape;

use std::sync::Arc;

pub use shape::{Field, Section, Shape};

use crate::document::Node;
use crate::place::Source;

/// A gate file that is known to have the shape that its sections ask for.
#[derive(Debug, Clone)]
pub struct GateFile {
    /// The text.
    pub source: Arc<Source>,
    /// The tree.
    pub root: Node,
}

impl GateFile {
    /// A section by its name.
    pub fn section(&self, name: &str) -> Option<&Node> {
        self.root.get(name)
    }
}
