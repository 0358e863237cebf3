//! The registry: one line a check. A check is one folder here, with its rules, its page and its fixtures.
//!
//! In here: rules. They see the library's public API only, do no I/O, and print nothing.
#![deny(clippy::disallowed_methods)]

use gonogo::check::Check;

mod agreements;
mod compose;
mod connections;
mod containers;
mod docker;
mod mounts;
mod ports;
#[cfg(test)]
mod testing;
mod tunnels;
mod waivers;

/// Every check, in the order in which reports show them.
#[rustfmt::skip]
pub(crate) static ALL: &[&Check] = &[
    &compose::CHECK,
    &docker::CHECK,
    &containers::CHECK,
    &ports::CHECK,
    &mounts::CHECK,
    &connections::CHECK,
    &tunnels::CHECK,
    &agreements::CHECK,
    &waivers::CHECK,
];
