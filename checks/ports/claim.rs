//! A port of the host that a service wants, and what it has in common with others.

use std::fmt;
use std::net::IpAddr;

use gonogo::place::{Origin, Place};

/// Host ports that a service wants.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) service: String,
    /// The host address; `None`: all of them, IPv4 and IPv6.
    pub(super) address: Option<IpAddr>,
    pub(super) first: u16,
    pub(super) last: u16,
    /// Whether every port of the range is wanted (`8000-8005:8000-8005`), or one of them (`8000-8005:80`).
    pub(super) each: bool,
    /// `tcp`, `udp` or `sctp`.
    pub(super) protocol: String,
    /// The port in the container, the first of a range; `None`: the service is on the host's own network.
    pub(super) target: Option<u16>,
    /// How many containers want it.
    pub(super) replicas: u32,
    /// Where the port is said.
    pub(super) origin: Origin,
}

/// A port, or two with `-` between them, the first not above the second.
pub(super) fn range(text: &str) -> Option<(u16, u16)> {
    let port = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten();
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some((first, last))
}

/// Whether sockets bound to two host addresses meet. An unspecified address meets all of its own family; an engine
/// binds `::` to IPv6 only.
pub(super) fn meet(one: Option<IpAddr>, other: Option<IpAddr>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    one.is_ipv4() == other.is_ipv4() && (one == other || one.is_unspecified() || other.is_unspecified())
}

impl Claim {
    /// Whether there is nothing to choose from.
    pub(super) fn is_fixed(&self) -> bool {
        self.each || self.first == self.last
    }

    /// How many ports there are to choose from.
    pub(super) fn width(&self) -> u32 {
        u32::from(self.last - self.first) + 1
    }

    /// Whether the two want a port, an address and a protocol in common.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.protocol == other.protocol
            && self.first <= other.last
            && other.first <= self.last
            && meet(self.address, other.address)
    }

    /// Whether a socket at an address and port is in the way of it.
    pub(super) fn meets_socket(&self, address: Option<IpAddr>, port: u16, protocol: &str) -> bool {
        self.protocol == protocol && (self.first..=self.last).contains(&port) && meet(self.address, address)
    }

    /// Where the port is changed.
    pub(super) fn place(&self) -> Option<&Place> {
        self.origin.mend()
    }

    /// The host side: `127.0.0.1:8080/tcp`.
    pub(super) fn on_host(&self) -> String {
        format!("{}/{}", socket(self.address, &self.numbers()), self.protocol)
    }

    /// `8080`, or `8000-8005`.
    pub(super) fn numbers(&self) -> String {
        numbers(self.first, self.last)
    }

    /// The port in the container: `80`, or `8000-8005`.
    pub(super) fn targets(&self) -> Option<String> {
        let first = self.target?;
        let more = if self.each { self.last - self.first } else { 0 };
        Some(numbers(first, first.saturating_add(more)))
    }
}

/// The subject: `web: 127.0.0.1:8080:80/tcp`, as `ports` writes it.
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.service, socket(self.address, &self.numbers()))?;
        match self.targets() {
            Some(targets) => write!(f, ":{targets}/{}", self.protocol),
            None => write!(f, "/{} (host network)", self.protocol),
        }
    }
}

fn numbers(first: u16, last: u16) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

fn socket(address: Option<IpAddr>, port: &str) -> String {
    match address {
        None => port.to_owned(),
        Some(IpAddr::V4(address)) => format!("{address}:{port}"),
        Some(IpAddr::V6(address)) => format!("[{address}]:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<IpAddr> {
        (!text.is_empty()).then(|| text.parse().unwrap())
    }

    #[test]
    fn addresses_meet_within_their_family() {
        for (one, other) in [("", "127.0.0.1"), ("", "::1"), ("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("::1", "::1")]
        {
            assert!(meet(at(one), at(other)) && meet(at(other), at(one)), "{one} {other}");
        }
        for (one, other) in [("127.0.0.1", "127.0.0.2"), ("0.0.0.0", "::"), ("::1", "127.0.0.1"), ("::", "10.0.0.1")]
        {
            assert!(!meet(at(one), at(other)) && !meet(at(other), at(one)), "{one} {other}");
        }
    }

    #[test]
    fn ranges() {
        assert_eq!(range("8080"), Some((8080, 8080)));
        assert_eq!(range("8000-8005"), Some((8000, 8005)));
        for text in ["70000", "web", "8005-8000", "", "-1", "80-", "+80"] {
            assert_eq!(range(text), None, "{text}");
        }
    }
}
