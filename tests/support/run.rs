//! Running the program to its end, with a bound on it.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// When a run is killed: far beyond whatever the program promises.
const KILLED: Duration = Duration::from_secs(60);

/// A run of the program, ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit status; `None` if a signal ended it.
    pub(crate) status: Option<i32>,
    /// What it wrote to stdout.
    pub(crate) stdout: String,
    /// What it wrote to stderr.
    pub(crate) stderr: String,
    /// From its start to its end.
    pub(crate) took: Duration,
}

/// A run of the program that goes on.
pub(crate) struct Running {
    child: Child,
    started: Instant,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
}

/// The program with these arguments in a directory, with no engine to be found.
pub(crate) fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = super::gonogo(directory);
    command.args(args).env("DOCKER_HOST", "unix:///nonexistent/engine.sock");
    command
}

/// Runs the program with these arguments in a directory, with no engine to be found.
pub(crate) fn run(directory: &Path, args: &[&str]) -> Ran {
    start(&mut command(directory, args), "").end()
}

/// Starts a command that is given this on stdin.
pub(crate) fn start(command: &mut Command, stdin: &str) -> Running {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let stdin = stdin.to_owned();
    // Whoever does not read it, need not.
    std::thread::spawn(move || pipe.write_all(stdin.as_bytes()));
    let (stdout, stderr) = (drain(child.stdout.take().unwrap()), drain(child.stderr.take().unwrap()));
    Running { child, started, stdout, stderr }
}

fn drain(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

impl Running {
    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end. Whatever it was given, it must not have shown Rust's own words for a defect.
    pub(crate) fn end(mut self) -> Ran {
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if self.started.elapsed() > KILLED {
                self.child.kill().unwrap();
                panic!("still running after {KILLED:?}");
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let took = self.started.elapsed();
        let text = |bytes: JoinHandle<Vec<u8>>| String::from_utf8(bytes.join().unwrap()).expect("it writes UTF-8");
        let ran = Ran { status: status.code(), stdout: text(self.stdout), stderr: text(self.stderr), took };
        for defect in ["panicked", "RUST_BACKTRACE", "broke down", "stack overflow"] {
            assert!(!ran.stderr.contains(defect) && !ran.stdout.contains(defect), "{defect}: {ran:#?}");
        }
        ran
    }
}

impl Ran {
    /// The report on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|why| panic!("{why}: {self:#?}"))
    }

    /// The run again, if it ended with this status.
    pub(crate) fn with(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }

    /// That nothing was judged, and what it says about that.
    pub(crate) fn refused(self) -> String {
        let ran = self.with(2);
        assert_eq!(ran.stdout, "", "stdout is for results: {ran:#?}");
        assert!(ran.stderr.starts_with("error: ") || ran.stderr.starts_with("error["), "{ran:#?}");
        ran.stderr
    }
}
