//! Where in the files a part of a value was said: the digits of a port in a URL that was put together.

use std::ops::Range;

use crate::document::Node;
use crate::place::{Origin, Place};

/// The places that an origin is made of, the most telling one first.
pub fn leaves(origin: &Origin) -> Vec<&Place> {
    match origin {
        Origin::Said(place) => vec![place],
        Origin::Derived { from, .. } => from.iter().flat_map(leaves).collect(),
        Origin::Environment(_) => Vec::new(),
    }
}

/// Where the part of a node's text at a range of bytes was said: the narrowest place that holds it as it is, else
/// the node's.
pub fn part(node: &Node, text: &str, range: Range<usize>) -> Option<Place> {
    let wanted = text.get(range.clone())?;
    let places = leaves(&node.origin);
    // The whole value stands there, in quotes perhaps.
    for place in &places {
        let raw = place.text();
        if let Some(start) = raw.find(text).filter(|_| text.len() > wanted.len()) {
            return Some(place.part(start + range.start, start + range.end));
        }
    }
    // It was put together: a variable's value that is just this, then a text that holds it with its surroundings.
    if let Some(place) = places.iter().find_map(|place| whole(place, wanted)) {
        return Some(place);
    }
    let before = text.get(..range.start).unwrap_or_default();
    let context: String = before.chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect();
    (places.iter().filter(|_| !context.is_empty()).find_map(|place| {
        let start = place.text().find(&format!("{context}{wanted}"))? + context.len();
        Some(place.part(start, start + wanted.len()))
    }))
    .or_else(|| places.iter().find_map(|place| tokens(place, wanted).next()))
    .or_else(|| node.place().cloned())
}

/// The place, without quotes, if it says just this; or the default of `${NAME:-this}`.
fn whole(place: &Place, wanted: &str) -> Option<Place> {
    let raw = place.text();
    let bare = raw.trim().trim_matches(['"', '\'']);
    let start = raw.find(wanted)?;
    let default = raw.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let default = default.and_then(|rest| rest.split_once('-')).is_some_and(|(_, default)| default == wanted);
    if bare == wanted {
        Some(place.part(start, start + wanted.len()))
    } else if default {
        let start = raw.rfind(wanted)?;
        Some(place.part(start, start + wanted.len()))
    } else {
        None
    }
}

/// Where the port in the container is said in an entry of `ports`: the last one in `80:80`.
pub fn target(node: &Node, port: u16) -> Option<Place> {
    let wanted = port.to_string();
    let places = leaves(&node.origin);
    (places.iter().find_map(|place| whole(place, &wanted)))
        .or_else(|| places.iter().find_map(|place| tokens(place, &wanted).last()))
        .or_else(|| node.place().cloned())
}

/// The places of a text in a place where it is not part of a longer number or name.
fn tokens(place: &Place, wanted: &str) -> impl Iterator<Item = Place> {
    let raw = place.text();
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    raw.match_indices(wanted).filter_map(move |(start, _)| {
        let (before, behind) = (raw.get(..start)?, raw.get(start + wanted.len()..)?);
        let free = !inside(before.chars().next_back()) && !inside(behind.chars().next());
        free.then(|| place.part(start, start + wanted.len()))
    })
}
