//! An engine that answers what a test says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::fact::{Allowed, Ledger, Probes, Tape};

pub(super) const VERSION: &str =
    r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}"#;

/// What the engine does with a request.
pub(super) enum Answer {
    /// Answers with a status and a body.
    Says(u16, Vec<u8>),
    /// Sends these bytes as they are, and closes.
    Sends(Vec<u8>),
    /// Sends the first bytes, then the second again and again.
    Repeats(Vec<u8>, Vec<u8>),
    /// Says nothing.
    Hangs,
}

/// 200 and a body.
pub(super) fn ok(body: impl Into<Vec<u8>>) -> Answer {
    Answer::Says(200, body.into())
}

pub(super) struct Fake {
    pub(super) directory: tempfile::TempDir,
    pub(super) heard: Arc<Mutex<Vec<String>>>,
    /// How many requests were under way at once, at most.
    pub(super) at_once: Arc<Mutex<(usize, usize)>>,
}

impl Fake {
    /// An engine that answers requests by their line, such as `GET /v1.41/containers/json?all=true`.
    pub(super) fn new(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("sock")).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let at_once = Arc::new(Mutex::new((0, 0)));
        let fake = Self { directory, heard: Arc::clone(&heard), at_once: Arc::clone(&at_once) };
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (heard, answer, at_once) = (Arc::clone(&heard), Arc::clone(&answer), Arc::clone(&at_once));
                tokio::spawn(async move {
                    {
                        let mut count = at_once.lock().unwrap();
                        count.0 += 1;
                        count.1 = count.1.max(count.0);
                    }
                    serve(stream, &heard, &*answer).await;
                    at_once.lock().unwrap().0 -= 1;
                });
            }
        });
        fake
    }

    /// A well-behaved engine, but for what `answer` says otherwise.
    pub(super) fn but(answer: impl Fn(&str) -> Option<Answer> + Send + Sync + 'static) -> Self {
        Self::new(move |request| match answer(request) {
            Some(answer) => answer,
            None if request.ends_with("/version") => ok(VERSION),
            None if request.ends_with("/info") => ok(r#"{"Name":"elsewhere","DockerRootDir":"/var/lib/docker"}"#),
            None => Answer::Says(404, br#"{"message":"page not found"}"#.to_vec()),
        })
    }

    pub(super) fn host(&self) -> String {
        format!("unix://{}", self.directory.path().join("sock").display())
    }

    /// A ledger that asks this engine.
    pub(super) fn ledger(&self, budget: Duration) -> Ledger {
        ledger(&self.host(), budget)
    }
}

pub(super) fn ledger(host: &str, budget: Duration) -> Ledger {
    let environment = BTreeMap::from([("DOCKER_HOST".to_owned(), host.to_owned())]);
    Ledger::new(super::super::register(Probes::default(), &environment), Allowed::all(), budget, Tape::Off)
}

async fn serve(mut stream: UnixStream, heard: &Mutex<Vec<String>>, answer: &(dyn Fn(&str) -> Answer + Send + Sync)) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            return;
        }
        request.push(byte[0]);
    }
    let request = String::from_utf8(request).unwrap();
    let line = request.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    heard.lock().unwrap().push(line.clone());
    match answer(&line) {
        Answer::Says(status, body) => {
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).await;
            if !line.starts_with("HEAD") {
                let _ = stream.write_all(&body).await;
            }
        }
        Answer::Sends(bytes) => {
            let _ = stream.write_all(&bytes).await;
        }
        Answer::Repeats(first, again) => {
            let _ = stream.write_all(&first).await;
            while stream.write_all(&again).await.is_ok() {}
        }
        Answer::Hangs => {
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    }
    let _ = stream.shutdown().await;
}
