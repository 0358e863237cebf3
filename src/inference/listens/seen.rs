//! What the running containers of a project listen on, as the kernel tells it: proc_pid_net(5) of a container's first
//! process, whose control group shows that it is the one that the engine means.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::check::Context;
use crate::compose::Project;
use crate::fact::engine::{Container, Containers};
use crate::fact::host::Listeners;
use crate::fact::{Cause, Unknown};

/// A TCP socket that a container listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Socket {
    /// The address that it is bound to.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
}

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
                (Some(pid), false) => of_process(cx, &one.id, pid).await,
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
async fn is_in(cx: &Context, pid: i64, container: &str) -> Result<bool, Unknown> {
    let groups = cx.read(format!("/proc/{pid}/cgroup")).await?;
    Ok(container.len() >= 12 && groups.text().contains(container))
}

async fn of_process(cx: &Context, container: &str, pid: i64) -> Result<Vec<Socket>, Unknown> {
    if !is_in(cx, pid, container).await? {
        let detail = format!("process {pid} of this host is not the container's: the engine runs elsewhere");
        return Err(Unknown::new(Cause::Unsupported, detail));
    }
    let mut sockets = Vec::new();
    for table in ["tcp", "tcp6"] {
        match cx.read(format!("/proc/{pid}/net/{table}")).await {
            Ok(text) => sockets.extend(text.text().lines().filter_map(listening)),
            // A kernel without IPv6 has no such table.
            Err(unknown) if table == "tcp6" && unknown.is_absent() => {}
            Err(unknown) => return Err(unknown),
        }
    }
    sockets.sort_unstable();
    sockets.dedup();
    Ok(sockets)
}

async fn of_host(cx: &Context, container: &str) -> Result<Vec<Socket>, Unknown> {
    let listeners = cx.ask(Listeners).await?;
    let mut sockets = Vec::new();
    for listener in listeners.iter().filter(|one| one.protocol == "tcp") {
        if let Some(owner) = &listener.owner
            && is_in(cx, i64::from(owner.pid), container).await.unwrap_or(false)
        {
            sockets.push(Socket { address: listener.address, port: listener.port });
        }
    }
    Ok(sockets)
}

/// A line of the kernel's table, if its socket listens: state 0A.
fn listening(line: &str) -> Option<Socket> {
    let mut fields = line.split_whitespace().skip(1);
    let (local, state) = (fields.next()?, fields.nth(1)?);
    if state != "0A" {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    // Each group of four bytes is a number in the machine's own order.
    let mut bytes = Vec::new();
    for start in (0..address.len()).step_by(8) {
        let word = u32::from_str_radix(address.get(start..start + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let address = match bytes.len() {
        4 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        _ => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)).to_canonical(),
    };
    Some(Socket { address, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_kernel_s_table() {
        let shown = |line: &str| listening(line).map(|socket| format!("{} {}", socket.address, socket.port));
        let v4 = "   0: 0100007F:13BA 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1606 1 0";
        assert_eq!(shown(v4).as_deref(), Some("127.0.0.1 5050"));
        let v6 =
            "   1: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 1";
        assert_eq!(shown(v6).as_deref(), Some("::1 8080"));
        let mapped =
            "   1: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 1";
        assert_eq!(shown(mapped).as_deref(), Some("127.0.0.1 8080"));
        for other in
            ["", "  sl  local_address rem_address   st", &v4.replace(" 0A ", " 01 "), "0: x:y z 0A", "0: 01:1 z 0A"]
        {
            assert_eq!(shown(other), None, "{other}");
        }
    }
}
