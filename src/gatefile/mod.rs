//! `gonogo.yaml`: what cannot be inferred. Read with places; all its mistakes are told at once.
//!
//! [`find`] looks for it, [`parse`] holds it against the [`Section`]s of the checks, [`trust`] remembers which ones
//! the user has read and trusts. What a gate file says is data here; checks and [`crate::value`] act on it.

mod find;
mod interpolate;
mod mistake;
mod schema;
mod shape;
pub mod trust;
mod validate;
mod value_ref;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use find::{Found, LIMIT, NAMES, Unusable, find};
pub use interpolate::Variables;
pub use mistake::Mistake;
pub use schema::schema;
pub use shape::{Field, Section, Shape, duration};
pub use value_ref::{Holder, Pick, ValueRef};

use crate::document::{Node, Value, yaml};
use crate::place::{Origin, Source};
use validate::Validator;

/// A gate file that is known to have the shape that its sections ask for.
#[derive(Debug, Clone)]
pub struct GateFile {
    /// The text.
    pub source: Arc<Source>,
    /// The tree, `${VAR}` interpolated.
    pub root: Node,
    /// The directory that it stands in, absolute: its relative paths start here.
    pub directory: PathBuf,
    /// The root of the repository that it came with, absolute, links resolved.
    pub repository: PathBuf,
    /// Whether the user has said that it may reach beyond the repository and this host.
    pub trusted: bool,
}

impl GateFile {
    /// A section by its name.
    pub fn section(&self, name: &str) -> Option<&Node> {
        self.root.get(name)
    }

    /// The compose files that it names, absolute; none: as docker compose finds them.
    pub fn files(&self) -> Vec<PathBuf> {
        let Some(files) = self.section("files") else { return Vec::new() };
        let one = files.as_str().into_iter();
        one.chain(files.items().filter_map(Node::as_str)).map(|file| self.path(file)).collect()
    }

    /// The compose files that it names and may not have read, as mistakes.
    pub fn forbidden_files(&self) -> Vec<Mistake> {
        let Some(files) = self.section("files") else { return Vec::new() };
        let named =
            std::iter::once(files).chain(files.items()).filter_map(|node| Some((node.as_str()?, node.place()?)));
        named
            .filter(|(file, _)| std::fs::canonicalize(self.path(file)).is_ok_and(|real| !self.may_read(&real)))
            .map(|(file, place)| {
                Mistake::new(place.clone(), format!("{file} lies outside of the repository, and {}", trust::REASON))
            })
            .collect()
    }

    /// A path that it names, absolute.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.directory.join(relative)
    }

    /// Whether it may have a file read: any at all if it is trusted, else those of its repository. `real` is the
    /// file's path with all links resolved.
    pub fn may_read(&self, real: &Path) -> bool {
        self.trusted || real.starts_with(&self.repository)
    }
}

/// What a gate file is held against.
pub struct Grammar<'a> {
    /// The sections of the checks that take configuration.
    pub sections: &'a [&'static Section],
    /// The codes of all rules.
    pub rules: &'a [&'static str],
    /// What `${VAR}` stands for.
    pub variables: &'a Variables,
}

/// Reads a gate file.
///
/// # Errors
/// Every mistake in it, in the order of the text.
pub fn parse(found: &Found, grammar: &Grammar<'_>, trusted: bool) -> Result<GateFile, Vec<Mistake>> {
    let source = &found.source;
    let whole = source.place(0, source.text().len());
    let (mut documents, malformed) = yaml::read(source);
    if documents.is_empty() && malformed.is_empty() {
        let root = Node::new(Value::Null, Origin::Said(whole.clone()));
        documents.push(yaml::Document { root, resets: Vec::new() });
    }
    let mut validator = Validator::new(grammar, malformed.into_iter().map(Mistake::from).collect());
    let mut documents = documents.into_iter();
    let root = documents.next().map(|document| {
        let mut root = document.root;
        validator.root(&mut root, &whole);
        root
    });
    if let Some(second) = documents.next() {
        validator.second_document(second.root.place().unwrap_or(&whole));
    }
    match (root, validator.finish()) {
        (Some(root), mistakes) if mistakes.is_empty() => {
            let directory = found.path.parent().unwrap_or(Path::new("/")).to_owned();
            Ok(GateFile {
                source: Arc::clone(source),
                root,
                directory,
                repository: found.repository.clone(),
                trusted,
            })
        }
        (_, mistakes) => Err(mistakes),
    }
}

#[cfg(test)]
mod tests;
