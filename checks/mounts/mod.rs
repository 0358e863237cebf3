//! `mounts`: what services see of the host and of each other's data, and whether it is what they need.

mod host;
mod kind_mismatch;
mod mount;
mod path;
mod source_missing;
mod target_relative;

use gonogo::check::Check;

/// The check.
pub(crate) static CHECK: Check = Check {
    name: "mounts",
    title: "what a service needs to see is mounted, from the right source, and is there",
    readme: include_str!("README.md"),
    section: None,
    rules: &[source_missing::RULE, kind_mismatch::RULE, target_relative::RULE],
};
