//! `connections/unreachable-name`: a name, or `localhost`, that does not lead from the caller's network to who is meant.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::inference::calls::{Call, Caller, Kind};
use gonogo::inference::listens::Strength;
use gonogo::outcome::Outcome;
use gonogo::word::name_words;

use super::scene::{Route, Scene, site};

pub(super) const RULE: Rule = Rule {
    code: "connections/unreachable-name",
    title: "the name that is called leads to who is meant",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D31"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let scene = Scene::of(&cx).await?;
    let mut rows = Vec::new();
    for call in scene.called().filter(|call| call.kind != Kind::Proxied && !scene.asks_itself(call)) {
        let outcome = match scene.route(call) {
            Route::NameFromHost(service) => from_host(&scene, call, &service),
            Route::NameOfHost(service) => of_host(&scene, call, &service),
            Route::Itself if call.endpoint.is_loopback() => match itself(&scene, call) {
                Some(outcome) => outcome,
                None => continue,
            },
            Route::Services(services) => {
                Outcome::pass(format!("{} is {}", call.endpoint.host, services.join(" or ")))
            }
            Route::Host => {
                Outcome::pass(format!("{} is the host, which {} reaches", call.endpoint.host, call.service))
            }
            Route::Itself | Route::Outside => continue,
        };
        rows.push(Row::judged(scene.subject(call), outcome));
    }
    Ok(rows)
}

/// A name that Docker's DNS knows, used where that is not asked.
fn from_host(scene: &Scene, call: &Call, service: &str) -> Outcome {
    let Call { service: caller, endpoint, port, .. } = call;
    let message = format!("{caller} is on the host's network, where nobody knows the name `{}`", endpoint.host);
    let member = scene.names.member(caller);
    let mode = member.and_then(|member| member.mode.as_ref());
    let published = scene.published();
    let on_host = scene.names.on_host(service);
    let mapped = published.iter().find(|one| one.service == service && one.target == Some(*port));
    let finding = Finding::error(message, site(call.host_place.as_ref(), &call.path))
        .label("known on the project's networks only")
        .related(site(mode, caller), format!("{caller} is on the host's network"));
    let help = match mapped {
        _ if on_host => format!("use `localhost:{port}`"),
        Some(one) => format!("use `localhost:{}`, where {service} is published", one.first),
        None => {
            format!("publish it with `ports: [\"127.0.0.1:{port}:{port}\"]` in {service}, and use `localhost:{port}`")
        }
    };
    finding.help(help).into()
}

/// The name of a service that is on no network with names.
fn of_host(scene: &Scene, call: &Call, service: &str) -> Outcome {
    let Call { service: caller, endpoint, port, .. } = call;
    let message =
        format!("{service} is on the host's network, so {caller} finds nobody under the name `{}`", endpoint.host);
    let mode = scene.names.member(service).and_then(|member| member.mode.as_ref());
    (Finding::error(message, site(call.host_place.as_ref(), &call.path)).label("nobody has this name"))
        .related(site(mode, service), format!("{service} is on the host's network"))
        .help(format!(
            "use `host.docker.internal:{port}`, and give {caller} `extra_hosts: [\"host.docker.internal:host-gateway\"]`"
        ))
        .into()
}

/// `localhost` in a container is that container. `None` if there is nothing to compare.
fn itself(scene: &Scene, call: &Call) -> Option<Outcome> {
    let Call { service: caller, port, .. } = call;
    if let Some(listen) = scene.listening(caller).on(*port).filter(|listen| listen.strength >= Strength::Mentioned) {
        return Some(Outcome::pass(format!("{caller} itself listens on {port} ({})", listen.by)));
    }
    if call.caller == Caller::Browser {
        return None;
    }
    // Whoever shares its network namespace is on its localhost, too.
    let together = scene.names.together(caller);
    let others = || scene.evidence.listens.iter().filter(|(name, _)| !together.contains(&name.as_str()));
    let published = scene.published();
    let inside = others()
        .find(|(_, listening)| listening.on(*port).is_some_and(|listen| listen.strength > Strength::Mentioned));
    let outside = published.iter().find(|one| one.service != *caller && one.is_on(*port));
    let meant = scene.meant_by(call).filter(|meant| !together.contains(&meant.as_str()));
    let (service, right) = match (outside, inside, meant) {
        (Some(one), _, _) => (one.service.clone(), one.target),
        (None, Some((name, _)), _) => (name.clone(), Some(*port)),
        // A protocol that no browser speaks, to a service that the variable names.
        (None, None, Some(meant)) if call.caller == Caller::Service => {
            let right = scene.listening(&meant).main().map(|main| main.port);
            (meant, right)
        }
        (None, None, _) => return None,
    };
    let message =
        format!("`{}` in the container of {caller} is {caller} itself; {service} is not there", call.endpoint.host);
    let target = scene.evidence.listens.get(&service).and_then(|listening| listening.on(right?));
    let place = target.and_then(|listen| listen.place.as_ref());
    let place = place.or_else(|| scene.project.service(&service).and_then(|service| service.place()));
    let at = site(call.host_place.as_ref(), &call.path);
    // Where the same service is called by its name as well, that is what runs here, and this is for elsewhere.
    let by_name = |other: &Call| match scene.route(other) {
        Route::Services(services) => other.service == *caller && services.contains(&service),
        _ => false,
    };
    let browser = might_be_a_browser(scene, call, &service) && outside.is_some();
    let finding = match browser || scene.called().any(by_name) {
        true => Finding::warning(message, at),
        false => Finding::error(message, at),
    };
    let right = right.unwrap_or(*port);
    let finding =
        finding.label("the container itself").related(site(place, &service), format!("{service} listens on {right}"));
    if scene.names.on_host(&service) {
        let gateway = "give it `extra_hosts: [\"host.docker.internal:host-gateway\"]`";
        return Some(finding.help(format!("use `host.docker.internal:{right}`, and {gateway}")).into());
    }
    Some(finding.help(format!("use `{service}:{right}`")).into())
}

/// Whether an address may be one that the service hands to a browser on the host, where it is right.
fn might_be_a_browser(scene: &Scene, call: &Call, target: &str) -> bool {
    let front = ["front", "frontend", "web", "ui", "client", "webapp", "website", "dashboard", "spa"];
    let named = name_words(&call.service).iter().any(|word| front.contains(&word.as_str()));
    let depends =
        scene.project.service(&call.service).and_then(|service| service.get("depends_on")?.get(target)).is_some();
    call.caller == Caller::Either && call.kind != Kind::Healthcheck && (named || !depends)
}
