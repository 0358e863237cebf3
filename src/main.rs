//! The `gonogo` program: the registry of checks, handed to the library's commands.

#[path = "../checks/mod.rs"]
mod checks;

use std::process::ExitCode;

fn main() -> ExitCode {
    gonogo::cli::main(checks::ALL)
}
