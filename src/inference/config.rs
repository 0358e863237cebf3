//! The configuration files that a service reads, as far as they can be read here: bind-mounted files, `configs`,
//! and what its Dockerfile copies from the build context.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dockerfile::Stage;
use crate::check::Context;
use crate::compose::{Project, Service};
use crate::document::Node;
use crate::fact::file::{Entries, FileKind, Stat};
use crate::place::Source;

/// The most files of a service that are read.
const FILES: usize = 24;
/// The largest file that is read, in bytes.
const SIZE: u64 = 128 << 10;

/// A configuration file.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its text.
    pub source: Arc<Source>,
    /// Where the container sees it.
    pub target: String,
}

/// Reads a service's configuration files. What cannot be read is left out.
pub async fn configs(cx: &Context, project: &Project, service: Service<'_>, stage: Option<&Stage>) -> Vec<Config> {
    let mut paths: Vec<(PathBuf, String)> = Vec::new();
    for mount in service.mounts().filter(|mount| mount.kind == "bind") {
        if let Some(source) = mount.source {
            add(cx, Path::new(source), mount.target, &mut paths).await;
        }
    }
    for used in service.get("configs").into_iter().flat_map(Node::items) {
        let name = used.get("source").or(Some(used)).and_then(Node::as_str);
        let entry = name.and_then(|name| project.section("configs").find(|(key, _)| *key == name));
        let file = entry.and_then(|(_, entry)| entry.node.get("file")).and_then(Node::as_str);
        if let (Some(file), Some(name)) = (file, name) {
            let target = used.get("target").and_then(Node::as_str).map_or_else(|| format!("/{name}"), str::to_owned);
            paths.push((PathBuf::from(file), target));
        }
    }
    let context = service.get("build").and_then(|build| build.get("context")).and_then(Node::as_str);
    if let (Some(stage), Some(context)) = (stage, context.filter(|context| Path::new(context).is_absolute())) {
        for (source, target) in &stage.copied {
            let Some(source) = source.text().filter(|source| looks_like_config(source)) else { continue };
            let name = source.rsplit('/').next().unwrap_or_default();
            let target = if target.ends_with('/') { format!("{target}{name}") } else { target.clone() };
            paths.push((Path::new(context).join(source.trim_start_matches('/')), target));
        }
    }
    let mut found = Vec::new();
    for (path, target) in paths.into_iter().take(FILES) {
        let stat = cx.ask(Stat { path: path.clone() }).await;
        if stat.is_ok_and(|stat| stat.kind == FileKind::File && stat.size <= SIZE)
            && let Ok(source) = cx.read(path).await
        {
            found.push(Config { source, target });
        }
    }
    found
}

/// A mounted file, or the files of a mounted directory, but not of those below it.
async fn add(cx: &Context, source: &Path, target: &str, paths: &mut Vec<(PathBuf, String)>) {
    let Ok(stat) = cx.ask(Stat { path: source.to_owned() }).await else { return };
    match stat.kind {
        FileKind::File if looks_like_config(target) || looks_like_config(&source.to_string_lossy()) => {
            paths.push((source.to_owned(), target.to_owned()));
        }
        // A directory of sources has files that look like configuration, and is none.
        FileKind::Directory if is_config_directory(target) => {
            let Ok(entries) = cx.ask(Entries { path: source.to_owned() }).await else { return };
            let files = entries.iter().filter(|entry| entry.kind == FileKind::File && looks_like_config(&entry.name));
            let target = target.trim_end_matches('/');
            paths.extend(
                files.map(|entry| (source.join(&entry.name), format!("{target}/{}", entry.name))).take(FILES),
            );
        }
        _ => {}
    }
}

fn is_config_directory(target: &str) -> bool {
    let last = target.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    target.starts_with("/etc/") || ["conf", "config", "configs", "conf.d", "etc", "templates"].contains(&last)
}

fn looks_like_config(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".template").unwrap_or(name);
    let kinds = [
        "conf",
        "cfg",
        "cnf",
        "ini",
        "toml",
        "yaml",
        "yml",
        "json",
        "env",
        "properties",
        "xml",
        "config",
        "vcl",
        "hcl",
    ];
    let named = ["Caddyfile", "default"].contains(&name);
    // What a package manager or compiler reads says nothing about who runs where.
    let foreign =
        ["package.json", "package-lock.json", "tsconfig.json", "pyproject.toml", "Cargo.toml", "composer.json"];
    let kind = name.rsplit_once('.').is_some_and(|(_, kind)| kinds.contains(&kind.to_ascii_lowercase().as_str()));
    (named || kind) && !foreign.contains(&name)
}

/// The lines of a configuration that are not comments, each with the byte offset at which it begins.
pub fn lines(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    source.text().split_inclusive('\n').filter_map(move |raw| {
        let start = at;
        at += raw.len();
        let body = raw.trim();
        let comment = ["#", "//", ";", "<!--"].iter().any(|mark| body.starts_with(mark));
        let code = raw.find(" #").map_or(raw, |end| raw.get(..end).unwrap_or(raw));
        (!comment && !body.is_empty()).then_some((start, code))
    })
}
