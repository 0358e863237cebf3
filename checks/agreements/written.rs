//! The secrets that are written down for a service, flawed or not.

use std::collections::BTreeSet;

use gonogo::check::Context;
use gonogo::compose::{Project, Service};
use gonogo::document::Node;
use gonogo::finding::Site;
use gonogo::inference::said::leaves;
use gonogo::place::{Origin, Place};
use gonogo::secret::is_sensitive_name;

use super::names::agree;

/// A secret that is written down somewhere.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) subject: String,
    pub(super) service: String,
    pub(super) name: String,
    pub(super) value: String,
    /// Where the value is said: in an env file, where the compose file only refers to it.
    pub(super) site: Site,
    /// Where the compose file refers to it.
    pub(super) through: Vec<Site>,
    pub(super) file: bool,
}

/// Whether two services that talk to each other were each given a value for one secret. One line of an env file that
/// both happen to get says nothing.
pub(super) fn share(one: &Written, other: &Written, links: &BTreeSet<(String, String)>) -> bool {
    let pair = |a: &Written, b: &Written| links.contains(&(a.service.clone(), b.service.clone()));
    one.through != other.through
        && (pair(one, other) || pair(other, one))
        && agree(&one.name, &other.name, [&one.service, &other.service]).is_some()
}

/// The sensitive variables of a service, but for those whose blank is another rule's finding, or meant.
pub(super) fn environment<'a>(project: &'a Project, service: Service<'a>) -> impl Iterator<Item = Written> + 'a {
    service.environment().filter(|(name, _)| is_sensitive_name(name)).filter_map(move |(name, node)| {
        let value = node.scalar().filter(|_| !node.is_null())?;
        let subject = format!("{}.environment.{name}", service.name);
        let place = node.place()?;
        let unset = (project.notices.iter().filter(|notice| notice.cause == "unset-variable"))
            .filter_map(|notice| notice.origin.as_ref()?.place())
            .any(|unset| overlap(unset, place));
        // `${TOKEN:-}` says that blank is meant.
        let meant = value.is_empty() && place.text().contains("-}");
        (!unset && !meant).then(|| Written {
            subject,
            service: service.name.to_owned(),
            name: name.to_owned(),
            value,
            site: said_at(&node.origin).unwrap_or(place).into(),
            through: vec![place.into()],
            file: false,
        })
    })
}

/// Where a value is said that is nothing but another's: the last place of a chain, such as the line of `.env`.
fn said_at(origin: &Origin) -> Option<&Place> {
    match leaves(origin)[..] {
        [_, said] => Some(said),
        _ => None,
    }
}

fn overlap(one: &Place, other: &Place) -> bool {
    let (a, b) = (one.range(), other.range());
    one.file() == other.file() && a.start < b.end && b.start < a.end
}

/// The secret files of a service.
pub(super) async fn files(cx: &Context, project: &Project, service: Service<'_>) -> Vec<Written> {
    let mut found = Vec::new();
    for item in service.get("secrets").into_iter().flat_map(Node::items) {
        let Some(key) = item.get("source").and_then(Node::as_str) else { continue };
        let secret = project.section("secrets").find(|(name, _)| *name == key).map(|(_, entry)| &entry.node);
        let Some(path) = secret.and_then(|node| node.get("file")).and_then(Node::as_str) else { continue };
        // A file that is missing or cannot be read is other rules' matter; a certificate or key store is no password.
        let Ok(source) = cx.read(path).await else { continue };
        if source.text().trim_end().contains('\n') {
            continue;
        }
        found.push(Written {
            subject: format!("{}.secrets.{key}", service.name),
            service: service.name.to_owned(),
            name: key.to_owned(),
            value: source.text().to_owned(),
            site: source.line(1).into(),
            through: item.place().map(Site::from).into_iter().collect(),
            file: true,
        });
    }
    found
}
