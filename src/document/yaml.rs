//! YAML as go-yaml reads it, decoded into nodes with places.
//!
//! The parser (granit-parser) stands behind this one adapter: in here alone are its events known, and in here the
//! rules by which go-yaml differs from it are mended. Scalars follow go-yaml's resolution ([`scalar`]), duplicate
//! keys and anchors that contain themselves are mistakes, merge keys are applied, and Compose's tags `!reset` and
//! `!override` are reported beside the tree.

mod build;
mod raw;
pub mod scalar;

use std::sync::Arc;

use super::Node;
use crate::place::{Place, Source};

/// The most nodes that a file may expand to; beyond it lies an alias bomb or a file that nobody wrote by hand.
pub const MAX_NODES: usize = 400_000;

/// The deepest nesting of lists and mappings, aliases followed.
pub const MAX_DEPTH: usize = 200;

/// One document of a YAML stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its tree. What is tagged `!reset` is not in it.
    pub root: Node,
    /// The paths tagged `!reset` or `!override`, in the order of the text.
    pub resets: Vec<Reset>,
}

/// A path that a document tags with `!reset` or `!override`.
#[derive(Debug, Clone, PartialEq)]
pub struct Reset {
    /// Keys and indices from the document's root.
    pub path: Vec<String>,
    /// Where the tagged node stands.
    pub place: Place,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Malformed {
    /// The kind of mistake.
    pub kind: Mistake,
    /// The path of keys and indices, as far as it is known.
    pub path: Vec<String>,
    /// Where.
    pub place: Place,
    /// The first of two equal keys, the anchor that contains itself.
    pub related: Option<Place>,
    /// The mistake, in one sentence.
    pub message: String,
}

/// The kinds of mistakes in a YAML text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// It is not YAML.
    Syntax,
    /// A key stands twice in one mapping.
    DuplicateKey,
    /// A key is a number, a truth value or null.
    NonStringKey,
    /// An anchor contains an alias of itself.
    AliasCycle,
    /// It expands to more nodes, or deeper, than is read.
    TooLarge,
}

/// Decodes all documents of a text; an empty document is a null node.
///
/// # Errors
/// All the mistakes of the step that failed: the first error of syntax, or every duplicate and non-string key.
pub fn parse(source: &Arc<Source>) -> Result<Vec<Document>, Vec<Malformed>> {
    match read(source) {
        (documents, mistakes) if mistakes.is_empty() => Ok(documents),
        (_, mistakes) => Err(mistakes),
    }
}

/// As [`parse`], but with what can be decoded beside the mistakes, for those who look for more of them: of two equal
/// keys the first, and no entry without a text as its key. After an error of syntax there is nothing.
pub fn read(source: &Arc<Source>) -> (Vec<Document>, Vec<Malformed>) {
    let graphs = match raw::read(source) {
        Ok(graphs) => graphs,
        Err(mistake) => return (Vec::new(), vec![mistake]),
    };
    let mut mistakes = Vec::new();
    let documents = graphs.iter().map(|graph| build::build(source, graph, &mut mistakes)).collect();
    (documents, mistakes)
}

#[cfg(test)]
#[path = "yaml/tests.rs"]
mod tests;
