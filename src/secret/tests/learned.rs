//! What a redactor learns, and what its net then masks.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::{Redactor, mask};
use crate::place::Source;

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
