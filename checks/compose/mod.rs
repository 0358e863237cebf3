//! `compose`: what Compose itself would reject, or silently make something else of.

mod invalid;
mod unset_variable;

use gonogo::check::Check;

/// The check.
pub(crate) static CHECK: Check = Check {
    name: "compose",
    title: "the compose files say what they seem to say",
    readme: include_str!("README.md"),
    section: None,
    rules: &[invalid::RULE, unset_variable::RULE],
};
