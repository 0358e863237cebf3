//! Odd input: no format panics, on any place in any text, at any width.

use super::*;

/// Texts with everything that has broken a drawer of snippets before.
const TEXTS: &[&str] = &[
    "",
    "\n",
    "\r\n",
    "a",
    "a\n",
    "a\r\nb\r\n",
    "\ta:\tb\t# c\n\t\t- d",
    "宽字符: 值 # ｗｉｄｅ\n👩‍👩‍👧‍👦: e\u{301}\u{202e}x\n",
    "password: hunter2\npassword: |\n  one\n  two\n",
    "a\u{0}b\u{1b}[31mred\u{9b}31m\u{7f}\n\u{feff}x\u{200b}y\u{2028}z\n",
    "\u{e000}0\u{e001}:1:1\n",
    "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
    "x: http://u:p@h/?token=t&y=z \"TOKEN=\"",
];

#[test]
fn every_place_of_every_text() {
    for text in TEXTS {
        let source = Source::new("dir/file name.yml", None, *text);
        for start in 0..=text.len() {
            for end in [start, start + 1, start + 4, text.len(), usize::MAX] {
                draw(source.place(start, end), source.place(end, end));
            }
        }
    }
}

fn draw(primary: crate::place::Place, related: crate::place::Place) {
    let finding = Finding::error("m\u{1b}[2Jessage\nof two lines", &primary).label("l").related(related, "");
    let report = report(vec![row("a/b", "subject", finding)]);
    let shown = Shown::new(&report, &Redactor::new());
    for format in [Format::Table, Format::Json, Format::Junit] {
        let text = render(&shown, format, &Options { width: 40, ..PLAIN });
        assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text}");
        assert!(!text.contains("hunter2") && !text.contains("MIIB"), "{text}");
    }
}

#[test]
fn long_lines_are_cut_around_the_span() {
    let text = format!("{} here {}", "宽".repeat(50_000), "x".repeat(50_000));
    let source = Source::new("a.json", None, text.as_str());
    let at = text.find("here").unwrap_or_default();
    let report = report(vec![row("a/b", "x", Finding::error("m", source.place(at, at + 4)))]);
    let drawn = super::text(&report, Format::Table, &Options { quiet: true, ..PLAIN });
    assert!(drawn.len() < 2_000, "{} bytes", drawn.len());
    assert!(drawn.contains("a.json:1:50002\n") && drawn.contains("here") && drawn.contains("^^^^"), "{drawn}");
    let whole = Finding::error("m", source.place(0, text.len()));
    let drawn = super::text(&super::report(vec![row("a/b", "x", whole)]), Format::Table, &PLAIN);
    assert!(drawn.len() < 4_000, "{} bytes", drawn.len());
}

#[test]
fn many_places_on_one_line_and_far_apart() {
    let text = "a: b c d e f\n".repeat(2_000);
    let source = Source::new("a.yml", None, text.as_str());
    let mut finding = Finding::warning("m", source.place(3, 4)).label("one");
    for at in [3, 5, 7, 9, 11, 13_000, 25_000, 3] {
        finding = finding.related(source.place(at, at + 1), "another");
    }
    let drawn = super::text(&report(vec![row("a/b", "x", finding)]), Format::Table, &PLAIN);
    assert!(drawn.contains("a.yml:1001:1"), "{drawn}");
    assert!(drawn.lines().count() < 60, "{drawn}");
}

#[test]
fn any_width_any_text() {
    let long = "very-long-subject/".repeat(40);
    let wide = "宽👩‍👩‍👧‍👦\t\u{301}".repeat(60);
    let rows = || {
        vec![
            row("a/b", &long, Outcome::pass(wide.clone())),
            row("a/b", "", Outcome::pass("")),
            row("a/c", &wide, Outcome::skip(long.clone())),
            row("a/d", "x\ny", Outcome::Unknown(Unknown::failed("one\ntwo\r\nthree"))),
            row("a/e", &long, mismatch()),
        ]
    };
    for width in [0, 1, 2, 10, 24, 40, 89, 90, 400, 70_000] {
        for (colour, verbose, quiet) in [(false, false, false), (true, true, false), (true, false, true)] {
            let options = Options { width, colour, verbose, quiet };
            assert!(text(&report(rows()), Format::Table, &options).ends_with("0.41 s\n") || colour);
        }
    }
}

#[test]
fn a_place_at_the_end_of_a_file() {
    let source = Source::new("a.yml", None, "a: b\nc: d");
    let finding = Finding::error("it ends too early", source.place(9, 9)).label("here");
    let expected = "\
error[a/b]: it ends too early
 --> a.yml:2:5
  |
2 | c: d
  |     ^ here

NO-GO  1 failed  0.41 s
";
    let quiet = Options { quiet: true, ..PLAIN };
    assert_eq!(text(&report(vec![row("a/b", "x", finding)]), Format::Table, &quiet), expected);
}
