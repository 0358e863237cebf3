//! Paths in the model, such as `services.web.ports[0]`, and the patterns that rules are bound to.

use std::fmt;

/// A step from a mapping or list to what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// Where in the model something is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Path(Vec<Step>);

impl Path {
    pub(crate) fn push_key(&mut self, key: &str) {
        self.0.push(Step::Key(key.to_owned()));
    }

    pub(crate) fn push_index(&mut self, index: usize) {
        self.0.push(Step::Index(index));
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    /// The path of keys.
    pub(crate) fn of(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| Step::Key((*key).to_owned())).collect())
    }

    /// This path and a key.
    pub(crate) fn key(&self, key: &str) -> Self {
        let mut longer = self.clone();
        longer.push_key(key);
        longer
    }

    /// This path and an index.
    pub(crate) fn index(&self, index: usize) -> Self {
        let mut longer = self.clone();
        longer.push_index(index);
        longer
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it matches a pattern: keys with dots between them, `*` for any key or index.
    pub(crate) fn matches(&self, pattern: &str) -> bool {
        let mut steps = self.0.iter();
        for part in pattern.split('.') {
            match steps.next() {
                None => return false,
                Some(_) if part == "*" => {}
                Some(Step::Key(key)) if key == part => {}
                Some(_) => return false,
            }
        }
        steps.next().is_none()
    }

    /// Whether it is this very list of keys and indices.
    pub(crate) fn is(&self, parts: &[String]) -> bool {
        self.0.len() == parts.len()
            && self.0.iter().zip(parts).all(|(step, part)| match step {
                Step::Key(key) => key == part || part == "*",
                Step::Index(index) => *part == index.to_string() || part == "*",
            })
    }
}

/// `services.web.ports[0]`; a key with anything but letters, digits, `_` and `-` in it is quoted.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    if at > 0 {
                        f.write_str(".")?;
                    }
                    if !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/')) {
                        f.write_str(key)?;
                    } else {
                        write!(f, "{key:?}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_step_by_step() {
        let path = Path::of(&["services", "web", "ports"]).index(0).key("target");
        assert!(path.matches("services.*.ports.*.target"));
        assert!(!path.matches("services.*.ports.*"));
        assert!(!path.matches("services.*.ports.*.target.x"));
        assert_eq!(path.to_string(), "services.web.ports[0].target");
        assert_eq!(Path::of(&["services", "a.b"]).to_string(), "services.\"a.b\"");
    }
}
