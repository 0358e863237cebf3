//! The table of rows, the findings below it, the verdict last.

use std::collections::BTreeMap;

use annotate_snippets::Renderer;
use annotate_snippets::renderer::{AnsiColor, Effects, Style};
use comfy_table::{ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle, Width};

use super::shown::{Came, Fault, Row, Shown};
use super::{Options, Summary, snippet};
use crate::finding::Severity;
use crate::verdict::Verdict;

/// Below this many columns, what was observed stands under the rule and not beside it.
const NARROW: usize = 90;

/// The report as text for people.
pub(super) fn render(shown: &Shown, options: &Options) -> String {
    let mut out = String::new();
    if !options.quiet {
        let lines = lines(shown, options);
        if !lines.is_empty() {
            out += &coloured(&table(&lines, options), options);
            out.push('\n');
        }
    }
    for row in &shown.rows {
        if let Came::Fail(fault) = &row.came
            && (row.waived.is_none() || options.verbose)
        {
            out += &snippet::draw(row.rule, fault, &renderer(options));
            out.push('\n');
            if let Some(reason) = &row.waived {
                out += &format!("  waived: {reason}\n");
            }
            out.push('\n');
        }
    }
    if !options.quiet {
        for note in &shown.notes {
            out += &format!("note: {note}\n");
        }
        if !shown.notes.is_empty() {
            out.push('\n');
        }
    }
    out + &verdict(shown, options) + "\n"
}

/// Findings alone, each with a blank line behind it.
pub(super) fn findings(faults: &[Fault], code: &str, options: &Options) -> String {
    faults.iter().map(|fault| snippet::draw(code, fault, &renderer(options)) + "\n\n").collect()
}

fn renderer(options: &Options) -> Renderer {
    let renderer = if options.colour { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(options.width.max(20))
}

/// A line of the table: outcome, rule, subject, what was observed.
struct Line {
    outcome: &'static str,
    rule: String,
    subject: String,
    observed: String,
    /// Whether it may be cut to fit into one line of text: it is told in full elsewhere, or is good news.
    short: bool,
}

/// What is shown, what needs no attention first, so that the rest stands near the findings and the verdict.
fn lines(shown: &Shown, options: &Options) -> Vec<Line> {
    let mut lines = if options.verbose { every(shown, "pass") } else { passes(shown) };
    lines.extend(if options.verbose { every(shown, "skip") } else { skips(shown) });
    lines.extend(unknowns(shown, options));
    for severity in [Severity::Info, Severity::Warning, Severity::Error] {
        lines.extend(shown.rows.iter().filter_map(|row| fail(row, severity)));
    }
    lines
}

fn every(shown: &Shown, outcome: &str) -> Vec<Line> {
    let line = |row: &Row| match &row.came {
        Came::Pass { observed: text } | Came::Skip { reason: text } if row.came.name() == outcome => {
            Some(Line { short: false, ..one(row, row.came.name(), text.clone()) })
        }
        _ => None,
    };
    shown.rows.iter().filter_map(line).collect()
}

fn one(row: &Row, outcome: &'static str, observed: String) -> Line {
    Line { outcome, rule: row.rule.to_owned(), subject: row.subject.clone(), observed, short: true }
}

/// One line a rule, with its subjects.
fn passes(shown: &Shown) -> Vec<Line> {
    let mut rules: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
    for row in &shown.rows {
        let Came::Pass { observed } = &row.came else { continue };
        let at = rules.iter().position(|(rule, ..)| *rule == row.rule).unwrap_or_else(|| {
            rules.push((row.rule, Vec::new(), Vec::new()));
            rules.len() - 1
        });
        if let Some((_, subjects, seen)) = rules.get_mut(at) {
            subjects.push(&row.subject);
            if !seen.contains(&observed.as_str()) {
                seen.push(observed);
            }
        }
    }
    let line = |(rule, subjects, seen): (&str, Vec<&str>, Vec<&str>)| Line {
        outcome: "pass",
        rule: rule.to_owned(),
        subject: counted(&subjects),
        observed: seen.join(" · "),
        short: true,
    };
    rules.into_iter().map(line).collect()
}

/// One line a reason, with the rules.
fn skips(shown: &Shown) -> Vec<Line> {
    grouped(shown, "skip", |row| match &row.came {
        Came::Skip { reason } => Some(reason.clone()),
        _ => None,
    })
}

fn grouped(shown: &Shown, outcome: &'static str, reason: impl Fn(&Row) -> Option<String>) -> Vec<Line> {
    let mut reasons: Vec<(String, Vec<&Row>)> = Vec::new();
    for row in &shown.rows {
        let Some(reason) = reason(row) else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, rows)) => rows.push(row),
            None => reasons.push((reason, vec![row])),
        }
    }
    let line = |(reason, rows): (String, Vec<&Row>)| {
        let mut rules: Vec<&str> = rows.iter().map(|row| row.rule).collect();
        rules.dedup();
        let subject = match rows.as_slice() {
            [row] => row.subject.clone(),
            rows => format!("{} rows", rows.len()),
        };
        Line { outcome, rule: counted(&rules), subject, observed: reason, short: false }
    };
    reasons.into_iter().map(line).collect()
}

/// One line each, but those that are blocked by one cause together.
fn unknowns(shown: &Shown, options: &Options) -> Vec<Line> {
    let blocked = grouped(shown, "unknown", |row| match &row.came {
        Came::Unknown { blocked_by: Some(by), .. } if !options.verbose => Some(format!("blocked by {by}")),
        _ => None,
    });
    let single = shown.rows.iter().filter_map(|row| match &row.came {
        // Why is told in the row that blocks it.
        Came::Unknown { blocked_by: Some(by), .. } if options.verbose => {
            Some(Line { short: false, ..one(row, "unknown", format!("blocked by {by}")) })
        }
        Came::Unknown { blocked_by: None, cause, reason } => {
            let optional = if row.optional { " (optional)" } else { "" };
            Some(Line { short: false, ..one(row, "unknown", format!("{cause}: {reason}{optional}")) })
        }
        _ => None,
    });
    let mut lines: Vec<Line> = single.collect();
    lines.extend(blocked);
    lines
}

fn fail(row: &Row, severity: Severity) -> Option<Line> {
    let Came::Fail(fault) = &row.came else { return None };
    let outcome = match (&row.waived, fault.severity) {
        (Some(_), _) => "waived",
        (None, Severity::Error) => "fail",
        (None, Severity::Warning) => "warning",
        (None, Severity::Info) => "info",
    };
    let observed = match &row.waived {
        Some(reason) => format!("{} (waived: {reason})", fault.message),
        None => fault.message.clone(),
    };
    // A waived finding is not drawn below: here is all that is told of it.
    (fault.severity == severity).then(|| Line { short: row.waived.is_none(), ..one(row, outcome, observed) })
}

/// `gui`, or `3: gui, api, agent`.
fn counted(names: &[&str]) -> String {
    match names {
        [name] => (*name).to_owned(),
        names => format!("{}: {}", names.len(), names.join(", ")),
    }
}

fn table(lines: &[Line], options: &Options) -> String {
    let narrow = options.width < NARROW;
    let mut table = Table::new();
    let style = TableStyle::new()
        .header_lines(ContentLineStyle::none())
        .header_separator(LineStyle::none().fill('─').junction('─'));
    table.load_style(style).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(options.width).unwrap_or(u16::MAX).max(24));
    if narrow {
        table.set_header(["outcome", "rule, subject, observed"]);
    } else {
        table.set_header(["outcome", "rule", "subject", "observed"]);
    }
    for line in lines {
        let mut row = if narrow {
            let rule = format!("{} {}", line.rule, line.subject);
            comfy_table::Row::from(vec![
                line.outcome.to_owned(),
                format!("{rule}\n{}", line.observed).replace('\t', " "),
            ])
        } else {
            let cells = [line.outcome, &line.rule, &line.subject, &line.observed];
            comfy_table::Row::from(cells.map(|cell| cell.replace(['\n', '\t'], " ")))
        };
        if line.short {
            row.max_height(if narrow { 2 } else { 1 });
        }
        table.add_row(row);
    }
    let limits = if narrow { vec![] } else { vec![(1, 36), (2, 26)] };
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 1)).set_constraint(ColumnConstraint::ContentWidth);
    }
    for (index, share) in limits {
        if let Some(column) = table.column_mut(index) {
            column.set_constraint(ColumnConstraint::UpperBoundary(Width::Percentage(share)));
        }
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

/// Colours the outcomes, which stand at the beginnings of lines.
fn coloured(table: &str, options: &Options) -> String {
    if !options.colour {
        return table.to_owned();
    }
    let styles: BTreeMap<&str, Style> = [
        ("pass", AnsiColor::Green.on_default()),
        ("skip", AnsiColor::BrightBlack.on_default()),
        ("waived", AnsiColor::BrightBlack.on_default()),
        ("unknown", AnsiColor::Magenta.on_default()),
        ("info", AnsiColor::BrightBlue.on_default()),
        ("warning", AnsiColor::Yellow.on_default()),
        ("fail", AnsiColor::BrightRed.on_default().effects(Effects::BOLD)),
    ]
    .into();
    let line = |line: &str| {
        let word = line.split(' ').next().unwrap_or_default();
        let rest = line.get(word.len()..).unwrap_or_default();
        match styles.get(word) {
            Some(style) => format!("{style}{word}{style:#}{rest}\n"),
            None => format!("{line}\n"),
        }
    };
    table.lines().map(line).collect()
}

/// `NO-GO  3 failed · 1 warning · 24 passed · 2 unknown  0.41 s`
fn verdict(shown: &Shown, options: &Options) -> String {
    let title = shown.verdict.title();
    let title = match (options.colour, shown.verdict) {
        (false, _) => title.to_owned(),
        (true, verdict) => {
            let colour = match verdict {
                Verdict::Go => AnsiColor::Green,
                Verdict::NoGo => AnsiColor::BrightRed,
                Verdict::NoVerdict => AnsiColor::Magenta,
            };
            let style = colour.on_default().effects(Effects::BOLD);
            format!("{style}{title}{style:#}")
        }
    };
    format!("{title}  {}  {:.2} s", counts(&shown.summary), shown.elapsed.as_secs_f64())
}

fn counts(summary: &Summary) -> String {
    let Summary { failed, warnings, infos, waived, passed, skipped, unknown } = *summary;
    let warning = if warnings == 1 { "warning" } else { "warnings" };
    let parts = [
        (failed, "failed"),
        (warnings, warning),
        (infos, "info"),
        (waived, "waived"),
        (passed, "passed"),
        (unknown, "unknown"),
        (skipped, "skipped"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if parts.is_empty() { "nothing was evaluated".to_owned() } else { parts.join(" · ") }
}
