//! Values on the running layer: what the service's container has, running or stopped.

use std::path::Path;
use std::sync::Arc;

use super::{Found, Missing, pick_from};
use crate::check::Context;
use crate::document::{Node, Value};
use crate::fact::{Cause, Unknown, engine, file};
use crate::finding::Site;
use crate::gatefile::Pick;

/// How many containers of others are looked at for a volume that no container of the project mounts.
const STRANGERS: usize = 30;

/// A variable of the container's environment.
pub(super) async fn env(context: &Context, service: &str, name: &str) -> Result<Found, Missing> {
    let container = container(context, service).await?;
    let detail = context.ask(engine::Container { id: container.id.clone() }).await?;
    let site = Site::Thing(format!("environment of container {}", container.name));
    match detail.env.iter().rev().find(|(key, _)| key == name) {
        Some((_, text)) => Ok(Found { text: text.clone(), value: Value::String(text.clone()), site, origin: None }),
        None => Err(Missing::absent(format!("{name} is not set in container {}", container.name), site)),
    }
}

/// A file as the container sees it.
pub(super) async fn in_service(context: &Context, service: &str, path: &str, pick: &Pick) -> Result<Found, Missing> {
    let container = container(context, service).await?;
    in_container(context, &container.id, &container.name, path, pick).await
}

/// A file in a volume, through a container that mounts it, else where the engine keeps it on this host.
pub(super) async fn in_volume(context: &Context, volume: &str, path: &str, pick: &Pick) -> Result<Found, Missing> {
    let project = context.project()?;
    let entry = project.section("volumes").find(|(name, _)| *name == volume);
    let named = entry.and_then(|(_, entry)| entry.node.get("name")).and_then(Node::as_str);
    let real = named.map_or_else(|| format!("{}_{volume}", project.name), str::to_owned);
    let containers = context.ask(engine::Containers).await?;
    let (ours, others): (Vec<_>, Vec<_>) =
        containers.iter().partition(|container| container.project() == Some(project.name.as_str()));
    for container in ours.into_iter().chain(others.into_iter().take(STRANGERS)) {
        // One that goes away in this moment is no reason to give up.
        let Ok(detail) = context.ask(engine::Container { id: container.id.clone() }).await else { continue };
        for mount in detail.mounts.iter().filter(|mount| mount.name.as_deref() == Some(real.as_str())) {
            let within = Path::new(&mount.target).join(path.trim_start_matches('/'));
            let shadowed = detail.mounts.iter().any(|other| {
                other.target != mount.target
                    && within.starts_with(&other.target)
                    && Path::new(&other.target).starts_with(&mount.target)
            });
            if !shadowed {
                return in_container(context, &container.id, &container.name, &within.to_string_lossy(), pick).await;
            }
        }
    }
    let volumes = context.ask(engine::Volumes).await?;
    let Some(found) = volumes.iter().find(|known| known.name == real) else {
        return Err(Missing::Elsewhere(format!("volume {real} does not exist yet")));
    };
    let engine = context.ask(engine::Ping).await?;
    if !engine.local {
        let why = format!("no container mounts volume {real}, and the engine runs on another host");
        return Err(Unknown::new(Cause::Unsupported, why).into());
    }
    on_host(context, &real, Path::new(&found.mountpoint), path, pick).await
}

async fn on_host(context: &Context, volume: &str, root: &Path, path: &str, pick: &Pick) -> Result<Found, Missing> {
    let full = root.join(path.trim_start_matches('/'));
    let absent = || {
        let message = format!("{path} is not in volume {volume}");
        Missing::absent(message, Site::Thing(format!("volume {volume}")))
    };
    let canonical = |path: &Path| context.ask(file::Canonical { path: path.to_owned() });
    // The volume's own content must not lead out of it.
    let (root, real) = (canonical(root).await?, canonical(&full).await);
    let real = match real {
        Ok(real) => real,
        Err(unknown) if unknown.is_absent() => return Err(absent()),
        Err(unknown) => return Err(unknown.into()),
    };
    if !real.starts_with(&*root) {
        return Err(Unknown::failed(format!("{path} leads out of volume {volume}")).into());
    }
    let text = context.ask(file::Text { path: (*real).clone() }).await?;
    pick_from(volume, path, &text.text, pick)
}

async fn in_container(context: &Context, id: &str, name: &str, path: &str, pick: &Pick) -> Result<Found, Missing> {
    let question = engine::ContainerFile { container: id.to_owned(), path: path.to_owned() };
    let answer = match context.ask(question).await {
        Ok(answer) => answer,
        Err(unknown) if unknown.is_absent() => {
            let message = format!("{path} is not in container {name}");
            return Err(Missing::absent(message, Site::Thing(format!("{path} in container {name}"))));
        }
        Err(unknown) => return Err(unknown.into()),
    };
    match (&answer.text, answer.kind) {
        (Some(text), _) => pick_from(name, path, text, pick),
        (None, file::FileKind::DanglingLink) => {
            let message = format!("{path} in container {name} is a link to nothing");
            Err(Missing::absent(message, Site::Thing(format!("{path} in container {name}"))))
        }
        (None, file::FileKind::File) => {
            let why = format!("{path} in container {name} is not text, or too large");
            Err(Unknown::new(Cause::Unsupported, why).into())
        }
        (None, _) => Err(Unknown::failed(format!("{path} in container {name} is not a file")).into()),
    }
}

/// The service's container: one that runs before one that does not.
async fn container(context: &Context, service: &str) -> Result<Arc<engine::ContainerSummary>, Missing> {
    let project = context.project()?;
    let containers = context.ask(engine::Containers).await?;
    let ours = containers.iter().filter(|container| {
        container.project() == Some(project.name.as_str())
            && container.service() == Some(service)
            && !container.is_one_off()
    });
    let best = ours.min_by_key(|container| (container.state != "running", &container.name));
    best.cloned().map(Arc::new).ok_or_else(|| Missing::Elsewhere(format!("service {service} has no container")))
}
