//! `connections/port-mismatch`: a service is told to call another on a port on which that one does not listen.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::inference::calls::{Call, Caller, Kind};
use gonogo::inference::listens::{Knowledge, Strength};
use gonogo::outcome::Outcome;

use super::scene::{Route, Scene, site};

pub(super) const RULE: Rule = Rule {
    code: "connections/port-mismatch",
    title: "whoever is called listens on the port that is called",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D30"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let scene = Scene::of(&cx).await?;
    let mut rows = Vec::new();
    for call in scene.called().filter(|call| !scene.asks_itself(call)) {
        let outcome = match scene.route(call) {
            Route::Services(services) => to_services(&scene, call, &services),
            Route::Host => to_host(&scene, call),
            // What a browser runs, it runs on the host or farther away.
            Route::Itself if call.caller == Caller::Browser => to_host(&scene, call),
            Route::Itself | Route::NameFromHost(_) | Route::NameOfHost(_) | Route::Outside => continue,
        };
        rows.push(Row::judged(scene.subject(call), outcome));
    }
    Ok(rows)
}

/// From container to container: what counts is the port in the container, published or not.
fn to_services(scene: &Scene, call: &Call, services: &[String]) -> Outcome {
    let Call { port, .. } = call;
    for service in services {
        if let Some(listen) = scene.listening(service).on(*port) {
            return Outcome::pass(format!("{service} listens on {port} ({})", listen.by));
        }
        if let Some(by) = scene.mentions(service, *port).filter(|_| call.kind != Kind::Proxied) {
            return Outcome::pass(format!("{port} is in {service}'s {by}"));
        }
    }
    let Some(service) = services.first() else { return Outcome::skip("nobody is meant") };
    let listening = scene.listening(service);
    let published = scene.published();
    let mapped = published.iter().find(|one| one.service == *service && one.is_on(*port));
    let knowledge = listening.knowledge();
    let Some(main) = listening.main().filter(|_| knowledge > Knowledge::Nothing) else {
        return Outcome::skip(format!("nothing says what {service} listens on"));
    };
    let right = mapped.map_or(main.port, |one| one.target.unwrap_or(main.port));
    let sure = knowledge > Knowledge::Claims || mapped.is_some();
    // Nobody wrote the port of `http://api`, so that may be a name rather than an address.
    let written = call.endpoint.port.is_some() || knowledge == Knowledge::Certain;
    let own = call.endpoint.scheme.as_deref().and_then(gonogo::inference::endpoint::scheme_port) == Some(*port);
    if !sure && own {
        return Outcome::skip(format!("{port} is usual for this kind of address, and little is known of {service}"));
    }
    let who = if call.kind == Kind::Proxied { "the reverse proxy" } else { call.service.as_str() };
    let message = match mapped {
        Some(_) => format!(
            "{who} calls {service} on {port}, which is its port on the host; in the container it listens on {right}"
        ),
        None => format!("{who} calls {service} on {port}, but {service} listens on {}", listening.shown()),
    };
    let place = call.port_place.as_ref();
    let finding = if sure && written {
        Finding::error(message, site(place, &call.path))
    } else {
        Finding::warning(message, site(place, &call.path))
    };
    let finding = finding.label(format!("calls {port}"));
    let finding = match mapped {
        Some(one) => finding
            .related(site(one.place.as_ref(), service), format!("{port} on the host is {right} in the container")),
        None => {
            finding.related(site(main.place.as_ref(), service), format!("{service} listens on {right} ({})", main.by))
        }
    };
    let host = if call.kind == Kind::Proxied { String::new() } else { format!("{}:", call.endpoint.host) };
    finding.help(format!("use `{host}{right}`")).into()
}

/// To a port of the host: what counts is what is published there, and what services on its network listen on.
fn to_host(scene: &Scene, call: &Call) -> Outcome {
    let Call { port, .. } = call;
    if let Some(who) = scene.on_host_port(*port) {
        return Outcome::pass(who);
    }
    let published = scene.published();
    let place = call.port_place.as_ref();
    let meant = scene.meant_by(call);
    // The port in the container, where the host has it under another.
    let unmapped = published
        .iter()
        .find(|one| one.target == Some(*port) && meant.as_ref().is_none_or(|meant| *meant == one.service));
    if let Some(one) = unmapped {
        let message = format!(
            "{} calls {} on the host on {port}, but there {} is published as {}",
            call.service, one.service, port, one.first
        );
        return (Finding::error(message, site(place, &call.path)).label(format!("calls {port}")))
            .related(site(one.place.as_ref(), &one.service), format!("published as {}", one.first))
            .help(format!("use `{}:{}`", call.endpoint.host, one.first))
            .into();
    }
    let Some(service) = meant else {
        return Outcome::skip(format!("nothing in this project is on port {port} of the host"));
    };
    let mapped: Vec<_> = published.iter().filter(|one| one.service == service).collect();
    let listening = scene.listening(&service);
    let (right, at, by) = if let Some(one) = mapped.first() {
        (one.first, one.place.clone(), "published as".to_owned())
    } else if scene.names.on_host(&service)
        && listening.knowledge() > Knowledge::Claims
        && let Some(main) = listening.main().filter(|main| main.strength >= Strength::Usual)
    {
        (main.port, main.place.clone(), format!("{} says", main.by))
    } else {
        return Outcome::skip(format!("nothing says on which port of the host {service} is"));
    };
    let message = format!("{} calls {service} on the host on {port}, but there it is on {right}", call.service);
    (Finding::error(message, site(place, &call.path)).label(format!("calls {port}")))
        .related(site(at.as_ref(), &service), format!("{by} {right}"))
        .help(format!("use `{}:{right}`", call.endpoint.host))
        .into()
}
