//! Secrets that an engine knows: in environments, images, health checks, logs, labels, files of volumes, errors.

use serde_json::{Value, json};

use crate::Ground;
use crate::canary::base64;
use crate::support::engine::{Answer, FakeEngine};

/// What the engine holds: texts with canaries in them.
#[derive(Clone, Default)]
struct Held {
    env: Vec<String>,
    cmd: Vec<String>,
    image_env: Vec<String>,
    health_test: String,
    health_output: String,
    log: String,
    label: String,
    error: String,
    config: String,
    volume_option: String,
    /// The answer to what is not there.
    refusal: String,
}

fn labels(service: &str, more: &str) -> Value {
    json!({
        "com.docker.compose.project": "ground", "com.docker.compose.service": service,
        "com.docker.compose.oneoff": "False", "com.docker.compose.version": "2.40.3",
        "com.example.api-key": more,
    })
}

fn container(held: &Held, service: &str) -> Value {
    let broken = service == "api";
    let state = if broken { "restarting" } else { "running" };
    json!({
        "Id": format!("{service}{}", "0".repeat(60)), "Name": format!("/ground-{service}-1"),
        "Created": "2026-01-01T00:00:00Z", "Image": "sha256:1111", "RestartCount": if broken { 12 } else { 0 },
        "State": {
            "Status": state, "Running": !broken, "Restarting": broken, "OOMKilled": false, "Pid": 0, "ExitCode": 1,
            "Error": held.error, "StartedAt": "2026-01-01T00:00:01Z", "FinishedAt": "2026-01-01T00:00:02Z",
            "Health": { "Status": "unhealthy", "FailingStreak": 3, "Log": [
                { "Start": "2026-01-01T00:00:01Z", "End": "2026-01-01T00:00:02Z", "ExitCode": 22, "Output": held.health_output },
            ] },
        },
        "Config": {
            "Image": "example/api:1", "Env": held.env, "Cmd": held.cmd, "Labels": labels(service, &held.label),
            "Healthcheck": { "Test": ["CMD-SHELL", held.health_test] },
        },
        "HostConfig": { "NetworkMode": "ground_default", "RestartPolicy": { "Name": "always" } },
        "Mounts": [{ "Type": "volume", "Name": "ground_config", "Source": "/x", "Destination": "/app/config", "RW": true }],
        "NetworkSettings": { "Networks": {} },
    })
}

fn summary(held: &Held, service: &str) -> Value {
    json!({
        "Id": format!("{service}{}", "0".repeat(60)), "Names": [format!("/ground-{service}-1")], "Image": "example/api:1",
        "ImageID": "sha256:1111", "State": if service == "api" { "restarting" } else { "running" },
        "Status": "Restarting (1) 2 seconds ago", "Labels": labels(service, &held.label), "Ports": [], "Mounts": [],
    })
}

/// A file as the archive endpoint sends it.
fn archive(name: &str, text: &str) -> Answer {
    let mut header = tar::Header::new_ustar();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(1_767_225_600);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    let mut stat =
        json!({ "name": name, "size": text.len(), "mode": 420, "mtime": "2026-01-01T00:00:00Z", "linkTarget": "" })
            .to_string();
    while !stat.len().is_multiple_of(3) {
        stat.push(' ');
    }
    let head =
        format!("Content-Type: application/x-tar\r\nX-Docker-Container-Path-Stat: {}\r\n", base64(stat.as_bytes()));
    Answer { status: 200, head, body: builder.into_inner().unwrap() }
}

fn engine(held: Held) -> FakeEngine {
    FakeEngine::answering(move |path| {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let absent = || Answer::absent(&held.refusal);
        match path.trim_start_matches('/').split('/').collect::<Vec<_>>().as_slice() {
            ["version"] => Answer::json(&json!({
                "Version": "27.3.1", "ApiVersion": "1.47", "MinAPIVersion": "1.24", "Os": "linux", "Arch": "amd64",
            })),
            ["info"] => Answer::json(&json!({ "Name": "elsewhere", "DockerRootDir": "/var/lib/docker" })),
            ["containers", "json"] => Answer::json(&json!([summary(&held, "api"), summary(&held, "agent")])),
            ["containers", id, "json"] if id.starts_with("api") => Answer::json(&container(&held, "api")),
            ["containers", id, "json"] if id.starts_with("agent") => Answer::json(&container(&held, "agent")),
            ["containers", _, "logs"] => {
                let mut body = vec![2, 0, 0, 0];
                body.extend(u32::try_from(held.log.len()).unwrap().to_be_bytes());
                body.extend(held.log.bytes());
                let head = "Content-Type: application/vnd.docker.multiplexed-stream\r\n".to_owned();
                Answer { status: 200, head, body }
            }
            ["containers", _, "archive"] if query.contains("agent_config.json") => {
                archive("agent_config.json", &held.config)
            }
            ["images", _, "json"] | ["images", _, _, "json"] => Answer::json(&json!({
                "Id": "sha256:1111", "RepoTags": ["example/api:1"], "Os": "linux", "Architecture": "amd64",
                "Config": { "Env": held.image_env, "Cmd": held.cmd },
            })),
            ["networks"] => Answer::json(&json!([])),
            ["volumes"] => Answer::json(&json!({ "Volumes": [{
                "Name": "ground_config", "Driver": "local", "Mountpoint": "/x", "Scope": "local",
                "Labels": { "com.docker.compose.project": "ground", "com.docker.compose.volume": "config", "com.example.password": held.volume_option },
                "Options": { "o": format!("username=x,password={}", held.volume_option) },
            }] })),
            _ => absent(),
        }
    })
}

const COMPOSE: &str = "name: ground
services:
  api:
    image: example/api:1
    environment:
      AGENT_TOKEN: ${AGENT_TOKEN}
    volumes: [config:/app/config]
  agent:
    image: example/agent:1
    depends_on: [api]
    environment:
      API_URL: http://api:8000
    volumes: [config:/app/config]
volumes:
  config:
";

const GATE: &str = "version: 1
agreements:
  agent-token:
    secret: true
    between:
      - { service: agent, file: /app/config/agent_config.json, at: /server/auth_token }
      - { service: api, env: AGENT_TOKEN }
  through-volume:
    secret: true
    between:
      - { volume: config, file: /agent_config.json, at: /server/auth_token }
      - { service: api, env: AGENT_TOKEN }
";

#[test]
fn what_an_engine_knows_stays_inside() {
    let mut ground = Ground::new();
    let g = &mut ground;
    g.file("compose.yaml", COMPOSE);
    g.file("gonogo.yaml", GATE);
    let declared = g.words(".env of the running stack");
    g.file(".env", format!("AGENT_TOKEN={declared}\n"));
    let (env, url) = (g.words("env of a container"), g.words("URL in the env of a container"));
    let held = Held {
        env: vec![
            format!("DB_PASSWORD={env}"),
            format!("DATABASE_URL=postgres://app:{url}@db/app"),
            format!("PLAIN={}", g.token("plain env of a container")),
            format!("AGENT_TOKEN={declared}"),
        ],
        cmd: vec!["serve".to_owned(), format!("--password={}", g.words("command of a container"))],
        image_env: vec![format!("JWT_SECRET={}", g.words("env of an image"))],
        health_test: format!("curl -u admin:{} http://localhost/", g.words("health check of a container")),
        health_output: format!("curl: (22) 401 for Authorization: Bearer {}", g.token("output of a health check")),
        log: String::new(),
        label: g.words("label of a container"),
        error: format!("cannot start: password={}", g.words("error of a container")),
        config: format!("{{\n  \"server\": {{\"auth_token\": \"{}\"}}\n}}\n", g.words("file in a volume")),
        volume_option: g.words("option of a volume"),
        refusal: format!("no such thing: token={}", g.words("words of an engine's refusal")),
    };
    let logs = [
        format!("fatal: cannot log in with {env}\n"),
        format!("fatal: login failed, password={}\n", g.words("pair in a log")),
        format!("error: GET https://api:{}@example.org/ failed\n", g.words("URL in a log")),
        format!("error: {{\"password\": \"{}\"}} refused\n", g.words("JSON in a log")),
        format!("error: token {} has expired\n", g.token("random text in a log")),
    ];
    for log in &logs {
        let engine = engine(Held { log: log.clone(), ..held.clone() });
        g.variables = vec![("DOCKER_HOST".to_owned(), engine.host())];
        let tables = g.judge(&["restart", "after"], &["--deadline", "4s"]);
        let heard = engine.heard();
        for asked in ["/containers/json", "/logs", "/archive", "/images/"] {
            assert!(heard.iter().any(|request| request.contains(asked)), "{asked} was not asked: {heard:#?}");
        }
        assert!(
            heard.iter().all(|request| request.starts_with("GET ") || request.starts_with("HEAD ")),
            "{heard:#?}"
        );
        let telling: String = log.chars().take_while(|c| *c != ':').collect();
        assert!(tables.contains(&format!("{telling}: ")), "the log was not read:\n{tables}");
        assert!(tables.contains("through-volume") && tables.contains("\"auth_token\": \"••••••\""), "{tables}");
    }
    g.assert_kept(100);
}

/// Engines that answer with a secret in the wrong place.
#[test]
fn refusals_and_broken_answers_are_masked() {
    let mut ground = Ground::new();
    ground.file("compose.yaml", COMPOSE);
    let secret = ground.words("broken answer");
    let message = json!({ "message": format!("bad request: password={secret}") });
    for engine in [
        FakeEngine::answering({
            let message = message.clone();
            move |_| Answer { status: 500, ..Answer::json(&message) }
        }),
        FakeEngine::answering({
            let message = message.clone();
            move |_| Answer { status: 403, ..Answer::json(&message) }
        }),
        FakeEngine::answering({
            let secret = secret.clone();
            move |_| Answer::json(&json!({ "ApiVersion": { "password": secret } }))
        }),
        FakeEngine::answering(move |path| match path {
            "/version" => {
                Answer::json(&json!({ "Version": "27.3.1", "ApiVersion": "1.47", "MinAPIVersion": "1.24" }))
            }
            _ => Answer { status: 500, ..Answer::json(&message) },
        }),
    ] {
        ground.variables = vec![("DOCKER_HOST".to_owned(), engine.host())];
        ground.judge(&["restart"], &["--deadline", "2s"]);
        assert!(!engine.heard().is_empty());
    }
    ground.assert_kept(40);
}
