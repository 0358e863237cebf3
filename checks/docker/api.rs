//! Versions of the engine's API.

use std::fmt;

/// A version of the engine's API, such as `1.45`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Api(pub(super) u32, pub(super) u32);

impl Api {
    /// Reads `1.45`; `None` if it is not of this form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.trim().split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_not_fractions() {
        assert!(Api::parse("1.9") < Api::parse("1.45"));
        assert_eq!(Api::parse("1.45").map(|api| api.to_string()).as_deref(), Some("1.45"));
        assert_eq!(Api::parse("v1.45"), None);
        assert_eq!(Api::parse("latest"), None);
    }
}
