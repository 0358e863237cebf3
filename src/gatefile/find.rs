//! Looks for the gate file: next to the compose file, or above it up to the repository's root.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::place::Source;

/// Its names, the preferred one first.
pub const NAMES: [&str; 2] = ["gonogo.yaml", "gonogo.yml"];

/// The largest gate file that is read, in bytes.
pub const LIMIT: u64 = 1 << 20;

/// A gate file that was found and read.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its path, absolute, links resolved.
    pub path: PathBuf,
    /// The root of the repository that it came with, absolute, links resolved; without one, its directory.
    pub repository: PathBuf,
    /// Its text.
    pub source: Arc<Source>,
}

/// A gate file that is there and cannot be used: nothing is judged without it.
#[derive(Debug)]
pub struct Unusable {
    /// The gate file, as reports call it.
    pub name: String,
    /// Why.
    pub why: Why,
}

/// Why a gate file cannot be used.
#[derive(Debug)]
pub enum Why {
    /// As the file system says.
    Unreadable(io::Error),
    /// It is larger than [`LIMIT`].
    TooLarge,
    /// It is not a regular file.
    NotAFile,
    /// It is not UTF-8.
    NotText,
    /// It is a link to a file outside of the repository.
    LeavesRepository(PathBuf),
    /// A second one stands beside it.
    Two,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        match &self.why {
            Why::Unreadable(error) => write!(f, "the gate file cannot be read: {error}"),
            Why::TooLarge => write!(f, "the gate file is larger than {} MiB", LIMIT >> 20),
            Why::NotAFile => f.write_str("the gate file is not a regular file"),
            Why::NotText => f.write_str("the gate file is not UTF-8 text"),
            Why::LeavesRepository(target) => {
                write!(f, "the gate file is a link out of the repository, to {}", target.display())
            }
            Why::Two => write!(f, "{} stands beside it: keep one of them", NAMES[1]),
        }
    }
}

impl std::error::Error for Unusable {}

/// Looks from the directory `start` upwards to the repository's root (the directory with `.git`); outside of a
/// repository in `start` alone. `name` is how reports call a path.
///
/// # Errors
/// [`Unusable`] if there is one that cannot be read or must not be used.
pub fn find(start: &Path, name: &dyn Fn(&Path) -> String) -> Result<Option<Found>, Unusable> {
    let Ok(start) = fs::canonicalize(start) else { return Ok(None) };
    let repository = repository_of(&start).unwrap_or(&start);
    for directory in start.ancestors().take_while(|directory| directory.starts_with(repository)) {
        let [preferred, other] = NAMES.map(|name| directory.join(name));
        let there = |path: &Path| fs::symlink_metadata(path).is_ok();
        let path = match (there(&preferred), there(&other)) {
            (false, false) => continue,
            (true, true) => return Err(Unusable { name: name(&preferred), why: Why::Two }),
            (true, false) => preferred,
            (false, true) => other,
        };
        let found = open(&path, repository, name(&path));
        return found.map(Some).map_err(|why| Unusable { name: name(&path), why });
    }
    Ok(None)
}

/// The root of the repository that a directory lies in: the nearest one that holds `.git`, a directory or (in a
/// worktree or submodule) a file.
fn repository_of(directory: &Path) -> Option<&Path> {
    directory.ancestors().find(|above| fs::symlink_metadata(above.join(".git")).is_ok())
}

fn open(path: &Path, repository: &Path, name: String) -> Result<Found, Why> {
    let real = fs::canonicalize(path).map_err(Why::Unreadable)?;
    if !real.starts_with(repository) {
        return Err(Why::LeavesRepository(real));
    }
    let bytes = read(&real)?;
    let text = String::from_utf8(bytes).map_err(|_| Why::NotText)?;
    // Its relative paths start where it stands, which is not where a link to it points.
    Ok(Found {
        path: path.to_owned(),
        repository: repository.to_owned(),
        source: Source::new(name, Some(path.to_owned()), text),
    })
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Why> {
    let file = open_nonblocking(path).map_err(Why::Unreadable)?;
    if !file.metadata().map_err(Why::Unreadable)?.is_file() {
        return Err(Why::NotAFile);
    }
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(Why::Unreadable)?;
    if bytes.len() as u64 > LIMIT { Err(Why::TooLarge) } else { Ok(bytes) }
}

/// Opens without waiting for whoever writes to a named pipe.
fn open_nonblocking(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0));
    }
    options.open(path)
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
