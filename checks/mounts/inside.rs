//! What stands in a volume: read through a container that has it mounted, running or not, or where the engine keeps
//! it, if that can be read. Nothing is run or made for it.

use std::sync::Arc;

use gonogo::check::Context;
use gonogo::compose::Project;
use gonogo::fact::engine::{Container, ContainerDetail, ContainerFile, Containers, FileInContainer, Ping, Volumes};
use gonogo::fact::file::{Entries, FileKind, Stat};
use gonogo::fact::{Cause, Unknown};

use super::mount::{Mounted, What};
use super::path::join;

/// What is known about a path in a volume.
#[derive(Debug)]
pub(super) enum Inside {
    /// Something stands there.
    There(FileInContainer),
    /// Nothing does; the container through which that was seen, if it was one.
    Missing { container: Option<String> },
    /// The volume is yet to be made, or to be filled by its first container.
    NotYet(String),
    /// No container has it, and it may not be looked into.
    NotSeen(String),
}

/// Looks at a path below a volume's mount.
///
/// # Errors
/// [`Unknown`] if the engine does not tell.
pub(super) async fn inside(cx: &Context, project: &Project, mount: &Mounted, rest: &str) -> Result<Inside, Unknown> {
    let What::Volume { key, name } = &mount.what else {
        return Ok(Inside::NotSeen("it is no volume".to_owned()));
    };
    if !mount.part.is_empty() {
        return Ok(Inside::NotSeen(format!("only a part of volume {key} is mounted")));
    }
    let containers = cx.ask(Containers).await?;
    let ours = containers.iter().filter(|container| container.project() == Some(&project.name));
    let mut created_only = false;
    for container in ours {
        let Some(detail) = detail(cx, &container.id).await? else { continue };
        let Some(target) = detail.mounts.iter().find(|mounted| mounted.name.as_deref() == Some(name)) else {
            continue;
        };
        let path = join(&target.target, rest);
        match cx.ask(ContainerFile { container: container.id.clone(), path }).await {
            Ok(found) => return Ok(Inside::There((*found).clone())),
            Err(unknown) if unknown.is_absent() && detail.state.status == "created" => created_only = true,
            Err(unknown) if unknown.is_absent() => {
                return Ok(Inside::Missing { container: Some(container.name.clone()) });
            }
            Err(unknown) => return Err(unknown),
        }
    }
    if created_only {
        return Ok(Inside::NotYet(format!("the container that mounts volume {key} was never started")));
    }
    let volumes = cx.ask(Volumes).await?;
    let Some(volume) = volumes.iter().find(|volume| volume.name == *name) else {
        return Ok(Inside::NotYet(format!("volume {key} is not there yet: the first `up` makes it")));
    };
    let unseen = Inside::NotSeen(format!("no container of the project has volume {key} mounted"));
    if !cx.ask(Ping).await?.local || volume.driver != "local" || !volume.options.is_empty() {
        return Ok(unseen);
    }
    on_disk(cx, &volume.mountpoint, rest, unseen).await
}

async fn detail(cx: &Context, id: &str) -> Result<Option<Arc<ContainerDetail>>, Unknown> {
    match cx.ask(Container { id: id.to_owned() }).await {
        Ok(detail) => Ok(Some(detail)),
        // Removed in the meantime.
        Err(unknown) if unknown.is_absent() => Ok(None),
        Err(unknown) => Err(unknown),
    }
}

/// Where the engine keeps it: mostly for root's eyes only.
async fn on_disk(cx: &Context, mountpoint: &str, rest: &str, unseen: Inside) -> Result<Inside, Unknown> {
    let path = join(mountpoint, rest);
    // An unreadable directory above it looks like nothing at all to some systems.
    if cx.ask(Stat { path: mountpoint.into() }).await.is_err() {
        return Ok(unseen);
    }
    match cx.ask(Stat { path: path.clone().into() }).await {
        Ok(stat) => {
            let names = match stat.kind {
                FileKind::Directory => cx.ask(Entries { path: path.into() }).await.ok(),
                _ => None,
            };
            let entries =
                names.into_iter().flat_map(|names| names.iter().map(|e| e.name.clone()).collect::<Vec<_>>());
            Ok(Inside::There(FileInContainer {
                kind: stat.kind,
                size: stat.size,
                mode: stat.mode.unwrap_or_default(),
                uid: stat.uid.unwrap_or_default().into(),
                gid: stat.gid.unwrap_or_default().into(),
                text: None,
                entries: entries.collect(),
                complete: true,
            }))
        }
        Err(unknown) if unknown.is_absent() => Ok(Inside::Missing { container: None }),
        Err(unknown) if unknown.cause == Cause::Denied => Ok(unseen),
        Err(unknown) => Err(unknown),
    }
}
