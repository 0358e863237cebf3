use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::check::{Deployment, Stage};
use crate::compose::Project;
use crate::document::yaml;
use crate::fact::engine::{self, ContainerDetail, ContainerSummary, FileInContainer};
use crate::fact::file::{FileKind, FileText};
use crate::fact::{Allowed, Ledger, Probes, Tape};
use crate::gatefile::GateFile;

const MODEL: &str = "\
name: lab
services:
  gui:
    image: gui:1
    environment: { TOKEN: abc, PORT: '5051', NOTHING: null }
    volumes:
      - { type: bind, source: /repo/conf, target: /app/conf }
      - { type: bind, source: /repo/one.env, target: /app/conf/over.env }
      - { type: bind, source: /srv/secret, target: /srv }
      - { type: volume, source: data, target: /data }
      - { type: volume, source: bound, target: /bound }
      - { type: tmpfs, target: /tmp }
    secrets:
      - { source: key }
      - { source: key, target: /app/key }
    configs:
      - { source: motd, target: /etc/motd }
  agent:
    build: { context: /repo/agent }
secrets:
  key: { file: /repo/key.txt }
configs:
  motd: { content: \"hello=1\" }
volumes:
  data: { name: lab_data }
  bound: { name: lab_bound, driver_opts: { type: none, o: bind, device: /repo/conf } }
";

const FILES: &[(&str, &str)] = &[
    ("/repo/conf/agent.json", "{\n  \"server\": { \"auth_token\": \"abc\", \"port\": 1.10, \"none\": null }\n}\n"),
    ("/repo/conf/over.env", "PORT=wrong\n"),
    ("/repo/one.env", "PORT=5051\nURL=http://${HOST}\n"),
    ("/repo/app.py", "x = 1\ntoken = os.getenv('TOKEN', 'default')\n"),
    ("/repo/key.txt", "k1\n"),
    ("/repo/agent/Dockerfile", "FROM a\nENV TOKEN=\"from image\" \\\n  OTHER=${X}\n"),
    ("/repo/broken.json", "{\n  \"a\": 1,\n}\n"),
    ("/repo/conf/list.yml", "a:\n  - x: 1\n    tokne: t\n"),
    ("/repo/settings.conf", "[redis]\nport = 6379\n"),
    ("/srv/secret/x.env", "A=1\n"),
];

/// What the container `lab-gui-1` holds.
const IN_CONTAINER: &[(&str, &str)] =
    &[("/app/conf/agent.json", "{\"server\": {\"auth_token\": \"old\"}}"), ("/data/x.env", "TOKEN=volume\n")];

fn probes(with_engine: bool) -> Probes {
    let text = |path: &PathBuf| FILES.iter().find(|(name, _)| PathBuf::from(name) == *path).map(|(_, text)| *text);
    let probes = Probes::default()
        .on(move |file::Canonical { path }, _| async move {
            // One link out of the repository.
            if path == std::path::Path::new("/repo/link") {
                return Ok(PathBuf::from("/etc/shadow"));
            }
            text(&path).map(|_| path).ok_or_else(|| Unknown::absent("not there"))
        })
        .on(move |file::Text { path }, _| async move {
            let text = text(&path).ok_or_else(|| Unknown::absent("not there"))?.to_owned();
            Ok(FileText { name: path.strip_prefix("/repo").unwrap_or(&path).display().to_string(), text })
        });
    if !with_engine {
        return probes;
    }
    let labels = |service: &str| {
        let pairs = [("com.docker.compose.project", "lab"), ("com.docker.compose.service", service)];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect::<BTreeMap<_, _>>()
    };
    let summary = move |name: &str, state: &str| ContainerSummary {
        id: name.to_owned(),
        name: name.to_owned(),
        image: "gui:1".to_owned(),
        image_id: String::new(),
        state: state.to_owned(),
        status: String::new(),
        labels: labels("gui"),
        ports: Vec::new(),
    };
    probes
        .on(move |engine::Containers, _| {
            let all = vec![summary("lab-gui-0", "exited"), summary("lab-gui-1", "running")];
            async move { Ok(all) }
        })
        .on(|engine::Container { id }, _| async move { Ok(detail(&id)) })
        .on(|engine::ContainerFile { container, path }, _| async move {
            let text = IN_CONTAINER.iter().find(|(name, _)| container == "lab-gui-1" && *name == path);
            let (_, text) = text.ok_or_else(|| Unknown::absent("not there"))?;
            let text = Some((*text).to_owned());
            Ok(FileInContainer {
                kind: FileKind::File,
                mode: 0,
                uid: 0,
                gid: 0,
                size: 0,
                text,
                entries: Vec::new(),
                complete: true,
            })
        })
        .on(|engine::Volumes, _| async move { Ok(Vec::new()) })
}

fn detail(id: &str) -> ContainerDetail {
    let json = serde_json::json!({
        "id": id, "name": id, "image": "gui:1", "image_id": "", "labels": {}, "state": {
            "status": "running", "running": true, "restarting": false, "oom_killed": false, "exit_code": 0,
            "error": "", "started_at": "", "finished_at": "", "health": null },
        "restart_count": 0, "restart_policy": "no", "env": [["TOKEN", "older"], ["PORT", "5051"]], "argv": [],
        "user": "", "exposed": [], "bindings": [],
        "mounts": if id == "lab-gui-1" { serde_json::json!([{ "kind": "volume", "name": "lab_data", "source": "",
            "target": "/data", "writable": true }]) } else { serde_json::json!([]) },
        "network_mode": "bridge", "networks": {}, "pid": null, "healthcheck": [], "created": "", "memory_limit": null,
    });
    serde_json::from_value(json).unwrap()
}

fn context(trusted: bool, with_engine: bool) -> Context {
    let tree = |name: &str, text: &str| {
        let source = Source::new(name, Some(PathBuf::from("/repo").join(name)), text);
        let root = yaml::parse(&source).unwrap().into_iter().next().unwrap().root;
        (source, root)
    };
    let (file, model) = tree("compose.yaml", MODEL);
    let project = Project {
        name: "lab".to_owned(),
        name_origin: Origin::default_of("default"),
        directory: "/repo".into(),
        model,
        files: vec![file],
        notices: Vec::new(),
        inactive: vec![("debug".to_owned(), Origin::default_of("default"))],
    };
    let (source, root) = tree("gonogo.yaml", "version: 1\n");
    let (directory, repository) = (PathBuf::from("/repo"), PathBuf::from("/repo"));
    let gate = GateFile { source, root, directory: directory.clone(), repository, trusted };
    let deployment = Deployment {
        project: Ok(Arc::new(project)),
        gate: Some(Arc::new(gate)),
        directory,
        environment: BTreeMap::new(),
        stage: Stage::Restart,
    };
    let ledger = Ledger::new(probes(with_engine), Allowed::all(), Duration::from_secs(5), Tape::Off);
    Context::new(Arc::new(deployment), ledger)
}

fn reference(text: &str) -> ValueRef {
    let source = Source::new("gonogo.yaml", None, text);
    ValueRef::of(&yaml::parse(&source).unwrap().into_iter().next().unwrap().root).unwrap()
}

/// What a reference comes to: `value @ site`, or what is missing.
fn look_as(trusted: bool, with_engine: bool, named: &str, layer: Layer) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let context = context(trusted, with_engine);
    match runtime.block_on(resolve(&context, &reference(named), layer)) {
        Ok(found) => format!("{} @ {}", found.text, found.site),
        Err(Missing::Absent(said)) => format!("absent: {} @ {} [{}]", said.message, said.site, said.help),
        Err(Missing::Misnamed(said)) => format!("misnamed: {} @ {} [{}]", said.message, said.site, said.help),
        Err(Missing::Elsewhere(reason)) => format!("elsewhere: {reason}"),
        Err(Missing::Unknown(unknown)) => format!("unknown: {unknown}"),
    }
}

fn declared(named: &str) -> String {
    look_as(false, false, named, Layer::Declared)
}

fn running(named: &str) -> String {
    look_as(false, true, named, Layer::Running)
}

#[test]
fn files_of_the_repository() {
    assert_eq!(declared("{ file: conf/agent.json, at: /server/auth_token }"), "abc @ conf/agent.json:2:29");
    assert_eq!(declared("{ file: conf/agent.json, at: /server/port }"), "1.10 @ conf/agent.json:2:44");
    assert_eq!(declared("{ file: app.py, match: \"'TOKEN', *'([^']+)\" }"), "default @ app.py:2:29");
    assert_eq!(declared("{ file: one.env, at: PORT }"), "5051 @ one.env:1:6");
    assert_eq!(declared("{ file: settings.conf, at: port }"), "6379 @ settings.conf:2:8");
    assert_eq!(declared("{ file: settings.conf, at: /redis/port }"), "6379 @ settings.conf:2:8");
    assert_eq!(declared("{ file: conf/list.yml, at: /a/0/x }"), "1 @ conf/list.yml:2:8");
}

#[test]
fn what_is_not_there_is_told_with_the_nearest_place() {
    let missing = declared("{ file: conf/agent.json, at: /server/auth_tokn }");
    assert_eq!(
        missing,
        "absent: /server/auth_tokn is not in conf/agent.json @ conf/agent.json:2:15 [did you mean `auth_token`?]"
    );
    let missing = declared("{ file: conf/list.yml, at: /a/0/token }");
    assert_eq!(missing, "absent: /a/0/token is not in conf/list.yml @ conf/list.yml:3:5 [did you mean `tokne`?]");
    assert!(declared("{ file: conf/list.yml, at: /a/1/token }").starts_with("absent: /a/1/token is not in"));
    assert!(
        declared("{ file: conf/agent.json, at: /server/none }")
            .starts_with("absent: /server/none in conf/agent.json is null")
    );
    assert!(
        declared("{ file: app.py, match: 'no(thing)' }").starts_with("absent: /no(thing)/ matches nothing in app.py")
    );
    assert!(declared("{ file: gone.json, at: /a }").starts_with("absent: /repo/gone.json is not there"));
    assert!(
        declared("{ file: conf/agent.json, at: /server }")
            .starts_with("unknown: failed: /server in conf/agent.json is a mapping")
    );
    assert!(declared("{ file: broken.json, at: /a }").starts_with("unknown: failed: broken.json:"));
    assert!(
        declared("{ file: one.env, at: URL }")
            .starts_with("unknown: unsupported: URL in one.env refers to a variable")
    );
}

#[test]
fn an_untrusted_gate_file_reads_in_its_repository_only() {
    for outside in [
        "{ file: link, match: '(.)' }",
        "{ file: /srv/secret/x.env, at: A }",
        "{ service: gui, file: /srv/x.env, at: A }",
    ] {
        let said = declared(outside);
        assert!(said.starts_with("unknown: not allowed: ") && said.contains("outside of the repository"), "{said}");
        assert!(said.contains("gonogo trust"), "{said}");
    }
    assert_eq!(
        look_as(true, false, "{ service: gui, file: /srv/x.env, at: A }", Layer::Declared),
        "1 @ /srv/secret/x.env:1:3"
    );
}

#[test]
fn the_declared_environment() {
    assert_eq!(declared("{ service: gui, env: TOKEN }"), "abc @ compose.yaml:5:27");
    assert!(declared("{ service: gui, env: NOTHING }").starts_with("absent: NOTHING has no value in service gui"));
    assert!(
        declared("{ service: gui, env: UNSET }")
            .starts_with("elsewhere: service gui does not set UNSET, and image gui:1")
    );
    assert_eq!(declared("{ service: agent, env: TOKEN }"), "from image @ agent/Dockerfile:2:12");
    assert!(
        declared("{ service: agent, env: OTHER }")
            .starts_with("unknown: unsupported: OTHER is set at agent/Dockerfile:3:9")
    );
    assert!(
        declared("{ service: agent, env: UNSET }")
            .starts_with("absent: UNSET is not set in service agent @ compose.yaml:")
    );
    let misnamed = declared("{ service: agnet, env: TOKEN }");
    assert_eq!(misnamed, "misnamed: the project has no service `agnet` @ gonogo.yaml:1:1 [did you mean `agent`?]");
    assert!(declared("{ service: debug, env: TOKEN }").starts_with("elsewhere: service debug belongs to a profile"));
}

#[test]
fn fallbacks_are_for_what_is_absent_only() {
    let otherwise = "else: { file: app.py, match: \"'TOKEN', *'([^']+)\" }";
    assert_eq!(declared(&format!("{{ service: gui, env: UNSET, {otherwise} }}")), "default @ app.py:2:29");
    assert_eq!(declared(&format!("{{ service: gui, env: TOKEN, {otherwise} }}")), "abc @ compose.yaml:5:27");
    assert!(declared(&format!("{{ service: agent, env: OTHER, {otherwise} }}")).starts_with("unknown: "));
    assert!(declared(&format!("{{ service: agnet, env: OTHER, {otherwise} }}")).starts_with("misnamed: "));
    let both = declared("{ file: one.env, at: A, else: { file: one.env, at: B, else: { file: gone, at: C } } }");
    assert!(both.starts_with("absent: A is not in one.env; B is not in one.env; /repo/gone is not there"), "{both}");
    assert_eq!(running(&format!("{{ service: gui, env: UNSET, {otherwise} }}")), "default @ app.py:2:29");
    assert!(
        running(&format!("{{ service: agent, env: TOKEN, {otherwise} }}"))
            .starts_with("elsewhere: service agent has no")
    );
}

#[test]
fn files_as_the_container_sees_them() {
    let at = |path: &str, at: &str| declared(&format!("{{ service: gui, file: {path}, at: {at} }}"));
    assert_eq!(at("/app/conf/agent.json", "/server/auth_token"), "abc @ conf/agent.json:2:29");
    assert_eq!(at("/app/conf/over.env", "PORT"), "5051 @ one.env:1:6");
    assert_eq!(at("/bound/agent.json", "/server/auth_token"), "abc @ conf/agent.json:2:29");
    assert!(at("/data/x.env", "A").starts_with("elsewhere: /data/x.env lies in volume data"));
    assert!(at("/tmp/x.env", "A").starts_with("elsewhere: /tmp/x.env lies in a mount in memory"));
    assert!(at("/app/other.env", "A").starts_with("elsewhere: /app/other.env is not mounted"));
    assert!(at("/app/confused/agent.json", "/a").starts_with("elsewhere: "));
    let secret = |path: &str| declared(&format!("{{ service: gui, file: {path}, match: '(\\S+)' }}"));
    assert_eq!(secret("/run/secrets/key"), "k1 @ key.txt:1:1");
    assert_eq!(secret("/app/key"), "k1 @ key.txt:1:1");
    assert!(at("/etc/motd", "hello").starts_with("1 @ compose.yaml:"));
    assert_eq!(declared("{ volume: bound, file: agent.json, at: /server/auth_token }"), "abc @ conf/agent.json:2:29");
    assert!(declared("{ volume: data, file: x.env, at: A }").starts_with("elsewhere: "));
    assert!(declared("{ volume: dta, file: x.env, at: A }").starts_with("misnamed: the project has no volume `dta`"));
}

#[test]
fn what_the_container_has() {
    assert_eq!(running("{ service: gui, env: TOKEN }"), "older @ environment of container lab-gui-1");
    assert!(running("{ service: gui, env: UNSET }").starts_with("absent: UNSET is not set in container lab-gui-1"));
    assert_eq!(
        running("{ service: gui, file: /app/conf/agent.json, at: /server/auth_token }"),
        "old @ lab-gui-1:/app/conf/agent.json:1:27"
    );
    assert!(
        running("{ service: gui, file: /app/gone.json, at: /a }")
            .starts_with("absent: /app/gone.json is not in container")
    );
    assert_eq!(running("{ volume: data, file: x.env, at: TOKEN }"), "volume @ lab-gui-1:/data/x.env:1:7");
    assert_eq!(running("{ volume: data, file: /x.env, at: TOKEN }"), "volume @ lab-gui-1:/data/x.env:1:7");
    assert!(
        running("{ volume: bound, file: x.env, at: A }")
            .starts_with("elsewhere: volume lab_bound does not exist yet")
    );
    assert_eq!(running("{ file: one.env, at: PORT }"), "5051 @ one.env:1:6");
    assert!(look_as(false, false, "{ service: gui, env: TOKEN }", Layer::Running).starts_with("unknown: "));
}

#[test]
fn no_text_makes_it_panic() {
    let alphabet: Vec<char> = "{}[]:,-&*!|>'\"=`$ \n\t#/\\()aéENVFROM\u{feff}\u{1F600}0".chars().collect();
    let mut state = 11_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap()
    };
    let (pointer, key) = (Pick::At("/a/0".to_owned()), Pick::At("a".to_owned()));
    for _ in 0..4000 {
        let text: String = (0..next() % 60).map(|_| alphabet[next() % alphabet.len()]).collect();
        for name in ["a.json", "a.yml", "a.toml", "a.env", "a.ini", "a"] {
            let source = Source::new(name, None, text.as_str());
            let _ = (pick::pick(&source, &pointer), pick::pick(&source, &key));
        }
    }
}
