//! `gonogo completions SHELL` and `gonogo man`: generated from the definitions of the commands.

use clap::{Args, Command};
use clap_complete::Shell;

use super::output::{self, Exit};

#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell that is to complete
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Args, Debug)]
pub(super) struct ManArgs {
    /// The command whose page is meant [default: gonogo itself]
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// Runs `completions`.
pub(super) fn main(args: &CompletionsArgs, mut program: Command) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "gonogo", &mut script);
    printed(&script)
}

/// Runs `man`.
pub(super) fn man(args: &ManArgs, mut program: Command) -> Exit {
    program.build();
    let command = match &args.command {
        None => Some(program.clone()),
        Some(name) => program.get_subcommands().find(|command| command.get_name() == name).cloned(),
    };
    let Some(command) = command else {
        let name = args.command.as_deref().unwrap_or_default();
        let names: Vec<String> = program.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        let near = names.iter().min_by_key(|known| strsim::damerau_levenshtein(known, name));
        let meant = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Exit::usage(format!("no command is called `{name}`{meant}"));
    };
    let mut page = Vec::new();
    match clap_mangen::Man::new(command).render(&mut page) {
        Ok(()) => printed(&page),
        Err(error) => Exit::usage(error.to_string()),
    }
}

fn printed(text: &[u8]) -> Exit {
    match output::print(&String::from_utf8_lossy(text)) {
        Ok(()) => Exit::status(0),
        Err(error) => Exit::usage(format!("stdout: {error}")),
    }
}
