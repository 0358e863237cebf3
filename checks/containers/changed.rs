//! What a restart would bring that a container does not have.
//!
//! Fields that both sides say are compared, never a re-derived config hash (docker/compose#9211, #10907), and of times
//! only that of a file which is mounted by itself against the container's start.

use std::path::PathBuf;

use gonogo::check::Context;
use gonogo::compose::{Port, Project, Service};
use gonogo::document::Node;
use gonogo::fact::engine::{self, ContainerDetail};
use gonogo::fact::file::{self, FileKind};

/// The first change that is found; `None` if the container is what is declared, as far as can be told.
pub(super) async fn since(
    cx: &Context,
    project: &Project,
    service: &Service<'_>,
    detail: &ContainerDetail,
) -> Option<String> {
    if let Some(what) = declared(service, detail) {
        return Some(what);
    }
    let reference = service.text("image").map_or_else(|| format!("{}-{}", project.name, service.name), str::to_owned);
    if let Ok(image) = cx.ask(engine::Image { reference: reference.clone() }).await
        && image.id != detail.image_id
    {
        return Some(format!("another image: `{reference}` was built or pulled since"));
    }
    if let Some(file) = newer_source(cx, service, detail).await {
        return Some(format!("another image, once it is built anew: {file} was edited since"));
    }
    let started = detail.state.started_at.parse::<jiff::Timestamp>().ok()?;
    for mount in service.mounts().filter(|mount| mount.kind == "bind") {
        let Some(source) = mount.source else { continue };
        if let Ok(stat) = cx.ask(file::Stat { path: source.into() }).await
            && stat.kind == FileKind::File
            && stat.modified.is_some_and(|modified| modified > started.as_second())
        {
            return Some(format!("another `{}`: it was edited since", mount.target));
        }
    }
    None
}

/// The most files of a build context that are looked at, and how deep.
const FILES: usize = 500;
const DEPTH: usize = 4;

/// A file of the service's build context that was edited after the container was made.
async fn newer_source(cx: &Context, service: &Service<'_>, detail: &ContainerDetail) -> Option<String> {
    let context = service.node.pointer("/build/context")?.as_str().filter(|path| path.starts_with('/'))?;
    let made = detail.created.parse::<jiff::Timestamp>().ok()?.as_second();
    let mut left = FILES;
    let mut directories = vec![(PathBuf::from(context), 0)];
    while let Some((directory, depth)) = directories.pop() {
        let Ok(entries) = cx.ask(file::Entries { path: directory.clone() }).await else { continue };
        for entry in entries.iter().filter(|entry| !entry.name.starts_with('.') && entry.name != "node_modules") {
            let path = directory.join(&entry.name);
            match entry.kind {
                FileKind::Directory if depth < DEPTH => directories.push((path, depth + 1)),
                FileKind::File => {
                    left = left.checked_sub(1)?;
                    let stat = cx.ask(file::Stat { path: path.clone() }).await.ok();
                    if stat.and_then(|stat| stat.modified).is_some_and(|modified| modified > made) {
                        let shown = path.strip_prefix(&cx.deployment().directory).unwrap_or(&path);
                        return Some(shown.display().to_string());
                    }
                }
                _ => {}
            }
        }
    }
    None
}

/// What the files alone say otherwise.
fn declared(service: &Service<'_>, detail: &ContainerDetail) -> Option<String> {
    for (name, node) in service.environment() {
        let Some(declared) = node.scalar().filter(|_| !node.is_null()) else { continue };
        let held = detail.env.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value);
        if held != Some(&declared) {
            return Some(format!("another value of {name}"));
        }
    }
    let words = |key: &str| service.get(key).filter(|node| !node.is_null()).and_then(list);
    if words("entrypoint").is_some_and(|entrypoint| !detail.argv.starts_with(&entrypoint)) {
        return Some("another entrypoint".to_owned());
    }
    if words("command").is_some_and(|command| !detail.argv.ends_with(&command)) {
        return Some("another command".to_owned());
    }
    if !service.on_host_network()
        && ports(service).is_some_and(|declared| {
            let mut held: Vec<_> = detail.bindings.iter().map(|port| (port.container_port, port.host_port)).collect();
            held.sort_unstable();
            held.dedup();
            held != declared
        })
    {
        return Some("other ports".to_owned());
    }
    let limit = service.get("mem_limit").or_else(|| service.node.pointer("/deploy/resources/limits/memory"));
    let limit = limit.and_then(Node::scalar).and_then(|text| text.parse::<u64>().ok()).filter(|bytes| *bytes > 0);
    if limit != detail.memory_limit {
        return Some("another memory limit".to_owned());
    }
    let test = service.node.pointer("/healthcheck/test").and_then(list);
    if test.is_some_and(|test| test != detail.healthcheck) {
        return Some("another health check".to_owned());
    }
    None
}

/// The ports of the container and of the host, where every one of them is fixed.
fn ports(service: &Service<'_>) -> Option<Vec<(u16, Option<u16>)>> {
    let pair = |port: Port<'_>| Some((port.target, Some(port.published?.parse().ok()?)));
    let mut ports: Vec<_> = service.ports().map(pair).collect::<Option<_>>()?;
    ports.sort_unstable();
    ports.dedup();
    Some(ports)
}

fn list(node: &Node) -> Option<Vec<String>> {
    node.as_seq()?.iter().map(Node::scalar).collect()
}
