//! What a search for secrets finds in a text.

use std::ops::Range;

/// A secret that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Where it stands, in bytes.
    pub(super) range: Range<usize>,
    /// Whether its text is worth looking for elsewhere.
    pub(super) telling: bool,
}

impl Found {
    pub(super) fn new(range: Range<usize>) -> Self {
        Self { range, telling: true }
    }

    pub(super) fn untold(range: Range<usize>) -> Self {
        Self { range, telling: false }
    }
}
