//! What stands at the host paths that are mounted, where that is to be seen from here.

use std::path::Path;

use gonogo::check::{Context, Stage};
use gonogo::compose::Project;
use gonogo::fact::engine::Ping;
use gonogo::fact::file::{Entries, FileStat, Stat};
use gonogo::fact::{Cause, Unknown};

use super::mount::Mounted;
use super::path::is_windows;

/// What is known about a path of the host.
pub(super) enum Seen {
    /// Something stands there.
    There(FileStat),
    /// Nothing does.
    Missing,
    /// It is not to be judged, for a reason.
    NotHere(String),
}

/// Looks at the source of a bind. Before a build, only what lies in the project is judged: other paths are those of
/// the host that the project will run on.
///
/// # Errors
/// [`Unknown`] where it may not be seen.
pub(super) async fn see(cx: &Context, project: &Project, mount: &Mounted, path: &str) -> Result<Seen, Unknown> {
    if !path.starts_with('/') || is_windows(path) {
        return Ok(Seen::NotHere("it is no path of this host".to_owned()));
    }
    let own = in_project(project, mount, path);
    let early = matches!(cx.stage(), Stage::Push | Stage::Build);
    if early && !own {
        return Ok(Seen::NotHere("a path of the host, not of the project: judged at --stage restart".to_owned()));
    }
    if !early
        && let Ok(engine) = cx.ask(Ping).await
        && !engine.local
    {
        return Ok(Seen::NotHere(format!("the files of the engine at {} cannot be seen from here", engine.endpoint)));
    }
    match cx.ask(Stat { path: path.into() }).await {
        Ok(stat) => Ok(Seen::There((*stat).clone())),
        Err(unknown) if unknown.is_absent() => Ok(Seen::Missing),
        Err(unknown) if unknown.cause == Cause::Denied && !own => {
            Ok(Seen::NotHere(format!("{path} may not be looked at")))
        }
        Err(unknown) => Err(unknown),
    }
}

/// Whether a path belongs to the project: it lies in its directory, or was said relative to it.
pub(super) fn in_project(project: &Project, mount: &Mounted, path: &str) -> bool {
    let relative = |text: &str| text.trim_start_matches(['"', '\'']).starts_with('.');
    Path::new(path).starts_with(&project.directory)
        || mount.source.iter().flat_map(|source| source.places()).any(|place| relative(place.text()))
}

/// How many names there are in a directory.
///
/// # Errors
/// [`Unknown`] where it may not be listed.
pub(super) async fn entries(cx: &Context, path: &str) -> Result<usize, Unknown> {
    Ok(cx.ask(Entries { path: path.into() }).await?.len())
}
