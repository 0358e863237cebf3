//! What compose files say without meaning it: faults in several forms, and the healthy ones beside them.

use gonogo::check::{Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::fact::engine::{Image, ImageDetail, Network, Networks, Volume, Volumes};
use gonogo::finding::Severity;

use super::{
    completion_not_awaited, dollar_swallowed, env_file_missing, external_missing, healthcheck_missing, image_latest,
    invalid, obsolete_version, secret_missing, unset_variable,
};
use crate::checks::testing::{Stack, assert_passes, findings, only};

fn service(lines: &str) -> Stack {
    Stack::new(&service_text(lines)).stage(Stage::Build)
}

fn service_text(lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    if lines.contains("image:") {
        format!("name: lab\nservices:\n  a:\n{lines}")
    } else {
        format!("name: lab\nservices:\n  a:\n    image: busybox:1.36\n{lines}")
    }
}

/// Severity, place and subject of each finding.
fn told(stack: Stack, rule: &'static Rule) -> Vec<String> {
    let rows = stack.judge(rule);
    findings(&rows).iter().map(|finding| format!("{} {}", finding.severity, finding.primary.site)).collect()
}

#[test]
fn an_unset_variable_that_breaks_what_it_stands_in() {
    let forms = [
        "image: nginx:${TAG}",
        "ports: ['${WEB_PORT}:80']",
        "volumes: ['${DATA}/db:/data']",
        "volumes: [{type: bind, source: $DATA, target: /data}]",
        "build: ${SOURCES}",
        "hostname: $NAME",
        "environment: {DB_PASSWORD: '${DB_PW}'}",
        "environment: {WHATEVER: '${API_TOKEN}'}",
        "environment: ['URL=http://${HOST}:8080/']",
        "environment: {DATABASE_URL: 'postgres://${U}:${P}@db/x'}",
        "environment: {LISTEN: '${PORT}'}",
        "command: serve --port ${PORT}",
        "labels: {rule: 'Host(`${DOMAIN}`)'}",
    ];
    for form in forms {
        let found = told(service(form), &unset_variable::RULE);
        assert!(
            !found.is_empty() && found.iter().all(|line| line.starts_with("error compose.yaml:")),
            "{form}: {found:?}"
        );
        assert_passes(&service(form).judge(&dollar_swallowed::RULE));
    }
}

#[test]
fn an_unset_variable_that_may_be_missed() {
    for form in
        ["environment: {TZ: '${TIMEZONE}'}", "environment: ['LEVEL=$LOG_LEVEL']", "labels: {x: 'a-${SUFFIX}'}"]
    {
        let found = told(service(form), &unset_variable::RULE);
        assert!(found.len() == 1 && found[0].starts_with("warning compose.yaml:"), "{form}: {found:?}");
    }
    // In a service that is not active.
    let found = told(service("image: nginx:${TAG}\nprofiles: [debug]"), &unset_variable::RULE);
    assert_eq!(found, ["warning compose.yaml:4:18"]);
}

#[test]
fn blanks_that_are_meant_and_variables_that_are_set() {
    let forms = [
        "environment: {A: '${X:-}', B: '${X-}', C: '${X:+y}'}",
        "environment: {A: '$$X', B: 'costs 5$', C: '$1'}",
        "# environment: {A: $X}\ninit: true",
        "image: busybox:${TAG:-1.36}",
        "environment: {A: '$SET', B: '${FILE}', C: '${BLANK}'}",
        "environment: [INHERITED]",
    ];
    for form in forms {
        let stack = || service(form).env("SET", "1").file(".env", "FILE=2\nBLANK=\n");
        assert_passes(&stack().judge(&unset_variable::RULE));
        assert_passes(&stack().judge(&dollar_swallowed::RULE));
    }
}

#[test]
fn one_variable_is_one_finding_where_it_does_most_harm() {
    let rows = service("environment: {A: '${V}', B: '${V}'}\nports: ['${V}:80']").judge(&unset_variable::RULE);
    let finding = only(&rows);
    assert_eq!(finding.primary.site.to_string(), "compose.yaml:6:14");
    assert_eq!(finding.related.len(), 2);
}

#[test]
fn the_help_says_who_is_to_set_it() {
    let help = |files: &[(&str, &str)]| {
        let stack = service("ports: ['${WEB_PORT}:80']");
        let stack = files.iter().fold(stack, |stack, (name, text)| stack.file(name, text));
        only(&stack.judge(&unset_variable::RULE)).help.clone()
    };
    assert_eq!(help(&[]), "add `WEB_PORT=…` to .env, or write `${WEB_PORT:-default}` if a default is meant");
    assert!(help(&[(".env", "WEBPORT=80\n")]).contains("or write `WEBPORT` here"));
    assert_eq!(help(&[(".env.example", "WEB_PORT=80\n")]), "cp .env.example .env, then fill in `WEB_PORT`");
}

#[test]
fn a_dollar_that_is_swallowed() {
    let forms = [
        "environment: {DB_PASSWORD: 'pa$word'}",
        "environment:\n  - DB_PASSWORD=pa$word # why",
        "environment: [\"A=b\", \"DB_PASSWORD=pa$word\"]",
        "environment: {DB_PASSWORD: '$ecret9'}",
        "environment: {DB_PASSWORD: 'PA$WORD'}",
        "environment: {DATABASE_URL: 'postgres://u:pa$word@db/x'}",
        "environment: {GREETING: 'only 5$each'}",
        "command: sh -c 'for f in *; do echo $f; done'",
        "command: sh -c \"x=1; echo $x\"",
        "environment: {USER_NAME: pg}\nhealthcheck: {test: 'pg_isready -U $USER_NAME'}",
        "environment: {DB: pg}\nentrypoint: [sh, -c, 'serve ${DB}']",
    ];
    for form in forms {
        let text = service_text(form);
        let before = &text[..text.find('$').unwrap()];
        let (line, column) = (before.lines().count(), before.lines().last().unwrap().len() + 1);
        let place = format!("error compose.yaml:{line}:{column}");
        assert_eq!(told(service(form), &dollar_swallowed::RULE), [place], "{form}");
        assert_passes(&service(form).judge(&unset_variable::RULE));
        // Escaped, it is what was meant.
        let mended = form.replace('$', "$$");
        assert_passes(&service(&mended).judge(&dollar_swallowed::RULE));
        assert_passes(&service(&mended).judge(&unset_variable::RULE));
    }
}

#[test]
fn a_dollar_in_an_env_file() {
    for (line, place) in
        [("DB_PASSWORD=pa$word", 15), ("DB_PASSWORD=\"pa$word\"", 16), ("MOTTO=no$way", 9), ("X=pa\\$word", 6)]
    {
        for name in [".env", "a.env"] {
            let stack = service("env_file: a.env").file("a.env", "").file(name, &format!("{line}\n"));
            assert_eq!(told(stack, &dollar_swallowed::RULE), [format!("error {name}:1:{place}")], "{line}");
        }
    }
    for line in
        ["DB_PASSWORD='pa$word'", "DB_PASSWORD=pa$$word", "DB_PASSWORD=pa$1", "A=1\nB=x${A}", "A=1\nB=\"x$A\""]
    {
        let stack = service("env_file: a.env").file("a.env", &format!("{line}\n"));
        assert_passes(&stack.judge(&dollar_swallowed::RULE));
    }
}

#[test]
fn nothing_behind_the_dollar_of_a_secret_is_told() {
    let rows = service("environment: {DB_PASSWORD: 'pa$hunter2'}").judge(&dollar_swallowed::RULE);
    let finding = only(&rows);
    let said = format!("{} {} {} {}", rows[0].subject.name, finding.message, finding.primary.text, finding.help);
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn an_env_file_that_is_not_there() {
    for form in ["env_file: gone.env", "env_file: [there.env, ./gone.env]", "env_file: [{path: sub/gone.env}]"] {
        let stack = || service(form).file("there.env", "A=1\n");
        let found = told(stack(), &env_file_missing::RULE);
        assert!(found.len() == 1 && found[0].starts_with("error compose.yaml:5:"), "{form}: {found:?}");
        assert_eq!(told(stack(), &invalid::RULE), [""; 0], "{form}");
        let there = stack().file("gone.env", "").file("sub/gone.env", "");
        assert_passes(&there.judge(&env_file_missing::RULE));
    }
    let optional = service("env_file: [{path: gone.env, required: false}]").lines(&env_file_missing::RULE);
    assert_eq!(optional, ["pass a: gone.env: it is not there, and not required"]);
    // Its service is not active, so nobody looks for it.
    let inactive = service("env_file: gone.env\nprofiles: [debug]").lines(&env_file_missing::RULE);
    assert_eq!(inactive, [""; 0]);
}

#[test]
fn what_compose_rejects() {
    let forms = [
        ("services:\n  a:\n    image: b\n   ports: []\n", 4),
        ("services:\n  a:\n    image: b\n    prots: []\n", 4),
        ("services:\n  a:\n    image: b\n    image: c\n", 4),
        ("services:\n  a:\n    image: b\n    ports: x:y\n", 4),
        ("services:\n  a:\n    image: b\n    networks: [gone]\n", 4),
        ("services:\n  a:\n    image: b\n    container_name: xy\n  c:\n    image: b\n    container_name: xy\n", 0),
        ("services:\n  a:\n    image: b${\n", 3),
        ("services: [\n", 0),
    ];
    for (text, line) in forms {
        let rows = Stack::new(text).judge(&invalid::RULE);
        let finding = only(&rows);
        assert_eq!(finding.severity, Severity::Error);
        let site = finding.primary.site.to_string();
        assert!(
            line == 0 || site.starts_with(&format!("compose.yaml:{line}:")),
            "{text}: {site} {}",
            finding.message
        );
    }
    assert_passes(&service("ports: ['80:80']").judge(&invalid::RULE));
}

#[test]
fn a_secret_or_config_that_is_not_there() {
    let with = |service_says: &str, top: &str| {
        let text = service_text(service_says) + top;
        Stack::new(&text).stage(Stage::Build).file("here/there.txt", "x").env("SET", "1").file(".env", "ALSO=2\n")
    };
    let forms = [
        ("secrets: [s]", "secrets: {s: {file: gone.txt}}\n"),
        ("secrets: [{source: s, target: x}]", "secrets: {s: {file: ./here/gone.txt}}\n"),
        ("secrets: [s]", "secrets: {s: {environment: GONE}}\n"),
        ("secrets: [s]", "secrets: {s: {external: true}}\n"),
        ("secrets: [s]", "secrets: {s: {file: here}}\n"),
        ("configs: [c]", "configs: {c: {file: gone.txt}}\n"),
        ("configs: [{source: c, target: /etc/c}]", "configs: {c: {file: gone.txt}}\n"),
        ("build: {context: ., secrets: [s]}", "secrets: {s: {file: gone.txt}}\n"),
    ];
    for (service_says, top) in forms {
        let found = told(with(service_says, top), &secret_missing::RULE);
        assert!(found.len() == 1 && found[0].starts_with("error compose.yaml:6:"), "{service_says} {top}: {found:?}");
    }
    for (service_says, top) in [
        ("secrets: [s]", "secrets: {s: {file: here/there.txt}}\n"),
        ("secrets: [s]", "secrets: {s: {environment: SET}}\n"),
        ("secrets: [s]", "secrets: {s: {environment: ALSO}}\n"),
        ("configs: [c]", "configs: {c: {file: here/there.txt}}\n"),
    ] {
        assert_passes(&with(service_says, top).judge(&secret_missing::RULE));
    }
    // Nobody gets it, or it is said in place.
    for (service_says, top) in
        [("init: true", "secrets: {s: {file: gone.txt}}\n"), ("configs: [c]", "configs: {c: {content: x}}\n")]
    {
        assert_eq!(with(service_says, top).judge(&secret_missing::RULE).len(), 0);
    }
}

/// A service that waits for the health of `db`.
fn waiting(db: &str) -> String {
    format!(
        "services:\n  web:\n    image: nginx:1\n    depends_on:\n      db:\n        condition: service_healthy\n  db:\n{db}"
    )
}

#[test]
fn health_that_nobody_checks() {
    let forms = [
        waiting("    image: postgres:16\n"),
        waiting("    image: postgres:16\n    healthcheck: {interval: 5s}\n"),
        waiting("    image: postgres:16\n    healthcheck: {disable: true}\n"),
        waiting("    image: ghcr.io/a/b:1\n    healthcheck: {test: [NONE]}\n"),
        waiting("    build: {context: ., dockerfile_inline: \"FROM redis:7\\nCMD redis-server\"}\n"),
        waiting("    build: ./db\n"),
    ];
    for form in forms {
        let stack =
            Stack::new(&form).stage(Stage::Build).file("db/Dockerfile", "ARG V=16\nFROM postgres:$V\nCOPY a b\n");
        let rows = stack.judge(&healthcheck_missing::RULE);
        assert_eq!(only(&rows).severity, Severity::Error, "{form}");
    }
    let optional =
        waiting("    image: postgres:16\n").replace("service_healthy", "service_healthy\n        required: false");
    assert_eq!(only(&Stack::new(&optional).judge(&healthcheck_missing::RULE)).severity, Severity::Warning);
}

#[test]
fn health_that_somebody_checks() {
    let forms = [
        waiting("    image: postgres:16\n    healthcheck: {test: [CMD, pg_isready]}\n"),
        waiting("    image: postgres:16\n    healthcheck: {test: pg_isready}\n"),
        waiting("    build: ./db\n"),
        waiting("    build: {context: ./db, target: prod}\n    image: mine\n"),
        waiting("    image: mine\n  builder:\n    image: mine\n    build: ./db\n"),
    ];
    let dockerfile =
        "FROM postgres:16 AS base\nHEALTHCHECK --interval=5s \\\n  CMD pg_isready\nFROM base AS prod\nRUN x\n";
    for form in forms {
        let stack = Stack::new(&form).stage(Stage::Build).file("db/Dockerfile", dockerfile);
        assert_passes(&stack.judge(&healthcheck_missing::RULE));
    }
    let started = waiting("    image: postgres:16\n").replace("service_healthy", "service_started");
    assert_eq!(Stack::new(&started).judge(&healthcheck_missing::RULE).len(), 0);
}

#[test]
fn health_that_only_the_image_tells() {
    let form = waiting("    image: ghcr.io/a/b:1\n");
    let lines = Stack::new(&form).stage(Stage::Build).lines(&healthcheck_missing::RULE);
    assert!(lines[0].starts_with("skip web → db: "), "{lines:?}");
    let with = |healthcheck: &'static [&'static str]| {
        Stack::new(&form).on::<Image>(move |_| {
            let healthcheck = healthcheck.iter().map(|word| (*word).to_owned()).collect();
            Ok(ImageDetail { healthcheck, ..ImageDetail::default() })
        })
    };
    assert_passes(&with(&["CMD", "check"]).judge(&healthcheck_missing::RULE));
    assert_eq!(findings(&with(&[]).judge(&healthcheck_missing::RULE)).len(), 1);
    let absent = Stack::new(&form).on::<Image>(|_| Err(Unknown::absent("none")));
    assert!(absent.lines(&healthcheck_missing::RULE)[0].starts_with("skip "));
}

#[test]
fn one_shots_whose_end_is_not_awaited() {
    let with = |depends_on: &str, migrate: &str| {
        let text = format!(
            "services:\n  web:\n    image: web:1\n    depends_on: {depends_on}\n  db-init:\n    image: tool:1\n{migrate}"
        );
        Stack::new(&text).stage(Stage::Build).judge(&completion_not_awaited::RULE)
    };
    let ends = "{db-init: {condition: service_completed_successfully}}";
    for on in ["[db-init]", "{db-init: {condition: service_started}}"] {
        for migrate in ["", "    command: sh -c 'wait-for db; alembic upgrade head'\n", "    restart: on-failure\n"] {
            assert_eq!(only(&with(on, migrate)).severity, Severity::Warning, "{on} {migrate}");
            assert_passes(&with(ends, migrate));
        }
        // Another one does wait for its end.
        let other =
            "  other:\n    image: web:1\n    depends_on: {db-init: {condition: service_completed_successfully}}\n";
        assert_eq!(findings(&with(on, &format!("    expose: [80]\n{other}"))).len(), 1);
    }
    // It stays, or ends in a server.
    for serves in [
        "    restart: always\n",
        "    ports: ['80:80']\n",
        "    healthcheck: {test: 'true'}\n",
        "    command: sh -c 'manage migrate && serve'\n",
    ] {
        assert_eq!(with("[db-init]", serves).len(), 0, "{serves}");
    }
}

fn engine(compose: &str, names: &'static [&'static str]) -> Stack {
    let name = |name: &&str| (*name).to_owned();
    Stack::new(compose)
        .on::<Networks>(move |_| Ok(names.iter().map(|n| Network { name: name(n), ..Network::default() }).collect()))
        .on::<Volumes>(move |_| Ok(names.iter().map(|n| Volume { name: name(n), ..Volume::default() }).collect()))
}

#[test]
fn external_networks_and_volumes() {
    let forms = [
        ("networks: [edge]", "networks: {edge: {external: true}}\n", "edge", "docker network create edge"),
        (
            "networks: {e: {aliases: [x]}}",
            "networks: {e: {external: true, name: edge}}\n",
            "edge",
            "docker network create edge",
        ),
        ("volumes: ['data:/data']", "volumes: {data: {external: true}}\n", "data", "docker volume create data"),
        (
            "volumes: ['data:/data']",
            "volumes: {data: {external: {name: data9}}}\n",
            "data9",
            "docker volume create data9",
        ),
    ];
    for (service_says, top, name, help) in forms {
        let text = service_text(service_says) + top;
        let rows = engine(&text, &["bridge", "host"]).judge(&external_missing::RULE);
        assert_eq!(only(&rows).help, help);
        assert!(only(&rows).primary.site.to_string().starts_with("compose.yaml:6:"), "{}", only(&rows).primary.site);
        assert_passes(&engine(&text, &["edge", "data", "data9"]).judge(&external_missing::RULE));
        assert!(only(&rows).message.contains(&format!("`{name}`")));
    }
}

#[test]
fn an_external_network_that_has_its_projects_name_before_it() {
    let text = service_text("networks: [backend]") + "networks: {backend: {external: true}}\n";
    let rows = engine(&text, &["bridge", "shop_backend"]).judge(&external_missing::RULE);
    assert_eq!(only(&rows).help, "write `name: shop_backend` under `networks.backend`, if that network is meant");
    let rows = engine(&text, &["shop_backend", "lab_backend"]).judge(&external_missing::RULE);
    assert!(only(&rows).help.contains("`name: lab_backend`"));
    // Of an unused one, or one that Compose makes itself, nobody asks.
    let text = service_text("networks: [backend]") + "networks: {backend: {}, other: {external: true}}\n";
    assert_eq!(engine(&text, &[]).judge(&external_missing::RULE).len(), 0);
}

#[test]
fn a_network_that_is_named_without_being_declared() {
    let text = service_text("network_mode: shop_backend");
    assert_eq!(
        only(&engine(&text, &["bridge"]).judge(&external_missing::RULE)).help,
        "docker network create shop_backend"
    );
    assert_passes(&engine(&text, &["shop_backend"]).judge(&external_missing::RULE));
    for mode in ["host", "none", "bridge", "'service:b'", "'container:x'"] {
        let text = service_text(&format!("network_mode: {mode}")) + "  b: {image: 'busybox:1'}\n";
        assert_eq!(engine(&text, &[]).judge(&external_missing::RULE).len(), 0, "{mode}");
    }
}

#[test]
fn a_name_that_is_passed_on_and_that_nobody_sets() {
    for form in ["environment: [API_TOKEN]", "environment: {API_TOKEN: }", "environment: [LISTEN_PORT]"] {
        let found = told(service(form), &unset_variable::RULE);
        assert!(found.len() == 1 && found[0].starts_with("warning compose.yaml:5:"), "{form}: {found:?}");
        let set = || service(form).env("API_TOKEN", "demo").file(".env", "LISTEN_PORT=80\n");
        assert_passes(&set().judge(&unset_variable::RULE));
    }
    assert_passes(&service("environment: [HTTP_PROXY, DEBUG]").judge(&unset_variable::RULE));
}

#[test]
fn a_configurations_own_variables() {
    let text = |host: &str| {
        service_text("configs: [site]")
            + &format!(
                "configs:\n  site:\n    content: |\n      server {{\n        proxy_set_header Host {host};\n      }}\n"
            )
    };
    assert_eq!(told(Stack::new(&text("$host")), &dollar_swallowed::RULE), ["error compose.yaml:10:31"]);
    assert_passes(&Stack::new(&text("$$host")).judge(&dollar_swallowed::RULE));
    assert_passes(&Stack::new(&text("$SET")).env("SET", "x").judge(&dollar_swallowed::RULE));
}

#[test]
fn images_by_their_tags() {
    for (image, fault) in [
        ("redis", true),
        ("redis:latest", true),
        ("host:5000/a", true),
        ("redis:7", false),
        ("host:5000/a:1", false),
        ("redis@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false),
    ] {
        let rows = service(&format!("image: {image}")).judge(&image_latest::RULE);
        assert_eq!(
            findings(&rows).iter().map(|f| f.severity).collect::<Vec<_>>(),
            vec![Severity::Info; usize::from(fault)]
        );
    }
    assert_eq!(service("image: mine\nbuild: .").judge(&image_latest::RULE).len(), 0);
}

#[test]
fn an_obsolete_version() {
    let old = format!("version: '3.8'\n{}", service_text("init: true"));
    assert_eq!(told(Stack::new(&old), &obsolete_version::RULE), ["info compose.yaml:1:1"]);
    assert_passes(&service("init: true").judge(&obsolete_version::RULE));
}
