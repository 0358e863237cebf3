//! The work tree, as the Compose resolver sees it.

use std::io;
use std::path::{Path, PathBuf};

use super::file;
use crate::compose::{Files, Kind};

/// The largest file that the resolver is given, in bytes.
const LIMIT: u64 = 16 << 20;

/// The files of this host.
#[derive(Debug, Clone)]
pub struct Disk {
    working_directory: PathBuf,
}

impl Disk {
    /// The files of this host; reports name them relative to `working_directory`.
    pub fn new(working_directory: &Path) -> Self {
        Self { working_directory: working_directory.to_owned() }
    }
}

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new("/dev/null") {
            return Ok(Vec::new());
        }
        file::read(path, LIMIT)
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(if metadata.is_dir() { Kind::Directory } else { Kind::File })
    }

    fn name(&self, path: &Path) -> String {
        file::name(path, &self.working_directory)
    }
}
