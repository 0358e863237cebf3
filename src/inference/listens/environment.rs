//! Ports among a service's variables: `PORT`, `LISTEN_ADDR`, `GUI_PORT` of the service `gui`.

use super::super::endpoint::endpoints;
use super::super::image::Known;
use super::super::said;
use super::arguments::{OTHERS, weight};
use super::{Listening, Strength};
use crate::document::Node;
use crate::place::Place;
use crate::word::name_words;

/// What a variable says: its name, its value, and where a part of the value was said.
pub(super) struct Variable<'a> {
    pub(super) name: &'a str,
    pub(super) value: String,
    /// Whether it is said once for several services.
    pub(super) shared: bool,
    pub(super) place: &'a dyn Fn(std::ops::Range<usize>) -> Option<Place>,
}

/// What is around a variable.
pub(super) struct Around<'a> {
    /// The words of the service's and its image's names.
    pub(super) own: &'a [String],
    /// The names of the other variables.
    pub(super) names: &'a [String],
    /// The words of other services' names.
    pub(super) foreign: &'a [String],
    /// The image, if it is well known: then only its own variables move its main port.
    pub(super) known: Option<&'static Known>,
    /// The host ports of `ports` that are not targets, too: a variable with such a value is likely the published one.
    pub(super) published: &'a [u16],
}

/// Reads what a variable tells the server to listen on.
pub(super) fn read(variable: &Variable<'_>, around: &Around<'_>, found: &mut Listening) {
    let Variable { name, value, shared, place } = variable;
    let text = value.trim();
    let offset = value.find(text).unwrap_or(0);
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let (Some(known), Ok(port)) = (around.known, text.parse())
        && known.variables.contains(name)
    {
        found.add(port, Strength::Told, *name, place(offset..offset + text.len()));
        return;
    }
    if !digits {
        // An address to listen on says so itself, whatever the variable is called.
        for endpoint in endpoints(value).into_iter().filter(|endpoint| endpoint.is_wildcard()) {
            let tls = endpoint.scheme.as_deref() == Some("https");
            let strength = if tls || *shared { Strength::Also } else { Strength::Told };
            if let Some(port) = endpoint.effective_port() {
                found.add(port, strength, *name, place(endpoint.decisive()));
            }
        }
        return;
    }
    let Ok(port) = text.parse::<u16>() else { return };
    let words = name_words(name);
    let exact = words.len() == 1 && words.first().is_some_and(|word| word == "port");
    let Some(mut strength) = weight(&words, around.own).filter(|_| port != 0) else { return };
    // `API_PORT` beside `API_HOST` is where the API is called.
    let stem = name.strip_suffix("PORT").or_else(|| name.strip_suffix("port")).unwrap_or(name);
    let paired = !exact
        && ["HOST", "HOSTNAME", "ADDR", "ADDRESS", "SERVER"]
            .iter()
            .any(|partner| around.names.iter().any(|other| other.eq_ignore_ascii_case(&format!("{stem}{partner}"))));
    if paired || !exact && around.published.contains(&port) {
        return;
    }
    let of_another = |word: &String| around.foreign.contains(word) && !around.own.contains(word);
    if !exact && words.iter().any(of_another) {
        return;
    }
    if words.iter().any(|word| OTHERS.contains(&word.as_str()) && !around.own.contains(word)) {
        return;
    }
    if !exact && strength == Strength::Also && words.len() < 2 {
        strength = Strength::Mentioned;
    }
    // One `PORT` for several services, and one that a well-known server does not know, moves nobody for sure.
    let named = words.iter().any(|word| around.own.contains(word));
    if *shared && !named || around.known.is_some() {
        strength = strength.min(Strength::Also);
    }
    found.add(port, strength, *name, place(offset..offset + text.len()));
}

/// The variable of the project's model.
pub(super) fn of_node(node: &Node) -> (String, impl Fn(std::ops::Range<usize>) -> Option<Place> + '_) {
    let value = node.scalar().unwrap_or_default();
    let text = value.clone();
    (value, move |range| said::part(node, &text, range))
}
