//! `compose/dollar-swallowed`: a `$` that belongs to a value is taken for the start of a variable.
//!
//! Nothing behind the `$` is ever shown: it is part of what may be a password.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};

use super::reference::{self, Reference};

pub(super) const RULE: Rule = Rule {
    code: "compose/dollar-swallowed",
    title: "no `$` of a value is taken for a variable",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D40"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let swallowed: Vec<_> = reference::unset(&project).into_iter().filter(is_swallowed).collect();
    if swallowed.is_empty() {
        let observed = "every `$` is kept, escaped, or the start of a variable that is meant";
        return Ok(vec![Row::judged(Subject::new(&project.name), Outcome::pass(observed))]);
    }
    let mut rows: Vec<Row> = Vec::new();
    for mut next in swallowed.iter().map(row) {
        // Several of one value are told apart by their number.
        let same = rows.iter().filter(|row| is_of(row, &next)).count();
        if same > 0 {
            next.subject.name = format!("{} ({})", next.subject.name, same + 1);
        }
        rows.push(next);
    }
    Ok(rows)
}

fn is_of(row: &Row, next: &Row) -> bool {
    let name = &row.subject.name;
    *name == next.subject.name
        || name.strip_prefix(next.subject.name.as_str()).is_some_and(|rest| rest.starts_with(" ("))
}

fn row(reference: &Reference) -> Row {
    let key = &reference.key;
    let (label, message, help) = if reference.is_run {
        let message = format!(
            "`{}` is to be expanded in the container, and Compose has replaced it with nothing before",
            written(reference)
        );
        ("replaced on the host", message, format!("write `$${}`", written(reference).trim_start_matches('$')))
    } else {
        let message = format!(
            "a `$` in the value of `{key}` is taken for the start of a variable that nobody sets: the rest of the word is lost"
        );
        let help = if reference.path.is_empty() {
            format!("put the value of `{key}` in single quotes, where `$` means itself")
        } else {
            format!("write `$$` for each `$` in the value of `{key}`")
        };
        ("lost", message, help)
    };
    // Not by line and column, which move: a waiver and a recording have to know it again.
    let subject = match reference.path.is_empty() {
        true => Subject::new(format!("{}: {key}", reference.place.file())),
        false => Subject::new(format!("{}: {key}", reference.path)),
    };
    Row::judged(subject.at(Some(&reference.place)), Finding::error(message, &reference.place).label(label).help(help))
}

/// A reference in a command, as it stands there; it is a shell's variable, no secret.
fn written(reference: &Reference) -> &str {
    reference.place.text()
}

/// Whether a reference is none: a `$` that belongs to the value.
pub(super) fn is_swallowed(reference: &Reference) -> bool {
    let is_braced = reference.place.text().starts_with("${");
    if reference.is_run {
        return reference.is_set_inside || is_shell_variable(reference);
    }
    // Who writes braces means a variable.
    if is_braced {
        return false;
    }
    // Variables of an environment are written in capitals (POSIX XBD 8.1 reserves the others for programs).
    let is_a_word = reference.variable.chars().any(|c| c.is_ascii_lowercase());
    let is_glued = reference.before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '\\');
    if reference.is_in_userinfo() {
        return is_glued || (is_a_word && !reference.is_a_field());
    }
    // A configuration's text has variables of its own, in small letters: nginx's `$host`, a shell's `$line`.
    if matches!(reference.key.as_str(), "content" | "dockerfile_inline") {
        return is_a_word;
    }
    if reference.is_secret() {
        return is_a_word || !reference.is_whole() && !reference.before.contains("://");
    }
    is_a_word && is_glued && !matches!(reference.attribute(), Some("image" | "ports" | "volumes" | "build"))
}

/// Whether a shell's text gives the variable its value itself: `for f in …`, `read f`, `f=…`.
fn is_shell_variable(reference: &Reference) -> bool {
    let name = &reference.variable;
    let text = format!("{}\u{0}{}", reference.before, reference.after);
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | '"' | '\'')).collect();
    let is_assigned =
        words.iter().any(|word| word.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('=')));
    is_assigned || words.windows(2).any(|pair| matches!(pair[..], ["for" | "read", word] if word == name))
}
