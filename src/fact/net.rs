//! What answers over a network, and how.

use serde::{Deserialize, Serialize};

use super::{Question, Source};

/// What an HTTP GET is answered with. Redirects are not followed, proxies not used. A connection that is refused is
/// `Absent`; one that is accepted and then says nothing is [`HttpAnswer::Closed`] or [`HttpAnswer::Silent`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HttpGet {
    /// The URL, with an address or `localhost` as its host.
    pub url: String,
}

impl HttpGet {
    /// The longest wait for an answer, in seconds.
    pub const PATIENCE: u64 = 5;
    /// The most of a body that is read, in bytes.
    pub const BODY: usize = 64 << 10;

    fn is_loopback(&self) -> bool {
        let host = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let authority = host.split(['/', '?', '#']).next().unwrap_or(host);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or(rest),
            None => host.split(':').next().unwrap_or(host),
        };
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl Question for HttpGet {
    type Answer = HttpAnswer;
    const KIND: &'static str = "net.http";
    fn source(&self) -> Source {
        if self.is_loopback() { Source::Loopback } else { Source::Network }
    }
    fn describe(&self) -> String {
        // Without what may be secret in it.
        self.url.split('?').next().unwrap_or_default().to_owned()
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpAnswer {
    /// An answer.
    Answered {
        /// The status code.
        status: u16,
        /// The beginning of the body as text, at most [`HttpGet::BODY`]; may hold secrets.
        body: String,
        /// How long it took, in milliseconds.
        millis: u64,
    },
    /// The connection was accepted, and closed without an answer.
    Closed,
    /// The connection was accepted, and nothing came for [`HttpGet::PATIENCE`].
    Silent,
    /// Something answered that does not speak HTTP.
    Garbled(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_on_this_host() {
        let source = |url: &str| HttpGet { url: url.to_owned() }.source();
        for url in ["http://localhost:5050/x", "http://127.0.0.1/", "https://[::1]:8443/a@b", "http://u:p@127.8.0.1"]
        {
            assert_eq!(source(url), Source::Loopback, "{url}");
        }
        for url in [
            "http://localhost.example.org/",
            "http://10.0.0.1/",
            "http://localhost@10.0.0.1/",
            "http://a/127.0.0.1",
            "",
        ] {
            assert_eq!(source(url), Source::Network, "{url}");
        }
    }
}
