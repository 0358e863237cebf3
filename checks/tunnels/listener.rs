//! Who listens on the port that a tunnel listens on.

use std::net::IpAddr;

use gonogo::check::Context;
use gonogo::fact::Unknown;
use gonogo::fact::engine::Containers;
use gonogo::fact::host::{Listener, Listeners, Process};
use gonogo::inference::exposed::published;
use gonogo::inference::script::Command;
use gonogo::inference::ssh::{Direction, Forward, Invocation, invocation};
use gonogo::place::Source;
use gonogo::word::{Piece, Word};

/// Who listens there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Holder {
    /// Nobody.
    Nobody,
    /// A client of ssh.
    Ssh(Process),
    /// A container of this project, or what publishes its port.
    Ours(String),
    /// Somebody else.
    Other(Process),
    /// Somebody whom we may not see.
    Unseen,
}

/// Looks who listens on the port of a forward.
pub(super) async fn holder(cx: &Context, forward: &Forward, port: u16) -> Result<Holder, Unknown> {
    let listeners = cx.ask(Listeners).await?;
    let there: Vec<_> = listeners.iter().filter(|one| meets(one, forward, port)).collect();
    if there.is_empty() {
        return Ok(Holder::Nobody);
    }
    if let Some(process) = there.iter().filter_map(|one| one.owner.as_ref()).find(|process| is_ssh(process)) {
        return Ok(Holder::Ssh(process.clone()));
    }
    let owner = there.iter().find_map(|one| one.owner.as_ref());
    if let Some(container) = ours(cx, owner, port).await {
        return Ok(Holder::Ours(container));
    }
    Ok(owner.cloned().map_or(Holder::Unseen, Holder::Other))
}

/// Whether a listener is where the forward wants to be.
fn meets(listener: &Listener, forward: &Forward, port: u16) -> bool {
    if listener.port != port || listener.protocol != "tcp" {
        return false;
    }
    let bind = forward.bind.as_ref().and_then(Word::text).unwrap_or_default();
    match bind.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(wanted) if !wanted.is_unspecified() => listener.address == wanted || listener.address.is_unspecified(),
        Ok(_) => true,
        Err(_) if matches!(bind.as_str(), "*") => true,
        // ssh listens on the loopback addresses unless told otherwise.
        Err(_) => listener.address.is_loopback() || listener.address.is_unspecified(),
    }
}

pub(super) fn is_ssh(process: &Process) -> bool {
    let program = process.argv.first().map_or("", |program| program.rsplit('/').next().unwrap_or(program));
    let program = program.trim_end_matches(':');
    ["ssh", "autossh"].iter().any(|known| process.name == *known || program == *known)
}

/// The container of this project that has the port: published, or by a process of its own on the host's network.
async fn ours(cx: &Context, owner: Option<&Process>, port: u16) -> Option<String> {
    let project = cx.project().ok()?;
    if let Ok(containers) = cx.ask(Containers).await {
        let mut own = containers.iter().filter(|one| one.project() == Some(project.name.as_str()));
        let publishes = own.clone().find(|one| one.ports.iter().any(|published| published.host_port == Some(port)));
        if let Some(container) = publishes {
            return Some(container.name.clone());
        }
        if let Some(process) = owner {
            let groups = cx.read(format!("/proc/{}/cgroup", process.pid)).await.ok()?;
            return own.find(|one| one.id.len() >= 32 && groups.text().contains(&one.id)).map(|one| one.name.clone());
        }
        return None;
    }
    // Without an engine to ask: the proxy of a port that the project publishes.
    let proxy = owner.is_none_or(|process| process.name.contains("docker") || process.name.contains("rootlesskit"));
    published(&project).into_iter().find(|one| proxy && one.is_on(port)).map(|one| one.service)
}

/// What a process asked ssh for, by its arguments.
pub(super) fn asked_by(process: &Process) -> Option<Invocation> {
    let word = |text: &String| Word(vec![Piece::Text { text: text.clone(), place: None, variable: None }]);
    let place = Source::new("the process table", None, "").place(0, 0);
    invocation(&Command { argv: process.argv.iter().map(word).collect(), place, input: None, output: None })
}

/// The forward of a process on a port, if its arguments show it.
pub(super) fn forward_of(process: &Process, port: u16) -> Option<Forward> {
    let forwards = asked_by(process)?.forwards.into_iter();
    forwards.filter(|one| one.direction != Direction::Remote).find(|one| one.listen_port() == Some(port))
}

/// A process as an operator names it.
pub(super) fn shown(process: &Process) -> String {
    format!("pid {} ({})", process.pid, process.name)
}
