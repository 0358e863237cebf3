//! Waivers: findings that are known and accepted for now. Applied once, when everything is judged.
//!
//! A waiver that has expired counts no more and is a finding itself; one that nothing needs is a warning. Both are
//! rows of rules of their own, [`EXPIRED`] and [`UNUSED`].

use std::time::Duration;

use jiff::civil::Date;
use regex::Regex;

use crate::check::Rule;
use crate::document::Node;
use crate::finding::{Finding, Site};
use crate::gatefile::GateFile;
use crate::outcome::Judged;
use crate::outcome::{Outcome, Subject};
use crate::place::Place;

/// The name of the check that these rows belong to.
pub const CHECK: &str = "waivers";

/// The rule that fails for a waiver that has expired.
pub const EXPIRED: &str = "waivers/expired";

/// What must hold for [`EXPIRED`].
pub const EXPIRED_TITLE: &str = "no waiver has expired";

/// The rule that warns of a waiver that nothing needs.
pub const UNUSED: &str = "waivers/unused";

/// What must hold for [`UNUSED`].
pub const UNUSED_TITLE: &str = "every waiver waives something";

/// A waiver, as the gate file has it.
#[derive(Debug, Clone)]
struct Waiver<'a> {
    node: &'a Node,
    rule: &'a str,
    subject: Option<(&'a str, Regex)>,
    reason: &'a str,
    until: Option<Date>,
}

/// Today in UTC: a waiver ends at midnight UTC.
pub fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Waives the findings that a gate file waives, and adds the rows of [`EXPIRED`] and [`UNUSED`], if they are among the
/// rules that are `due` in this run. A run that evaluated nothing else gets none: they are no evidence for a GO.
pub fn apply(gate: &GateFile, due: &[&Rule], today: Date, results: &mut Vec<Judged>) {
    let waivers: Vec<_> = gate.section(CHECK).into_iter().flat_map(Node::items).filter_map(Waiver::of).collect();
    let mut waived = vec![Vec::new(); waivers.len()];
    for row in results.iter_mut() {
        if !matches!(row.outcome, Outcome::Fail(_)) {
            continue;
        }
        for (waiver, waived) in waivers.iter().zip(&mut waived) {
            if waiver.covers(row) && !waiver.has_expired(today) {
                waived.push(row.subject.name.clone());
                row.waived.get_or_insert_with(|| waiver.stated());
            }
        }
    }
    if !results.iter().any(|row| matches!(row.outcome, Outcome::Pass(_) | Outcome::Fail(_))) {
        return;
    }
    let is_due = |code: &str| due.iter().any(|rule| rule.code == code);
    let expired = waivers.iter().map(|waiver| waiver.row(EXPIRED, waiver.expiry(today)));
    let mut rows: Vec<_> = expired.filter(|_| is_due(EXPIRED)).collect();
    for (waiver, waived) in waivers.iter().zip(&waived) {
        if is_due(UNUSED) && is_due(waiver.rule) && !waiver.has_expired(today) {
            rows.push(waiver.row(UNUSED, waiver.use_of(waived, results)));
        }
    }
    results.append(&mut rows);
}

impl<'a> Waiver<'a> {
    fn of(node: &'a Node) -> Option<Self> {
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        let subject = match text("subject") {
            Some(subject) => Some((subject, wildcard(subject)?)),
            None => None,
        };
        let until = text("until").and_then(|day| day.parse().ok());
        Some(Self { node, rule: text("rule")?, subject, reason: text("reason")?, until })
    }

    fn names(&self, subject: &str) -> bool {
        self.subject.as_ref().is_none_or(|(_, pattern)| pattern.is_match(subject))
    }

    fn covers(&self, row: &Judged) -> bool {
        row.rule == self.rule && self.names(&row.subject.name)
    }

    fn has_expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// Whether the rule could not be evaluated on something that this waiver may be for.
    fn undecided(&self, results: &[Judged]) -> bool {
        let open = |row: &Judged| matches!(row.outcome, Outcome::Unknown(_) | Outcome::Skip(_));
        // A rule that did not even find its subjects has one row, under its check's name.
        let all = |row: &Judged| row.rule == self.rule && row.subject.name == row.check;
        results.iter().any(|row| open(row) && (self.covers(row) || all(row)))
    }

    fn stated(&self) -> String {
        let reason = self.reason.trim();
        self.until.map_or_else(|| reason.to_owned(), |until| format!("{reason} (until {until})"))
    }

    fn title(&self) -> String {
        self.subject
            .as_ref()
            .map_or_else(|| self.rule.to_owned(), |(subject, _)| format!("{} on {subject}", self.rule))
    }

    fn site(&self, key: &str) -> Site {
        let at = self.node.get(key).and_then(Node::place).or_else(|| self.node.place());
        at.map_or_else(|| Site::Thing("the gate file".to_owned()), Site::from)
    }

    fn line(&self) -> usize {
        self.node.place().map_or(0, |place: &Place| place.start().line)
    }

    fn expiry(&self, today: Date) -> Outcome {
        let Some(until) = self.until else { return Outcome::pass("it has no end") };
        if !self.has_expired(today) {
            return Outcome::pass(format!("until {until}"));
        }
        let days = until.until(today).map_or(0, |span| span.get_days());
        let ago = if days == 1 { "yesterday".to_owned() } else { format!("{days} days ago") };
        Finding::error(format!("the waiver of {} has expired", self.title()), self.site("until"))
            .label(format!("it ended {ago}"))
            .related(self.site("rule"), "what it waived")
            .help(format!("mend what {} finds and remove the waiver, or set a later `until`", self.rule))
            .into()
    }

    fn use_of(&self, waived: &[String], results: &[Judged]) -> Outcome {
        match waived {
            [] if self.undecided(results) => Outcome::skip(format!("{} could not be evaluated", self.title())),
            [] => Finding::warning(format!("the waiver of {} waives nothing", self.title()), self.site("rule"))
                .label("no such finding")
                .help("remove the waiver")
                .into(),
            [subject] => Outcome::pass(format!("it waives a finding on {subject}")),
            many => Outcome::pass(format!("it waives {} findings", many.len())),
        }
    }

    fn row(&self, rule: &'static str, outcome: Outcome) -> Judged {
        let title = if rule == EXPIRED { EXPIRED_TITLE } else { UNUSED_TITLE };
        // Two waivers may be for the same.
        let subject = Subject::new(format!("{} (line {})", self.title(), self.line())).at(Some(self.site("rule")));
        Judged { check: CHECK, rule, title, subject, outcome, waived: None, duration: Duration::ZERO }
    }
}

/// A subject in which `*` stands for any text and `?` for any character.
fn wildcard(subject: &str) -> Option<Regex> {
    let pattern: String = (subject.chars())
        .map(|c| match c {
            '*' => ".*".to_owned(),
            '?' => ".".to_owned(),
            c => regex::escape(c.encode_utf8(&mut [0; 4])),
        })
        .collect();
    Regex::new(&format!("(?s)^{pattern}$")).ok()
}

#[cfg(test)]
#[path = "waiver_tests.rs"]
mod tests;
