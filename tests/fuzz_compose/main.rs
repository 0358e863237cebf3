//! Random projects, resolved by Compose and by the resolver: `make fuzz-compose N=…`.
//!
//! N projects (200 if not said), from SEED on (0 if not said). A project in which the two differ is kept in
//! `target/fuzz-compose/SEED/`; each such difference becomes a case in `tests/compose/`. Not run without N, since it
//! takes long.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a program of the tests, which runs the oracle")]

#[path = "../conformance/causes.rs"]
mod causes;
#[path = "../conformance/compare.rs"]
mod compare;
mod generate;
#[path = "../conformance/model.rs"]
mod model;
mod pieces;
mod random;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use compare::{Project, Said};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn main() -> ExitCode {
    let Some(count) = number("N").or_else(|| std::env::args().any(|arg| arg == "--ignored").then_some(200)) else {
        println!("fuzz-compose: skipped, since N says no number of projects");
        return ExitCode::SUCCESS;
    };
    let first = number("SEED").unwrap_or(0);
    let keep = Path::new("target/fuzz-compose");
    let (mut accepted, mut rejected, mut crashed, mut different) = (0, 0, 0, 0);
    for seed in first..first + count {
        let project = generate::project(seed);
        let directory = std::env::temp_dir().join(format!("gonogo-fuzz-{}/p", std::process::id()));
        let outcome = write(&directory, &project.files)
            .map_err(|error| error.to_string())
            .and_then(|()| compare(&directory, &project));
        match outcome {
            Ok(Both::Accept) => accepted += 1,
            Ok(Both::Reject) => rejected += 1,
            Ok(Both::Crash) => crashed += 1,
            Err(why) => {
                different += 1;
                println!("seed {seed} {}\n    {}", project.args.join(" "), why.replace('\n', "\n    "));
                if let Err(error) = write(&keep.join(seed.to_string()), &project.files) {
                    println!("    it can't be kept: {error}");
                }
            }
        }
        let _ = std::fs::remove_dir_all(&directory);
    }
    println!(
        "{count} projects: {accepted} accepted by both, {rejected} rejected by both for the same cause, \
         {crashed} that Compose crashed on, {different} different"
    );
    if different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn write(directory: &Path, files: &BTreeMap<String, String>) -> std::io::Result<()> {
    for (name, text) in files {
        let path = directory.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::File::create(path)?.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// What both make of a project. Where Compose itself crashes there is nothing to compare.
enum Both {
    Accept,
    Reject,
    Crash,
}

/// What both make of it; why they differ.
fn compare(directory: &Path, random: &generate::Project) -> Result<Both, String> {
    let mut environment = compare::environment();
    environment.extend(random.environment.clone());
    let project = Project { directory: directory.to_owned(), args: random.args.clone(), environment };
    let said = project.ask()?;
    let both = match &said {
        Said::Model(_) => Both::Accept,
        Said::Error(error) if error.starts_with("panic: ") => return Ok(Both::Crash),
        Said::Error(_) => Both::Reject,
    };
    project.compare(said).map(|()| both)
}
