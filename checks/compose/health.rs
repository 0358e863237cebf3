//! Whether anybody checks a service's health: the compose file, the Dockerfile, or the image itself.

use gonogo::check::Context;
use gonogo::compose::{Project, Service};
use gonogo::document::Node;
use gonogo::fact::engine;
use gonogo::inference::dockerfile::Recipe;
use gonogo::place::Place;

use super::image::Reference;

/// Whether anybody checks a service's health.
pub(super) enum Health {
    /// Somebody does; who.
    Checked(String),
    /// The compose file says that nobody shall; where.
    Disabled(Option<Place>),
    /// Nobody does; how that is known.
    Unchecked(String),
    /// Nothing tells; what would.
    NotKnown(String),
}

/// Whether anybody checks a service's health.
pub(super) async fn of(cx: &Context, project: &Project, service: &Service<'_>) -> Health {
    if let Some(check) = service.get("healthcheck") {
        let disable = check.get("disable").filter(|node| node.as_bool() == Some(true));
        let test = check.get("test");
        let none = test.filter(|test| test.items().next().and_then(Node::as_str) == Some("NONE"));
        if let Some(node) = disable.or(none) {
            return Health::Disabled(node.place().cloned());
        }
        if test
            .is_some_and(|test| test.items().next().is_some() || test.as_str().is_some_and(|text| !text.is_empty()))
        {
            return Health::Checked("its healthcheck".to_owned());
        }
    }
    let image = service.text("image");
    // An image that a service of the project builds is what its Dockerfile says, whoever runs it.
    let builder = match service.get("build") {
        Some(_) => Some(*service),
        None => project
            .services()
            .find(|other| image.is_some() && other.get("build").is_some() && other.text("image") == image),
    };
    match (builder.and_then(|builder| builder.get("build")), image) {
        (Some(build), _) => of_build(cx, build).await,
        (None, Some(image)) => of_image(cx, image).await,
        (None, None) => Health::NotKnown(format!("`{}` has neither image nor build", service.name)),
    }
}

async fn of_build(cx: &Context, build: &Node) -> Health {
    let Some(recipe) = Recipe::of(build) else {
        return Health::NotKnown("its build context is not a directory of this host".to_owned());
    };
    let source = match recipe.source(cx).await {
        Ok(source) => source,
        Err(unknown) => return Health::NotKnown(format!("its Dockerfile cannot be read ({unknown})")),
    };
    let Some(stage) = recipe.stage(build, &source) else {
        return Health::NotKnown(format!("{} does not tell what it builds", source.name()));
    };
    if !stage.healthcheck.is_empty() {
        return Health::Checked(format!("the HEALTHCHECK in {}", source.name()));
    }
    match stage.base.as_deref() {
        None => Health::NotKnown(format!("{} does not tell what it is built on", source.name())),
        Some("scratch") => Health::Unchecked(format!("{} has no HEALTHCHECK", source.name())),
        Some(base) => match of_image(cx, base).await {
            Health::Unchecked(why) => Health::Unchecked(format!("{} has no HEALTHCHECK, and {why}", source.name())),
            other => other,
        },
    }
}

async fn of_image(cx: &Context, image: &str) -> Health {
    if let Ok(detail) = cx.ask(engine::Image { reference: image.to_owned() }).await {
        return match detail.healthcheck.is_empty() {
            true => Health::Unchecked(format!("the image `{image}` has no HEALTHCHECK")),
            false => Health::Checked(format!("the HEALTHCHECK of the image `{image}`")),
        };
    }
    match Reference::parse(image).and_then(|reference| reference.official()) {
        Some(name) => Health::Unchecked(format!("the official image `{name}` has no HEALTHCHECK")),
        None => Health::NotKnown(format!(
            "only the image `{image}` tells whether it has a HEALTHCHECK, and it is not here"
        )),
    }
}
