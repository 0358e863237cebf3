//! A part of a text: by a pointer or key, by a regular expression.

use std::sync::Arc;

use regex::Regex;

use super::{Found, Missing, found};
use crate::document::format::{self, Format};
use crate::document::{Malformed, Node, Value, env};
use crate::fact::{Cause, Unknown};
use crate::finding::Site;
use crate::gatefile::Pick;
use crate::place::{Origin, Source};
use crate::suggest::nearest;

/// The part of a text that is meant.
///
/// # Errors
/// [`Missing`] if it is not there, or the text cannot be decoded.
pub(super) fn pick(source: &Arc<Source>, pick: &Pick) -> Result<Found, Missing> {
    match pick {
        Pick::Match(pattern) => matched(source, pattern),
        Pick::At(at) => located(source, at),
    }
}

fn matched(source: &Arc<Source>, pattern: &Regex) -> Result<Found, Missing> {
    let group = pattern.captures(source.text()).and_then(|captures| captures.get(1));
    let Some(group) = group else {
        let message = format!("/{pattern}/ matches nothing in {}", source.name());
        return Err(Missing::absent(message, source.place(0, 0)));
    };
    let place = source.place(group.start(), group.end());
    let text = group.as_str().to_owned();
    let (value, origin) = (Value::String(text.clone()), Some(Origin::Said(place.clone())));
    Ok(Found { text, value, site: Site::from(place), origin })
}

fn located(source: &Arc<Source>, at: &str) -> Result<Found, Missing> {
    let format = format::of_name(source.name()).unwrap_or_else(|| guess(source, at));
    let unreadable = |malformed: Malformed| {
        Missing::Unknown(Unknown::failed(format!("{}: {}", malformed.place, malformed.message)))
    };
    let root = match format {
        Format::Env => {
            let variables = env::read(source).map_err(unreadable)?;
            if variables.open.iter().any(|name| name == at.trim_start_matches('/')) {
                let why = format!("{at} in {} refers to a variable: who reads the file resolves it", source.name());
                return Err(Unknown::new(Cause::Unsupported, why).into());
            }
            variables.node
        }
        format => format.read(source).map_err(unreadable)?,
    };
    let node = if at.starts_with('/') { root.pointer(at) } else { keyed(&root, at) };
    match node {
        Some(node) if node.is_null() => {
            let message = format!("{at} in {} is null", source.name());
            Err(Missing::absent(message, node.place().map_or_else(|| source.place(0, 0), Clone::clone)))
        }
        Some(node) => found(node).ok_or_else(|| {
            let what = if node.as_map().is_some() { "a mapping" } else { "a list" };
            Unknown::failed(format!("{at} in {} is {what}, not a value", source.name())).into()
        }),
        None => Err(absent(source, &root, at)),
    }
}

/// A key at the top, else in the only section that has it.
fn keyed<'a>(root: &'a Node, key: &str) -> Option<&'a Node> {
    root.get(key).or_else(|| {
        let mut sections = root.entries().filter_map(|(_, section)| section.node.get(key));
        sections.next().filter(|_| sections.next().is_none())
    })
}

/// Says where the path ends that leads to what is not there, and what key it may have meant.
fn absent(source: &Arc<Source>, root: &Node, at: &str) -> Missing {
    let steps: Vec<_> =
        at.trim_start_matches('/').split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let (mut parent, mut place) = (root, None);
    let mut missing = at;
    for step in &steps {
        let entry = parent.as_map().and_then(|map| map.get(step));
        let child = entry
            .map(|entry| &entry.node)
            .or_else(|| step.parse().ok().and_then(|index: usize| parent.as_seq()?.get(index)));
        let Some(child) = child else {
            missing = step;
            break;
        };
        place = entry.and_then(|entry| entry.key.place()).or_else(|| child.place());
        parent = child;
    }
    let near = nearest(missing, parent.entries().map(|(key, _)| key));
    let place = near.and_then(|near| parent.as_map()?.get(near)?.key.place()).or(place);
    let site = place.map_or_else(|| source.place(0, 0), Clone::clone);
    let mut missing = Missing::absent(format!("{at} is not in {}", source.name()), site);
    if let (Missing::Absent(said), Some(near)) = (&mut missing, near) {
        said.help = format!("did you mean `{near}`?");
    }
    missing
}

/// The format of a text whose name does not say it.
fn guess(source: &Arc<Source>, at: &str) -> Format {
    let decodes = |format: &Format| {
        format
            .read(source)
            .is_ok_and(|root| root.as_map().is_some_and(|map| !map.is_empty()) || root.as_seq().is_some())
    };
    let text = source.text().trim_start();
    let order: &[Format] = if text.starts_with(['{', '[']) && decodes(&Format::Json) {
        &[Format::Json]
    } else if at.starts_with('/') {
        &[Format::Toml, Format::Yaml, Format::Ini]
    } else {
        &[Format::Env, Format::Ini, Format::Toml, Format::Yaml]
    };
    order.iter().find(|format| decodes(format)).copied().unwrap_or(Format::Yaml)
}
