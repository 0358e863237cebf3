//! What this host's file system holds.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Question, Source};

/// What stands at a path, links followed. `Absent` if nothing does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stat {
    /// The absolute path.
    pub path: PathBuf,
}

impl Question for Stat {
    type Answer = FileStat;
    const KIND: &'static str = "file.stat";
    fn source(&self) -> Source {
        Source::Files
    }
    fn describe(&self) -> String {
        self.path.display().to_string()
    }
}

/// What stands at a path.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileStat {
    /// What kind of thing it is.
    pub kind: FileKind,
    /// Its size in bytes.
    pub size: u64,
    /// Permission bits, where the platform has them.
    pub mode: Option<u32>,
    /// The owner's number, where the platform has it.
    pub uid: Option<u32>,
    /// The group's number, where the platform has it.
    pub gid: Option<u32>,
    /// When it was changed, in seconds since 1970.
    pub modified: Option<i64>,
    /// Whether this process may read it.
    pub readable: bool,
}

/// The kinds of things in a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link whose target is not there.
    DanglingLink,
    /// A socket, device or pipe.
    Other,
}

/// The path with all its links resolved. `Absent` if nothing stands there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Canonical {
    /// The absolute path.
    pub path: PathBuf,
}

impl Question for Canonical {
    type Answer = PathBuf;
    const KIND: &'static str = "file.canonical";
    fn source(&self) -> Source {
        Source::Files
    }
    fn describe(&self) -> String {
        self.path.display().to_string()
    }
}

/// A file's text. `Absent` if it is not there, `Unsupported` if it is not UTF-8 or beyond the limit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Text {
    /// The absolute path.
    pub path: PathBuf,
}

impl Text {
    /// The largest file that is read, in bytes.
    pub const LIMIT: u64 = 4 << 20;
}

impl Question for Text {
    type Answer = FileText;
    const KIND: &'static str = "file.text";
    fn source(&self) -> Source {
        Source::Files
    }
    fn describe(&self) -> String {
        self.path.display().to_string()
    }
}

/// A file's text, and the name by which reports call the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileText {
    /// The path relative to where the user stands, where that is shorter.
    pub name: String,
    /// The text; may hold secrets.
    pub text: String,
}

/// The names in a directory, sorted, at most [`Entries::LIMIT`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entries {
    /// The absolute path.
    pub path: PathBuf,
}

impl Entries {
    /// The most names that are listed.
    pub const LIMIT: usize = 10_000;
}

impl Question for Entries {
    type Answer = Vec<DirectoryEntry>;
    const KIND: &'static str = "file.entries";
    fn source(&self) -> Source {
        Source::Files
    }
    fn describe(&self) -> String {
        self.path.display().to_string()
    }
}

/// A name in a directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DirectoryEntry {
    /// The name.
    pub name: String,
    /// What kind of thing it is, links followed.
    pub kind: FileKind,
}
