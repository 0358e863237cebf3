//! The gate file of a run: found, held against what the checks take, and trusted or not.

use std::sync::Arc;

use super::output;
use crate::check::Check;
use crate::compose::{Files, Settings};
use crate::finding::Finding;
use crate::gatefile::trust::Store;
use crate::gatefile::{self, GateFile, Grammar, Interpolate, Section};

/// Looks for the gate file and reads it: next to the first compose file that is named, else where the user stands, and
/// above.
///
/// # Errors
/// A text for the user that tells every mistake.
pub(super) fn load(
    settings: &Settings,
    files: &dyn Files,
    checks: &[&'static Check],
    trusted: bool,
    interpolate: &Interpolate<'_>,
) -> Result<Option<Arc<GateFile>>, String> {
    let named = settings.files.iter().find(|file| file.as_os_str() != "-").cloned();
    let first = named.or_else(|| from_variable(settings));
    let start = match first.as_deref().and_then(std::path::Path::parent) {
        Some(directory) => settings.working_directory.join(directory),
        None => settings.working_directory.clone(),
    };
    let found = gatefile::find(&start, &|path| files.name(path)).map_err(|unusable| unusable.to_string())?;
    let Some(found) = found else { return Ok(None) };
    let sections: Vec<&'static Section> = checks.iter().filter_map(|check| check.section).collect();
    let rules: Vec<&'static str> = checks.iter().flat_map(|check| check.rules).map(|rule| rule.code).collect();
    let recorded = Store::of_user(&settings.environment)
        .is_some_and(|store| store.is_trusted(&found.path, found.source.text().as_bytes()));
    let grammar = Grammar { sections: &sections, rules: &rules, interpolate };
    let gate = gatefile::parse(&found, &grammar, trusted || recorded)
        .map_err(|mistakes| output::drawn(mistakes.into_iter().map(Finding::from)))?;
    Ok(Some(Arc::new(gate)))
}

/// The first file of `COMPOSE_FILE`.
fn from_variable(settings: &Settings) -> Option<std::path::PathBuf> {
    let list = settings.environment.get("COMPOSE_FILE").filter(|list| !list.is_empty())?;
    let separator = settings
        .environment
        .get("COMPOSE_PATH_SEPARATOR")
        .map_or(if cfg!(windows) { ";" } else { ":" }, String::as_str);
    list.split(separator).next().map(Into::into)
}
