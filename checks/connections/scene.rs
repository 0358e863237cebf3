//! What the rules of this check look at: calls, and who is at their other end.

use std::collections::BTreeMap;
use std::sync::Arc;

use gonogo::check::Context;
use gonogo::compose::Project;
use gonogo::document::Node;
use gonogo::fact::Unknown;
use gonogo::finding::Site;
use gonogo::inference::calls::{Call, Caller, Kind, calls};
use gonogo::inference::exposed::{Exposed, exposed, published};
use gonogo::inference::image::short_name;
use gonogo::inference::listens::{Evidence, Listening, evidence};
use gonogo::inference::names::{Names, Namespace, Who};
use gonogo::outcome::Subject;
use gonogo::place::Place;
use gonogo::word::name_words;

/// The project with what was inferred about it.
pub(super) struct Scene {
    pub(super) project: Arc<Project>,
    pub(super) names: Names,
    pub(super) evidence: Arc<Evidence>,
    pub(super) calls: Vec<Call>,
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Route {
    /// From container to container, to one of these services.
    Services(Vec<String>),
    /// To a port of the host, as whoever stands there sees it.
    Host,
    /// To the caller's own network namespace, which is a container's.
    Itself,
    /// By a name that only containers on a network know, from the host's network.
    NameFromHost(String),
    /// By the name of a service that is on the host's network and so on no network with names.
    NameOfHost(String),
    /// Somewhere that the project does not say.
    Outside,
}

impl Scene {
    pub(super) async fn of(cx: &Context) -> Result<Self, Unknown> {
        let project = cx.project()?;
        let evidence = evidence(cx, &project).await;
        let names = Names::of(&project);
        let calls = calls(&project, &evidence);
        Ok(Self { project, names, evidence, calls })
    }

    /// Where a call goes.
    pub(super) fn route(&self, call: &Call) -> Route {
        let caller_on_host = self.names.on_host(&call.service);
        if call.kind == Kind::Proxied {
            return Route::Services(vec![call.service.clone()]);
        }
        match self.names.who(&call.service, &call.endpoint) {
            Who::Itself if caller_on_host => Route::Host,
            Who::Itself => Route::Itself,
            Who::Host => Route::Host,
            Who::Outside => Route::Outside,
            Who::Services(services) => {
                if let Namespace::Foreign | Namespace::None = self.names.namespace(&call.service) {
                    return Route::Outside;
                }
                let Some(first) = services.first().cloned() else { return Route::Outside };
                let foreign = matches!(self.names.namespace(&first), Namespace::Foreign | Namespace::None);
                match (caller_on_host, services.iter().all(|service| self.names.on_host(service))) {
                    _ if foreign => Route::Outside,
                    (true, _) => Route::NameFromHost(first),
                    (false, true) => Route::NameOfHost(first),
                    (false, false) => Route::Services(services),
                }
            }
        }
    }

    /// All that is said about what listens in a service's network namespace.
    pub(super) fn listening(&self, service: &str) -> Listening {
        let mut all = self.evidence.listens.get(service).cloned().unwrap_or_default();
        for other in self.names.together(service).into_iter().filter(|other| *other != service) {
            // On the host everybody is together, and each has ports of its own.
            if !self.names.on_host(service)
                && let Some(listening) = self.evidence.listens.get(other)
            {
                all.listens.extend(listening.listens.iter().cloned());
            }
        }
        all
    }

    /// The TCP ports that the project publishes on the host.
    pub(super) fn published(&self) -> Vec<Exposed> {
        published(&self.project)
    }

    /// Who is found on a port of the host.
    pub(super) fn on_host_port(&self, port: u16) -> Option<String> {
        let found = exposed(&self.project, &self.names, &self.evidence);
        let mentioned = || {
            let services = self.evidence.listens.iter().filter(|(name, _)| self.names.on_host(name));
            services.filter_map(|(name, listening)| Some((name, listening.on(port)?))).next()
        };
        (found.into_iter().find(|one| one.is_on(port)).map(|one| one.by))
            .or_else(|| mentioned().map(|(name, listen)| format!("{name} has {port} in {}", listen.by)))
    }

    /// The one service that a call's variable or scheme names, if exactly one does best.
    pub(super) fn meant_by(&self, call: &Call) -> Option<String> {
        const GENERIC: [&str; 19] = [
            "url",
            "uri",
            "host",
            "hostname",
            "port",
            "addr",
            "address",
            "endpoint",
            "base",
            "http",
            "https",
            "server",
            "service",
            "internal",
            "local",
            "app",
            "ws",
            "environment",
            "dsn",
        ];
        let scheme = call.endpoint.scheme.as_deref().unwrap_or_default().split('+').next().unwrap_or_default();
        let mut best: Vec<(usize, String)> = Vec::new();
        for service in self.project.services().filter(|service| service.name != call.service) {
            let mut words = name_words(service.name);
            words.extend(service.text("container_name").map(name_words).unwrap_or_default());
            words.extend(service.text("image").map(|image| name_words(short_name(image))).unwrap_or_default());
            let told = |word: &&String| words.contains(word) && !GENERIC.contains(&word.as_str());
            let mut score = call.words.iter().filter(told).count();
            let by_scheme =
                !scheme.is_empty() && words.iter().any(|word| word.len() > 2 && scheme.starts_with(word.as_str()));
            score += usize::from(by_scheme);
            if score > 0 {
                best.push((score, service.name.to_owned()));
            }
        }
        let most = best.iter().map(|(score, _)| *score).max()?;
        let mut winners = best.into_iter().filter(|(score, _)| *score == most);
        let winner = winners.next()?;
        winners.next().is_none().then_some(winner.1)
    }

    /// Whether anything else that configures a service says a number: then a port by that number is likely its own.
    pub(super) fn mentions(&self, service: &str, port: u16) -> Option<String> {
        let name = service;
        let service = self.project.service(service)?;
        let digits = port.to_string();
        let says = |text: &str| {
            text.match_indices(&digits).any(|(at, _)| {
                let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
                let (before, behind) = (text.get(..at), text.get(at + digits.len()..));
                !digit(before.and_then(|text| text.chars().next_back()))
                    && !digit(behind.and_then(|text| text.chars().next()))
            })
        };
        let published = service.ports().any(|one| one.published == Some(digits.as_str()) && one.target != port);
        let texts = |key: &str| {
            let node = service.get(key);
            let items = node.into_iter().flat_map(Node::items).filter_map(Node::scalar);
            items.chain(node.and_then(Node::scalar)).collect::<Vec<_>>()
        };
        let variable = service.environment().find(|(_, node)| node.scalar().is_some_and(|text| says(&text)));
        if let Some((variable, _)) = variable.filter(|_| !published) {
            return Some(variable.to_owned());
        }
        if let Some(key) = ["command", "entrypoint"].into_iter().find(|key| texts(key).iter().any(|text| says(text)))
        {
            return Some(key.to_owned());
        }
        let files = self.evidence.configs.get(name)?;
        let file = files.iter().find(|file| says(file.source.text()))?;
        Some(file.source.name().to_owned())
    }

    /// The subject of a call: its path, with the address where a path says several.
    pub(super) fn subject(&self, call: &Call) -> Subject {
        let mut count = BTreeMap::new();
        self.calls.iter().for_each(|other| *count.entry(&other.path).or_insert(0) += 1);
        let name = match count.get(&call.path) {
            Some(1) => call.path.clone(),
            _ => format!("{}: {}", call.path, call.shown()),
        };
        Subject::new(name).at(call.port_place.as_ref())
    }

    /// Whether a call is a health check of the service itself, which has a rule of its own.
    pub(super) fn asks_itself(&self, call: &Call) -> bool {
        call.kind == Kind::Healthcheck && self.names.who(&call.service, &call.endpoint) == Who::Itself
    }

    /// The calls that some program makes by itself, as far as that can be told.
    pub(super) fn called(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.caller != Caller::Nobody)
    }
}

/// Where something stands, or its name if it stands nowhere.
pub(super) fn site(place: Option<&Place>, name: &str) -> Site {
    place.map_or_else(|| Site::Thing(name.to_owned()), Site::from)
}
