//! `${VAR}` in a gate file, as in Compose: the operating system's variables, else those of `.env` beside the file.
//! Other than there, a variable that is not set and has no default is a mistake: a gate must not judge a blank.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Mistake;
use crate::compose::dotenv::{self, Format};
use crate::compose::environment::{Environment, Variable};
use crate::compose::template::{self, Failure};
use crate::place::{Origin, Place, Source};

/// What a gate file is interpolated with.
#[derive(Debug, Clone, Default)]
pub struct Variables(Environment);

impl Variables {
    /// The operating system's variables.
    pub fn new(environment: &BTreeMap<String, String>) -> Self {
        Self(Environment::of_system(environment))
    }

    /// Adds what an env file sets and is not set yet.
    ///
    /// # Errors
    /// The place at which the file is malformed, and why.
    pub fn add_env_file(&mut self, source: &Arc<Source>) -> Result<(), Mistake> {
        let lookup = |name: &str| self.0.get(name).cloned();
        let file = dotenv::parse(source, Format::Compose, &lookup)
            .map_err(|malformed| Mistake::new(malformed.place, malformed.message))?;
        // Of two of a name the later one counts.
        for (name, variable) in file.variables.into_iter().rev() {
            if self.0.get(&name).is_none() {
                self.0.set(&name, variable);
            }
        }
        Ok(())
    }

    /// A text with its references resolved, and where it came from.
    pub(super) fn interpolate(&self, text: &str, origin: &Origin, at: &Place) -> Result<(String, Origin), Mistake> {
        let lookup = |name: &str| -> Option<Variable> { self.0.get(name).cloned() };
        match template::substitute(text, &lookup) {
            Ok(outcome) => {
                if let Some((name, written)) = outcome.unset.first() {
                    let help = format!("set {name} in the environment or in .env, or write `${{{name}:-default}}`");
                    return Err(Mistake::new(part(at, written), format!("the variable {name} is not set")).help(help));
                }
                let from = std::iter::once(origin.clone()).chain(outcome.used).collect();
                Ok((outcome.text, Origin::Derived { rule: "interpolated", from }))
            }
            Err(Failure::Malformed(written)) => {
                Err(Mistake::new(part(at, &written), "this is no well-formed reference to a variable")
                    .help("write `$$` for a dollar sign, `${NAME}` for a variable"))
            }
            Err(Failure::Required(name, reason)) => {
                let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
                let message = format!("the variable {name} has no value, and it is demanded here{reason}");
                let help = format!("set {name} in the environment or in .env");
                Err(Mistake::new(part(at, &format!("${{{name}")), message).help(help))
            }
        }
    }
}

/// Where a reference stands in a value's text, else all of it.
fn part(place: &Place, written: &str) -> Place {
    place.text().find(written).map_or_else(|| place.clone(), |at| place.part(at, at + written.len()))
}
