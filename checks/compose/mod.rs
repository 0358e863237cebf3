//! `compose`: what Compose itself would reject, or silently make something else of.

mod completion_not_awaited;
mod dollar_swallowed;
mod env_file_missing;
mod external_missing;
mod health;
mod healthcheck_missing;
mod image;
mod image_latest;
mod invalid;
mod obsolete_version;
mod reference;
mod secret_missing;
#[cfg(test)]
mod tests;
mod unset_variable;

use gonogo::check::Check;

/// The check.
pub(crate) static CHECK: Check = Check {
    name: "compose",
    title: "the compose files say what they seem to say",
    readme: include_str!("README.md"),
    section: None,
    rules: &[
        invalid::RULE,
        env_file_missing::RULE,
        unset_variable::RULE,
        dollar_swallowed::RULE,
        secret_missing::RULE,
        healthcheck_missing::RULE,
        completion_not_awaited::RULE,
        external_missing::RULE,
        image_latest::RULE,
        obsolete_version::RULE,
    ],
};
