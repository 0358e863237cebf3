//! Which files make the project, which variables they see, and what the project is called.
//!
//! Follows compose-go 2.9.1, `cli/options.go`, as docker compose 2.40.3 uses it.

use std::path::{Path as FilePath, PathBuf};

use super::canonical::volume::clean;
use super::dotenv::{self, Format};
use super::environment::{Environment, Variable};
use super::path::Path;
use super::reader::{Reader, Unread};
use super::{Kind, NoProject, Notice, Rejection, Settings, cause};
use crate::place::Origin;

/// The names by which a compose file is found, the preferred one first.
pub const FILES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// What the command line, the environment and the file system say together.
pub(super) struct Found {
    pub(super) files: Vec<PathBuf>,
    pub(super) directory: PathBuf,
    pub(super) environment: Environment,
    pub(super) profiles: Vec<String>,
}

fn absolute(path: &FilePath, base: &FilePath) -> PathBuf {
    if path == FilePath::new("-") {
        return path.to_owned();
    }
    PathBuf::from(clean(&base.join(path).to_string_lossy()))
}

/// Finds the project.
pub(super) fn find(settings: &Settings, reader: &Reader<'_>, notices: &mut Vec<Notice>) -> Result<Found, NoProject> {
    let here = &settings.working_directory;
    let mut environment = Environment::of_system(&settings.environment);
    if environment.get("PWD").is_none() {
        let value = here.to_string_lossy().into_owned();
        environment.set("PWD", Variable { value, origin: Origin::Environment("PWD".to_owned()) });
    }
    let mut files: Vec<PathBuf> = settings.files.iter().map(|file| absolute(file, here)).collect();
    let given = settings.project_directory.as_ref().map(|given| absolute(given, here));
    let directory = |files: &[PathBuf]| {
        given.clone().unwrap_or_else(|| {
            let first = files.iter().find(|file| file.as_path() != FilePath::new("-"));
            first.and_then(|file| file.parent()).map_or_else(|| here.clone(), FilePath::to_owned)
        })
    };
    // First with what is known so far: `.env` may say which files they are.
    load_env(settings, &directory(&files), reader, &mut environment, notices)?;
    if files.is_empty()
        && let Some(named) = environment.value("COMPOSE_FILE").filter(|named| !named.is_empty())
    {
        let separator = environment.value("COMPOSE_PATH_SEPARATOR").filter(|s| !s.is_empty()).unwrap_or(":");
        files = named.split(separator).map(|file| absolute(FilePath::new(file), here)).collect();
    }
    if files.is_empty() {
        files = search(&directory(&files), reader, notices)?;
    }
    load_env(settings, &directory(&files), reader, &mut environment, notices)?;
    let profiles = if settings.profiles.is_empty() {
        let named = environment.value("COMPOSE_PROFILES").unwrap_or_default();
        named.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    } else {
        settings.profiles.clone()
    };
    Ok(Found { directory: directory(&files), files, environment, profiles })
}

/// Adds what the env files say: those that are named, else `.env` in a directory.
fn load_env(
    settings: &Settings,
    directory: &FilePath,
    reader: &Reader<'_>,
    environment: &mut Environment,
    notices: &mut Vec<Notice>,
) -> Result<(), NoProject> {
    let here = &settings.working_directory;
    let named: Vec<PathBuf> = match settings.env_files.is_empty() {
        false => settings.env_files.iter().map(|file| absolute(file, here)).collect(),
        true => match settings.environment.get("COMPOSE_ENV_FILES").filter(|named| !named.is_empty()) {
            Some(named) => named.split(',').map(|file| absolute(FilePath::new(file), here)).collect(),
            None => {
                let off = settings.environment.get("COMPOSE_DISABLE_ENV_FILE");
                let off = off.is_some_and(|off| matches!(off.as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True"));
                let default = directory.join(".env");
                let there = reader.files().kind(&default) == Some(Kind::File);
                if there && !off { vec![default] } else { Vec::new() }
            }
        },
    };
    let own = env_files(&named, environment, reader, notices)?;
    environment.add(&own);
    Ok(())
}

/// What env files say together; a later one wins, and the environment wins inside them.
pub(super) fn env_files(
    paths: &[PathBuf],
    environment: &Environment,
    reader: &Reader<'_>,
    notices: &mut Vec<Notice>,
) -> Result<Environment, NoProject> {
    let mut all = Environment::default();
    for path in paths {
        if path == FilePath::new("/dev/null") {
            continue;
        }
        let source = match reader.text(path) {
            Ok(source) => source,
            Err(Unread::Io(error)) => {
                return Err(NoProject::Unreadable { path: path.clone(), why: error.to_string() });
            }
            Err(Unread::Rejected(rejection)) => return Err((*rejection).into()),
        };
        let lookup = |name: &str| environment.get(name).or_else(|| all.get(name)).cloned();
        let file = dotenv::parse(&source, Format::Compose, &lookup).map_err(|mistake| {
            let origin = Some(Origin::Said(mistake.place));
            Rejection::new(cause::ENV_FILE_SYNTAX, &Path::default(), origin, mistake.message)
        })?;
        unset(file.unset, notices);
        for (name, variable) in file.variables {
            all.set(&name, variable);
        }
    }
    Ok(all)
}

/// Notices of the variables that an env file wants and that are not set.
pub(super) fn unset(unset: Vec<(String, crate::place::Place)>, notices: &mut Vec<Notice>) {
    for (name, place) in unset {
        let notice = Notice {
            cause: "unset-variable",
            message: format!("the variable {name} is not set; it becomes an empty text"),
            about: name,
            path: String::new(),
            origin: Some(Origin::Said(place)),
        };
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }
}

/// The compose file of a directory or the nearest above it, with its override.
fn search(start: &FilePath, reader: &Reader<'_>, notices: &mut Vec<Notice>) -> Result<Vec<PathBuf>, NoProject> {
    for directory in start.ancestors() {
        let there = |names: [&str; 4]| -> Vec<PathBuf> {
            let paths = names.iter().map(|name| directory.join(name));
            paths.filter(|path| reader.files().kind(path).is_some()).collect()
        };
        let candidates = there(FILES);
        let Some(first) = candidates.first() else { continue };
        let mut files = vec![first.clone()];
        let overrides = there(OVERRIDES);
        for (found, what) in [(&candidates, "compose files"), (&overrides, "override files")] {
            if let [used, _, ..] = found.as_slice() {
                notices.push(Notice {
                    cause: "several-files",
                    about: reader.files().name(used),
                    path: String::new(),
                    origin: None,
                    message: format!("there are several {what}; {} is used", reader.files().name(used)),
                });
            }
        }
        files.extend(overrides.into_iter().next());
        return Ok(files);
    }
    Err(NoProject::NotFound(start.to_owned()))
}

/// What Compose makes of a name: small letters, digits, `_` and `-`, the first a letter or digit.
pub(super) fn normalised_name(name: &str) -> String {
    let kept: String = name
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
        .collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}
