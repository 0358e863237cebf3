//! `gonogo trust`: says that the user has read a gate file, and that it may reach beyond the repository and this host.

use std::path::{Path, PathBuf};

use clap::Args;

use super::output::{self, Exit};
use super::project::ProjectArgs;
use crate::gatefile::trust::Store;
use crate::gatefile::{self, NAMES};

#[derive(Args, Debug)]
pub(super) struct TrustArgs {
    /// Trust it no more
    #[arg(long)]
    revoke: bool,
    /// List what is trusted
    #[arg(long, conflicts_with_all = ["revoke", "from"])]
    list: bool,
    /// Where to look for the gate file, upwards to the repository's root [default: here]
    #[arg(value_name = "DIR")]
    from: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn main(project: &ProjectArgs, args: &TrustArgs) -> Exit {
    let settings = match project.settings() {
        Ok(settings) => settings,
        Err(why) => return Exit::usage(why),
    };
    let Some(store) = Store::of_user(&settings.environment) else {
        return Exit::usage("there is no home directory to keep trust in: set HOME or XDG_DATA_HOME".to_owned());
    };
    let mut start = settings.working_directory.join(args.from.as_deref().unwrap_or(Path::new("")));
    // Whoever names the file itself means it.
    if start.is_file() || start.file_name().is_some_and(|name| NAMES.iter().any(|known| name == *known)) {
        start.pop();
    }
    let result = match (args.list, args.revoke) {
        (true, _) => list(&store),
        (_, true) => revoke(&store, &start),
        _ => trust(&store, &start),
    };
    match result.map(|text| output::print(&text)) {
        Ok(Ok(())) => Exit::status(0),
        Ok(Err(error)) => Exit::usage(format!("stdout: {error}")),
        Err(why) => Exit::usage(why),
    }
}

fn trust(store: &Store, start: &Path) -> Result<String, String> {
    let found = gatefile::find(start, &printable).map_err(|unusable| unusable.to_string())?;
    let found = found.ok_or_else(|| none(start))?;
    store
        .record(&found.path, found.source.text().as_bytes())
        .map_err(|error| format!("it cannot be recorded: {error}"))?;
    Ok(format!(
        "trusted: {}\n\
         It may have other hosts asked, SSH opened, programs run and files outside of the repository read, \
         until a byte of it changes. `gonogo trust --revoke` takes that back.\n",
        printable(&found.path)
    ))
}

fn revoke(store: &Store, start: &Path) -> Result<String, String> {
    let found = gatefile::find(start, &printable);
    // What is gone, or cannot be used any more, can still be revoked where it stood.
    let path = found.ok().flatten().map(|found| found.path);
    let candidates = path.into_iter().chain(NAMES.map(|name| start.join(name)));
    for path in candidates {
        if store.revoke(&path).map_err(|error| format!("it cannot be revoked: {error}"))? {
            return Ok(format!("trusted no more: {}\n", printable(&path)));
        }
    }
    Err(format!("no gate file in {} or above it was trusted", printable(start)))
}

fn list(store: &Store) -> Result<String, String> {
    let records = store.list().map_err(|error| format!("the records cannot be read: {error}"))?;
    let line = |record: &gatefile::trust::Record| {
        let note = if record.current { "" } else { "  (changed or gone since, so not trusted)" };
        format!("{}{note}\n", printable(&record.path))
    };
    Ok(records.iter().map(line).collect())
}

fn none(start: &Path) -> String {
    format!("no gate file ({}) in {} or above it, up to the repository's root", NAMES[0], printable(start))
}

/// A path on one line, whatever it holds.
fn printable(path: &Path) -> String {
    let text = path.display().to_string();
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}
