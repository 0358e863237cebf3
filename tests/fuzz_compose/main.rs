//! Random projects, resolved by Compose and by the resolver: `make fuzz-compose N=…`.
//!
//! N projects (200 if not said), from SEED on (0 if not said). A project in which the two differ is kept in
//! `target/fuzz-compose/SEED/`; each such difference becomes a case in `tests/compose/`. Not run without N, since it
//! takes long.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a program of the tests, which runs the oracle")]

#[path = "../conformance/causes.rs"]
mod causes;
mod generate;
#[path = "../conformance/model.rs"]
mod model;
mod pieces;
mod random;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use gonogo::compose::{Settings, Style, load};
use gonogo::probe::disk::Disk;

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
    let (mut accepted, mut rejected, mut different) = (0, 0, 0);
    for seed in first..first + count {
        let project = generate::project(seed);
        let directory = std::env::temp_dir().join(format!("gonogo-fuzz-{}/p", std::process::id()));
        let outcome = write(&directory, &project.files)
            .map_err(|error| error.to_string())
            .and_then(|()| compare(&directory, &project));
        match outcome {
            Ok(true) => accepted += 1,
            Ok(false) => rejected += 1,
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
    println!("{count} projects, {accepted} accepted by both, {rejected} rejected by both, {different} different");
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

/// Whether both accept or both reject it; why they differ.
fn compare(directory: &Path, project: &generate::Project) -> Result<bool, String> {
    let oracle = std::env::var_os("ORACLE_BIN").unwrap_or_else(|| "tests/tools/compose-oracle".into());
    let oracle = std::fs::canonicalize(&oracle).map_or(PathBuf::from(oracle), PathBuf::from);
    let mut environment: BTreeMap<String, String> =
        ["PATH", "HOME"].into_iter().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect();
    environment.extend(project.environment.clone());
    let output = Command::new(oracle)
        .args(&project.args)
        .args(["config", "--format", "json"])
        .current_dir(directory)
        .env_clear()
        .envs(&environment)
        .output()
        .map_err(|error| format!("the oracle can't be run: {error}"))?;
    let mut settings = Settings { working_directory: directory.to_owned(), environment, ..Settings::default() };
    for pair in project.args.chunks(2) {
        if let [flag, value] = pair {
            match flag.as_str() {
                "--profile" => settings.profiles.push(value.clone()),
                "-f" => settings.files.push(PathBuf::from(value)),
                "-p" => settings.project_name = Some(value.clone()),
                _ => return Err(format!("{flag} is not known here")),
            }
        }
    }
    let made = load(&settings, &Disk::new(directory));
    let said = String::from_utf8_lossy(&output.stderr);
    let error: Vec<&str> = said.lines().filter(|line| !line.starts_with("time=")).collect();
    let error = error.join("\n");
    match (output.status.success(), made) {
        (true, Ok(resolved)) => {
            let expected = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
            let found = model::differences(&expected, &resolved.json(Style::default()));
            if found.is_empty() { Ok(true) } else { Err(found.join("\n")) }
        }
        (true, Err(made)) => Err(format!("Compose accepts it, the resolver does not: {}", model::told(&made))),
        (false, Ok(_)) => Err(format!("the resolver accepts it, Compose does not: {error}")),
        (false, Err(made)) => causes::agree(&error, &made)
            .map(|()| false)
            .map_err(|why| format!("{why}\n  Compose: {error}\n  resolver: {}", model::told(&made))),
    }
}
