//! Files in containers and their volumes, by the archive endpoint: also of stopped ones, and without running anything.

use std::time::Duration;

use bollard::query_parameters::ContainerArchiveInfoOptionsBuilder;
use http_body_util::BodyExt;
use hyper::StatusCode;

use super::tar::{Need, Tar};
use super::wire::Wire;
use super::{DETAIL_LIMIT, Docker, bounded, client, container_name, explained, printable, within};
use crate::fact::engine::{Container, ContainerFile, FileInContainer};
use crate::fact::{Cause, Ledger, Unknown};

/// How many links are followed.
const HOPS: usize = 8;
/// The most of a stream that is looked at, in bytes: a directory's has the contents of all that is in it.
const LIMIT: u64 = 64 << 20;
/// When the engine is given up.
const PATIENCE: Duration = Duration::from_secs(5);

impl Docker {
    pub(super) async fn file(self, question: ContainerFile, ledger: Ledger) -> Result<FileInContainer, Unknown> {
        let (_, wire) = self.ready(&ledger).await?;
        let ContainerFile { container, path } = question;
        container_name(&container)?;
        if !path.starts_with('/') || path.contains('\0') {
            return Err(Unknown::failed(format!("`{}` is not an absolute path", printable(&path))));
        }
        let mut at = path.clone();
        let mut dangling = None;
        for _ in 0..=HOPS {
            let what = format!("{at} in container {container}");
            let found = within(&ledger, PATIENCE, &what, read(&wire, &container, &at, &what)).await;
            match found {
                Ok(Found::Thing(file)) => return Ok(file),
                Ok(Found::Link(link)) => {
                    at = target(&ledger, &wire, &container, &at).await?;
                    dangling = Some(link);
                }
                Err(unknown) if unknown.is_absent() => {
                    hidden(&ledger, &container, &at).await?;
                    return dangling.ok_or(unknown);
                }
                Err(unknown) => return Err(unknown),
            }
        }
        // In a circle, or as good as.
        dangling.ok_or_else(|| Unknown::failed(format!("{path} in container {container}: too many links")))
    }
}

enum Found {
    Thing(FileInContainer),
    Link(FileInContainer),
}

async fn read(wire: &Wire, container: &str, path: &str, what: &str) -> Result<Found, Unknown> {
    let url = format!("/containers/{container}/archive?path={}", escaped(path));
    let error = |error: &bollard::errors::Error| explained(what, error);
    let response = wire.limited(LIMIT + DETAIL_LIMIT).open(&url).await.map_err(|e| error(&e))?;
    let status = response.status();
    let mut body = response.into_body();
    if status != StatusCode::OK {
        let mut message = Vec::new();
        while let Some(Ok(frame)) = body.frame().await {
            message.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
            if message.len() > 4096 {
                break;
            }
        }
        let message = printable(&String::from_utf8_lossy(&message));
        // Both are a 404, and only one says something about the file.
        if status == StatusCode::NOT_FOUND && message.contains("No such container") {
            return Err(Unknown::failed(format!("{what}: the container is gone")));
        }
        let failed = bollard::errors::Error::DockerResponseServerError { status_code: status.as_u16(), message };
        return Err(match explained(what, &failed) {
            absent if absent.is_absent() => Unknown::absent(format!("{what}: there is no such file")),
            other => other,
        });
    }
    let mut tar = Tar::default();
    let mut taken = 0;
    let not_tar = |_| Unknown::failed(format!("{what}: the engine's answer is not an archive"));
    while taken < LIMIT {
        let Some(frame) = body.frame().await else { break };
        let frame = frame.map_err(|e| error(&e.into()))?;
        let Some(data) = frame.data_ref() else { continue };
        taken += data.len() as u64;
        if tar.take(data).map_err(not_tar)? == Need::Nothing {
            break;
        }
    }
    let link = tar.is_link();
    let file = tar.finish().ok_or_else(|| Unknown::failed(format!("{what}: the engine's answer breaks off")))?;
    Ok(if link { Found::Link(file) } else { Found::Thing(file) })
}

/// Where a link leads, as the engine resolves it within the container.
async fn target(ledger: &Ledger, wire: &Wire, container: &str, path: &str) -> Result<String, Unknown> {
    let what = format!("the link {path} in container {container}");
    let options = ContainerArchiveInfoOptionsBuilder::new().path(path).build();
    let client = client(wire, DETAIL_LIMIT)?;
    let stat = bounded(ledger, PATIENCE, &what, client.get_container_archive_info(container, Some(options))).await?;
    let target = stat.link_target;
    if target.is_empty() {
        return Err(Unknown::failed(format!("{what}: the engine does not say where it leads")));
    }
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    Ok(if target.starts_with('/') { target } else { format!("{parent}/{target}") })
}

/// A file that is not found where the engine cannot look may be there all the same.
async fn hidden(ledger: &Ledger, container: &str, path: &str) -> Result<(), Unknown> {
    let below = |mount: &str| {
        path.strip_prefix(mount.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let detail = ledger.ask(Container { id: container.to_owned() }).await?;
    let tmpfs = detail.mounts.iter().filter(|mount| mount.kind == "tmpfs").map(|mount| mount.target.as_str());
    match tmpfs
        .chain(["/proc", "/sys", "/dev", "/run/secrets"].into_iter().filter(|_| detail.state.running))
        .find(|mount| below(mount))
    {
        Some(mount) => {
            let detail = format!("{path} in container {container}: the engine cannot look into {mount}");
            Err(Unknown::new(Cause::Unsupported, detail))
        }
        None => Ok(()),
    }
}

/// A path for the query of a URL.
fn escaped(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
