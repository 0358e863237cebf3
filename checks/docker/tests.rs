//! Faults of the engine and its clients, each in several forms, and the healthy ones beside them.

use gonogo::check::Stage;
use gonogo::fact::engine::{ContainerSummary, Containers, Disk, DiskUse, Engine, Ping};
use gonogo::fact::{Cause, Source, Unknown};
use gonogo::finding::Severity;

use super::{compose_v1, disk_nearly_full, engine_too_old, unreachable, version_mismatch};
use crate::checks::testing::{Stack, assert_passes, findings, only};

const COMPOSE: &str = "name: lab\nservices:\n  a:\n    image: busybox:1.36\n";

fn dead(cause: Cause, detail: &'static str) -> Stack {
    Stack::new(COMPOSE).on::<Ping>(move |_| Err(Unknown::new(cause.clone(), detail)))
}

#[test]
fn an_engine_that_cannot_be_used_is_an_error() {
    let forms = [
        (Cause::Absent, "no engine at unix:///var/run/docker.sock, there is no such socket: start one"),
        (Cause::Denied, "you may not use the engine at unix:///var/run/docker.sock: add yourself to its group"),
        (
            Cause::TimeOut,
            "unix:///x.sock accepts the connection and does not answer within 5.0 s: restart the engine",
        ),
        (Cause::Failed, "unix:///x.sock says 500: Internal Server Error"),
        (Cause::Failed, "tcp://localhost:80 answers, but it is no Docker Engine"),
        (Cause::Failed, "the engine 1.9.1 at unix:///x.sock is too old: it speaks API 1.21 at most: upgrade it"),
    ];
    for (cause, detail) in forms {
        let rows = dead(cause, detail).judge(&unreachable::RULE);
        let finding = only(&rows);
        assert_eq!(finding.severity, Severity::Error, "{detail}");
        assert!(detail.starts_with(&finding.message), "{}", finding.message);
        assert!(!finding.help.is_empty());
    }
}

#[test]
fn an_engine_that_answers_is_told() {
    let rows = Stack::new(COMPOSE).engine("26.1.5", "1.45").judge(&unreachable::RULE);
    assert_passes(&rows);
    let lines = Stack::new(COMPOSE).engine("26.1.5", "1.45").lines(&unreachable::RULE);
    assert_eq!(lines, ["pass engine: 26.1.5 at unix:///var/run/docker.sock (API 1.24 to 1.45)"]);
}

#[test]
fn what_may_not_or_cannot_be_asked_is_no_fault_of_the_engine() {
    let lines = Stack::new(COMPOSE)
        .engine("26.1.5", "1.45")
        .forbid(Source::Engine, "not asked with --offline")
        .lines(&unreachable::RULE);
    assert_eq!(lines, ["skip engine: not asked with --offline"]);
    let lines = dead(Cause::Unsupported, "DOCKER_HOST: an engine over SSH cannot be asked yet; forward its socket")
        .lines(&unreachable::RULE);
    assert!(lines[0].starts_with("unknown engine: "), "{lines:?}");
}

#[test]
fn a_wrong_docker_host_beside_an_engine_is_to_be_unset() {
    let stack = |sock: bool| {
        let stack = dead(Cause::Absent, "no engine at tcp://10.0.0.9:2375, nothing listens there: start it")
            .env("DOCKER_HOST", "tcp://10.0.0.9:2375");
        if sock { stack.file("/var/run/docker.sock", "") } else { stack }
    };
    let rows = stack(true).judge(&unreachable::RULE);
    assert_eq!(only(&rows).help, "unset DOCKER_HOST, if that engine is meant");
    assert_eq!(only(&rows).primary.site.to_string(), "DOCKER_HOST in the environment");
    let rows = stack(false).judge(&unreachable::RULE);
    assert_eq!(only(&rows).help, "start it");
}

#[test]
fn everybody_else_is_blocked_by_a_dead_engine() {
    for rule in [&version_mismatch::RULE, &disk_nearly_full::RULE] {
        let lines = dead(Cause::Absent, "no engine: start one").on::<Disk>(blocked).lines(rule);
        assert!(lines.iter().all(|line| line.contains("blocked by engine.ping")), "{lines:?}");
    }
}

fn blocked<Q, T>(_: &Q) -> Result<T, Unknown> {
    Err(Unknown::new(Cause::Blocked("engine.ping".to_owned()), "no engine"))
}

fn engine_of(min: &'static str, newest: &'static str) -> Stack {
    Stack::new(COMPOSE).on::<Containers>(|_| Ok(Vec::new())).on::<Ping>(move |_| {
        let text = str::to_owned;
        Ok(Engine { min_api_version: text(min), api_version: text(newest), version: text("x"), ..Engine::default() })
    })
}

#[test]
fn an_api_that_nobody_speaks() {
    let rows = engine_of("1.12", "1.21").judge(&version_mismatch::RULE);
    assert_eq!(only(&rows).severity, Severity::Error);
    let rows = engine_of("1.60", "1.70").judge(&version_mismatch::RULE);
    assert_eq!(only(&rows).severity, Severity::Warning);
    for (forced, fault) in [("1.99", true), ("1.10", true), ("latest", true), ("1.41", false), ("1.45", false)] {
        let rows = engine_of("1.24", "1.45").env("DOCKER_API_VERSION", forced).judge(&version_mismatch::RULE);
        assert_eq!(!findings(&rows).is_empty(), fault, "{forced}");
    }
    assert!(findings(&engine_of("1.24", "1.41").judge(&version_mismatch::RULE)).is_empty());
}

fn made_by(name: &str, version: &str) -> ContainerSummary {
    let labels = [
        ("com.docker.compose.project", "lab"),
        ("com.docker.compose.service", "a"),
        ("com.docker.compose.version", version),
    ];
    let labels = labels.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    ContainerSummary { name: name.to_owned(), labels, state: "exited".to_owned(), ..ContainerSummary::default() }
}

#[test]
fn a_client_that_an_engine_of_today_no_longer_takes() {
    for (version, min, fault) in
        [("2.5.0", "1.44", true), ("2.40.3", "1.44", false), ("2.5.0", "1.24", false), ("5.0.1", "1.44", false)]
    {
        let containers = vec![made_by("lab-a-1", version)];
        let rows =
            engine_of(min, "1.52").on::<Containers>(move |_| Ok(containers.clone())).judge(&version_mismatch::RULE);
        assert_eq!(!findings(&rows).is_empty(), fault, "{version} on {min}");
    }
}

#[test]
fn what_the_engine_does_not_know_yet() {
    let forms = [
        "healthcheck: {test: [CMD, 'true'], start_interval: 1s}",
        "volumes: [{type: image, source: busybox, target: /x}]",
        "volumes: [{type: volume, source: v, target: /x, volume: {subpath: a}}]",
        "networks: {n: {interface_name: eth7}}",
    ];
    for form in forms {
        let text = format!("{COMPOSE}    {form}\nvolumes: {{v: }}\nnetworks: {{n: }}\n");
        let rows = Stack::new(&text).engine("20.10.24", "1.41").judge(&engine_too_old::RULE);
        let finding = only(&rows);
        assert!(finding.primary.site.to_string().starts_with("compose.yaml:5:"), "{form}: {}", finding.primary.site);
        assert_passes(&Stack::new(&text).engine("28.1.0", "1.49").judge(&engine_too_old::RULE));
    }
}

fn with(containers: Vec<ContainerSummary>, api: &'static str) -> Stack {
    Stack::new(COMPOSE).engine("x", api).on::<Containers>(move |_| Ok(containers.clone()))
}

const V1: &str = "#!/usr/bin/python3\n# EASY-INSTALL-ENTRY-SCRIPT: 'docker-compose==1.29.2'\n";
const PLUGIN: &str = "/usr/libexec/docker/cli-plugins/docker-compose";

#[test]
fn compose_1_on_an_engine_that_it_breaks_on() {
    let v1 = || vec![made_by("lab_a_1", "1.29.2")];
    let severity = |stack: Stack| only(&stack.judge(&compose_v1::RULE)).severity;
    // It made the containers, and nothing else is there.
    assert_eq!(severity(with(v1(), "1.45")), Severity::Error);
    assert_eq!(severity(with(v1(), "1.52")), Severity::Error);
    // It still is what `docker-compose` runs.
    let both = with(v1(), "1.45").env("PATH", "/usr/bin").file("/usr/bin/docker-compose", V1).file(PLUGIN, "");
    assert_eq!(severity(both), Severity::Error);
    // It is gone: Compose 2 takes over what it made.
    assert_eq!(severity(with(v1(), "1.45").file(PLUGIN, "")), Severity::Warning);
    // Nothing has been started yet.
    let fresh = with(Vec::new(), "1.45").env("PATH", "/bin:/usr/bin").file("/usr/bin/docker-compose", V1);
    assert_eq!(severity(fresh), Severity::Warning);
}

#[test]
fn what_compose_1_left_behind() {
    let rows = with(vec![made_by("684a72b46480_lab_a_1", "1.29.2")], "1.45").judge(&compose_v1::RULE);
    // One cause, one finding.
    assert!(only(&rows).help.starts_with("docker rm 684a72b46480_lab_a_1"));
    assert_eq!(only(&rows).severity, Severity::Error);
    // Where it doesn't break, it makes up for it by itself.
    let rows = with(vec![made_by("684a72b46480_lab_a_1", "1.29.2")], "1.41").judge(&compose_v1::RULE);
    assert_eq!(only(&rows).severity, Severity::Warning);
}

#[test]
fn compose_1_where_it_works_and_compose_2() {
    let v1 = || vec![made_by("lab_a_1", "1.29.2")];
    assert_passes(&with(v1(), "1.41").judge(&compose_v1::RULE));
    assert_passes(&with(v1(), "1.44").judge(&compose_v1::RULE));
    assert_passes(&with(v1(), "1.45").env("COMPOSE_API_VERSION", "1.44").judge(&compose_v1::RULE));
    assert_passes(&with(v1(), "1.45").file(".env", "COMPOSE_API_VERSION=1.44\n").judge(&compose_v1::RULE));
    assert_passes(&with(vec![made_by("lab-a-1", "2.40.3")], "1.45").judge(&compose_v1::RULE));
    assert_passes(&with(Vec::new(), "1.45").file(PLUGIN, "").judge(&compose_v1::RULE));
    // A standalone Compose 2 or a wrapper is no Compose 1.
    let other =
        with(Vec::new(), "1.45").env("PATH", "/usr/bin").file("/usr/bin/docker-compose", "#!/bin/sh\nexec x\n");
    assert!(findings(&other.judge(&compose_v1::RULE)).is_empty());
    // Another project's.
    let mut foreign = made_by("other_a_1", "1.29.2");
    foreign.labels.insert("com.docker.compose.project".to_owned(), "other".to_owned());
    assert!(findings(&with(vec![foreign], "1.45").judge(&compose_v1::RULE)).is_empty());
}

#[test]
fn room_on_the_engines_disk() {
    const GIB: u64 = 1 << 30;
    let severity = |available: u64, total: u64, free_inodes: Option<u64>| {
        let disk = DiskUse { available: Some(available), total: Some(total), free_inodes, ..DiskUse::default() };
        let rows = Stack::new(COMPOSE).on::<Disk>(move |_| Ok(disk.clone())).judge(&disk_nearly_full::RULE);
        findings(&rows).first().map(|finding| finding.severity)
    };
    assert_eq!(severity(0, 50 * GIB, None), Some(Severity::Error));
    assert_eq!(severity(GIB, 50 * GIB, None), Some(Severity::Error));
    assert_eq!(severity(4 * GIB, 50 * GIB, None), Some(Severity::Warning));
    assert_eq!(severity(40 * GIB, 50 * GIB, Some(200)), Some(Severity::Error));
    assert_eq!(severity(40 * GIB, 50 * GIB, Some(5_000)), Some(Severity::Warning));
    assert_eq!(severity(40 * GIB, 50 * GIB, Some(5_000_000)), None);
    assert_eq!(severity(6 * GIB, 50 * GIB, None), None);
    // A small share of a large disk is plenty.
    assert_eq!(severity(100 * GIB, 4000 * GIB, None), None);
    assert_eq!(severity(GIB / 4, GIB / 2, None), None);
}

#[test]
fn an_engines_disk_elsewhere_is_not_judged() {
    let remote = |_: &Disk| Err(Unknown::new(Cause::Unsupported, "the disk of tcp://10.0.0.9 is not of this host"));
    let lines = Stack::new(COMPOSE).stage(Stage::Restart).on::<Disk>(remote).lines(&disk_nearly_full::RULE);
    assert_eq!(lines, ["skip engine's disk: the disk of tcp://10.0.0.9 is not of this host"]);
}
