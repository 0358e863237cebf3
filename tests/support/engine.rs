//! An engine made of canned answers, behind a unix socket.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What an engine answers to a path (without the API's version, with the query).
pub(crate) type Answers = dyn Fn(&str) -> Answer + Send + Sync;

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// More lines of the head, each with its line break.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A success.
    pub(crate) fn json(body: &serde_json::Value) -> Self {
        let head = "Content-Type: application/json\r\n".to_owned();
        Self { status: 200, head, body: body.to_string().into_bytes() }
    }

    /// There is none.
    pub(crate) fn absent(message: &str) -> Self {
        Self { status: 404, ..Self::json(&serde_json::json!({ "message": message })) }
    }
}

/// A listening engine; it ends with the test's process.
pub(crate) struct FakeEngine {
    directory: tempfile::TempDir,
    heard: Arc<Mutex<Vec<String>>>,
}

impl FakeEngine {
    /// One that accepts connections and never says a word.
    pub(crate) fn hanging() -> Self {
        Self::serve(|stream, _| {
            std::thread::sleep(Duration::from_secs(120));
            drop(stream);
        })
    }

    /// One that answers.
    pub(crate) fn answering(answers: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let answers: Arc<Answers> = Arc::new(answers);
        Self::serve(move |stream, heard| {
            let _ = answer(stream, heard, &*answers);
        })
    }

    fn serve(with: impl Fn(UnixStream, &Mutex<Vec<String>>) + Send + Sync + 'static) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("engine.sock")).unwrap();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let (with, hearing) = (Arc::new(with), Arc::clone(&heard));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), with, heard) = (stream, Arc::clone(&with), Arc::clone(&hearing)) else { return };
                std::thread::spawn(move || with(stream, &heard));
            }
        });
        Self { directory, heard }
    }

    /// What `DOCKER_HOST` has to be.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}/engine.sock", self.directory.path().display())
    }

    /// The requests so far: `GET /containers/json?all=true`.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn answer(mut stream: UnixStream, heard: &Mutex<Vec<String>>, answers: &Answers) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = match path.strip_prefix("/v").and_then(|rest| rest.split_once('/')) {
        Some((version, rest)) if version.starts_with(|c: char| c.is_ascii_digit()) => format!("/{rest}"),
        _ => path.to_owned(),
    };
    heard.lock().unwrap().push(format!("{method} {path}"));
    let Answer { status, head, body } = answers(&path);
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} As canned\r\nContent-Length: {length}\r\nConnection: close\r\n{head}\r\n")?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    stream.flush()
}
