//! How near the resolver is to Docker Compose: `make conformance`, with CORPUS=DIR for a corpus of projects.
//!
//! Without a corpus, the cases in `tests/compose/` are run. DIR holds `cases.json` (id, dir, file, args, exit,
//! expected, error) with `files/` and `expected/` beside it. Where Compose accepts, the models must be equal; where
//! it rejects, the cause and the path. With ORACLE=1 the expected side is asked of the oracle itself, at ORACLE_BIN;
//! with BLESS=1 the cases in `tests/compose/` are written anew from it; CASE=… runs those whose name it is in.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program of the tests, which reads files and runs the oracle"
)]

mod cases;
mod causes;
mod compare;
mod corpus;
mod model;

use std::path::Path;
use std::process::ExitCode;

use compare::{Project, Said};

fn on(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| value != "0" && !value.is_empty())
}

fn main() -> ExitCode {
    let only = std::env::var("CASE").unwrap_or_default();
    let counted = match std::env::var_os("CORPUS").filter(|corpus| !corpus.is_empty()) {
        Some(corpus) => corpus::run(Path::new(&corpus), &only, on("ORACLE")),
        None => own(&only),
    };
    match counted {
        Ok((good, all)) => {
            println!("{good}/{all}");
            if good == all && all > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            println!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong with a case, if something is.
fn report(name: &str, outcome: Result<(), String>) -> bool {
    if let Err(why) = &outcome {
        println!("{name}\n    {}", why.replace('\n', "\n    "));
    }
    outcome.is_ok()
}

/// Runs the cases of this repository.
fn own(only: &str) -> Result<(usize, usize), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose");
    let listing = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<_> = listing.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "cases"));
    files.sort();
    let (mut good, mut all) = (0, 0);
    for file in files {
        let topic = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut cases = cases::read(&file)?;
        for case in &mut cases {
            let name = format!("{topic}/{}", case.name);
            if !name.contains(only) {
                continue;
            }
            all += 1;
            good += usize::from(report(&name, small(case)));
        }
        if on("BLESS") {
            cases::write(&file, &cases)?;
        }
    }
    Ok((good, all))
}

fn small(case: &mut cases::Small) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let directory = folder.path().canonicalize().map_err(|error| error.to_string())?.join("p");
    std::fs::create_dir(&directory).map_err(|error| error.to_string())?;
    for (name, text) in &case.files {
        let path = directory.join(name);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        made.map_err(|error| format!("{name}: {error}"))?;
    }
    let mut environment = compare::environment();
    environment.insert("HOME".to_owned(), "/home/user".to_owned());
    environment.extend(case.environment.clone());
    let project = Project { directory, args: case.args.clone(), environment };
    let here = project.directory.to_string_lossy().into_owned();
    let above = project.directory.parent().unwrap_or(&project.directory).to_string_lossy().into_owned();
    let hidden = |text: &str| text.replace(&here, "@PROJECT@").replace(&above, "@ABOVE@");
    if on("BLESS") {
        match project.ask()? {
            Said::Model(model) => {
                case.accepts = true;
                case.said = hidden(&model.to_string());
            }
            Said::Error(error) => {
                case.accepts = false;
                case.said = hidden(&error);
            }
        }
    }
    let said = case.said.trim_end().replace("@PROJECT@", &here).replace("@ABOVE@", &above);
    let said = if on("ORACLE") {
        project.ask()?
    } else if case.accepts {
        Said::Model(serde_json::from_str(&said).map_err(|error| format!("the model is no JSON: {error}"))?)
    } else {
        Said::Error(said)
    };
    project.compare(said)
}
