//! The report as it may be shown: every text of it has passed the net, and the lines that places point at are cut out
//! of their sources with the secrets masked. Renderers are given this and nothing else, so that none can forget.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::{Report, Summary};
use crate::check::Stage;
use crate::fact::{Cause, Unknown};
use crate::finding::{Finding, Label, Severity, Site};
use crate::outcome::Outcome;
use crate::place::{Place, Position, Source};
use crate::secret::{MASK, Net, Redactor};
use crate::verdict::Verdict;

/// How much of a line is shown on each side of a span's start, in characters.
const BESIDE: usize = 160;

/// A report that holds nothing secret any more.
#[derive(Debug, Clone)]
pub struct Shown {
    pub(super) stage: Stage,
    pub(super) project: Option<String>,
    pub(super) verdict: Verdict,
    pub(super) fail_on: Severity,
    pub(super) summary: Summary,
    pub(super) rows: Vec<Row>,
    pub(super) notes: Vec<String>,
    pub(super) elapsed: Duration,
}

/// A rule on a subject, judged.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) check: &'static str,
    pub(super) rule: &'static str,
    pub(super) subject: String,
    pub(super) optional: bool,
    pub(super) came: Came,
    pub(super) waived: Option<String>,
    pub(super) duration: Duration,
}

/// What became of a row.
#[derive(Debug, Clone)]
pub(super) enum Came {
    Pass { observed: String },
    Fail(Fault),
    Skip { reason: String },
    Unknown { cause: &'static str, blocked_by: Option<String>, reason: String },
}

impl Came {
    /// `pass`, `fail`, `skip`, `unknown`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Pass { .. } => "pass",
            Self::Fail(_) => "fail",
            Self::Skip { .. } => "skip",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// A finding.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) primary: Mark,
    pub(super) related: Vec<Mark>,
    pub(super) help: String,
}

/// A site and what is said there.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) at: At,
    pub(super) text: String,
}

/// Where something is.
#[derive(Debug, Clone)]
pub(super) enum At {
    Excerpt(Excerpt),
    Thing(String),
}

/// The line on which a place starts, secrets masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) file: String,
    /// Where it starts in the file: true even behind a mask, so that editors find it.
    pub(super) start: Position,
    /// Where it ends. The end of a secret is that of its mask: its column would tell how long the secret is.
    pub(super) end: Position,
    /// The line, or the part of it around the span.
    pub(super) line: String,
    /// The span in `line`, in bytes.
    pub(super) span: Range<usize>,
}

impl Shown {
    /// The report with every secret masked: those that the redactor has been told of, those in the texts that the
    /// findings point at, and what is secret by its shape. To be made when all has been read.
    pub fn new(report: &Report, redactor: &Redactor) -> Self {
        for row in &report.results {
            if let Some(Site::Text(place)) = &row.subject.site {
                redactor.source(place.source());
            }
            if let Outcome::Fail(finding) = &row.outcome {
                learn(finding, redactor);
            }
        }
        Self::through(report, &redactor.net())
    }

    /// The report as it comes through a net.
    pub(super) fn through(report: &Report, net: &Net) -> Self {
        let mut veil = Veil { net, scanned: HashMap::new() };
        Self {
            stage: report.stage,
            project: report.project.as_deref().map(|name| veil.text(name)),
            verdict: report.verdict,
            fail_on: report.fail_on,
            summary: report.summary(),
            rows: report.results.iter().map(|row| veil.row(row)).collect(),
            notes: report.notes.iter().map(|note| veil.text(note)).collect(),
            elapsed: report.elapsed,
        }
    }
}

/// Findings outside of a report, with every secret masked that the net knows.
pub(super) fn faults(findings: &[Finding]) -> Vec<Fault> {
    let redactor = Redactor::new();
    findings.iter().for_each(|finding| learn(finding, &redactor));
    let net = redactor.net();
    let mut veil = Veil { net: &net, scanned: HashMap::new() };
    findings.iter().map(|finding| veil.fault(finding)).collect()
}

/// The secrets in the texts that a finding points at.
fn learn(finding: &Finding, redactor: &Redactor) {
    for label in std::iter::once(&finding.primary).chain(&finding.related) {
        if let Site::Text(place) = &label.site {
            redactor.source(place.source());
        }
    }
}

struct Veil<'a> {
    net: &'a Net,
    scanned: HashMap<*const Source, Arc<[Range<usize>]>>,
}

impl Veil<'_> {
    fn row(&mut self, row: &crate::outcome::Judged) -> Row {
        Row {
            check: row.check,
            rule: row.rule,
            subject: self.text(&row.subject.name),
            optional: row.subject.optional,
            came: match &row.outcome {
                Outcome::Pass(observed) => Came::Pass { observed: self.text(observed) },
                Outcome::Fail(finding) => Came::Fail(self.fault(finding)),
                Outcome::Skip(reason) => Came::Skip { reason: self.text(reason) },
                Outcome::Unknown(unknown) => self.unknown(unknown),
            },
            waived: row.waived.as_deref().map(|reason| self.text(reason)),
            duration: row.duration,
        }
    }

    fn unknown(&self, unknown: &Unknown) -> Came {
        let cause = match &unknown.cause {
            Cause::Absent => "absent",
            Cause::Denied => "denied",
            Cause::TimeOut => "time-out",
            Cause::Unsupported => "unsupported",
            Cause::Failed => "failed",
            Cause::NotAllowed => "not-allowed",
            Cause::Blocked(_) => "blocked",
        };
        let blocked_by = match &unknown.cause {
            Cause::Blocked(by) => Some(self.text(by)),
            _ => None,
        };
        Came::Unknown { cause, blocked_by, reason: self.text(&unknown.detail) }
    }

    fn fault(&mut self, finding: &Finding) -> Fault {
        Fault {
            severity: finding.severity,
            message: self.text(&finding.message),
            primary: self.mark(&finding.primary),
            related: finding.related.iter().map(|label| self.mark(label)).collect(),
            help: self.text(&finding.help),
        }
    }

    fn mark(&mut self, label: &Label) -> Mark {
        let at = match &label.site {
            Site::Text(place) => At::Excerpt(self.excerpt(place)),
            Site::Thing(name) => At::Thing(self.text(name)),
        };
        Mark { at, text: self.text(&label.text) }
    }

    fn text(&self, text: &str) -> String {
        harmless(&self.net.mask(text))
    }

    fn excerpt(&mut self, place: &Place) -> Excerpt {
        let source = place.source();
        let secret = Arc::clone(
            (self.scanned.entry(Arc::as_ptr(source))).or_insert_with(|| self.net.ranges_of_source(source).into()),
        );
        let text = source.text();
        let range = place.range();
        let from = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let to = text[range.start..].find('\n').map_or(text.len(), |at| at + range.start);
        let to = from + text[from..to].trim_end_matches('\r').len();
        let within = |range: &Range<usize>| range.start < to && from < range.end;
        let first = secret.partition_point(|range| range.end <= from);
        let hidden = secret[first..].iter().take_while(|range| within(range));
        let hidden: Vec<_> = hidden.map(|range| range.start.max(from)..range.end.min(to)).collect();
        let (line, span) = masked(text, from..to, &hidden, range.start.min(to)..range.end.min(to));
        let (line, span) = clipped(&line, span);
        let line = drawable(&line);
        let start = start_of(place, &secret);
        let end = end_of(place, start, &secret);
        Excerpt { file: self.text(place.file()), start, end, line, span }
    }
}

/// Where a place starts. One within a secret starts where that does, as far as it is on the same line.
fn start_of(place: &Place, secret: &[Range<usize>]) -> Position {
    let start = place.range().start;
    let from = place.source().text()[..start].rfind('\n').map_or(0, |at| at + 1);
    match secret.iter().find(|range| range.start < start && start < range.end) {
        Some(range) => place.source().place(range.start.max(from), start).start(),
        None => place.start(),
    }
}

/// Where a place ends, counted with the masks that lie in it.
fn end_of(place: &Place, start: Position, secret: &[Range<usize>]) -> Position {
    let (text, range, end) = (place.source().text(), place.range(), place.end());
    let line = text[..range.end].rfind('\n').map_or(0, |at| at + 1);
    let on_one_line = line <= range.start;
    let (from, column) = if on_one_line { (range.start, start.column) } else { (line, 1) };
    let mut width = 0;
    let mut at = from;
    for hidden in secret.iter().filter(|hidden| hidden.start < range.end && from < hidden.end) {
        width += text.get(at..hidden.start).unwrap_or_default().chars().count() + MASK.chars().count();
        at = hidden.end.min(range.end);
    }
    width += text.get(at..range.end).unwrap_or_default().chars().count();
    Position { line: end.line, column: column + width }
}

/// A line with its hidden ranges replaced by masks, and the span where it lies then.
fn masked(text: &str, line: Range<usize>, hidden: &[Range<usize>], span: Range<usize>) -> (String, Range<usize>) {
    let mut out = String::new();
    let (mut start, mut end) = (None, None);
    let mut from = line.start;
    for range in hidden.iter().cloned().chain(std::iter::once(line.end..line.end)) {
        let open = from..range.start;
        // An offset that lies in a hidden range moves to the mask's edge.
        let at =
            |offset: usize, out: &String| (offset <= open.end).then(|| out.len() + offset.saturating_sub(open.start));
        start = start.or_else(|| at(span.start, &out).filter(|_| span.start < open.end || range.is_empty()));
        end = end.or_else(|| at(span.end, &out));
        out += text.get(open).unwrap_or_default();
        if !range.is_empty() {
            start = start.or_else(|| (span.start < range.end).then_some(out.len()));
            out += MASK;
            end = end.or_else(|| (span.end <= range.end).then_some(out.len()));
        }
        from = range.end;
    }
    let start = start.unwrap_or(out.len());
    let end = end.unwrap_or(out.len()).max(start);
    (out, start..end)
}

/// The part of a line around the span's start, where the line is long.
fn clipped(line: &str, span: Range<usize>) -> (String, Range<usize>) {
    let before = line[..span.start].char_indices().rev().nth(BESIDE).map_or(0, |(at, _)| at);
    let after = line[span.start..].char_indices().nth(BESIDE).map_or(line.len(), |(at, _)| at + span.start);
    let (lead, tail) = (if before > 0 { "…" } else { "" }, if after < line.len() { "…" } else { "" });
    let start = span.start - before + lead.len();
    let end = span.end.min(after) - before + lead.len();
    (format!("{lead}{}{tail}", &line[before..after]), start..end)
}

/// Without control characters and marks that turn the direction of writing: what a hostile file says must not move
/// the cursor or show one text as another. Nor with the stand-ins of `snippet.rs`.
fn harmless(text: &str) -> String {
    let harmful = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{e000}' | '\u{e001}')
    };
    text.trim_end().chars().map(|c| if harmful(c) { '\u{fffd}' } else { c }).collect()
}

/// A line that may be drawn: the drawer makes pictures of most control characters; these it lets through. Of the same
/// lengths in bytes, so that spans stay.
fn drawable(line: &str) -> String {
    let picture = |c: char| match c {
        '\u{80}'..='\u{9f}' => '¿',
        '\u{200e}' | '\u{200f}' | '\u{e000}' | '\u{e001}' | '\u{2028}' | '\u{2029}' => '\u{fffd}',
        c => c,
    };
    line.chars().map(picture).collect()
}
