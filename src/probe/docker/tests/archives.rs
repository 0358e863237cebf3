//! Files in containers: what stands there, and streams that lie.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tar::{Builder, EntryType, Header};

use super::super::tar::{Need, Tar};
use super::fake::{Answer, Fake, ok};
use crate::fact::engine::{ContainerFile, FileInContainer};
use crate::fact::file::FileKind;
use crate::fact::{Cause, Unknown};

const BUDGET: Duration = Duration::from_secs(5);

fn header(kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o640);
    header.set_uid(1000);
    header.set_gid(50);
    header
}

fn archive(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, body) in entries {
        let mut header = if name.len() > 100 { Header::new_gnu() } else { header(*kind, 0) };
        header.set_entry_type(*kind);
        header.set_size(body.len() as u64);
        builder.append_data(&mut header, name, *body).unwrap();
    }
    builder.into_inner().unwrap()
}

/// An engine in which the container `web` has these archives at these paths, and links.
fn engine(archives: Vec<(&'static str, Vec<u8>)>, links: &'static [(&'static str, &'static str)]) -> Fake {
    let archives: BTreeMap<_, _> = archives.into_iter().collect();
    Fake::but(move |request| {
        if request.contains("/containers/web/json") {
            let inspected = r#"{"Id":"web","Name":"/web","State":{"Status":"exited"},"HostConfig":{"Tmpfs":{"/run":""}},
                "Mounts":[{"Type":"volume","Destination":"/run/kept"}]}"#;
            return Some(ok(inspected));
        }
        let path = request.split_once("archive?path=")?.1.replace("%2F", "/");
        let link = links.iter().find(|(from, _)| *from == path);
        if request.starts_with("HEAD") {
            let there = link.is_some() || archives.contains_key(path.as_str());
            let target = link.map_or("", |(_, target)| *target);
            let stat = base64(
                format!(r#"{{"name":"x","size":0,"mode":420,"mtime":"","linkTarget":"{target}"}}"#).as_bytes(),
            );
            let head = format!(
                "HTTP/1.1 {} X\r\nX-Docker-Container-Path-Stat: {stat}\r\n\r\n",
                if there { 200 } else { 404 }
            );
            return Some(Answer::Sends(head.into()));
        }
        Some(match (link, archives.get(path.as_str())) {
            (Some(_), _) => ok(archive(&[("x", EntryType::Symlink, b"")])),
            (None, Some(archive)) => ok(archive.clone()),
            (None, None) => Answer::Says(404, br#"{"message":"Could not find the file in container web"}"#.to_vec()),
        })
    })
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| char::from(DIGITS[(bits & 63) as usize]);
    let group = |chunk: &[u8]| {
        let bits = chunk.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let text: String = [bits >> 18, bits >> 12, bits >> 6, bits].into_iter().map(digit).collect();
        format!("{}{}", &text[..=chunk.len()], &"=="[..3 - chunk.len()])
    };
    bytes.chunks(3).map(group).collect()
}

async fn ask(fake: &Fake, path: &str) -> Result<Arc<FileInContainer>, Unknown> {
    fake.ledger(BUDGET).ask(ContainerFile { container: "web".to_owned(), path: path.to_owned() }).await
}

#[tokio::test]
async fn a_file_by_its_links() {
    let file = archive(&[("conf.json", EntryType::Regular, b"{\"a\":1}\n")]);
    let fake = engine(
        vec![("/data/conf.json", file)],
        &[("/a", "/b"), ("/b", "/data/conf.json"), ("/loop", "/loop"), ("/gone", "/nowhere"), ("/var/run", "/run")],
    );
    for path in ["/data/conf.json", "/a", "/b"] {
        let file = ask(&fake, path).await.unwrap();
        assert_eq!((file.kind, file.text.as_deref()), (FileKind::File, Some("{\"a\":1}\n")));
        assert_eq!((file.mode, file.uid, file.gid, file.size), (0o640, 1000, 50, 8));
    }
    assert_eq!(ask(&fake, "/loop").await.unwrap().kind, FileKind::DanglingLink);
    assert_eq!(ask(&fake, "/gone").await.unwrap().kind, FileKind::DanglingLink);
    assert_eq!(ask(&fake, "/nope").await.unwrap_err().cause, Cause::Absent);
    assert_eq!(ask(&fake, "relative").await.unwrap_err().cause, Cause::Failed);
    // What the engine cannot see is not absent.
    for path in ["/run/x", "/run", "/var/run/x", "/proc/1/status"] {
        assert_eq!(ask(&fake, path).await.unwrap_err().cause, Cause::Unsupported, "{path}");
    }
    assert_eq!(ask(&fake, "/run/kept/x").await.unwrap_err().cause, Cause::Absent);
    assert_eq!(ask(&fake, "/runner").await.unwrap_err().cause, Cause::Absent);
}

#[tokio::test]
async fn a_directory_and_things_without_text() {
    let long = "d/".to_owned() + &"n".repeat(150);
    let directory = archive(&[
        ("d/", EntryType::Directory, b""),
        ("d/b", EntryType::Regular, &[7; 3000]),
        ("d/a/", EntryType::Directory, b""),
        ("d/a/deep", EntryType::Regular, b"x"),
        (&long, EntryType::Regular, b"y"),
    ]);
    let binary = archive(&[("x", EntryType::Regular, &[0xff, 0xfe, 0])]);
    let large = archive(&[("x", EntryType::Regular, &vec![b'a'; (1 << 20) + 1])]);
    let pipe = archive(&[("x", EntryType::Fifo, b"")]);
    let empty = archive(&[("x", EntryType::Regular, b"")]);
    let fake = engine(vec![("/d", directory), ("/b", binary), ("/l", large), ("/p", pipe), ("/e", empty)], &[]);
    let directory = ask(&fake, "/d").await.unwrap();
    assert_eq!(directory.entries, ["a".to_owned(), "b".to_owned(), "n".repeat(150)]);
    assert!(directory.complete);
    assert_eq!(ask(&fake, "/b").await.unwrap().text, None);
    let large = ask(&fake, "/l").await.unwrap();
    assert_eq!((large.text.as_deref(), large.size), (None, (1 << 20) + 1));
    assert_eq!(ask(&fake, "/p").await.unwrap().kind, FileKind::Other);
    assert_eq!(ask(&fake, "/e").await.unwrap().text.as_deref(), Some(""));
}

#[tokio::test]
async fn streams_that_lie_or_do_not_end() {
    let endless =
        Arc::new(Mutex::new(archive(&[("d/", EntryType::Directory, b""), ("d/a", EntryType::Regular, &[1; 512])])));
    endless.lock().unwrap().truncate(3 * 512);
    let fake = Fake::but(move |request| match request {
        request if request.contains("web/json") => Some(ok(r#"{"Id":"web"}"#)),
        request if request.ends_with("/endless") => {
            let start = endless.lock().unwrap().clone();
            Some(Answer::Repeats(
                [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), start.clone()].concat(),
                start[512..].repeat(64),
            ))
        }
        request if request.ends_with("/cut") => {
            Some(ok(archive(&[("x", EntryType::Regular, b"hello")])[..514].to_vec()))
        }
        request if request.ends_with("/noise") => Some(ok(vec![b'x'; 4096])),
        request if request.ends_with("/nothing") => Some(ok("")),
        request if request.ends_with("/gone") => {
            Some(Answer::Says(404, b"{\"message\":\"No such container: web\"}".to_vec()))
        }
        _ => None,
    });
    let started = Instant::now();
    let directory = ask(&fake, "/endless").await.unwrap();
    assert_eq!((directory.entries.as_slice(), directory.complete), (&["a".to_owned()][..], false));
    assert!(started.elapsed() < BUDGET);
    for path in ["/cut", "/noise", "/nothing", "/gone"] {
        assert_eq!(ask(&fake, path).await.unwrap_err().cause, Cause::Failed, "{path}");
    }
}

#[test]
fn a_stream_means_the_same_however_it_is_cut() {
    let stream = archive(&[
        ("d/", EntryType::Directory, b""),
        ("d/one", EntryType::Regular, &[1; 700]),
        ("d/two", EntryType::Symlink, b""),
    ]);
    for size in [1, 2, 100, 511, 512, 513, 4096] {
        let mut tar = Tar::default();
        let needs: Vec<_> = stream.chunks(size).map(|chunk| tar.take(chunk).unwrap()).collect();
        assert_eq!(needs.last(), Some(&Need::Nothing), "{size}");
        assert_eq!(tar.finish().unwrap().entries, ["one", "two"], "{size}");
    }
    // Of a stream that ends early, only what came is told.
    let mut tar = Tar::default();
    assert_eq!(tar.take(&stream[..1200]), Ok(Need::More));
    let cut = tar.finish().unwrap();
    assert_eq!((cut.entries.as_slice(), cut.complete), (&["one".to_owned()][..], false));
}

#[test]
fn the_root_and_too_many_names() {
    let names: Vec<_> = (0..1500).map(|n| format!("./f{n:04}")).collect();
    let mut entries: Vec<(&str, EntryType, &[u8])> = vec![("./", EntryType::Directory, b"")];
    entries.extend(names.iter().map(|name| (name.as_str(), EntryType::Regular, &b""[..])));
    let mut tar = Tar::default();
    assert_eq!(tar.take(&archive(&entries)), Ok(Need::Nothing));
    let root = tar.finish().unwrap();
    assert_eq!((root.entries.len(), root.entries[0].as_str(), root.complete), (1000, "f0000", false));
}
