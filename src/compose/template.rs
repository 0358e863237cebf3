//! Substitution of variables in a text: `$NAME`, `${NAME}`, `${NAME:-default}` and their kin.
//!
//! As in Compose 2.9.1 of the specification's library: the default and the message of an operator are always
//! evaluated, used or not; a reference ends at the last `}` of its line that balances; `$1` and a lone `$` are text.

use super::environment::Variable;
use crate::place::Origin;

/// What substituting did.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) text: String,
    /// Where the values that were put in came from.
    pub(crate) used: Vec<Origin>,
    /// Variables without a value, each with the reference as written and which of its kind in the text it is.
    pub(crate) unset: Vec<(String, String)>,
}

/// Why a text cannot be substituted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failure {
    /// A reference that is not well formed, as far as it can be told apart.
    Malformed(String),
    /// A demanded variable has no value: its name and the reason that the file gives.
    Required(String, String),
}

/// Where variables come from.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<Variable>;

/// Nested deeper than this, references are not followed.
const MAX_NESTING: usize = 50;

/// Substitutes all references of a text.
pub(crate) fn substitute(template: &str, lookup: Lookup<'_>) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let mut failure = None;
    outcome.text = run(template, lookup, &mut outcome, &mut failure, 0);
    match failure {
        Some(failure) => Err(failure),
        None => Ok(outcome),
    }
}

fn run(template: &str, lookup: Lookup<'_>, out: &mut Outcome, failure: &mut Option<Failure>, depth: usize) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let tail = from.get(1..).unwrap_or_default();
        let length = match tail.bytes().next() {
            Some(b'$') => {
                text.push('$');
                2
            }
            Some(b'{') => match braced(tail) {
                Some(length) if depth < MAX_NESTING => {
                    let whole = from.get(..length).unwrap_or_default();
                    text.push_str(&reference(whole, lookup, out, failure, depth));
                    length
                }
                _ => {
                    failure.get_or_insert_with(|| {
                        Failure::Malformed(from.lines().next().unwrap_or_default().to_owned())
                    });
                    2
                }
            },
            Some(b'_' | b'a'..=b'z' | b'A'..=b'Z') => {
                let name = name_of(tail);
                text.push_str(&plain(name, from.get(..=name.len()).unwrap_or_default(), lookup, out));
                1 + name.len()
            }
            _ => {
                text.push('$');
                1
            }
        };
        rest = from.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

fn name_of(text: &str) -> &str {
    let end = text.bytes().position(|b| !(b == b'_' || b.is_ascii_alphanumeric())).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// How long the reference at `{` is, the `$` included: to the last `}` of the line if it has an operator.
fn braced(from: &str) -> Option<usize> {
    let inner = from.get(1..)?;
    if !matches!(inner.bytes().next()?, b'_' | b'a'..=b'z' | b'A'..=b'Z') {
        return None;
    }
    let name = name_of(inner).len();
    let after = inner.get(name..)?;
    let operator = after.strip_prefix(':').unwrap_or(after);
    if operator.starts_with(['-', '+', '?']) {
        let line = after.split('\n').next().unwrap_or_default();
        if let Some(close) = line.get(1..).and_then(|line| line.rfind('}')) {
            return Some(2 + name + close + 2);
        }
    }
    after.starts_with('}').then_some(2 + name + 1)
}

/// Where the first `{` of a text is closed, counting as the library does: what follows a `{` is not looked at.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_i32;
    let mut skip = false;
    for (at, byte) in text.bytes().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        match byte {
            b'}' => {
                open -= 1;
                if open == 0 {
                    return Some(at);
                }
            }
            b'{' => {
                open += 1;
                skip = true;
            }
            _ => {}
        }
    }
    None
}

fn plain(name: &str, written: &str, lookup: Lookup<'_>, out: &mut Outcome) -> String {
    match lookup(name) {
        Some(variable) => {
            out.used.push(variable.origin);
            variable.value
        }
        None => {
            out.unset.push((name.to_owned(), written.to_owned()));
            String::new()
        }
    }
}

/// Substitutes a reference in braces, with whatever stands behind its closing brace.
fn reference(
    whole: &str,
    lookup: Lookup<'_>,
    out: &mut Outcome,
    failure: &mut Option<Failure>,
    depth: usize,
) -> String {
    let (head, rest) = match closing(whole) {
        Some(at) => whole.split_at(at + 1),
        None => (whole, ""),
    };
    let Some(inner) = head.strip_prefix("${").and_then(|inner| inner.strip_suffix('}')) else {
        failure.get_or_insert_with(|| Failure::Malformed(head.to_owned()));
        return String::new();
    };
    let name = name_of(inner);
    let after = inner.get(name.len()..).unwrap_or_default();
    let (strict, after) = match after.strip_prefix(':') {
        Some(after) => (true, after),
        None => (false, after),
    };
    let Some(operator) = after.bytes().next() else { return plain(name, head, lookup, out) };
    let argument = after.get(1..).unwrap_or_default();
    let found = lookup(name);
    let holds = found.as_ref().is_some_and(|variable| !strict || !variable.value.is_empty());
    let mut inside = Outcome::default();
    let argument = run(argument, lookup, &mut inside, failure, depth + 1);
    out.unset.append(&mut inside.unset);
    let take = |variable: Option<Variable>, out: &mut Outcome| match variable {
        Some(variable) => {
            out.used.push(variable.origin);
            variable.value
        }
        None => String::new(),
    };
    let value = match (operator, holds) {
        (b'-', true) | (b'?', true) | (b'+', false) => take(found, out),
        (b'-', false) | (b'+', true) => {
            if operator == b'+' {
                out.used.extend(found.map(|variable| variable.origin));
            }
            out.used.append(&mut inside.used);
            argument
        }
        _ => {
            failure.get_or_insert_with(|| Failure::Required(name.to_owned(), argument));
            return String::new();
        }
    };
    if rest.is_empty() { value } else { value + &run(rest, lookup, out, failure, depth + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)], template: &str) -> Result<String, Failure> {
        let lookup = |name: &str| {
            pairs
                .iter()
                .find(|pair| pair.0 == name)
                .map(|pair| Variable { value: pair.1.to_owned(), origin: Origin::Environment(name.to_owned()) })
        };
        substitute(template, &lookup).map(|outcome| outcome.text)
    }

    #[test]
    fn every_form() {
        let set = [("A", "v"), ("E", "")];
        for (template, expected) in [
            ("$A ${A} $$A $1 $ a$", "v v $A $1 $ a$"),
            ("${E:-x} ${E-x} ${U:-x} ${U-x}", "x  x x"),
            ("${A:+x} ${A+x} ${E:+x} ${E+x} ${U+x}|", "x x  x |"),
            ("${U:-x${B}y}", "xy"),
            ("${U:-a}b}", "ab}"),
            ("${U:-{}} z", "{} z"),
            ("${U:-${A}}${U:-w}", "vw"),
            ("${A}}", "v}"),
            ("é${A}é", "évé"),
        ] {
            assert_eq!(with(&set, template), Ok(expected.to_owned()), "{template}");
        }
    }

    #[test]
    fn what_is_not_well_formed() {
        for template in ["${1}", "${A.B}", "${}", "${A", "${U:-a", "${U:-x\ny}", "${U:-{}} ${B:-x}"] {
            assert!(matches!(with(&[], template), Err(Failure::Malformed(_))), "{template:?}");
        }
    }

    #[test]
    fn demanded_variables() {
        assert_eq!(with(&[], "${A:?no}"), Err(Failure::Required("A".into(), "no".into())));
        assert_eq!(with(&[("A", "")], "${A?no}"), Ok(String::new()));
        assert_eq!(with(&[("A", "")], "${A:?no}"), Err(Failure::Required("A".into(), "no".into())));
        // The default is evaluated even where it is not used.
        assert_eq!(with(&[("A", "a")], "${A-${B?no}}"), Err(Failure::Required("B".into(), "no".into())));
    }

    #[test]
    fn deep_nesting_ends() {
        assert!(with(&[], &("${A:-".repeat(5000) + &"}".repeat(5000))).is_err());
    }
}
