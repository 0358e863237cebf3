//! Values on the declared layer: what the files say.

use std::path::{Path, PathBuf};

use super::{Found, Missing, found, host_file, pick};
use crate::check::Context;
use crate::compose::{Project, Service};
use crate::document::{Node, Value};
use crate::fact::{Cause, Unknown, engine};
use crate::finding::Site;
use crate::gatefile::Pick;
use crate::inference::dockerfile::Recipe;
use crate::place::Origin;
use crate::word::Word;

/// A variable: of the model, else of the image, which a Dockerfile describes or the engine has. `fallback`: there is
/// another place to look, so that an image that cannot be seen counts as silent.
pub(super) async fn env(context: &Context, service: &str, name: &str, fallback: bool) -> Result<Found, Missing> {
    let project = context.project()?;
    let Some(service) = project.service(service) else { return Err(gone(service)) };
    if let Some(node) = service.env(name) {
        // Without a value it is taken from whoever runs compose, who has none.
        let site = node.place().or(service.place()).map(Site::from);
        let absent = || {
            let message = format!("{name} has no value in service {}", service.name);
            Missing::absent(message, site.unwrap_or_else(|| Site::Thing(service.name.to_owned())))
        };
        return found(node).ok_or_else(absent);
    }
    let absent = || {
        let message = format!("{name} is not set in service {}", service.name);
        let site = service.place().map_or_else(|| Site::Thing(service.name.to_owned()), Site::from);
        Missing::absent(message, site)
    };
    if let Some(build) = service.get("build") {
        let Some(word) = built(context, build, name).await? else { return Err(absent()) };
        let Some(place) = word.place().as_ref().or(build.place()).cloned() else { return Err(absent()) };
        let Some(text) = word.text() else {
            let why = format!("{name} is set at {place}, from what the build is told");
            return Err(Unknown::new(Cause::Unsupported, why).into());
        };
        let (value, origin) = (Value::String(text.clone()), Some(Origin::Said(place.clone())));
        return Ok(Found { text, value, site: Site::from(place), origin });
    }
    let Some(reference) = service.text("image") else { return Err(absent()) };
    match context.ask(engine::Image { reference: reference.to_owned() }).await {
        Ok(image) => match image.env.iter().rev().find(|(key, _)| key == name) {
            Some((_, text)) => {
                let value = Value::String(text.clone());
                let site = Site::Thing(format!("environment of image {reference}"));
                Ok(Found { text: text.clone(), value, site, origin: None })
            }
            None => Err(absent()),
        },
        Err(_) if fallback => Err(absent()),
        Err(_) => Err(Missing::Elsewhere(format!(
            "service {} does not set {name}, and image {reference}, which may, is not here",
            service.name
        ))),
    }
}

/// What the Dockerfile sets. One that is not on this host, or is not there, sets nothing that could be seen.
async fn built(context: &Context, build: &Node, name: &str) -> Result<Option<Word>, Missing> {
    let Some(recipe) = Recipe::of(build) else { return Ok(None) };
    let source = match &recipe {
        Recipe::Inline(..) => recipe.source(context).await?,
        Recipe::File(path) => match host_file(context, path).await {
            Err(Missing::Absent(_)) => return Ok(None),
            other => other?,
        },
    };
    Ok(recipe.stage(build, &source).and_then(|mut stage| stage.environment.remove(name)))
}

/// A file as the container sees it, where a mount, secret or config brings it from this host.
pub(super) async fn in_service(context: &Context, service: &str, file: &str, pick: &Pick) -> Result<Found, Missing> {
    let project = context.project()?;
    let Some(service) = project.service(service) else { return Err(gone(service)) };
    match holder(&project, service, file) {
        Holder::Host(path) => pick::pick(&host_file(context, &path).await?, pick),
        Holder::Inline(node) => match (node.as_str(), node.place()) {
            (Some(text), Some(place)) => super::pick_from(&place.to_string(), file, text, pick),
            _ => Err(Missing::Elsewhere(format!("{file} has no text in the compose file"))),
        },
        Holder::Volume(volume) => Err(Missing::Elsewhere(format!(
            "{file} lies in volume {volume} of service {}: what it holds is for the running layer to say",
            service.name
        ))),
        Holder::Memory => Err(Missing::Elsewhere(format!("{file} lies in a mount in memory of {}", service.name))),
        Holder::Image => Err(Missing::Elsewhere(format!(
            "{file} is not mounted into service {}: what its image holds is for the running layer to say",
            service.name
        ))),
    }
}

/// A file in a volume that stands for a directory of this host.
pub(super) async fn in_volume(context: &Context, volume: &str, file: &str, pick: &Pick) -> Result<Found, Missing> {
    let project = context.project()?;
    match bound(&project, volume) {
        Some(directory) => pick::pick(&host_file(context, &below(&directory, file)).await?, pick),
        None => Err(Missing::Elsewhere(format!("what volume {volume} holds is for the running layer to say"))),
    }
}

/// What a path in a container leads to.
enum Holder<'a> {
    Host(PathBuf),
    Inline(&'a Node),
    Volume(String),
    Memory,
    Image,
}

fn holder<'a>(project: &'a Project, service: Service<'a>, file: &str) -> Holder<'a> {
    let file = Path::new(file);
    // The deepest mount over the path is the one that shows.
    let mounts = service.mounts().filter_map(|mount| Some((mount, file.strip_prefix(mount.target).ok()?)));
    let mount = mounts.max_by_key(|(mount, _)| Path::new(mount.target).components().count());
    let granted = granted(project, service, file);
    match (mount, granted) {
        (_, Some(granted)) => granted,
        (None, None) => Holder::Image,
        (Some((mount, rest)), None) => match (mount.kind, mount.source) {
            ("bind", Some(source)) => Holder::Host(joined(Path::new(source), rest)),
            ("volume", Some(source)) => match bound(project, source) {
                Some(directory) => Holder::Host(joined(&directory, rest)),
                None => Holder::Volume(source.to_owned()),
            },
            ("tmpfs", _) => Holder::Memory,
            ("image", _) => Holder::Image,
            _ => Holder::Volume("without a name".to_owned()),
        },
    }
}

/// A secret or config that a service is granted under a path.
fn granted<'a>(project: &'a Project, service: Service<'a>, file: &Path) -> Option<Holder<'a>> {
    [("secrets", "/run/secrets"), ("configs", "/")].into_iter().find_map(|(section, directory)| {
        let grants = service.get(section).into_iter().flat_map(Node::items);
        let grant = grants.into_iter().find(|grant| {
            let text = |key: &str| grant.get(key).and_then(Node::as_str);
            let source = grant.as_str().or(text("source")).unwrap_or_default();
            Path::new(directory).join(text("target").unwrap_or(source)) == file
        })?;
        let source = grant.as_str().or_else(|| grant.get("source")?.as_str())?;
        let (_, entry) = project.section(section).find(|(name, _)| *name == source)?;
        if let Some(path) = entry.node.get("file").and_then(Node::as_str) {
            return Some(Holder::Host(project.directory.join(path)));
        }
        entry.node.get("content").map(Holder::Inline)
    })
}

/// The directory of this host that a volume of the local driver stands for.
fn bound(project: &Project, volume: &str) -> Option<PathBuf> {
    let (_, entry) = project.section("volumes").find(|(name, _)| *name == volume)?;
    let option = |key: &str| entry.node.get("driver_opts")?.get(key)?.as_str();
    let binds = option("o")?.split(',').any(|flag| matches!(flag.trim(), "bind" | "rbind"));
    option("device").filter(|device| binds && device.starts_with('/')).map(PathBuf::from)
}

/// A path in a volume, which may be written from its root on.
fn below(directory: &Path, file: &str) -> PathBuf {
    joined(directory, Path::new(file.trim_start_matches('/')))
}

/// Joined, but without a `/` at the end where nothing is added: a file may be mounted, too.
fn joined(path: &Path, rest: &Path) -> PathBuf {
    if rest.as_os_str().is_empty() { path.to_owned() } else { path.join(rest) }
}

fn gone(service: &str) -> Missing {
    Missing::Elsewhere(format!("service {service} is not in the project"))
}
