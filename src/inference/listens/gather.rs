//! Gathers, service by service, all that says what it listens on.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::super::config::{Config, configs, lines};
use super::super::dockerfile::{Recipe, Stage};
use super::super::endpoint::endpoints;
use super::super::image::{Known, known_image, short_name};
use super::super::said;
use super::arguments::{self, Text, tokens};
use super::environment::{self, Around, Variable, of_node};
use super::{Listening, Listens, Strength, server};
use crate::check::{Context, Stage as Gate};
use crate::compose::{Project, Service};
use crate::document::Node;
use crate::fact::engine;
use crate::place::{Origin, Place};
use crate::word::name_words;

/// What was gathered about a project.
#[derive(Debug, Default)]
pub struct Evidence {
    /// What each service listens on.
    pub listens: Listens,
    /// The configuration files that each service reads.
    pub configs: BTreeMap<String, Vec<Config>>,
    /// The Dockerfile's stage that each service is built from.
    pub stages: BTreeMap<String, Stage>,
}

/// Gathers what each service of the project listens on.
pub async fn evidence(cx: &Context, project: &Project) -> Arc<Evidence> {
    let mut evidence = Evidence::default();
    let shared = shared(project);
    for service in project.services() {
        let others = project.services().filter(|other| other.name != service.name);
        let foreign: Vec<_> = others.flat_map(|other| name_words(other.name)).collect();
        let stage = stage(cx, service).await;
        let files = configs(cx, project, service, stage.as_ref()).await;
        let mut listening = declared(service, stage.as_ref(), &files, &Others { shared: &shared, foreign: &foreign });
        if cx.stage() >= Gate::Restart && !listening.built {
            exposed_by_image(cx, service, &mut listening).await;
        }
        evidence.listens.insert(service.name.to_owned(), listening);
        evidence.configs.insert(service.name.to_owned(), files);
        evidence.stages.extend(stage.map(|stage| (service.name.to_owned(), stage)));
    }
    Arc::new(evidence)
}

/// The stage of the Dockerfile that a service is built from, if it can be read.
async fn stage(cx: &Context, service: Service<'_>) -> Option<Stage> {
    let build = service.get("build")?;
    let recipe = Recipe::of(build)?;
    let source = recipe.source(cx).await.ok()?;
    recipe.stage(build, &source)
}

/// What the other services of the project have to do with one.
struct Others<'a> {
    /// The places of values that several services have in their environments.
    shared: &'a HashSet<String>,
    /// The words of their names.
    foreign: &'a [String],
}

/// The places of values that more than one service has in its environment: of an env file, or behind an anchor.
fn shared(project: &Project) -> HashSet<String> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut shared = HashSet::new();
    for service in project.services() {
        for place in service.environment().filter_map(|(_, node)| node.place()).map(ToString::to_string) {
            match seen.get(&place) {
                Some(other) if *other != service.name => {
                    shared.insert(place);
                }
                _ => {
                    seen.insert(place, service.name);
                }
            }
        }
    }
    shared
}

fn declared(service: Service<'_>, stage: Option<&Stage>, files: &[Config], others: &Others<'_>) -> Listening {
    let mut found = Listening { built: service.get("build").is_some(), ..Listening::default() };
    let reference = service.text("image").unwrap_or_default();
    let base = stage.and_then(|stage| stage.base.as_deref());
    let image = if found.built { base.unwrap_or_default() } else { reference };
    let known = known_image(image);
    let mut own = name_words(service.name);
    own.extend(name_words(short_name(reference)));
    own.extend(service.text("container_name").map(name_words).unwrap_or_default());

    // A program of its own, put into a well-known image, obeys whatever variables it likes.
    let replaced = stage.is_some_and(|stage| !stage.command.is_empty() || !stage.entrypoint.is_empty());
    told_by_variables(service, stage, known.filter(|_| !replaced), &own, others, &mut found);
    told_by_arguments(service, stage, &own, &mut found);
    told_by_configs(files, &mut found);
    usual(service, stage, known, replaced, files, &mut found);
    claimed(service, &mut found);
    found
}

fn told_by_variables(
    service: Service<'_>,
    stage: Option<&Stage>,
    known: Option<&'static Known>,
    own: &[String],
    others: &Others<'_>,
    found: &mut Listening,
) {
    let names: Vec<_> = service.environment().map(|(name, _)| name.to_owned()).collect();
    let targets: Vec<_> = service.ports().map(|port| port.target).collect();
    let published = service.ports().filter_map(|port| port.published?.parse().ok());
    let published: Vec<u16> = published.filter(|port| !targets.contains(port)).collect();
    let around = Around { own, names: &names, foreign: others.foreign, known, published: &published };
    for (name, node) in service.environment() {
        let (value, place) = of_node(node);
        let shared = node.place().is_some_and(|place| others.shared.contains(&place.to_string()));
        environment::read(&Variable { name, value, shared, place: &place }, &around, found);
    }
    for (name, word) in stage.into_iter().flat_map(|stage| &stage.environment) {
        // The project's own value counts more.
        if let (false, Some(value)) = (names.contains(name), word.text()) {
            let place = |range: std::ops::Range<usize>| word.slice(range).place();
            environment::read(&Variable { name, value, shared: false, place: &place }, &around, found);
        }
    }
}

fn told_by_arguments(service: Service<'_>, stage: Option<&Stage>, own: &[String], found: &mut Listening) {
    let lookup = |name: &str| -> Option<(String, Option<Place>)> {
        if let Some(node) = service.env(name) {
            let text = node.scalar()?;
            let place = said::part(node, &text, 0..text.len());
            return Some((text, place));
        }
        let word = stage?.environment.get(name)?;
        Some((word.text()?, word.place()))
    };
    let words = arguments_of(service, stage);
    let words = tokens(words);
    arguments::read(&words, own, &lookup, found);
    server::defaults(&words, found);
}

/// What a service runs: its own entrypoint and command, else the image's. An entrypoint of its own resets the image's
/// command.
fn arguments_of<'a>(service: Service<'a>, stage: Option<&'a Stage>) -> Vec<Text<'a>> {
    let items = |key: &str| -> Option<Vec<Text<'a>>> {
        let node = service.get(key).filter(|node| !node.is_null())?;
        Some(match node.as_seq() {
            Some(items) => items.iter().map(Text::Node).collect(),
            None => vec![Text::Node(node)],
        })
    };
    let (entrypoint, command) = (items("entrypoint"), items("command"));
    let own_entrypoint = entrypoint.is_some();
    let mut words =
        entrypoint.or_else(|| Some(stage?.entrypoint.iter().map(Text::Word).collect())).unwrap_or_default();
    let image = || Some(stage.filter(|_| !own_entrypoint)?.command.iter().map(Text::Word).collect());
    words.extend(command.or_else(image).unwrap_or_default());
    words
}

/// nginx's `listen`, in configuration that is mounted or copied to where nginx reads it.
fn told_by_configs(files: &[Config], found: &mut Listening) {
    for file in files.iter().filter(|file| file.target.contains("nginx")) {
        for (start, line) in lines(&file.source) {
            let mut at = start;
            for statement in line.split_inclusive([';', '{', '}']) {
                listens(file, at, statement, found);
                at += statement.len();
            }
        }
    }
}

/// One statement of nginx, if it is `listen [ADDRESS:]PORT …;`.
fn listens(file: &Config, start: usize, statement: &str, found: &mut Listening) {
    let mut words = statement.split([' ', '\t', ';']).filter(|word| !word.trim().is_empty());
    let (Some("listen"), Some(value)) = (words.next(), words.next()) else { return };
    let digits = value.rsplit(':').next().unwrap_or_default();
    let Ok(port) = digits.parse::<u16>() else { return };
    let strength = if words.any(|word| word == "ssl") { Strength::Also } else { Strength::Told };
    let end = start + statement.find(value).unwrap_or(0) + value.len();
    found.add(port, strength, "listen", Some(file.source.place(end - digits.len(), end)));
}

/// What its image does unless it is told otherwise.
fn usual(
    service: Service<'_>,
    stage: Option<&Stage>,
    known: Option<&'static Known>,
    replaced: bool,
    files: &[Config],
    found: &mut Listening,
) {
    let told = found.tcp().any(|listen| listen.strength >= Strength::Told);
    if !told {
        for exposed in stage.into_iter().flat_map(|stage| &stage.exposed).filter(|exposed| exposed.protocol == "tcp")
        {
            found.add(exposed.port, Strength::Usual, "EXPOSE", exposed.place.clone());
        }
    }
    let Some(known) = known.filter(|_| !replaced) else { return };
    let by = format!("image {}", known.name);
    let place = service.get("image").and_then(Node::place).cloned();
    if !told {
        known.main.iter().for_each(|port| found.add(*port, Strength::Usual, &by, place.clone()));
    }
    known.more.iter().for_each(|port| found.add(*port, Strength::Possible, &by, place.clone()));
    // Options and files that were not understood may have moved it.
    let moves = |token: &arguments::Token<'_>| {
        let text = token.text.to_ascii_lowercase();
        ["port", "listen", "conf", "entrypoint"].iter().any(|word| text.contains(word))
    };
    let commanded = tokens(arguments_of(service, None)).iter().any(moves);
    let mounted = service.mounts().any(|mount| mount.kind == "bind" && configures(mount.target));
    let configured = mounted || !files.is_empty() || service.get("configs").is_some() || found.built;
    found.known_image = !configured && (!commanded || told);
}

/// Whether a mount may change where a server listens: a file, or a directory of configuration.
fn configures(target: &str) -> bool {
    let last = target.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let sql = ["sql", "sh", "gz", "crt", "pem", "key", "html", "js", "css", "sock"];
    let harmless = last.rsplit_once('.').is_some_and(|(_, kind)| sql.contains(&kind));
    let data = [
        "/docker-entrypoint-initdb.d",
        "/usr/share/nginx/html",
        "/var/lib",
        "/data",
        "/etc/localtime",
        "/etc/timezone",
    ];
    let file = last.contains('.');
    !harmless
        && !data.iter().any(|data| target.starts_with(data))
        && (file || target.contains("/etc") || target.contains("conf"))
}

/// What others expect of it, and what it asks itself.
fn claimed(service: Service<'_>, found: &mut Listening) {
    for port in service.ports() {
        let place = port.node.get("target").and_then(|node| said::target(node, port.target));
        let place = place.or_else(|| port.node.place().cloned());
        let listen = super::Listen {
            port: port.target,
            protocol: port.protocol.to_owned(),
            strength: Strength::Claimed,
            by_image: false,
            by: "ports".to_owned(),
            place,
        };
        found.listens.push(listen);
    }
    for node in service.get("expose").into_iter().flat_map(Node::items) {
        let text = node.scalar().unwrap_or_default();
        let (ports, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        if let (Ok(first), Ok(last), "tcp") = (first.parse::<u16>(), last.parse::<u16>(), protocol) {
            let place = said::part(node, &text, 0..ports.len());
            (first..=last).take(100).for_each(|port| found.add(port, Strength::Claimed, "expose", place.clone()));
        }
    }
    let own_names = [Some(service.name), service.text("container_name"), service.text("hostname")];
    for (name, node) in service.environment() {
        let text = node.scalar().unwrap_or_default();
        for endpoint in endpoints(&text) {
            let own = own_names.iter().flatten().any(|own| own.eq_ignore_ascii_case(&endpoint.host));
            if let Some(port) = endpoint.effective_port().filter(|_| own) {
                found.add(port, Strength::Mentioned, name, said::part(node, &text, endpoint.decisive()));
            }
        }
    }
}

/// What the engine's image exposes, for an image that we know nothing of.
async fn exposed_by_image(cx: &Context, service: Service<'_>, found: &mut Listening) {
    let (Some(reference), false) =
        (service.text("image"), found.tcp().any(|listen| listen.strength >= Strength::Usual))
    else {
        return;
    };
    let Ok(image) = cx.ask(engine::Image { reference: reference.to_owned() }).await else { return };
    for exposed in &image.exposed {
        let (port, protocol) = exposed.split_once('/').unwrap_or((exposed, "tcp"));
        if let (Ok(port), "tcp") = (port.parse(), protocol) {
            let place = service.get("image").map(|node| &node.origin).and_then(Origin::place).cloned();
            found.add(port, Strength::Usual, "the image's EXPOSE", place);
        }
    }
}
