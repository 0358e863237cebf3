//! `docker/unreachable`: there is no engine that can be asked, so nothing can be started either.

use std::path::PathBuf;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::engine::{Engine, Ping};
use gonogo::fact::{Cause, Question, Unknown, file};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

pub(super) const RULE: Rule = Rule {
    code: "docker/unreachable",
    title: "there is an engine, and it may be used",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D54"],
    settles: Some(Ping::KIND),
    rows: |cx| Box::pin(async { Ok(vec![Row::new(Subject::new("engine"), judge(cx))]) }),
};

/// Where an engine listens by default.
const DEFAULT: &str = "/var/run/docker.sock";

async fn judge(cx: Context) -> Result<Outcome, Unknown> {
    let unknown = match cx.ask(Ping).await {
        Ok(engine) => return Ok(Outcome::pass(told(&engine))),
        Err(unknown) => unknown,
    };
    // Who may not use an engine has found it.
    let named = named_by(&cx).filter(|_| unknown.cause != Cause::Denied);
    let (message, advice) = match &unknown.cause {
        // That we cannot speak a transport, or may not ask, says nothing about the engine behind it.
        Cause::NotAllowed | Cause::Blocked(_) | Cause::Unsupported => return Err(unknown),
        Cause::Absent | Cause::Denied | Cause::TimeOut => match unknown.detail.split_once(": ") {
            Some((message, advice)) => (message, Some(advice.to_owned())),
            None => (unknown.detail.as_str(), None),
        },
        Cause::Failed => match unknown.detail.rsplit_once(": ") {
            Some((message, advice)) if advice.starts_with("upgrade") || advice.starts_with("correct") => {
                (message, Some(advice.to_owned()))
            }
            _ => (unknown.detail.as_str(), None),
        },
    };
    let site = named.map_or_else(|| "the engine".to_owned(), |name| format!("{name} in the environment"));
    let finding = Finding::error(message, Site::Thing(site));
    let finding = match named {
        Some(name) if is_there(&cx, DEFAULT).await => {
            let thing = Site::Thing(format!("engine unix://{DEFAULT}"));
            finding.related(thing, "its socket is there").help(format!("unset {name}, if that engine is meant"))
        }
        _ => finding.help(advice.unwrap_or_else(|| match named {
            Some(name) => format!("correct {name}: it must lead to a Docker Engine"),
            None => "start the engine (sudo systemctl start docker), and see `docker version`".to_owned(),
        })),
    };
    Ok(finding.into())
}

fn told(engine: &Engine) -> String {
    format!("{} at {} (API {} to {})", engine.version, engine.endpoint, engine.min_api_version, engine.api_version)
}

/// The variable that says which engine is meant, if one does.
fn named_by(cx: &Context) -> Option<&'static str> {
    let environment = &cx.deployment().environment;
    let is_set = |name: &str| environment.get(name).is_some_and(|value| !value.is_empty());
    ["DOCKER_HOST", "DOCKER_CONTEXT"].into_iter().find(|name| is_set(name))
}

async fn is_there(cx: &Context, path: &str) -> bool {
    cx.ask(file::Stat { path: PathBuf::from(path) }).await.is_ok()
}
