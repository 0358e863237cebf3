//! `containers/out-of-memory`: the kernel killed a container's process for want of memory.

use gonogo::check::{Layer, Rule, Stage};
use gonogo::finding::Severity;

use super::restart_loop::is_looping;
use super::seen::{Fault, Judgement, Seen, rows};

pub(super) const RULE: Rule = Rule {
    code: "containers/out-of-memory",
    title: "no container was killed for want of memory",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D50"],
    settles: None,
    rows: |cx| Box::pin(rows(cx, judge)),
};

fn judge(seen: &Seen) -> Judgement {
    let (service, state) = (&seen.service, &seen.detail.state);
    let limit = seen.detail.memory_limit;
    if !state.oom_killed {
        let limit = limit.map_or_else(|| "no limit".to_owned(), |bytes| format!("limit {}", binary(bytes)));
        return Judgement::Holds(format!("not killed for want of memory ({limit})"));
    }
    let again = if is_looping(seen) { ", again and again" } else { "" };
    let (message, help) = match limit {
        Some(bytes) => (
            format!("`{service}` was killed for want of memory{again}: its limit is {}", binary(bytes)),
            format!("raise the memory limit of `{service}` above {}, or make it need less", binary(bytes)),
        ),
        None => (
            format!("`{service}` was killed for want of memory{again}: its host has no more"),
            format!("give the host more memory, or `{service}` a `mem_limit` that it can live with"),
        ),
    };
    // A process of a container that runs on was killed, not the container.
    let severity = if state.running && !is_looping(seen) { Severity::Warning } else { Severity::Error };
    let at = &["/mem_limit", "/deploy/resources/limits/memory"];
    let state = seen.summary.status.clone();
    Judgement::Fault(Fault { message, severity, at, state, help, shown: Vec::new(), ask_log: false })
}

/// A size as compose files say it: `64 MiB`.
fn binary(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) if bytes.is_multiple_of(*size) => format!("{} {unit}", bytes / size),
        #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
        Some((size, unit)) => format!("{:.1} {unit}", bytes as f64 / *size as f64),
        None => format!("{bytes} bytes"),
    }
}
