//! `--record` and `--replay`: the same outcomes anywhere, and no secret in the recording.
#![allow(clippy::disallowed_methods, reason = "the list is for checks")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]
#![cfg(unix)]

mod support;

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use serde_json::{Value, json};
use support::Judged;

const TOKEN: &str = "c4nary-t0ken-11";
const OTHER: &str = "c4nary-0ther-22";
const PASSWORD: &str = "p@ss/c4nary$33";
const SHORT: &str = "q7z";

/// An engine with one container of the project.
fn engine(socket: &Path) {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        listener.incoming().flatten().for_each(|stream| drop(std::thread::spawn(|| answer(stream))))
    });
}

fn answer(mut stream: UnixStream) {
    let mut request = [0; 4096];
    let length = stream.read(&mut request).unwrap_or(0);
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let path = path.strip_prefix("/v1.41").unwrap_or(path);
    let labels = json!({"com.docker.compose.project": "lab", "com.docker.compose.service": "web",
        "com.docker.compose.version": "2.40.3", "com.docker.compose.oneoff": "False"});
    let body = match path.split('?').next().unwrap_or_default() {
        "/version" => {
            json!({"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64"})
        }
        "/info" => json!({"Name": "elsewhere", "DockerRootDir": "/var/lib/docker"}),
        "/containers/json" => {
            json!([{"Id": "c0ffee", "Names": ["/lab-web-1"], "Image": "web:1", "ImageID": "sha256:1",
            "State": "exited", "Status": "Exited (1)", "Labels": labels, "Ports": []}])
        }
        "/containers/c0ffee/json" => json!({"Id": "c0ffee", "Name": "/lab-web-1", "Image": "sha256:1",
            "State": {"Status": "exited", "Running": false, "ExitCode": 1, "Error": format!("cannot log in with {TOKEN}")},
            "Config": {"Image": "web:1", "Labels": labels, "Env": [format!("TOKEN={TOKEN}"), format!("DB_PASSWORD={PASSWORD}"),
                format!("PIN_TOKEN={SHORT}"), format!("URL=http://app:{PASSWORD}@db")]}}),
        "/containers/c0ffee/logs" => json!(format!("token {OTHER} refused")),
        "/networks" => json!([{"Id": "1", "Name": "lab_default", "Driver": "bridge", "Labels": {}}]),
        "/volumes" => json!({"Volumes": []}),
        "/images/web:1/json" => json!({"Id": "sha256:1", "Config": {"Env": [format!("API_KEY={OTHER}")]}}),
        _ => Value::Null,
    };
    let status = if body.is_null() { "404 Not Found" } else { "200 OK" };
    let body = if body.is_null() { json!({"message": "no such thing"}) } else { body }.to_string();
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
}

fn project(directory: &Path) {
    let compose = format!(
        "name: lab\nservices:\n  web:\n    image: web:1\n    environment:\n      TOKEN: ${{TOKEN}}\n      \
         DB_PASSWORD: ${{FROM_SHELL}}\n      PIN_TOKEN: {SHORT}\n      BROKEN_PASSWORD: le$ft-c4nary\n  \
         db:\n    image: db:1\n    environment:\n      TOKEN: {OTHER}\n      URL: ${{NOT_SET}}\n      \
         API_TOKEN: changeme\n    env_file: [agent.env]\n"
    );
    std::fs::write(directory.join("compose.yaml"), compose).unwrap();
    std::fs::write(directory.join(".env"), format!("TOKEN={TOKEN}\n")).unwrap();
    std::fs::write(directory.join("agent.env"), format!("AGENT_SECRET='{OTHER}'\nEMPTY_TOKEN=\n")).unwrap();
}

/// Outcomes without what changes from run to run, and without columns: a stand-in is not as long as its secret.
fn outcomes(judged: &Judged) -> Vec<Value> {
    let place = |place: &Value| json!([place["file"], place["line"], place["thing"]]);
    let row = |row: &Value| {
        // Where it is called by its place, the place's words are left out.
        let subject = row["subject"].as_str().unwrap().split(' ').filter(|word| !word.contains(":9:"));
        let subject: Vec<&str> = subject.collect();
        let related: Vec<Value> = row["related"].as_array().into_iter().flatten().map(place).collect();
        json!([
            row["rule"],
            subject,
            row["outcome"],
            row["observed"],
            row["reason"],
            row["severity"],
            row["message"],
            row["help"],
            place(&row["primary"]),
            related
        ])
    };
    judged.report["results"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_recorded_run_is_judged_alike_elsewhere_and_holds_no_secret() {
    let (stack, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    project(stack.path());
    let socket = stack.path().join("engine.sock");
    engine(&socket);
    for stage in ["build", "restart"] {
        let mut command = support::gonogo(stack.path());
        command.env("DOCKER_HOST", format!("unix://{}", socket.display())).env("FROM_SHELL", PASSWORD);
        command.env("AWS_SECRET_ACCESS_KEY", "c4nary-unrelated").env("UNRELATED", "c4nary-too");
        command.args(["--stage", stage, "--format", "json", "--record", "run.json"]);
        let recorded = Judged::from(&command.output().unwrap());
        assert!(recorded.report["results"].as_array().is_some_and(|rows| !rows.is_empty()), "{}", recorded.brief());

        let text = std::fs::read_to_string(stack.path().join("run.json")).unwrap();
        for secret in ["c4nary", "p@ss", "p%40ss", SHORT] {
            assert!(!text.contains(secret), "{secret} at {stage}: {text}");
        }
        std::fs::write(elsewhere.path().join("run.json"), text).unwrap();
        let mut command = support::gonogo(elsewhere.path());
        let replayed = Judged::from(&command.args(["--format", "json", "--replay", "run.json"]).output().unwrap());
        assert_eq!(outcomes(&replayed), outcomes(&recorded), "{stage}");
        assert_eq!((replayed.status, &replayed.report["stage"]), (recorded.status, &recorded.report["stage"]));
    }
}

#[test]
fn what_cannot_be_replayed_is_a_usage_error() {
    let directory = tempfile::tempdir().unwrap();
    project(directory.path());
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("damaged", "{\"schema\":\"gonogo-recording/1\",\"facts\":[");
    write("newer", "{\"schema\":\"gonogo-recording/99\"}");
    write("foreign", "{\"results\":[]}");
    for (name, word) in [
        ("damaged", "damaged"),
        ("newer", "another version"),
        ("foreign", "not a recording"),
        ("compose.yaml", "not JSON"),
        ("missing", "No such file"),
        (".", "directory"),
    ] {
        let judged = Judged::from(&support::gonogo(directory.path()).args(["--replay", name]).output().unwrap());
        assert_eq!(judged.status, 2, "{name}");
        assert!(
            judged.stderr.contains(&format!("--replay {name}")) && judged.stderr.contains(word),
            "{}",
            judged.stderr
        );
    }
    let both = support::gonogo(directory.path()).args(["--record", "a", "--replay", "b"]).output().unwrap();
    assert_eq!(both.status.code(), Some(2));
}
