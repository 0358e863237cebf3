//! `gonogo check`: judges the deployment.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use tokio::task::JoinError;

use super::learning::Learning;
use super::output::{self, Exit};
use super::project::ProjectArgs;
use super::tape::{Record, Replay, Tree};
use super::{gate, panics, progress};
use crate::check::{Check, Context, Deployment, Rule, Stage};
use crate::compose::{self, Files, NoProject};
use crate::fact::{Allowed, Ledger, Source};
use crate::finding::Severity;
use crate::report::Report;
use crate::run::{self, Selection};
use crate::secret::Redactor;
use crate::verdict::Verdict;
use crate::{probe, report};

/// The stack of each thread, in bytes.
const STACK: usize = 8 << 20;

#[derive(Args, Debug, Clone, Default, PartialEq)]
pub(super) struct CheckArgs {
    /// What the gate stands in front of
    #[arg(long, value_enum, value_name = "STAGE", help_heading = "Judging")]
    stage: Option<Stage>,
    /// Only these checks or rules; comma-separated, may be given several times
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Judging")]
    only: Vec<String>,
    /// Not these checks or rules
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Judging")]
    skip: Vec<String>,
    /// When the whole run ends, such as 500ms, 10s or 2m [default: 1s push, 5s build, 20s restart and after]
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Judging")]
    deadline: Option<Duration>,
    /// From which severity on a finding is NO-GO [default: error]
    #[arg(long, value_enum, value_name = "SEVERITY", help_heading = "Judging")]
    fail_on: Option<FailOn>,
    /// Ask files and git only: no engine, no sockets
    #[arg(long, help_heading = "Judging")]
    offline: bool,
    /// Trust the gate file for this run, as `gonogo trust` does for good
    #[arg(long, help_heading = "Judging")]
    trust: bool,
    /// What stdout shows [default: table]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    format: Option<report::Format>,
    /// Write a format to a file, too; may be given several times
    #[arg(long, value_name = "FORMAT=PATH", help_heading = "Output")]
    output: Vec<Output>,
    /// Write down what was asked and answered, secrets replaced
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    record: Option<PathBuf>,
    /// Judge a recording instead of this host
    #[arg(long, value_name = "FILE", conflicts_with = "record", help_heading = "Judging")]
    replay: Option<PathBuf>,
    /// Show findings and the verdict only
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    quiet: bool,
    /// Show every row with what was observed
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = "Output")]
    verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
}

/// `FORMAT=PATH`
#[derive(Debug, Clone, PartialEq)]
struct Output {
    format: report::Format,
    path: PathBuf,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("it takes FORMAT=PATH, such as json=report.json")?;
        let format = report::Format::from_str(format, false).map_err(|_| {
            let names = || report::Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let names: Vec<_> = names().map(|value| value.get_name().to_owned()).collect();
            let near = run::nearest(format, names.iter().map(String::as_str));
            let meant = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            format!("unknown format `{format}`{meant} (there are: {})", names.join(", "))
        })?;
        if path.is_empty() {
            return Err("the path behind = is empty".to_owned());
        }
        Ok(Self { format, path: path.into() })
    }
}

impl Output {
    fn open(&self, working_directory: &Path) -> Result<File, String> {
        output::open(&working_directory.join(&self.path))
            .map_err(|error| format!("--output {}: {error}", self.path.display()))
    }
}

/// `500ms`, `10s`, `2m`; a bare number is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let scale = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("unknown unit `{unit}`: use ms, s, m or h")),
    };
    let seconds = number.parse::<f64>().map_err(|_| "it takes a number and a unit, such as 10s".to_owned())? * scale;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && duration <= Duration::from_secs(86_400) => Ok(duration),
        _ => Err("it must be more than nothing and at most a day".to_owned()),
    }
}

impl CheckArgs {
    /// These flags, given before the command, and those behind it, which come later.
    pub(super) fn and(mut self, behind: Self) -> Self {
        self.only.extend(behind.only);
        self.skip.extend(behind.skip);
        self.output.extend(behind.output);
        Self {
            stage: behind.stage.or(self.stage),
            deadline: behind.deadline.or(self.deadline),
            fail_on: behind.fail_on.or(self.fail_on),
            offline: behind.offline || self.offline,
            trust: behind.trust || self.trust,
            format: behind.format.or(self.format),
            record: behind.record.or(self.record),
            replay: behind.replay.or(self.replay),
            quiet: behind.quiet || self.quiet,
            verbose: behind.verbose.saturating_add(self.verbose),
            ..self
        }
    }

    fn budget(&self, stage: Stage) -> Duration {
        self.deadline.unwrap_or(Duration::from_secs(match stage {
            Stage::Push => 1,
            Stage::Build => 5,
            Stage::Restart | Stage::After => 20,
        }))
    }

    fn fail_on(&self) -> Severity {
        match self.fail_on {
            None | Some(FailOn::Error) => Severity::Error,
            Some(FailOn::Warning) => Severity::Warning,
            Some(FailOn::Info) => Severity::Info,
        }
    }

    /// The sources that stage, flags and trust allow, and why not the others.
    fn allowed(&self, stage: Stage, trusted: bool) -> Allowed {
        let mut allowed = Allowed::all();
        let mut forbid = |sources: &[Source], reason: &str| {
            for source in sources {
                allowed.forbid(*source, reason);
            }
        };
        use Source::{Engine, Loopback, Network, Programs, Ssh};
        if self.offline {
            forbid(&[Engine, Loopback, Network, Ssh, Programs], "not asked with --offline");
        }
        match stage {
            Stage::Push => forbid(&[Engine, Loopback, Network, Ssh, Programs], "not asked at --stage push"),
            Stage::Build => forbid(&[Loopback, Network, Ssh, Programs], "not asked at --stage build"),
            Stage::Restart | Stage::After => {}
        }
        if !trusted {
            forbid(&crate::gatefile::trust::WITHHELD, crate::gatefile::trust::REASON);
        }
        allowed
    }
}

/// Runs the command.
pub(super) fn main(project: ProjectArgs, args: CheckArgs, checks: &'static [&'static Check]) -> Exit {
    if args.record.is_some() && args.replay.is_some() {
        return Exit::usage("--record and --replay exclude each other".to_owned());
    }
    let replay = match Replay::open(args.replay.as_deref().map(|path| project.path(path)).as_deref()) {
        Ok(replay) => replay,
        Err(why) => return Exit::usage(why),
    };
    let stage = args.stage.or(replay.stage()).unwrap_or(Stage::Restart);
    let selection = Selection { only: args.only.clone(), skip: args.skip.clone() };
    let rules = match selection.rules(checks, stage) {
        Ok(rules) => rules,
        Err(unknown) => return Exit::usage(unknown_names(&unknown)),
    };
    if args.verbose > 0 {
        panics::aloud();
    }
    // Trees are walked by recursion, on these threads too.
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    match builder.worker_threads(2).thread_stack_size(STACK).enable_all().build() {
        Ok(runtime) => {
            let exit = runtime.block_on(interruptible(judge(project, args, stage, rules, checks, replay)));
            // What still hangs on a dead peer must not keep the process.
            runtime.shutdown_background();
            exit
        }
        Err(error) => Exit::usage(format!("no threads can be had: {error}")),
    }
}

fn unknown_names(unknown: &[run::UnknownName]) -> String {
    let line = |name: &run::UnknownName| {
        let meant = name.nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        format!("no check or rule is called `{}`{meant}", name.name)
    };
    let lines: Vec<_> = unknown.iter().map(line).collect();
    format!("{}\n`gonogo list` shows them all", lines.join("\n"))
}

/// Does the work on a thread of its own: reading a stdin that never ends must not keep Ctrl-C from being heard.
async fn interruptible(work: impl Future<Output = Exit> + Send + 'static) -> Exit {
    tokio::select! {
        done = tokio::spawn(work) => match done.map_err(JoinError::try_into_panic) {
            Ok(exit) => exit,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            Err(Err(error)) => Exit::usage(error.to_string()),
        },
        _ = tokio::signal::ctrl_c() => {
            output::diagnose("\ninterrupted: nothing was judged\n");
            Exit::status(130)
        }
    }
}

async fn judge(
    project: ProjectArgs,
    args: CheckArgs,
    stage: Stage,
    rules: Vec<&'static Rule>,
    checks: &'static [&'static Check],
    replay: Replay,
) -> Exit {
    let started = Instant::now();
    let mut settings = match project.settings() {
        Ok(settings) => settings,
        Err(why) => return Exit::usage(why),
    };
    // Before anything is judged: a report that has nowhere to go is a mistake of the command line.
    let outputs = match args.output.iter().map(|output| output.open(&settings.working_directory)).collect() {
        Ok(outputs) => outputs,
        Err(why) => return Exit::usage(why),
    };
    let record = match Record::open(args.record.as_deref(), &settings.working_directory) {
        Ok(record) => record,
        Err(why) => return Exit::usage(why),
    };
    settings = replay.settings(settings);
    let tree = Tree::of(&settings, &replay, record.is_some());
    let secrets = Arc::new(Redactor::new());
    secrets.environment(&settings.environment);
    let files: &dyn Files = &Learning { files: tree.files(), secrets: &secrets };
    let gate = match gate::load(&settings, files, checks, args.trust, &replay) {
        Ok(gate) => gate,
        Err(mistakes) => return Exit::usage(mistakes),
    };
    // The command line and COMPOSE_FILE come before the gate file's own list.
    if let Some(gate) = &gate
        && settings.files.is_empty()
        && !settings.environment.contains_key("COMPOSE_FILE")
    {
        settings.files = gate.files();
    }
    let resolved = match compose::load(&settings, files) {
        Err(NoProject::NotFound(from)) if gate.is_none() => return Exit::usage(not_found(&from)),
        Err(NoProject::Unreadable { path, why }) => return Exit::usage(format!("{}: {why}", path.display())),
        resolved => resolved.map(Arc::new),
    };
    let directory = resolved.as_ref().map_or(&settings.working_directory, |project| &project.directory).clone();
    let name = resolved.as_ref().ok().map(|project| project.name.clone());
    let environment = settings.environment.clone();
    let deployment = Deployment { project: resolved, gate: gate.clone(), directory, environment, stage };
    let probes = probe::standard(&settings.environment, &settings.working_directory);
    let trusted = gate.as_ref().is_none_or(|gate| gate.trusted);
    if let Ok(project) = &deployment.project {
        secrets.model(&project.model, &deployment.environment);
    }
    let (allowed, tape) = (args.allowed(stage, trusted), replay.tape(record.is_some()));
    let ledger = Ledger::keeping(probes, allowed, args.budget(stage), tape, secrets);
    let context = Context::new(Arc::new(deployment), ledger.clone());
    let work = run::run(&rules, &context, ledger.deadline());
    let mut results = progress::during(&ledger, args.quiet, work).await;
    if let Some(record) = record
        && let Err(why) = record.write(stage, &settings, gate.as_deref(), &tree, &ledger)
    {
        return Exit::usage(why);
    }
    let notes = gate.map(|gate| gate::conclude(&gate, &rules, &mut results)).unwrap_or_default();
    let fail_on = args.fail_on();
    let verdict = Verdict::decide(&results, fail_on);
    let elapsed = started.elapsed();
    let report = Report { stage, project: name, verdict, fail_on, results, notes, elapsed };
    // All that was read has been learned by now.
    deliver(&report::Shown::new(&report, ledger.secrets()), report.verdict, &args, outputs)
}

pub(super) fn not_found(from: &std::path::Path) -> String {
    format!(
        "no compose file in {} or above it\n\
         gonogo looks for compose.yaml, compose.yml, docker-compose.yaml and docker-compose.yml, as docker compose \
         does; name one with -f FILE, or start somewhere else with -C DIR",
        from.display()
    )
}

/// Writes every format that was asked for. A report that cannot be written is said, and is no GO.
fn deliver(shown: &report::Shown, verdict: Verdict, args: &CheckArgs, outputs: Vec<File>) -> Exit {
    let options = report::Options {
        colour: output::colour(),
        width: output::width(),
        verbose: args.verbose > 0,
        quiet: args.quiet,
    };
    let format = args.format.unwrap_or(report::Format::Table);
    if let Err(error) = output::print(&report::render(shown, format, &options)) {
        return Exit::usage(format!("stdout: {error}"));
    }
    let plain = report::Options { colour: false, width: 120, ..options };
    for (Output { format, path }, mut file) in args.output.iter().zip(outputs) {
        if let Err(error) = output::replace(&mut file, &report::render(shown, *format, &plain)) {
            return Exit::usage(format!("--output {}: {error}", path.display()));
        }
    }
    Exit::status(verdict.exit_status())
}
