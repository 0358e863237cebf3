//! `ports`: what is published on the host, who else wants it, and who already has it.

mod claim;
mod discarded;
mod holder;
mod out_of_range;
mod override_appends;
mod published_everywhere;
mod published_twice;
mod replicas_share;
mod reserved_elsewhere;
mod taken;
mod wanted;

use gonogo::check::Check;

/// The check.
pub(crate) static CHECK: Check = Check {
    name: "ports",
    title: "every published port can be had, by one service, and only for those who need it",
    readme: include_str!("README.md"),
    section: None,
    rules: &[
        published_twice::RULE,
        replicas_share::RULE,
        out_of_range::RULE,
        discarded::RULE,
        override_appends::RULE,
        published_everywhere::RULE,
        taken::RULE,
        reserved_elsewhere::RULE,
    ],
};

#[cfg(test)]
mod tests;
