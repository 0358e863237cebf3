//! What a well-behaved engine says, as facts.

use std::time::Duration;

use super::fake::{Fake, ok};
use crate::fact::engine::{Container, ContainerLog, Containers, Image, Networks, Volumes};

const BUDGET: Duration = Duration::from_secs(5);

fn engine(path: &'static str, body: &'static str) -> Fake {
    Fake::but(move |request| request.contains(path).then(|| ok(body)))
}

#[tokio::test]
async fn containers() {
    let fake = engine(
        "/containers/json?all=true",
        r#"[{"Id":"85c7","Names":["/other/alias","/lab-web-1"],"Image":"web:1","ImageID":"sha256:2d","State":"running",
            "Status":"Up 3 seconds","Labels":{"com.docker.compose.project":"lab","com.docker.compose.service":"web"},
            "Ports":[{"IP":"127.0.0.1","PrivatePort":80,"PublicPort":8080,"Type":"tcp"},{"PrivatePort":53,"Type":"udp"}]},
           {"Id":"1","Names":null,"Ports":null,"Labels":null,"State":"created"}]"#,
    );
    let ledger = fake.ledger(BUDGET);
    let list = ledger.ask(Containers).await.unwrap();
    let web = &list[0];
    assert_eq!((web.name.as_str(), web.state.as_str()), ("lab-web-1", "running"));
    assert_eq!((web.project(), web.service(), web.is_one_off()), (Some("lab"), Some("web"), false));
    assert_eq!((web.ports[0].host_ip.as_str(), web.ports[0].host_port), ("127.0.0.1", Some(8080)));
    assert_eq!((web.ports[1].host_port, web.ports[1].protocol.as_str()), (None, "udp"));
    assert_eq!(list[1].name, "");
}

#[tokio::test]
async fn a_container() {
    let fake = engine(
        "/containers/web/json",
        r#"{"Id":"85c7","Created":"2026-11-20T12:00:45Z","Name":"/lab-web-1","Image":"sha256:2d","RestartCount":3,
            "State":{"Status":"restarting","Running":true,"Restarting":true,"OOMKilled":true,"Pid":0,"ExitCode":137,
              "Health":{"Status":"unhealthy","FailingStreak":2,"Log":[{"ExitCode":0,"Output":"ok"},{"ExitCode":7,"Output":"refused"}]}},
            "HostConfig":{"NetworkMode":"lab_default","RestartPolicy":{"Name":"unless-stopped"},"Memory":1048576,
              "PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}],"53/udp":null},"Tmpfs":{"/scratch":"ro,size=1m"}},
            "Mounts":[{"Type":"volume","Name":"cfg","Source":"/v/cfg/_data","Destination":"/data","RW":true},
              {"Type":"bind","Source":"/srv/a","Destination":"/a","RW":false}],
            "Config":{"User":"1000","Env":["A=b=c","EMPTY=","BARE"],"Entrypoint":["/run"],"Cmd":["-v"],"Image":"web:1",
              "ExposedPorts":{"80/tcp":{}},"Healthcheck":{"Test":["CMD","true"]},"Labels":{"x":"y"}},
            "NetworkSettings":{"Networks":{"lab_default":{"NetworkID":"n1","IPAddress":"172.18.0.2","Aliases":["web"],"DNSNames":["web","85c7"]}}}}"#,
    );
    let web = fake.ledger(BUDGET).ask(Container { id: "web".to_owned() }).await.unwrap();
    assert_eq!((web.name.as_str(), web.image.as_str(), web.restart_count), ("lab-web-1", "web:1", 3));
    assert_eq!((web.restart_policy.as_str(), web.memory_limit, web.pid), ("unless-stopped", Some(1 << 20), None));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(web.env, [pair("A", "b=c"), pair("EMPTY", ""), pair("BARE", "")]);
    assert_eq!(web.argv, ["/run", "-v"]);
    assert_eq!(web.healthcheck, ["CMD", "true"]);
    let health = web.state.health.as_ref().unwrap();
    assert_eq!(
        (health.status.as_str(), health.last_exit_code, health.last_output.as_str()),
        ("unhealthy", Some(7), "refused")
    );
    assert!(web.state.restarting && web.state.oom_killed);
    let mounts: Vec<_> = web.mounts.iter().map(|m| (m.kind.as_str(), m.target.as_str(), m.writable)).collect();
    assert_eq!(mounts, [("bind", "/a", false), ("volume", "/data", true), ("tmpfs", "/scratch", false)]);
    assert_eq!(web.bindings.len(), 1);
    assert_eq!((web.bindings[0].host_port, web.bindings[0].container_port), (Some(8080), 80));
    assert_eq!(web.networks["lab_default"].aliases, ["web", "85c7"]);
}

#[tokio::test]
async fn an_image_networks_and_volumes() {
    let fake = engine(
        "/images/registry:5000/a/b:1/json",
        r#"{"Id":"sha256:2d","RepoTags":["b:1"],"Created":"2026-01-01T00:00:00Z","Os":"linux","Architecture":"amd64",
            "Config":{"Env":["PATH=/bin"],"Cmd":null,"Healthcheck":{"Test":["NONE"]},"Volumes":{"/data":{}},"ExposedPorts":{"80/tcp":{}}}}"#,
    );
    let image = fake.ledger(BUDGET).ask(Image { reference: "registry:5000/a/b:1".to_owned() }).await.unwrap();
    assert_eq!(
        (image.volumes.as_slice(), image.exposed.as_slice()),
        (&["/data".to_owned()][..], &["80/tcp".to_owned()][..])
    );
    assert!(image.healthcheck.is_empty() && image.argv.is_empty());

    let fake = engine(
        "/networks",
        r#"[{"Id":"1","Name":"lab","Driver":"bridge","IPAM":{"Config":[{"Subnet":"172.18.0.0/16"}]},"Labels":{}},
            {"Id":"2","Name":"host","Driver":"host","IPAM":{"Config":null},"Labels":null}]"#,
    );
    let networks = fake.ledger(BUDGET).ask(Networks).await.unwrap();
    assert_eq!((networks[0].subnets.as_slice(), networks[1].subnets.len()), (&["172.18.0.0/16".to_owned()][..], 0));

    let fake = engine(
        "/volumes",
        r#"{"Volumes":[{"Name":"cfg","Driver":"local","Mountpoint":"/v/cfg/_data","Labels":null,"Options":null,"Scope":"local","CreatedAt":"2026-11-20T12:03:19Z"}],"Warnings":null}"#,
    );
    let volumes = fake.ledger(BUDGET).ask(Volumes).await.unwrap();
    assert_eq!((volumes[0].name.as_str(), volumes[0].created.as_deref()), ("cfg", Some("2026-11-20T12:03:19Z")));
    let fake = engine("/volumes", r#"{"Volumes":null,"Warnings":null}"#);
    assert!(fake.ledger(BUDGET).ask(Volumes).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_log() {
    let frame = |stream: u8, text: &str| {
        let mut frame = vec![stream, 0, 0, 0];
        frame.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        frame.extend(text.as_bytes());
        frame
    };
    let log = [frame(1, "one\r\ntw"), frame(2, "o\n"), frame(1, "the last")].concat();
    let fake = Fake::but(move |request| request.contains("/logs?").then(|| ok(log.clone())));
    let lines = fake.ledger(BUDGET).ask(ContainerLog { container: "web".to_owned() }).await.unwrap();
    assert_eq!(*lines, ["one", "two", "the last"]);
    // A terminal's log has no frames.
    let fake = Fake::but(move |request| request.contains("/logs?").then(|| ok("plain\r\nlines\r\n".repeat(90))));
    let lines = fake.ledger(BUDGET).ask(ContainerLog { container: "web".to_owned() }).await.unwrap();
    assert_eq!((lines.len(), lines[99].as_str()), (100, "lines"));
}
