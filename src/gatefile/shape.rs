//! The shapes that the parts of a gate file may have: one definition for validation, schema and docs.

use std::time::Duration;

/// A part of the gate file: a check's section, or one that every gate file has.
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
    /// A whole number from the first to the second, both included.
    IntIn(i64, i64),
    /// `true` or `false`.
    Bool,
    /// A text, number, or truth value; a text may be empty.
    Scalar,
    /// A text such as `500ms`, `10s`, `2m`, `7d`: see [`duration`].
    Duration,
    /// A day: `2026-12-31`.
    Date,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A regular expression with exactly one group. `${VAR}` is not interpolated in it.
    Pattern,
    /// A JSON pointer (RFC 6901).
    Pointer,
    /// The code of a rule.
    Rule,
    /// A list.
    List(&'static Shape),
    /// A mapping from names that the operator chooses.
    Map(&'static Shape),
    /// A mapping with fixed keys.
    Object(&'static [Field]),
    /// One of several; the first that fits the kind of value (text, number, list, mapping) is meant.
    OneOf(&'static [Shape]),
    /// A value of the deployment: `{service, env}`, `{service, file, at|match}`, `{volume, file, at|match}`,
    /// `{file, at|match}`, with `else:` for a fallback. Read it with [`super::ValueRef::of`].
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

impl Field {
    /// A key that has to be there.
    pub const fn required(name: &'static str, doc: &'static str, shape: Shape) -> Self {
        Self { name, doc, required: true, shape }
    }

    /// A key that may be left out.
    pub const fn optional(name: &'static str, doc: &'static str, shape: Shape) -> Self {
        Self { name, doc, required: false, shape }
    }
}

/// The key that says which version of the gate file's form is meant.
pub(super) const VERSION: &str = "version";

/// The only version there is.
pub(super) const CURRENT: i64 = 1;

/// The parts that every gate file may have besides the checks' sections.
pub(super) static COMMON: &[Section] = &[
    Section { name: VERSION, doc: "The version of this file's form: 1.", shape: Shape::IntIn(CURRENT, CURRENT) },
    Section {
        name: "files",
        doc: "The compose files, relative to this file; default: as docker compose finds them.",
        shape: Shape::OneOf(&[Shape::Text, Shape::List(&Shape::Text)]),
    },
    Section {
        name: "waivers",
        doc: "Findings that are known and accepted for now.",
        shape: Shape::List(&Shape::Object(WAIVER)),
    },
];

const WAIVER: &[Field] = &[
    Field::required("rule", "The rule's code, such as compose/image-latest.", Shape::Rule),
    Field::optional("subject", "The subject, `*` and `?` as in file names; default: every subject.", Shape::Text),
    Field::required("reason", "Why it is accepted.", Shape::Text),
    Field::optional("until", "The last day on which it counts: 2026-12-31.", Shape::Date),
];

/// The keys by which a value of the deployment is named.
pub(super) const VALUE: &[Field] = &[
    Field::optional("service", "The service that has it.", Shape::Text),
    Field::optional("env", "The environment variable of the service.", Shape::Text),
    Field::optional("volume", "The volume that the file lies in, as the compose file calls it.", Shape::Text),
    Field::optional(
        "file",
        "The file: as the service's container sees it, in the volume, or relative to this file.",
        Shape::Text,
    ),
    Field::optional("at", "A JSON pointer into JSON, YAML or TOML; a key of an env or INI file.", Shape::Text),
    Field::optional("match", "A regular expression whose one group is the value.", Shape::Pattern),
    Field::optional("else", "Where to look if it is not there.", Shape::ValueOf),
];

/// A time span as a gate file writes it: numbers with units (`ns`, `us`, `ms`, `s`, `m`, `h`, `d`, `w`), such as
/// `500ms`, `1.5s`, `1h30m`, `7d`. `None` for anything else and beyond ten years.
pub fn duration(text: &str) -> Option<Duration> {
    const TEN_YEARS: f64 = 10.0 * 366.0 * 86_400.0;
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let (unit, tail) = tail.split_at(tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len()));
        let scale = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            "w" => 604_800.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * scale;
        rest = tail;
    }
    Duration::try_from_secs_f64(seconds).ok().filter(|_| seconds <= TEN_YEARS)
}
