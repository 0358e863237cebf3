//! Which gate files this user has read and trusts: the SHA-256 of the bytes, by path, as direnv does it.
//!
//! A gate file comes with a repository. Until it is trusted, it may not have other hosts asked, SSH opened, programs
//! run or files outside of its repository read: see [`WITHHELD`] and [`super::GateFile::may_read`]. Trust ends when a
//! byte of the file changes. Each trusted file is a record of its own, written at once or not at all, which nobody
//! but the user may write.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::fact::{Allowed, Source};

/// The sources that a gate file may not have asked before it is trusted.
pub const WITHHELD: [Source; 3] = [Source::Network, Source::Ssh, Source::Programs];

/// Why a withheld source was not asked, as the rows say it.
pub const REASON: &str = "the gate file is not trusted: read it, then run `gonogo trust`";

/// Withholds from a run what an untrusted gate file may not have asked.
pub fn withhold(allowed: &mut Allowed) {
    for source in WITHHELD {
        allowed.forbid(source, REASON);
    }
}

/// A user's records.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
}

/// A trusted gate file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its path.
    pub path: PathBuf,
    /// Whether it still holds the bytes that were trusted.
    pub current: bool,
}

impl Store {
    /// The user's own: `$XDG_DATA_HOME/gonogo/trust`, else `~/.local/share/gonogo/trust`, on macOS
    /// `~/Library/Application Support/gonogo/trust`. `None` without a home directory.
    pub fn of_user(environment: &BTreeMap<String, String>) -> Option<Self> {
        // The XDG specification has relative paths disregarded.
        let absolute = |name: &str| environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || absolute("HOME");
        let data = absolute("XDG_DATA_HOME").or_else(|| {
            let below = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" };
            Some(home()?.join(below))
        })?;
        Some(Self::at(data.join("gonogo").join("trust")))
    }

    /// Records in a directory.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Whether a gate file with these bytes is trusted at this path.
    pub fn is_trusted(&self, path: &Path, bytes: &[u8]) -> bool {
        let path = identity(path);
        self.load(&self.file(&path)).is_some_and(|(hash, recorded)| hash == hex(bytes) && recorded == path)
    }

    /// Trusts these bytes at this path.
    ///
    /// # Errors
    /// As the file system says.
    pub fn record(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let path = identity(path);
        create_private(&self.directory)?;
        let mut content = hex(bytes).into_bytes();
        content.push(b'\n');
        content.extend_from_slice(raw(&path).as_ref());
        let file = self.file(&path);
        // A name of its own, so that two at once do not write into each other's file; the rename makes it whole.
        let draft = self.directory.join(format!(".{}.{}", hex(raw(&path).as_ref()), std::process::id()));
        let written = write_private(&draft, &content).and_then(|()| fs::rename(&draft, &file));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    /// Trusts a path no more. Whether it was trusted.
    ///
    /// # Errors
    /// As the file system says.
    pub fn revoke(&self, path: &Path) -> io::Result<bool> {
        match fs::remove_file(self.file(&identity(path))) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Everything that is trusted, by path.
    ///
    /// # Errors
    /// As the file system says.
    pub fn list(&self) -> io::Result<Vec<Record>> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut records = Vec::new();
        for entry in entries {
            let file = entry?.path();
            // A draft that a crash left behind starts with a dot; what is not named for its path is not ours.
            let Some((hash, path)) = self.load(&file).filter(|(_, path)| self.file(path) == file) else { continue };
            let current = super::find::read(&path).is_ok_and(|bytes| hex(&bytes) == hash);
            records.push(Record { path, current });
        }
        records.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(records)
    }

    fn file(&self, path: &Path) -> PathBuf {
        self.directory.join(hex(raw(path).as_ref()))
    }

    /// A record's hash and path, if it is whole and only the user could have written it.
    fn load(&self, file: &Path) -> Option<(String, PathBuf)> {
        if !(private(&self.directory) && private(file)) {
            return None;
        }
        let content = super::find::read(file).ok()?;
        let line = content.iter().position(|byte| *byte == b'\n')?;
        let hash = std::str::from_utf8(content.get(..line)?).ok()?.to_owned();
        Some((hash, path_of(content.get(line + 1..)?.to_vec())?))
    }
}

/// A path with the links of its directory resolved: the file itself may be gone.
fn identity(path: &Path) -> PathBuf {
    let resolved = path.parent().zip(path.file_name()).and_then(|(directory, name)| {
        Some(
            fs::canonicalize(if directory.as_os_str().is_empty() { Path::new(".") } else { directory })
                .ok()?
                .join(name),
        )
    });
    resolved.unwrap_or_else(|| path.to_owned())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(unix)]
fn raw(path: &Path) -> impl AsRef<[u8]> + '_ {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes()
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn raw(path: &Path) -> impl AsRef<[u8]> + '_ {
    path.to_string_lossy().into_owned().into_bytes()
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    Some(OsString::from(String::from_utf8(bytes).ok()?).into())
}

/// Whether nobody but the user (and root) may write there.
#[cfg(unix)]
fn private(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    fs::symlink_metadata(path).is_ok_and(|meta| {
        (meta.is_file() || meta.is_dir()) && [user, 0].contains(&meta.uid()) && meta.mode() & 0o022 == 0
    })
}

#[cfg(not(unix))]
fn private(path: &Path) -> bool {
    path.exists()
}

fn create_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(directory)
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;
