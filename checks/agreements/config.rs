//! What the configuration files say that a container sees: bind mounts on the declared layer; volumes, and whatever
//! the image brings, through the engine, from a stopped container too.

use std::path::PathBuf;
use std::sync::Arc;

use gonogo::check::Context;
use gonogo::compose::{Project, Service};
use gonogo::document::{Node, Value, format};
use gonogo::fact::engine::{ContainerFile, ContainerSummary, Containers};
use gonogo::fact::file::{Entries, FileKind, Stat};
use gonogo::fact::{Cause, Unknown};
use gonogo::finding::Site;
use gonogo::place::Source;

use super::statement::{Kind, Statement, leaves};

/// The most files of one mounted folder that are looked into.
const FILES: usize = 30;

/// What a service's configuration files say about secrets. What is there and cannot be read is added to `unknown`.
pub(super) async fn statements(
    cx: &Context,
    project: &Arc<Project>,
    name: &str,
    unknown: &mut Vec<(String, Unknown)>,
) -> Vec<Statement> {
    let Some(service) = project.service(name) else { return Vec::new() };
    let mut found = Vec::new();
    for mount in service.mounts().filter(|mount| mount.kind == "bind") {
        let Some(source) = mount.source.map(PathBuf::from) else { continue };
        for path in bound(cx, source).await {
            if let Ok(text) = cx.read(path.clone()).await {
                found.extend(read(&text, &path.to_string_lossy(), name, Kind::Config));
            }
        }
    }
    let Some(container) = container(cx, project, name).await else { return found };
    for path in in_volumes(cx, service, &container.id).await {
        let question = ContainerFile { container: container.id.clone(), path: path.clone() };
        let file = match cx.ask(question).await {
            Ok(file) => file,
            Err(why) => {
                if matches!(why.cause, Cause::Denied | Cause::TimeOut | Cause::Failed) {
                    unknown.push((format!("{}:{path}", container.name), why));
                }
                continue;
            }
        };
        if let Some(text) = &file.text {
            let source = Source::new(format!("{}:{path}", container.name), None, text.as_str());
            found.extend(read(&source, &path, name, Kind::Config));
        }
    }
    found
}

/// The configuration files that a bind mount brings: itself, or those in the folder.
async fn bound(cx: &Context, source: PathBuf) -> Vec<PathBuf> {
    match cx.ask(Stat { path: source.clone() }).await.map(|stat| stat.kind) {
        Ok(FileKind::File) if format::of_name(&source.to_string_lossy()).is_some() => vec![source],
        Ok(FileKind::Directory) => {
            let Ok(entries) = cx.ask(Entries { path: source.clone() }).await else { return Vec::new() };
            let files = entries.iter().filter(|e| e.kind == FileKind::File && format::of_name(&e.name).is_some());
            files.take(FILES).map(|entry| source.join(&entry.name)).collect()
        }
        _ => Vec::new(),
    }
}

/// The service's container, stopped or running.
async fn container(cx: &Context, project: &Project, service: &str) -> Option<ContainerSummary> {
    let containers = cx.ask(Containers).await.ok()?;
    let own =
        |c: &&ContainerSummary| c.project() == Some(&project.name) && c.service() == Some(service) && !c.is_one_off();
    containers.iter().find(own).cloned()
}

/// The configuration files in the volumes of a container: those that the service names, and those that lie in a folder
/// that is called after configuration. A database's volume is never listed.
async fn in_volumes(cx: &Context, service: Service<'_>, container: &str) -> Vec<String> {
    let targets: Vec<&str> = service.mounts().filter(|m| m.kind == "volume").map(|m| m.target).collect();
    let inside =
        |path: &str| targets.iter().any(|target| path.starts_with(&format!("{}/", target.trim_end_matches('/'))));
    let mut paths: Vec<String> = Vec::new();
    for node in ["environment", "command", "entrypoint"].iter().filter_map(|key| service.get(key)) {
        words(node, &mut |word| {
            if word.starts_with('/') && inside(word) && format::of_name(word).is_some() {
                paths.push(word.to_owned());
            }
        });
    }
    for target in targets {
        let last = target.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if !["config", "conf", "configs", "etc", "settings", "secrets"].contains(&last) {
            continue;
        }
        let question = ContainerFile { container: container.to_owned(), path: target.to_owned() };
        let Ok(folder) = cx.ask(question).await else { continue };
        let files = folder.entries.iter().filter(|name| format::of_name(name).is_some());
        paths.extend(files.take(FILES).map(|name| format!("{}/{name}", target.trim_end_matches('/'))));
    }
    paths.sort();
    paths.dedup();
    paths
}

fn words(node: &Node, each: &mut dyn FnMut(&str)) {
    match &node.value {
        Value::String(text) => text.split(['=', ' ', ',', '"', '\'']).for_each(each),
        Value::Seq(items) => items.iter().for_each(|item| words(item, each)),
        Value::Map(map) => map.values().for_each(|entry| words(&entry.node, each)),
        _ => {}
    }
}

/// The sensitive values of a configuration file.
pub(super) fn read(source: &Arc<Source>, path: &str, service: &str, kind: Kind) -> Vec<Statement> {
    let Some(tree) = format::of_name(path).and_then(|format| format.read(source).ok()) else { return Vec::new() };
    (leaves(&tree).into_iter())
        .filter_map(|(pointer, node)| {
            let value = node.scalar().filter(|value| !value.contains("${"))?;
            Some(Statement {
                service: service.to_owned(),
                name: pointer,
                value,
                site: Site::from(node.place()?),
                kind,
            })
        })
        .collect()
}
