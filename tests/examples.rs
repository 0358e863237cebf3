//! The stacks of `compose-examples/`: the healthy ones are GO, each fault is found by its rules and, with those
//! switched off, missed. With the tests' own engine also for real.
#![allow(clippy::disallowed_methods, reason = "the list is for checks")]
#![allow(clippy::panic, clippy::unwrap_used, clippy::print_stderr, reason = "a test stops at what it did not expect")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::Judged;

/// What a fault's folder says about it.
struct Fault {
    name: String,
    expect: Vec<String>,
    stage: String,
    args: Vec<String>,
    live: bool,
}

fn faults() -> Vec<Fault> {
    let directory = support::root().join("compose-examples/cable-lab/faults");
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().map(|folder| fault(folder)).collect()
}

fn fault(folder: &Path) -> Fault {
    let file = folder.join("fault.toml");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let toml: toml_edit::DocumentMut = text.parse().unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let words = |key: &str| -> Vec<String> {
        let array = toml.get(key).and_then(|item| item.as_array());
        array.into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let known = ["title", "catalogue", "expect", "stage", "args"];
    assert!(toml.iter().all(|(key, _)| known.contains(&key)), "{}: unknown key", file.display());
    assert!(!words("expect").is_empty() && !words("catalogue").is_empty(), "{}", file.display());
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let live = folder.join("live.sh").exists();
    assert!(live || folder.join("fault.patch").exists() || folder.join("tree").exists(), "{name} changes nothing");
    Fault {
        name,
        expect: words("expect"),
        stage: toml["stage"].as_str().unwrap().to_owned(),
        args: words("args"),
        live,
    }
}

/// A copy of an example with faults in it.
fn copy(example: &str, faults: &[&str]) -> tempfile::TempDir {
    let keep = tempfile::tempdir().unwrap();
    let tool = support::root().join("tests/tools/overlay");
    let status = Command::new(tool).arg(example).arg(keep.path().join("copy")).args(faults).status().unwrap();
    assert!(status.success(), "overlay {example} {faults:?}");
    keep
}

/// Judges a directory by its files, with no engine to be found.
fn judge(directory: &Path, args: &[&str]) -> Judged {
    let mut command = support::gonogo(directory);
    command.env("DOCKER_HOST", format!("unix://{}/no-engine.sock", directory.display()));
    Judged::from(&command.args(["check", "--format", "json"]).args(args).output().unwrap())
}

#[test]
fn healthy_examples_are_go() {
    for (example, args) in
        [("cable-lab", &[][..]), ("cable-lab", &["-f", "docker-compose.host.yml"]), ("web-db", &[])]
    {
        for stage in ["push", "build"] {
            let directory = support::root().join("compose-examples").join(example);
            let judged = judge(&directory, &[&["--stage", stage], args].concat());
            assert_eq!(judged.status, 0, "{example} {args:?} at {stage}: {}", judged.brief());
            assert_eq!(judged.found(), [""; 0], "{example} {args:?} at {stage}: {}", judged.brief());
            assert!(judged.rows("pass").count() > 0, "{example} {args:?} at {stage}: nothing was observed");
        }
    }
}

#[test]
fn faults_are_found_and_their_rules_find_them() {
    let mut wrong = Vec::new();
    for fault in faults().iter().filter(|fault| !fault.live && fault.stage == "build") {
        let keep = copy("cable-lab", &[&fault.name]);
        let directory = keep.path().join("copy");
        let mut args: Vec<&str> = vec!["--stage", "build"];
        args.extend(fault.args.iter().map(String::as_str));
        let judged = judge(&directory, &args);
        for rule in fault.expect.iter().filter(|rule| !judged.found().contains(rule)) {
            wrong.push(format!("{}: {rule} misses it: {}", fault.name, judged.brief()));
        }
        args.extend(fault.expect.iter().flat_map(|rule| ["--skip", rule.as_str()]));
        let off = judge(&directory, &args);
        if fault.expect.iter().any(|rule| off.found().contains(rule)) {
            wrong.push(format!("{}: found though switched off: {}", fault.name, off.brief()));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The tests' own engine: none means that these tests do not apply, unless CI asks for them.
struct Engine {
    tools: PathBuf,
    /// Where a run leaves what it started.
    state: tempfile::TempDir,
}

impl Engine {
    fn new() -> Option<Self> {
        let tools = support::root().join("tests/tools");
        let status = Command::new(tools.join("engine")).arg("status").output().ok()?.status;
        if !status.success() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "no engine, and CI=true: tests/tools/engine start");
            eprintln!("skipped: no engine of the tests' own runs");
            return None;
        }
        Some(Self { tools, state: tempfile::tempdir().unwrap() })
    }

    /// A command in the engine's network, pointed at the engine.
    fn inside(&self, directory: &Path, argv: &[&str]) -> Command {
        let mut command = Command::new("bash");
        let script = r#"variables=$("$TOOLS/engine" env) && eval "$variables" && exec "$TOOLS/engine" exec "$@""#;
        command.args(["-euc", script, "inside"]).args(argv).current_dir(directory);
        command.env("TOOLS", &self.tools).env("COMPOSE", self.tools.join("compose-oracle"));
        command.env("STATE", self.state.path()).env("SSH_CONFIG", self.state.path().join("sshd/ssh_config"));
        command.env("XDG_RUNTIME_DIR", self.state.path()).env("LAB_SSH_PORT", "2222");
        command
    }

    fn run(&self, directory: &Path, script: &str) {
        let output = self.inside(directory, &["timeout", "150", "bash", "-euc", script]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "in {}: {script}: {}\n{said}", directory.display(), output.status);
    }

    fn judge(&self, directory: &Path, args: &[&str]) -> Judged {
        let argv = [&[env!("CARGO_BIN_EXE_gonogo"), "check", "--format", "json"], args].concat();
        Judged::from(&self.inside(directory, &argv).output().unwrap())
    }
}

/// Ends what a run started, also when the test that ran it stops half-way.
struct Ends<'a>(&'a Engine, &'a Path);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        let script = r#"
            if [ -x ssh-tunnel-lab.sh ]; then ./ssh-tunnel-lab.sh stop; fi
            "$TOOLS/sshd" stop "$STATE/sshd"
            for file in "$STATE"/*.pid; do if [ -e "$file" ]; then kill "$(cat "$file")" || true; rm -f "$file"; fi; done
            "$COMPOSE" down -v -t 2 --remove-orphans"#;
        let _ = self.0.inside(self.1, &["timeout", "60", "bash", "-c", script]).output();
    }
}

/// The lab, and the operator's tunnel to it through a real sshd.
const TUNNEL: &str = r#""$TOOLS/sshd" start "$STATE/sshd" 2222; LAB_USER=$(id -un) ./ssh-tunnel-lab.sh start"#;

#[test]
fn live_faults_are_found_and_the_healthy_lab_is_go() {
    let Some(engine) = Engine::new() else { return };
    {
        let keep = copy("cable-lab", &[]);
        let directory = keep.path().join("copy");
        let _ends = Ends(&engine, &directory);
        engine.run(&directory, r#""$COMPOSE" up -d --build --wait"#);
        engine.run(&directory, TUNNEL);
        // The stack works: an agent is logged in, and the operator sees it through the tunnel.
        let agent = r#"for _ in $(seq 50); do python3 -c 'import sys, urllib.request
body = urllib.request.urlopen("http://localhost:5050/api/agents", timeout=3).read()
sys.exit(b"lab-pi-01" not in body)' && exit 0; sleep 0.1; done; exit 1"#;
        engine.run(&directory, agent);
        let judged = engine.judge(&directory, &["--stage", "restart"]);
        assert_eq!(judged.status, 0, "the healthy lab at restart: {}", judged.brief());
    }
    let mut wrong = Vec::new();
    for fault in faults().iter().filter(|fault| fault.stage == "restart") {
        let keep = copy("cable-lab", &[&fault.name]);
        let directory = keep.path().join("copy");
        let _ends = Ends(&engine, &directory);
        if fault.live {
            let script = support::root().join("compose-examples/cable-lab/faults").join(&fault.name).join("live.sh");
            engine.run(&directory, &format!("bash '{}'", script.display()));
        }
        let mut args: Vec<&str> = vec!["--stage", &fault.stage];
        args.extend(fault.args.iter().map(String::as_str));
        let judged = engine.judge(&directory, &args);
        for rule in fault.expect.iter().filter(|rule| !judged.found().contains(rule)) {
            wrong.push(format!("{}: {rule} misses it: {}", fault.name, judged.brief()));
        }
        args.extend(fault.expect.iter().flat_map(|rule| ["--skip", rule.as_str()]));
        let off = engine.judge(&directory, &args);
        if fault.expect.iter().any(|rule| off.found().contains(rule)) {
            wrong.push(format!("{}: found though switched off: {}", fault.name, off.brief()));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
