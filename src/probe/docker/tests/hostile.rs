//! Engines that hang, lie, shout, refuse, or are none. Each costs its own facts, in bounded time and memory.

use std::time::{Duration, Instant};

use super::fake::{Answer, Fake, VERSION, ledger, ok};
use crate::fact::engine::{Container, ContainerLog, Containers, Disk, Image, Networks, Ping, Volumes};
use crate::fact::{Cause, Ledger, Question, Unknown};

const BUDGET: Duration = Duration::from_secs(2);

async fn unknown<Q: Question>(ledger: &Ledger, question: Q) -> Unknown {
    ledger.ask(question).await.unwrap_err()
}

#[tokio::test]
async fn an_engine_that_hangs_is_one_cause_before_the_deadline() {
    let fake = Fake::new(|_| Answer::Hangs);
    let ledger = fake.ledger(BUDGET);
    let started = Instant::now();
    let (ping, containers) = tokio::join!(unknown(&ledger, Ping), unknown(&ledger, Containers));
    assert_eq!(ping.cause, Cause::TimeOut);
    assert_eq!(containers.cause, Cause::Blocked("engine.ping".to_owned()));
    assert!(started.elapsed() < BUDGET);
}

#[tokio::test]
async fn an_answer_that_never_comes_costs_its_own_fact() {
    let fake = Fake::but(|request| match request {
        request if request.contains("/containers/web/json") => Some(Answer::Hangs),
        request if request.contains("/networks") => Some(ok("[]")),
        _ => None,
    });
    let ledger = fake.ledger(BUDGET);
    let started = Instant::now();
    assert_eq!(unknown(&ledger, Container { id: "web".to_owned() }).await.cause, Cause::TimeOut);
    assert!(started.elapsed() < BUDGET);
    assert!(ledger.ask(Networks).await.unwrap().is_empty());
}

#[tokio::test]
async fn endless_answers_are_cut_off() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let endless = |head: String, start: &str, again: &str| {
        let (head, again) = (format!("{head}{start}"), again.repeat(1000));
        Fake::but(move |request| {
            request.contains("containers/json").then(|| Answer::Repeats(head.clone().into(), again.clone().into()))
        })
    };
    let cases = [
        endless(format!("{head}\r\n"), "[", "{\"Id\":\"a\"},"),
        endless(format!("{head}Content-Length: 99999999999\r\n\r\n"), "[", "{\"Id\":\"a\"},"),
        endless(format!("{head}Transfer-Encoding: chunked\r\n\r\n"), "", &format!("100\r\n{}\r\n", " ".repeat(256))),
        endless(head.to_owned(), "", "X-Endless: yes\r\n"),
        endless("HTTP/1.1 500 No\r\n\r\n".to_owned(), "", "no, no, "),
    ];
    for fake in cases {
        let started = Instant::now();
        let unknown = unknown(&fake.ledger(Duration::from_secs(20)), Containers).await;
        assert_eq!(unknown.cause, Cause::Failed, "{unknown}");
        assert!(unknown.detail.len() < 500, "{unknown}");
        assert!(started.elapsed() < Duration::from_secs(18), "{unknown}");
    }
}

#[tokio::test]
async fn an_answer_of_the_wrong_shape_is_not_quoted() {
    for body in
        [r#"{"hunter2":1}"#, r#"[{"Id":["hunter2"]}]"#, "hunter2", "", "[{\"Id\":\"hunter2\"", "null", "[null]"]
    {
        let fake = Fake::but(move |request| request.contains("containers/json").then(|| ok(body)));
        let unknown = unknown(&fake.ledger(BUDGET), Containers).await;
        assert_eq!(unknown.cause, Cause::Failed, "{body}");
        assert!(!unknown.detail.contains("hunter2"), "{unknown}");
    }
}

#[tokio::test]
async fn lies_about_lengths_and_broken_connections_are_failures() {
    let cases: [&[u8]; 6] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n[]",
        b"HTTP/1.1 200 O",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ];
    for bytes in cases {
        let fake =
            Fake::but(move |request| request.contains("containers/json").then(|| Answer::Sends(bytes.to_vec())));
        let unknown = unknown(&fake.ledger(BUDGET), Containers).await;
        assert_eq!(unknown.cause, Cause::Failed, "{unknown}");
    }
}

#[tokio::test]
async fn refusals_say_what_they_are() {
    for (status, cause) in [(403, Cause::Denied), (401, Cause::Denied), (500, Cause::Failed), (404, Cause::Absent)] {
        let message = "{\"message\":\"because\\u001b[31m of\\n\\nit\"}";
        let fake = Fake::but(move |request| request.contains("images").then(|| Answer::Says(status, message.into())));
        let unknown = unknown(&fake.ledger(BUDGET), Image { reference: "redis:7".to_owned() }).await;
        assert_eq!(unknown.cause, cause);
        assert!(unknown.detail.contains("because [31m of it"), "{unknown}");
    }
}

#[tokio::test]
async fn something_that_is_no_engine_is_said_to_be_none() {
    let not_an_engine: [fn() -> Answer; 7] = [
        || ok("{}"),
        || ok("<html>hello</html>"),
        || ok(r#"{"ApiVersion":"new"}"#),
        || Answer::Says(404, b"nothing here".to_vec()),
        || Answer::Sends(b"220 ready\r\n".to_vec()),
        || Answer::Sends(Vec::new()),
        || Answer::Repeats(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b' '; 4096]),
    ];
    for answer in not_an_engine {
        let fake = Fake::new(move |_| answer());
        let unknown = unknown(&fake.ledger(BUDGET), Ping).await;
        assert_eq!(unknown.cause, Cause::Failed, "{unknown}");
    }
}

#[tokio::test]
async fn too_old_and_too_new_engines_are_told() {
    for (api, min, word) in [("1.18", "1.12", "too old"), ("1.99", "1.90", "too new")] {
        let body = format!(r#"{{"Version":"1","ApiVersion":"{api}","MinAPIVersion":"{min}"}}"#);
        let fake = Fake::new(move |_| ok(body.clone()));
        let unknown = unknown(&fake.ledger(BUDGET), Ping).await;
        assert_eq!(unknown.cause, Cause::Failed);
        assert!(unknown.detail.contains(word), "{unknown}");
    }
}

#[tokio::test]
async fn where_no_engine_is_the_remedy_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    std::fs::create_dir(at("directory")).unwrap();
    std::fs::write(at("file"), "").unwrap();
    drop(std::os::unix::net::UnixListener::bind(at("stale")).unwrap());
    for (name, word) in
        [("none", "no such socket"), ("directory", "rmdir"), ("file", "not a socket"), ("stale", "nothing listens")]
    {
        let unknown = unknown(&ledger(&format!("unix://{}", at(name).display()), BUDGET), Ping).await;
        assert_eq!(unknown.cause, Cause::Absent, "{unknown}");
        assert!(unknown.detail.contains(word) && unknown.detail.contains("systemctl start docker"), "{unknown}");
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(unknown(&ledger(&format!("tcp://{free}"), BUDGET), Ping).await.cause, Cause::Absent);
}

#[tokio::test]
async fn the_host_information_may_fail_and_the_engine_is_known_all_the_same() {
    let fake = Fake::but(|request| request.ends_with("/info").then(|| Answer::Says(500, Vec::new())));
    let ledger = fake.ledger(BUDGET);
    let engine = ledger.ask(Ping).await.unwrap();
    assert_eq!((engine.version.as_str(), engine.local, &engine.root_dir), ("20.10.24", false, &None));
    // Whose host the disk is on is not known, so nothing is said about it.
    assert_eq!(unknown(&ledger, Disk).await.cause, Cause::Unsupported);
}

#[tokio::test]
async fn at_most_eight_requests_are_under_way_and_all_are_reads_in_the_engines_version() {
    let fake = Fake::but(|request| {
        (!request.ends_with("/version") && !request.ends_with("/info")).then(|| {
            std::thread::sleep(Duration::from_millis(5));
            ok("{}")
        })
    });
    let ledger = fake.ledger(Duration::from_secs(10));
    let asked = (0..50).map(|n| ledger.ask(Container { id: format!("c{n}") }));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(Result::is_ok));
    let _ = tokio::join!(
        ledger.ask(Containers),
        ledger.ask(Volumes),
        ledger.ask(ContainerLog { container: "c".to_owned() })
    );
    assert!(fake.at_once.lock().unwrap().1 <= 8);
    let heard = fake.heard.lock().unwrap();
    assert!(heard.iter().all(|line| line.starts_with("GET ") || line.starts_with("HEAD ")), "{heard:?}");
    assert!(
        heard.iter().filter(|line| line.contains("containers")).all(|line| line.contains(" /v1.41/")),
        "{heard:?}"
    );
    assert_eq!(heard.iter().filter(|line| line.ends_with("/version")).count(), 1);
}

#[tokio::test]
async fn nothing_but_reads_leaves() {
    let fake = Fake::new(|_| ok(VERSION));
    let wire =
        super::super::Wire::new(super::super::endpoint::Endpoint::Unix(fake.directory.path().join("sock")), 1 << 20);
    let client = super::super::client(&wire, 1 << 20).unwrap();
    client.start_container("web", None::<bollard::query_parameters::StartContainerOptions>).await.unwrap_err();
    client.remove_container("web", None::<bollard::query_parameters::RemoveContainerOptions>).await.unwrap_err();
    assert!(fake.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn names_that_cannot_stand_in_a_path_are_not_asked_for() {
    let fake = Fake::but(|_| None);
    let ledger = fake.ledger(BUDGET);
    for id in ["", "../images", "a/b", "a?x", "-a", "a b", "ä"] {
        assert_eq!(unknown(&ledger, Container { id: id.to_owned() }).await.cause, Cause::Absent, "{id}");
    }
    for reference in ["", "a/../../b", "a b", "a?b", "a%2f"] {
        assert_eq!(unknown(&ledger, Image { reference: reference.to_owned() }).await.cause, Cause::Absent);
    }
    assert_eq!(fake.heard.lock().unwrap().len(), 2);
}
