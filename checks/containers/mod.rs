//! `containers`: what became of the project's containers, and who else's stand in their way.

mod changed;
mod exit_code;
mod failed;
mod name_taken;
mod not_running;
mod orphan;
mod out_of_memory;
mod restart_loop;
mod seen;
mod telling;
#[cfg(test)]
mod tests;
mod unhealthy;

use gonogo::check::Check;

/// The check.
pub(crate) static CHECK: Check = Check {
    name: "containers",
    title: "the project's containers run, and nobody else's stand in their way",
    readme: include_str!("README.md"),
    section: None,
    rules: &[
        name_taken::RULE,
        restart_loop::RULE,
        out_of_memory::RULE,
        failed::RULE,
        unhealthy::RULE,
        not_running::RULE,
        orphan::RULE,
    ],
};
