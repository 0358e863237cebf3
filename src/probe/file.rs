//! This host's file system: what stands at a path, texts, directories. Nothing but regular files is ever opened for
//! reading, so that no pipe or device can block.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::fact::file::{Canonical, DirectoryEntry, Entries, FileKind, FileStat, FileText, Stat, Text};
use crate::fact::{Cause, Probes, Unknown};

/// Registers what answers questions about files. Reports name files relative to `working_directory`.
pub(super) fn register(probes: Probes, working_directory: &Path) -> Probes {
    let here = working_directory.to_owned();
    probes
        .on(|Stat { path }, _| blocking(path, stat))
        .on(|Canonical { path }, _| blocking(path, |path| Ok(std::fs::canonicalize(path)?)))
        .on(move |Text { path }, _| {
            let name = name(&path, &here);
            async move { Ok(FileText { text: blocking(path, |path| text(path, Text::LIMIT)).await?, name }) }
        })
        .on(|Entries { path }, _| blocking(path, entries))
}

/// Runs a look at the file system where it may block (a dead network mount) without holding anybody else up.
async fn blocking<T: Send + 'static>(
    path: PathBuf,
    look: impl FnOnce(&Path) -> Result<T, Unknown> + Send + 'static,
) -> Result<T, Unknown> {
    let task = tokio::task::spawn_blocking(move || {
        look(&path)
            .map_err(|unknown| Unknown { detail: format!("{}: {}", path.display(), unknown.detail), ..unknown })
    });
    task.await.map_err(|error| Unknown::failed(error.to_string()))?
}

/// The path relative to `from` where that is shorter, by the words alone.
pub(crate) fn name(path: &Path, from: &Path) -> String {
    let common = path.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let ups = from.components().count() - common;
    let relative: PathBuf = std::iter::repeat_n(Path::new(".."), ups)
        .map(Path::as_os_str)
        .chain(path.components().skip(common).map(|part| part.as_os_str()))
        .collect();
    match relative.as_os_str().len() {
        0 => ".".to_owned(),
        length if length < path.as_os_str().len() && path.is_absolute() == from.is_absolute() => {
            relative.display().to_string()
        }
        _ => path.display().to_string(),
    }
}

/// Opens a regular file.
///
/// # Errors
/// As the operating system says; a directory is `IsADirectory`, a pipe, socket or device `Unsupported`.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let regular = |metadata: std::fs::Metadata| match metadata.file_type() {
        kind if kind.is_file() => Ok(metadata.len()),
        kind if kind.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory)),
        _ => Err(io::Error::new(io::ErrorKind::Unsupported, "a pipe, socket or device, not a file")),
    };
    // Before it is opened, since opening alone can do something to a device; and after, since it may have changed.
    regular(std::fs::metadata(path)?)?;
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or_default());
    }
    let file = options.open(path)?;
    regular(file.metadata()?)?;
    Ok(file)
}

/// The bytes of a regular file of at most `limit` bytes. A larger one is refused by its size, unread.
///
/// # Errors
/// As [`open`], and `FileTooLarge`.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {} MiB", limit >> 20));
    let size = file.metadata()?.len();
    if size > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    // The size is not the truth for what the kernel makes up, and a file may grow.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

pub(super) fn text(path: &Path, limit: u64) -> Result<String, Unknown> {
    let unsupported = |what: &str| Unknown::new(Cause::Unsupported, what);
    let bytes = read(path, limit).map_err(|error| match error.kind() {
        io::ErrorKind::IsADirectory => unsupported("a directory, not a file"),
        io::ErrorKind::FileTooLarge => unsupported(&error.to_string()),
        _ => error.into(),
    })?;
    String::from_utf8(bytes).map_err(|_| unsupported("not UTF-8"))
}

fn kind(metadata: &std::fs::Metadata) -> FileKind {
    match metadata.file_type() {
        kind if kind.is_file() => FileKind::File,
        kind if kind.is_dir() => FileKind::Directory,
        kind if kind.is_symlink() => FileKind::DanglingLink,
        _ => FileKind::Other,
    }
}

fn stat(path: &Path) -> Result<FileStat, Unknown> {
    let metadata = match std::fs::metadata(path) {
        // A link to nothing, or in a circle, is there itself.
        Err(error) => match std::fs::symlink_metadata(path) {
            Ok(link) if link.is_symlink() && error.kind() != io::ErrorKind::PermissionDenied => link,
            _ => return Err(error.into()),
        },
        Ok(metadata) => metadata,
    };
    #[cfg(unix)]
    let (mode, uid, gid) = {
        use std::os::unix::fs::MetadataExt;
        (Some(metadata.mode() & 0o7777), Some(metadata.uid()), Some(metadata.gid()))
    };
    #[cfg(not(unix))]
    let (mode, uid, gid) = (None, None, None);
    #[cfg(unix)]
    let readable = rustix::fs::access(path, rustix::fs::Access::READ_OK).is_ok();
    #[cfg(not(unix))]
    let readable = true;
    let modified = metadata.modified().ok().map(|time| match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
    });
    Ok(FileStat { kind: kind(&metadata), size: metadata.len(), mode, uid, gid, modified, readable })
}

fn entries(path: &Path) -> Result<Vec<DirectoryEntry>, Unknown> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path)?.take(Entries::LIMIT) {
        let entry = entry?;
        let kind = match entry.file_type()? {
            link if link.is_symlink() => {
                std::fs::metadata(entry.path()).map_or(FileKind::DanglingLink, |target| kind(&target))
            }
            plain if plain.is_file() => FileKind::File,
            plain if plain.is_dir() => FileKind::Directory,
            _ => FileKind::Other,
        };
        entries.push(DirectoryEntry { name: entry.file_name().to_string_lossy().into_owned(), kind });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn place() -> (tempfile::TempDir, impl Fn(&str) -> PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().to_owned();
        (directory, move |name: &str| base.join(name))
    }

    #[test]
    fn names_are_relative_where_that_is_shorter() {
        let here = Path::new("/home/me/lab/stack");
        let cases = [
            ("/home/me/lab/stack/compose.yaml", "compose.yaml"),
            ("/home/me/lab/stack/a/b", "a/b"),
            ("/home/me/lab/compose.yaml", "../compose.yaml"),
            ("/home/me/lab/stack", "."),
            ("/etc/hosts", "/etc/hosts"),
            ("relative", "relative"),
        ];
        for (path, expected) in cases {
            assert_eq!(name(Path::new(path), here), expected);
        }
    }

    #[test]
    fn texts_and_what_is_none() {
        let (_directory, at) = place();
        std::fs::write(at("text"), "hello\n").unwrap();
        std::fs::write(at("binary"), [0xff, 0xfe]).unwrap();
        std::fs::write(at("large"), vec![b'a'; 4097]).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink("text", at("link")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
            .unwrap();
        let text = |name: &str| super::text(&at(name), 4096);
        assert_eq!(text("text").unwrap(), "hello\n");
        assert_eq!(text("link").unwrap(), "hello\n");
        let causes = ["missing", "text/below", "binary", "large", "pipe", "loop", "."]
            .map(|name| text(name).unwrap_err().cause);
        use Cause::{Absent, Failed, Unsupported};
        assert_eq!(causes, [Absent, Absent, Unsupported, Unsupported, Unsupported, Failed, Unsupported]);
        assert_eq!(super::text(Path::new("/dev/zero"), 10).unwrap_err().cause, Unsupported);
        assert_eq!(super::text(Path::new("/a\0b"), 10).unwrap_err().cause, Failed);
        // A file of no size that has text all the same.
        #[cfg(target_os = "linux")]
        assert!(super::text(Path::new("/proc/self/status"), 1 << 20).unwrap().contains("Pid:"));
    }

    #[test]
    fn a_hundred_megabytes_are_refused_unread() {
        let (_directory, at) = place();
        std::fs::File::create(at("huge")).unwrap().set_len(100 << 30).unwrap();
        let started = std::time::Instant::now();
        assert_eq!(read(&at("huge"), 16 << 20).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(started.elapsed() < std::time::Duration::from_millis(100));
    }

    #[test]
    fn what_stands_at_a_path() {
        let (_directory, at) = place();
        std::fs::write(at("file"), "hello").unwrap();
        std::fs::set_permissions(at("file"), std::fs::Permissions::from_mode(0o4751)).unwrap();
        std::fs::create_dir(at("directory")).unwrap();
        symlink("directory", at("link")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        symlink("loop", at("loop")).unwrap();
        drop(std::os::unix::net::UnixListener::bind(at("socket")).unwrap());
        let stat = stat(&at("file")).unwrap();
        assert_eq!((stat.kind, stat.size, stat.mode, stat.readable), (FileKind::File, 5, Some(0o4751), true));
        assert!(stat.modified.is_some_and(|seconds| seconds > 1_600_000_000));
        let kinds =
            ["directory", "link", "dangling", "loop", "socket"].map(|name| super::stat(&at(name)).unwrap().kind);
        use FileKind::{DanglingLink, Directory, Other};
        assert_eq!(kinds, [Directory, Directory, DanglingLink, DanglingLink, Other]);
        assert!(super::stat(&at("missing")).unwrap_err().is_absent());

        let listed = entries(&at(".")).unwrap();
        let listed: Vec<_> = listed.iter().map(|entry| (entry.name.as_str(), entry.kind)).collect();
        let file = ("file", FileKind::File);
        let rest = [("link", Directory), ("loop", DanglingLink), ("socket", Other)];
        assert_eq!(listed, [&[("dangling", DanglingLink), ("directory", Directory), file][..], &rest].concat());
        assert!(entries(&at("missing")).unwrap_err().is_absent());
    }
}
