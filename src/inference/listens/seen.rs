//! What the running containers of a project listen on, as the kernel tells it.

use crate::check::Context;
use crate::compose::Project;
use crate::fact::Unknown;
use crate::fact::engine::{Container, Containers};
use crate::fact::host::{ContainerSockets, Listeners, Socket};

/// What is seen of a running container.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The service.
    pub service: String,
    /// The container's name.
    pub container: String,
    /// The engine's words: `Up 3 minutes (healthy)`.
    pub status: String,
    /// Whether it is on its host's network.
    pub on_host: bool,
    /// What it listens on, or why that cannot be seen.
    pub sockets: Result<Vec<Socket>, Unknown>,
}

/// Looks at the running containers of a project.
///
/// # Errors
/// [`Unknown`] if the engine does not tell its containers.
pub async fn seen(cx: &Context, project: &Project) -> Result<Vec<Seen>, Unknown> {
    let containers = cx.ask(Containers).await?;
    let mut found = Vec::new();
    for one in containers.iter().filter(|one| one.project() == Some(project.name.as_str())) {
        let Some(service) = one.service().filter(|_| one.state == "running" && !one.is_one_off()) else { continue };
        let detail = cx.ask(Container { id: one.id.clone() }).await;
        let on_host = detail.as_ref().is_ok_and(|detail| detail.network_mode == "host");
        let sockets = match detail {
            Ok(detail) => match (detail.pid.filter(|pid| *pid > 0), on_host) {
                (Some(_), true) => of_host(cx, &one.id).await,
                (Some(pid), false) => {
                    let sockets = cx.ask(ContainerSockets { container: one.id.clone(), pid }).await;
                    sockets.map(|sockets| sockets.to_vec())
                }
                (None, _) => Err(Unknown::absent(format!("container {} has no process", one.name))),
            },
            Err(unknown) => Err(unknown),
        };
        let (service, container) = (service.to_owned(), one.name.clone());
        found.push(Seen { service, container, status: one.status.clone(), on_host, sockets });
    }
    Ok(found)
}

/// Whether a process of this host is in a container.
async fn is_in(cx: &Context, pid: u32, container: &str) -> Result<bool, Unknown> {
    let groups = cx.read(format!("/proc/{pid}/cgroup")).await?;
    Ok(container.len() >= 32 && groups.text().contains(container))
}

async fn of_host(cx: &Context, container: &str) -> Result<Vec<Socket>, Unknown> {
    let listeners = cx.ask(Listeners).await?;
    let mut sockets = Vec::new();
    for listener in listeners.iter().filter(|one| one.protocol == "tcp") {
        if let Some(owner) = &listener.owner
            && is_in(cx, owner.pid, container).await.unwrap_or(false)
        {
            sockets.push(Socket { address: listener.address, port: listener.port });
        }
    }
    Ok(sockets)
}
