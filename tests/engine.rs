//! The probe of the engine against a real one: stopped containers, volumes, links, logs, and fifty at once.
#![allow(clippy::disallowed_methods, reason = "the list is for checks")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test stops at what it did not expect")]

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gonogo::fact::engine::{
    Container, ContainerFile, ContainerLog, Containers, Disk, FileInContainer, Image, Networks, Ping, Volumes,
};
use gonogo::fact::file::FileKind;
use gonogo::fact::{Allowed, Cause, Ledger, Tape, Unknown};

/// The tests' own engine: none means that these tests do not apply, unless CI asks for them.
fn own_engine() -> bool {
    let there = std::env::var_os("GONOGO_TEST_ENGINE").is_some() && std::env::var_os("DOCKER_HOST").is_some();
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "no engine, and CI=true: run `make test`");
    if !there {
        eprintln!("skipped: no engine of the tests' own runs");
    }
    there
}

fn docker(arguments: &str) -> String {
    let output = Command::new("docker").args(arguments.split_whitespace()).output().unwrap();
    assert!(output.status.success(), "docker {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Removes the containers and volumes that bear a label.
struct Ends(&'static str);

impl Drop for Ends {
    fn drop(&mut self) {
        for (kind, list) in [("rm -fv", "ps -aq"), ("volume rm", "volume ls -q")] {
            let listed = docker(&format!("{list} --filter label={}", self.0));
            if !listed.is_empty() {
                docker(&format!("{kind} {listed}"));
            }
        }
    }
}

fn ledger() -> Ledger {
    let here = std::env::current_dir().unwrap();
    let probes = gonogo::probe::standard(&std::env::vars().collect(), &here);
    Ledger::new(probes, Allowed::all(), Duration::from_secs(20), Tape::Off)
}

async fn file(ledger: &Ledger, container: &str, path: &str) -> Result<Arc<FileInContainer>, Unknown> {
    ledger.ask(ContainerFile { container: container.to_owned(), path: path.to_owned() }).await
}

const SCRIPT: &str = "mkdir -p /data/sub /d; echo hello > /data/conf.json; chmod 640 /data/conf.json; \
    ln -s /data/conf.json /link; ln -s link /link2; ln -s ../data/sub/../conf.json /d/relative; ln -s /nope /dangling; \
    ln -s /scratch /memory; mkfifo /pipe; echo here > /scratch/file; echo to stdout; echo to stderr >&2; exit 3";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_container_is_read_as_it_stands() {
    if !own_engine() {
        return;
    }
    let ends = Ends("gonogo-probe=stopped");
    drop(Ends(ends.0));
    docker(&format!("volume create --label {} gonogo-probe-data", ends.0));
    let run =
        ["run", "--name", "gonogo-probe-stopped", "--label", ends.0, "-v", "gonogo-probe-data:/data", "-e", "A=b=c"];
    let options = [
        "--tmpfs",
        "/scratch",
        "-p",
        "127.0.0.1:18099:80",
        "--health-cmd",
        "true",
        "busybox:latest",
        "sh",
        "-c",
        SCRIPT,
    ];
    let ended = Command::new("docker").args(run).args(options).output().unwrap();
    assert_eq!(ended.status.code(), Some(3), "{}", String::from_utf8_lossy(&ended.stderr));

    let ledger = ledger();
    let engine = ledger.ask(Ping).await.unwrap();
    assert!(engine.local && engine.os == "linux", "{engine:?}");
    let name = "gonogo-probe-stopped";
    let list = ledger.ask(Containers).await.unwrap();
    let summary = list.iter().find(|container| container.name == name).unwrap();
    assert_eq!((summary.state.as_str(), summary.image.as_str()), ("exited", "busybox:latest"));
    let detail = ledger.ask(Container { id: summary.id.clone() }).await.unwrap();
    assert_eq!((detail.state.exit_code, detail.state.running, detail.pid), (3, false, None));
    assert!(detail.env.contains(&("A".to_owned(), "b=c".to_owned())));
    assert_eq!((detail.bindings[0].host_ip.as_str(), detail.bindings[0].host_port), ("127.0.0.1", Some(18099)));
    assert_eq!(detail.healthcheck, ["CMD-SHELL", "true"]);
    let kinds: Vec<_> = detail.mounts.iter().map(|mount| (mount.kind.as_str(), mount.target.as_str())).collect();
    assert_eq!(kinds, [("volume", "/data"), ("tmpfs", "/scratch")]);

    for path in ["/data/conf.json", "/link", "/link2", "/d/relative"] {
        let found = file(&ledger, name, path).await.unwrap();
        assert_eq!((found.text.as_deref(), found.mode, found.uid), (Some("hello\n"), 0o640, 0), "{path}");
    }
    let directory = file(&ledger, name, "/data").await.unwrap();
    assert_eq!(
        (directory.entries.as_slice(), directory.complete),
        (&["conf.json".to_owned(), "sub".to_owned()][..], true)
    );
    assert_eq!(file(&ledger, name, "/dangling").await.unwrap().kind, FileKind::DanglingLink);
    assert_eq!(file(&ledger, name, "/pipe").await.unwrap().kind, FileKind::Other);
    assert!(file(&ledger, name, "/nope").await.unwrap_err().is_absent());
    for path in ["/scratch/file", "/memory/file", "/scratch", "/proc/1/status"] {
        assert_eq!(file(&ledger, name, path).await.unwrap_err().cause, Cause::Unsupported, "{path}");
    }
    assert_eq!(file(&ledger, "gonogo-probe-gone", "/x").await.unwrap_err().cause, Cause::Failed);

    let mut log = (*ledger.ask(ContainerLog { container: name.to_owned() }).await.unwrap()).clone();
    log.sort();
    assert_eq!(log, ["to stderr", "to stdout"]);
    let image = ledger.ask(Image { reference: "busybox:latest".to_owned() }).await.unwrap();
    assert_eq!(image.id, detail.image_id);
    assert!(ledger.ask(Image { reference: "gonogo-probe:none".to_owned() }).await.unwrap_err().is_absent());
    assert!(
        ledger
            .ask(Networks)
            .await
            .unwrap()
            .iter()
            .any(|network| network.name == "bridge" && !network.subnets.is_empty())
    );
    assert!(ledger.ask(Volumes).await.unwrap().iter().any(|volume| volume.name == "gonogo-probe-data"));
    let disk = ledger.ask(Disk).await.unwrap();
    assert!(disk.available.unwrap() <= disk.total.unwrap(), "{disk:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_containers_at_once() {
    if !own_engine() {
        return;
    }
    let ends = Ends("gonogo-probe=fifty");
    drop(Ends(ends.0));
    for number in 0..50 {
        docker(&format!("create --name gonogo-probe-{number} --label {} -e N={number} busybox:latest true", ends.0));
    }
    let ledger = ledger();
    let started = Instant::now();
    let list = ledger.ask(Containers).await.unwrap();
    // Those of the other test, which runs beside this one, come and go.
    let ours = list.iter().filter(|one| one.labels.get("gonogo-probe").is_some_and(|value| value == "fifty"));
    let details =
        futures_util::future::join_all(ours.map(|container| ledger.ask(Container { id: container.id.clone() })));
    let details = details.await;
    let elapsed = started.elapsed();
    eprintln!("50 containers listed and inspected in {elapsed:?}, the engine's version included");
    assert_eq!(details.len(), 50);
    assert!(details.iter().all(Result::is_ok), "{:?}", details.iter().find(|detail| detail.is_err()));
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}");
}
