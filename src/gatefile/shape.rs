//! The shapes that the parts of a gate file may have: one definition for validation, schema and docs.

/// A check's section: a mapping from names that the operator chooses to entries.
#[derive(Debug)]
pub struct Section {
    /// The key in the gate file: the check's name.
    pub name: &'static str,
    /// What it is for, in one line.
    pub doc: &'static str,
    /// What stands under the key.
    pub shape: Shape,
}

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A text that is not empty.
    Text,
    /// A whole number.
    Int,
    /// `true` or `false`.
    Bool,
    /// A text such as `500ms`, `10s`, `2m`, `7d`.
    Duration,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A list.
    List(&'static Shape),
    /// A mapping from names that the operator chooses.
    Map(&'static Shape),
    /// A mapping with fixed keys.
    Object(&'static [Field]),
    /// One of several; the first that fits the kind of value (text, number, list, mapping) is meant.
    OneOf(&'static [Shape]),
    /// A value of the deployment: `{service, env}`, `{service, file, at|match}`, `{volume, file, at|match}`,
    /// `{file, at|match}`, with `else:` for a fallback.
    ValueOf,
    /// Anything.
    Any,
}

/// A key of a mapping with fixed keys.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What it is for, in one line.
    pub doc: &'static str,
    /// Whether it has to be there.
    pub required: bool,
    /// What it may hold.
    pub shape: Shape,
}
