//! What becomes of containers: faults in several forms, and the healthy ones beside them.

use gonogo::check::{Rule, Stage};
use gonogo::fact::engine::{
    Container, ContainerDetail, ContainerLog, ContainerState, ContainerSummary, ContainerWatch, Containers, Health,
    Image, ImageDetail, PublishedPort, Watched,
};
use gonogo::finding::Severity;
use gonogo::outcome::Judged;

use super::{failed, name_taken, not_running, orphan, out_of_memory, restart_loop, unhealthy};
use crate::checks::testing::{Stack, assert_passes, findings, only};

const COMPOSE: &str = "\
name: lab
services:
  gui:
    image: gui:1
    mem_limit: 64m
    environment:
      MODE: fast
    command: [serve, --all]
    healthcheck:
      test: [CMD, check]
    ports: ['80:80']
  job:
    image: job:1
";
const RUNNING_RULES: &[&Rule] = &[&restart_loop::RULE, &out_of_memory::RULE, &failed::RULE, &unhealthy::RULE];

fn summary(service: &str, status: &str) -> ContainerSummary {
    let labels = [("project", "lab"), ("service", service)];
    let labels = labels.map(|(name, value)| (format!("com.docker.compose.{name}"), value.to_owned()));
    ContainerSummary {
        id: format!("id-{service}"),
        name: format!("lab-{service}-1"),
        status: status.to_owned(),
        labels: labels.into_iter().collect(),
        ..ContainerSummary::default()
    }
}

/// The container of `gui` as it is declared, in a state.
fn gui(state: ContainerState) -> ContainerDetail {
    ContainerDetail {
        id: "id-gui".to_owned(),
        name: "lab-gui-1".to_owned(),
        image_id: "sha256:1".to_owned(),
        env: vec![("MODE".to_owned(), "fast".to_owned())],
        argv: vec!["serve".to_owned(), "--all".to_owned()],
        healthcheck: vec!["CMD".to_owned(), "check".to_owned()],
        memory_limit: Some(64 << 20),
        bindings: vec![PublishedPort { container_port: 80, host_port: Some(80), ..PublishedPort::default() }],
        restart_policy: "no".to_owned(),
        created: "2026-11-20T10:00:00Z".to_owned(),
        state,
        ..ContainerDetail::default()
    }
}

fn state(status: &str) -> ContainerState {
    ContainerState {
        status: status.to_owned(),
        running: matches!(status, "running" | "restarting" | "paused"),
        restarting: status == "restarting",
        started_at: "2026-11-20T10:01:00.5Z".to_owned(),
        finished_at: "2026-11-20T10:01:02.5Z".to_owned(),
        ..ContainerState::default()
    }
}

fn exited(code: i64) -> ContainerState {
    ContainerState { exit_code: code, ..state("exited") }
}

fn checked(status: &str, code: i64, output: &str) -> ContainerState {
    let health = Health {
        status: status.to_owned(),
        failing_streak: 3,
        last_exit_code: Some(code),
        last_output: output.to_owned(),
    };
    ContainerState { health: Some(health), ..state("running") }
}

fn stack(detail: ContainerDetail, status: &str) -> Stack {
    let list = vec![summary("gui", status)];
    Stack::new(COMPOSE)
        .engine("26.1.5", "1.45")
        .on::<Containers>(move |_| Ok(list.clone()))
        .on::<Container>(move |_| Ok(detail.clone()))
        .on::<ContainerWatch>(|_| Ok(Watched { restart_count: 1, restarted: false }))
        .on::<Image>(|_| Ok(ImageDetail { id: "sha256:1".to_owned(), ..ImageDetail::default() }))
        .on::<ContainerLog>(|_| Ok(vec!["start".to_owned(), "Error: no config".to_owned(), String::new()]))
}

fn judge(rule: &'static Rule, detail: ContainerDetail, status: &str) -> Vec<Judged> {
    stack(detail, status).judge(rule)
}

/// The one rule that finds a fault.
fn found_by(detail: &ContainerDetail, status: &str) -> Vec<&'static str> {
    let rules = RUNNING_RULES.iter().filter(|rule| !findings(&judge(rule, detail.clone(), status)).is_empty());
    rules.map(|rule| rule.code).collect()
}

#[test]
fn restart_loops() {
    let waiting = ContainerDetail { restart_count: 5, ..gui(ContainerState { exit_code: 1, ..state("restarting") }) };
    let rows = judge(&restart_loop::RULE, waiting.clone(), "Restarting (1) 2 seconds ago");
    let finding = only(&rows);
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.message, "`gui` is in a restart loop: restarted 5 times, it ends with exit code 1 each time");
    assert!(finding.related.iter().any(|label| label.text == "Error: no config"), "{finding:?}");
    // Caught in the moment in which it runs.
    let up = ContainerDetail { restart_count: 9, ..gui(state("running")) };
    assert_eq!(found_by(&up, "Up 1 second"), ["containers/restart-loop"]);
    assert_eq!(found_by(&up, "Up Less than a second (health: starting)"), ["containers/restart-loop"]);
    // A slow one: every two minutes, for half an hour.
    let started_at = "2026-11-20T10:30:00Z".to_owned();
    let slow = ContainerDetail { restart_count: 15, ..gui(ContainerState { started_at, ..state("running") }) };
    assert_eq!(found_by(&slow, "Up 2 minutes"), ["containers/restart-loop"]);
    assert_eq!(found_by(&waiting, "Restarting (1) 2 seconds ago"), ["containers/restart-loop"]);
}

#[test]
fn a_restart_is_no_loop() {
    let once = ContainerDetail { restart_count: 1, ..gui(state("running")) };
    assert_passes(&judge(&restart_loop::RULE, once, "Up 2 seconds"));
    let long_ago = ContainerDetail { restart_count: 40, ..gui(state("running")) };
    assert_passes(&judge(&restart_loop::RULE, long_ago.clone(), "Up 3 hours"));
    assert_passes(&judge(&restart_loop::RULE, long_ago, "Up 5 minutes"));
    let healthy = ContainerDetail { restart_count: 9, ..gui(checked("healthy", 0, "")) };
    assert_passes(&judge(&restart_loop::RULE, healthy, "Up 8 seconds (healthy)"));
    assert_passes(&judge(&restart_loop::RULE, gui(exited(0)), "Exited (0) 1 hour ago"));
}

#[test]
fn a_loop_between_two_runs_is_seen_by_a_longer_look() {
    let once = ContainerDetail { restart_count: 1, ..gui(state("running")) };
    let rows = stack(once, "Up 1 second")
        .on::<ContainerWatch>(|_| Ok(Watched { restart_count: 2, restarted: true }))
        .judge(&restart_loop::RULE);
    assert_eq!(only(&rows).message, "`gui` is in a restart loop: restarted 2 times, it ends each time");
}

#[test]
fn killed_for_want_of_memory() {
    let killed = |status: &str| ContainerState { oom_killed: true, exit_code: 137, ..state(status) };
    let rows = judge(&out_of_memory::RULE, gui(killed("exited")), "Exited (137) 2 minutes ago");
    let finding = only(&rows);
    assert_eq!(finding.message, "`gui` was killed for want of memory: its limit is 64 MiB");
    assert_eq!(finding.primary.site.to_string(), "compose.yaml:5:16");
    assert_eq!(found_by(&gui(killed("exited")), "Exited (137) 2 minutes ago"), ["containers/out-of-memory"]);
    assert_eq!(found_by(&gui(killed("restarting")), "Restarting (137) 1 second ago"), ["containers/out-of-memory"]);
    let unlimited = ContainerDetail { memory_limit: None, ..gui(killed("exited")) };
    assert!(only(&judge(&out_of_memory::RULE, unlimited, "")).message.contains("its host has no more"));
    let child = judge(&out_of_memory::RULE, gui(killed("running")), "Up 3 hours");
    assert_eq!(only(&child).severity, Severity::Warning);
    // SIGKILL alone is what `docker stop` ends with, too.
    assert_eq!(found_by(&gui(exited(137)), "Exited (137) 1 minute ago"), [""; 0]);
}

#[test]
fn ended_with_an_error() {
    for (code, says, line) in [
        (1, "exit code 1", 3),
        (126, "cannot be executed", 8),
        (127, "not found in the image", 8),
        (139, "SIGSEGV", 3),
        (3, "exit code 3", 3),
    ] {
        let rows = judge(&failed::RULE, gui(exited(code)), "Exited");
        let finding = only(&rows);
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.message.contains(says), "{}", finding.message);
        assert!(finding.primary.site.to_string().starts_with(&format!("compose.yaml:{line}:")), "{finding:?}");
        assert_eq!(found_by(&gui(exited(code)), "Exited"), ["containers/failed"]);
    }
}

#[test]
fn never_started() {
    let clash = "driver failed programming external connectivity on endpoint lab-gui-1: Bind for 0.0.0.0:80 failed: \
                 port is already allocated";
    let exec = "exec: \"serve\": executable file not found in $PATH: unknown";
    for (error, code, line, severity) in [
        (clash, 128, 11, Severity::Warning),
        (exec, 127, 8, Severity::Error),
        ("no such thing", 128, 3, Severity::Error),
    ] {
        let created = ContainerState { error: error.to_owned(), exit_code: code, ..state("created") };
        let rows = judge(&failed::RULE, gui(created.clone()), "Created");
        let finding = only(&rows);
        assert!(finding.message.starts_with("`gui` could not be started: "), "{}", finding.message);
        assert_eq!(finding.severity, severity);
        let after = stack(gui(created), "Created").stage(Stage::After).judge(&failed::RULE);
        assert_eq!(only(&after).severity, Severity::Error);
        assert!(finding.primary.site.to_string().starts_with(&format!("compose.yaml:{line}:")), "{finding:?}");
    }
    assert_passes(&judge(&failed::RULE, gui(state("created")), "Created"));
}

#[test]
fn ended_as_it_may() {
    for code in [0, 130, 137, 143] {
        assert_passes(&judge(&failed::RULE, gui(exited(code)), "Exited"));
    }
    assert_passes(&judge(&failed::RULE, gui(state("running")), "Up 3 hours"));
    // It had run for an hour, and would have been restarted: somebody stopped it.
    let finished_at = "2026-11-20T11:01:00Z".to_owned();
    let stopped = ContainerDetail {
        restart_policy: "unless-stopped".to_owned(),
        ..gui(ContainerState { finished_at, ..exited(1) })
    };
    assert_eq!(only(&judge(&failed::RULE, stopped, "Exited (1)")).severity, Severity::Warning);
}

#[test]
fn unhealthy_with_the_probes_last_words() {
    let forms = [
        (checked("unhealthy", 1, "curl: (7) Failed to connect to localhost port 80\n"), "exit code 1"),
        (checked("unhealthy", 127, "/bin/sh: curl: not found\n"), "its program is not in the image"),
        (checked("unhealthy", -1, "Health check exceeded timeout (5s)"), "without an end in time"),
    ];
    for (state, says) in forms {
        let output = state.health.as_ref().unwrap().last_output.trim().to_owned();
        let rows = judge(&unhealthy::RULE, gui(state.clone()), "Up 2 minutes (unhealthy)");
        let finding = only(&rows);
        assert!(finding.message.contains(says), "{}", finding.message);
        assert_eq!(finding.primary.site.to_string(), "compose.yaml:10:13");
        assert!(finding.related.iter().any(|label| label.text == output), "{finding:?}");
        assert_eq!(found_by(&gui(state), "Up 2 minutes (unhealthy)"), ["containers/unhealthy"]);
    }
}

#[test]
fn healthy_starting_or_not_checked() {
    assert_passes(&judge(&unhealthy::RULE, gui(checked("healthy", 0, "")), "Up 2 minutes (healthy)"));
    let lines = |stage, state| stack(gui(state), "Up").stage(stage).lines(&unhealthy::RULE)[0].clone();
    assert!(lines(Stage::Restart, checked("starting", 1, "")).starts_with("skip "));
    assert!(lines(Stage::After, checked("starting", 1, "")).starts_with("unknown "));
    assert!(lines(Stage::Restart, state("running")).starts_with("skip "));
    // What was said last before it ended says nothing about now.
    let ended = ContainerState { health: checked("unhealthy", 1, "").health, ..exited(143) };
    assert!(lines(Stage::Restart, ended).starts_with("skip "));
}

#[test]
fn a_restart_that_brings_something_else_may_mend_it() {
    let broken = || gui(exited(1));
    let changed = [
        ContainerDetail { env: vec![("MODE".to_owned(), "slow".to_owned())], ..broken() },
        ContainerDetail { argv: vec!["serve".to_owned()], ..broken() },
        ContainerDetail { memory_limit: Some(1 << 20), ..broken() },
        ContainerDetail { healthcheck: Vec::new(), ..broken() },
        ContainerDetail { bindings: Vec::new(), ..broken() },
        ContainerDetail { image_id: "sha256:0".to_owned(), ..broken() },
    ];
    for detail in changed {
        let rows = judge(&failed::RULE, detail.clone(), "Exited (1)");
        let finding = only(&rows);
        assert_eq!(finding.severity, Severity::Warning, "{detail:?}");
        assert!(finding.message.contains("the restart brings "), "{}", finding.message);
        // After the restart there is nothing to wait for.
        let rows = stack(detail, "Exited (1)").stage(Stage::After).judge(&failed::RULE);
        assert_eq!(only(&rows).severity, Severity::Error);
    }
}

#[test]
fn others_containers_are_not_ours() {
    let mut list = vec![summary("gui", "Exited (1)"), summary("gui", "Exited (1)"), summary("gone", "Exited (1)")];
    list[0].labels.insert("com.docker.compose.project".to_owned(), "other".to_owned());
    list[1].labels.insert("com.docker.compose.oneoff".to_owned(), "True".to_owned());
    for rule in RUNNING_RULES {
        let list = list.clone();
        let stack = stack(gui(exited(1)), "").on::<Containers>(move |_| Ok(list.clone()));
        assert_eq!(stack.judge(rule).len(), 0, "{}", rule.code);
    }
}

#[test]
fn names_that_are_taken() {
    let named = COMPOSE.replace("  gui:\n", "  gui:\n    container_name: lab-ui\n");
    let with = |text: &str, mut other: ContainerSummary, name: &str| {
        other.name = name.to_owned();
        Stack::new(text).on::<Containers>(move |_| Ok(vec![other.clone()])).judge(&name_taken::RULE)
    };
    let foreign = || ContainerSummary { state: "running".to_owned(), ..ContainerSummary::default() };
    let mut other_project = summary("gui", "Up 3 hours");
    other_project.labels.insert("com.docker.compose.project".to_owned(), "old".to_owned());

    let rows = with(&named, other_project.clone(), "lab-ui");
    let finding = only(&rows);
    assert!(finding.message.contains("project `old`"), "{}", finding.message);
    assert_eq!(finding.primary.site.to_string(), "compose.yaml:4:21");
    assert!(finding.help.contains("docker compose -p old down"));
    assert!(only(&with(&named, foreign(), "lab-ui")).message.contains("nobody's Compose project"));
    assert!(only(&with(&named, summary("job", "Up"), "lab-ui")).message.contains("service `job`"));
    // Without a name of its own: the one that Compose makes up.
    assert!(only(&with(COMPOSE, foreign(), "lab-gui-1")).help.starts_with("take the other one away"));

    assert_passes(&with(&named, summary("gui", "Up"), "lab-ui"));
    assert_passes(&with(&named, other_project, "old-gui-1"));
    assert_passes(&with(COMPOSE, summary("gui", "Up"), "lab-gui-1"));
}

#[test]
fn after_the_restart_who_serves_has_to_run() {
    let lines = |detail: Option<ContainerDetail>| {
        let list: Vec<_> = detail.iter().map(|_| summary("gui", "")).collect();
        let stack = stack(detail.unwrap_or_default(), "").on::<Containers>(move |_| Ok(list.clone()));
        stack.stage(Stage::After).lines(&not_running::RULE)[0].clone()
    };
    assert_eq!(lines(None), "error gui: `gui` has no container");
    assert!(lines(Some(gui(state("created")))).contains("never started"));
    assert!(lines(Some(gui(exited(143)))).contains("SIGTERM"));
    assert!(lines(Some(gui(exited(0)))).contains("though it publishes a port"));
    assert!(lines(Some(gui(state("paused")))).contains("is paused"));
    assert_eq!(lines(Some(gui(state("running")))), "pass gui: lab-gui-1 is running");
}

#[test]
fn a_one_shot_may_have_ended() {
    let job = || ContainerDetail { name: "lab-job-1".to_owned(), ..gui(exited(0)) };
    let lines = |detail: ContainerDetail| {
        let stack = stack(detail, "").on::<Containers>(|_| Ok(vec![summary("job", "")]));
        stack.stage(Stage::After).lines(&not_running::RULE)[1].clone()
    };
    assert_eq!(lines(job()), "pass job: lab-job-1 is exited");
    assert!(lines(ContainerDetail { restart_policy: "always".to_owned(), ..job() }).starts_with("error job: "));
}

#[test]
fn orphans_and_namesakes() {
    let rows = |directory: &str, service: &str| {
        let mut other = summary(service, "Up 3 hours");
        other.labels.insert("com.docker.compose.project.working_dir".to_owned(), directory.to_owned());
        Stack::new(COMPOSE).on::<Containers>(move |_| Ok(vec![other.clone()])).judge(&orphan::RULE)
    };
    assert_eq!(only(&rows("/project", "gone")).help, "docker compose up -d --remove-orphans");
    assert!(only(&rows("/elsewhere", "gone")).help.contains("another name"));
    assert_passes(&rows("/project", "gui"));
}
