//! The gate file of a run: found, held against what the checks take, and trusted or not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::output;
use super::tape::Replay;
use crate::check::{Check, Rule};
use crate::compose::{FILE_NAMES, Files, Kind, Settings};
use crate::finding::Finding;
use crate::gatefile::trust::{REASON, Store};
use crate::gatefile::{self, Found, GateFile, Grammar, Mistake, Section, Variables};
use crate::outcome::{Judged, Outcome};
use crate::place::Source;
use crate::waiver;

/// Looks for the gate file and reads it: next to the first compose file that is named, else where the user stands, else
/// next to the compose file that is found above; and above that, up to the repository's root.
///
/// # Errors
/// A text for the user that tells every mistake.
pub(super) fn load(
    settings: &Settings,
    files: &dyn Files,
    checks: &[&'static Check],
    trusted: bool,
    replay: &Replay,
) -> Result<Option<Arc<GateFile>>, String> {
    if let Some(recording) = replay.of_files() {
        let Some(found) = recording.found() else { return Ok(None) };
        let recorded = recording.gate.as_ref().is_some_and(|gate| gate.trusted);
        return parsed(&found, settings, files, checks, trusted || recorded);
    }
    let named = settings.files.iter().find(|file| file.as_os_str() != "-").cloned();
    let first = named.or_else(|| from_variable(settings));
    let here = &settings.working_directory;
    let start = first.as_deref().and_then(Path::parent).map(|directory| here.join(directory));
    let look =
        |start: &Path| gatefile::find(start, &|path| files.name(path)).map_err(|unusable| unusable.to_string());
    let mut found = look(start.as_deref().unwrap_or(here))?;
    if let (None, None, Some(directory)) = (&found, start, beside_compose(here, files)) {
        found = look(directory)?;
    }
    let Some(found) = found else { return Ok(None) };
    let recorded = Store::of_user(&settings.environment)
        .is_some_and(|store| store.is_trusted(&found.path, found.source.text().as_bytes()));
    let gate = parsed(&found, settings, files, checks, trusted || recorded)?;
    let forbidden = gate.iter().flat_map(|gate| gate.forbidden_files()).collect::<Vec<_>>();
    if forbidden.is_empty() { Ok(gate) } else { Err(drawn(forbidden)) }
}

fn parsed(
    found: &Found,
    settings: &Settings,
    files: &dyn Files,
    checks: &[&'static Check],
    trusted: bool,
) -> Result<Option<Arc<GateFile>>, String> {
    let sections: Vec<&'static Section> = checks.iter().filter_map(|check| check.section).collect();
    let rules = waivable(checks);
    let mut variables = Variables::new(&settings.environment);
    for env_file in env_files(found, settings) {
        if let Ok(Ok(text)) = files.read(&env_file).map(String::from_utf8) {
            let source = Source::new(files.name(&env_file), Some(env_file), text);
            // A malformed one is the compose check's to find; what it should have set is then missed here, aloud.
            let _ = variables.add_env_file(&source);
        }
    }
    let grammar = Grammar { sections: &sections, rules: &rules, variables: &variables };
    let gate = gatefile::parse(found, &grammar, trusted).map_err(drawn)?;
    Ok(Some(Arc::new(gate)))
}

/// Where a compose file lies, found as docker compose finds it.
fn beside_compose<'a>(here: &'a Path, files: &dyn Files) -> Option<&'a Path> {
    let is_file = |path: &Path| files.kind(path) == Some(Kind::File);
    here.ancestors().find(|directory| FILE_NAMES.iter().any(|name| is_file(&directory.join(name))))
}

/// The env files that are named, the last one first since it wins; else the one beside the gate file.
fn env_files(found: &Found, settings: &Settings) -> Vec<PathBuf> {
    let named: Vec<_> = settings.env_files.iter().rev().map(|file| settings.working_directory.join(file)).collect();
    if named.is_empty() { vec![found.path.with_file_name(".env")] } else { named }
}

/// What the gate file says about what was judged: its waivers, and notes for the reader.
pub(super) fn conclude(gate: &GateFile, due: &[&'static Rule], results: &mut Vec<Judged>) -> Vec<String> {
    waiver::apply(gate, due, waiver::today(), results);
    let withheld = |row: &Judged| matches!(&row.outcome, Outcome::Skip(reason) if reason.contains(REASON));
    let count = results.iter().filter(|row| withheld(row)).count();
    if count == 0 { Vec::new() } else { vec![format!("{count} rows were not judged, since {REASON}")] }
}

/// The codes of the rules that may be waived: all but those about waivers.
pub(super) fn waivable(checks: &[&'static Check]) -> Vec<&'static str> {
    let checks = checks.iter().filter(|check| check.name != waiver::CHECK);
    checks.flat_map(|check| check.rules).map(|rule| rule.code).collect()
}

fn drawn(mistakes: Vec<Mistake>) -> String {
    let findings: Vec<Finding> = mistakes.into_iter().map(Finding::from).collect();
    output::drawn(&findings, "gate file")
}

/// The first file of `COMPOSE_FILE`.
fn from_variable(settings: &Settings) -> Option<PathBuf> {
    let list = settings.environment.get("COMPOSE_FILE").filter(|list| !list.is_empty())?;
    let separator = settings
        .environment
        .get("COMPOSE_PATH_SEPARATOR")
        .map_or(if cfg!(windows) { ";" } else { ":" }, String::as_str);
    list.split(separator).next().map(Into::into)
}
