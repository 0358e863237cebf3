//! A recording says what the run saw, holds none of its secrets, and a broken one is told to be broken.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::compose::Files;
use crate::fact::engine::{Container, ContainerDetail, ContainerFile, FileInContainer};
use crate::fact::file::FileKind;
use crate::fact::{Allowed, Ledger, Probes, Unknown};
use crate::probe::disk::Disk;

const CANARY: &str = "c4nary-0f-0urs-9";
const NUMBER: &str = "8315507";
const SHORT: &str = "zq7";
const DOLLAR: &str = "left$right-part";

fn container() -> ContainerDetail {
    serde_json::from_value(json!({
        "id": "c0ffee", "name": "lab-agent-1", "image": "agent:1", "image_id": "sha256:00", "labels": {}, "created": "",
        "state": {"status": "running", "running": true, "restarting": false, "oom_killed": false, "exit_code": 0,
            "error": "", "started_at": "", "finished_at": "", "health": null},
        "restart_count": 0, "restart_policy": "no", "memory_limit": null,
        "env": [["TOKEN", CANARY], ["AGENT_PASSWORD", SHORT], ["EMPTY_TOKEN", ""], ["API_TOKEN", "changeme"],
            ["NEWLINE_TOKEN", format!("{CANARY}\n")], ["DB_PASSWORD", DOLLAR],
            ["URL", format!("redis://:{CANARY}@cache:6379/0")], ["PORT", "5051"]],
        "argv": ["agent", "--port", "5051", "--auth-token", SHORT], "user": "", "exposed": [], "bindings": [],
        "mounts": [], "network_mode": "lab", "networks": {}, "pid": null, "healthcheck": []
    }))
    .unwrap()
}

fn file() -> FileInContainer {
    let text =
        json!({"url": "ws://gui:5051", "auth_token": CANARY, "pin": 12, "device_token": 8_315_507}).to_string();
    FileInContainer {
        kind: FileKind::File,
        mode: 0,
        uid: 0,
        gid: 0,
        size: 0,
        text: Some(text),
        entries: vec![],
        complete: true,
    }
}

fn probes() -> Probes {
    Probes::default().on(|_: Container, _| async { Ok(container()) }).on(|question: ContainerFile, _| async move {
        if question.path == "/etc/agent.json" {
            Ok(file())
        } else {
            Err(Unknown::absent(format!("no {CANARY} here")))
        }
    })
}

struct Stack {
    directory: tempfile::TempDir,
    settings: Settings,
    files: Recorder,
}

fn stack() -> Stack {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path().canonicalize().unwrap();
    let compose = format!(
        "services:\n  agent:\n    environment:\n      TOKEN: ${{TOKEN}}\n      AGENT_PASSWORD: \"{SHORT}\"\n      \
         DB_PASSWORD: left$$right-part\n      NUMBER_TOKEN: {NUMBER}\n      OTHER_TOKEN: ${{FROM_SHELL}}\n"
    );
    std::fs::write(here.join("compose.yaml"), compose).unwrap();
    std::fs::write(here.join(".env"), format!("TOKEN={CANARY}\nAPI_TOKEN=changeme\nNEWLINE=\n")).unwrap();
    std::fs::write(here.join("carrier.yaml"), "PG_PASSWORD: ${PW}\nUSER: ${WHO}\n").unwrap();
    std::fs::write(here.join("carrier.env"), "export PW=\"q9\"\nWHO=postgres\nPWX=1\n").unwrap();
    std::fs::write(here.join("binary"), [0xff, 0xfe]).unwrap();
    let files = Recorder::new(Disk::new(&here));
    for name in ["compose.yaml", ".env", "carrier.yaml", "carrier.env", "binary", "missing", "."] {
        let path = here.join(name);
        let _ = (files.kind(&path), files.read(&path));
    }
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let environment = [
        variable("FROM_SHELL", CANARY),
        variable("HOME", "/home/me"),
        variable("COMPOSE_PROFILES", "lab"),
        variable("AWS_SECRET_ACCESS_KEY", "n0t-0f-this-stack"),
        variable("UNRELATED", "x"),
    ];
    let settings = Settings { working_directory: here, environment: environment.into(), ..Settings::default() };
    Stack { directory, settings, files }
}

const ASKED: [&str; 2] = ["/etc/agent.json", "/etc/none"];

async fn ask(ledger: &Ledger) -> (ContainerDetail, Vec<Result<FileInContainer, Unknown>>) {
    let container = ledger.ask(Container { id: "c0ffee".to_owned() }).await.unwrap();
    let mut files = Vec::new();
    for path in ASKED {
        let question = ContainerFile { container: "c0ffee".to_owned(), path: path.to_owned() };
        files.push(ledger.ask(question).await.map(|file| (*file).clone()));
    }
    ((*container).clone(), files)
}

async fn recorded(stack: &Stack) -> Recording {
    let tape = Tape::Record(std::sync::Mutex::default());
    let ledger = Ledger::new(probes(), Allowed::all(), Duration::from_secs(5), tape);
    ask(&ledger).await;
    let run = Run {
        stage: "restart".to_owned(),
        settings: &stack.settings,
        gate: None,
        files: &stack.files,
        facts: ledger.heard(),
    };
    let text = Recording::of(run, ledger.secrets()).to_text().unwrap();
    for secret in [CANARY, NUMBER, SHORT, DOLLAR, "right-part", "n0t-0f-this-stack", "c4nary"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    Recording::from_text(&text).unwrap()
}

#[tokio::test]
async fn secrets_are_replaced_alike_everywhere_and_keep_what_rules_look_at() {
    let stack = stack();
    let recording = recorded(&stack).await;
    let ledger = Ledger::new(Probes::default(), Allowed::all(), Duration::from_secs(5), recording.tape());
    let (container, files) = ask(&ledger).await;
    let env = |name: &str| container.env.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let token = env("TOKEN");
    assert!(token.starts_with("hmac") && token.len() == 24, "{token}");
    assert_eq!(env("NEWLINE_TOKEN"), format!("{token}\n"));
    assert_eq!(env("URL"), format!("redis://:{token}@cache:6379/0"));
    assert_eq!(
        (env("EMPTY_TOKEN").as_str(), env("API_TOKEN").as_str(), env("PORT").as_str()),
        ("", "changeme", "5051")
    );
    let password = env("AGENT_PASSWORD");
    assert_eq!(container.argv, ["agent", "--port", "5051", "--auth-token", &password]);

    let config: serde_json::Value = serde_json::from_str(files[0].as_ref().unwrap().text.as_ref().unwrap()).unwrap();
    assert_eq!(
        (config["auth_token"].as_str(), config["url"].as_str()),
        (Some(token.as_str()), Some("ws://gui:5051"))
    );
    let number = config["device_token"].as_i64().unwrap();
    let absent = files[1].as_ref().unwrap_err();
    assert!(absent.is_absent() && absent.detail.contains(&token));

    let settings = recording.settings().unwrap();
    assert_eq!(settings.working_directory, stack.settings.working_directory);
    assert_eq!(settings.environment.keys().collect::<Vec<_>>(), ["COMPOSE_PROFILES", "FROM_SHELL", "HOME"]);
    assert_eq!(settings.environment["FROM_SHELL"], token);

    let replayed = recording.replayed();
    let read = |name: &str| replayed.read(&settings.working_directory.join(name));
    let text = |name: &str| String::from_utf8(read(name).unwrap()).unwrap();
    assert_eq!(text(".env"), format!("TOKEN={token}\nAPI_TOKEN=changeme\nNEWLINE=\n"));
    // A secret under a name that announces none, which is handed on to one that does.
    let carried = text("carrier.env");
    assert!(carried.starts_with("export PW=\"hmac") && carried.ends_with("\"\nWHO=postgres\nPWX=1\n"), "{carried}");
    let compose = text("compose.yaml");
    assert!(compose.contains("      TOKEN: ${TOKEN}\n") && compose.contains("${FROM_SHELL}"), "{compose}");
    assert!(compose.contains(&format!("AGENT_PASSWORD: \"{password}\"")), "{compose}");
    assert!(compose.contains(&format!("NUMBER_TOKEN: {number}\n")), "{compose}");
    // What Compose makes of the file's is what runs in the container.
    assert!(compose.contains(&format!("DB_PASSWORD: {}\n", env("DB_PASSWORD").replace('$', "$$"))), "{compose}");
    assert!(env("DB_PASSWORD").contains('$'));
}

#[tokio::test]
async fn files_are_played_back_as_they_were_seen() {
    let stack = stack();
    let recording = recorded(&stack).await;
    let replayed = recording.replayed();
    let here = stack.directory.path().canonicalize().unwrap();
    for name in ["compose.yaml", ".env", "binary", "missing", "."] {
        let path = here.join(name);
        assert_eq!(replayed.kind(&path), stack.files.kind(&path), "{name}");
        assert_eq!(replayed.name(&path), stack.files.name(&path), "{name}");
        match (replayed.read(&path), stack.files.read(&path)) {
            (Ok(then), Ok(now)) => assert_eq!(String::from_utf8(then).is_ok(), String::from_utf8(now).is_ok()),
            (Err(then), Err(now)) => assert_eq!((then.kind(), then.to_string()), (now.kind(), now.to_string())),
            (then, now) => panic!("{name}: {then:?}, {now:?}"),
        }
    }
    assert_eq!(replayed.read(&here.join("never asked")).unwrap_err().kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test]
async fn another_run_has_another_key() {
    let stack = stack();
    let token = |recording: Recording| recording.settings().unwrap().environment["FROM_SHELL"].clone();
    assert_ne!(token(recorded(&stack).await), token(recorded(&stack).await));
}

#[test]
fn what_is_no_recording_is_said_to_be_none() {
    let told = |text: &str| Recording::from_text(text).unwrap_err();
    for text in ["", "services:\n  web: {}\n", "{", "\u{0}"] {
        assert!(told(text).contains("not JSON"), "{}", told(text));
    }
    for text in ["[]", "null", "3", "{}", "{\"schema\":\"gonogo-report/1\"}", "{\"schema\":7}"] {
        assert!(told(text).contains("not a recording"), "{}", told(text));
    }
    assert!(told("{\"schema\":\"gonogo-recording/2\"}").contains("another version"));
    for rest in
        ["\"facts\":{}", "\"facts\":[{}]", "\"live\":[\"moon\"]", "\"fact\":[]", "\"files\":{\"/a\":{\"read\":7}}"]
    {
        let text = format!("{{\"schema\":\"{SCHEMA}\",{rest}}}");
        assert!(told(&text).contains("damaged"), "{text}");
    }
}

#[tokio::test]
async fn a_recording_cut_anywhere_is_damaged() {
    let text = recorded(&stack()).await.to_text().unwrap();
    for end in (0..text.len() - 3).step_by(37) {
        assert!(Recording::from_text(&text[..end]).is_err(), "{end}");
    }
}

#[tokio::test]
async fn by_hand_with_live_files() {
    let text = format!(
        "{{\"schema\":\"{SCHEMA}\",\"live\":[\"files\"],\"facts\":[\
         {{\"kind\":\"engine.file\",\"question\":{{\"path\":\"/x\",\"container\":\"c\"}},\
         \"answer\":{{\"Err\":{{\"cause\":\"denied\",\"detail\":\"no\"}}}}}}]}}"
    );
    let recording = Recording::from_text(&text).unwrap();
    assert!(recording.is_live(Source::Files) && recording.settings().is_none() && recording.found().is_none());
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a"), "hello").unwrap();
    let probes = crate::probe::standard(&BTreeMap::new(), directory.path());
    let ledger = Ledger::new(probes, Allowed::all(), Duration::from_secs(5), recording.tape());
    let question = crate::fact::file::Text { path: directory.path().join("a") };
    assert_eq!(ledger.ask(question).await.unwrap().text, "hello");
    let file = ContainerFile { container: "c".to_owned(), path: "/x".to_owned() };
    assert_eq!(ledger.ask(file).await.unwrap_err().detail, "no");
    let other = ContainerFile { container: "c".to_owned(), path: "/y".to_owned() };
    assert!(ledger.ask(other).await.unwrap_err().detail.contains("no answer to engine.file"));
}
