//! `containers/failed`: a container could not be started, or ended with an error.

use gonogo::check::{Layer, Rule, Stage};
use gonogo::fact::engine::ContainerState;
use gonogo::finding::Severity;

use super::seen::{Fault, Judgement, Seen, rows};
use super::{exit_code, telling};

pub(super) const RULE: Rule = Rule {
    code: "containers/failed",
    title: "no container failed to start or ended with an error",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D50"],
    settles: None,
    rows: |cx| Box::pin(rows(cx, judge)),
};

/// Who ends within so many seconds of its start, failed to start.
const STARTED: i64 = 10;

fn judge(seen: &Seen) -> Judgement {
    let state = &seen.detail.state;
    if state.oom_killed {
        return Judgement::Skip("it was killed for want of memory: see containers/out-of-memory".to_owned());
    }
    match state.status.as_str() {
        "created" if !state.error.is_empty() || state.exit_code != 0 => not_started(seen),
        "created" => Judgement::Holds("created, not started yet".to_owned()),
        "restarting" => Judgement::Skip("it restarts at the moment: see containers/restart-loop".to_owned()),
        "exited" | "dead" => ended(seen),
        other => Judgement::Holds(other.to_owned()),
    }
}

fn not_started(seen: &Seen) -> Judgement {
    let (service, state) = (&seen.service, &seen.detail.state);
    let at = part(&state.error);
    // Whether the port is free, the source there and the network known by now is for those who look at them now.
    let is_of_its_surroundings =
        at.iter().any(|part| matches!(*part, "/ports" | "/volumes" | "/networks" | "/devices"));
    let severity =
        if is_of_its_surroundings && seen.stage == Stage::Restart { Severity::Warning } else { Severity::Error };
    let why = telling::shown(&state.error);
    let why = if why.is_empty() { exit_code::told(state.exit_code) } else { why };
    Judgement::Fault(Fault {
        message: format!("`{service}` could not be started: {why}"),
        severity,
        at,
        state: seen.summary.status.clone(),
        help: exit_code::remedy(state.exit_code, service)
            .unwrap_or_else(|| format!("mend that, then `docker compose up -d {service}`")),
        shown: Vec::new(),
        ask_log: false,
    })
}

/// The part of a service that the engine's reason for not starting it is about.
fn part(error: &str) -> &'static [&'static str] {
    let has = |words: &[&str]| words.iter().any(|word| error.contains(word));
    if has(&["port is already allocated", "address already in use", "exposing port", "external connectivity"]) {
        &["/ports"]
    } else if has(&["error mounting", "bind source path", "mount config", "not a directory"]) {
        &["/volumes"]
    } else if has(&["executable file not found", "exec:", "permission denied", "exec format"]) {
        &["/entrypoint", "/command"]
    } else if has(&["network"]) {
        &["/networks", "/network_mode"]
    } else if has(&["device"]) {
        &["/devices"]
    } else {
        &[]
    }
}

fn ended(seen: &Seen) -> Judgement {
    let (service, state) = (&seen.service, &seen.detail.state);
    let code = state.exit_code;
    let told = exit_code::told(code);
    if code == 0 || exit_code::is_a_stop(code) {
        return Judgement::Holds(format!("ended with {told}"));
    }
    // The engine starts it again whatever its code is, so somebody stopped it; and it had run until then.
    let was_stopped = matches!(seen.detail.restart_policy.as_str(), "always" | "unless-stopped")
        && seen.detail.restart_count == 0
        && ran(state).is_some_and(|seconds| seconds >= STARTED);
    let when = if was_stopped { " when it was stopped" } else { "" };
    Judgement::Fault(Fault {
        message: format!("`{service}` ended with {told}{when}"),
        severity: if was_stopped { Severity::Warning } else { Severity::Error },
        at: if matches!(code, 125..=128) { &["/entrypoint", "/command"] } else { &[] },
        state: seen.summary.status.clone(),
        help: exit_code::remedy(code, service).unwrap_or_else(|| {
            format!(
                "mend what its log names (`docker logs --tail 50 {}`), then `docker compose up -d {service}`",
                seen.detail.name
            )
        }),
        shown: match telling::shown(&state.error) {
            why if why.is_empty() => Vec::new(),
            why => vec![("the engine".to_owned(), why)],
        },
        ask_log: true,
    })
}

/// How long it ran, in seconds.
fn ran(state: &ContainerState) -> Option<i64> {
    let second = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    Some(second(&state.finished_at)?.saturating_sub(second(&state.started_at)?))
}
