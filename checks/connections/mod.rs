//! `connections`: who calls whom, and whether anybody is there.

mod healthcheck_port_mismatch;
mod no_common_network;
mod nobody_listens;
mod port_mismatch;
mod scene;
mod target_port_nobody_listens;
#[cfg(test)]
mod tests;
mod unreachable_name;

use gonogo::check::Check;

/// The check.
pub(crate) static CHECK: Check = Check {
    name: "connections",
    title: "every address that a service is told leads to a service that listens there",
    readme: include_str!("README.md"),
    section: None,
    rules: &[
        port_mismatch::RULE,
        unreachable_name::RULE,
        no_common_network::RULE,
        healthcheck_port_mismatch::RULE,
        target_port_nobody_listens::RULE,
        nobody_listens::RULE,
    ],
};
