//! gonogo, a preflight gate for infrastructure: the library below the commands and the checks.
//!
//! Imports run one way, each room seeing only those to its left:
//! `place`, `suggest` ← `word`, `finding` ← `document` ← `secret`, `compose` ← `fact` ← `gatefile`, `outcome` ← `check`,
//! `verdict` ← `inference` ← `value`, `run`, `waiver` ← `cli`.
//!
//! Beside them: `probe` sees `fact`, and of `compose` the files that it asks for; `recording` writes down what `probe`
//! and `fact` saw; `report` reads the finished [`report::Report`], and of `check` the stage's name. Only `cli` sees these.

#![allow(clippy::disallowed_methods, reason = "the list is for checks: see checks/mod.rs")]

pub mod check;
pub mod cli;
pub mod compose;
pub mod document;
pub mod fact;
pub mod finding;
pub mod gatefile;
pub mod inference;
pub mod outcome;
pub mod place;
pub mod probe;
pub mod recording;
pub mod report;
pub mod run;
pub mod secret;
pub mod suggest;
pub mod value;
pub mod verdict;
pub mod waiver;
pub mod word;
