//! `mounts`: what services see of the host and of each other's data, and whether it is what they need.

mod config_missing;
mod empty;
mod gate;
mod host;
mod inside;
mod kind_mismatch;
mod missing;
mod mount;
mod path;
mod read_only;
mod reference;
mod running_differs;
mod sharing;
mod source_mismatch;
mod source_missing;
mod target_relative;

use gonogo::check::Check;

/// The check.
pub(crate) static CHECK: Check = Check {
    name: "mounts",
    title: "what a service needs to see is mounted, from the right source, and is there",
    readme: include_str!("README.md"),
    section: Some(&gate::SECTION),
    rules: &[
        missing::RULE,
        source_mismatch::RULE,
        empty::RULE,
        source_missing::RULE,
        kind_mismatch::RULE,
        target_relative::RULE,
        read_only::RULE,
        config_missing::RULE,
        running_differs::RULE,
    ],
};

#[cfg(test)]
mod tests;
