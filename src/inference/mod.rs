//! What the statements of a deployment imply: what a script would run, who listens where, who calls whom.
//!
//! Above `check`: in here may be asked for facts, but nothing is judged. What does not follow from what was said is
//! not in the answers, or stays open in them; nothing is guessed.

pub mod calls;
pub mod config;
pub mod dockerfile;
pub mod endpoint;
pub mod exposed;
pub mod image;
pub mod listens;
pub mod names;
pub mod said;
pub mod script;
pub mod ssh;
