//! The text for people, in full.

use super::*;

#[test]
fn a_report_with_everything() {
    let expected = "\
outcome   rule                                       subject        observed
───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
pass      compose/invalid                            compose.yaml   resolves: 3 services
pass      compose/image-latest                       2: gui, api    gui:1.2 · api:1.0
skip      ports/taken                                2 rows         not asked with --offline
unknown   docker/unreachable                         engine         failed: connect: refused
unknown   ports/taken                                tftp           denied: not root (optional)
unknown   2: containers/restart-loop,                3 rows         blocked by docker/unreachable
          containers/unhealthy
warning   compose/image-latest                       redis          redis has no version
waived    ports/published-on-all-addresses           redis          redis listens on every address (waived: lab only)
fail      tunnels/target-port-mismatch               lab            the tunnel forwards to :5050, gui listens on :5051

warning[compose/image-latest]: redis has no version
 --> compose.yaml:3:11
  |
3 |     image: redis:latest
  |           ^^^^^^^^^^^^
  |
  = help: name a version

error[tunnels/target-port-mismatch]: the tunnel forwards to :5050, gui listens on :5051
 --> ssh-tunnel-lab.sh:2:11
  |
2 | ssh -N -L 5050:localhost:5050 pi
  |           ^^^^^^^^^^^^^^^^^^^ forwards to :5050
  |
 ::: compose.yaml:4:10
  |
4 |       - \"5051:5051\"
  |          --------- publishes :5051
  |
  = note: container lab-gui-1: listens on :5051
  = help: ssh -N -L 5050:localhost:5051 pi

note: the gate file is not trusted

NO-GO  1 failed · 1 warning · 1 waived · 3 passed · 5 unknown · 2 skipped  0.41 s
";
    assert_eq!(text(&every_kind(), Format::Table, &PLAIN), expected);
}

#[test]
fn quiet_shows_findings_and_verdict_only() {
    let quiet = text(&every_kind(), Format::Table, &Options { quiet: true, ..PLAIN });
    assert!(quiet.starts_with("warning[compose/image-latest]"), "{quiet}");
    assert!(!quiet.contains("pass ") && !quiet.contains("note: the gate file"), "{quiet}");
    assert!(quiet.ends_with("2 skipped  0.41 s\n"), "{quiet}");
}

#[test]
fn verbose_shows_every_row_and_waived_findings() {
    let verbose = text(&every_kind(), Format::Table, &Options { verbose: true, ..PLAIN });
    for line in [
        "pass      compose/image-latest               gui            gui:1.2\n",
        "skip      ports/taken                        api            not asked with --offline\n",
        "unknown   containers/restart-loop            api            blocked by docker/unreachable\n",
        "warning[ports/published-on-all-addresses]: redis listens on every address\n",
        "  waived: lab only\n",
    ] {
        assert!(verbose.contains(line), "{line}in\n{verbose}");
    }
    let rows = every_kind().results.len();
    assert_eq!(verbose.lines().skip(2).take_while(|line| !line.is_empty()).count(), rows);
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    for width in [40, 60, 120] {
        for verbose in [false, true] {
            let plain = Options { width, verbose, ..PLAIN };
            let coloured = text(&every_kind(), Format::Table, &Options { colour: true, ..plain });
            assert!(coloured.contains("\u{1b}["));
            assert_eq!(without_colour(&coloured), text(&every_kind(), Format::Table, &plain));
        }
    }
}

fn without_colour(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn the_verdicts() {
    let last = |results| {
        let text = text(&report(results), Format::Table, &PLAIN);
        text.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(last(vec![]), "NO VERDICT  nothing was evaluated  0.41 s");
    assert_eq!(last(vec![row("a/b", "x", Outcome::pass("fine"))]), "GO  1 passed  0.41 s");
    assert_eq!(last(vec![row("a/b", "x", Outcome::skip("offline"))]), "NO VERDICT  1 skipped  0.41 s");
    assert_eq!(last(vec![row("a/b", "x", mismatch())]), "NO-GO  1 failed  0.41 s");
}

#[test]
fn many_passes_fit_on_a_screen() {
    let rules: [&'static str; 8] = ["a/one", "a/two", "a/three", "b/four", "b/five", "b/six", "c/seven", "c/eight"];
    let services = ["gui", "api", "agent", "redis", "tftp"];
    let rows = rules.iter().flat_map(|rule| {
        services.iter().map(|service| row(rule, service, Outcome::pass(format!("{service}: {}", "seen ".repeat(20)))))
    });
    for width in [90, 120, 200] {
        let text = text(&report(rows.clone().collect()), Format::Table, &Options { width, ..PLAIN });
        assert_eq!(text.lines().count(), 2 + rules.len() + 2, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
    }
}

#[test]
fn a_masked_line_keeps_its_caret_and_its_column() {
    let compose = Source::new("compose.yaml", None, "      - TOKEN=abc # and the port: 5051\n");
    let (token, port) = (compose.place(14, 17), compose.place(34, 38));
    let finding = Finding::error("they differ", token).label("differs").related(port, "here");
    let expected = "\
error[a/b]: they differ
 --> compose.yaml:1:15
  |
1 |       - TOKEN=•••••• # and the port: 5051
  |               ^^^^^^ differs         ---- here

NO-GO  1 failed  0.41 s
";
    let quiet = Options { quiet: true, ..PLAIN };
    assert_eq!(text(&report(vec![row("a/b", "x", finding)]), Format::Table, &quiet), expected);
}

#[test]
fn a_finding_about_a_thing() {
    let finding =
        Finding::error("it restarts again and again", crate::finding::Site::Thing("container lab-gui-1".into()))
            .label("exit code 3, 12 restarts")
            .help("docker logs lab-gui-1");
    let expected = "\
error[containers/restart-loop]: it restarts again and again
--> container lab-gui-1
 |
 = note: exit code 3, 12 restarts
 = help: docker logs lab-gui-1

NO-GO  1 failed  0.41 s
";
    let report = report(vec![row("containers/restart-loop", "gui", finding)]);
    assert_eq!(text(&report, Format::Table, &Options { quiet: true, ..PLAIN }), expected);
}

#[test]
fn a_finding_about_a_thing_and_a_text() {
    let compose = Source::new("compose.yaml", None, "services:\n  gui:\n    restart: always\n");
    let finding =
        Finding::error("it restarts again and again", crate::finding::Site::Thing("container lab-gui-1".into()))
            .related(compose.place(30, 36), "as it is told here");
    let expected = "\
error[containers/restart-loop]: it restarts again and again
 --> container lab-gui-1
  |
 ::: compose.yaml:3:14
  |
3 |     restart: always
  |              ------ as it is told here

NO-GO  1 failed  0.41 s
";
    let report = report(vec![row("containers/restart-loop", "gui", finding)]);
    assert_eq!(text(&report, Format::Table, &Options { quiet: true, ..PLAIN }), expected);
}
