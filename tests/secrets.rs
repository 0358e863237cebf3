//! Canaries in every kind of input that holds secrets; no byte of them in anything that the program writes: on stdout
//! and stderr, in every format, at every verbosity, in reports, recordings and errors.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at what it did not expect"
)]

mod support;

use std::path::Path;

/// What every canary holds: letters and a digit, so that no rule takes one for a word.
const CANARY: &str = "kn4ry";

/// A compose file with a canary wherever one can stand.
const COMPOSE: &str = r#"
name: aviary
x-defaults: &defaults
  SHARED_TOKEN: kn4ry-anchor-1
services:
  gui:
    image: spectrum/gui:1.0
    command: ["serve", "--auth-token", "kn4ry-flag-2", "--port", "5051"]
    entrypoint: sh -c 'serve --password=kn4ry-flag-3 --verbose'
    environment:
      <<: *defaults
      AUTH_TOKEN: kn4ry-literal-4
      API_KEY: "${API_KEY:-kn4ry-default-5}"
      DATABASE_URL: postgres://gui:kn4ry-userinfo-6@db:5432/gui
      HOOK_URL: http://api:8000/hook?access_token=kn4ry-query-7&x=1
      FROM_ENV: ${NEUTRAL}
      DB_PASSWORD: ${NEUTRAL}
      FROM_SHELL: ${SHELL_TOKEN}
      DOLLAR_SECRET: pa$$kn4ry
      MULTI_SECRET: |
        kn4ry-block-8
        kn4ry-block-9
    env_file: [gui.env]
    healthcheck:
      test: 'curl -fsS -H "Authorization: Bearer kn4ry-header-10" http://localhost:5052/health'
    ports: ["5051:5051"]
    secrets: [db_password, shell]
    volumes:
      - ./agent.json:/app/agent.json:ro
    depends_on: { db: { condition: service_healthy } }
  db:
    image: postgres:16
    build:
      context: ./db
      args: { DB_SECRET: kn4ry-arg-11 }
    environment:
      - POSTGRES_PASSWORD=kn4ry-list-12 with words
      - AUTH_TOKEN=kn4ry-other-13
secrets:
  db_password: { file: ./db_password.txt }
  shell: { environment: SHELL_SECRET }
"#;

const FILES: &[(&str, &str)] = &[
    ("compose.yaml", COMPOSE),
    (".env", "NEUTRAL=kn4ry-neutral-20\nAPI_TOKEN='kn4ry-dotenv-21'\nPRIVATE_KEY=\"kn4ry-22\nkn4ry-line-23\"\n"),
    ("gui.env", "GUI_SECRET=kn4ry-envfile-24\nAUTH_TOKEN_2=kn4ry-envfile-25 # ours\n"),
    ("db_password.txt", "kn4ry-file-26\n"),
    (
        "agent.json",
        "{\"pypnm_server\": {\"auth_token\": \"kn4ry-json-27\", \"url\": \"ws://u:kn4ry-28@gui:5050/ws\"}}\n",
    ),
    ("config.py", "import os\nTOKEN = os.environ.get('AUTH_TOKEN', 'kn4ry-code-29')\n"),
    ("db/Dockerfile", "FROM postgres:16\nENV DB_TOKEN=kn4ry-docker-30\n"),
    ("tunnel.sh", "#!/bin/sh\nAUTH_TOKEN=kn4ry-script-31\nssh -N -L 5050:localhost:5050 pi\n"),
    (
        "gonogo.yaml",
        "version: 1\nagreements:\n  agent-token:\n    secret: true\n    between:\n      - { service: gui, env: AUTH_TOKEN }\n      - { file: agent.json, at: /pypnm_server/auth_token }\n      - { file: neutral.txt, match: 'value is (\\S+)' }\n",
    ),
    ("neutral.txt", "the value is kn4ry-marked-32\n"),
];

/// Ways to break the project, each at a line with a canary: what a parser quotes in its error.
const BROKEN: &[(&str, &str)] = &[
    ("compose.yaml", "services:\n  gui:\n    environment:\n      AUTH_TOKEN: \"kn4ry-unclosed-40\n"),
    (
        "compose.yaml",
        "services:\n  gui:\n    image: x\n    environment:\n      AUTH_TOKEN: kn4ry-a-41\n      AUTH_TOKEN: kn4ry-b-42\n",
    ),
    ("compose.yaml", "services:\n  gui:\n    image: x\n    environment:\n      AUTH_TOKEN: { password: kn4ry-43 }\n"),
    ("compose.yaml", "services:\n  gui:\n    image: x\n    environment:\n      AUTH_TOKEN: ${AUTH_TOKEN:-kn4ry-44\n"),
    (
        "compose.yaml",
        "services:\n  gui:\n    image: x\n    environment:\n      AUTH_TOKEN: ${AUTH_TOKEN:?it is not set}\n      TOKEN: kn4ry-${-45}\n",
    ),
    ("compose.yaml", "services:\n  gui:\n    image: x\n    password: kn4ry-46\n    api_key: [kn4ry-47]\n"),
    (
        "compose.yaml",
        "services:\n  gui:\n    image: x\n    ports: \"http://u:kn4ry-48@x\"\n    environment: \"AUTH_TOKEN=kn4ry-49\"\n",
    ),
    ("compose.yaml", "services:\n  gui:\n    image: x\n    environment:\n\tAUTH_TOKEN: kn4ry-50\n"),
    ("compose.yaml", "services: {gui: {image: x}}\nsecrets:\n  inline: { content: kn4ry-63 }\n"),
    (
        "compose.yaml",
        "services: {gui: {image: x}}\nsecrets:\n  inline:\n    content: |\n      kn4ry-64\n      kn4ry-65\n",
    ),
    (".env", "NEUTRAL=x\nAUTH_TOKEN=\"kn4ry-51\nAUTH_TOKEN kn4ry-52\n"),
    ("gui.env", "AUTH_TOKEN='kn4ry-53\nAUTH TOKEN=kn4ry-54\n"),
    ("agent.json", "{\"pypnm_server\": {\"auth_token\": \"kn4ry-55\" \"x\": 1}}\n"),
    ("agent.json", "{\"pypnm_server\": {\"auth_token\": \"kn4ry-56\n"),
    ("gonogo.yaml", "version: 1\npassword: kn4ry-57\nagreements:\n  x:\n    secret: kn4ry-58\n    token: kn4ry-59\n"),
    ("gonogo.yaml", "version: 1\nwaivers:\n  - { rule: nope, reason: 'http://u:kn4ry-60@x', token: kn4ry-61 }\n"),
    ("gonogo.yaml", "version: 1\ntoken: \"kn4ry-62\n"),
];

fn project(changed: Option<(&str, &str)>) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, text) in FILES.iter().copied().chain(changed) {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    directory
}

/// What was run, and everything that it wrote.
fn everything(directory: &Path, args: &[&str]) -> Vec<u8> {
    let output = support::gonogo(directory)
        .env("SHELL_TOKEN", "kn4ry-shell-70")
        .env("SHELL_SECRET", "kn4ry-shell-71")
        .env("DOCKER_HOST", "tcp://u:kn4ry-host-72@127.0.0.1:1")
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "full")
        .args(args)
        .output()
        .expect("it runs");
    let mut all = output.stdout;
    all.extend(output.stderr);
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("out.")) {
            all.extend(std::fs::read(&path).unwrap());
            std::fs::remove_file(path).unwrap();
        }
    }
    all
}

const RUNS: &[&[&str]] = &[
    &[],
    &["-v"],
    &["-q"],
    &["check", "--stage", "build", "--fail-on", "info", "-vv"],
    &["check", "--stage", "push"],
    &["check", "--stage", "after", "--deadline", "2s"],
    &["check", "--offline", "--format", "json", "--output", "junit=out.xml", "--output", "table=out.txt"],
    &["check", "--stage", "build", "--format", "junit", "--output", "json=out.json", "--record", "out.recording"],
    &["check", "--trust", "--record", "out.recording", "-v"],
    &["check", "--env-file", "gui.env"],
    &["check", "-f", "compose.yaml", "-f", ".env"],
    &["check", "-f", "agent.json"],
    &["resolve"],
    &["resolve", "--format", "json"],
    &["resolve", "--provenance"],
    &["resolve", "--no-interpolate"],
    &["trust"],
    &["list"],
];

/// Fails with the lines around each canary that got out.
fn assert_none(all: &[u8], what: &str) {
    let text = String::from_utf8_lossy(all);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(CANARY)).take(10).collect();
    assert!(lines.is_empty(), "{what}\n{}", lines.join("\n"));
    // Base64 of `kn4ry` at each of its three offsets.
    for form in ["a240cnk", "tuNHJ5", "rbjRye"] {
        assert!(!text.contains(form), "{what}: {form}");
    }
}

#[test]
fn no_canary_gets_out_of_a_whole_project() {
    let directory = project(None);
    for run in RUNS {
        let all = everything(directory.path(), run);
        assert!(!all.is_empty(), "{run:?} says nothing");
        assert_none(&all, &format!("{run:?}"));
    }
}

#[test]
fn no_canary_gets_out_of_a_broken_one() {
    for (name, text) in BROKEN {
        let directory = project(Some((name, text)));
        for run in [
            &["-v"][..],
            &["check", "--stage", "build", "--format", "json"],
            &["resolve"],
            &["resolve", "--format", "json"],
            &["resolve", "--provenance"],
        ] {
            let all = everything(directory.path(), run);
            assert!(!all.is_empty(), "{run:?} says nothing of {name}");
            assert_none(&all, &format!("{run:?} of {name}:\n{text}"));
        }
    }
}

/// The tests above can fail: asked to, `resolve` prints the secrets.
#[test]
fn resolve_shows_secrets_when_asked() {
    let directory = project(None);
    let text = everything(directory.path(), &["resolve", "--show-secrets"]);
    let text = String::from_utf8_lossy(&text);
    assert!(text.matches(CANARY).count() >= 15, "{text}");
}
