//! `agreements/blank-secret`, `agreements/placeholder-secret`, `agreements/trailing-newline`: secrets that cannot be
//! meant as they stand.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Service;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Label, Severity};
use gonogo::inference::image::short_name;
use gonogo::outcome::{Outcome, Subject};
use gonogo::secret::{Flaw, flaws};
use gonogo::value::Missing;

use super::configured::{Agreement, agreements, value};
use super::links::links;
use super::written::{Written, environment, files, share};

pub(super) const BLANK: Rule = Rule {
    code: "agreements/blank-secret",
    title: "no token, password or key is set to nothing",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D26"],
    settles: None,
    rows: |cx| Box::pin(rows(cx, Flaw::Blank)),
};

pub(super) const PLACEHOLDER: Rule = Rule {
    code: "agreements/placeholder-secret",
    title: "no token, password or key is a stand-in",
    severity: Severity::Warning,
    rows: |cx| Box::pin(rows(cx, Flaw::Placeholder)),
    ..BLANK
};

pub(super) const NEWLINE: Rule = Rule {
    code: "agreements/trailing-newline",
    title: "no token, password or key ends in a line break",
    severity: Severity::Error,
    rows: |cx| Box::pin(rows(cx, Flaw::TrailingNewline)),
    ..BLANK
};

/// Images that refuse to start, or to let anybody in, with these variables blank; and those that lift it.
const REQUIRED: &[(&str, &str, &[&str])] = &[
    ("postgres", "POSTGRES_PASSWORD", &["POSTGRES_HOST_AUTH_METHOD"]),
    ("mysql", "MYSQL_ROOT_PASSWORD", &["MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"]),
    ("mariadb", "MYSQL_ROOT_PASSWORD", &["MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"]),
    ("mariadb", "MARIADB_ROOT_PASSWORD", &["MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "MARIADB_RANDOM_ROOT_PASSWORD"]),
];

/// Images whose start-up reads secret files without the line break at their end (their entrypoints use `$(< file)`).
const TRIMMING: &[&str] =
    &["postgres", "postgis", "mysql", "mariadb", "mongo", "wordpress", "nextcloud", "redmine", "ghost"];

async fn rows(cx: Context, flaw: Flaw) -> Result<Vec<Row>, Unknown> {
    let mut rows: Vec<Row> = Vec::new();
    for agreement in agreements(&cx).into_iter().filter(|agreement| agreement.secret) {
        rows.push(Row::new(agreement.subject.clone(), judge_agreement(cx.clone(), agreement, flaw)));
    }
    let project = cx.project()?;
    let mut written = Vec::new();
    for service in project.services() {
        written.extend(environment(&project, service));
        written.extend(files(&cx, &project, service).await);
    }
    let links = links(&project);
    // What several services get from one line is one secret, and one row.
    let mut once: Vec<(Written, Option<&Written>)> = Vec::new();
    for secret in &written {
        let shared = written.iter().find(|other| share(secret, other, &links));
        match once.iter_mut().find(|(known, _)| known.site == secret.site) {
            Some((known, with)) => {
                known.through.extend(secret.through.iter().cloned());
                *with = with.or(shared);
            }
            None => once.push((secret.clone(), shared)),
        }
    }
    rows.extend(once.into_iter().filter_map(|(secret, shared)| {
        let service = project.service(&secret.service)?;
        let subject = Subject::new(&secret.subject).at(Some(secret.site.clone()));
        let mut outcome = judge(service, &secret, shared, flaw);
        if let Outcome::Fail(finding) = &mut outcome {
            for site in secret.through.iter().filter(|site| **site != secret.site).take(3) {
                finding.related.push(Label { site: site.clone(), text: "used here".to_owned() });
            }
        }
        Some(Row::judged(subject, outcome))
    }));
    Ok(rows)
}

/// A secret that the gate file names: that it is flawed is an error, wherever it stands.
async fn judge_agreement(cx: Context, agreement: Agreement, flaw: Flaw) -> Result<Outcome, Unknown> {
    let mut looked_at = 0;
    for reference in &agreement.between {
        let found = match value(&cx, reference).await {
            Ok(found) => found,
            Err(Missing::Unknown(unknown)) => return Err(unknown),
            // That it is missing is the finding of `agreements/values-differ`.
            Err(Missing::Absent(_) | Missing::Misnamed(_) | Missing::Elsewhere(_)) => continue,
        };
        looked_at += 1;
        let several = found.text.trim_end().contains('\n');
        if flaws(&found.text).contains(&flaw) && !(flaw == Flaw::TrailingNewline && several) {
            let name = &agreement.subject.name;
            let mut finding = Finding::error(format!("`{name}` is {flaw}", flaw = said(flaw)), found.site)
                .help(format!("set {reference} to a value of its own, such as from `openssl rand -hex 32`"));
            if let Some(site) = agreement.subject.site {
                finding = finding.related(site, "declared to be secret");
            }
            return Ok(finding.into());
        }
    }
    Ok(match looked_at {
        0 => Outcome::skip("no place that it names has a value"),
        _ => Outcome::pass(format!("{looked_at} of {} places looked at", agreement.between.len())),
    })
}

fn said(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Blank => "blank",
        Flaw::Placeholder => "a stand-in that was never replaced",
        _ => "one with a line break at its end",
    }
}

fn judge(service: Service<'_>, secret: &Written, shared: Option<&Written>, flaw: Flaw) -> Outcome {
    let Written { name, value, .. } = secret;
    let (site, file) = (secret.site.clone(), secret.file);
    // A key in PEM form has several lines, and the last one ends as the others do.
    let several = value.trim_end().contains('\n');
    if !flaws(value).contains(&flaw) || (flaw == Flaw::TrailingNewline && several) {
        return Outcome::pass(match flaw {
            Flaw::Blank => "not blank",
            Flaw::Placeholder => "no stand-in that is known",
            _ => "no line break at its end",
        });
    }
    let user = service.name;
    let image = service.text("image").map(short_name).unwrap_or_default();
    match flaw {
        Flaw::Blank => {
            let mut finding =
                Finding::error(format!("`{name}` of `{user}` is blank"), site).label("nothing stands here");
            let needed = REQUIRED.iter().any(|(needs, variable, lifted)| {
                *needs == image && *variable == name && !lifted.iter().any(|lift| service.env(lift).is_some())
            });
            if let Some(other) = shared {
                let label = format!("`{}` and `{user}` have to agree on it", other.service);
                if let Some(site) = other.through.first() {
                    finding = finding.related(site.clone(), label);
                }
            }
            // What is left blank in a list of settings is most often not used.
            let severity = if needed || shared.is_some() { Severity::Error } else { Severity::Warning };
            let help = format!("set `{name}`, or write `${{{name}:-}}` if blank is meant");
            Finding { severity, ..finding.help(help) }.into()
        }
        Flaw::Placeholder => {
            Finding::warning(format!("`{name}` of `{user}` is a stand-in that was never replaced"), site)
                .label("a stand-in")
                .help(format!("generate one, such as with `openssl rand -hex 32`, and set it as `{name}`"))
                .into()
        }
        _ if file && TRIMMING.contains(&image) => {
            Outcome::pass(format!("a line break at its end, which {image} drops"))
        }
        _ => {
            let finding =
                Finding::error(format!("`{name}` of `{user}` ends in a line break, which becomes part of it"), site)
                    .label("the line break behind this is part of the secret");
            let help = match file {
                true => "write the file with `printf %s` instead of `echo`".to_owned(),
                false => "write it on one line, or use `|-` instead of `|`".to_owned(),
            };
            // Some programs drop it when they read a file, some send it along: it depends on the program.
            let severity = if file { Severity::Warning } else { Severity::Error };
            Finding { severity, ..finding.help(help) }.into()
        }
    }
}
