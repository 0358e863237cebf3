//! The resolver's files: watched while it reads them, and played back.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Content, Failure, FailureKind, KindSeen, Look};
use crate::compose::{Files, Kind};
use crate::probe::disk::Disk;
use crate::probe::file;

/// The work tree, and what was read of it.
pub struct Recorder {
    disk: Disk,
    seen: Mutex<BTreeMap<PathBuf, Look>>,
}

impl Recorder {
    /// Watches what is read of the work tree.
    pub fn new(disk: Disk) -> Self {
        Self { disk, seen: Mutex::default() }
    }

    pub(super) fn seen(&self) -> BTreeMap<PathBuf, Look> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Look>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files for Recorder {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let read = self.disk.read(path);
        let content = match &read {
            Ok(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Content::Text(text.to_owned()),
                Err(_) => Content::Binary(bytes.len() as u64),
            },
            Err(error) => Content::Error(failure(error)),
        };
        self.lock().entry(path.to_owned()).or_default().read = Some(content);
        read
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        let kind = self.disk.kind(path);
        let seen = match kind {
            None => KindSeen::None,
            Some(Kind::File) => KindSeen::File,
            Some(Kind::Directory) => KindSeen::Directory,
        };
        self.lock().entry(path.to_owned()).or_default().kind = Some(seen);
        kind
    }

    fn name(&self, path: &Path) -> String {
        self.disk.name(path)
    }
}

/// The work tree as it was when a run was recorded.
pub struct Replayed {
    seen: BTreeMap<PathBuf, Look>,
    working_directory: PathBuf,
}

impl Replayed {
    pub(super) fn new(seen: BTreeMap<PathBuf, Look>, working_directory: PathBuf) -> Self {
        Self { seen, working_directory }
    }
}

impl Files for Replayed {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.seen.get(path).and_then(|look| look.read.as_ref()) {
            Some(Content::Text(text)) => Ok(text.clone().into_bytes()),
            // What matters about it is that it is no text.
            Some(Content::Binary(bytes)) => Ok(vec![0xff; usize::try_from(*bytes).unwrap_or(1).clamp(1, 4096)]),
            Some(Content::Error(failure)) => Err(io::Error::new(failure.kind.into(), failure.message.clone())),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        let look = self.seen.get(path)?;
        match (look.kind, &look.read) {
            (Some(KindSeen::File), _) | (None, Some(Content::Text(_) | Content::Binary(_))) => Some(Kind::File),
            (Some(KindSeen::Directory), _) => Some(Kind::Directory),
            (Some(KindSeen::None) | None, _) => None,
        }
    }

    fn name(&self, path: &Path) -> String {
        file::name(path, &self.working_directory)
    }
}

fn failure(error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => FailureKind::NotFound,
        io::ErrorKind::PermissionDenied => FailureKind::PermissionDenied,
        io::ErrorKind::IsADirectory => FailureKind::IsADirectory,
        io::ErrorKind::NotADirectory => FailureKind::NotADirectory,
        io::ErrorKind::FileTooLarge => FailureKind::FileTooLarge,
        io::ErrorKind::Unsupported => FailureKind::Unsupported,
        _ => FailureKind::Other,
    };
    Failure { kind, message: error.to_string() }
}

impl From<FailureKind> for io::ErrorKind {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::NotFound => Self::NotFound,
            FailureKind::PermissionDenied => Self::PermissionDenied,
            FailureKind::IsADirectory => Self::IsADirectory,
            FailureKind::NotADirectory => Self::NotADirectory,
            FailureKind::FileTooLarge => Self::FileTooLarge,
            FailureKind::Unsupported => Self::Unsupported,
            FailureKind::Other => Self::Other,
        }
    }
}
