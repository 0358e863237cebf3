//! `tunnels/not-running`: a tunnel that should be up is not.

use std::path::PathBuf;

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::fact::engine::Containers;
use gonogo::fact::file::{FileKind, Stat};
use gonogo::fact::host::{Process, Processes};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::inference::ssh::Direction;
use gonogo::outcome::{Outcome, Subject};

use super::found::{Tunnel, tunnels};
use super::listener::{Holder, forward_of, holder, is_ssh, shown};

pub(super) const RULE: Rule = Rule {
    code: "tunnels/not-running",
    title: "a tunnel that was started, or that the gate file declares, is up",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D9", "D10"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let (tunnels, _) = tunnels(&cx).await;
    let here = tunnels.into_iter().filter(|tunnel| tunnel.forward.direction != Direction::Remote);
    Ok(here
        .map(|tunnel| {
            let subject = Subject::new(&tunnel.name).at(tunnel.forward.place.clone());
            let cx = cx.clone();
            Row::new(subject, async move { judge(&cx, &tunnel).await })
        })
        .collect())
}

/// What says that the tunnel was started.
struct Trace {
    /// Where that is seen: `/run/tunnel.pid`.
    what: String,
    /// What is seen there.
    seen: String,
}

async fn judge(cx: &Context, tunnel: &Tunnel) -> Result<Outcome, Unknown> {
    let forward = &tunnel.forward;
    let Some(port) = forward.listen_port() else {
        return Ok(Outcome::skip("only a run would tell the port that it listens on"));
    };
    match holder(cx, forward, port).await? {
        Holder::Ssh(process) => return Ok(Outcome::pass(format!("{} listens on {port}", shown(&process)))),
        Holder::Nobody => {}
        Holder::Unseen => return Ok(Outcome::skip(format!("a process that we may not see listens on {port}"))),
        Holder::Ours(name) => return Ok(Outcome::skip(format!("{name} has {port}: see tunnels/local-port-taken"))),
        Holder::Other(process) => {
            return Ok(Outcome::skip(format!("{} has {port}: see tunnels/local-port-taken", shown(&process))));
        }
    }
    let trace = trace(cx, tunnel, port).await?;
    if trace.is_none() && tunnel.declared.is_none() {
        return Ok(Outcome::skip(format!("nobody listens on {port}, and nothing says that it was started here")));
    }
    let message = match &trace {
        Some(_) => format!("the tunnel was started, but nobody listens on {port}"),
        None => format!("the tunnel is not running: nobody listens on {port}"),
    };
    let declared = tunnel.declared.as_ref().and_then(|declared| declared.place.clone());
    let listen = forward.listen.place().or_else(|| forward.place.clone());
    let site =
        |place: Option<gonogo::place::Place>| place.map_or_else(|| Site::Thing(tunnel.name.clone()), Site::Text);
    let mut finding = match (declared, listen) {
        (Some(declared), listen) => Finding::error(message, declared)
            .label("declared here")
            .related(site(listen), format!("listens on {port}")),
        (None, listen) => Finding::error(message, site(listen)).label(format!("listens on {port}")),
    };
    let mut help = format!("run `{}`", tunnel.start);
    match trace {
        Some(trace) => {
            help = format!("{help}, and see what it says");
            finding = finding.related(Site::Thing(trace.what), trace.seen);
        }
        // Before the services are up, a tunnel to them need not be.
        None if cx.stage() == Stage::Restart && !is_up(cx, tunnel).await => finding.severity = Severity::Warning,
        None => {}
    }
    Ok(finding.help(help).into())
}

/// Looks for what a tunnel that was started leaves: its pid file, its control socket, its process.
async fn trace(cx: &Context, tunnel: &Tunnel, port: u16) -> Result<Option<Trace>, Unknown> {
    let directory = &cx.deployment().directory;
    for file in &tunnel.pid_files {
        let path = directory.join(file);
        let Ok(text) = cx.read(path).await else { continue };
        let Ok(pid) = text.text().trim().parse::<u32>() else {
            return Ok(Some(Trace { what: file.clone(), seen: "left behind, with no number in it".to_owned() }));
        };
        let seen = match process(cx, pid).await? {
            None => format!("stale: there is no process {pid}"),
            Some(process) if is_ssh(&process) => format!("{} runs, and does not listen", shown(&process)),
            Some(process) => format!("stale: {pid} is {} now", process.name),
        };
        return Ok(Some(Trace { what: file.clone(), seen }));
    }
    for socket in &tunnel.sockets {
        let path: PathBuf = directory.join(socket);
        if cx.ask(Stat { path }).await.is_ok_and(|stat| stat.kind == FileKind::Other) {
            return Ok(Some(Trace { what: socket.clone(), seen: "its control socket is there".to_owned() }));
        }
    }
    let processes = cx.ask(Processes).await?;
    let ours = processes.iter().filter(|process| is_ssh(process)).find(|process| {
        forward_of(process, port).is_some_and(|forward| forward.target_port() == tunnel.forward.target_port())
    });
    Ok(ours.map(|process| Trace { what: shown(process), seen: format!("runs, and does not listen on {port}") }))
}

async fn process(cx: &Context, pid: u32) -> Result<Option<Process>, Unknown> {
    let processes = cx.ask(Processes).await?;
    Ok(processes.iter().find(|process| process.pid == pid).cloned())
}

/// Whether the service that it leads to runs on this host's engine.
async fn is_up(cx: &Context, tunnel: &Tunnel) -> bool {
    let (Ok(project), Ok(containers)) = (cx.project(), cx.ask(Containers).await) else { return false };
    let service = tunnel.declared.as_ref().and_then(|declared| declared.service.as_deref());
    (containers.iter())
        .filter(|one| one.project() == Some(project.name.as_str()) && one.state == "running")
        .any(|one| service.is_none() || one.service() == service)
}
