//! What the configuration files in a build context say, which the image brings along: a new volume is filled with them.

use std::path::PathBuf;
use std::sync::Arc;

use gonogo::check::Context;
use gonogo::compose::{Project, Service};
use gonogo::document::{Node, Value, format};
use gonogo::inference::dockerfile::Recipe;

use super::code::{self, context_of};
use super::config;
use super::statement::{Kind, Statement};

/// The most files of one context that are looked into.
const FILES: usize = 40;

/// What the configuration files of a service's build context say about secrets: those that the service or its
/// Dockerfile names. Others may be there for anything.
pub(super) async fn statements(cx: &Context, project: &Arc<Project>, name: &str) -> Vec<Statement> {
    let Some(service) = project.service(name) else { return Vec::new() };
    let Some(build) = service.get("build") else { return Vec::new() };
    let Some(context) = context_of(build) else { return Vec::new() };
    let recipe = match Recipe::of(build) {
        Some(recipe) => recipe.source(cx).await.map(|source| source.text().to_owned()).unwrap_or_default(),
        None => String::new(),
    };
    let is_meant = |path: &PathBuf| {
        let Some(file) = path.file_name().and_then(|name| name.to_str()) else { return false };
        let compose = path.parent() == Some(project.directory.as_path())
            && project.files.iter().any(|f| f.path() == Some(path));
        !compose && format::of_name(file).is_some() && (named_by(service, file) || mentions(&recipe, file))
    };
    let mut found = Vec::new();
    for path in code::files(cx, &context, |name| format::of_name(name).is_some())
        .await
        .into_iter()
        .filter(is_meant)
        .take(FILES)
    {
        if let Ok(source) = cx.read(path.clone()).await {
            found.extend(config::read(&source, &path.to_string_lossy(), name, Kind::Seed));
        }
    }
    found
}

/// Whether a service's environment or command names a file.
fn named_by(service: Service<'_>, file: &str) -> bool {
    fn any(node: &Node, file: &str) -> bool {
        match &node.value {
            Value::String(text) => mentions(text, file),
            Value::Seq(items) => items.iter().any(|item| any(item, file)),
            Value::Map(map) => map.values().any(|entry| any(&entry.node, file)),
            _ => false,
        }
    }
    ["environment", "command", "entrypoint"].iter().filter_map(|key| service.get(key)).any(|node| any(node, file))
}

/// Whether a file's name stands in a text as a word or as the last part of a path.
fn mentions(text: &str, file: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.match_indices(file).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(part_of_name)
            && !text[at + file.len()..].chars().next().is_some_and(part_of_name)
    })
}
