//! Is there an engine, which, and if not: why not, and what to do about it.

use std::io;
use std::path::Path;
use std::sync::PoisonError;
use std::time::Duration;

use bollard::errors::Error;
use tokio::time::Instant;

use super::endpoint::Endpoint;
use super::wire::Wire;
use super::{DETAIL_LIMIT, Docker, NEWEST_API, OLDEST_API, client, io_error, printable};
use crate::fact::engine::Engine;
use crate::fact::{Cause, Ledger, Unknown};

/// When an engine that does not say who it is is given up.
const PATIENCE: Duration = Duration::from_secs(5);
/// What to do where something else was found.
const ANOTHER: &str = "correct DOCKER_HOST, or choose another with `docker context use`";
/// How much longer than for its version is waited for what it says about its host.
const GRACE: Duration = Duration::from_secs(1);

impl Docker {
    pub(super) async fn ping(self, ledger: Ledger) -> Result<Engine, Unknown> {
        let environment = self.clone();
        let found = tokio::task::spawn_blocking(move || Endpoint::find(&environment.0.environment)).await;
        let endpoint = found.map_err(|error| Unknown::failed(error.to_string()))??;
        let wire = Wire::new(endpoint.clone(), DETAIL_LIMIT);
        let client = client(&wire, DETAIL_LIMIT)?;
        // Well before the deadline, so that whoever stands on this one can still say so.
        let left = ledger.deadline().saturating_duration_since(Instant::now());
        let patience = PATIENCE.min(left.mul_f32(0.7));
        let host = tokio::spawn({
            let client = client.clone();
            async move { client.info().await }
        });
        let answer = tokio::time::timeout(patience, client.version()).await;
        let version = match answer {
            Ok(Ok(version)) => version,
            Ok(Err(error)) => return Err(unreachable(&endpoint, &error)),
            Err(_) => {
                let seconds = patience.as_secs_f32();
                let detail = format!(
                    "{endpoint} accepts the connection and does not answer within {seconds:.1} s: restart the engine \
                     (sudo systemctl restart docker)"
                );
                return Err(Unknown::new(Cause::TimeOut, detail));
            }
        };
        let not_one = || Unknown::failed(format!("{endpoint} answers, but it is no Docker Engine: {ANOTHER}"));
        let api_version = version.api_version.ok_or_else(not_one)?;
        let newest = api(&api_version).ok_or_else(not_one)?;
        let min_api_version = version.min_api_version.filter(|v| !v.is_empty()).unwrap_or_else(|| "1.12".to_owned());
        let oldest = api(&min_api_version).ok_or_else(not_one)?;
        let release = printable(&version.version.unwrap_or_default());
        if newest < OLDEST_API {
            let detail = format!(
                "the engine {release} at {endpoint} is too old: it speaks API {api_version} at most, 1.24 is needed: upgrade it"
            );
            return Err(Unknown::failed(detail));
        }
        if oldest > NEWEST_API {
            let detail = format!(
                "the engine {release} at {endpoint} is too new: it speaks API {min_api_version} at least, this gonogo \
                 knows {}.{} at most: upgrade gonogo",
                NEWEST_API.0, NEWEST_API.1
            );
            return Err(Unknown::failed(detail));
        }
        let (major, minor) = newest.min(NEWEST_API);
        wire.speak(format!("{major}.{minor}"));
        *self.0.wire.lock().unwrap_or_else(PoisonError::into_inner) = Some(wire);

        let info = tokio::time::timeout(GRACE, host).await.ok().and_then(Result::ok).and_then(Result::ok);
        // A socket may lead elsewhere: out of a container, into a virtual machine, through a tunnel.
        let local = matches!(endpoint, Endpoint::Unix(_))
            && info.as_ref().and_then(|info| info.name.as_deref()).is_some_and(is_this_host);
        Ok(Engine {
            endpoint: endpoint.to_string(),
            version: release,
            api_version,
            min_api_version,
            os: version.os.unwrap_or_default(),
            arch: version.arch.unwrap_or_default(),
            root_dir: info.and_then(|info| info.docker_root_dir).filter(|path| !path.is_empty()),
            local,
        })
    }
}

/// `1.45`
fn api(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn is_this_host(name: &str) -> bool {
    #[cfg(unix)]
    return rustix::system::uname().nodename().to_str().is_ok_and(|ours| ours == name);
    #[cfg(not(unix))]
    return name.is_empty();
}

/// Why an engine cannot be reached, and what to do about it.
fn unreachable(endpoint: &Endpoint, error: &Error) -> Unknown {
    if let Error::DockerResponseServerError { status_code, message } = error {
        let message = printable(message);
        return match status_code {
            401 | 403 => Unknown::new(Cause::Denied, format!("{endpoint} refuses ({status_code}: {message})")),
            400 if message.contains("HTTPS") => Unknown::new(
                Cause::Unsupported,
                format!("{endpoint} speaks TLS, and an engine over TLS cannot be asked yet"),
            ),
            404 => Unknown::failed(format!("{endpoint} answers, but it is no Docker Engine: {ANOTHER}")),
            _ => Unknown::failed(format!("{endpoint} says {status_code}: {message}")),
        };
    }
    match (io_error(error), endpoint) {
        (Some(io), Endpoint::Unix(path)) => of_socket(endpoint, path, io),
        (Some(io), Endpoint::Tcp(..)) => of_host(endpoint, io),
        (None, _) => Unknown::failed(format!("{endpoint} answers, but not as a Docker Engine does: {ANOTHER}")),
    }
}

fn of_socket(endpoint: &Endpoint, path: &Path, error: &io::Error) -> Unknown {
    let start = "start one (sudo systemctl start docker), or name another with DOCKER_HOST or `docker context use`";
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Unknown::absent(format!("no engine at {endpoint}, there is no such socket: {start}"))
        }
        io::ErrorKind::PermissionDenied => Unknown::new(
            Cause::Denied,
            format!(
                "you may not use the engine at {endpoint}: add yourself to its group (sudo usermod -aG docker $USER, \
                 then log in again), or run with sudo"
            ),
        ),
        io::ErrorKind::ConnectionRefused => match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Unknown::absent(format!(
                "no engine at {endpoint}, it is a directory (remove it: sudo rmdir {}): {start}",
                path.display()
            )),
            Ok(metadata) if metadata.is_file() => {
                Unknown::absent(format!("no engine at {endpoint}, it is a file and not a socket: {start}"))
            }
            _ => Unknown::absent(format!("no engine at {endpoint}, nothing listens on that socket: {start}")),
        },
        io::ErrorKind::FileTooLarge => answers_nonsense(endpoint),
        _ => Unknown::failed(format!("{endpoint}: {}", printable(&error.to_string()))),
    }
}

fn of_host(endpoint: &Endpoint, error: &io::Error) -> Unknown {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Unknown::absent(format!(
            "no engine at {endpoint}, nothing listens there: start it, or correct DOCKER_HOST"
        )),
        io::ErrorKind::TimedOut => Unknown::new(Cause::TimeOut, format!("{endpoint}: the host does not answer")),
        io::ErrorKind::FileTooLarge => answers_nonsense(endpoint),
        _ => Unknown::failed(format!("{endpoint}: {}: see DOCKER_HOST", printable(&error.to_string()))),
    }
}

fn answers_nonsense(endpoint: &Endpoint) -> Unknown {
    Unknown::failed(format!("{endpoint} answers without end, which no Docker Engine does: {ANOTHER}"))
}
