//! `docker`: the engine itself, and the clients that talk to it.

mod api;
mod compose_v1;
mod disk_nearly_full;
mod engine_too_old;
mod installed;
#[cfg(test)]
mod tests;
mod unreachable;
mod version_mismatch;

use std::sync::Arc;

use gonogo::check::{Check, Context};
use gonogo::fact::engine::{Engine, Ping};
use gonogo::fact::{Cause, Question, Unknown};

/// The check.
pub(crate) static CHECK: Check = Check {
    name: "docker",
    title: "there is an engine, it has room, and the clients fit it",
    readme: include_str!("README.md"),
    section: None,
    rules: &[
        unreachable::RULE,
        version_mismatch::RULE,
        engine_too_old::RULE,
        compose_v1::RULE,
        disk_nearly_full::RULE,
    ],
};

/// The engine, for whom it is but the ground to stand on: `docker/unreachable` tells why there is none.
async fn engine(cx: &Context) -> Result<Arc<Engine>, Unknown> {
    let blocked = |unknown: Unknown| match unknown.cause {
        Cause::NotAllowed => unknown,
        _ => Unknown { cause: Cause::Blocked(Ping::KIND.to_owned()), ..unknown },
    };
    cx.ask(Ping).await.map_err(blocked)
}
