//! A finding as a compiler draws it: the rule, the message, each line that it is about with a caret, one help.

use annotate_snippets::{Annotation, AnnotationKind, Element, Level, Origin, Padding, Renderer, Snippet};

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
    let lines = by_line(fault);
    if lines.is_empty() {
        elements.push(Padding.into());
    }
    elements.extend(lines.iter().enumerate().map(|(index, marks)| excerpt(index, marks)));
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
    named(renderer.render(&[group]), &lines)
}

/// What stands for the name of the place with this index while the drawing is made. The drawer would work the column
/// out from what is drawn, where masks and cuts have shifted it; so the name goes in afterwards. Of the private use
/// area: no text of a report holds it (see `harmless` in `shown.rs`).
fn stand_in(index: usize) -> String {
    format!("\u{e000}{index}\u{e001}")
}

/// Puts `file:line:column` where the stand-ins are.
fn named(mut drawing: String, lines: &[Vec<Marked<'_>>]) -> String {
    for (index, marks) in lines.iter().enumerate() {
        let stand_in = stand_in(index);
        let (Some(at), Some((place, ..))) = (drawing.find(&stand_in), marks.first()) else { continue };
        let end = drawing[at..].find(['\n', '\u{1b}']).map_or(drawing.len(), |end| at + end);
        let name = format!("{}:{}:{}", place.file.replace(['\n', '\t'], " "), place.start.line, place.start.column);
        drawing.replace_range(at..end, &name);
    }
    drawing
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

fn excerpt<'a>(index: usize, marks: &[Marked<'a>]) -> Element<'a> {
    let (line, number) = marks.first().map_or(("", 1), |(first, ..)| (first.line.as_str(), first.start.line));
    let annotations = marks.iter().map(|(excerpt, label, primary)| annotation(excerpt, label, *primary));
    Snippet::source(line).line_start(number).path(stand_in(index)).annotations(annotations).into()
}

fn annotation<'a>(excerpt: &'a Excerpt, label: &'a str, primary: bool) -> Annotation<'a> {
    let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
    kind.span(excerpt.span.clone()).label((!label.is_empty()).then_some(label))
}
