//! The resolver's files: what is read of them is searched for secrets, so that none gets out even if the project does
//! not resolve.

use std::io;
use std::path::Path;

use crate::compose::{Files, Kind};
use crate::place::Source;
use crate::secret::Redactor;

/// Files whose texts are made known to a redactor as they are read.
pub(super) struct Learning<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) secrets: &'a Redactor,
}

impl Files for Learning<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = self.files.read(path)?;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            self.secrets.source(&Source::new(self.name(path), Some(path.to_owned()), text));
        }
        Ok(bytes)
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        self.files.kind(path)
    }

    fn name(&self, path: &Path) -> String {
        self.files.name(path)
    }
}
