//! A finding as a compiler draws it: the rule, the message, each line that it is about with a caret, one help.

use annotate_snippets::{Annotation, AnnotationKind, Element, Level, Origin, Renderer, Snippet};

use super::shown::{At, Excerpt, Fault, Mark};
use crate::finding::Severity;

/// Draws a finding, without a line break at the end.
pub(super) fn draw(rule: &str, fault: &Fault, renderer: &Renderer) -> String {
    let level = match fault.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut elements: Vec<Element<'_>> = Vec::new();
    let mut notes: Vec<String> = Vec::new();
    match &fault.primary.at {
        At::Excerpt(_) => {}
        At::Thing(thing) => {
            elements.push(Origin::path(thing.as_str()).into());
            notes.extend((!fault.primary.text.is_empty()).then(|| fault.primary.text.clone()));
        }
    }
    for marks in by_line(fault) {
        elements.extend(excerpt(&marks));
    }
    for mark in &fault.related {
        if let At::Thing(thing) = &mark.at {
            notes.push(if mark.text.is_empty() { thing.clone() } else { format!("{thing}: {}", mark.text) });
        }
    }
    elements.extend(notes.into_iter().map(|note| Level::NOTE.message(note).into()));
    if !fault.help.is_empty() {
        elements.push(Level::HELP.message(fault.help.as_str()).into());
    }
    let group = level.primary_title(fault.message.as_str()).id(rule).elements(elements);
    renderer.render(&[group])
}

/// A place with its label, and whether it is the primary one.
type Marked<'a> = (&'a Excerpt, &'a str, bool);

/// The places in their order, those of one line together.
fn by_line(fault: &Fault) -> Vec<Vec<Marked<'_>>> {
    let mut lines: Vec<Vec<Marked<'_>>> = Vec::new();
    let marks = std::iter::once((&fault.primary, true)).chain(fault.related.iter().map(|mark| (mark, false)));
    for (Mark { at, text }, primary) in marks {
        let At::Excerpt(excerpt) = at else { continue };
        let same = |other: &Excerpt| {
            (&other.file, other.start.line, &other.line) == (&excerpt.file, excerpt.start.line, &excerpt.line)
        };
        match lines.iter_mut().find(|line| line.first().is_some_and(|(other, ..)| same(other))) {
            Some(line) => line.push((excerpt, text, primary)),
            None => lines.push(vec![(excerpt, text, primary)]),
        }
    }
    lines
}

fn excerpt<'a>(marks: &[Marked<'a>]) -> Vec<Element<'a>> {
    let Some((first, ..)) = marks.first() else { return Vec::new() };
    // The place is named apart from the snippet, since masks and cuts shift the columns of what is drawn.
    let origin = Origin::path(first.file.as_str()).line(first.start.line).char_column(first.start.column);
    let annotations = marks.iter().map(|(excerpt, label, primary)| annotation(excerpt, label, *primary));
    let snippet = Snippet::source(first.line.as_str()).line_start(first.start.line).annotations(annotations);
    vec![origin.into(), snippet.into()]
}

fn annotation<'a>(excerpt: &'a Excerpt, label: &'a str, primary: bool) -> Annotation<'a> {
    let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
    kind.span(excerpt.span.clone()).label((!label.is_empty()).then_some(label))
}
