//! `make bench`: how long whole processes take, from start to exit, in medians. Fails where a budget is exceeded.
#![allow(clippy::disallowed_methods, reason = "the list is for checks")]
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a bench prints its result, or stops")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How often each command runs; before that, a few times to warm the file cache.
const RUNS: usize = 101;
const WARM_UP: usize = 5;

/// A command line, the exit status that it must have, and how long its median may be.
struct Case {
    name: &'static str,
    directory: &'static str,
    args: &'static [&'static str],
    status: i32,
    budget: Duration,
}

const CASES: &[Case] = &[
    Case { name: "--version", directory: ".", args: &["--version"], status: 0, budget: Duration::from_millis(5) },
    Case {
        name: "the static gate on cable-lab",
        directory: "compose-examples/cable-lab",
        args: &["check", "--stage", "build"],
        status: 0,
        budget: Duration::from_millis(20),
    },
    Case {
        name: "the static gate on web-db",
        directory: "compose-examples/web-db",
        args: &["check", "--stage", "build"],
        status: 0,
        budget: Duration::from_millis(20),
    },
];

fn main() -> ExitCode {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut good = true;
    println!("{:32} {:>10} {:>10} {:>10} {:>10}", "whole processes", "median", "p95", "min", "budget");
    for case in CASES {
        match measure(case, &root) {
            Ok(times) => {
                let median = times[times.len() / 2];
                let late = if median > case.budget { "  TOO SLOW" } else { "" };
                good &= late.is_empty();
                println!(
                    "{:32} {:>10} {:>10} {:>10} {:>10}{late}",
                    case.name,
                    ms(median),
                    ms(times[times.len() * 95 / 100]),
                    ms(times[0]),
                    ms(case.budget)
                );
            }
            Err(why) => {
                good = false;
                println!("{:32} {why}", case.name);
            }
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The times of all runs, sorted. A run that did not do its work has no time.
fn measure(case: &Case, root: &Path) -> Result<Vec<Duration>, String> {
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
        command.args(case.args).current_dir(root.join(case.directory)).stdin(Stdio::null()).stdout(Stdio::null());
        // No engine: it is the work on files that has a budget here.
        command.env("DOCKER_HOST", "unix:///nonexistent/engine.sock").stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status().expect("the program was built beside this bench");
        let took = start.elapsed();
        if status.code() == Some(case.status) {
            Ok(took)
        } else {
            Err(format!("ended with {status}, {} was expected", case.status))
        }
    };
    for _ in 0..WARM_UP {
        run()?;
    }
    let mut times = (0..RUNS).map(|_| run()).collect::<Result<Vec<_>, _>>()?;
    times.sort_unstable();
    Ok(times)
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
