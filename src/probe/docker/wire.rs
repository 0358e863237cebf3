//! The way to the engine: one bounded connection a request.
//!
//! The typed client above collects bodies whole. So the bound stands here, below HTTP, where no length that a peer
//! claims can get around it; and so does the promise that nothing but GET and HEAD ever leaves.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bollard::errors::Error;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, HOST, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::endpoint::Endpoint;

/// The most requests under way at once: more gains nothing from an engine, and keeps others waiting.
const AT_ONCE: usize = 8;
/// The largest head of an answer, in bytes.
const HEAD_LIMIT: usize = 64 << 10;
/// When a connection is given up, whatever it does.
const LIFETIME: Duration = Duration::from_secs(30);

/// The way to one engine. Cheap to clone.
#[derive(Clone)]
pub(super) struct Wire {
    endpoint: Endpoint,
    permits: Arc<Semaphore>,
    version: Arc<OnceLock<String>>,
    limit: u64,
}

impl Wire {
    /// The way to an engine whose answers have at most `limit` bytes.
    pub(super) fn new(endpoint: Endpoint, limit: u64) -> Self {
        Self { endpoint, permits: Arc::new(Semaphore::new(AT_ONCE)), version: Arc::default(), limit }
    }

    /// The same way for answers of at most `limit` bytes.
    pub(super) fn limited(&self, limit: u64) -> Self {
        Self { limit, ..self.clone() }
    }

    /// Asks in this version of the API (`1.45`) from now on.
    pub(super) fn speak(&self, version: String) {
        let _ = self.version.set(version);
    }

    /// The head of the answer to a GET, whatever its status.
    ///
    /// # Errors
    /// As [`Self::exchange`].
    pub(super) async fn open(&self, path: &str) -> Result<Response<Incoming>, Error> {
        let request = Request::get(path).body(Empty::<Bytes>::new())?;
        self.exchange(request).await
    }

    /// The body of the answer to a GET.
    ///
    /// # Errors
    /// As [`Self::exchange`], and for any status but success.
    pub(super) async fn get(&self, path: &str) -> Result<Bytes, Error> {
        let response = self.open(path).await?;
        if !response.status().is_success() {
            let status_code = response.status().as_u16();
            return Err(Error::DockerResponseServerError { status_code, message: String::new() });
        }
        Ok(response.into_body().collect().await?.to_bytes())
    }

    /// One request and the head of its answer.
    ///
    /// # Errors
    /// As the operating system or the protocol says, and for any method but GET and HEAD.
    pub(super) async fn exchange<B>(&self, mut request: Request<B>) -> Result<Response<Incoming>, Error>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "only GET and HEAD go to an engine").into());
        }
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let versioned = match self.version.get() {
            Some(version) => format!("/v{version}{path}"),
            None => path.to_owned(),
        };
        *request.uri_mut() = versioned.parse::<Uri>().map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        request.headers_mut().insert(HOST, HeaderValue::from_static("docker"));
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));

        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(io::Error::other)?;
        let stream = connect(&self.endpoint).await?;
        let bounded = Bounded { stream, left: self.limit, _permit: permit };
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(HEAD_LIMIT)
            .handshake(TokioIo::new(bounded))
            .await?;
        // It ends with the answer, or when whoever asked loses interest; the bound is for what neither covers.
        tokio::spawn(tokio::time::timeout(LIFETIME, connection));
        Ok(sender.send_request(request).await?)
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn connect(endpoint: &Endpoint) -> io::Result<Box<dyn Stream>> {
    match endpoint {
        #[cfg(unix)]
        Endpoint::Unix(path) => Ok(Box::new(tokio::net::UnixStream::connect(path).await?)),
        #[cfg(not(unix))]
        Endpoint::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        Endpoint::Tcp(host, port) => Ok(Box::new(tokio::net::TcpStream::connect((host.as_str(), *port)).await?)),
    }
}

/// A stream that fails once more has come than allowed. It holds its place among the requests under way.
struct Bounded {
    stream: Box<dyn Stream>,
    left: u64,
    _permit: OwnedSemaphorePermit,
}

impl AsyncRead for Bounded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        let read = (buf.filled().len() - before) as u64;
        match self.left.checked_sub(read) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Err(io::Error::new(io::ErrorKind::FileTooLarge, "the answer is too long"))),
        }
        polled
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
