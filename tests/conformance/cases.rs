//! The cases in `tests/compose/`: small projects, each with what Compose makes of it.
//!
//! ```text
//! ### name
//! args: --profile x        (if any)
//! env: A=b C=d             (if any)
//! --- compose.yaml
//! services: …
//! === model                (or error)
//! {…}
//! ```
//! With BLESS=1 what follows `===` is asked of the oracle and written anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// A small project and what Compose makes of it.
#[derive(Default)]
pub(crate) struct Small {
    pub(crate) name: String,
    pub(crate) args: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) accepts: bool,
    /// The model as JSON, or the message.
    pub(crate) said: String,
}

/// Reads the cases of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<Small>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut cases: Vec<Small> = Vec::new();
    let mut said = false;
    for line in text.split_inclusive('\n') {
        let plain = line.trim_end_matches('\n');
        if let Some(name) = plain.strip_prefix("### ") {
            cases.push(Small { name: name.to_owned(), ..Small::default() });
            said = false;
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(file) = plain.strip_prefix("--- ") {
            case.files.push((file.to_owned(), String::new()));
        } else if let Some(kind) = plain.strip_prefix("=== ") {
            case.accepts = kind == "model";
            said = true;
        } else if said {
            case.said.push_str(line);
        } else if let Some((_, text)) = case.files.last_mut() {
            text.push_str(line);
        } else if let Some(args) = plain.strip_prefix("args: ") {
            case.args = args.split_whitespace().map(str::to_owned).collect();
        } else if let Some(pairs) = plain.strip_prefix("env: ") {
            let pairs = pairs.split_whitespace().filter_map(|pair| pair.split_once('='));
            case.environment = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        }
    }
    Ok(cases)
}

/// Writes cases as they are read.
pub(crate) fn write(path: &Path, cases: &[Small]) -> Result<(), String> {
    let mut out = String::new();
    for case in cases {
        let _ = writeln!(out, "### {}", case.name);
        if !case.args.is_empty() {
            let _ = writeln!(out, "args: {}", case.args.join(" "));
        }
        if !case.environment.is_empty() {
            let pairs: Vec<String> = case.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let _ = writeln!(out, "env: {}", pairs.join(" "));
        }
        for (name, text) in &case.files {
            let _ = write!(out, "--- {name}\n{text}");
        }
        let _ = writeln!(out, "=== {}\n{}", if case.accepts { "model" } else { "error" }, case.said.trim_end());
    }
    std::fs::write(path, out).map_err(|error| format!("{}: {error}", path.display()))
}
