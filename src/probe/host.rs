//! This host: who listens, who runs, what accepts a connection.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::sockets;
use crate::fact::host::{Connect, Connected, ContainerSockets, Listener, Listeners, Process, Processes};
use crate::fact::{Cause, Probes, Unknown};

/// When a peer that does not answer is given up.
const PATIENCE: Duration = Duration::from_secs(3);
/// The most of a command line that is kept, in arguments and in characters of each.
const ARGUMENTS: usize = 256;
const ARGUMENT: usize = 4096;

/// Registers what answers questions about this host.
pub(super) fn register(probes: Probes) -> Probes {
    probes
        .on(|_: Listeners, _| blocking(listeners))
        .on(|_: Processes, _| blocking(|| Ok(processes(ProcessesToUpdate::All)?.into_values().collect())))
        .on(|question: ContainerSockets, _| blocking(move || sockets::sockets(&question)))
        .on(|question: Connect, _| connect(question))
}

async fn blocking<T: Send + 'static>(
    look: impl FnOnce() -> Result<T, Unknown> + Send + 'static,
) -> Result<T, Unknown> {
    tokio::task::spawn_blocking(look).await.map_err(|error| Unknown::failed(error.to_string()))?
}

/// The crate tells sockets with their owners, and leaves those out whose owner we may not see; so on Linux the
/// kernel's own tables say which sockets there are.
fn listeners() -> Result<Vec<Listener>, Unknown> {
    let table = sockets();
    let owned = match (::listeners::get_all(), &table) {
        (Ok(owned), _) => owned,
        // Better without owners than not at all.
        (Err(_), Some(_)) => HashSet::new(),
        (Err(error), None) => return Err(Unknown::failed(format!("listeners: {error}"))),
    };
    let waits = |listener: &::listeners::Listener| match listener.protocol {
        ::listeners::Protocol::TCP => listener.state == ::listeners::SocketState::Listen,
        ::listeners::Protocol::UDP => listener.socket.port() != 0,
    };
    let key = |socket: SocketAddr, udp: bool| (socket.ip().to_canonical(), socket.port(), udp);
    let mut owners: BTreeMap<_, HashSet<u32>> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for listener in owned.into_iter().filter(waits) {
        let udp = listener.protocol == ::listeners::Protocol::UDP;
        owners.entry(key(listener.socket, udp)).or_default().insert(listener.process.pid);
        names.insert(listener.process.pid, listener.process.name);
    }
    let sockets: Vec<_> = match table {
        Some(sockets) => sockets.into_iter().map(|(socket, udp)| key(socket, udp)).collect(),
        None => owners.keys().copied().collect(),
    };
    let pids: Vec<_> = names.keys().copied().map(Pid::from_u32).collect();
    // Without them, an owner still has its number and name.
    let known = processes(ProcessesToUpdate::Some(&pids)).unwrap_or_default();
    let process = |pid: &u32| {
        let unseen = || Process { pid: *pid, name: names.get(pid).cloned().unwrap_or_default(), argv: Vec::new() };
        known.get(pid).cloned().unwrap_or_else(unseen)
    };
    let mut listeners = Vec::new();
    for (address, port, udp) in sockets {
        let protocol = if udp { "udp" } else { "tcp" }.to_owned();
        let mut of: Vec<_> =
            owners.get(&(address, port, udp)).into_iter().flatten().map(|pid| Some(process(pid))).collect();
        if of.is_empty() {
            of.push(None);
        }
        // Workers that share a socket are one listener: their parent's, the oldest.
        of.sort_by_key(|owner| owner.as_ref().map(|owner| owner.pid));
        listeners.extend(of.into_iter().take(1).map(|owner| Listener {
            address,
            port,
            protocol: protocol.clone(),
            owner,
        }));
    }
    listeners.sort_by(|a, b| (a.port, &a.protocol, a.address).cmp(&(b.port, &b.protocol, b.address)));
    listeners.dedup();
    Ok(listeners)
}

/// The TCP listeners and unconnected UDP sockets of our network namespace, whoever owns them; whether it is UDP.
#[cfg(target_os = "linux")]
fn sockets() -> Option<Vec<(SocketAddr, bool)>> {
    let mut sockets = Vec::new();
    let mut seen = false;
    for (table, udp) in [("tcp", false), ("tcp6", false), ("udp", true), ("udp6", true)] {
        let Ok(text) = std::fs::read_to_string(format!("/proc/self/net/{table}")) else { continue };
        seen = true;
        sockets.extend(text.lines().skip(1).filter_map(|line| socket(line, udp)).map(|socket| (socket, udp)));
    }
    seen.then_some(sockets)
}

#[cfg(not(target_os = "linux"))]
fn sockets() -> Option<Vec<(SocketAddr, bool)>> {
    None
}

/// A line of a kernel table (proc_pid_net(5)), if its socket waits for peers.
#[cfg(target_os = "linux")]
fn socket(line: &str, udp: bool) -> Option<SocketAddr> {
    let mut columns = line.split_ascii_whitespace().skip(1);
    let (local, _remote, state) = (columns.next()?, columns.next()?, columns.next()?);
    // TCP_LISTEN; an UDP socket that is not connected is in TCP_CLOSE.
    if state != if udp { "07" } else { "0A" } {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok().filter(|port| *port != 0)?;
    // Words of 32 bits as this machine keeps them, each printed as a number.
    let words: Vec<u8> = (0..address.len() / 8)
        .filter_map(|word| u32::from_str_radix(address.get(word * 8..word * 8 + 8)?, 16).ok())
        .flat_map(u32::to_ne_bytes)
        .collect();
    let address = match words.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(words).ok()?),
        16 => IpAddr::from(<[u8; 16]>::try_from(words).ok()?),
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

fn processes(which: ProcessesToUpdate<'_>) -> Result<BTreeMap<u32, Process>, Unknown> {
    let mut system = System::new().map_err(|error| Unknown::failed(format!("processes: {error}")))?;
    let kind = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always).without_tasks();
    system.refresh_processes_specifics(which, false, kind);
    let process = |(pid, process): (&Pid, &sysinfo::Process)| {
        let argument = |text: &std::ffi::OsString| text.to_string_lossy().chars().take(ARGUMENT).collect();
        let argv = process.cmd().iter().take(ARGUMENTS).map(argument).collect();
        (pid.as_u32(), Process { pid: pid.as_u32(), name: process.name().to_string_lossy().into_owned(), argv })
    };
    Ok(system.processes().iter().map(process).collect())
}

async fn connect(Connect { address, port }: Connect) -> Result<Connected, Unknown> {
    let peer = SocketAddr::new(address, port);
    let started = Instant::now();
    let connecting = tokio::time::timeout(PATIENCE, tokio::net::TcpStream::connect(peer));
    let refused = || Unknown::absent(format!("{peer} refuses connections"));
    match connecting.await {
        // Where nobody listens on a port of the ephemeral range, the kernel may have connected us to ourselves.
        Ok(Ok(stream)) if stream.local_addr().ok() == Some(peer) => Err(refused()),
        Ok(Ok(_)) => Ok(Connected { millis: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX) }),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Err(refused()),
        Ok(Err(error)) => {
            let unknown = Unknown::from(error);
            let cause = if unknown.is_absent() { Cause::Failed } else { unknown.cause };
            Err(Unknown::new(cause, format!("{peer}: {}", unknown.detail)))
        }
        Err(_) => {
            Err(Unknown::new(Cause::TimeOut, format!("{peer} does not answer within {} s", PATIENCE.as_secs())))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;

    #[test]
    fn listeners_are_seen_with_their_owner() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        client.connect(udp.local_addr().unwrap()).unwrap();
        let wildcard = TcpListener::bind("[::]:0");
        let accepted = std::net::TcpStream::connect(tcp.local_addr().unwrap()).unwrap();
        let all = listeners().unwrap();
        let find = |address: SocketAddr, protocol: &str| {
            let same =
                |l: &&Listener| (l.address, l.port, l.protocol.as_str()) == (address.ip(), address.port(), protocol);
            all.iter().filter(same).collect::<Vec<_>>()
        };
        for (address, protocol) in [(tcp.local_addr().unwrap(), "tcp"), (udp.local_addr().unwrap(), "udp")] {
            let found = find(address, protocol);
            assert_eq!(found.len(), 1, "{all:?}");
            assert_eq!(found[0].owner.as_ref().unwrap().pid, std::process::id());
        }
        if let Ok(wildcard) = wildcard {
            assert_eq!(find(wildcard.local_addr().unwrap(), "tcp").len(), 1);
        }
        // The client's end of a connection waits for nobody.
        assert!(find(accepted.local_addr().unwrap(), "tcp").is_empty());
        #[cfg(target_os = "linux")]
        assert!(find(client.local_addr().unwrap(), "udp").is_empty());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernels_tables_are_read_as_it_writes_them() {
        // 127.0.0.1 and ::ffff:127.0.0.1 as a little-endian machine prints them.
        let read =
            |line: &str, udp| socket(line, udp).map(|socket| (socket.ip().to_canonical().to_string(), socket.port()));
        if cfg!(target_endian = "little") {
            let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1";
            assert_eq!(read(line, false), Some(("127.0.0.1".to_owned(), 8080)));
            assert_eq!(read(line, true), None);
            let line = "   1: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 1";
            assert_eq!(read(line, true), Some(("127.0.0.1".to_owned(), 80)));
            let line = "   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 1";
            assert_eq!(read(line, false), Some(("::1".to_owned(), 80)));
        }
        for line in ["", "0:", "0: x:y z 0A", "0: 0100007F 0 0A", "0: 01:0050 0 0A", "0: 0100007F:99999 0 0A"] {
            assert_eq!(read(line, false), None);
        }
    }

    #[test]
    fn processes_are_seen() {
        let all = processes(ProcessesToUpdate::All).unwrap();
        let own = all.get(&std::process::id()).unwrap();
        assert!(!own.name.is_empty());
        #[cfg(target_os = "linux")]
        assert_eq!(own.argv, std::env::args().collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn connections_are_accepted_or_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let question = Connect { address: at.ip(), port: at.port() };
        connect(question.clone()).await.unwrap();
        drop(listener);
        assert!(connect(question).await.unwrap_err().is_absent());
    }
}
