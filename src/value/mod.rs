//! What stands where the gate file names a value: the text, where it was found, or why it was not.
//!
//! The layers stay apart. On the declared one, what the files say: the project's model, files that are mounted from
//! this host, the Dockerfile. On the running one, what the service's container has: its environment, its files. A value
//! that a layer cannot know is [`Missing::Elsewhere`], for which a rule of that layer is skipped, not failed.

mod declared;
mod pick;
mod running;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::check::{Context, Layer};
use crate::document::{Node, Value};
use crate::fact::{Cause, Unknown, file};
use crate::finding::{Finding, Site};
use crate::gatefile::{Holder, Pick, ValueRef, trust};
use crate::outcome::Outcome;
use crate::place::{Origin, Source};
use crate::suggest::nearest;

/// A value that was found.
#[derive(Clone)]
pub struct Found {
    /// The value as text. May be secret.
    pub text: String,
    /// The value with its type: a scalar other than null.
    pub value: Value,
    /// Where it stands: a place in a file of this host, of a container or a volume, or a thing such as
    /// `environment of container lab-gui-1`.
    pub site: Site,
    /// Where it came from, if it stands in a text or in the project's model.
    pub origin: Option<Origin>,
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the value: it may be secret, and Debug ends up in logs.
        write!(f, "Found(at {})", self.site)
    }
}

/// Why there is no value.
#[derive(Debug, Clone)]
pub enum Missing {
    /// What should hold it is there, and does not.
    Absent(Said),
    /// The gate file names a service or volume that the project does not have.
    Misnamed(Said),
    /// This layer cannot know it; the reason.
    Elsewhere(String),
    /// It could not be learned.
    Unknown(Unknown),
}

/// What is to be said about a value that is missing.
#[derive(Debug, Clone)]
pub struct Said {
    /// In one sentence; never a value.
    pub message: String,
    /// Where it was looked for.
    pub site: Site,
    /// What to do about it; may be empty.
    pub help: String,
}

impl From<Unknown> for Missing {
    fn from(unknown: Unknown) -> Self {
        Self::Unknown(unknown)
    }
}

impl Missing {
    fn absent(message: impl Into<String>, site: impl Into<Site>) -> Self {
        Self::Absent(Said { message: message.into(), site: site.into(), help: String::new() })
    }

    /// What it makes of a row that stands on the value: a finding if it is absent or misnamed, else a skip.
    ///
    /// # Errors
    /// [`Unknown`] if it could not be learned.
    pub fn outcome(self, reference: &ValueRef) -> Result<Outcome, Unknown> {
        match self {
            Self::Elsewhere(reason) => Ok(Outcome::Skip(reason)),
            Self::Unknown(unknown) => Err(unknown),
            Self::Absent(said) | Self::Misnamed(said) => {
                let finding = Finding::error(said.message, said.site.clone()).help(said.help);
                Ok(match reference.place().map(Site::from).filter(|named| *named != said.site) {
                    Some(named) => finding.related(named, "it is named here").into(),
                    None => finding.into(),
                })
            }
        }
    }
}

/// Looks a value up on a layer; there is no other on [`Layer::Reachable`] than on the running one.
///
/// # Errors
/// [`Missing`] if there is none, neither under its name nor under its fallback's.
pub async fn resolve(context: &Context, reference: &ValueRef, layer: Layer) -> Result<Found, Missing> {
    let mut missing = match hold(context, reference, layer).await {
        Ok(found) => return Ok(found),
        Err(missing) => missing,
    };
    let mut next = reference.otherwise.as_deref();
    while let Some(reference) = next {
        let Missing::Absent(first) = &missing else { return Err(missing) };
        match hold(context, reference, layer).await {
            Ok(found) => return Ok(found),
            Err(Missing::Absent(then)) => {
                let message = format!("{}; {}", first.message, then.message);
                missing = Missing::Absent(Said { message, ..first.clone() });
            }
            Err(other) => return Err(other),
        }
        next = reference.otherwise.as_deref();
    }
    Err(missing)
}

async fn hold(context: &Context, reference: &ValueRef, layer: Layer) -> Result<Found, Missing> {
    if let Holder::InRepository { file, pick } = &reference.holder {
        return pick::pick(&read(context, file).await?, pick);
    }
    named(context, reference)?;
    let fallback = reference.otherwise.is_some();
    match (&reference.holder, layer) {
        (Holder::Env { service, name }, Layer::Declared) => declared::env(context, service, name, fallback).await,
        (Holder::Env { service, name }, _) => running::env(context, service, name).await,
        (Holder::InService { service, file, pick }, Layer::Declared) => {
            declared::in_service(context, service, file, pick).await
        }
        (Holder::InService { service, file, pick }, _) => running::in_service(context, service, file, pick).await,
        (Holder::InVolume { volume, file, pick }, Layer::Declared) => {
            declared::in_volume(context, volume, file, pick).await
        }
        (Holder::InVolume { volume, file, pick }, _) => running::in_volume(context, volume, file, pick).await,
        (Holder::InRepository { file, pick }, _) => pick::pick(&read(context, file).await?, pick),
    }
}

/// Whether the project has the service or volume that is named.
fn named(context: &Context, reference: &ValueRef) -> Result<(), Missing> {
    let project = context.project()?;
    let unknown = |kind: &str, name: &str, near: Option<&str>| {
        let site = reference.place().map_or_else(|| Site::Thing("the gate file".to_owned()), Site::from);
        let help = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
        Err(Missing::Misnamed(Said { message: format!("the project has no {kind} `{name}`"), site, help }))
    };
    match &reference.holder {
        Holder::Env { service, .. } | Holder::InService { service, .. } => {
            if project.service(service).is_some() {
                return Ok(());
            }
            if project.inactive.iter().any(|(name, _)| name == service) {
                let reason = format!("service {service} belongs to a profile that is not enabled");
                return Err(Missing::Elsewhere(reason));
            }
            unknown("service", service, nearest(service, project.services().map(|service| service.name)))
        }
        Holder::InVolume { volume, .. } => {
            let names = || project.section("volumes").map(|(name, _)| name);
            if names().any(|name| name == volume) {
                Ok(())
            } else {
                unknown("volume", volume, nearest(volume, names()))
            }
        }
        Holder::InRepository { .. } => Ok(()),
    }
}

/// A file that the gate file names, relative to its directory; until it is trusted, of its repository only.
///
/// # Errors
/// [`Missing`] if it is not there, may not be read, or cannot be.
pub async fn read(context: &Context, file: &str) -> Result<Arc<Source>, Missing> {
    let path = match &context.deployment().gate {
        Some(gate) => gate.path(file),
        None => context.deployment().directory.join(file),
    };
    host_file(context, &path).await
}

/// A file of this host, if the gate file may have it read.
async fn host_file(context: &Context, path: &Path) -> Result<Arc<Source>, Missing> {
    let shown = path.display();
    let real = match context.ask(file::Canonical { path: path.to_owned() }).await {
        Ok(real) => real,
        Err(unknown) if unknown.is_absent() => {
            return Err(Missing::absent(format!("{shown} is not there"), Site::Thing(shown.to_string())));
        }
        Err(unknown) => return Err(unknown.into()),
    };
    if context.deployment().gate.as_ref().is_some_and(|gate| !gate.may_read(&real)) {
        let why = format!("{shown} lies outside of the repository, and {}", trust::REASON);
        return Err(Unknown::new(Cause::NotAllowed, why).into());
    }
    Ok(context.read(path).await?)
}

/// A part of a text that was not read from this host's files: of a container's, by the name `docker cp` has for it.
fn pick_from(holder: &str, path: &str, text: &str, pick: &Pick) -> Result<Found, Missing> {
    pick::pick(&Source::new(format!("{holder}:{path}"), None, text), pick)
}

/// The value of a node that is a scalar and not null.
fn found(node: &Node) -> Option<Found> {
    let text = match (&node.value, &node.origin) {
        (Value::Null | Value::Seq(_) | Value::Map(_), _) => return None,
        // As it is written: 1.10 is no 1.1 to whoever reads it as a text.
        (Value::Int(_) | Value::Float(_), Origin::Said(place)) => place.text().to_owned(),
        _ => node.scalar()?,
    };
    let site = match (node.place(), &node.origin) {
        (Some(place), _) => Site::from(place),
        (None, Origin::Environment(name)) => Site::Thing(format!("{name} in the environment")),
        (None, _) => Site::Thing("a default".to_owned()),
    };
    Some(Found { text, value: node.value.clone(), site, origin: Some(node.origin.clone()) })
}

#[cfg(test)]
mod tests;
