//! `containers/unhealthy`: a container runs, and its own health check says that it doesn't work.

use gonogo::check::{Layer, Rule, Stage};
use gonogo::finding::Severity;

use super::seen::{Fault, Judgement, Seen, rows};
use super::telling;

pub(super) const RULE: Rule = Rule {
    code: "containers/unhealthy",
    title: "every health check says healthy",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D50"],
    settles: None,
    rows: |cx| Box::pin(rows(cx, judge)),
};

fn judge(seen: &Seen) -> Judgement {
    let (service, state) = (&seen.service, &seen.detail.state);
    let Some(health) = state.health.as_ref().filter(|health| health.status != "none") else {
        return Judgement::Skip("it has no health check".to_owned());
    };
    // What a health check said last before its container ended says nothing about now.
    if !state.running || state.restarting {
        return Judgement::Skip(format!("its health is not checked while it is {}", state.status));
    }
    match health.status.as_str() {
        "unhealthy" => {}
        "starting" if seen.stage == Stage::After => {
            return Judgement::Unsettled(
                "its health check has not said anything yet: it is still starting".to_owned(),
            );
        }
        "starting" => return Judgement::Skip("it is still starting".to_owned()),
        other => return Judgement::Holds(other.to_owned()),
    }
    let times = match health.failing_streak {
        1 => "once".to_owned(),
        times => format!("{times} times in a row"),
    };
    let how = match health.last_exit_code {
        Some(-1) => ", the last time without an end in time".to_owned(),
        Some(code @ (126 | 127)) => format!(", last with exit code {code}: its program is not in the image"),
        Some(code) => format!(", last with exit code {code}"),
        None => String::new(),
    };
    let shown = telling::line(health.last_output.lines())
        .map(|line| vec![(format!("health check of container {}", seen.detail.name), line)]);
    Judgement::Fault(Fault {
        message: format!("`{service}` runs but is unhealthy: its health check failed {times}{how}"),
        severity: Severity::Error,
        at: &["/healthcheck/test", "/healthcheck"],
        state: seen.summary.status.clone(),
        help: match health.last_exit_code {
            Some(126 | 127) => format!("check with a program that the image of `{service}` has"),
            _ => format!(
                "mend what the check asks for (`docker logs --tail 50 {}`), or correct the health check",
                seen.detail.name
            ),
        },
        shown: shown.unwrap_or_default(),
        ask_log: true,
    })
}
