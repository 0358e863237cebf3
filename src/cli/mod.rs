//! The commands: one file each, and what they share.

mod check;
mod completions;
mod explain;
mod gate;
mod learning;
mod list;
mod mistake;
mod output;
mod panics;
mod progress;
mod project;
mod resolve;
mod tape;
mod trust;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::check::Check;
use output::Exit;

/// The exit status of a run that judged nothing: bad arguments, a bad gate file, no compose file.
const USAGE: u8 = 2;

/// A preflight gate for infrastructure: says before a restart, a build or a push which statements of a deployment
/// contradict each other, and how to mend it.
#[derive(Parser)]
#[command(
    name = "gonogo",
    version,
    propagate_version = true,
    after_help = "Exit status: 0 GO · 1 NO-GO · 3 NO VERDICT (something due could not be learned) · \
                  2 nothing was judged (bad arguments or gate file) · 130 interrupted",
    after_long_help = EXAMPLES
)]
struct Cli {
    #[command(flatten)]
    project: project::ProjectArgs,
    #[command(flatten)]
    check: check::CheckArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Judge the deployment (what gonogo does when no command is given).
    Check {
        #[command(flatten)]
        project: project::ProjectArgs,
        #[command(flatten)]
        args: check::CheckArgs,
    },
    /// Print the project as docker compose resolves it, or where each of its values came from.
    Resolve {
        #[command(flatten)]
        project: project::ProjectArgs,
        #[command(flatten)]
        args: resolve::ResolveArgs,
    },
    /// List the checks and their rules.
    List(list::ListArgs),
    /// Say what a rule is about, why it matters and how to mend it.
    Explain(explain::ExplainArgs),
    /// Say that you have read the gate file here: it may then ask other hosts and run programs.
    ///
    /// A gate file comes with a repository. Until this user has said that it was read, it may not have other hosts
    /// asked by network or SSH, programs run, or files read that lie outside of its repository; what would need that
    /// is skipped, and the report says so. Trust is for these bytes at this path: it ends when the file changes.
    /// In CI, `gonogo check --trust` trusts it for one run. No gate file at all may be a link out of the repository
    /// or larger than 1 MiB.
    Trust {
        #[command(flatten)]
        project: project::ProjectArgs,
        #[command(flatten)]
        args: trust::TrustArgs,
    },
    /// Print a script that completes commands and flags in a shell.
    Completions(completions::CompletionsArgs),
    /// Print a manual page: `gonogo man | man -l -`.
    Man(completions::ManArgs),
}

const EXAMPLES: &str = "\
Examples:
  gonogo                                    judge the compose project here, before `docker compose up`
  gonogo --stage build                      judge what the files say; needs no engine (CI, before docker build)
  gonogo -f docker-compose.lab.yml -p lab   the same flags as docker compose
  gonogo --only ports,tunnels               some checks; --skip leaves some out
  gonogo --format json | jq .verdict        for scripts; --output junit=report.xml writes a second format
  gonogo explain tunnels/target-port-mismatch

Exit status:
  0    GO: every rule that is due was evaluated, none found an error
  1    NO-GO: an error was found (with --fail-on warning, a warning too)
  3    NO VERDICT: no error was found, but something due could not be learned, or nothing was evaluated
  2    nothing was judged: bad arguments, a bad gate file, no compose file
  130  interrupted";

/// The whole program: parses the command line, runs the command, returns the exit status.
pub fn main(checks: &'static [&'static Check]) -> ExitCode {
    panics::catch(|| run(checks)).finish()
}

fn run(checks: &'static [&'static Check]) -> Exit {
    let parsed = Cli::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return mistake::exit(&error),
    };
    let of_check = cli.check != check::CheckArgs::default();
    match cli.command {
        None => check::main(cli.project, cli.check, checks),
        Some(Command::Check { project, args }) => check::main(cli.project.and(project), cli.check.and(args), checks),
        Some(_) if of_check => Exit::usage("the flags of `check` go with `check` only".to_owned()),
        Some(Command::Resolve { project, args }) => resolve::main(&cli.project.and(project), &args, checks),
        Some(Command::List(args)) => list::main(&args, checks),
        Some(Command::Explain(args)) => explain::main(&args, checks),
        Some(Command::Completions(args)) => completions::main(&args, Cli::command()),
        Some(Command::Man(args)) => completions::man(&args, Cli::command()),
        Some(Command::Trust { project, args }) => trust::main(&cli.project.and(project), &args),
    }
}
