//! `containers/restart-loop`: a container ends again and again, and the engine starts it again and again.

use gonogo::check::{Layer, Rule, Stage};
use gonogo::finding::Severity;

use super::exit_code;
use super::seen::{Fault, Judgement, Seen, rows};

pub(super) const RULE: Rule = Rule {
    code: "containers/restart-loop",
    title: "no container is in a restart loop",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D50"],
    settles: None,
    rows: |cx| Box::pin(rows(cx, judge)),
};

/// So many restarts are no accident.
const RESTARTS: i64 = 3;
/// A process that has run for so many seconds is taken for started: the engine, too, forgives a container that has run
/// for ten (moby, `restartmanager`).
const STARTED: i64 = 10;
/// Who runs for longer than this between two restarts, in seconds, is not in a loop.
const RARELY: i64 = 600;

fn judge(seen: &Seen) -> Judgement {
    let state = &seen.detail.state;
    let watched = seen.watched.as_ref().map_or(0, |watched| watched.restart_count);
    let restarts = seen.detail.restart_count.max(watched);
    if !is_looping(seen) {
        return Judgement::Holds(format!("{}, restarted {restarts} times", state.status));
    }
    if state.oom_killed {
        return Judgement::Skip("it was killed for want of memory: see containers/out-of-memory".to_owned());
    }
    let service = &seen.service;
    // While it runs, the engine does not tell how it ended before.
    let ended = if state.running && !state.restarting { None } else { Some(state.exit_code) };
    let with = ended.map(|code| format!(" with {}", exit_code::told(code))).unwrap_or_default();
    let help = ended.and_then(|code| exit_code::remedy(code, service));
    Judgement::Fault(Fault {
        message: format!("`{service}` is in a restart loop: restarted {restarts} times, it ends{with} each time"),
        severity: Severity::Error,
        at: if matches!(ended, Some(126 | 127)) { &["/entrypoint", "/command"] } else { &[] },
        state: seen.summary.status.clone(),
        help: help.unwrap_or_else(|| {
            format!(
                "mend what its log names (`docker logs --tail 50 {}`), then `docker compose up -d {service}`",
                seen.detail.name
            )
        }),
        shown: Vec::new(),
        ask_log: true,
    })
}

/// Whether a container is in a restart loop, as far as one look shows: it waits for its next start, or it was
/// restarted several times, and a moment ago.
pub(super) fn is_looping(seen: &Seen) -> bool {
    let (detail, state) = (&seen.detail, &seen.detail.state);
    let restarted = seen.watched.as_ref().is_some_and(|watched| watched.restarted);
    if restarted || state.restarting || state.status == "restarting" || seen.summary.state == "restarting" {
        return true;
    }
    let is_healthy = state.health.as_ref().is_some_and(|health| health.status == "healthy");
    if !state.running || is_healthy || detail.restart_count < RESTARTS {
        return false;
    }
    let Some(up) = seconds_up(&seen.summary.status) else { return false };
    // Both times are the engine's, so that no clock of ours matters.
    let seconds = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    let between = match (seconds(&detail.created), seconds(&state.started_at)) {
        (Some(created), Some(started)) => started.saturating_sub(created) / detail.restart_count,
        _ => 0,
    };
    up < STARTED.max(between.saturating_mul(2).min(RARELY))
}

/// Whether one look does not show if a container is in a restart loop: it was restarted, has just come up, and may be
/// between two runs.
pub(super) fn may_loop(Seen { summary, detail, .. }: &Seen) -> bool {
    let is_healthy = detail.state.health.as_ref().is_some_and(|health| health.status == "healthy");
    let young = seconds_up(&summary.status).is_some_and(|up| up < STARTED);
    detail.state.running && !detail.state.restarting && !is_healthy && detail.restart_count > 0 && young
}

/// The seconds of `Up 12 seconds (healthy)`, as the engine words a duration (go-units' `HumanDuration`); `None` for
/// more than an hour and for other words.
fn seconds_up(status: &str) -> Option<i64> {
    let words = status.strip_prefix("Up ")?.split(" (").next()?;
    if words.starts_with("Less than a second") {
        return Some(0);
    }
    if words == "About a minute" {
        return Some(60);
    }
    let (number, unit) = words.split_once(' ')?;
    let scale = match unit {
        "second" | "seconds" => 1,
        "minutes" => 60,
        _ => return None,
    };
    Some(number.parse::<i64>().ok()?.saturating_mul(scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_words_for_how_long() {
        assert_eq!(seconds_up("Up 2 seconds"), Some(2));
        assert_eq!(seconds_up("Up Less than a second"), Some(0));
        assert_eq!(seconds_up("Up About a minute (healthy)"), Some(60));
        assert_eq!(seconds_up("Up 5 minutes (health: starting)"), Some(300));
        assert_eq!(seconds_up("Up 3 weeks"), None);
        assert_eq!(seconds_up("Exited (1) 3 seconds ago"), None);
    }
}
