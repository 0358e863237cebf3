//! HTTP, by reqwest: one GET, bounded in time and bytes.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::fact::net::{HttpAnswer, HttpGet};
use crate::fact::{Cause, Probes, Unknown};

/// Registers what this module answers.
pub(super) fn register(probes: Probes) -> Probes {
    probes.on::<HttpGet, _, _>(|question: HttpGet, _| get(question, PATIENCE))
}

const PATIENCE: Duration = Duration::from_secs(HttpGet::PATIENCE);

/// Made when it is first needed: it reads the platform's certificates.
static CLIENT: OnceLock<Option<Client>> = OnceLock::new();

fn client() -> Option<&'static Client> {
    let made = CLIENT.get_or_init(|| {
        // Whoever came first has installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        (Client::builder().redirect(Policy::none()).no_proxy())
            // A connection that is never accepted is no silence of whoever is behind it: it ends earlier.
            .connect_timeout(PATIENCE * 4 / 5)
            .user_agent(concat!("gonogo/", env!("CARGO_PKG_VERSION")))
            .build()
            .ok()
    });
    made.as_ref()
}

async fn get(question: HttpGet, patience: Duration) -> Result<HttpAnswer, Unknown> {
    let client = client().ok_or_else(|| Unknown::failed("no HTTP client can be had"))?;
    let started = Instant::now();
    let exchange = async {
        let response = client.get(&question.url).send().await?;
        let status = response.status().as_u16();
        Ok((status, beginning(response).await?))
    };
    match tokio::time::timeout(patience, exchange).await {
        Ok(Ok((status, body))) => {
            let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            Ok(HttpAnswer::Answered { status, body, millis })
        }
        Ok(Err(error)) => failed(&error),
        Err(_) => Ok(HttpAnswer::Silent),
    }
}

/// The beginning of a body. What is beyond the limit is left where it is.
async fn beginning(mut response: Response) -> Result<String, reqwest::Error> {
    let mut body = Vec::new();
    while body.len() < HttpGet::BODY
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(HttpGet::BODY);
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// What a failed exchange says about whoever is there.
fn failed(error: &reqwest::Error) -> Result<HttpAnswer, Unknown> {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            match io.kind() {
                std::io::ErrorKind::ConnectionRefused => return Err(Unknown::absent("the connection is refused")),
                std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::UnexpectedEof if !error.is_connect() => {
                    return Ok(HttpAnswer::Closed);
                }
                _ => {}
            }
        }
        if let Some(http) = inner.downcast_ref::<hyper::Error>() {
            if http.is_incomplete_message() || http.is_closed() {
                return Ok(HttpAnswer::Closed);
            }
            // Not to be parsed, or said before it was asked, as mail servers and sshd do.
            if !http.is_timeout() && !http.is_canceled() {
                return Ok(HttpAnswer::Garbled("the answer is not HTTP".to_owned()));
            }
        }
        causes.push(inner.to_string());
        cause = inner.source();
    }
    let why = causes.pop().unwrap_or_else(|| "the exchange failed".to_owned());
    Err(Unknown::new(if error.is_timeout() { Cause::TimeOut } else { Cause::Failed }, why))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A peer that reads a request and then says something, or nothing.
    async fn peer(says: &'static [u8], hangs: bool) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/health", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(says).await;
            if hangs {
                std::future::pending::<()>().await;
            }
        });
        url
    }

    async fn speaks_first(says: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(says).await;
            let _ = stream.read(&mut [0; 1024]).await;
        });
        url
    }

    #[tokio::test]
    async fn what_peers_answer() {
        let url = peer(b"HTTP/1.1 503 x\r\ncontent-length: 2\r\n\r\nno", false).await;
        let answer = get(HttpGet { url }, PATIENCE).await.unwrap();
        assert!(matches!(&answer, HttpAnswer::Answered { status: 503, body, .. } if body == "no"), "{answer:?}");
        let url = peer(b"", false).await;
        assert_eq!(get(HttpGet { url }, PATIENCE).await, Ok(HttpAnswer::Closed));
        let url = peer(b"220 mail ready\r\n", false).await;
        assert!(matches!(get(HttpGet { url }, PATIENCE).await, Ok(HttpAnswer::Garbled(_))));
        let url = speaks_first(b"SSH-2.0-OpenSSH_9.2\r\n").await;
        assert!(matches!(get(HttpGet { url }, PATIENCE).await, Ok(HttpAnswer::Garbled(_))));
        let refused = get(HttpGet { url: "http://127.0.0.1:1/".to_owned() }, PATIENCE).await.unwrap_err();
        assert!(refused.is_absent(), "{refused}");
    }

    #[tokio::test]
    async fn who_says_nothing_is_silent() {
        let url = peer(b"", true).await;
        assert_eq!(get(HttpGet { url }, Duration::from_millis(200)).await, Ok(HttpAnswer::Silent));
    }

    #[tokio::test]
    async fn an_endless_body_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        });
        let answer = get(HttpGet { url }, PATIENCE).await.unwrap();
        assert!(matches!(answer, HttpAnswer::Answered { status: 200, body, .. } if body.len() == HttpGet::BODY));
    }
}
