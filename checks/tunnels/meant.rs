//! Which service a tunnel is meant to lead to, and how sure that is.

use gonogo::compose::Project;
use gonogo::inference::exposed::Exposed;
use gonogo::inference::image::{short_name, variable_words};
use gonogo::word::name_words;

use super::found::Tunnel;

/// The service that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meant {
    pub(super) service: String,
    pub(super) sure: Sure,
}

/// How sure it is who is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    /// It is the only one, or the file's name fits.
    Vague,
    /// Its ports fit: the one in the container, the local one, one nearby.
    Likely,
    /// Somebody said so, by a name.
    Said,
}

/// Words that say nothing about who is meant.
const GENERIC: [&str; 26] = [
    "remote", "local", "port", "tunnel", "tunnels", "host", "ssh", "target", "dest", "src", "service", "forward",
    "fwd", "server", "listen", "bind", "to", "from", "the", "for", "sh", "lab", "prod", "dev", "app", "name",
];

/// Finds it: by the gate file, the names of variables, a comment, the file's name; by the ports.
pub(super) fn meant(project: &Project, exposed: &[Exposed], tunnel: &Tunnel) -> Option<Meant> {
    let said = |service: String| Some(Meant { service, sure: Sure::Said });
    if let Some(service) = tunnel.declared.as_ref().and_then(|declared| declared.service.clone()) {
        return said(service);
    }
    let forward = &tunnel.forward;
    let mut words = forward.port.as_ref().map(variable_words).unwrap_or_default();
    if let Some(service) = named(project, &words) {
        return said(service);
    }
    words = variable_words(&forward.listen);
    if let Some(service) = named(project, &words) {
        return said(service);
    }
    let digits = forward.port.as_ref().and_then(|port| port.place());
    let comment = [digits.as_ref(), forward.place.as_ref()].into_iter().flatten().find_map(comment_at);
    if let Some(service) = comment.and_then(|comment| named(project, &name_words(&comment))) {
        return said(service);
    }
    let likely = |service: &str| Some(Meant { service: service.to_owned(), sure: Sure::Likely });
    let port = forward.target_port()?;
    // The port in the container, where the host has it under another.
    if let Some(service) = single(exposed.iter().filter(|one| one.target == Some(port))) {
        return likely(service);
    }
    let local = forward.listen_port();
    if let Some(service) = single(exposed.iter().filter(|one| local.is_some_and(|local| one.is_on(local)))) {
        return likely(service);
    }
    let near = exposed.iter().filter(|one| one.first.abs_diff(port) <= 10);
    if let Some(service) = single(near) {
        return likely(service);
    }
    let file = tunnel.file.name().rsplit('/').next().unwrap_or_default();
    let vague = |service: String| Meant { service, sure: Sure::Vague };
    named(project, &name_words(file)).or_else(|| Some(single(exposed.iter())?.to_owned())).map(vague)
}

/// The one service that words name best.
fn named(project: &Project, words: &[String]) -> Option<String> {
    let mut best: Vec<(usize, &str)> = Vec::new();
    for service in project.services() {
        let mut own = name_words(service.name);
        own.extend(service.text("container_name").map(name_words).unwrap_or_default());
        own.extend(service.text("image").map(|image| name_words(short_name(image))).unwrap_or_default());
        let whole = service.name.to_ascii_lowercase();
        let told = |word: &&String| !GENERIC.contains(&word.as_str()) && (own.contains(word) || **word == whole);
        best.push((words.iter().filter(told).count(), service.name));
    }
    let most = best.iter().map(|(score, _)| *score).max().filter(|most| *most > 0)?;
    let mut winners = best.into_iter().filter(|(score, _)| *score == most);
    let winner = winners.next()?;
    winners.next().is_none().then(|| winner.1.to_owned())
}

/// The comment on the line of a place, or the one above it.
fn comment_at(place: &gonogo::place::Place) -> Option<String> {
    let line = place.start().line;
    let source = place.source();
    let own = source.line(line);
    if let Some((_, comment)) = own.text().split_once(" #") {
        return Some(comment.to_owned());
    }
    let above = source.line(line.checked_sub(1).filter(|line| *line > 0)?);
    above.text().trim_start().strip_prefix('#').filter(|rest| !rest.starts_with('!')).map(str::to_owned)
}

/// The only service among these.
fn single<'a>(mut exposed: impl Iterator<Item = &'a Exposed>) -> Option<&'a str> {
    let first = exposed.next()?.service.as_str();
    exposed.all(|other| other.service == first).then_some(first)
}
