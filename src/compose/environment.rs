//! Variables that the files are interpolated with, each with where its value came from.

use std::collections::BTreeMap;

use crate::place::Origin;

/// A variable's value and its origin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variable {
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

/// A set of variables; the first to set one wins.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Environment(BTreeMap<String, Variable>);

impl Environment {
    /// The operating system's variables.
    pub(crate) fn of_system(variables: &BTreeMap<String, String>) -> Self {
        let entry = |(name, value): (&String, &String)| {
            (name.clone(), Variable { value: value.clone(), origin: Origin::Environment(name.clone()) })
        };
        Self(variables.iter().map(entry).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Variable> {
        self.0.get(name)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(|variable| variable.value.as_str())
    }

    pub(crate) fn set(&mut self, name: &str, variable: Variable) {
        self.0.insert(name.to_owned(), variable);
    }

    /// Adds what is not set yet.
    pub(crate) fn add(&mut self, others: &Environment) {
        for (name, variable) in &others.0 {
            self.0.entry(name.clone()).or_insert_with(|| variable.clone());
        }
    }
}
