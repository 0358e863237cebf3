//! What is secret, and the net that keeps it in the process.
//!
//! Two halves. The *predicates* say whether a name announces a secret ([`is_sensitive_name`]), whether a value under
//! it is one ([`is_secret`]), and what may be said about it aloud ([`flaws`]). The [`Redactor`] collects the secret
//! values of one run, from whatever was read; the [`Net`] made of it masks them, and everything that looks like one,
//! in each text that leaves the process.
//!
//! Low in the order of imports: it knows places and the document tree, nothing of checks or reports.

mod alias;
mod entropy;
mod forms;
mod found;
mod learn;
mod name;
mod net;
mod program;
mod scan;
mod shape;
#[cfg(test)]
mod tests;
mod value;

pub use learn::Redactor;
pub use name::is_sensitive_name;
pub use net::{Net, mask};
pub use value::{Flaw, flaws, is_placeholder, is_secret};

/// What stands for a secret value, whatever its length: a mask as long as the value would tell how long that is.
pub const MASK: &str = "••••••";

/// Sorts ranges and joins those that overlap or touch.
fn merged(mut ranges: Vec<std::ops::Range<usize>>) -> Vec<std::ops::Range<usize>> {
    ranges.retain(|range| range.start < range.end);
    ranges.sort_by_key(|range| range.start);
    let mut out: Vec<std::ops::Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}
