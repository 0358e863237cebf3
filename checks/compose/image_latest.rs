//! `compose/image-latest`: an image without a tag, or with `latest`: what runs depends on the day it was pulled.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};

use super::image::Reference;

pub(super) const RULE: Rule = Rule {
    code: "compose/image-latest",
    title: "every image that is pulled has a tag of its own",
    severity: Severity::Info,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &[],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    // What is built here is as new as its sources, whatever its tag.
    let built: Vec<&str> =
        project.services().filter(|service| service.get("build").is_some()).filter_map(|s| s.text("image")).collect();
    let pulled = project.services().filter(|service| service.get("build").is_none());
    Ok(pulled
        .filter_map(|service| {
            let node = service.get("image")?;
            let image = node.as_str().filter(|image| !built.contains(image))?;
            let place = node.place().or_else(|| service.place())?;
            Some(Row::judged(Subject::new(service.name).at(Some(place)), judge(image, place)?))
        })
        .collect())
}

fn judge(image: &str, place: &gonogo::place::Place) -> Option<Outcome> {
    let reference = Reference::parse(image)?;
    let how = match (reference.digest, reference.tag) {
        (Some(_), _) => return Some(Outcome::pass("pinned by its digest")),
        (None, Some("latest")) => "has the tag `latest`",
        (None, Some(tag)) => return Some(Outcome::pass(format!("tag {tag}"))),
        (None, None) => "has no tag, which means `latest`",
    };
    let name = reference.repository;
    let message = format!("the image `{name}` {how}: what runs depends on the day it was pulled");
    let finding = Finding { severity: Severity::Info, ..Finding::warning(message, place) };
    Some(finding.help(format!("name a version: `{name}:VERSION`")).into())
}
