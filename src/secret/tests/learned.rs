//! What a redactor learns, and what its net then masks.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::{Redactor, mask};
use crate::document::{Entry, Node, Value};
use crate::place::{Origin, Source};

#[test]
fn a_value_is_masked_wherever_it_turns_up() {
    let redactor = Redactor::new();
    redactor.named("AUTH_TOKEN", "s3cr3t-canary");
    redactor.named("PORT", "505150");
    let net = redactor.net();
    assert_eq!(net.mask("backend has s3cr3t-canary, port 505150"), "backend has ••••••, port 505150");
    assert_eq!(net.mask("user:… is dXNlcjpzM2NyM3QtY2FuYXJ5"), "user:… is ••••••");
    assert_eq!(net.mask("nothing"), "nothing");
}

#[test]
fn secrets_that_overlap_leave_no_rest() {
    let redactor = Redactor::new();
    redactor.secret("abcdefgh");
    redactor.secret("efghijkl");
    redactor.secret("abcdefghij");
    assert_eq!(redactor.net().mask("<abcdefghijkl>"), "<••••••>");
}

#[test]
fn ordinary_words_stay() {
    let redactor = Redactor::new();
    for (name, value) in [("POSTGRES_PASSWORD", "postgres"), ("DB_PASSWORD", "spectrum"), ("API_KEY", "changeme")] {
        redactor.named(name, value);
    }
    redactor.ordinary("spectrum");
    assert_eq!(redactor.net().mask("postgres, spectrum and changeme"), "postgres, spectrum and changeme");
}

#[test]
fn texts_and_their_names() {
    let redactor = Redactor::new();
    redactor.source(&Source::new(".env", None, "AUTH_TOKEN='one-canary'\nPORT=80\nURL=http://u:two-canary@h/\n"));
    redactor.text("agent.json", r#"{"pypnm": {"auth_token": "three-canary"}}"#);
    redactor.environment(&BTreeMap::from([("GH_TOKEN".to_owned(), "four-canary".to_owned())]));
    let net = redactor.net();
    assert_eq!(net.mask("one-canary two-canary three-canary four-canary"), "•••••• •••••• •••••• ••••••");
}

#[test]
fn facts_of_every_shape() {
    let redactor = Redactor::new();
    redactor.secret_path("/srv/lab/pw.txt");
    redactor
        .fact(&json!({"id": "x"}), &json!({"env": [["AUTH_TOKEN", "one-canary"], ["PORT", "80"]], "name": "gui-1"}));
    redactor.fact(&json!({"path": "/srv/lab/pw.txt"}), &json!({"text": "two-canary\n", "mode": 384}));
    redactor.fact(&json!({"container": "x", "path": "/run/secrets/db"}), &json!({"text": "three-canary"}));
    redactor.fact(&json!({"path": "/app/x.ini"}), &json!({"text": "password = four-canary\n"}));
    redactor.fact(&json!({}), &json!(["booting", "connecting to amqp://u:five-canary@mq/"]));
    let net = redactor.net();
    assert_eq!(
        net.mask("one-canary two-canary three-canary four-canary five-canary gui-1"),
        "•••••• •••••• •••••• •••••• •••••• gui-1"
    );
}

#[test]
fn facts_that_are_lists() {
    let redactor = Redactor::new();
    redactor.fact(&json!({}), &json!({"argv": ["serve", "--auth-token", "one-canary", "--port", "505050"]}));
    redactor.fact(&json!({}), &json!({"vars": [{"name": "AUTH_TOKEN", "value": "two-canary"}]}));
    redactor
        .fact(&json!({}), &json!({"sections": ["secrets", "configs"], "argv": ["redis", "AUTH_TOKEN=three-canary"]}));
    assert_eq!(
        redactor.net().mask("one-canary two-canary three-canary 505050 configs"),
        "•••••• •••••• •••••• 505050 configs"
    );
}

#[test]
fn large_secrets_are_looked_for_by_line() {
    let redactor = Redactor::new();
    let lines: Vec<String> = (0..100_000).map(|line| format!("canary-line-{line:06}")).collect();
    redactor.secret(&lines.join("\n"));
    let net = redactor.net();
    assert_eq!(net.mask("see canary-line-000123"), "see ••••••");
}

#[test]
fn a_whole_text() {
    let redactor = Redactor::new();
    redactor.secret("one-canary");
    let text = "services:\n  gui:\n    command: one-canary\n    environment:\n      API_KEY: ab12\n";
    let masked = "services:\n  gui:\n    command: ••••••\n    environment:\n      API_KEY: ••••••\n";
    assert_eq!(redactor.net().mask_text("x.yaml", text), masked);
}

#[test]
fn a_model() {
    let redactor = Redactor::new();
    let said = |text: &str| Origin::Said(Source::new("c.yml", None, text).place(0, text.len()));
    let text = |value: &str| Node::new(Value::String(value.to_owned()), said(value));
    let map = |entries: Vec<(&str, Node)>| {
        let entry = |(key, node): (&str, Node)| (key.to_owned(), Entry { key: said(key), node });
        Node::new(Value::Map(entries.into_iter().map(entry).collect()), said(""))
    };
    let list = |items: Vec<Node>| Node::new(Value::Seq(items), said(""));
    let gui = map(vec![
        ("image", text("spectrum/gui-image:1")),
        ("environment", map(vec![("AUTH_TOKEN", text("one-canary")), ("DB_PASSWORD", text("gui-image"))])),
        ("command", list(vec![text("--api-key"), text("two-canary")])),
        ("secrets", list(vec![text("db_password")])),
    ]);
    let secrets = map(vec![
        ("db_password", map(vec![("file", text("/srv/db.txt"))])),
        ("api", map(vec![("environment", text("NEUTRAL"))])),
        ("other", map(vec![("content", text("four-canary"))])),
    ]);
    let model = map(vec![("services", map(vec![("gui", gui)])), ("secrets", secrets)]);
    redactor.model(&model, &BTreeMap::from([("NEUTRAL".to_owned(), "three-canary".to_owned())]));
    redactor.fact(&json!({"path": "/srv/db.txt"}), &json!({"text": "five-canary\n"}));
    let net = redactor.net();
    assert_eq!(
        net.mask("one-canary two-canary three-canary four-canary five-canary gui-image db_password"),
        "•••••• •••••• •••••• •••••• •••••• gui-image db_password"
    );
}

#[test]
fn shape_alone() {
    assert_eq!(mask("tcp://u:p@10.0.0.7:2375 refused"), "tcp://••••••:••••••@10.0.0.7:2375 refused");
    assert!(matches!(mask("plain"), std::borrow::Cow::Borrowed("plain")));
}

#[test]
fn debug_shows_no_value() {
    let redactor = Redactor::new();
    redactor.secret("s3cr3t-canary");
    assert!(!format!("{redactor:?}").contains("canary"));
    assert!(!format!("{:?}", redactor.net()).contains("s3cr3t"));
}
