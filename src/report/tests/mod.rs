//! Tests of the renderers, on reports given as data.

mod canary;
mod formats;
mod odd;
mod table;

use std::time::Duration;

use super::{Format, Judged, Options, Report, Shown, render};
use crate::check::Stage;
use crate::fact::{Cause, Unknown};
use crate::finding::{Finding, Severity};
use crate::outcome::{Outcome, Subject};
use crate::place::Source;
use crate::secret::Redactor;
use crate::verdict::Verdict;

const PLAIN: Options = Options { colour: false, width: 120, verbose: false, quiet: false };

fn row(rule: &'static str, subject: &str, outcome: impl Into<Outcome>) -> Judged {
    let check = rule.split_once('/').map_or(rule, |(check, _)| check);
    Judged {
        check,
        rule,
        title: "what must hold",
        subject: Subject::new(subject),
        outcome: outcome.into(),
        waived: None,
        duration: Duration::from_micros(1500),
    }
}

fn report(results: Vec<Judged>) -> Report {
    Report {
        stage: Stage::Restart,
        project: Some("lab".to_owned()),
        verdict: Verdict::decide(&results, Severity::Error),
        fail_on: Severity::Error,
        results,
        notes: Vec::new(),
        elapsed: Duration::from_millis(412),
    }
}

fn text(report: &Report, format: Format, options: &Options) -> String {
    render(&Shown::new(report, &Redactor::new()), format, options)
}

/// The finding of the post-mortem: two places in two files, and one that is no text.
fn mismatch() -> Finding {
    let script = Source::new("ssh-tunnel-lab.sh", None, "#!/bin/sh\nssh -N -L 5050:localhost:5050 pi\n");
    let compose = Source::new(
        "compose.yaml",
        None,
        "services:\n  gui:\n    ports:\n      - \"5051:5051\"\n    environment:\n      AUTH_TOKEN: hunter2-hunter2 # ours\n",
    );
    let at = compose.text().find("5051:5051").unwrap_or_default();
    Finding::error("the tunnel forwards to :5050, gui listens on :5051", script.place(20, 39))
        .label("forwards to :5050")
        .related(compose.place(at, at + 9), "publishes :5051")
        .related(crate::finding::Site::Thing("container lab-gui-1".to_owned()), "listens on :5051")
        .help("ssh -N -L 5050:localhost:5051 pi")
}

/// A report with a row of each kind.
fn every_kind() -> Report {
    let compose = Source::new("compose.yaml", None, "services:\n  redis:\n    image: redis:latest\n");
    let latest = Finding::warning("redis has no version", compose.place(29, 41)).help("name a version");
    let open = Finding::warning("redis listens on every address", compose.line(2)).label("here");
    let mut waived = row("ports/published-on-all-addresses", "redis", open);
    waived.waived = Some("lab only".to_owned());
    let blocked = || Unknown::new(Cause::Blocked("docker/unreachable".to_owned()), "no engine");
    let mut optional = row("ports/taken", "tftp", Outcome::Unknown(Unknown::new(Cause::Denied, "not root")));
    optional.subject.optional = true;
    let mut report = report(vec![
        row("compose/invalid", "compose.yaml", Outcome::pass("resolves: 3 services")),
        row("compose/image-latest", "gui", Outcome::pass("gui:1.2")),
        row("compose/image-latest", "api", Outcome::pass("api:1.0")),
        row("compose/image-latest", "redis", latest),
        row("containers/restart-loop", "gui", Outcome::Unknown(blocked())),
        row("containers/restart-loop", "api", Outcome::Unknown(blocked())),
        row("containers/unhealthy", "gui", Outcome::Unknown(blocked())),
        row("docker/unreachable", "engine", Outcome::Unknown(Unknown::failed("connect: refused"))),
        waived,
        optional,
        row("ports/taken", "gui", Outcome::skip("not asked with --offline")),
        row("ports/taken", "api", Outcome::skip("not asked with --offline")),
        row("tunnels/target-port-mismatch", "lab", mismatch()),
    ]);
    report.notes.push("the gate file is not trusted".to_owned());
    report
}
