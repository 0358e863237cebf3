//! The Compose resolver: what `docker compose config` 2.40.3 makes of a set of files, with a place for every value.
//!
//! It does no I/O of its own: files come through [`Files`], variables through [`Settings::environment`], so that it
//! runs on a git tree at a commit as well as on the work tree.
//!
//! # What it follows
//! Docker Compose 2.40.3 with compose-go 2.9.1, in the order in which that works, since the order decides what is
//! rejected, and why. Per file: interpolation, `extends`, what `!reset` drops, `include`, merging, lists by key, shapes,
//! canonical forms. Then defaults, rules beyond shapes, absolute paths; then names and implied dependencies, types,
//! profiles, consistency, env files. [`cause`] lists why a project may be rejected.
//!
//! # Where it differs on purpose
//! - All the mistakes of a step are told, not the first one alone (and not more than a hundred).
//! - Every value has an [`Origin`]; Compose has none.
//! - An alias bomb, a file beyond 8 MiB, nesting beyond 200 levels and services that copy each other without end are
//!   [`cause::TOO_LARGE`]; Compose tries.
//! - What makes Compose 2.40.3 crash is accepted where its meaning is clear: `pid:` with nothing behind it, `build.ssh`
//!   with a path. Remote files (`git`, `oci`) in `include` and `extends` are not fetched.
//! - A key that begins with `x-` in labels, environments and the like is a name like any other; Compose 2.40.3 moves it
//!   into a key `#extensions`.
//! - Line breaks that YAML 1.1 alone knows (NEL, LS, PS) are ordinary characters.

mod canonical;
pub mod cause;
mod consistency;
mod discover;
pub(crate) mod dotenv;
pub(crate) mod environment;
mod extends;
mod include;
mod interpolate;
mod load;
mod make;
mod merge;
mod model;
mod normalise;
mod path;
mod paths;
mod print;
mod project;
mod reader;
mod reset;
mod schema;
pub(crate) mod template;
#[cfg(test)]
mod tests;
mod typed;
mod unique;
mod validate;
mod variables;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

pub use discover::FILES as FILE_NAMES;
pub use print::Style;
pub use project::{Mount, Port, Project, Service};
pub use typed::Typed;

use crate::place::Origin;

/// What the resolver may ask of a file system.
pub trait Files: Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// As the file system says; a file beyond the implementation's size limit is [`io::ErrorKind::FileTooLarge`].
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// What stands at a path, symbolic links followed; `None` if nothing does.
    fn kind(&self, path: &Path) -> Option<Kind>;

    /// The name by which reports call a path: relative to where the user stands, where that is shorter.
    fn name(&self, path: &Path) -> String;
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file, or anything else that can be read as one.
    File,
    /// A directory.
    Directory,
}

/// What the command line and the environment say about which project is meant: docker compose's own flags.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `-f`, in order; `-` is stdin. Empty: `COMPOSE_FILE`, else found as docker compose finds them.
    pub files: Vec<PathBuf>,
    /// `-p`.
    pub project_name: Option<String>,
    /// `--profile`, in order; empty: `COMPOSE_PROFILES`.
    pub profiles: Vec<String>,
    /// `--env-file`, in order; empty: `COMPOSE_ENV_FILES`, else `.env`.
    pub env_files: Vec<PathBuf>,
    /// `--project-directory`.
    pub project_directory: Option<PathBuf>,
    /// Where the user stands, absolute: relative paths of the flags start here, and the search upwards too.
    pub working_directory: PathBuf,
    /// The operating system's variables.
    pub environment: BTreeMap<String, String>,
    /// `--no-interpolate`.
    pub no_interpolate: bool,
    /// What stdin held, where a file is `-`.
    pub stdin: Option<String>,
}

/// Why Compose would not take the project: all the mistakes of the step that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// The mistakes, in the order of the files.
    pub rejections: Vec<Rejection>,
}

/// One mistake that Compose rejects a project for.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection {
    /// What kind of mistake it is: a stable word of the resolver's own, such as `undefined-network`.
    pub cause: &'static str,
    /// The path in the model, such as `services.web.ports[0]`; empty for a whole file.
    pub path: String,
    /// Where it stands.
    pub origin: Option<Origin>,
    /// A second place that it clashes with: the first of two equal keys, the definition that is missing a part.
    pub related: Vec<(Origin, String)>,
    /// The mistake, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Rejection {
    /// A mistake at a path of the model.
    fn new(cause: &'static str, path: &path::Path, origin: Option<Origin>, message: impl Into<String>) -> Self {
        Self {
            cause,
            path: path.to_string(),
            origin,
            related: Vec::new(),
            message: message.into(),
            help: String::new(),
        }
    }

    /// What to do about it.
    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// A second place.
    fn related(mut self, origin: Option<Origin>, text: impl Into<String>) -> Self {
        self.related.extend(origin.map(|origin| (origin, text.into())));
        self
    }
}

/// The most mistakes that are told at once.
const MAX_REJECTIONS: usize = 100;

impl From<Vec<Rejection>> for NoProject {
    fn from(mut rejections: Vec<Rejection>) -> Self {
        // Nobody mends more than this before the next look.
        rejections.truncate(MAX_REJECTIONS);
        Self::Rejected(Rejected { rejections })
    }
}

impl From<Rejection> for NoProject {
    fn from(rejection: Rejection) -> Self {
        vec![rejection].into()
    }
}

/// Something that Compose accepts with a warning, such as a variable that is not set.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// What kind it is: `unset-variable`, `obsolete-version`, …
    pub cause: &'static str,
    /// What it is about: the variable's name, the attribute.
    pub about: String,
    /// The path in the model of the value that it touches, where there is one.
    pub path: String,
    /// Where it stands.
    pub origin: Option<Origin>,
    /// Compose's warning in our words.
    pub message: String,
}

/// Why there is no project.
#[derive(Debug, Clone, PartialEq)]
pub enum NoProject {
    /// No compose file was found; where the search began.
    NotFound(PathBuf),
    /// A file that was named cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why, as the file system says.
        why: String,
    },
    /// Compose would reject it.
    Rejected(Rejected),
}

/// Resolves a project.
///
/// # Errors
/// [`NoProject`] if there are no files, one cannot be read, or Compose would reject what they say.
pub fn load(settings: &Settings, files: &dyn Files) -> Result<Project, NoProject> {
    load::load(settings, files)
}
