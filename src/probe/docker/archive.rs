//! Files in containers and their volumes, by the archive endpoint: also of stopped ones, and without running anything.

use std::time::Duration;

use bollard::query_parameters::ContainerArchiveInfoOptionsBuilder;
use http_body_util::BodyExt;
use hyper::StatusCode;

use super::tar::{Need, Tar};
use super::wire::Wire;
use super::{DETAIL_LIMIT, Docker, bounded, client, container_name, explained, printable, within};
use crate::fact::engine::{Container, ContainerDetail, ContainerFile, FileInContainer};
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
            let reading = within(&ledger, PATIENCE, &what, read(&wire, &container, &at, &what));
            let inspecting = ledger.ask(Container { id: container.clone() });
            let (found, detail) = tokio::join!(reading, inspecting);
            // Only what the engine can look into is an answer: beneath a mount in memory it sees what lies below it.
            // That the container is gone says nothing about the file.
            let detail = detail.map_err(|unknown| match unknown.cause {
                Cause::Absent => Unknown { cause: Cause::Failed, ..unknown },
                _ => unknown,
            })?;
            hidden(&ledger, &wire, &detail, &at).await?;
            match found {
                Ok(Found::Thing(file)) => return Ok(file),
                Ok(Found::Link(link)) => {
                    at = target(&ledger, &wire, &container, &at).await?.unwrap_or_default();
                    dangling = Some(link);
                }
                Err(unknown) if unknown.is_absent() => return dangling.ok_or(unknown),
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
        #[derive(serde::Deserialize)]
        struct Refusal {
            message: String,
        }
        let message = serde_json::from_slice(&message)
            .map_or_else(|_| String::from_utf8_lossy(&message).into_owned(), |Refusal { message }| message);
        let message = printable(&message);
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

/// Where a link leads, as the engine resolves it within the container; `None` if the path is no link.
async fn target(ledger: &Ledger, wire: &Wire, container: &str, path: &str) -> Result<Option<String>, Unknown> {
    let what = format!("{path} in container {container}");
    let options = ContainerArchiveInfoOptionsBuilder::new().path(path).build();
    let client = client(wire, DETAIL_LIMIT)?;
    let stat = bounded(ledger, PATIENCE, &what, client.get_container_archive_info(container, Some(options))).await?;
    let target = stat.link_target;
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    Ok(match target.as_str() {
        "" => None,
        target if target.starts_with('/') => Some(target.to_owned()),
        target => Some(format!("{parent}/{target}")),
    })
}

/// Fails where the engine cannot look: in a container's mounts in memory, by whatever links the path goes.
async fn hidden(ledger: &Ledger, wire: &Wire, container: &ContainerDetail, path: &str) -> Result<(), Unknown> {
    let tmpfs = || container.mounts.iter().filter(|mount| mount.kind == "tmpfs").map(|mount| mount.target.as_str());
    let at =
        if tmpfs().next().is_some() { canonical(ledger, wire, &container.id, path).await? } else { path.to_owned() };
    let below = |mount: &str| {
        at.strip_prefix(mount.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    // A mount of a volume or bind further down lies over the memory.
    let over = |mount: &str| {
        let others = container.mounts.iter().filter(|other| other.kind != "tmpfs");
        others.map(|other| &other.target).any(|target| target.len() > mount.len() && below(target))
    };
    match tmpfs().chain(["/proc", "/sys", "/dev"]).find(|mount| below(mount) && !over(mount)) {
        Some(mount) => {
            let detail = format!("{path} in container {}: the engine cannot look into {mount}", container.name);
            Err(Unknown::new(Cause::Unsupported, detail))
        }
        None => Ok(()),
    }
}

/// The path with the links on the way to it resolved, as far as it is there. The last part is left as it is.
async fn canonical(ledger: &Ledger, wire: &Wire, container: &str, path: &str) -> Result<String, Unknown> {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let mut at = String::new();
    for (index, part) in parts.iter().enumerate() {
        at = format!("{at}/{part}");
        if index + 1 == parts.len() || index > HOPS {
            continue;
        }
        match target(ledger, wire, container, &at).await {
            Ok(Some(target)) => at = target.trim_end_matches('/').to_owned(),
            Ok(None) => {}
            Err(unknown) if unknown.is_absent() => {}
            Err(unknown) => return Err(unknown),
        }
    }
    Ok(at)
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
