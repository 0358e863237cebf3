//! What scripts, configurations and units ask ssh for, in the forms in which people write them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Forward, invocation};
use crate::inference::script::{Run, World, evaluate};
use crate::place::Source;
use crate::word::Word;

fn run(text: &str, files: &[(&str, &str)]) -> Run {
    let source = Source::new("tunnel.sh", Some(PathBuf::from("/p/scripts/tunnel.sh")), text);
    let files: BTreeMap<_, _> = (files.iter())
        .map(|(path, text)| (PathBuf::from(path), Source::new(*path, Some(PathBuf::from(path)), *text)))
        .collect();
    let environment = BTreeMap::from([("HOME".to_owned(), "/home/op".to_owned())]);
    evaluate(&source, World { environment: &environment, directory: Path::new("/p"), files: &files })
}

fn forwards(run: &Run) -> Vec<Forward> {
    let mut found = Vec::new();
    for command in &run.commands {
        if let Some(invocation) = invocation(command) {
            found.extend(invocation.forwards);
        } else if let Some(input) = &command.input {
            found.extend(super::config::forwards(input).into_iter().map(|configured| configured.forward));
        }
    }
    found
}

fn shown(text: &str) -> Vec<String> {
    forwards(&run(text, &[])).iter().map(Forward::shown).collect()
}

#[test]
fn a_forward_is_found_in_every_form() {
    let forms = [
        "ssh -f -N -L 5050:localhost:5051 op@lab",
        "ssh -fNL 5050:localhost:5051 op@lab",
        "ssh op@lab -N -L5050:localhost:5051",
        "ssh -fN -o ExitOnForwardFailure=yes -o 'LocalForward 5050 localhost:5051' lab",
        "ssh -N -o LocalForward='5050 localhost:5051' lab",
        "nohup ssh -N -L 5050:localhost:5051 lab >/dev/null 2>&1 &",
        "exec /usr/bin/ssh -N \\\n  -L 5050:localhost:5051 \\\n  lab",
        "autossh -M 0 -f -N -L 5050:localhost:5051 lab",
        "AUTOSSH_GATETIME=0 autossh -M 20000 -N -L 5050:localhost:5051 lab",
        "LOCAL=5050; REMOTE=5051\nssh -N -L \"${LOCAL}:localhost:${REMOTE}\" lab",
        "export LOCAL=5050\nreadonly REMOTE='5051'\nssh -N -L $LOCAL:localhost:$REMOTE lab",
        "REMOTE=${1:-5051}\nssh -N -L ${LOCAL:-5050}:localhost:$REMOTE lab",
        ": \"${REMOTE:=5051}\"\nssh -N -L 5050:localhost:$REMOTE lab",
        "ARGS=(-N -L 5050:localhost:5051)\nARGS+=(lab)\nssh \"${ARGS[@]}\"",
        "OPTS='-f -N -L 5050:localhost:5051'\nssh $OPTS lab",
        "SPEC=5050:localhost:5051\nCMD=\"ssh -N -L $SPEC lab\"\n$CMD",
        "open() { ssh -N -L $1:localhost:$2 lab; }\nopen 5050 5051",
        "open() { ssh -N -L 5050:$1:$2 lab; }\nopen localhost 5051",
        "open() { ssh -NL$1:localhost:${2} lab; }\nopen 5050 5051",
        "case $1 in start) ssh -N -L 5050:localhost:5051 lab ;; esac",
        "if ! pgrep ssh; then ssh -N -L 5050:localhost:5051 lab; fi",
        "while true; do ssh -N -L 5050:localhost:5051 lab; sleep 5; done",
        "for remote in 5051; do ssh -N -L 5050:localhost:$remote lab; done",
        "cat >cfg <<EOF\nHost lab\n  LocalForward 5050 localhost:5051\nEOF\nssh -F cfg lab",
        "R=5051\ncat >cfg <<EOF\nHost lab\n  LocalForward 5050 localhost:$R\nEOF",
        "eval \"ssh -N -L 5050:localhost:5051 lab\"",
        "timeout 60 ssh -N -L 5050:localhost:5051 lab",
        "P=\"5050\"\nif [ -n \"$1\" ]; then P=$1; fi\nssh -N -L $P:localhost:5051 lab",
    ];
    for form in forms {
        assert_eq!(shown(form), ["5050:localhost:5051"], "{form}");
    }
}

#[test]
fn binds_brackets_several_and_other_directions() {
    assert_eq!(shown("ssh -L 127.0.0.1:5050:gui:5051 h"), ["127.0.0.1:5050:gui:5051"]);
    assert_eq!(shown("ssh -L '[::1]:5050:[::1]:5051' h"), ["[::1]:5050:[::1]:5051"]);
    assert_eq!(shown("ssh -L 5050:[::1]:5051 -L 6379:localhost:6379 h"), ["5050:[::1]:5051", "6379:localhost:6379"]);
    assert_eq!(shown("ssh -R 8080:localhost:80 -D 1080 -J bastion h"), ["8080:localhost:80", "1080"]);
    assert_eq!(shown("ssh -O check h; ssh h uptime; echo 'ssh -L 1:a:2'"), Vec::<String>::new());
    assert_eq!(shown("ssh h grep -L 5050:localhost:5051"), Vec::<String>::new());
}

#[test]
fn what_only_a_run_would_tell_is_open() {
    assert_eq!(shown("ssh -L 5050:localhost:$(cat port) h"), ["5050:localhost:…"]);
    assert_eq!(shown("ssh -L 5050:localhost:$1 h"), ["5050:localhost:…"]);
    assert_eq!(shown("read -r P\nssh -L 5050:localhost:$P h"), ["5050:localhost:…"]);
    assert_eq!(shown("if x; then P=1; else P=2; fi\nssh -L 5050:localhost:$P h"), ["5050:localhost:…"]);
    assert_eq!(shown("ssh -L 5050:localhost:$((5000 + 51)) h"), ["5050:localhost:…"]);
}

#[test]
fn the_digits_lead_to_the_assignment() {
    let text = "REMOTE_GUI_PORT=5051\nssh -L 5050:localhost:${REMOTE_GUI_PORT} h";
    let found = forwards(&run(text, &[]));
    let port = found[0].port.as_ref().unwrap();
    assert_eq!(port.place().unwrap().to_string(), "tunnel.sh:1:17");
    assert_eq!(port.place().unwrap().text(), "5051");
    assert_eq!(port.variable(), Some("REMOTE_GUI_PORT"));
    let text = "ssh -L \"5050:localhost:5051\" h";
    assert_eq!(forwards(&run(text, &[]))[0].port.as_ref().unwrap().place().unwrap().to_string(), "tunnel.sh:1:24");
    let text = "P=\"${1:-5051}\"\nssh -L \"5050:localhost:$P\" h";
    assert_eq!(forwards(&run(text, &[]))[0].port.as_ref().unwrap().place().unwrap().to_string(), "tunnel.sh:1:9");
}

#[test]
fn a_sourced_file_is_wanted_then_read() {
    for line in [
        ". ./tunnel.env",
        "source \"$(dirname \"$0\")/tunnel.env\"",
        ". \"${BASH_SOURCE%/*}/tunnel.env\"",
        "DIR=\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\"\nsource $DIR/tunnel.env",
    ] {
        let text = format!("{line}\nssh -L 5050:localhost:$REMOTE h");
        let first = run(&text, &[]);
        assert!(first.wanted.iter().any(|path| path.ends_with("scripts/tunnel.env")), "{line}: {:?}", first.wanted);
        let files = [("/p/scripts/tunnel.env", "REMOTE=5051\n")];
        let found: Vec<_> = first.wanted.iter().map(|path| path.components().as_path().to_path_buf()).collect();
        assert!(found.contains(&PathBuf::from("/p/scripts/tunnel.env")), "{found:?}");
        let second = run(&text, &files);
        assert_eq!(forwards(&second)[0].shown(), "5050:localhost:5051", "{line}");
        assert_eq!(forwards(&second)[0].port.as_ref().unwrap().place().unwrap().file(), "/p/scripts/tunnel.env");
    }
}

#[test]
fn a_unit_and_a_configuration() {
    let unit = "[Service]\nEnvironment=\"REMOTE=5051\" X=1\n# ExecStart=ssh -L 1:a:2 h\nExecStart=-/usr/bin/autossh -M 0 -N \\\n  -L 5050:localhost:${REMOTE} lab\n";
    let source = Source::new("tunnel.service", None, unit);
    let commands = super::unit::commands(&source);
    let found = invocation(&commands[0]).unwrap();
    assert!(found.autossh);
    assert_eq!(found.forwards[0].shown(), "5050:localhost:5051");
    assert_eq!(found.forwards[0].port.as_ref().unwrap().place().unwrap().to_string(), "tunnel.service:2:21");

    let config: Arc<Source> = Source::new(
        "ssh_config",
        None,
        "Host lab lab2\n\tLocalForward = 5050   localhost:5051\n  #LocalForward 1 a:2\nHost x\nDynamicForward 1080\n",
    );
    let text = Word::said(config.text(), config.place(0, config.text().len()));
    let found = super::config::forwards(&text);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].hosts, ["lab", "lab2"]);
    assert_eq!(found[0].forward.shown(), "5050:localhost:5051");
    assert_eq!(found[0].forward.port.as_ref().unwrap().place().unwrap().to_string(), "ssh_config:2:34");
}

#[test]
fn odd_scripts_end_in_time_and_without_a_panic() {
    let mut odd = vec![
        "ssh -L".to_owned(),
        "ssh -L :::: h\nssh -L 1:2 h\nssh -\nssh -L é:é:é h".to_owned(),
        "f() { f; f; }\nf".to_owned(),
        ". ./scripts/tunnel.sh\n. ./scripts/tunnel.sh".to_owned(),
        "((((".repeat(5_000),
        "if ".repeat(5_000),
        "\"$(".repeat(3_000),
        "${".repeat(3_000),
        "for a in 1 2 3 4 5 6 7 8 9; do for b in 1 2 3 4 5 6 7 8 9; do for c in 1 2 3 4 5 6 7 8 9; do for d in 1 2 3 4 5 6 7 8 9; do ssh -L $a:b:$d h; done; done; done; done".to_owned(),
        "A=x\n".to_owned() + &"A=$A$A\n".repeat(64),
        "cat <<EOF\n${".to_owned(),
        "\u{0}\u{1}ssh -L \u{0}:a:1 h".to_owned(),
    ];
    odd.push((0..=255_u8).map(char::from).collect());
    for text in &odd {
        let started = std::time::Instant::now();
        let again = [("/p/scripts/tunnel.sh", text.as_str()), ("/p/./scripts/tunnel.sh", text.as_str())];
        let _ = forwards(&run(text, &again));
        let shown: String = text.chars().take(40).collect();
        assert!(started.elapsed().as_secs() < 3, "{shown}: {:?}", started.elapsed());
    }
}
