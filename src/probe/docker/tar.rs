//! The head of a tar stream, taken as it arrives: what the first entry is, its content up to a bound, and, of a
//! directory, the names right below it. Contents are skipped, not kept.

use std::collections::BTreeSet;

use tar::{EntryType, Header, PaxExtensions};

use crate::fact::engine::FileInContainer;
use crate::fact::file::FileKind;

/// The largest file whose text is kept, in bytes.
pub(super) const TEXT_LIMIT: u64 = 1 << 20;
/// The most names of a directory.
pub(super) const NAMES: usize = 1000;
/// The largest extended header, in bytes.
const EXTENSION_LIMIT: u64 = 64 << 10;
const BLOCK: usize = 512;

/// What has been learned so far from a stream.
#[derive(Default)]
pub(super) struct Tar {
    /// Bytes that have come and are not used yet: less than a block, or a part of a body that is kept.
    pending: Vec<u8>,
    /// What the bytes that come belong to.
    within: Within,
    /// The name that an extended header gives the entry behind it.
    long_name: Option<String>,
    root: Option<Root>,
    names: BTreeSet<String>,
}

#[derive(Default)]
enum Within {
    #[default]
    Header,
    /// An extended header, which is kept, of this many bytes and padding.
    Extension {
        size: usize,
        pax: bool,
    },
    /// The text of the file asked for.
    Text {
        size: usize,
    },
    /// What is of no interest: this many bytes.
    Skipped(u64),
    End,
}

struct Root {
    kind: Kind,
    mode: u32,
    uid: u64,
    gid: u64,
    size: u64,
    name: String,
    text: Option<Vec<u8>>,
}

#[derive(PartialEq)]
enum Kind {
    File,
    Directory,
    Link,
    Other,
}

/// Whether more of the stream is of use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Yes.
    More,
    /// No.
    Nothing,
}

/// A stream that is not tar.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotTar;

impl Tar {
    /// Takes the next bytes.
    pub(super) fn take(&mut self, mut bytes: &[u8]) -> Result<Need, NotTar> {
        loop {
            match self.within {
                Within::End => return Ok(Need::Nothing),
                Within::Skipped(left) => {
                    let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    bytes = bytes.get(skipped..).unwrap_or_default();
                    let left = left - skipped as u64;
                    self.within = if left == 0 { Within::Header } else { Within::Skipped(left) };
                    if left > 0 {
                        return Ok(Need::More);
                    }
                }
                Within::Header => {
                    let Some(block) = self.filled(&mut bytes, BLOCK) else { return Ok(Need::More) };
                    self.header(&block)?;
                }
                Within::Extension { size, pax } => {
                    let Some(body) = self.filled(&mut bytes, size.next_multiple_of(BLOCK)) else {
                        return Ok(Need::More);
                    };
                    self.extension(body.get(..size).unwrap_or_default(), pax);
                    self.within = Within::Header;
                }
                Within::Text { size } => {
                    let Some(body) = self.filled(&mut bytes, size) else { return Ok(Need::More) };
                    if let Some(root) = &mut self.root {
                        root.text = Some(body);
                    }
                    self.within = Within::End;
                }
            }
        }
    }

    /// `size` bytes out of what is pending and what has come, or `None` as long as there are fewer.
    fn filled(&mut self, bytes: &mut &[u8], size: usize) -> Option<Vec<u8>> {
        let wanted = size.saturating_sub(self.pending.len()).min(bytes.len());
        let (now, later) = bytes.split_at(wanted);
        self.pending.extend_from_slice(now);
        *bytes = later;
        (self.pending.len() >= size).then(|| std::mem::take(&mut self.pending))
    }

    fn header(&mut self, block: &[u8]) -> Result<(), NotTar> {
        if block.iter().all(|byte| *byte == 0) {
            self.within = Within::End;
            return Ok(());
        }
        let block = <&[u8; BLOCK]>::try_from(block).map_err(|_| NotTar)?;
        let header = Header::from_byte_slice(block);
        let sum =
            block.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) });
        if header.cksum().map_err(|_| NotTar)? != sum.sum::<u32>() {
            return Err(NotTar);
        }
        let size = header.entry_size().map_err(|_| NotTar)?;
        let padded = size.checked_next_multiple_of(BLOCK as u64).ok_or(NotTar)?;
        let kind = header.entry_type();
        self.within = match kind {
            EntryType::XHeader | EntryType::GNULongName if size <= EXTENSION_LIMIT => Within::Extension {
                size: usize::try_from(size).map_err(|_| NotTar)?,
                pax: kind == EntryType::XHeader,
            },
            EntryType::XHeader | EntryType::GNULongName => return Err(NotTar),
            EntryType::XGlobalHeader | EntryType::GNULongLink => Within::Skipped(padded),
            _ => self.entry(header, kind, size, padded)?,
        };
        Ok(())
    }

    fn extension(&mut self, body: &[u8], pax: bool) {
        if pax {
            let path = PaxExtensions::new(body).flatten().find(|extension| extension.key() == Ok("path"));
            self.long_name = path
                .map(|extension| String::from_utf8_lossy(extension.value_bytes()).into_owned())
                .or(self.long_name.take());
        } else {
            let end = body.iter().position(|byte| *byte == 0).unwrap_or(body.len());
            self.long_name = Some(String::from_utf8_lossy(body.get(..end).unwrap_or_default()).into_owned());
        }
    }

    fn entry(&mut self, header: &Header, kind: EntryType, size: u64, padded: u64) -> Result<Within, NotTar> {
        let name =
            self.long_name.take().unwrap_or_else(|| String::from_utf8_lossy(&header.path_bytes()).into_owned());
        let has_body = matches!(kind, EntryType::Regular | EntryType::Continuous);
        let behind = if has_body { Within::Skipped(padded) } else { Within::Header };
        let Some(root) = &self.root else {
            let kind = match kind {
                EntryType::Regular | EntryType::Continuous | EntryType::Link => Kind::File,
                EntryType::Directory => Kind::Directory,
                EntryType::Symlink => Kind::Link,
                _ => Kind::Other,
            };
            let more = match kind {
                Kind::Directory => behind,
                Kind::File if size <= TEXT_LIMIT => Within::Text { size: usize::try_from(size).map_err(|_| NotTar)? },
                _ => Within::End,
            };
            self.root = Some(Root {
                kind,
                mode: header.mode().map_err(|_| NotTar)? & 0o7777,
                uid: header.uid().map_err(|_| NotTar)?,
                gid: header.gid().map_err(|_| NotTar)?,
                size,
                name: name.trim_end_matches('/').to_owned(),
                text: None,
            });
            return Ok(more);
        };
        // The names start with the directory's own, `.` or nothing for the root of the file system.
        let below = name.trim_start_matches("./");
        let own = root.name.trim_start_matches("./");
        let below = below.strip_prefix(own).filter(|_| own != ".").unwrap_or(below).trim_matches('/');
        let first = below.split('/').next().unwrap_or_default();
        if !first.is_empty() && !self.names.contains(first) {
            if self.names.len() == NAMES {
                // More would not be told; that there are more is what is left to say.
                self.names.insert(String::new());
                return Ok(Within::End);
            }
            self.names.insert(first.to_owned());
        }
        Ok(behind)
    }

    /// Whether the thing asked for is a symbolic link.
    pub(super) fn is_link(&self) -> bool {
        self.root.as_ref().is_some_and(|root| root.kind == Kind::Link)
    }

    /// What was learned. Nothing if not even the first entry came whole.
    pub(super) fn finish(self) -> Option<FileInContainer> {
        let root = self.root?;
        let kind = match root.kind {
            Kind::File => FileKind::File,
            Kind::Directory => FileKind::Directory,
            Kind::Link => FileKind::DanglingLink,
            Kind::Other => FileKind::Other,
        };
        let complete = matches!(self.within, Within::End) && !self.names.contains("");
        let whole = kind != FileKind::File || root.text.is_some() || root.size > TEXT_LIMIT;
        whole.then(|| FileInContainer {
            kind,
            mode: root.mode,
            uid: root.uid,
            gid: root.gid,
            size: root.size,
            text: root.text.and_then(|text| String::from_utf8(text).ok()).filter(|text| !text.contains('\0')),
            entries: self.names.into_iter().filter(|name| !name.is_empty()).collect(),
            complete,
        })
    }
}
