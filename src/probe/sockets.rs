//! What listens in a container's network namespace, as the kernel tells it: proc_pid_net(5) of its first process.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use crate::fact::host::{ContainerSockets, Socket};
use crate::fact::{Cause, Unknown};

/// The most of a table that is read, in bytes.
const LIMIT: u64 = 4 << 20;

/// Answers from `/proc`. A control group that names the container shows that the process is the one that the engine
/// means, and not one of the same number on this host.
pub(super) fn sockets(question: &ContainerSockets) -> Result<Vec<Socket>, Unknown> {
    let ContainerSockets { container, pid } = question;
    let read = |name: &str| super::file::text(&PathBuf::from(format!("/proc/{pid}/{name}")), LIMIT);
    let elsewhere = || {
        let detail = format!("process {pid} of this host is not the container's: the engine runs elsewhere");
        Unknown::new(Cause::Unsupported, detail)
    };
    let groups = match read("cgroup") {
        Ok(groups) => groups,
        Err(unknown) if unknown.is_absent() => return Err(elsewhere()),
        Err(unknown) => return Err(unknown),
    };
    if container.len() < 32 || !groups.contains(container.as_str()) {
        return Err(elsewhere());
    }
    let mut sockets: Vec<_> = read("net/tcp")?.lines().filter_map(listening).collect();
    match read("net/tcp6") {
        Ok(table) => sockets.extend(table.lines().filter_map(listening)),
        // A kernel without IPv6 has no such table.
        Err(unknown) if unknown.is_absent() => {}
        Err(unknown) => return Err(unknown),
    }
    sockets.sort_unstable();
    sockets.dedup();
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
