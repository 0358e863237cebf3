//! How near the resolver is to Docker Compose: `make conformance CORPUS=DIR`.
//!
//! DIR holds `cases.json` (id, dir, file, args, exit, expected, error) with `files/` and `expected/` beside it.
//! Where Compose accepts, the models must be equal; where it rejects, the cause and the path. With ORACLE=1 the
//! expected side is asked of the oracle itself, at ORACLE_BIN.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program of the tests, which reads files and runs the oracle"
)]

mod causes;
mod compare;
mod model;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

fn main() -> ExitCode {
    let Some(corpus) = std::env::var_os("CORPUS").map(PathBuf::from) else {
        println!("conformance: skipped, since CORPUS names no directory of cases");
        return ExitCode::SUCCESS;
    };
    let live = std::env::var_os("ORACLE").is_some_and(|on| on != "0");
    let only = std::env::var("CASE").ok();
    let corpus = corpus.canonicalize().unwrap_or(corpus);
    let cases = match read_json(&corpus.join("cases.json")) {
        Ok(Value::Array(cases)) => cases,
        Ok(_) => return fail("cases.json holds no list"),
        Err(why) => return fail(&why),
    };
    let (mut good, mut all) = (0, 0);
    for case in &cases {
        let case = compare::Case::of(case, &corpus);
        if only.as_ref().is_some_and(|only| !case.id.contains(only.as_str())) {
            continue;
        }
        all += 1;
        match case.run(live) {
            Ok(()) => good += 1,
            Err(why) => println!("{}\n    {}", case.id, why.replace('\n', "\n    ")),
        }
    }
    println!("{good}/{all}");
    if good == all && all > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn fail(why: &str) -> ExitCode {
    println!("{why}");
    ExitCode::FAILURE
}

fn read_json(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}
