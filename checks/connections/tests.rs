//! Each fault in several forms, and the healthy deployment beside each.

use gonogo::check::{Rule, Stage};
use gonogo::fact::engine::{Image, ImageDetail};
use gonogo::finding::Severity;

use super::{
    healthcheck_port_mismatch, no_common_network, port_mismatch, target_port_nobody_listens, unreachable_name,
};
use crate::checks::testing::{Stack, assert_passes, findings, only};

/// Files by name, the first is `compose.yaml`.
fn stack(files: &[(&str, &str)]) -> Stack {
    let mut stack = Stack::new(files[0].1).stage(Stage::Build);
    for (path, text) in files {
        stack = stack.file(path, text);
    }
    stack
}

/// The deployment with `bad` has exactly this finding, with a help that says `right`; that with `good` instead passes.
fn fault(rule: &'static Rule, files: &[(&str, &str)], bad: &str, good: &str, right: &str) {
    let with =
        |text: &str| -> Vec<_> { files.iter().map(|(path, body)| (*path, body.replace("@@", text))).collect() };
    let judged = |text: &str| {
        let files = with(text);
        let files: Vec<_> = files.iter().map(|(path, body)| (*path, body.as_str())).collect();
        stack(&files).judge(rule)
    };
    let rows = judged(bad);
    let finding = only(&rows);
    assert!(finding.help.contains(right), "{bad}: {} ({})", finding.help, finding.message);
    assert!(!finding.related.is_empty(), "{bad}: {}", finding.message);
    assert_eq!(finding.severity, Severity::Error, "{bad}: {}", finding.message);
    assert_passes(&judged(good));
}

#[test]
fn a_consumer_calls_another_port() {
    let rule = &port_mismatch::RULE;
    let api = "services:\n  api:\n    build: ./api\n    environment: {PORT: 8000}\n  web:\n    image: acme/web\n";
    let compose = format!("{api}    environment:\n      API_URL: @@\n");
    fault(rule, &[("compose.yaml", &compose)], "http://api:8080/v1", "http://api:8000/v1", "api:8000");
    fault(rule, &[("compose.yaml", &compose)], "http://api", "http://api:8000", "api:8000");
    let list = format!("{api}    environment: ['API_URL=@@']\n");
    fault(rule, &[("compose.yaml", &list)], "ws://api:8001/ws", "ws://api:8000/ws", "api:8000");
    let command = format!("{api}    command: ['serve', '--upstream', 'http://api:@@']\n");
    fault(rule, &[("compose.yaml", &command)], "8080", "8000", "api:8000");
    let waits = format!("{api}    entrypoint: sh -c \"wait-for-it.sh api:@@ -- serve\"\n");
    fault(rule, &[("compose.yaml", &waits)], "8080", "8000", "api:8000");
    let pair = format!("{api}    environment: {{API_HOST: api, API_PORT: '@@'}}\n");
    fault(rule, &[("compose.yaml", &pair)], "8080", "8000", "api:8000");
    let flags = format!("{api}    command: client --host api --port @@\n");
    fault(rule, &[("compose.yaml", &flags)], "8080", "8000", "api:8000");
    let check = format!("{api}    healthcheck: {{test: curl -f http://api:@@/health}}\n");
    fault(rule, &[("compose.yaml", &check)], "8080", "8000", "api:8000");
    let file = format!("{api}    env_file: web.env\n");
    fault(rule, &[("compose.yaml", &file), ("web.env", "API_URL=http://api:@@\n")], "8080", "8000", "api:8000");
    let variable = format!("{api}    environment: ['API_URL=http://api:${{API_PORT}}']\n");
    fault(rule, &[("compose.yaml", &variable), (".env", "API_PORT=@@\n")], "8080", "8000", "api:8000");
}

#[test]
fn a_proxy_s_configuration_calls_another_port() {
    let rule = &port_mismatch::RULE;
    let compose = "services:\n  api:\n    build: ./api\n    environment: {PORT: 8000}\n  proxy:\n    image: nginx\n    volumes: ['./nginx.conf:/etc/nginx/conf.d/default.conf:ro']\n";
    let pass =
        "server {\n  listen 80;\n  # proxy_pass http://api:1;\n  location / { proxy_pass http://api:@@; }\n}\n";
    fault(rule, &[("compose.yaml", compose), ("nginx.conf", pass)], "8080", "8000", "api:8000");
    let upstream =
        "upstream api { server api:@@; }\nserver { listen 80; location / { proxy_pass http://api_pool; } }\n";
    fault(rule, &[("compose.yaml", compose), ("nginx.conf", upstream)], "8080", "8000", "api:8000");
    let scrape = "services:\n  api:\n    build: ./api\n    environment: {PORT: 8000}\n  prometheus:\n    image: prom/prometheus\n    volumes: ['./prom:/etc/prometheus']\n";
    let targets = "scrape_configs:\n  - static_configs:\n      - targets: ['api:@@']\n";
    fault(rule, &[("compose.yaml", scrape), ("prom/prometheus.yml", targets)], "8080", "8000", "api:8000");
    let labels = "services:\n  api:\n    build: ./api\n    environment: {PORT: 8000}\n    labels: ['traefik.http.services.api.loadbalancer.server.port=@@']\n";
    fault(rule, &[("compose.yaml", labels)], "8080", "8000", "8000");
}

#[test]
fn the_port_on_the_host_is_not_the_port_in_the_container() {
    let rule = &port_mismatch::RULE;
    let compose = "services:\n  api:\n    image: acme/api:1\n    ports: ['8080:80']\n  web:\n    image: acme/web:1\n    environment: {API_URL: 'http://api:@@'}\n";
    fault(rule, &[("compose.yaml", compose)], "8080", "80", "api:80");
    let alias = "services:\n  api:\n    image: acme/api:1\n    container_name: lab-api\n    ports: [{target: 80, published: 8080}]\n    networks: {default: {aliases: [backend]}}\n  web:\n    image: acme/web:1\n    environment: {A: 'http://@@'}\n";
    fault(rule, &[("compose.yaml", alias)], "backend:8080", "backend:80", "backend:80");
    fault(rule, &[("compose.yaml", alias)], "lab-api:8080", "lab-api:80", "lab-api:80");
    let link = "services:\n  db:\n    image: postgres:17\n    ports: ['5433:5432']\n  web:\n    image: acme/web:1\n    links: ['db:pg']\n    environment: {DATABASE_URL: 'postgres://u:p@pg:@@/x'}\n";
    fault(rule, &[("compose.yaml", link)], "5433", "5432", "pg:5432");
}

#[test]
fn a_well_known_server_is_called_on_another_port() {
    let rule = &port_mismatch::RULE;
    for (image, url, bad, good) in [
        ("postgres:17", "postgresql+asyncpg://u:p@store:@@/x", "5433", "5432"),
        ("redis:7-alpine", "redis://store:@@/0", "6380", "6379"),
        ("docker.io/library/mysql:8", "jdbc:mysql://store:@@/x", "3307", "3306"),
    ] {
        let compose = format!(
            "services:\n  store:\n    image: {image}\n  web:\n    image: acme/web:1\n    environment: {{STORE_URL: '{url}'}}\n"
        );
        fault(rule, &[("compose.yaml", &compose)], bad, good, good);
    }
    let moved = "services:\n  store:\n    image: redis:7\n    command: redis-server --port 6380\n  web:\n    image: acme/web:1\n    environment: {REDIS_URL: 'redis://store:@@/0'}\n";
    fault(rule, &[("compose.yaml", moved)], "6379", "6380", "store:6380");
    let pgport = "services:\n  store:\n    image: postgres:17\n    environment: {PGPORT: 5555}\n  web:\n    image: acme/web:1\n    environment: {DB_HOST: store, DB_PORT: '@@'}\n";
    fault(rule, &[("compose.yaml", pgport)], "5432", "5555", "store:5555");
}

#[test]
fn what_a_dockerfile_says_counts() {
    let rule = &port_mismatch::RULE;
    let compose = "services:\n  api:\n    build: ./api\n  web:\n    image: acme/web:1\n    environment: {API_URL: 'http://api:@@'}\n";
    for dockerfile in [
        "FROM python:3\nEXPOSE 8000\n",
        "FROM python:3\nENV PORT=8000\n",
        "FROM python:3\nCMD [\"uvicorn\", \"main:app\", \"--port\", \"8000\"]\n",
        "FROM python:3\nCMD gunicorn -b 0.0.0.0:8000 app:app\n",
        "FROM python:3\nARG P=8000\nENV PORT=$P\nCMD [\"sh\", \"-c\", \"serve --port ${PORT}\"]\n",
        "FROM python:3\nCMD [\"python\", \"manage.py\", \"runserver\", \"0.0.0.0:8000\"]\n",
        "FROM golang AS build\nEXPOSE 1\nFROM scratch\nENTRYPOINT [\"/api\", \"-listen\", \":8000\"]\n",
        "FROM python:3\nCMD [\"uvicorn\", \"main:app\"]\n",
    ] {
        fault(rule, &[("compose.yaml", compose), ("api/Dockerfile", dockerfile)], "8080", "8000", "api:8000");
    }
}

#[test]
fn from_the_host_s_network_the_published_port_counts() {
    let rule = &port_mismatch::RULE;
    let published = "services:\n  api:\n    image: acme/api:1\n    ports: ['127.0.0.1:8080:80']\n  gui:\n    image: acme/gui:1\n    network_mode: host\n    environment: {API_URL: 'http://localhost:@@'}\n";
    fault(rule, &[("compose.yaml", published)], "80", "8080", "localhost:8080");
    fault(rule, &[("compose.yaml", published)], "8081", "8080", "localhost:8080");
    let both = "services:\n  spectrum-api:\n    build: ./api\n    network_mode: host\n    environment: {PORT: 8000}\n  gui:\n    image: acme/gui:1\n    network_mode: host\n    environment: {SPECTRUM_URL: 'http://127.0.0.1:@@'}\n";
    fault(rule, &[("compose.yaml", both)], "8080", "8000", "127.0.0.1:8000");
    let gateway = "services:\n  api:\n    image: acme/api:1\n    network_mode: host\n    environment: {PORT: 8000}\n  gui:\n    image: acme/gui:1\n    extra_hosts: ['host.docker.internal:host-gateway']\n    environment: {API_URL: 'http://host.docker.internal:@@'}\n";
    fault(rule, &[("compose.yaml", gateway)], "8080", "8000", "host.docker.internal:8000");
    let browser = "services:\n  api:\n    image: acme/api:1\n    ports: ['8080:80']\n  web:\n    build: ./web\n    environment: {REACT_APP_API_URL: 'http://localhost:@@'}\n";
    fault(rule, &[("compose.yaml", browser)], "80", "8080", "localhost:8080");
}

#[test]
fn what_is_no_call_or_nobody_s_business_is_left_alone() {
    for environment in [
        "{API_URL: 'https://api.example.com:8443/v1'}",
        "{CORS_ORIGINS: 'http://api:3000,http://localhost:3000'}",
        "{BASE_IMAGE: 'api:17'}",
        "{NO_PROXY: 'api:81,localhost'}",
        "{A: 'http://api:${UNSET-}/x'}",
        "{API_HOST: api, API_PORT: abc}",
        "{KEY: 'urn:api:8080:x'}",
        "{API_HOST: other.example.com, API_PORT: 81}",
    ] {
        let compose = format!(
            "services:\n  api:\n    build: ./api\n    environment: {{PORT: 8000}}\n  web:\n    image: acme/web:1\n    environment: {environment}\n"
        );
        for rule in [&port_mismatch::RULE, &unreachable_name::RULE] {
            let rows = stack(&[("compose.yaml", &compose)]).judge(rule);
            assert!(findings(&rows).is_empty(), "{environment}: {:?}", findings(&rows));
        }
    }
}

#[test]
fn where_little_is_known_there_is_no_error() {
    for (api, port) in [
        ("image: acme/api:1", 8000),
        ("image: rabbitmq:3\n    ports: ['15672:15672']", 15672),
        ("image: rabbitmq:3\n    ports: ['15672:15672']", 5672),
        ("image: acme/broker:1\n    ports: ['15672:15672']", 5672),
        ("image: minio/minio\n    command: server /data --console-address :9001\n    ports: ['9001:9001']", 9000),
        ("image: traefik:v3\n    command: --entrypoints.web.address=:8000", 8000),
        ("build: ./api\n    environment: {PORT: 8000, METRICS_PORT: 9100}", 9100),
        ("build: ./api\n    environment: {LISTEN_ADDR: ':8000'}\n    expose: ['9000-9002']", 9001),
        ("image: nginx\n    volumes: ['./conf:/etc/nginx/conf.d']", 8080),
        ("image: acme/api:1\n    ports: ['8000-8005:8000-8005']", 8003),
    ] {
        let compose = format!(
            "services:\n  api:\n    {api}\n  web:\n    image: acme/web:1\n    environment: {{API_URL: 'amqp://api:{port}'}}\n"
        );
        let rows = stack(&[("compose.yaml", &compose)]).judge(&port_mismatch::RULE);
        assert!(
            findings(&rows).iter().all(|finding| finding.severity < Severity::Error),
            "{api}: {:?}",
            findings(&rows)
        );
        assert_eq!(rows.len(), 1, "{api}");
    }
    // Nothing is known: not judged, which is no pass.
    let silent = "services:\n  api:\n    image: acme/api:1\n  web:\n    image: acme/web:1\n    environment: {API_URL: 'http://api:8000'}\n";
    let lines = stack(&[("compose.yaml", silent)]).lines(&port_mismatch::RULE);
    assert!(lines[0].starts_with("skip "), "{lines:?}");
}

#[test]
fn the_engine_s_image_says_what_it_exposes() {
    let compose = "services:\n  api:\n    image: acme/api:1\n  web:\n    image: acme/web:1\n    environment: {API_URL: 'http://api:8080'}\n";
    let image = |exposed: &'static str| {
        Stack::new(compose)
            .on::<Image>(move |_| Ok(ImageDetail { exposed: vec![exposed.to_owned()], ..ImageDetail::default() }))
    };
    assert!(only(&image("8000/tcp").judge(&port_mismatch::RULE)).help.contains("api:8000"));
    assert_passes(&image("8080/tcp").judge(&port_mismatch::RULE));
}

#[test]
fn a_name_or_localhost_does_not_lead_there() {
    let rule = &unreachable_name::RULE;
    let host = "services:\n  api:\n    image: acme/api:1\n    ports: ['8080:80']\n  gui:\n    image: acme/gui:1\n    network_mode: host\n    environment: {API_URL: 'http://@@'}\n";
    fault(rule, &[("compose.yaml", host)], "api:80", "localhost:8080", "localhost:8080");
    let inner = "services:\n  api:\n    build: ./api\n    environment: {PORT: 80}\n  gui:\n    image: acme/gui:1\n    network_mode: host\n    environment: {API_HOST: '@@', API_PORT: '80'}\n";
    fault(rule, &[("compose.yaml", inner)], "api", "127.0.0.1", "127.0.0.1:80:80");
    let other = "services:\n  api:\n    image: acme/api:1\n    network_mode: host\n    environment: {PORT: 8000}\n  gui:\n    image: acme/gui:1\n    command: serve --api http://@@:8000\n";
    fault(rule, &[("compose.yaml", other)], "api", "host.docker.internal", "host.docker.internal:8000");
    let bridge = "services:\n  cache:\n    image: redis:7\n  gui:\n    image: acme/gui:1\n    environment: {REDIS_URL: 'redis://@@:6379/0'}\n";
    fault(rule, &[("compose.yaml", bridge)], "localhost", "cache", "cache:6379");
    fault(rule, &[("compose.yaml", bridge)], "127.0.0.1", "cache", "cache:6379");
    let pair = "services:\n  db:\n    image: postgres:17\n  gui:\n    image: acme/gui:1\n    environment: ['DB_HOST=@@', 'DB_PORT=5432']\n";
    fault(rule, &[("compose.yaml", pair)], "localhost", "db", "db:5432");
    let proxy = "services:\n  api:\n    build: ./api\n    environment: {PORT: 8000}\n  proxy:\n    image: nginx\n    volumes: ['./nginx.conf:/etc/nginx/conf.d/default.conf']\n";
    let conf = "server {\n  listen 80;\n  location / { proxy_pass http://@@:8000; }\n}\n";
    fault(rule, &[("compose.yaml", proxy), ("nginx.conf", conf)], "localhost", "api", "api:8000");
    let worker = "services:\n  api:\n    build: ./api\n    environment: {PORT: 8000}\n    ports: ['8000:8000']\n  worker:\n    build: ./worker\n    depends_on: [api]\n    environment: {API_URL: 'http://@@:8000'}\n";
    fault(rule, &[("compose.yaml", worker)], "localhost", "api", "api:8000");
    let moved = "services:\n  api:\n    image: acme/api:1\n    network_mode: host\n    environment: {PORT: 8000}\n  worker:\n    image: acme/worker:1\n    depends_on: [api]\n    extra_hosts: ['host.docker.internal:host-gateway']\n    environment: {API_URL: 'http://@@:8000'}\n";
    fault(rule, &[("compose.yaml", moved)], "localhost", "host.docker.internal", "host.docker.internal:8000");
}

#[test]
fn localhost_may_be_right() {
    for compose in [
        // A sidecar in the same network namespace.
        "services:\n  vpn:\n    image: acme/vpn:1\n    ports: ['8080:8080']\n  app:\n    image: acme/app:1\n    network_mode: service:vpn\n    environment: {PORT: 8080}\n  peer:\n    image: acme/peer:1\n    network_mode: service:vpn\n    environment: {APP_URL: 'http://localhost:8080'}\n",
        // It itself.
        "services:\n  app:\n    image: acme/app:1\n    environment: {PORT: 8080, SELF: 'http://localhost:8080'}\n  b:\n    image: b\n    ports: ['8080:8080']\n",
        // The project's host by an extra name.
        "services:\n  app:\n    image: acme/app:1\n    extra_hosts: ['api:host-gateway']\n    environment: {API: 'http://api:8080'}\n  b:\n    image: b\n    ports: ['8080:80']\n",
        // A name that the host's network gets by extra_hosts.
        "services:\n  app:\n    image: acme/app:1\n    network_mode: host\n    extra_hosts: ['api:127.0.0.1']\n    environment: {API: 'http://api:8080'}\n  api:\n    image: b\n    ports: ['8080:80']\n",
    ] {
        for rule in [&unreachable_name::RULE, &port_mismatch::RULE] {
            let rows = stack(&[("compose.yaml", compose)]).judge(rule);
            assert!(findings(&rows).is_empty(), "{compose}: {:?}", findings(&rows));
        }
    }
    // Called by its name as well, it is at most a warning, too.
    let both = "services:\n  cache:\n    image: redis:7\n  web:\n    image: acme/web:1\n    environment: {REDIS_URL: 'redis://cache:6379', DEV_REDIS_URL: 'redis://localhost:6379'}\n";
    let rows = stack(&[("compose.yaml", both)]).judge(&unreachable_name::RULE);
    assert_eq!(only(&rows).severity, Severity::Warning);
    // What a browser shows is at most a warning.
    let shown = "services:\n  api:\n    image: acme/api:1\n    ports: ['8000:8000']\n  frontend:\n    build: ./web\n    depends_on: [api]\n    environment: {API_URL: 'http://localhost:8000'}\n";
    let rows = stack(&[("compose.yaml", shown)]).judge(&unreachable_name::RULE);
    assert_eq!(only(&rows).severity, Severity::Warning);
}

#[test]
fn two_that_share_no_network() {
    let rule = &no_common_network::RULE;
    let compose = "services:\n  api:\n    image: acme/api:1\n    networks: [back]\n  web:\n    image: acme/web:1\n    networks: [@@]\n    environment: {API_URL: 'http://api:8000'}\nnetworks: {front: {}, back: {}}\n";
    fault(rule, &[("compose.yaml", compose)], "front", "front, back", "back");
    let default = "services:\n  api:\n    image: acme/api:1\n    networks: {back: {aliases: [backend]}}\n  web:\n    image: acme/web:1\n    networks: [@@]\n    command: serve http://backend:8000\nnetworks: {back: {}}\n";
    fault(rule, &[("compose.yaml", default)], "default", "back", "back");
    let file = "services:\n  db:\n    image: postgres:17\n    networks: [data]\n  web:\n    image: acme/web:1\n    env_file: .web.env\n    networks: [@@]\nnetworks: {data: {}, edge: {}}\n";
    fault(rule, &[("compose.yaml", file), (".web.env", "DB_HOST=db\nDB_PORT=5432\n")], "edge", "data", "data");
}

#[test]
fn a_health_check_asks_another_port() {
    let rule = &healthcheck_port_mismatch::RULE;
    for test in [
        "curl -f http://localhost:@@/health",
        "['CMD', 'wget', '--spider', '-q', 'http://127.0.0.1:@@/']",
        "['CMD-SHELL', 'nc -z localhost @@ || exit 1']",
        "['CMD', 'bash', '-c', 'echo > /dev/tcp/localhost/@@']",
        "['CMD', 'python3', '-c', \"import urllib.request as r; r.urlopen('http://0.0.0.0:@@/')\"]",
        "['CMD', 'probe', '--host', 'localhost', '--port', '@@']",
        "['CMD', 'curl', 'http://gui:@@/']",
    ] {
        for (service, right) in [
            ("build: ./gui\n    environment: {PORT: 5051}", "5051"),
            ("image: acme/gui\n    command: [serve, --port, '5051']", "5051"),
            ("build: ./gui\n    ports: ['5050:5051']", "5051"),
            ("build: ./gui\n    environment: {GUI_PORT: 5051}\n    network_mode: host", "5051"),
        ] {
            let compose = format!("services:\n  gui:\n    {service}\n    healthcheck:\n      test: {test}\n");
            fault(rule, &[("compose.yaml", &compose)], "5050", "5051", right);
        }
    }
    let redis = "services:\n  cache:\n    image: redis:7\n    command: redis-server --port 6380\n    healthcheck: {test: ['CMD', 'redis-cli', '-p', '@@', 'ping']}\n";
    fault(rule, &[("compose.yaml", redis)], "6379", "6380", "6380");
    let postgres = "services:\n  db:\n    image: postgres:17\n    healthcheck: {test: pg_isready -U u -p @@}\n";
    fault(rule, &[("compose.yaml", postgres)], "5433", "5432", "5432");
    let docker = "services:\n  gui:\n    build: .\n    healthcheck: {test: 'curl http://localhost:@@/'}\n";
    fault(
        rule,
        &[("compose.yaml", docker), ("Dockerfile", "FROM node\nEXPOSE 3000\nCMD node .\n")],
        "3001",
        "3000",
        "3000",
    );
}

#[test]
fn a_health_check_of_another_port_that_is_known_is_right() {
    for service in [
        "build: ./gui\n    environment: {PORT: 5051, MANAGEMENT_PORT: 5050}",
        "build: ./gui\n    environment: {PORT: 5051}\n    expose: [5050]",
        "build: ./gui\n    command: serve --port 5051 --admin-port 5050",
        "build: ./gui\n    environment: {PORT: 5051, EXTRA: '{\"health\": 5050}'}",
    ] {
        let compose =
            format!("services:\n  gui:\n    {service}\n    healthcheck: {{test: 'curl http://localhost:5050'}}\n");
        assert_passes(&stack(&[("compose.yaml", &compose)]).judge(&healthcheck_port_mismatch::RULE));
    }
    // One that says no port, or is off, is none of ours.
    for test in [
        "{test: ['CMD', 'pgrep', 'gui']}",
        "{disable: true}",
        "{test: ['NONE']}",
        "{test: 'curl http://other.example.com:1/'}",
    ] {
        let compose = format!(
            "services:\n  gui:\n    build: ./gui\n    environment: {{PORT: 5051}}\n    healthcheck: {test}\n"
        );
        assert!(stack(&[("compose.yaml", &compose)]).judge(&healthcheck_port_mismatch::RULE).is_empty());
    }
}

#[test]
fn a_published_port_leads_to_nobody() {
    let rule = &target_port_nobody_listens::RULE;
    for (service, good) in [
        ("build: ./gui\n    environment: {PORT: 5051}\n    ports: ['5051:@@']", "5051"),
        (
            "image: acme/gui\n    command: serve --bind 0.0.0.0:5051\n    ports: [{target: @@, published: 5050}]",
            "5051",
        ),
        (
            "build: ./gui\n    environment: ['LISTEN_ADDR=:5051']\n    ports: ['127.0.0.1:5050:@@/tcp', '53:53/udp']",
            "5051",
        ),
        ("image: redis:7\n    ports: ['6379:@@']", "6379"),
        ("build: ./gui\n    environment: {GUI_PORT: 5051}\n    ports: ['@@']", "5051"),
    ] {
        let compose = format!("services:\n  gui:\n    {service}\n");
        fault(rule, &[("compose.yaml", &compose)], "5050", good, good);
    }
    for healthy in [
        "build: ./gui\n    environment: {PORT: 5051}\n    ports: ['5050:5051', '9229:9229']",
        "build: ./gui\n    environment: {PORT: 5050, NODE_PORT: 1}\n    ports: ['80:5050']",
        "image: nginx\n    environment: {PORT: 5050}\n    ports: ['5050:80']",
        // The variable is the port on the host.
        "build: ./gui\n    environment: {GUI_PORT: 8080}\n    ports: ['8080:80']",
        "build: ./gui\n    environment: {DB_PORT: 5432, DB_HOST: db.example.com}\n    ports: ['8080:80']",
    ] {
        let compose = format!("services:\n  gui:\n    {healthy}\n");
        let rows = stack(&[("compose.yaml", &compose)]).judge(rule);
        assert!(findings(&rows).is_empty(), "{healthy}: {:?}", findings(&rows));
    }
}

#[test]
fn the_places_are_the_narrowest() {
    let compose = "services:\n  api:\n    build: ./api\n    environment:\n      PORT: 8000\n  web:\n    image: acme/web:1\n    environment:\n      - API_URL=http://user:hunter2@api:${P:-8080}/v1\n";
    let rows = stack(&[("compose.yaml", compose)]).judge(&port_mismatch::RULE);
    let finding = only(&rows);
    assert_eq!(finding.primary.site.to_string(), "compose.yaml:9:46");
    assert_eq!(finding.related[0].site.to_string(), "compose.yaml:5:13");
    assert!(!format!("{finding:?}").contains("hunter2"));
    let rows = stack(&[("compose.yaml", compose), (".env", "P=8081\n")]).judge(&port_mismatch::RULE);
    assert_eq!(only(&rows).primary.site.to_string(), ".env:1:3");
}

/// Ordinary deployments in which numbers differ for good reasons.
#[test]
fn ordinary_stacks_have_no_error() {
    let stacks: &[&[(&str, &str)]] = &[
        // One env file for all.
        &[
            (
                "compose.yaml",
                "services:\n  backend:\n    build: ./b\n    env_file: .env\n    command: serve --port 8000\n    ports: ['8000:8000']\n  frontend:\n    build: ./f\n    env_file: .env\n    ports: ['3000:3000']\n  cache:\n    image: redis:7\n    env_file: .env\n  db:\n    image: postgres:17\n    env_file: .env\n",
            ),
            (
                ".env",
                "PORT=8000\nBACKEND_PORT=8000\nFRONTEND_PORT=3000\nDATABASE_URL=postgres://u:p@db:5432/x\nREDIS_URL=redis://cache:6379\nPOSTGRES_PASSWORD=x\n",
            ),
        ],
        // An anchor.
        &[(
            "compose.yaml",
            "x-env: &env\n  PORT: '8000'\n  API_URL: http://api:8000\nservices:\n  api:\n    image: acme/api:1\n    environment: *env\n    ports: ['8000:8000']\n  worker:\n    image: acme/api:1\n    environment: *env\n    ports: ['5555:5555']\n",
        )],
        // Kafka with two listeners.
        &[(
            "compose.yaml",
            "services:\n  zookeeper:\n    image: confluentinc/cp-zookeeper:7.6\n    environment: {ZOOKEEPER_CLIENT_PORT: 2181}\n  kafka:\n    image: confluentinc/cp-kafka:7.6\n    ports: ['9092:9092']\n    environment:\n      KAFKA_ZOOKEEPER_CONNECT: zookeeper:2181\n      KAFKA_ADVERTISED_LISTENERS: PLAINTEXT://kafka:29092,PLAINTEXT_HOST://localhost:9092\n      KAFKA_LISTENERS: PLAINTEXT://0.0.0.0:29092,PLAINTEXT_HOST://0.0.0.0:9092\n  registry:\n    image: confluentinc/cp-schema-registry:7.6\n    environment:\n      SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS: PLAINTEXT://kafka:29092\n      SCHEMA_REGISTRY_LISTENERS: http://0.0.0.0:8081\n",
        )],
        // Monitoring, with configuration that names an image.
        &[
            (
                "compose.yaml",
                "services:\n  prometheus:\n    image: prom/prometheus:v3\n    command: ['--config.file=/etc/prometheus/prometheus.yml', '--web.enable-lifecycle']\n    volumes: ['./prometheus:/etc/prometheus:ro']\n    ports: ['9090:9090']\n  grafana:\n    image: grafana/grafana:11\n    ports: ['3001:3000']\n    environment: {GF_SERVER_ROOT_URL: 'http://localhost:3001', GF_DATABASE_HOST: 'db:5432'}\n  db:\n    image: postgres:17\n    command: postgres -c max_connections=200\n    healthcheck: {test: 'pg_isready -U u -d x'}\n",
            ),
            (
                "prometheus/prometheus.yml",
                "scrape_configs:\n  - static_configs:\n      - targets: ['localhost:9090', 'grafana:3000']\n  # image: grafana:11\n    image: grafana:11\n",
            ),
        ],
        // An identity provider whose health is on its management port.
        &[(
            "compose.yaml",
            "services:\n  keycloak:\n    image: quay.io/keycloak/keycloak:26.0\n    command: start-dev --http-port 8180\n    environment: {KC_HOSTNAME_PORT: 8180, KC_DB_URL: 'jdbc:postgresql://db:5432/kc'}\n    ports: ['8180:8180']\n    healthcheck: {test: \"exec 3<>/dev/tcp/127.0.0.1/9000\"}\n  db:\n    image: postgres:17\n",
        )],
        // A registry and a store that were moved.
        &[(
            "compose.yaml",
            "services:\n  registry:\n    image: registry:2\n    environment: {REGISTRY_HTTP_ADDR: '0.0.0.0:5555'}\n    ports: ['5555:5555']\n  store:\n    image: minio/minio\n    command: server /data --address :9100 --console-address :9101\n    ports: ['9100:9100', '9101:9101']\n  search:\n    image: elasticsearch:8.13.0\n    environment: ['http.port=9201']\n    ports: ['9201:9201']\n    healthcheck: {test: 'curl -s http://localhost:9201'}\n  app:\n    image: acme/app:1\n    command: app --host db.example.com --port 5432\n    environment: {S3_ENDPOINT: 'http://store:9100', ES: 'http://search:9201'}\n    ports: ['80:80']\n",
        )],
        // The published port in the environment, a debugger, and clients' flags.
        &[(
            "compose.yaml",
            "services:\n  web:\n    build: .\n    environment: {APP_PORT: 8080, APP_URL: 'http://localhost:8080'}\n    ports: ['8080:80', '9229:9229']\n    healthcheck: {test: ['CMD', 'nc', '-z', '-w', '5', 'localhost', '80']}\n  exporter:\n    image: oliver006/redis_exporter\n    command: --redis.addr=redis://cache:6379\n    ports: ['9121:9121']\n  cache:\n    image: redis:7\n    command: redis-server --requirepass x\n    healthcheck: {test: ['CMD', 'redis-cli', 'ping']}\n",
        )],
        // A reverse proxy by labels.
        &[(
            "compose.yaml",
            "services:\n  traefik:\n    image: traefik:v3\n    command: ['--api.insecure=true', '--entrypoints.web.address=:80']\n    ports: ['80:80', '8080:8080']\n  app:\n    image: acme/app:1\n    labels: ['traefik.http.services.app.loadbalancer.server.port=3000']\n  who:\n    image: traefik/whoami\n    command: --port 2001\n    labels: ['traefik.http.services.who.loadbalancer.server.port=2001']\n",
        )],
    ];
    for files in stacks {
        for rule in [
            &port_mismatch::RULE,
            &unreachable_name::RULE,
            &no_common_network::RULE,
            &healthcheck_port_mismatch::RULE,
            &target_port_nobody_listens::RULE,
        ] {
            let rows = stack(files).judge(rule);
            assert!(findings(&rows).is_empty(), "{}: {}: {:#?}", rule.code, files[0].1, findings(&rows));
        }
    }
}

#[test]
fn a_running_container_listens_elsewhere() {
    use gonogo::fact::engine::{Container, ContainerDetail, ContainerSummary, Containers};
    use gonogo::fact::host::{ContainerSockets, Socket};

    use super::nobody_listens::RULE;

    let judge = |status: &'static str, sockets: &'static [(&'static str, u16)]| {
        let labels =
            [("project", "lab"), ("service", "gui")].map(|(k, v)| (format!("com.docker.compose.{k}"), v.to_owned()));
        let summary = ContainerSummary {
            name: "lab-gui-1".to_owned(),
            state: "running".to_owned(),
            status: status.to_owned(),
            labels: labels.into_iter().collect(),
            ..ContainerSummary::default()
        };
        let dns = [("127.0.0.11", 33333)];
        let socket = |(address, port): &(&str, u16)| Socket { address: address.parse().unwrap(), port: *port };
        let sockets: Vec<_> = dns.iter().chain(sockets).map(socket).collect();
        Stack::new("name: lab\nservices:\n  gui:\n    build: .\n    ports: ['5050:5050', '9229:9229']\n")
            .on::<Containers>(move |_| Ok(vec![summary.clone()]))
            .on::<Container>(|_| Ok(ContainerDetail { pid: Some(77), ..ContainerDetail::default() }))
            .on::<ContainerSockets>(move |_| Ok(sockets.clone()))
            .judge(&RULE)
    };
    let up = "Up 3 minutes";
    let rows = judge(up, &[("0.0.0.0", 5051)]);
    assert!(only(&rows).message.contains("it listens on 5051"), "{}", only(&rows).message);
    assert_eq!(only(&rows).primary.site.to_string(), "compose.yaml:5:19");
    assert!(only(&judge(up, &[("127.0.0.1", 5050)])).help.contains("0.0.0.0:5050"));
    assert!(only(&judge(up, &[])).message.contains("any port"));
    assert_passes(&judge(up, &[("0.0.0.0", 5050)]));
    assert_passes(&judge(up, &[("::", 5050), ("127.0.0.1", 5051)]));
    assert_passes(&judge(up, &[("172.18.0.2", 9229)]));
    for status in ["Up 3 seconds", "Up Less than a second", "Up 2 minutes (health: starting)"] {
        assert!(findings(&judge(status, &[])).is_empty(), "{status}");
    }
}
