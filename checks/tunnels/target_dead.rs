//! `tunnels/target-dead`: a tunnel is up, and nobody answers through it.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::document::Node;
use gonogo::fact::Unknown;
use gonogo::fact::net::{HttpAnswer, HttpGet};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::found::{Tunnel, tunnels};
use super::listener::{Holder, holder, shown};

pub(super) const RULE: Rule = Rule {
    code: "tunnels/target-dead",
    title: "the service behind a tunnel answers through it",
    severity: Severity::Error,
    layer: Layer::Reachable,
    stages: Stage::RUNNING,
    faults: &["D2", "D3"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let (tunnels, _) = tunnels(&cx).await;
    Ok(tunnels
        .into_iter()
        .filter_map(|tunnel| {
            let path = probe(&cx, &tunnel)?;
            let subject = Subject::new(&tunnel.name).at(tunnel.declared.as_ref().and_then(|one| one.place.clone()));
            let cx = cx.clone();
            Some(Row::new(subject, async move { judge(&cx, &tunnel, &path).await }))
        })
        .collect())
}

/// The path that the gate file asks for through a tunnel: bytes are exchanged only where it says so.
fn probe(cx: &Context, tunnel: &Tunnel) -> Option<String> {
    tunnel.declared.as_ref()?;
    let path = cx.section("tunnels")?.get(&tunnel.name)?.get("probe")?.get("http").and_then(Node::as_str)?;
    Some(if path.starts_with('/') { path.to_owned() } else { format!("/{path}") })
}

async fn judge(cx: &Context, tunnel: &Tunnel, path: &str) -> Result<Outcome, Unknown> {
    let Some(port) = tunnel.forward.listen_port() else {
        return Ok(Outcome::skip("only a run would tell the port that it listens on"));
    };
    let process = match holder(cx, &tunnel.forward, port).await? {
        Holder::Ssh(process) => shown(&process),
        Holder::Unseen => "a process that we may not see".to_owned(),
        Holder::Nobody => return Ok(Outcome::skip(format!("nobody listens on {port}: see tunnels/not-running"))),
        Holder::Ours(_) | Holder::Other(_) => {
            return Ok(Outcome::skip(format!("somebody else has {port}: see tunnels/local-port-taken")));
        }
    };
    let url = format!("http://localhost:{port}{path}");
    let said = match &*cx.ask(HttpGet { url: url.clone() }).await? {
        HttpAnswer::Answered { status, millis, .. } => {
            return Ok(Outcome::pass(format!("GET {path} through {port}: {status} in {millis} ms")));
        }
        HttpAnswer::Closed => "the connection is accepted and closed at once, as ssh does when its target refuses it",
        HttpAnswer::Silent => "the connection is accepted, and nothing comes back: the far side is frozen",
        HttpAnswer::Garbled(_) => "something answers that does not speak HTTP: another service is at the far end",
    };
    let target = tunnel.forward.target_port().map(|port| format!(" on {port}")).unwrap_or_default();
    let service = tunnel.declared.as_ref().and_then(|one| one.service.as_deref()).unwrap_or("the service");
    let place = tunnel.forward.place.clone().map_or_else(|| Site::Thing(tunnel.name.clone()), Site::Text);
    let declared = tunnel.declared.as_ref().and_then(|one| one.place.clone());
    let mut finding =
        Finding::error(format!("the tunnel on {port} is up, but {service} does not answer: {said}"), place)
            .label(format!("leads to what should answer{target}"))
            .related(Site::Thing(process), format!("listens on {port}"))
            .help(format!(
                "see on the far host whether {service} runs and listens{target} (`curl -v {url}` shows the same)"
            ));
    if let Some(place) = declared {
        finding = finding.related(place, "has to answer HTTP");
    }
    Ok(finding.into())
}
