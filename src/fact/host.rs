//! What this host does at the moment: who listens, who runs.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Question, Source};

/// Every TCP listener and bound UDP socket of this host, with its owner as far as we may see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listeners;

impl Question for Listeners {
    type Answer = Vec<Listener>;
    const KIND: &'static str = "host.listeners";
    fn source(&self) -> Source {
        Source::Loopback
    }
    fn describe(&self) -> String {
        "listeners".to_owned()
    }
}

/// A socket that waits for peers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The address that it is bound to; unspecified: all of them.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The process that holds it; `None` where we may not see it.
    pub owner: Option<Process>,
}

/// A process of this host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its short name: `ssh`, `docker-proxy`.
    pub name: String,
    /// Its command line, as far as we may see it; may hold secrets.
    pub argv: Vec<String>,
}

/// The processes of this host, as far as we may see them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Processes;

impl Question for Processes {
    type Answer = Vec<Process>;
    const KIND: &'static str = "host.processes";
    fn source(&self) -> Source {
        Source::Loopback
    }
    fn describe(&self) -> String {
        "processes".to_owned()
    }
}

/// Whether something accepts TCP connections at an address. `Absent`: the connection was refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Connect {
    /// `127.0.0.1`, `::1`.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
}

impl Question for Connect {
    type Answer = Connected;
    const KIND: &'static str = "host.connect";
    fn source(&self) -> Source {
        if self.address.is_loopback() { Source::Loopback } else { Source::Network }
    }
    fn describe(&self) -> String {
        format!("{}:{}", self.address, self.port)
    }
}

/// A connection that was accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Connected {
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// The TCP sockets that listen in the network namespace of a container's first process. `Unsupported` if that number
/// is not a process of this host in that container: then the engine runs elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContainerSockets {
    /// The container's full id.
    pub container: String,
    /// The process, as the engine names it.
    pub pid: i64,
}

impl Question for ContainerSockets {
    type Answer = Vec<Socket>;
    const KIND: &'static str = "host.container-sockets";
    fn source(&self) -> Source {
        Source::Loopback
    }
    fn describe(&self) -> String {
        format!("sockets of process {}", self.pid)
    }
}

/// A TCP socket that listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Socket {
    /// The address that it is bound to; unspecified: all of them.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
}
