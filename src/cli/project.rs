//! Which project is meant: docker compose's own flags and variables.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::compose::Settings;

/// The largest compose file that is read from stdin, in bytes.
const STDIN_LIMIT: u64 = 16 << 20;

#[derive(Args, Debug, Clone, Default)]
pub(super) struct ProjectArgs {
    /// Compose file; may be given several times, later ones override; `-` is stdin
    #[arg(short, long = "file", value_name = "FILE", help_heading = "Project")]
    file: Vec<PathBuf>,
    /// Project name
    #[arg(short, long, value_name = "NAME", help_heading = "Project")]
    project_name: Option<String>,
    /// Profile to enable; may be given several times, `*` enables all
    #[arg(long, value_name = "NAME", help_heading = "Project")]
    profile: Vec<String>,
    /// Environment file to use instead of .env; may be given several times
    #[arg(long, value_name = "FILE", help_heading = "Project")]
    env_file: Vec<PathBuf>,
    /// Where relative paths of the compose files start [default: the directory of the first file]
    #[arg(long, value_name = "DIR", help_heading = "Project")]
    project_directory: Option<PathBuf>,
    /// Act as if started in DIR
    #[arg(short = 'C', long = "directory", value_name = "DIR", help_heading = "Project")]
    directory: Option<PathBuf>,
}

impl ProjectArgs {
    /// These flags, given before the command, and those behind it, which come later.
    pub(super) fn and(mut self, behind: Self) -> Self {
        self.file.extend(behind.file);
        self.profile.extend(behind.profile);
        self.env_file.extend(behind.env_file);
        Self {
            project_name: behind.project_name.or(self.project_name),
            project_directory: behind.project_directory.or(self.project_directory),
            directory: behind.directory.or(self.directory),
            ..self
        }
    }

    /// A path that the command line names, seen from where `-C` says.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        self.directory.as_deref().unwrap_or(Path::new("")).join(path)
    }

    /// What the flags and the environment say.
    ///
    /// # Errors
    /// A directory that is not there, or a stdin that cannot be read: a sentence for the user.
    pub(super) fn settings(&self) -> Result<Settings, String> {
        let here = std::env::current_dir().map_err(|error| format!("the current directory is gone: {error}"))?;
        let working_directory = match &self.directory {
            Some(directory) => entered(&here.join(directory), directory)?,
            None => here,
        };
        let from_stdin = self.file.iter().any(|file| file.as_os_str() == "-");
        Ok(Settings {
            files: self.file.clone(),
            project_name: self.project_name.clone(),
            profiles: self.profile.clone(),
            env_files: self.env_file.clone(),
            project_directory: self.project_directory.clone(),
            working_directory,
            environment: environment(),
            no_interpolate: false,
            stdin: if from_stdin { Some(stdin()?) } else { None },
        })
    }
}

fn entered(path: &Path, given: &Path) -> Result<PathBuf, String> {
    match std::fs::canonicalize(path) {
        Ok(path) if path.is_dir() => Ok(path),
        Ok(_) => Err(format!("-C {}: not a directory", given.display())),
        Err(error) => Err(format!("-C {}: {error}", given.display())),
    }
}

fn stdin() -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(STDIN_LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("stdin: {error}"))?;
    if bytes.len() as u64 > STDIN_LIMIT {
        return Err(format!("stdin: more than {} MiB", STDIN_LIMIT >> 20));
    }
    String::from_utf8(bytes).map_err(|_| "stdin: not UTF-8".to_owned())
}

/// The variables whose names and values are text; the others cannot be meant in a compose file.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
