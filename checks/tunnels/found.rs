//! Which tunnels there are: in scripts, client configurations and units near the compose file, and in the gate file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gonogo::check::Context;
use gonogo::document::Node;
use gonogo::fact::file::{Canonical, Entries, FileKind, Stat};
use gonogo::gatefile::trust;
use gonogo::inference::script::{Command, Run, World, evaluate};
use gonogo::inference::ssh::{Direction, Forward, config, invocation, unit};
use gonogo::place::{Place, Source};
use gonogo::word::Word;

/// The most files that are looked at.
const FILES: usize = 64;
/// How often a script is evaluated anew, since it sources files that were not at hand.
const ROUNDS: usize = 4;
/// Directories below the project's in which such files lie.
const BELOW: [&str; 12] =
    ["scripts", "script", "bin", "tunnel", "tunnels", "ssh", ".ssh", "deploy", "tools", "systemd", "ops", "hack"];

/// A forward that somebody asks for.
#[derive(Debug, Clone)]
pub(super) struct Tunnel {
    /// Its name: that of the gate file, else the file's and the port that it listens on.
    pub(super) name: String,
    /// The file that says it.
    pub(super) file: Arc<Source>,
    /// What it forwards.
    pub(super) forward: Forward,
    /// The host that it goes through, where that is known.
    pub(super) destination: Option<String>,
    /// Files that hold the number of its process.
    pub(super) pid_files: Vec<String>,
    /// Control sockets of its process.
    pub(super) sockets: Vec<String>,
    /// How it is started.
    pub(super) start: String,
    /// What the gate file says about it.
    pub(super) declared: Option<Declared>,
}

/// What the gate file says about a tunnel.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    /// The service at its far end.
    pub(super) service: Option<String>,
    /// The port of the host at its far end.
    pub(super) port: Option<u16>,
    /// Where it is declared.
    pub(super) place: Option<Place>,
}

/// What the gate file declares that could not be found, and why.
pub(super) struct Lost {
    pub(super) name: String,
    pub(super) place: Option<Place>,
    pub(super) why: String,
}

/// All tunnels, those of the gate file first.
pub(super) async fn tunnels(cx: &Context) -> (Vec<Tunnel>, Vec<Lost>) {
    let mut lost = Vec::new();
    let mut found: Vec<Tunnel> = Vec::new();
    let mut taken = BTreeSet::new();
    for (name, entry) in cx.section("tunnels").into_iter().flat_map(Node::entries) {
        let lose = |why: String| Lost { name: name.to_owned(), place: entry.key.place().cloned(), why };
        let Some(script) = entry.node.get("script").and_then(Node::as_str) else {
            lost.push(lose("it names no script".to_owned()));
            continue;
        };
        let Some(gate) = &cx.deployment().gate else { continue };
        let path = gate.path(script);
        let local = entry.node.get("local").and_then(Node::as_int).and_then(|port| u16::try_from(port).ok());
        if !may_read(cx, &path).await {
            let there = cx.ask(Stat { path }).await.is_ok();
            lost.push(lose(match there {
                true => format!("{script} lies outside of the repository, and {}", trust::REASON),
                false => format!("{script} is not there"),
            }));
            continue;
        }
        let mut of = in_file(cx, &path).await;
        of.retain(|tunnel| local.is_none() || tunnel.forward.listen_port().is_none_or(|port| Some(port) == local));
        if of.is_empty() {
            lost.push(lose(format!("nothing in {script} asks ssh for such a forward")));
            continue;
        }
        taken.insert(path);
        let several = of.len() > 1;
        for mut tunnel in of {
            let to = entry.node.get("to");
            tunnel.declared = Some(Declared {
                service: to.and_then(|to| to.get("service")).and_then(Node::as_str).map(str::to_owned),
                port: to
                    .and_then(|to| to.get("port"))
                    .and_then(Node::as_int)
                    .and_then(|port| u16::try_from(port).ok()),
                place: entry.key.place().cloned(),
            });
            tunnel.name = if several { format!("{name}: {}", tunnel.forward.shown()) } else { name.to_owned() };
            found.push(tunnel);
        }
    }
    for path in candidates(cx).await.into_iter().filter(|path| !taken.contains(path)) {
        found.extend(in_file(cx, &path).await);
    }
    let mut names = BTreeSet::new();
    found.retain(|tunnel| names.insert(tunnel.name.clone()));
    (found, lost)
}

/// Whether a file that the repository's own files name may be read: it lies in the repository, or the gate file is
/// trusted.
async fn may_read(cx: &Context, path: &Path) -> bool {
    let deployment = cx.deployment();
    let Ok(real) = cx.ask(Canonical { path: path.to_owned() }).await else { return false };
    if let Some(gate) = &deployment.gate {
        return gate.may_read(&real);
    }
    let root = repository(cx, &deployment.directory).await.unwrap_or_else(|| deployment.directory.clone());
    let Ok(root) = cx.ask(Canonical { path: root }).await else { return false };
    real.starts_with(&*root)
}

/// The files that may open tunnels, by their names.
async fn candidates(cx: &Context) -> Vec<PathBuf> {
    let deployment = cx.deployment();
    let mut near = vec![deployment.directory.clone()];
    near.extend(deployment.gate.as_ref().map(|gate| gate.directory.clone()));
    near.extend(BELOW.iter().map(|below| deployment.directory.join(below)));
    let mut found = Vec::new();
    for directory in &near {
        found.extend(listed(cx, directory, opens_tunnels).await);
    }
    // The compose file may lie deeper than the repository's root, where scripts often are.
    if let Some(root) = repository(cx, &deployment.directory).await {
        for directory in [root.clone(), root.join("scripts")] {
            found.extend(listed(cx, &directory, |name| name.contains("tunnel") && opens_tunnels(name)).await);
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|path| seen.insert(path.clone()));
    found.truncate(FILES);
    found
}

async fn listed(cx: &Context, directory: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = cx.ask(Entries { path: directory.to_owned() }).await else { return Vec::new() };
    let files = entries.iter().filter(|entry| entry.kind == FileKind::File && wanted(&entry.name));
    files.map(|entry| directory.join(&entry.name)).collect()
}

fn opens_tunnels(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let kind = lower.rsplit_once('.').map_or("", |(_, kind)| kind);
    match kind {
        "sh" | "bash" | "zsh" | "service" | "sshconfig" => true,
        "md" | "txt" | "log" | "pid" | "py" | "js" | "ts" | "rs" | "go" | "json" | "yaml" | "yml" | "html" => false,
        _ => {
            lower.contains("tunnel")
                || matches!(lower.as_str(), "ssh_config" | "ssh.conf" | "config.ssh" | "ssh-config")
        }
    }
}

/// The nearest directory, it itself or up to four levels above, that is the root of a repository.
async fn repository(cx: &Context, directory: &Path) -> Option<PathBuf> {
    for above in directory.ancestors().take(5) {
        if cx.ask(Stat { path: above.join(".git") }).await.is_ok() {
            return Some(above.to_owned());
        }
    }
    None
}

async fn in_file(cx: &Context, path: &Path) -> Vec<Tunnel> {
    let Ok(source) = cx.read(path).await else { return Vec::new() };
    let text = source.text();
    if !(text.contains("ssh") || text.contains("Forward")) {
        return Vec::new();
    }
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if name.ends_with(".service") {
        let run = Run { commands: unit::commands(&source), ..Run::default() };
        let start = format!("systemctl start {}", path.file_name().unwrap_or_default().to_string_lossy());
        return of_run(&source, &run, &start);
    }
    if is_configuration(&name, text) {
        return of_configuration(&source);
    }
    let run = run(cx, &source).await;
    let shown = source.name();
    let takes_start = text.contains("start)") || text.contains("\"start\"");
    let program = if shown.contains('/') { shown.to_owned() } else { format!("./{shown}") };
    of_run(&source, &run, &if takes_start { format!("{program} start") } else { program })
}

fn is_configuration(name: &str, text: &str) -> bool {
    let host = text.lines().any(|line| line.trim_start().to_ascii_lowercase().starts_with("host "));
    !text.starts_with("#!") && host && !name.ends_with(".sh")
}

fn of_configuration(source: &Arc<Source>) -> Vec<Tunnel> {
    let text = Word::said(source.text(), source.place(0, source.text().len()));
    let tunnel = |configured: config::Configured| {
        let host = configured.hosts.first().cloned();
        let start = format!("ssh -F {} -f -N {}", source.name(), host.as_deref().unwrap_or("HOST"));
        tunnel(source, configured.forward, host, &start)
    };
    config::forwards(&text).into_iter().map(tunnel).collect()
}

/// Evaluates a script, with the files that it sources.
async fn run(cx: &Context, source: &Arc<Source>) -> Run {
    let deployment = cx.deployment();
    let mut files = BTreeMap::new();
    let mut asked = BTreeSet::new();
    for _ in 0..ROUNDS {
        let world = World { environment: &deployment.environment, directory: &deployment.directory, files: &files };
        let run = evaluate(source, world);
        let wanted: Vec<_> =
            run.wanted.iter().filter(|path| asked.insert((*path).clone())).take(8).cloned().collect();
        let before = files.len();
        for path in wanted {
            if may_read(cx, &path).await
                && let Ok(text) = cx.read(&path).await
            {
                files.insert(path, text);
            }
        }
        if files.len() == before {
            return run;
        }
    }
    let world = World { environment: &deployment.environment, directory: &deployment.directory, files: &files };
    evaluate(source, world)
}

fn of_run(source: &Arc<Source>, run: &Run, start: &str) -> Vec<Tunnel> {
    let mut found = Vec::new();
    for command in &run.commands {
        if let Some(invocation) = invocation(command) {
            if invocation.control_command.as_deref().is_some_and(|command| command != "forward") {
                continue;
            }
            let destination = invocation.destination.as_ref().and_then(Word::text);
            for (index, mut forward) in invocation.forwards.into_iter().enumerate() {
                forward.place = asked_at(&command.place, index).or(forward.place);
                let mut tunnel = tunnel(source, forward, destination.clone(), start);
                tunnel.sockets.extend(invocation.control_socket.as_ref().and_then(Word::text));
                found.push(tunnel);
            }
        } else if let Some(input) = command.input.as_ref().filter(|input| input.pattern().contains("Forward")) {
            let configured = config::forwards(input).into_iter();
            found.extend(configured.map(|one| tunnel(source, one.forward, one.hosts.first().cloned(), start)));
        }
    }
    let pid_files = pid_files(run);
    for tunnel in &mut found {
        tunnel.sockets.retain(|path| !path.contains('%'));
        tunnel.pid_files.clone_from(&pid_files);
    }
    found
}

/// Where in a command line a forward is asked for, variables and all.
fn asked_at(command: &Place, index: usize) -> Option<Place> {
    let text = command.text();
    let asks = |at: &usize| {
        let rest = text.get(*at..).unwrap_or_default();
        ["-L", "-R", "-D", "LocalForward", "RemoteForward", "DynamicForward"]
            .iter()
            .any(|option| rest.starts_with(option))
            || rest.starts_with('-')
                && rest.split(' ').next().is_some_and(|word| word.len() < 8 && word.ends_with(['L', 'R', 'D']))
    };
    let words = text.char_indices().filter(|(at, _)| {
        text.get(..*at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|c| c.is_whitespace() || "'\"".contains(c))
    });
    let start = words.map(|(at, _)| at).filter(asks).nth(index)?;
    let rest = text.get(start..)?;
    let option = rest.find(|c: char| c.is_whitespace()).map_or(rest.len(), |end| end + 1);
    let inline = rest.get(..option).is_some_and(|word| word.contains(':'));
    let behind = rest.get(option..).unwrap_or_default();
    let length = if inline { option } else { option + behind.find(char::is_whitespace).unwrap_or(behind.len()) };
    let length = rest.get(..length).map_or(length, |word| word.trim_end().len());
    Some(command.part(start, start + length))
}

/// The files that a script keeps the number of a process in.
fn pid_files(run: &Run) -> Vec<String> {
    let outputs = run.commands.iter().filter_map(|Command { output, .. }| output.as_ref()?.text());
    let outputs = outputs.filter(|path| path.ends_with(".pid"));
    let variables = run.variables.iter().filter(|(name, _)| name.to_ascii_uppercase().contains("PID"));
    let variables =
        variables.filter_map(|(_, word)| word.text()).filter(|path| path.contains('/') || path.ends_with(".pid"));
    outputs.chain(variables).collect::<BTreeSet<_>>().into_iter().collect()
}

fn tunnel(source: &Arc<Source>, forward: Forward, destination: Option<String>, start: &str) -> Tunnel {
    let what = match forward.direction {
        Direction::Local => forward.listen.shown(),
        Direction::Remote => format!("-R {}", forward.listen.shown()),
        Direction::Dynamic => format!("-D {}", forward.listen.shown()),
    };
    Tunnel {
        name: format!("{}: {what}", source.name()),
        file: Arc::clone(source),
        forward,
        destination,
        pid_files: Vec::new(),
        sockets: Vec::new(),
        start: start.to_owned(),
        declared: None,
    }
}
