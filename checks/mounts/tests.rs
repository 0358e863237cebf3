use std::collections::BTreeMap;

use gonogo::check::{Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::fact::engine::{
    Container, ContainerDetail, ContainerFile, ContainerMount, ContainerState, ContainerSummary, Containers,
    FileInContainer, Volume, Volumes,
};
use gonogo::fact::file::FileKind;
use gonogo::finding::Severity;
use gonogo::outcome::Judged;

use super::{
    config_missing, empty, gate, kind_mismatch, missing, read_only, running_differs, source_mismatch, source_missing,
    target_relative,
};
use crate::checks::testing::{Stack, assert_passes, findings, only};

/// Before a build, so that no engine is asked.
fn stack(services: &str) -> Stack {
    Stack::new(&format!("name: lab\nservices:\n{services}")).stage(Stage::Build)
}

fn severities(rows: &[Judged]) -> Vec<Severity> {
    findings(rows).iter().map(|finding| finding.severity).collect()
}

const READER: &str = "  gui: {image: gui, environment: {TFTP_ROOT: /srv/tftp/boot}}\n";

#[test]
fn a_mount_is_missing() {
    let owner = "  tftp: {image: tftp, command: in.tftpd -s /srv/tftp/boot, volumes: [\"./boot:/srv/tftp/boot\"]}\n";
    for reader in [
        READER,
        "  gui: {image: gui, command: [serve, --root, /srv/tftp/boot]}\n",
        "  gui: {image: gui, command: serve --root=/srv/tftp/boot/captures}\n",
        "  gui: {image: gui, entrypoint: [sh, -c, \"serve < /srv/tftp/boot/x\"]}\n",
        "  gui: {image: gui, environment: [\"ROOT=file:///srv/tftp/boot\"]}\n",
    ] {
        let rows = stack(&format!("{owner}{reader}")).judge(&missing::RULE);
        let finding = only(&rows);
        assert_eq!(finding.severity, Severity::Error, "{reader}");
        assert_eq!(finding.help, "add `- ./boot:/srv/tftp/boot` to `services.gui.volumes`", "{reader}");
    }
    // Nobody but the mount itself speaks of it: probably, but who knows.
    let silent = "  tftp: {image: tftp, volumes: [\"./boot:/srv/tftp/boot\"]}\n";
    assert_eq!(severities(&stack(&format!("{silent}{READER}")).judge(&missing::RULE)), [Severity::Warning]);
    let by_variable =
        "  tftp: {image: tftp, environment: {DIR: \"${DIR}\"}, volumes: [\"boot:${DIR}:ro\"]}\nvolumes: {boot: {}}\n";
    let rows = stack(&format!("{READER}{by_variable}")).file(".env", "DIR=/srv/tftp/boot\n").judge(&missing::RULE);
    assert_eq!(only(&rows).severity, Severity::Error);
}

#[test]
fn a_configuration_file_speaks_of_what_is_not_mounted() {
    let services = "  tftp: {image: tftp, volumes: [\"boot:/srv/tftp/boot\"]}\n  gui: {image: gui, volumes: [\"./gui.toml:/etc/gui.toml:ro\"]}\nvolumes: {boot: {}}\n";
    let rows = stack(services).file("gui.toml", "root = \"/srv/tftp/boot\"\n").judge(&missing::RULE);
    assert_eq!(only(&rows).primary.site.to_string(), "gui.toml:1:9");
}

#[test]
fn a_mount_is_not_missing() {
    let owner = "  tftp: {image: tftp, environment: {DIR: /srv/tftp/boot}, volumes: [\"./boot:/srv/tftp/boot\"]}\n";
    for reader in [
        "  gui: {image: gui, environment: {ROOT: /srv/tftp/boot}, volumes: [\"./boot:/srv/tftp/boot:ro\"]}\n",
        "  gui: {image: gui, environment: {ROOT: /srv/tftp/boot}, volumes: [\"./:/srv/tftp\"]}\n",
        "  gui: {image: gui, environment: {ROOT: /srv/tftp/boot}, volumes_from: [tftp]}\n",
    ] {
        assert_passes(&stack(&format!("{owner}{reader}")).judge(&missing::RULE));
    }
    for reader in [
        "  gui: {image: gui, environment: {ROOT: /srv/tftp/bootleg}}\n",
        "  gui: {image: gui, environment: {URL: \"http://tftp/srv/tftp/boot\"}}\n",
        "  gui: {image: gui, environment: {ROOT: /srv/tftp/boot}, tmpfs: /srv/tftp/boot}\n",
        "  gui: {image: gui, environment: {PATH: \"/bin:/srv/tftp/boot\"}}\n",
    ] {
        assert!(findings(&stack(&format!("{owner}{reader}")).judge(&missing::RULE)).is_empty(), "{reader}");
    }
}

#[test]
fn paths_that_only_have_one_name() {
    for services in [
        // Everybody's own `/data`.
        "  redis: {image: redis, volumes: [\"rr:/data\"]}\n  app: {image: app, environment: {UPLOADS: /data/uploads}}\nvolumes: {rr: {}}\n",
        // The sources, mounted over the image's for development.
        "  web: {build: ./app, volumes: [\"./app:/usr/lib/app\"]}\n  worker: {build: ./app, command: run /usr/lib/app/worker.py}\n",
        "  web: {image: w, build: ./web, volumes: [\"./web/src:/opt/web/src\"]}\n  job: {build: ./web, command: run /opt/web/src/x}\n",
        // A second database with storage of its own.
        "  one: {image: postgres, environment: {PGDATA: /var/lib/postgresql/data}, volumes: [\"dd:/var/lib/postgresql/data\"]}\n  two: {image: postgres, environment: {PGDATA: /var/lib/postgresql/data}}\nvolumes: {dd: {}}\n",
    ] {
        assert!(findings(&stack(services).judge(&missing::RULE)).is_empty(), "{services}");
    }
    // One environment for all is no second sign.
    let shared = "  web: {image: a, env_file: x.env, volumes: [\"mm:/srv/site/media\"]}\n  worker: {image: b, env_file: x.env}\nvolumes: {mm: {}}\n";
    let rows = stack(shared).file("x.env", "MEDIA_ROOT=/srv/site/media\n").judge(&missing::RULE);
    assert_eq!(severities(&rows), [Severity::Warning]);
    let generic =
        "  imap: {image: a, env_file: x.env, volumes: [\"./mail:/mail\"]}\n  web: {image: b, env_file: x.env}\n";
    assert!(stack(generic).file("x.env", "MAIL=/mail\n").judge(&missing::RULE).is_empty());
    // Nor is it when a third one, which has another image, mounts it as well.
    let third = "  web: {build: ., env_file: x.env, volumes: [\"mm:/app/media\"]}\n  worker: {build: ., env_file: x.env}\n  nginx: {image: nginx, volumes: [\"mm:/app/media:ro\"]}\nvolumes: {mm: {}}\n";
    let rows = stack(third).file("x.env", "MEDIA_ROOT=/app/media\n").judge(&missing::RULE);
    assert_eq!(severities(&rows), [Severity::Warning]);
    // What the Dockerfile copies there is there.
    let built = "  cdn: {image: cdn, environment: {ROOT: /srv/site/media}, volumes: [\"mm:/srv/site/media\"]}\n  web: {build: ./web, environment: {MEDIA: /srv/site/media}}\nvolumes: {mm: {}}\n";
    let rows = stack(built).file("web/Dockerfile", "FROM x\nCOPY media /srv/site/media\n").judge(&missing::RULE);
    assert!(findings(&rows).is_empty());
}

const NEED: &str = "version: 1\nmounts:\n  tftp: {path: /srv/tftp, in: [gui, api], access: read, non-empty: true}\n";

#[test]
fn the_gate_file_says_who_needs_it() {
    let judge = |services: &str, rule| {
        stack(services).file("boot/x", "").directory("void").gate(NEED, &[&gate::SECTION]).judge(rule)
    };
    let both =
        "  gui: {image: a, volumes: [\"./boot:/srv/tftp\"]}\n  api: {image: b, volumes: [\"./boot:/srv/tftp:ro\"]}\n";
    for rule in [&missing::RULE, &source_mismatch::RULE, &empty::RULE] {
        assert_passes(&judge(both, rule));
    }
    let one = "  gui: {image: a, volumes: [\"./boot:/srv/tftp\"]}\n  api: {image: b}\n";
    let rows = judge(one, &missing::RULE);
    assert_eq!(only(&rows).message, "api needs /srv/tftp, and nothing is mounted there");
    assert_eq!(only(&rows).help, "add `- ./boot:/srv/tftp` to `services.api.volumes`");
    let typo = judge("  gui: {image: a, volumes: [\"./boot:/srv/tftp\"]}\n  apis: {image: b}\n", &missing::RULE);
    assert_eq!(
        (only(&typo).message.as_str(), only(&typo).help.as_str()),
        ("there is no service api", "write `apis`")
    );

    let other =
        "  gui: {image: a, volumes: [\"./boot:/srv/tftp\"]}\n  api: {image: b, volumes: [\"./void:/srv/tftp:ro\"]}\n";
    assert_eq!(
        only(&judge(other, &source_mismatch::RULE)).message,
        "gui sees ./boot at /srv/tftp, and api sees ./void"
    );
    assert!(only(&judge(other, &empty::RULE)).message.starts_with("./void is empty"));
    let above = "  gui: {image: a, volumes: [\"./boot:/srv/tftp\"]}\n  api: {image: b, volumes: [\"./boot:/srv/tftp/x\", \".:/srv\"]}\n";
    only(&judge(above, &source_mismatch::RULE));
    let volumes = "  gui: {image: a, volumes: [\"one:/srv/tftp\"]}\n  api: {image: b, volumes: [\"two:/srv/tftp\"]}\nvolumes: {one: {}, two: {}}\n";
    only(&judge(volumes, &source_mismatch::RULE));
    let alike = "  gui: {image: a, volumes: [\"one:/srv/tftp\"]}\n  api: {image: b, volumes: [\"two:/srv/tftp\"]}\nvolumes: {one: {name: x}, two: {name: x}}\n";
    assert_passes(&judge(alike, &source_mismatch::RULE));
}

#[test]
fn one_thing_from_two_sources() {
    let services = |one: &str, other: &str| {
        format!(
            "  api: {{image: a, environment: {{TFTP_ROOT: /srv/tftp/boot}}, volumes: [{one}]}}\n  gui: {{image: b, environment: {{TFTP_ROOT: /srv/tftp/boot}}, volumes: [{other}]}}\nvolumes: {{boot: {{}}, pics: {{}}, pics_: {{}}}}\n"
        )
    };
    for (one, other) in [
        ("\"./boot:/srv/tftp/boot\"", "\"./captures:/srv/tftp/boot:ro\""),
        ("\"./boot:/srv/tftp/boot\"", "\"boot:/srv/tftp/boot\""),
        ("\"pics:/srv/tftp/boot\"", "{type: volume, source: pics_, target: /srv/tftp/boot/}"),
        ("\"boot:/srv/tftp/boot\"", "\"pics:/srv/tftp/boot:ro\""),
    ] {
        only(&stack(&services(one, other)).judge(&source_mismatch::RULE));
    }
    assert_passes(
        &stack(&services("\"boot:/srv/tftp/boot\"", "\"boot:/srv/tftp/boot:ro\"")).judge(&source_mismatch::RULE),
    );
    for services in [
        // Each has its own, and writes to it.
        services("\"./a:/srv/tftp/boot\"", "\"./b:/srv/tftp/boot\""),
        "  a: {image: x, environment: {CONFIG_DIR: /etc/thing/conf}, volumes: [\"./a:/etc/thing/conf:ro\"]}\n  b: {image: y, environment: {CONFIG_DIR: /etc/thing/conf}, volumes: [\"./b:/etc/thing/conf:ro\"]}\n".to_owned(),
        "  a: {image: minio, command: server /srv/data/x, volumes: [\"aa:/srv/data/x\"]}\n  b: {image: minio, command: server /srv/data/x, volumes: [\"bb:/srv/data/x\"]}\nvolumes: {aa: {}, bb: {}}\n".to_owned(),
        "  a: {image: x, volumes: [\"./a/nginx.conf:/etc/nginx/nginx.conf:ro\"]}\n  b: {image: y, volumes: [\"./b/nginx.conf:/etc/nginx/nginx.conf:ro\"]}\n".to_owned(),
        "  a: {image: x, volumes: [\"./a/data:/data\"]}\n  b: {image: y, volumes: [\"./b/data:/data\"]}\n".to_owned(),
    ] {
        assert!(findings(&stack(&services).judge(&source_mismatch::RULE)).is_empty(), "{services}");
    }
}

#[test]
fn sources_that_are_missing() {
    for (volume, severity) in [
        ("\"./tftproot:/srv/tftp\"", Severity::Warning),
        ("{type: bind, source: ./tftproot, target: /srv/tftp}", Severity::Warning),
        ("\"${DIR:-./tftproot}:/srv/tftp:ro\"", Severity::Warning),
        ("\"./nginx.conf:/etc/nginx/nginx.conf:ro\"", Severity::Error),
        ("\"./conf:/etc/nginx/nginx.conf\"", Severity::Error),
        ("{type: bind, source: ./x, target: /x, bind: {create_host_path: false}}", Severity::Error),
        ("\"made:/srv/x\"", Severity::Error),
    ] {
        let services = format!(
            "  web: {{image: a, volumes: [{volume}]}}\nvolumes: {{made: {{driver: local, driver_opts: {{type: none, o: bind, device: ./made}}}}}}\n"
        );
        let rows = stack(&services).file("tftpboot/x", "").judge(&source_missing::RULE);
        assert_eq!(only(&rows).severity, severity, "{volume}");
    }
    let rows = stack("  web: {image: a, volumes: [\"./tftproot:/srv/tftp\"]}\n")
        .file("tftpboot/x", "")
        .judge(&source_missing::RULE);
    assert_eq!(only(&rows).help, "write `tftpboot`, which is there, instead of `tftproot`");
}

#[test]
fn sources_that_are_there_or_need_not_be() {
    let there = "  web: {image: a, volumes: [\"./boot:/srv\", \"./nginx.conf:/etc/nginx/nginx.conf\", \".:/app\"]}\n";
    assert_passes(&stack(there).file("boot/x", "").file("nginx.conf", "").judge(&source_missing::RULE));
    // A volume is made empty on the first `up`, and what is the host's is not the build's business.
    let elsewhere = "  web: {image: a, volumes: [\"data:/data\", \"/var/run/docker.sock:/var/run/docker.sock\", \"/etc/localtime:/etc/localtime:ro\", \"~/.ssh:/root/.ssh:ro\"]}\nvolumes: {data: {}}\n";
    let rows = stack(elsewhere).env("HOME", "/home/me").lines(&source_missing::RULE);
    assert!(rows.len() == 3 && rows.iter().all(|row| row.starts_with("skip ")), "{rows:#?}");
    let socket = "  web: {image: a, volumes: [\"/var/run/docker.sock:/var/run/docker.sock\"]}\n";
    let rows = stack(socket).stage(Stage::Restart).engine("26.1.5", "1.45").judge(&source_missing::RULE);
    assert_eq!(only(&rows).severity, Severity::Error);
}

#[test]
fn directories_where_files_are_expected() {
    for volume in [
        "\"./nginx.conf:/etc/nginx/nginx.conf\"",
        "{type: bind, source: ./nginx.conf, target: /etc/nginx/nginx.conf}",
        "\"./nginx.conf:/etc/thing\"",
        "\"./site:/etc/app/site.yaml\"",
        "\"vol:/app/config.json\"",
    ] {
        let services = format!("  web: {{image: a, volumes: [{volume}]}}\nvolumes: {{vol: {{}}}}\n");
        let rows = stack(&services).directory("nginx.conf").file("site/x", "").judge(&kind_mismatch::RULE);
        assert_eq!(only(&rows).severity, Severity::Error, "{volume}");
    }
    let rows = stack("  web: {image: a, volumes: [\"./nginx.conf:/etc/nginx/nginx.conf\"]}\n")
        .directory("nginx.conf")
        .judge(&kind_mismatch::RULE);
    assert!(only(&rows).message.contains("empty and root's, as an earlier `up` makes it"), "{}", only(&rows).message);
}

#[test]
fn files_where_directories_are_expected() {
    for volume in [
        "\"./init.sql:/docker-entrypoint-initdb.d\"",
        "\"./a.conf:/etc/nginx/conf.d/\"",
        "\"./a.conf:/etc/\"",
        "\"./a.conf:/srv/x\", \"yy:/srv/x/y\"",
    ] {
        let services = format!("  web: {{image: a, volumes: [{volume}]}}\nvolumes: {{yy: {{}}}}\n");
        let rows = stack(&services).file("init.sql", "").file("a.conf", "").judge(&kind_mismatch::RULE);
        assert_eq!(only(&rows).severity, Severity::Error, "{volume}");
    }
}

#[test]
fn kinds_that_match() {
    let services = "  web: {image: a, volumes: [\"./nginx.conf:/etc/nginx/nginx.conf\", \"./conf.d:/etc/nginx/conf.d\", \"./init.sql:/docker-entrypoint-initdb.d/init.sql\", \"./next.js:/src/next.js\", \"./entry.sh:/entrypoint\"]}\n";
    let disk = stack(services)
        .file("nginx.conf", "")
        .file("conf.d/x", "")
        .file("init.sql", "")
        .file("next.js/x", "")
        .file("entry.sh", "");
    assert_passes(&disk.judge(&kind_mismatch::RULE));
    // Nothing says what these are to be.
    let open = "  web: {image: a, volumes: [\"./example.com:/var/www/example.com\", \"./data:/data\", \"vol:/var/db\"]}\nvolumes: {vol: {}}\n";
    assert!(stack(open).file("example.com/x", "").judge(&kind_mismatch::RULE).is_empty());
}

#[test]
fn empty_directories_to_read() {
    let judge = |volumes: &str| {
        let services =
            format!("  web: {{image: a, volumes: [{volumes}]}}\n  job: {{image: b, volumes: [\"./w:/w\"]}}\n");
        stack(&services).directory("void").directory("w").file("full/x", "").judge(&empty::RULE)
    };
    only(&judge("\"./void:/srv:ro\""));
    assert_passes(&judge("\"./full:/srv:ro\""));
    assert!(judge("\"./void:/srv\"").is_empty());
    assert!(judge("\"./w:/srv:ro\"").is_empty());
}

#[test]
fn targets_begin_with_a_slash() {
    for volume in ["\"./x:data\"", "\"vol:data\"", "\"v:/data\""] {
        let rows = stack(&format!("  web: {{image: a, volumes: [{volume}]}}\nvolumes: {{vol: {{}}}}\n"))
            .judge(&target_relative::RULE);
        assert_eq!(only(&rows).severity, Severity::Error, "{volume}");
    }
    assert_passes(&stack("  web: {image: a, volumes: [\"./x:/data\", \"/cache\"]}\n").judge(&target_relative::RULE));
}

#[test]
fn who_writes_may_write() {
    let gate = "version: 1\nmounts:\n  x: {path: /srv/x, in: web, access: write}\n";
    let judge = |mode: &str| {
        stack(&format!("  web: {{image: a, volumes: [\"./x:/srv/x{mode}\"]}}\n"))
            .gate(gate, &[&gate::SECTION])
            .judge(&read_only::RULE)
    };
    only(&judge(":ro"));
    assert_passes(&judge(""));
    let db = |image: &str, mode: &str| {
        stack(&format!(
            "  db: {{image: {image}, volumes: [\"dd:/var/lib/postgresql/data{mode}\"]}}\nvolumes: {{dd: {{}}}}\n"
        ))
        .judge(&read_only::RULE)
    };
    only(&db("postgres:16", ":ro"));
    assert_passes(&db("postgres:16", ""));
    assert!(db("example/backup", ":ro").is_empty());
}

#[test]
fn a_configuration_that_is_not_in_the_directory() {
    let judge = |service: &str| {
        stack(&format!("  agent: {{image: a, {service}}}\n"))
            .file("conf/other.json", "{}")
            .directory("conf/odd.json")
            .judge(&config_missing::RULE)
    };
    for service in [
        "environment: {AGENT_CONFIG: /etc/agent/agent.json}, volumes: [\"./conf:/etc/agent:ro\"]",
        "command: [run, --config, /etc/agent/agent.json], volumes: [\"./conf:/etc/agent:ro\"]",
        "command: run --config.file=/etc/agent/agent.yml, volumes: [\"./conf:/etc/agent:ro\"]",
        "environment: {AGENT_CONFIG: /etc/agent/odd.json}, volumes: [\"./conf:/etc/agent\"]",
    ] {
        assert_eq!(only(&judge(service)).severity, Severity::Error, "{service}");
    }
    // It may make it itself.
    let rows = judge("environment: {AGENT_CONFIG: /etc/agent/agent.json}, volumes: [\"./conf:/etc/agent\"]");
    assert_eq!(only(&rows).severity, Severity::Warning);
    assert_passes(&judge("environment: {AGENT_CONFIG: /etc/agent/other.json}, volumes: [\"./conf:/etc/agent:ro\"]"));
    for service in [
        "environment: {LOG_FILE: /etc/agent/x.log}, volumes: [\"./conf:/etc/agent:ro\"]",
        "environment: {AGENT_CONFIG: /opt/agent.json}, volumes: [\"./conf:/etc/agent:ro\"]",
        "environment: {DATA: /etc/agent/data.json}, volumes: [\"./conf:/etc/agent:ro\"]",
    ] {
        assert!(judge(service).is_empty(), "{service}");
    }
}

fn summary(name: &str) -> ContainerSummary {
    let label = |key: &str, value: &str| (format!("com.docker.compose.{key}"), value.to_owned());
    ContainerSummary {
        id: format!("id-of-{name}"),
        name: name.to_owned(),
        state: "exited".to_owned(),
        labels: BTreeMap::from([label("project", "lab"), label("service", "agent")]),
        ..ContainerSummary::default()
    }
}

fn detail(id: &str, mounts: &[(&str, &str, &str)], status: &str) -> ContainerDetail {
    let mount = |(kind, source, target): &(&str, &str, &str)| ContainerMount {
        kind: (*kind).to_owned(),
        name: (*kind == "volume").then(|| (*source).to_owned()),
        source: (*source).to_owned(),
        target: (*target).to_owned(),
        writable: true,
    };
    ContainerDetail {
        id: id.to_owned(),
        name: "lab-agent-1".to_owned(),
        mounts: mounts.iter().map(mount).collect(),
        state: ContainerState { status: status.to_owned(), ..ContainerState::default() },
        ..ContainerDetail::default()
    }
}

fn file(size: u64, kind: FileKind) -> FileInContainer {
    FileInContainer { kind, mode: 0o644, uid: 0, gid: 0, size, text: None, entries: vec![], complete: true }
}

const AGENT: &str = "  agent: {image: a, environment: {AGENT_CONFIG: /app/config/agent.json}, volumes: [\"conf:/app/config\"]}\nvolumes: {conf: {}}\n";

/// The agent's container has the volume mounted, at another path than is declared now.
fn with_volume(answer: Result<FileInContainer, Unknown>, status: &'static str) -> Vec<String> {
    stack(AGENT)
        .stage(Stage::Restart)
        .engine("26.1.5", "1.45")
        .on::<Containers>(|_| Ok(vec![summary("lab-agent-1")]))
        .on::<Container>(move |q| Ok(detail(&q.id, &[("volume", "lab_conf", "/old/config")], status)))
        .on::<Volumes>(|_| Ok(vec![]))
        .on::<ContainerFile>(move |q| match q.path == "/old/config/agent.json" {
            true => answer.clone(),
            false => Err(Unknown::failed("the wrong path")),
        })
        .lines(&config_missing::RULE)
}

#[test]
fn a_configuration_that_is_not_in_the_volume() {
    let one = |lines: Vec<String>| lines.into_iter().next().unwrap_or_default();
    let row = |answer, status| one(with_volume(answer, status));
    assert!(row(Err(Unknown::absent("")), "exited").starts_with("error agent: /app/config/agent.json: "));
    assert!(row(Ok(file(0, FileKind::File)), "running").contains("is an empty file"));
    assert!(row(Ok(file(0, FileKind::Directory)), "running").contains("is a directory in volume conf"));
    assert_eq!(
        row(Ok(file(77, FileKind::File)), "exited"),
        "pass agent: /app/config/agent.json: 77 bytes in volume conf"
    );
    assert!(row(Err(Unknown::absent("")), "created").starts_with("skip "));
    assert!(row(Err(Unknown::failed("?")), "exited").starts_with("unknown "));
    assert!(one(stack(AGENT).lines(&config_missing::RULE)).starts_with("skip "));
}

#[test]
fn a_volume_that_no_container_has() {
    let judge = |volumes: Vec<Volume>| {
        stack(AGENT)
            .stage(Stage::Restart)
            .engine("26.1.5", "1.45")
            .file("/engine/conf/other", "")
            .on::<Containers>(|_| Ok(vec![]))
            .on::<Volumes>(move |_| Ok(volumes.clone()))
            .lines(&config_missing::RULE)
            .remove(0)
    };
    assert!(judge(vec![]).ends_with("volume conf is not there yet: the first `up` makes it"));
    let at = |mountpoint: &str| {
        let (name, driver) = ("lab_conf".to_owned(), "local".to_owned());
        Volume { name, driver, mountpoint: mountpoint.to_owned(), ..Volume::default() }
    };
    assert!(judge(vec![at("/engine/conf")]).starts_with("error "), "{}", judge(vec![at("/engine/conf")]));
    assert!(judge(vec![at("/not/ours")]).starts_with("skip "));
}

#[test]
fn a_container_with_other_mounts() {
    let judge = |mounts: &'static [(&str, &str, &str)], stage, rule: &'static Rule| {
        stack("  agent: {image: a, volumes: [\"conf:/app/config\", \"./boot:/srv\"]}\nvolumes: {conf: {}}\n")
            .stage(stage)
            .engine("26.1.5", "1.45")
            .on::<Containers>(|_| Ok(vec![summary("lab-agent-1")]))
            .on::<Container>(move |q| Ok(detail(&q.id, mounts, "running")))
            .judge(rule)
    };
    const CONF: (&str, &str, &str) = ("volume", "lab_conf", "/app/config");
    for (mounts, instead) in [
        (&[CONF][..], "nothing"),
        (&[CONF, ("bind", "/other/boot", "/srv")], "/other/boot"),
        (&[("volume", "old_conf", "/app/config"), ("bind", "/project/boot", "/srv")], "volume old_conf"),
    ] {
        let rows = judge(mounts, Stage::After, &running_differs::RULE);
        let finding = only(&rows);
        assert!(finding.message.ends_with(&format!("but lab-agent-1 has {instead} there")), "{}", finding.message);
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(severities(&judge(mounts, Stage::Restart, &running_differs::RULE)), [Severity::Warning]);
    }
    assert_passes(&judge(&[CONF, ("bind", "/project/boot/", "/srv")], Stage::After, &running_differs::RULE));
    assert_passes(&judge(&[CONF, ("bind", "/host_mnt/project/boot", "/srv")], Stage::After, &running_differs::RULE));
}
