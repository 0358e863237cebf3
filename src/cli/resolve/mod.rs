//! `gonogo resolve`: the effective model, as `docker compose config` would print it, or where each value came from.

mod provenance;
mod rejected;
mod shown;
mod yaml;

use clap::{Args, ValueEnum};

use super::gate;
use super::output::{self, Exit};
use super::project::ProjectArgs;
use super::tape::Replay;
use crate::check::Check;
use crate::compose::{self, NoProject, Notice, Project, Style};
use crate::place::Place;
use crate::probe;
use crate::secret::is_sensitive_name;

/// The stack of the thread that resolves, in bytes: trees are walked by recursion.
const STACK: usize = 16 << 20;

#[derive(Args, Debug, Clone, Default, PartialEq)]
pub(super) struct ResolveArgs {
    /// How the model is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "yaml")]
    format: Format,
    /// Print secret values too; they are masked otherwise
    #[arg(long)]
    show_secrets: bool,
    /// Print for each value where it came from
    #[arg(long)]
    provenance: bool,
    /// Leave references to variables as they are
    #[arg(long)]
    no_interpolate: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Yaml,
    /// As `docker compose config --format json` prints it
    Json,
}

/// Runs the command.
pub(super) fn main(project: &ProjectArgs, args: &ResolveArgs, checks: &'static [&'static Check]) -> Exit {
    std::thread::scope(|scope| {
        let work =
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || resolve(project, args, checks));
        match work {
            Ok(work) => match work.join() {
                Ok(exit) => exit,
                Err(panic) => std::panic::resume_unwind(panic),
            },
            Err(error) => Exit::usage(format!("no thread can be had: {error}")),
        }
    })
}

fn resolve(project: &ProjectArgs, args: &ResolveArgs, checks: &'static [&'static Check]) -> Exit {
    let mut settings = match project.settings() {
        Ok(settings) => settings,
        Err(why) => return Exit::usage(why),
    };
    settings.no_interpolate = args.no_interpolate;
    let files = probe::disk::Disk::new(&settings.working_directory);
    // As in `check`: the command line and COMPOSE_FILE come before the gate file's own list. A gate file with
    // mistakes in it is for `check` to tell of.
    if settings.files.is_empty()
        && !settings.environment.contains_key("COMPOSE_FILE")
        && let Ok(replay) = Replay::open(None)
        && let Ok(Some(gate)) = gate::load(&settings, &files, checks, false, &replay)
    {
        settings.files = gate.files();
    }
    match compose::load(&settings, &files) {
        Ok(resolved) => {
            warn(&resolved.notices);
            let shown = if args.show_secrets { resolved } else { shown::masked(resolved, &settings.environment) };
            let text = printed(&shown, args);
            match output::print(&text) {
                Ok(()) => Exit::status(0),
                Err(error) => Exit::usage(format!("stdout: {error}")),
            }
        }
        Err(NoProject::NotFound(from)) => Exit::usage(super::check::not_found(&from)),
        Err(NoProject::Unreadable { path, why }) => Exit::usage(format!("{}: {why}", path.display())),
        Err(NoProject::Rejected(rejections)) => rejected::say(&rejections, args.format == Format::Json),
    }
}

fn printed(project: &Project, args: &ResolveArgs) -> String {
    let style = Style { bare_dollars: args.no_interpolate };
    match (args.provenance, args.format) {
        (true, Format::Yaml) => provenance::text(&project.model),
        (true, Format::Json) => provenance::json(&project.model) + "\n",
        (false, Format::Yaml) => yaml::print(&project.json(style)),
        (false, Format::Json) => format!("{:#}\n", project.json(style)),
    }
}

fn warn(notices: &[Notice]) {
    for notice in notices {
        let place = notice.origin.as_ref().and_then(|origin| origin.place());
        let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
        output::diagnose(&format!("warning: {place}{}\n", said(notice)));
    }
}

/// `pa$word` under a sensitive name: what is taken for a variable's name is a part of the secret.
fn said(notice: &Notice) -> String {
    let name = notice.path.rsplit('.').next().unwrap_or_default();
    let text = notice.origin.as_ref().and_then(|origin| origin.place()).map(Place::text).unwrap_or_default();
    if is_sensitive_name(name) && text.contains('$') && !text.contains("${") {
        return format!(
            "a `$` in the value of `{name}` starts the name of a variable that is not set: write `$$` for it"
        );
    }
    notice.message.clone()
}
