//! Canaries in every text of a report and in every kind of source: no byte of theirs in any format.

use super::*;
use crate::finding::Site;
use crate::secret::Net;

const CANARY: &str = "cAnAry-7f3a-9b2e";

/// The canary in a source, and where it is pointed at.
fn sources() -> Vec<(&'static str, String)> {
    let c = CANARY;
    vec![
        ("compose.yaml", format!("services:\n  gui:\n    environment:\n      AUTH_TOKEN: {c}\n")),
        ("compose.yaml", format!("services:\n  gui:\n    environment:\n      - AUTH_TOKEN={c}\n")),
        ("compose.yaml", format!("command: [\"serve\", \"--auth-token\", \"{c}\"]\n")),
        ("compose.yaml", format!("FOO: ${{AUTH_TOKEN:-{c}}}\n")),
        ("compose.yaml", format!("URL: postgres://gui:{c}@db:5432/gui\n")),
        ("compose.yaml", format!("URL: https://{c}@host/\n")),
        ("compose.yaml", format!("URL: http://gui:5051/api?access_token={c}&x=1\n")),
        ("compose.yaml", format!("password: |\n  {c}\n")),
        (".env", format!("export AUTH_TOKEN='{c}'\n")),
        ("agent.json", format!("{{\"pypnm\": {{\"auth_token\": \"{c}\"}}}}\n")),
        ("config.py", format!("T = os.environ.get('AGENT_AUTH_TOKEN', '{c}')\n")),
        ("Dockerfile", format!("ENV AUTH_TOKEN={c} PORT=80\n")),
        ("tunnel.sh", format!("curl -H \"Authorization: Bearer {c}\" http://gui\n")),
        ("server.key", format!("-----BEGIN EC PRIVATE KEY-----\n{c}\n-----END EC PRIVATE KEY-----\n")),
    ]
}

fn all_formats(report: &Report, redactor: &Redactor) -> String {
    let shown = Shown::new(report, redactor);
    let mut all = format!("{shown:?}");
    for colour in [false, true] {
        for (verbose, quiet) in [(false, false), (true, false), (false, true)] {
            for width in [40, 120] {
                all += &render(&shown, Format::Table, &Options { colour, width, verbose, quiet });
            }
        }
    }
    all + &render(&shown, Format::Json, &PLAIN) + &render(&shown, Format::Junit, &PLAIN)
}

#[test]
fn no_line_of_a_source_shows_it_though_nothing_was_learned() {
    for (name, text) in sources() {
        let source = Source::new(name, None, text.as_str());
        for line in 1..=text.lines().count() {
            let finding = Finding::error("they differ", source.line(line)).related(source.line(line + 1), "from");
            let all = all_formats(&report(vec![row("agreements/differ", "gui", finding)]), &Redactor::new());
            assert!(!all.contains(CANARY), "{name}, line {line}: {text}\n{all}");
        }
        let at = text.find(CANARY).unwrap_or_default();
        let finding = Finding::error("they differ", source.place(at, at + CANARY.len())).label("differs");
        let all = all_formats(&report(vec![row("agreements/differ", "gui", finding)]), &Redactor::new());
        assert!(!all.contains(CANARY) && all.contains("differs"), "{text}\n{all}");
    }
}

#[test]
fn no_text_of_a_report_shows_what_was_read_anywhere() {
    for (name, text) in sources() {
        let redactor = Redactor::new();
        redactor.source(&Source::new(name, None, text));
        let all = all_formats(&everywhere(), &redactor);
        assert!(!all.contains(CANARY), "{name}\n{all}");
        assert!(all.contains("••••••"));
    }
}

/// The test above can fail: without the net, each of these texts is shown.
#[test]
fn without_a_net_it_is_shown_everywhere() {
    let shown = format!("{:?}", Shown::through(&everywhere(), &Net::default()));
    assert_eq!(shown.matches(CANARY).count(), 23, "{shown}");
}

/// A report with the canary in each of its texts, as a careless rule would put it there.
fn everywhere() -> Report {
    let said = |what: &str| format!("{what} {CANARY} said");
    let source = Source::new(said("file"), None, format!("a neutral line: {CANARY}\n"));
    let finding = |severity| Finding {
        severity,
        ..Finding::error(said("message"), source.line(1))
            .label(said("label"))
            .related(Site::Thing(said("thing")), said("related"))
            .help(said("help"))
    };
    let mut waived = row("a/b", &said("subject"), finding(Severity::Warning));
    waived.waived = Some(said("waiver"));
    let mut report = report(vec![
        row("a/b", "x", finding(Severity::Error)),
        row("a/c", "x", Outcome::pass(said("observed"))),
        row("a/d", "x", Outcome::skip(said("reason"))),
        row("a/e", "x", Outcome::Unknown(Unknown::failed(said("detail")))),
        row("a/f", "x", Outcome::Unknown(Unknown::new(Cause::Blocked(said("blocker")), said("detail")))),
        waived,
    ]);
    report.notes.push(said("note"));
    report.project = Some(said("project"));
    report
}

#[test]
fn a_neutral_line_that_holds_a_known_secret() {
    let redactor = Redactor::new();
    redactor.named("AUTH_TOKEN", CANARY);
    let source = Source::new("notes.yml", None, format!("comment: we use {CANARY} for now, port: 5051\n"));
    let finding = Finding::error("m", source.line(1)).label("here");
    let all = all_formats(&report(vec![row("a/b", "x", finding)]), &redactor);
    assert!(!all.contains(CANARY) && all.contains("comment: we use •••••• for now, port: 5051"), "{all}");
}

#[test]
fn the_content_of_a_secret_file() {
    let redactor = Redactor::new();
    redactor.secret_path("/srv/lab/db_password.txt");
    let path = Some(std::path::PathBuf::from("/srv/lab/db_password.txt"));
    let source = Source::new("db_password.txt", path, "ab12\n\n");
    redactor.source(&source);
    let finding = Finding::error("it ends in a line break", source.line(1)).label("here");
    let all = all_formats(&report(vec![row("a/b", "x", finding)]), &redactor);
    assert!(!all.contains("ab12") && all.contains("1 | ••••••"), "{all}");
}
