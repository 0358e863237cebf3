//! Files as the resolver reads them: each once, as a text with a name, its YAML decoded once.

use std::collections::HashMap;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use super::path::Path;
use super::{Files, NoProject, Rejection, cause};
use crate::document::yaml::{self, Document, Malformed, Mistake};
use crate::place::{Origin, Source};

/// The largest file that is read, in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

pub(super) struct Reader<'a> {
    files: &'a dyn Files,
    stdin: Option<&'a str>,
    /// The compose files in the order in which they were first read.
    pub(super) sources: Vec<Arc<Source>>,
    documents: HashMap<PathBuf, Arc<Vec<Document>>>,
}

/// Why a file gives no text.
pub(super) enum Unread {
    /// The file system says no.
    Io(std::io::Error),
    /// It is no text, or too large a one.
    Rejected(Box<Rejection>),
}

impl<'a> Reader<'a> {
    pub(super) fn new(files: &'a dyn Files, stdin: Option<&'a str>) -> Self {
        Self { files, stdin, sources: Vec::new(), documents: HashMap::new() }
    }

    pub(super) fn files(&self) -> &'a dyn Files {
        self.files
    }

    /// The text of a file.
    pub(super) fn text(&self, path: &FilePath) -> Result<Arc<Source>, Unread> {
        if path == FilePath::new("-") {
            return Ok(Source::new("-", None, self.stdin.unwrap_or_default()));
        }
        let name = self.files.name(path);
        let bytes = self.files.read(path).map_err(Unread::Io)?;
        let reject = |cause, source: &Arc<Source>, at: usize, message: String| {
            let origin = Some(Origin::Said(source.place(at, at)));
            Unread::Rejected(Box::new(Rejection::new(cause, &Path::default(), origin, message)))
        };
        if bytes.len() > MAX_BYTES {
            let source = Source::new(name, Some(path.to_owned()), "");
            return Err(reject(cause::TOO_LARGE, &source, 0, format!("the file has more than {MAX_BYTES} bytes")));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source::new(name, Some(path.to_owned()), text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let source = Source::new(name, Some(path.to_owned()), text);
                Err(reject(cause::YAML_SYNTAX, &source, at, "the file is not a text in UTF-8".to_owned()))
            }
        }
    }

    /// The documents of a compose file.
    pub(super) fn documents(&mut self, path: &FilePath) -> Result<Arc<Vec<Document>>, Failed> {
        if let Some(known) = self.documents.get(path) {
            return Ok(Arc::clone(known));
        }
        let source = self.text(path).map_err(Failed::Unread)?;
        self.sources.push(Arc::clone(&source));
        let documents = yaml::parse(&source)
            .map_err(|mistakes| Failed::Malformed(mistakes.into_iter().map(rejection).collect()))?;
        let documents = Arc::new(documents);
        self.documents.insert(path.to_owned(), Arc::clone(&documents));
        Ok(documents)
    }
}

/// Why a compose file gives no documents.
pub(super) enum Failed {
    Unread(Unread),
    Malformed(Vec<Rejection>),
}

impl Failed {
    /// As the end of all resolving, for a file that the user named.
    pub(super) fn into_no_project(self, path: &FilePath) -> NoProject {
        match self {
            Self::Unread(Unread::Io(error)) => {
                NoProject::Unreadable { path: path.to_owned(), why: error.to_string() }
            }
            Self::Unread(Unread::Rejected(rejection)) => (*rejection).into(),
            Self::Malformed(rejections) => rejections.into(),
        }
    }

    /// As the end of all resolving, for a file that another file names.
    pub(super) fn named(
        self,
        cause: &'static str,
        at: &Path,
        origin: &Origin,
        path: &FilePath,
        name: &str,
    ) -> NoProject {
        match self {
            Self::Unread(Unread::Io(error)) => {
                let message = format!("{name} can't be read: {error}");
                Rejection::new(cause, at, Some(origin.clone()), message).help("correct the path").into()
            }
            other => other.into_no_project(path),
        }
    }
}

fn rejection(mistake: Malformed) -> Rejection {
    let (cause, help) = match mistake.kind {
        Mistake::Syntax => (cause::YAML_SYNTAX, "mend the YAML here"),
        Mistake::DuplicateKey => (cause::DUPLICATE_KEY, "remove one of them"),
        Mistake::NonStringKey => (cause::NON_STRING_KEY, "put the key in quotes"),
        Mistake::AliasCycle => (cause::ALIAS_CYCLE, "remove the alias"),
        Mistake::TooLarge => (cause::TOO_LARGE, "use fewer aliases"),
    };
    let mut path = Path::default();
    for step in &mistake.path {
        match step.parse::<usize>() {
            Ok(index) => path.push_index(index),
            Err(_) => path.push_key(step),
        }
    }
    let rejection = Rejection::new(cause, &path, Some(Origin::Said(mistake.place)), mistake.message);
    rejection.related(mistake.related.map(Origin::Said), "the first one").help(help)
}
