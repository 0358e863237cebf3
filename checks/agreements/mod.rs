//! `agreements`: values that must be the same in two places, and secrets that cannot be meant.

mod accounts;
mod code;
mod config;
mod configured;
mod credentials_differ;
mod flawed;
mod gather;
mod links;
mod logins;
mod names;
mod seeds;
mod statement;
mod values_differ;
mod written;

use gonogo::check::Check;

/// The check.
pub(crate) static CHECK: Check = Check {
    name: "agreements",
    title: "values that must be the same are the same, and secrets are no stand-ins",
    readme: include_str!("README.md"),
    section: Some(&configured::SECTION),
    rules: &[values_differ::RULE, credentials_differ::RULE, flawed::BLANK, flawed::PLACEHOLDER, flawed::NEWLINE],
};
