//! Damaged, hostile and odd input: an error or a finding that says what is the matter, soon, and never a panic.

use std::path::Path;
use std::time::Duration;

use crate::support::run::{Ran, command, start};
use crate::{GO, Stack};

/// What a run on any input may take.
const SOON: Duration = Duration::from_secs(2);

/// Runs it, anew if it took long: others may have kept the machine busy. The quickest of three counts.
fn soon(run: impl Fn() -> Ran) -> Ran {
    let mut ran = run();
    for _ in 0..2 {
        if ran.took < SOON {
            break;
        }
        let again = run();
        ran = if again.took < ran.took { again } else { ran };
    }
    assert!(ran.took < SOON, "{:?}: {ran:#?}", ran.took);
    ran
}

/// Judges in every format; each says the same, soon, and some word of it names what is the matter.
fn judged(stack: &Stack, args: &[&str], named: &str) -> Ran {
    let mut statuses = Vec::new();
    let mut last = None;
    for format in ["json", "junit", "table"] {
        let ran = soon(|| stack.build(&[args, &["--format", format]].concat()));
        assert!(matches!(ran.status, Some(1..=3)), "{named}: {args:?}: {ran:#?}");
        assert!((ran.stdout.clone() + &ran.stderr).contains(named), "{named:?} is not named: {args:?}: {ran:#?}");
        // Control characters of the input must not reach the terminal.
        assert!(!(ran.stdout.clone() + &ran.stderr).contains(['\x1b', '\0', '\x07']), "{ran:#?}");
        statuses.push(ran.status);
        last = Some(ran);
    }
    assert!(statuses.iter().all(|status| *status == statuses[0]), "{named}: {args:?}: {statuses:?}");
    last.unwrap()
}

#[test]
fn compose_files_that_are_none() {
    let nested_flow = format!("services: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let nested_block = (0..5_000).map(|depth| " ".repeat(depth) + "a:\n").collect::<String>();
    let bomb = alias_bomb();
    let long_key = format!("services:\n  {}: {{image: a}}\n", "k".repeat(500_000));
    let many = format!("services:\n{}", (0..2_000).map(|n| format!("  s{n}: {{imagee: a}}\n")).collect::<String>());
    let texts: &[(&str, &[u8])] = &[
        ("prose", b"This is not a compose file, is it? No: it is not."),
        ("prose of two colons", b"a: b: c\n"),
        ("tabs", b"services:\n\tweb:\n\t\timage: a\n"),
        ("a list", b"- a\n- b\n"),
        ("a number", b"42"),
        ("empty", b""),
        ("blank", b"   \n\n\t\n"),
        ("a comment", b"# nothing\n"),
        ("null", b"null\n"),
        ("no services", b"services: {}\n"),
        ("null services", b"services:\n"),
        ("a null service", b"services:\n  web:\n"),
        ("unclosed quote", b"services:\n  web:\n    image: \"a\n"),
        ("unclosed flow", b"services: {web: {image: a\n"),
        ("unclosed variable", b"services:\n  web:\n    image: ${A\n"),
        ("binary", b"\x7fELF\x02\x01\x01\0\0\0\0\0\xff\xfe\x80\x81\0\0"),
        ("latin-1", b"services:\n  web:\n    image: caf\xe9\n"),
        ("utf-16", b"\xff\xfes\0e\0r\0v\0i\0c\0e\0s\0:\0"),
        ("control characters", b"services:\n  web:\n    image: a\x1b[2Jb\x07\n"),
        ("zero bytes", &[0; 4096]),
        ("unknown alias", b"services: *nowhere\n"),
        ("alias of itself", b"services: &a\n  web: *a\n"),
        ("merge of itself", b"services:\n  web: &w\n    <<: *w\n    image: a\n"),
        ("alias bomb", bomb.as_bytes()),
        ("deep flow", nested_flow.as_bytes()),
        ("deep block", nested_block.as_bytes()),
        ("a long key", long_key.as_bytes()),
        ("many mistakes", many.as_bytes()),
        ("two documents", b"services:\n  web: {image: a}\n---\n- b\n"),
        ("odd tags", b"services: !!binary aGVsbG8=\n"),
        ("odd keys", b"services:\n  ? [a, b]\n  : {image: a}\n"),
        ("extends itself", b"services:\n  a: {image: a, extends: {service: a}}\n"),
        ("includes itself", b"include: [compose.yaml]\nservices: {a: {image: a}}\n"),
    ];
    for (what, bytes) in texts {
        let stack = Stack::of(&[]);
        stack.file("compose.yaml", bytes);
        let result = std::panic::catch_unwind(|| judged(&stack, &[], "compose"));
        let ran = result.unwrap_or_else(|_| panic!("{what}"));
        assert_ne!(ran.status, Some(0), "{what}");
        // The same through stdin, as far as that is text.
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        let ran = start(&mut command(&stack.path(), &["-f", "-", "--stage", "build"]), text).end();
        assert!(matches!(ran.status, Some(1..=3)), "{what}: {ran:#?}");
    }
}

/// Ten levels of ten aliases.
fn alias_bomb() -> String {
    let mut text = "x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("x-{level}: &a{level} [{aliases}]\n");
    }
    text + "services:\n  web: {image: a, command: *a11}\n"
}

#[test]
fn large_files() {
    let stack = Stack::of(&[]);
    let sparse = std::fs::File::create(stack.path().join("compose.yaml")).unwrap();
    sparse.set_len(100 << 20).unwrap();
    judged(&stack, &[], "compose.yaml");
    let line = "# a comment that says nothing, a hundred megabytes of it\n";
    stack.file("compose.yaml", line.repeat((100 << 20) / line.len()));
    judged(&stack, &[], "compose.yaml");
    // A compose file of a size that nobody writes by hand but programs do.
    let services = |count| (0..count).map(|n| format!("  s{n}:\n    image: a:{n}\n")).collect::<String>();
    stack.file("compose.yaml", format!("services:\n{}", services(200)));
    soon(|| stack.build(&[]).with(0));
    stack.file("compose.yaml", "services:\n  web:\n    image: a\n    env_file: big.env\n");
    std::fs::File::create(stack.path().join("big.env")).unwrap().set_len(100 << 20).unwrap();
    judged(&stack, &[], "big.env");
    let mut command = command(&stack.path(), &["check", "-f", "-"]);
    let said = start(&mut command, &line.repeat((40 << 20) / line.len())).end().refused();
    assert!(said.contains("stdin"), "{said}");
}

#[test]
fn a_directory_in_the_place_of_a_file() {
    let stack = Stack::of(&[("compose.yaml/file", ""), ("good.yaml", GO)]);
    judged(&stack, &["-f", "compose.yaml"], "compose.yaml");
    judged(&stack, &["-f", "."], "directory");
    stack.file("env.yaml", "services:\n  web:\n    image: a\n    env_file: directory\n");
    std::fs::create_dir(stack.path().join("directory")).unwrap();
    judged(&stack, &["-f", "env.yaml"], "directory");
    judged(&stack, &["-f", "good.yaml", "--env-file", "directory"], "directory");
    std::fs::create_dir(stack.path().join(".env")).unwrap();
    let ran = stack.build(&["-f", "good.yaml"]);
    assert!(matches!(ran.status, Some(0..=2)), "{ran:#?}");
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_in_circles() {
    use std::os::unix::fs::symlink;
    let stack = Stack::of(&[]);
    let link = |to: &str, name: &str| symlink(to, stack.path().join(name)).unwrap();
    link("b.yaml", "a.yaml");
    link("a.yaml", "b.yaml");
    link("nowhere", "dangling.yaml");
    judged(&stack, &["-f", "a.yaml"], "a.yaml");
    judged(&stack, &["-f", "dangling.yaml"], "dangling.yaml");
    link(".", "loop");
    stack
        .file("compose.yaml", "services:\n  web:\n    image: a\n    env_file: [a.yaml]\n    build: loop/loop/loop\n");
    judged(&stack, &[], "a.yaml");
    link("circle", "circle");
    stack.file("compose.yaml", "services:\n  web:\n    build: circle\n    volumes: [./circle:/data]\n");
    let ran = soon(|| stack.build(&[]));
    assert!(ran.status.is_some(), "{ran:#?}");
}

/// A named pipe that nobody writes to.
#[cfg(unix)]
#[test]
fn named_pipes_hold_nobody_up() {
    let stack =
        Stack::of(&[("uses.yaml", "services:\n  web:\n    image: a\n    env_file: pipe\n"), ("good.yaml", GO)]);
    stack.file(
        "mounts.yaml",
        "services:\n  web:\n    image: a\n    volumes: [./pipe:/config.json]\nsecrets: {s: {file: ./pipe}}\n",
    );
    let pipe = |name: &str| {
        let made = std::process::Command::new("mkfifo").arg(stack.path().join(name)).status().unwrap();
        assert!(made.success());
    };
    pipe("pipe");
    judged(&stack, &["-f", "pipe"], "pipe");
    judged(&stack, &["-f", "uses.yaml"], "pipe");
    judged(&stack, &["-f", "good.yaml", "--env-file", "pipe"], "pipe");
    let ran = soon(|| stack.build(&["-f", "mounts.yaml"]));
    assert!(ran.status.is_some(), "{ran:#?}");
    pipe(".env");
    let ran = soon(|| stack.build(&["-f", "good.yaml"]));
    assert!(ran.status.is_some(), "{ran:#?}");
    pipe("gonogo.yaml");
    stack.build(&["-f", "good.yaml"]).refused();
}

/// As somebody who may not read the file; the tests' own user may be root, who may.
#[cfg(unix)]
#[test]
fn files_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let keep = Stack::of(&[("compose.yaml", GO), ("closed.env", "A=1\n")]);
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let judge = |args: &[&str]| {
        let mut as_nobody = std::process::Command::new("setpriv");
        as_nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(keep.path().join("gonogo"));
        crate::support::scrub(as_nobody.args(["check", "--stage", "build"]).args(args), &keep.path());
        start(&mut as_nobody, "").end()
    };
    let root = std::process::Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    // The program may lie where nobody may go.
    std::fs::copy(env!("CARGO_BIN_EXE_gonogo"), keep.path().join("gonogo")).unwrap();
    mode(keep.keep.path(), 0o755);
    if root {
        judge(&[]).with(0);
    }
    let judge = |args: &[&str]| if root { judge(args) } else { keep.build(args) };
    mode(&keep.path().join("compose.yaml"), 0);
    let said = judge(&[]);
    assert!(matches!(said.status, Some(1..=3)) && (said.stdout + &said.stderr).contains("ermission denied"));
    mode(&keep.path().join("compose.yaml"), 0o644);
    mode(&keep.path().join("closed.env"), 0);
    keep.file("compose.yaml", "services:\n  web:\n    image: a\n    env_file: closed.env\n");
    let said = judge(&[]);
    assert!(matches!(said.status, Some(1..=3)), "{said:#?}");
    assert!((said.stdout.clone() + &said.stderr).contains("closed.env"), "{said:#?}");
}

#[test]
fn odd_env_files() {
    for text in [
        &b"\xff\xfe"[..],
        b"A",
        b"=x",
        b"A='unclosed\n",
        b"A=${B\n",
        b"A=$(rm -rf /)\n",
        b"export\n",
        b"\0\0\0",
        b"A B=1\n",
        b"\x1b[2J=1\n",
        b"A=\"${A}\"\nB=${A:-${B:-${C:?no}}}\n",
    ] {
        let stack = Stack::of(&[("compose.yaml", "services:\n  web:\n    image: a\n    env_file: odd.env\n")]);
        stack.file("odd.env", text);
        let ran = soon(|| stack.build(&[]));
        assert!(matches!(ran.status, Some(0..=2)), "{text:?}: {ran:#?}");
        assert!(!ran.stdout.contains('\x1b'), "{text:?}: {ran:#?}");
        stack.file(".env", text);
        let ran = soon(|| stack.build(&[]));
        assert!(matches!(ran.status, Some(0..=2)), "{text:?}: {ran:#?}");
    }
}
