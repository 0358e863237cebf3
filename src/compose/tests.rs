//! Input that is hostile, odd or random: a clear answer, in bounded time and memory, never a panic.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Files, Kind, NoProject, Settings, cause, load};

/// Files in memory.
struct Memory(HashMap<PathBuf, Vec<u8>>);

impl Memory {
    fn of(files: &[(&str, &[u8])]) -> Self {
        Self(files.iter().map(|(name, bytes)| (Path::new("/p").join(name), bytes.to_vec())).collect())
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        self.0.contains_key(path).then_some(Kind::File)
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix("/p").unwrap_or(path).display().to_string()
    }
}

fn resolve(files: &[(&str, &[u8])]) -> Result<super::Project, NoProject> {
    let settings = Settings { working_directory: "/p".into(), ..Settings::default() };
    load(&settings, &Memory::of(files))
}

fn causes(files: &[(&str, &[u8])]) -> Vec<&'static str> {
    match resolve(files) {
        Err(NoProject::Rejected(rejected)) => rejected.rejections.iter().map(|rejection| rejection.cause).collect(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => Vec::new(),
    }
}

fn one(text: &str) -> Vec<&'static str> {
    causes(&[("compose.yaml", text.as_bytes())])
}

#[test]
fn bombs_are_bounded() {
    let started = Instant::now();
    let mut aliases = "x-0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..15 {
        let last = format!("*a{}, ", n - 1).repeat(9);
        aliases.push_str(&format!("x-{n}: &a{n} [{last}]\n"));
    }
    assert_eq!(one(&aliases), [cause::TOO_LARGE]);
    assert_eq!(one(&format!("services: {}", "[".repeat(100_000))), [cause::YAML_SYNTAX]);
    let deep: String = (0..600).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    assert_eq!(one(&deep), [cause::YAML_SYNTAX]);
    assert_eq!(one(&"a:\n ".repeat(3_000)).len(), 100);
    let labels: String = (0..20_000).map(|n| format!("      l{n}: v\n")).collect();
    let mut copies = format!("services:\n  base:\n    image: x\n    labels:\n{labels}");
    for n in 0..5_000 {
        copies.push_str(&format!("  s{n}: {{extends: base}}\n"));
    }
    assert_eq!(one(&copies), [cause::TOO_LARGE]);
    let huge = format!("services: {{a: {{image: {}}}}}", "x".repeat(9 << 20));
    assert_eq!(one(&huge), [cause::TOO_LARGE]);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn circles_end() {
    assert_eq!(one("services: {a: {extends: b}, b: {extends: c}, c: {extends: a}}")[0], cause::EXTENDS_CYCLE);
    let ring: Vec<(String, String)> =
        (0..80).map(|n| (format!("{n}.yaml"), format!("include: [{}.yaml]\n", (n + 1) % 80))).collect();
    let mut files: Vec<(&str, &[u8])> = ring.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    files.push(("compose.yaml", b"include: [0.yaml]\nservices: {}\n"));
    assert_eq!(causes(&files), [cause::INCLUDE_CYCLE]);
}

#[test]
fn what_is_no_text_is_said_so() {
    assert_eq!(causes(&[("compose.yaml", b"\xff\xfe\x00s")]), [cause::YAML_SYNTAX]);
    assert_eq!(causes(&[("compose.yaml", b"services:\0")]), [cause::YAML_SYNTAX]);
    assert_eq!(causes(&[("compose.yaml", b"")]), [cause::EMPTY_FILE]);
    assert_eq!(causes(&[("compose.yaml", b"\xef\xbb\xbfservices: {a: {image: x}}\r\n")]), Vec::<&str>::new());
}

#[test]
fn all_mistakes_of_a_step_are_told() {
    let text = "services:\n  a: {imag: x, ports: 1}\n  b: {image: 3, restrat: always}\nfoo: 1\n";
    assert_eq!(one(text), ["unknown-key", "invalid-type", "invalid-type", "unknown-key", "unknown-key"]);
    let Err(NoProject::Rejected(rejected)) = resolve(&[("compose.yaml", text.as_bytes())]) else {
        panic!("accepted")
    };
    assert_eq!(rejected.rejections[0].help, "did you mean `image`?");
    assert_eq!(rejected.rejections[3].help, "did you mean `restart`?");
    let place = rejected.rejections[3].origin.as_ref().and_then(|origin| origin.place()).map(ToString::to_string);
    assert_eq!(place.as_deref(), Some("compose.yaml:3:17"));
}

#[test]
fn a_way_through_override_and_dot_env() {
    let project = resolve(&[
        ("compose.yaml", b"services:\n  a:\n    image: x\n    environment:\n      TOKEN: old\n"),
        ("compose.override.yaml", b"services:\n  a:\n    environment:\n      - TOKEN=${T}\n"),
        (".env", b"# c\nT=new\n"),
    ])
    .unwrap();
    let node = project.service("a").unwrap().env("TOKEN").unwrap();
    assert_eq!(node.as_str(), Some("new"));
    let said = format!("{:?}", node.origin);
    assert!(said.contains("compose.override.yaml:4") && said.contains(".env:2:3"), "{said}");
}

#[test]
fn ports_have_the_span_of_their_own() {
    let project = resolve(&[("compose.yaml", b"services: {a: {image: x, ports: [\"5050:5051/udp\"]}}\n")]).unwrap();
    let port = project.service("a").unwrap().ports().next().unwrap();
    let text = |key: &str| port.node.get(key).unwrap().place().unwrap().text().to_owned();
    assert_eq!((text("published"), text("target"), text("protocol")), ("5050".into(), "5051".into(), "udp".into()));
}

#[test]
fn random_texts_never_panic() {
    let words = [
        "services",
        ":",
        " ",
        "\n",
        "  ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "a",
        "image",
        "x",
        "${",
        "$",
        "A",
        ":-",
        "?",
        "'",
        "\"",
        "&b ",
        "*b",
        "<<: ",
        "!reset ",
        "!override ",
        "!!str ",
        "|",
        ">",
        "#",
        "\t",
        "é",
        "ports",
        "80:80",
        "volumes",
        "extends",
        "include",
        "depends_on",
        "\\",
        "0x",
        "1.5",
        "~",
        "---\n",
        "build",
        "command",
        "%",
        "@",
        "env_file",
        ".env",
        "profiles",
        "networks",
        "deploy",
        "healthcheck",
        "test",
        "10s",
        "1g",
        "-1",
        "=",
        "//",
    ];
    let mut state = 7_u64;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % bound as u64).unwrap_or_default()
    };
    for round in 0..6_000 {
        let mut text = if round % 2 == 0 { String::new() } else { "services:\n  a:\n    image: x\n    ".to_owned() };
        for _ in 0..below(30) {
            text.push_str(words[below(words.len())]);
        }
        let mut env = String::new();
        for _ in 0..below(12) {
            env.push_str(words[below(words.len())]);
        }
        let _ = resolve(&[("compose.yaml", text.as_bytes()), (".env", env.as_bytes()), ("x", b"services: {a: {}}")]);
    }
}

#[test]
fn the_time_grows_with_the_services() {
    let text = |count: usize| {
        let mut text = "services:\n".to_owned();
        for n in 0..count {
            text.push_str(&format!(
                "  s{n}:\n    image: x\n    ports: [\"{n}:80\"]\n    environment: {{A: \"${{B:-c}}\", D: e}}\n    volumes: [\"./a:/b\"]\n"
            ));
        }
        text
    };
    let timed = |count: usize| {
        let text = text(count);
        let started = Instant::now();
        assert_eq!(one(&text), Vec::<&str>::new());
        started.elapsed()
    };
    timed(50);
    let (small, large) = (timed(250), timed(2_000));
    assert!(large < small * 24, "8 times the services took {small:?} and {large:?}");
}
