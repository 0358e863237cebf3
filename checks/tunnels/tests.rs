//! Each fault in several forms, and the healthy tunnel beside each.

use gonogo::check::Stage;
use gonogo::fact::engine::{ContainerSummary, Containers, PublishedPort};
use gonogo::fact::host::{Listener, Listeners, Process, Processes};
use gonogo::finding::Severity;

use super::{CHECK, local_port_taken, not_running, target_port_mismatch};
use crate::checks::testing::{Stack, assert_passes, findings, only};

const COMPOSE: &str = "name: lab\nservices:\n  api:\n    image: acme/api:1\n    ports: ['127.0.0.1:8000:8000']\n  gui:\n    image: acme/gui:1\n    ports: ['127.0.0.1:${GUI_PORT:-5051}:80']\n";
const HOST: &str = "services:\n  gui:\n    build: ./gui\n    network_mode: host\n    environment: {PORT: 5051}\n  api:\n    image: acme/api:1\n    network_mode: host\n    command: serve --port 8000\n";

fn declared(compose: &str, name: &str, text: &str) -> Stack {
    Stack::new(compose).stage(Stage::Build).file(name, text)
}

/// A file with `5050` in the place of `@@` has exactly this finding; with `5051` it passes.
fn fault(compose: &str, name: &str, text: &str) {
    let rule = &target_port_mismatch::RULE;
    let rows = declared(compose, name, &text.replace("@@", "5050")).judge(rule);
    let finding = only(&rows);
    assert!(finding.help.contains("5051"), "{text}: {}", finding.help);
    assert_eq!(finding.severity, Severity::Error, "{text}: {}", finding.message);
    assert!(finding.primary.site.to_string().starts_with(&format!("{name}:")), "{text}: {}", finding.primary.site);
    assert!(!finding.related.is_empty());
    assert_passes(&declared(compose, name, &text.replace("@@", "5051")).judge(rule));
}

#[test]
fn a_tunnel_leads_to_where_nobody_listens() {
    for compose in [COMPOSE, HOST] {
        for text in [
            "#!/bin/bash\nLOCAL_PORT=5050\nREMOTE_GUI_PORT=@@\nssh -f -N -L ${LOCAL_PORT}:localhost:${REMOTE_GUI_PORT} op@lab\n",
            "ssh -fN -L5050:localhost:@@ lab\n",
            "ssh -N -L 127.0.0.1:5050:127.0.0.1:@@ lab &\n",
            "ssh -N -L '[::1]:5050:[::1]:@@' lab\n",
            "ssh -N lab -o 'LocalForward 5050 localhost:@@'\n",
            "autossh -M 0 -N -L \"5050:localhost:${REMOTE:-@@}\" lab\n",
            "OPTS=(-N)\nOPTS+=(-L 5050:localhost:@@)\nssh \"${OPTS[@]}\" lab\n",
            "SSH_OPTS=\"-N -L 5050:localhost:@@\"\nssh $SSH_OPTS lab\n",
            "ssh -N \\\n  -L 8000:localhost:8000 \\\n  -L 5050:localhost:@@ \\\n  lab\n",
            "tunnel() { ssh -N -L \"$1:localhost:$2\" lab; }\ncase \"$1\" in up) tunnel 5050 @@ ;; esac\n",
            "cat >\"$CFG\" <<EOF\nHost lab\n  LocalForward 5050 localhost:@@\nEOF\nssh -F \"$CFG\" -N lab\n",
            "ssh -N -L 15050:localhost:@@ lab   # the GUI\n",
        ] {
            fault(compose, "tunnel.sh", text);
        }
        fault(compose, "scripts/ssh-up.sh", "ssh -N -L 5050:localhost:@@ lab\n");
        fault(compose, "tunnel", "#!/bin/sh\nssh -N -L 5050:localhost:@@ lab\n");
        fault(compose, "ssh_config", "Host lab\n  HostName 10.0.0.7\n  LocalForward 5050 localhost:@@\n");
        fault(
            compose,
            "lab-tunnel.service",
            "[Service]\nExecStart=/usr/bin/autossh -M 0 -N \\\n  -L 5050:localhost:@@ lab\n",
        );
    }
}

#[test]
fn the_place_is_where_the_digits_are_assigned() {
    let script = "LOCAL_PORT=5050\nsource ./tunnel.env\nssh -N -L $LOCAL_PORT:localhost:$REMOTE_GUI_PORT op@lab\n";
    let rows = declared(COMPOSE, "tunnel.sh", script).file("tunnel.env", "# far\nREMOTE_GUI_PORT='5050'\n");
    let rows = rows.file(".env", "GUI_PORT=5051\n").judge(&target_port_mismatch::RULE);
    let finding = only(&rows);
    assert_eq!(finding.primary.site.to_string(), "tunnel.env:2:18");
    assert_eq!(finding.help, "change REMOTE_GUI_PORT to 5051");
    let related: Vec<_> = finding.related.iter().map(|label| label.site.to_string()).collect();
    assert_eq!(related, [".env:1:10", "tunnel.sh:3:8"]);
}

#[test]
fn the_port_in_the_container_and_other_services() {
    let rule = &target_port_mismatch::RULE;
    // The container's own port.
    let rows = declared(COMPOSE, "t.sh", "ssh -N -L 5050:localhost:80 lab").judge(rule);
    assert_eq!(only(&rows).help, "change the forward to `5050:localhost:5051`");
    // Another service than the variable says.
    let rows =
        declared(COMPOSE, "t.sh", "REMOTE_GUI_PORT=8000\nssh -N -L 5050:localhost:$REMOTE_GUI_PORT lab").judge(rule);
    assert_eq!(only(&rows).help, "change REMOTE_GUI_PORT to 5051");
    // Into the container, by its name.
    let named = "services:\n  gui:\n    build: ./gui\n    environment: {PORT: 5051}\n    ports: ['80:5051']\n";
    let rows = declared(named, "t.sh", "ssh -N -L 127.0.0.1:5050:gui:5050 lab").judge(rule);
    assert!(only(&rows).help.contains("5050:gui:5051"));
    assert_passes(&declared(named, "t.sh", "ssh -N -L 127.0.0.1:5050:gui:5051 lab").judge(rule));
    // A service that publishes nothing.
    let silent = "services:\n  gui:\n    build: ./gui\n    environment: {PORT: 5051}\n  api:\n    image: acme/api:1\n    ports: ['8000:80']\n";
    let rows =
        declared(silent, "t.sh", "REMOTE_GUI_PORT=5051\nssh -N -L 5050:localhost:$REMOTE_GUI_PORT lab").judge(rule);
    assert!(only(&rows).help.contains("127.0.0.1:5051:5051"), "{}", only(&rows).help);
    // Nobody in particular: not sure enough for an error.
    let rows = declared(COMPOSE, "t.sh", "ssh -N -L 9999:localhost:12345 lab").judge(rule);
    assert_eq!(only(&rows).severity, Severity::Warning);
    // Back to this side.
    let rows = declared(COMPOSE, "t.sh", "ssh -N -R 8080:localhost:5050 relay").judge(rule);
    assert!(only(&rows).help.contains("5051"));
}

#[test]
fn what_leads_elsewhere_or_is_open_is_not_judged() {
    for script in [
        "ssh -N -L 5432:db.internal:5432 bastion",
        "ssh -N -L 5432:localhost:5432 lab",
        "ssh -N -L 2222:localhost:22 lab",
        "ssh -N -D 1080 lab",
        "ssh -N -L 5050:localhost:$1 lab",
        "ssh -N -L 5050:localhost:$(cat port) lab",
        "ssh lab docker compose up -d",
        "rsync -e ssh a lab:b",
        "echo ssh -N -L 5050:localhost:5050 lab",
    ] {
        let rows = declared(COMPOSE, "tunnel.sh", script).judge(&target_port_mismatch::RULE);
        assert!(findings(&rows).is_empty(), "{script}: {:?}", findings(&rows));
    }
    let none = "services: {job: {image: 'acme/job:1'}}\n";
    let rows = declared(none, "tunnel.sh", "ssh -N -L 5050:localhost:5051 lab").lines(&target_port_mismatch::RULE);
    assert!(rows[0].starts_with("skip "), "{rows:?}");
}

fn gate(stack: Stack, text: &str) -> Stack {
    stack.gate(text, &[CHECK.section.unwrap()])
}

#[test]
fn the_gate_file_says_which_service_is_meant() {
    let rule = &target_port_mismatch::RULE;
    let text = "version: 1\ntunnels:\n  lab: { script: up.sh, to: { service: gui } }\n";
    let with = |port: &str| gate(declared(COMPOSE, "up.sh", &format!("ssh -N -L 9000:localhost:{port} lab\n")), text);
    let rows = with("8000").judge(rule);
    assert_eq!(only(&rows).help, "change the forward to `9000:localhost:5051`");
    assert_eq!(rows[0].subject.name, "lab");
    assert_passes(&with("5051").judge(rule));
    let lines = with("$1").lines(rule);
    assert!(lines[0].starts_with("unknown lab: "), "{lines:?}");
    let text = "version: 1\ntunnels:\n  lab: { script: up.sh, to: { service: gui, port: 5050 } }\n";
    let rows = gate(declared(COMPOSE, "up.sh", "ssh -N -L 9000:localhost:$1 lab\n"), text).judge(rule);
    assert!(only(&rows).message.contains("5050"));
    let lines = gate(declared(COMPOSE, "other.sh", ""), text).lines(rule);
    assert!(lines[0].starts_with("unknown lab: ") && lines.len() == 1, "{lines:?}");
}

fn process(pid: u32, argv: &[&str]) -> Process {
    let name = argv[0].rsplit('/').next().unwrap().to_owned();
    Process { pid, name, argv: argv.iter().map(|word| (*word).to_owned()).collect() }
}

fn listener(address: &str, port: u16, owner: Option<Process>) -> Listener {
    Listener { address: address.parse().unwrap(), port, protocol: "tcp".to_owned(), owner }
}

fn running(script: &str, listeners: Vec<Listener>, processes: Vec<Process>) -> Stack {
    (Stack::new(COMPOSE).file("tunnel.sh", script))
        .on::<Listeners>(move |_| Ok(listeners.clone()))
        .on::<Processes>(move |_| Ok(processes.clone()))
}

const SCRIPT: &str = "LOCAL_PORT=5050\nPID_FILE=run/tunnel.pid\nssh -f -N -L $LOCAL_PORT:localhost:5051 lab\n";

#[test]
fn somebody_else_has_the_local_port() {
    let rule = &local_port_taken::RULE;
    let python = || process(7, &["python3", "-m", "http.server", "5050"]);
    for (script, address) in [
        (SCRIPT, "127.0.0.1"),
        (SCRIPT, "0.0.0.0"),
        (SCRIPT, "::"),
        ("ssh -N -L 0.0.0.0:5050:localhost:5051 lab", "10.0.0.7"),
        ("ssh -N -D 5050 lab", "127.0.0.1"),
        ("autossh -M 0 -N -L '*:5050:localhost:5051' lab", "127.0.0.1"),
    ] {
        let rows = running(script, vec![listener(address, 5050, Some(python()))], vec![]).judge(rule);
        assert!(only(&rows).message.contains("pid 7 (python3)") && only(&rows).help.contains("kill 7"));
        let ssh = process(8, &["/usr/bin/ssh", "-f", "-N", "-L", "5050:localhost:5051", "lab"]);
        assert_passes(&running(script, vec![listener(address, 5050, Some(ssh))], vec![]).judge(rule));
        assert_passes(&running(script, vec![listener(address, 5051, Some(python()))], vec![]).judge(rule));
    }
    let other = vec![listener("10.0.0.7", 5050, Some(python()))];
    assert_passes(&running(SCRIPT, other, vec![]).judge(rule));
    let older = process(8, &["ssh", "-fNL", "5050:localhost:5049", "lab"]);
    let rows = running(SCRIPT, vec![listener("127.0.0.1", 5050, Some(older))], vec![]).judge(rule);
    assert!(only(&rows).message.contains("5050:localhost:5049"));
    assert_eq!(rows[0].subject.name, "tunnel.sh: 5050");
}

#[test]
fn our_own_container_on_that_port_means_another_machine() {
    let container = || {
        let labels = [("com.docker.compose.project".to_owned(), "lab".to_owned())];
        let port = PublishedPort {
            host_ip: "127.0.0.1".into(),
            host_port: Some(5050),
            container_port: 80,
            protocol: "tcp".into(),
        };
        ContainerSummary {
            name: "lab-gui-1".to_owned(),
            labels: labels.into(),
            ports: vec![port],
            ..ContainerSummary::default()
        }
    };
    let proxy = || vec![listener("127.0.0.1", 5050, Some(process(3, &["docker-proxy"])))];
    let stack = || running(SCRIPT, proxy(), vec![]).on::<Containers>(move |_| Ok(vec![container()]));
    for rule in [&local_port_taken::RULE, &not_running::RULE] {
        let lines = stack().lines(rule);
        assert!(lines[0].starts_with("skip "), "{lines:?}");
    }
    let text = "version: 1\ntunnels:\n  lab: { script: tunnel.sh, to: { service: gui } }\n";
    assert!(only(&gate(stack(), text).judge(&local_port_taken::RULE)).message.contains("lab-gui-1"));
    let unseen = running(SCRIPT, vec![listener("127.0.0.1", 5050, None)], vec![]);
    assert!(unseen.lines(&local_port_taken::RULE)[0].starts_with("skip "));
    let unseen = gate(running(SCRIPT, vec![listener("127.0.0.1", 5050, None)], vec![]), text);
    assert!(unseen.lines(&local_port_taken::RULE)[0].starts_with("unknown "));
}

#[test]
fn a_tunnel_that_should_be_up_is_not() {
    let rule = &not_running::RULE;
    let up = || vec![listener("127.0.0.1", 5050, Some(process(8, &["ssh", "-fNL", "5050:localhost:5051", "lab"])))];
    // A pid file whose process is gone, is another one, holds no number.
    for (pid, processes, seen) in [
        ("41\n", vec![], "no process 41"),
        ("41\n", vec![process(41, &["bash"])], "41 is bash now"),
        ("41\n", vec![process(41, &["autossh", "-M", "0", "lab"])], "does not listen"),
        ("", vec![], "no number"),
    ] {
        let rows = running(SCRIPT, vec![], processes).file("run/tunnel.pid", pid).judge(rule);
        let finding = only(&rows);
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.related[0].text.contains(seen), "{:?}", finding.related);
        assert!(finding.help.contains("run `./tunnel.sh`"), "{}", finding.help);
        assert_passes(&running(SCRIPT, up(), vec![]).file("run/tunnel.pid", "8\n").judge(rule));
    }
    // autossh in a loop.
    let autossh = process(9, &["/usr/lib/autossh/autossh", "-M", "0", "-N", "-L", "5050:localhost:5051", "lab"]);
    assert!(only(&running(SCRIPT, vec![], vec![autossh]).judge(rule)).message.contains("was started"));
    // Nothing says that it should be up.
    let lines = running(SCRIPT, vec![], vec![]).lines(rule);
    assert!(lines[0].starts_with("skip "), "{lines:?}");
    // The gate file does.
    let text = "version: 1\ntunnels:\n  lab: { script: tunnel.sh, to: { service: gui } }\n";
    let down = || gate(running(SCRIPT, vec![], vec![]), text);
    assert_eq!(only(&down().judge(rule)).severity, Severity::Warning);
    assert_eq!(only(&down().stage(Stage::After).judge(rule)).severity, Severity::Error);
    let labels = [("project", "lab"), ("service", "gui")]
        .map(|(key, value)| (format!("com.docker.compose.{key}"), value.to_owned()));
    let container = ContainerSummary {
        state: "running".to_owned(),
        labels: labels.into_iter().collect(),
        ..ContainerSummary::default()
    };
    let rows = down().on::<Containers>(move |_| Ok(vec![container.clone()])).judge(rule);
    assert_eq!(only(&rows).severity, Severity::Error);
    assert_passes(&gate(running(SCRIPT, up(), vec![]), text).judge(rule));
}
