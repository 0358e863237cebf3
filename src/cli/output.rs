//! Writing: the result to stdout, everything else to stderr. A reader that went away (`| head`) is the end, no error.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

#[cfg(unix)]
use rustix::fs::OFlags;

use super::USAGE;
use crate::finding::Finding;
use crate::report::{self, Options};

/// How a command ended.
pub(super) struct Exit {
    status: u8,
    error: Option<String>,
}

impl Exit {
    /// It ended as it should, with this status.
    pub(super) fn status(status: u8) -> Self {
        Self { status, error: None }
    }

    /// Nothing was judged; why.
    pub(super) fn usage(why: String) -> Self {
        Self { status: USAGE, error: Some(why) }
    }

    /// Says why, if there is something to say, and gives the status to the caller.
    pub(super) fn finish(self) -> ExitCode {
        if let Some(error) = &self.error {
            let text = error.trim_end();
            let prefix = if text.starts_with("error") { "" } else { "error: " };
            diagnose(&format!("{prefix}{text}\n"));
        }
        ExitCode::from(self.status)
    }
}

/// Writes the result to stdout.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Opens what a report will be written to, and leaves what is in it: until there is a new one, the old one stays. Does
/// not wait for a reader of a named pipe.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0));
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    rustix::fs::fcntl_setfl(&file, rustix::fs::fcntl_getfl(&file)?.difference(OFlags::NONBLOCK))?;
    Ok(file)
}

/// Writes a report over what a file held.
pub(super) fn replace(file: &mut File, text: &str) -> io::Result<()> {
    if file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    match file.write_all(text.as_bytes()).and_then(|()| file.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes clap's text to stdout, coloured where stdout is.
pub(super) fn styled(text: &clap::builder::StyledStr) -> io::Result<()> {
    print(&if colour() { text.ansi().to_string() } else { text.to_string() })
}

/// Mistakes in a file as a compiler prints them, for stderr.
pub(super) fn drawn(findings: &[Finding], code: &str) -> String {
    let colour = decide_colour(io::stderr().is_terminal());
    let options = Options { colour, width: width(), verbose: false, quiet: false };
    report::draw(findings, code, &options)
}

/// Writes to stderr, as well as that goes.
pub(super) fn diagnose(text: &str) {
    let _ = io::stderr().lock().write_all(crate::secret::mask(text).as_bytes());
}

/// Whether to colour what goes to stdout: `NO_COLOR` and `CLICOLOR_FORCE` decide, else whether it is a terminal.
pub(super) fn colour() -> bool {
    decide_colour(io::stdout().is_terminal())
}

fn decide_colour(terminal: bool) -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    set("CLICOLOR_FORCE").is_some_and(|value| value != "0")
        || (terminal && set("TERM").is_none_or(|term| term != "dumb"))
}

/// How many columns what goes to stdout may take: the terminal's, else `COLUMNS`, else 120.
pub(super) fn width() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    (io::stdout().is_terminal().then(terminal_width).flatten()).or(asked).unwrap_or(120).clamp(40, 400)
}

fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| usize::from(columns))
}
