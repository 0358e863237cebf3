//! The work tree, as the Compose resolver sees it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use super::file;
use crate::compose::{Files, Kind};

/// The largest file that the resolver is given, in bytes.
const LIMIT: u64 = 16 << 20;

/// How long whoever writes into a pipe may take.
const PATIENCE: Duration = Duration::from_secs(2);

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
        if ["/dev/fd/", "/proc/self/fd/"].iter().any(|handed| path.starts_with(handed)) {
            return handed_over(path);
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

/// What the shell hands over as a file: `-f <(…)`. Read aside, since nobody promises that its writer ends.
fn handed_over(path: &Path) -> io::Result<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    let path = path.to_owned();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes));
        let _ = sender.send(read.map(|_| bytes));
    });
    let bytes = receiver.recv_timeout(PATIENCE).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    if bytes.len() as u64 > LIMIT { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::io::Write;
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn a_pipe_that_the_shell_hands_over_is_read_and_one_without_end_is_given_up() {
        let disk = Disk::new(Path::new("/"));
        let (reader, mut writer) = std::io::pipe().unwrap();
        let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
        writer.write_all(b"services: {}\n").unwrap();
        drop(writer);
        assert_eq!(disk.read(&path).unwrap(), b"services: {}\n");

        let (reader, _writer) = std::io::pipe().unwrap();
        let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
        assert_eq!(disk.read(&path).unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(disk.read(Path::new("/dev/null")).unwrap().is_empty());
    }
}
