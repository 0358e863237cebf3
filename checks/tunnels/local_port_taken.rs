//! `tunnels/local-port-taken`: somebody else listens on the port that a tunnel wants.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::{Cause, Unknown};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::inference::ssh::Direction;
use gonogo::outcome::{Outcome, Subject};

use super::found::{Tunnel, tunnels};
use super::listener::{Holder, forward_of, holder, shown};

pub(super) const RULE: Rule = Rule {
    code: "tunnels/local-port-taken",
    title: "nobody else listens on the port of a tunnel",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D5"],
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

async fn judge(cx: &Context, tunnel: &Tunnel) -> Result<Outcome, Unknown> {
    let Tunnel { forward, declared, .. } = tunnel;
    let Some(port) = forward.listen_port() else {
        return Ok(Outcome::skip("only a run would tell the port that it listens on"));
    };
    let digits = forward.listen.place().or_else(|| forward.place.clone());
    let at = || digits.as_ref().map_or_else(|| Site::Thing(tunnel.name.clone()), Site::from);
    let elsewhere = match forward.listen.variable() {
        Some(variable) => format!("change {variable}"),
        None => "change the port in front of the forward".to_owned(),
    };
    Ok(match holder(cx, forward, port).await? {
        Holder::Nobody => Outcome::pass(format!("nobody else listens on {port}")),
        Holder::Ssh(process) => match forward_of(&process, port) {
            Some(other) if other.target_port() != forward.target_port() && forward.target_port().is_some() => {
                let message = format!(
                    "another tunnel, {}, already listens on {port}: it forwards {}",
                    shown(&process),
                    other.shown()
                );
                (Finding::error(message, at()).label(format!("wants {port} for {}", forward.shown())))
                    .related(Site::Thing(shown(&process)), format!("forwards {}", other.shown()))
                    .help(format!("end the old one (`kill {}`) and run `{}`", process.pid, tunnel.start))
                    .into()
            }
            _ => Outcome::pass(format!("{} listens on {port} for it", shown(&process))),
        },
        Holder::Ours(name) if declared.is_none() => {
            Outcome::skip(format!("{name} of this project has {port} here: the tunnel is for another machine"))
        }
        Holder::Ours(name) => {
            let message = format!("the tunnel wants port {port}, which {name} of this project has on this host");
            (Finding::error(message, at()).label(format!("listens on {port}")))
                .related(Site::Thing(name), format!("has {port}"))
                .help(format!("{elsewhere} to a port that the project does not publish"))
                .into()
        }
        Holder::Other(process) => {
            let message = format!("the tunnel wants port {port}, on which {} already listens", shown(&process));
            (Finding::error(message, at()).label(format!("listens on {port}")))
                .related(Site::Thing(shown(&process)), format!("has {port}"))
                .help(format!("stop {} (`kill {}`), or {elsewhere}", process.name, process.pid))
                .into()
        }
        Holder::Unseen if declared.is_some() => {
            return Err(Unknown::new(Cause::Denied, format!("somebody listens on {port}; we may not see who")));
        }
        Holder::Unseen => Outcome::skip(format!("a process that we may not see listens on {port}")),
    })
}
