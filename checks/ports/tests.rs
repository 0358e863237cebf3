use std::collections::BTreeMap;
use std::net::IpAddr;

use gonogo::check::Rule;
use gonogo::fact::Unknown;
use gonogo::fact::engine::{Container, ContainerDetail, ContainerState, ContainerSummary, Containers, PublishedPort};
use gonogo::fact::host::{Connect, Connected, Listener, Listeners, Process};
use gonogo::finding::Severity;

use super::{
    discarded, out_of_range, override_appends, published_everywhere, published_twice, replicas_share,
    reserved_elsewhere, taken,
};
use crate::checks::testing::{Stack, assert_passes, findings, only};

/// Services in flow style, one a line.
fn stack(services: &str) -> Stack {
    Stack::new(&format!("name: lab\nservices:\n{services}"))
}

fn message(stack: Stack, rule: &'static Rule) -> String {
    only(&stack.judge(rule)).message.clone()
}

#[test]
fn two_services_on_one_port() {
    for (one, other) in [
        ("\"5051:5051\"", "\"5051:8000\""),
        ("\"127.0.0.1:5051:5051\"", "\"5051:8000\""),
        ("{target: 80, published: \"5051\"}", "\"0.0.0.0:5051:80\""),
        ("\"5050-5052:5050-5052\"", "\"5051:80\""),
        ("\"[::1]:5051:80\"", "\"5051:80\""),
        ("\"5051:53/udp\"", "\"5051:54/udp\""),
    ] {
        let services = format!("  api: {{image: a, ports: [{one}]}}\n  gui: {{image: b, ports: [{other}]}}\n");
        let message = message(stack(&services), &published_twice::RULE);
        assert!(message.starts_with("api and gui both want the host's port 5051/"), "{message}");
    }
}

#[test]
fn ports_that_only_look_alike() {
    for (one, other) in [
        ("\"5051:5051\"", "\"5052:5051\""),
        ("\"5051:53/tcp\"", "\"5051:53/udp\""),
        ("\"127.0.0.1:5051:80\"", "\"127.0.0.2:5051:80\""),
        ("\"0.0.0.0:5051:80\"", "\"[::]:5051:80\""),
        ("\"5051\"", "\"5051\""),
        ("\"5050-5051:80\"", "\"5050-5051:80\""),
    ] {
        let services =
            format!("  api: {{image: a, ports: [\"1:1\", {one}]}}\n  gui: {{image: b, ports: [{other}]}}\n");
        assert_passes(&stack(&services).judge(&published_twice::RULE));
    }
}

#[test]
fn services_on_the_hosts_network() {
    let both = |api: &str, gui: &str| {
        stack(&format!(
            "  api: {{image: a, network_mode: host, {api}}}\n  gui: {{image: b, network_mode: host, {gui}}}\n"
        ))
    };
    let port = |port: u16| format!("environment: {{PORT: \"{port}\"}}");
    let rows = both(&port(5051), &port(5051)).judge(&published_twice::RULE);
    assert_eq!(only(&rows).message, "api and gui both want the host's port 5051/tcp");
    only(&both(&port(5051), "command: [\"serve\", \"--port\", \"5051\"]").judge(&published_twice::RULE));
    let mixed = format!(
        "  api: {{image: a, network_mode: host, {}}}\n  gui: {{image: b, ports: [\"5051:80\"]}}\n",
        port(5051)
    );
    only(&stack(&mixed).judge(&published_twice::RULE));
    assert_passes(&both(&port(5051), &port(5052)).judge(&published_twice::RULE));
    let rows = host(both(&port(5051), &port(5052)), vec![], vec![listener("0.0.0.0", 5052, Some((1, "x")))], false);
    assert!(only(&rows).help.ends_with("or let gui listen on another port"), "{}", only(&rows).help);
}

#[test]
fn one_service_twice_on_a_port() {
    let ports = |ports: &str| stack(&format!("  web: {{image: a, ports: [{ports}]}}\n"));
    let rows = ports("\"80:80\", \"80:81\"").judge(&published_twice::RULE);
    assert_eq!(only(&rows).message, "web wants the host's port 80/tcp twice");
    // The engine takes the same said again as one.
    assert_passes(&ports("\"80:80\", {target: 80, published: \"80\"}").judge(&published_twice::RULE));
}

#[test]
fn a_range_that_a_fixed_port_lies_in() {
    let services = "  api: {image: a, ports: [\"8000-8005:80\"]}\n  gui: {image: b, ports: [\"8000:80\"]}\n";
    let rows = stack(services).judge(&published_twice::RULE);
    assert_eq!(only(&rows).severity, Severity::Warning);
    let tight = "  api: {image: a, scale: 2, ports: [\"8000-8001:80\"]}\n  gui: {image: b, ports: [\"8000:80\"]}\n";
    assert_eq!(only(&stack(tight).judge(&published_twice::RULE)).severity, Severity::Error);
}

#[test]
fn a_range_is_one_claim() {
    let services = "  a: {image: a, ports: [\"1024-9000:1024-9000\"]}\n  b: {image: b, ports: [\"3000-6000:3000-6000/udp\", \"80:80\"]}\n";
    let lines = stack(services).lines(&published_twice::RULE);
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines.first().unwrap(), "pass a: 1024-9000:1024-9000/tcp: nobody else wants 1024-9000/tcp");
    let services =
        "  a: {image: a, ports: [\"9000-9010:9000-9010\"]}\n  b: {image: b, ports: [\"9010-9020:9010-9020\"]}\n";
    let message = message(stack(services), &published_twice::RULE);
    assert_eq!(message, "a and b both want the host's port 9010/tcp");
    let rows = stack("  a: {image: a, scale: 2, ports: [\"9000-9010:9000-9010\"]}\n").judge(&replicas_share::RULE);
    only(&rows);
    let taken =
        |port: u16| host(web("9000-9001:9000-9001"), vec![], vec![listener("0.0.0.0", port, Some((1, "x")))], false);
    let rows = taken(9001);
    assert_eq!(
        only(&rows).message,
        "web wants 2 of the host's ports 9000-9001/tcp, but pid 1 (x) already has 0.0.0.0:9001/tcp"
    );
    assert_passes(&taken(9002));
}

#[test]
fn a_port_from_the_environment_is_mended_where_it_is_said() {
    let services = "  api: {image: a, ports: [\"${API}:80\"]}\n  gui: {image: b, ports: [\"${GUI}:80\"]}\n";
    let rows = stack(services).file(".env", "API=5051\nGUI=5051\n").judge(&published_twice::RULE);
    let finding = only(&rows);
    assert_eq!(finding.primary.site.to_string(), ".env:2:5");
    assert_eq!(finding.help, "publish gui on another port: change 5051 to 5052 (`5052:80`)");
}

#[test]
fn replicas_need_a_port_each() {
    for service in [
        "{image: a, ports: [\"80:80\"], deploy: {replicas: 2}}",
        "{image: a, ports: [\"80:80\"], scale: 2}",
        "{image: a, ports: [\"8000-8001:80\"], deploy: {replicas: 3}}",
    ] {
        let rows = stack(&format!("  web: {service}\n")).judge(&replicas_share::RULE);
        assert_eq!(only(&rows).severity, Severity::Error, "{service}");
    }
    for service in ["{image: a, ports: [\"8000-8001:80\"], scale: 2}", "{image: a, ports: [\"80:80\"], scale: 1}"] {
        assert!(findings(&stack(&format!("  web: {service}\n")).judge(&replicas_share::RULE)).is_empty());
    }
}

#[test]
fn what_is_no_port() {
    for port in
        ["published: \"70000\", target: 80", "published: \"8005-8000\", target: 80", "published: web, target: 80"]
    {
        let rows = stack(&format!("  web: {{image: a, ports: [{{{port}}}]}}\n")).judge(&out_of_range::RULE);
        assert!(only(&rows).message.contains("is no port"), "{port}");
    }
    let rows = stack("  web: {image: a, ports: [{published: \"80\", target: 70000}]}\n").judge(&out_of_range::RULE);
    assert_eq!(only(&rows).message, "`70000` is no port: a container has the ports 1 to 65535");
    let healthy = "  web: {image: a, ports: [\"80\", \"0:81\", \"8000-8005:82\", \"65535:65535\"]}\n";
    assert_passes(&stack(healthy).judge(&out_of_range::RULE));
}

#[test]
fn ports_without_a_network() {
    let service = |mode: &str| {
        stack(&format!("  a: {{image: a}}\n  web: {{image: a, network_mode: {mode}, ports: [\"80:80\"]}}\n"))
    };
    for (mode, severity) in [
        ("host", Severity::Warning),
        ("none", Severity::Warning),
        ("service:a", Severity::Error),
        ("\"container:x\"", Severity::Error),
    ] {
        assert_eq!(only(&service(mode).judge(&discarded::RULE)).severity, severity, "{mode}");
    }
    assert_passes(&service("bridge").judge(&discarded::RULE));
    assert_passes(&stack("  web: {image: a, network_mode: host}\n").judge(&discarded::RULE));
}

#[test]
fn an_override_that_appends() {
    let base = || stack("  web: {image: a, ports: [\"80:80\"]}\n");
    let with = |text: &str| base().file("compose.override.yaml", text);
    for over in ["\"81:80\"", "{target: 80, published: \"81\"}", "\"127.0.0.1:81:80\""] {
        let rows = with(&format!("services: {{web: {{ports: [{over}]}}}}\n")).judge(&override_appends::RULE);
        let finding = only(&rows);
        assert_eq!(finding.message, "web's port 80/tcp is published as 81 and still as 80: Compose joins the lists");
        assert!(finding.primary.site.to_string().starts_with("compose.override.yaml:1:"));
    }
    for over in ["!override [\"81:80\"]", "[\"443:443\"]", "[\"81:80/udp\"]"] {
        assert_passes(&with(&format!("services: {{web: {{ports: {over}}}}}\n")).judge(&override_appends::RULE));
    }
    // One file that says two ports means two ports.
    let one = stack("  web: {image: a, ports: [\"80:80\", \"81:80\"]}\n").judge(&override_appends::RULE);
    assert!(one.is_empty());
}

#[test]
fn databases_for_everybody() {
    for port in
        ["\"5432:5432\"", "{target: 6379, published: \"16379\"}", "\"0.0.0.0:27017:27017\"", "\"[::]:3306:3306\""]
    {
        let rows = stack(&format!("  db: {{image: a, ports: [{port}]}}\n")).judge(&published_everywhere::RULE);
        assert_eq!(only(&rows).severity, Severity::Warning, "{port}");
    }
    let rows = stack("  db: {image: a, ports: [\"127.0.0.1:5432:5432\"]}\n").judge(&published_everywhere::RULE);
    assert_passes(&rows);
    for port in ["\"80:80\"", "\"5432:8080\"", "\"5432\"", "\"6379:6379/udp\""] {
        let rows = stack(&format!("  web: {{image: a, ports: [{port}]}}\n")).judge(&published_everywhere::RULE);
        assert!(rows.is_empty(), "{port}");
    }
}

fn listener(address: &str, port: u16, owner: Option<(u32, &str)>) -> Listener {
    let process = |(pid, name): (u32, &str)| Process { pid, name: name.to_owned(), argv: Vec::new() };
    Listener { address: address.parse().unwrap(), port, protocol: "tcp".to_owned(), owner: owner.map(process) }
}

fn container(name: &str, labels: &[(&str, &str)], ports: &[(&str, u16)]) -> ContainerSummary {
    let port = |(ip, port): &(&str, u16)| PublishedPort {
        host_ip: (*ip).to_owned(),
        host_port: Some(*port),
        container_port: 80,
        protocol: "tcp".to_owned(),
    };
    let label = |(key, value): &(&str, &str)| (format!("com.docker.compose.{key}"), (*value).to_owned());
    ContainerSummary {
        id: format!("{name:0<64}"),
        name: name.to_owned(),
        image: "a".to_owned(),
        image_id: String::new(),
        state: "running".to_owned(),
        status: String::new(),
        labels: labels.iter().map(label).collect(),
        ports: ports.iter().map(port).collect(),
    }
}

/// A running engine and host, seen by the rule of ports that are taken.
fn host(
    stack: Stack,
    containers: Vec<ContainerSummary>,
    listeners: Vec<Listener>,
    dual: bool,
) -> Vec<gonogo::outcome::Judged> {
    stack
        .engine("26.1.5", "1.45")
        .on::<Containers>(move |_| Ok(containers.clone()))
        .on::<Listeners>(move |_| Ok(listeners.clone()))
        .on::<Connect>(move |q| match dual && q.address == IpAddr::from([127, 0, 0, 1]) {
            true => Ok(Connected { millis: 0 }),
            false => Err(Unknown::absent("refused")),
        })
        .judge(&taken::RULE)
}

fn web(port: &str) -> Stack {
    stack(&format!("  web: {{image: a, ports: [\"{port}\"]}}\n"))
}

const OURS: &[(&str, &str)] = &[("project", "lab"), ("service", "web")];

#[test]
fn a_process_has_the_port() {
    for (port, address) in [
        ("5051:80", "0.0.0.0"),
        ("5051:80", "127.0.0.1"),
        ("5051:80", "::1"),
        ("127.0.0.1:5051:80", "0.0.0.0"),
        ("[::1]:5051:80", "::"),
    ] {
        let rows = host(web(port), vec![], vec![listener(address, 5051, Some((4711, "python3")))], false);
        let finding = only(&rows);
        assert!(finding.message.contains("pid 4711 (python3) already has"), "{}", finding.message);
        assert!(finding.help.contains("`kill 4711`"), "{}", finding.help);
    }
}

#[test]
fn listeners_that_are_not_in_the_way() {
    for (port, address) in [
        ("5051:80", "0.0.0.0:5052"),
        ("127.0.0.1:5051:80", "127.0.0.2:5051"),
        ("0.0.0.0:5051:80", "[::1]:5051"),
        ("[::]:5051:80", "0.0.0.0:5051"),
        ("5051:80/udp", "0.0.0.0:5051"),
        ("5050-5055:80", "0.0.0.0:5051"),
    ] {
        let socket: std::net::SocketAddr = address.parse().unwrap();
        let listener = listener(&socket.ip().to_string(), socket.port(), Some((1, "x")));
        assert_passes(&host(web(port), vec![], vec![listener], false));
    }
}

#[test]
fn an_ipv6_listener_that_takes_ipv4_too() {
    let listeners = || vec![listener("::", 5051, Some((1, "java")))];
    assert_passes(&host(web("127.0.0.1:5051:80"), vec![], listeners(), false));
    only(&host(web("127.0.0.1:5051:80"), vec![], listeners(), true));
    only(&host(web("5051:80"), vec![], listeners(), false));
    // Another listener on IPv4 says that the one on IPv6 is for IPv6 only.
    let both = vec![listener("127.0.0.9", 5051, Some((2, "x"))), listener("::", 5051, Some((1, "java")))];
    assert_passes(&host(web("127.0.0.1:5051:80"), vec![], both, true));
}

#[test]
fn our_own_container_has_the_port() {
    let proxy = || listener("0.0.0.0", 5051, Some((9, "docker-proxy")));
    let rows = host(web("5051:80"), vec![container("lab-web-1", OURS, &[("0.0.0.0", 5051)])], vec![proxy()], false);
    assert_passes(&rows);
    // So does a process of it, where it is on the host's own network.
    let on_host = container("lab-web-1", OURS, &[]);
    let id = on_host.id.clone();
    let stack = web("5051:80").file("/proc/77/cgroup", &format!("0::/system.slice/docker-{id}.scope\n"));
    assert_passes(&host(stack, vec![on_host], vec![listener("0.0.0.0", 5051, Some((77, "nginx")))], false));
}

#[test]
fn somebody_elses_container_has_the_port() {
    let other = &[("project", "shop"), ("service", "front")];
    let orphan = &[("project", "lab"), ("service", "old")];
    let one_off = &[("project", "lab"), ("service", "web"), ("oneoff", "True")];
    for (labels, name, help) in [
        (&other[..], "container x (project shop)", "docker compose -p shop stop front"),
        (&orphan[..], "container x (of service old, which is no longer declared)", "docker rm -f x"),
        (&one_off[..], "container x (left by `docker compose run`)", "docker rm -f x"),
        (&[], "container x", "docker stop x"),
    ] {
        let rows = host(web("5051:80"), vec![container("x", labels, &[("", 5051)])], vec![], false);
        let finding = only(&rows);
        assert!(finding.message.contains(&format!("which {name} already has")), "{}", finding.message);
        assert!(finding.help.contains(help), "{}", finding.help);
    }
}

#[test]
fn what_cannot_be_seen_is_not_passed() {
    let rows = host(web("5051:80"), vec![], vec![listener("0.0.0.0", 5051, None)], false);
    assert!(only(&rows).message.contains("a process of another user"));
    // Without the engine nobody knows whose it is; where nothing listens, nobody needs to.
    let without =
        |listeners: Vec<Listener>| web("5051:80").on::<Listeners>(move |_| Ok(listeners.clone())).lines(&taken::RULE);
    assert!(without(vec![listener("0.0.0.0", 5051, Some((1, "x")))])[0].starts_with("unknown "));
    assert!(without(vec![])[0].starts_with("pass "));
}

#[test]
fn a_stopped_container_of_another_project() {
    let judge = |port: u16, project: &'static str| {
        let mut stopped = container("x", &[("project", project), ("service", "web")], &[]);
        stopped.state = "exited".to_owned();
        let binding = container("", &[], &[("", port)]).ports;
        web("5051:80")
            .engine("26.1.5", "1.45")
            .on::<Containers>(move |_| Ok(vec![stopped.clone()]))
            .on::<Container>(move |q| Ok(detail(&q.id, binding.clone())))
            .judge(&reserved_elsewhere::RULE)
    };
    let rows = judge(5051, "shop");
    let finding = only(&rows);
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.help, "remove it (`docker rm x`) if it is not needed, or publish web on another port");
    assert_passes(&judge(5052, "shop"));
    assert!(judge(5051, "lab").is_empty());
}

fn detail(id: &str, bindings: Vec<PublishedPort>) -> ContainerDetail {
    ContainerDetail {
        id: id.to_owned(),
        name: "x".to_owned(),
        image: String::new(),
        image_id: String::new(),
        labels: BTreeMap::new(),
        created: String::new(),
        state: ContainerState::default(),
        restart_count: 0,
        restart_policy: String::new(),
        env: Vec::new(),
        argv: Vec::new(),
        user: String::new(),
        exposed: Vec::new(),
        bindings,
        mounts: Vec::new(),
        network_mode: String::new(),
        networks: BTreeMap::new(),
        pid: None,
        healthcheck: Vec::new(),
        memory_limit: None,
    }
}
