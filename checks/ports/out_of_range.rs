//! `ports/out-of-range`: what the engine does not take as a port. Compose passes the long form's on unseen.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::compose::Service;
use gonogo::document::Node;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::outcome::{Outcome, Subject};

use super::claim::range;

pub(super) const RULE: Rule = Rule {
    code: "ports/out-of-range",
    title: "every port is a number from 1 to 65535",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::ALL,
    faults: &["D46"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    Ok(project.services().flat_map(|service| service_rows(&service)).collect())
}

fn service_rows(service: &Service<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut seen = Vec::new();
    for (index, port) in service.get("ports").into_iter().flat_map(Node::items).enumerate() {
        for key in ["published", "target"] {
            let Some(node) = port.get(key) else { continue };
            let Some(text) = node.scalar().filter(|text| !text.is_empty()) else { continue };
            match complaint(key, &text) {
                None => seen.push(text),
                Some(why) => rows.extend(row(&format!("{}.ports[{index}].{key}", service.name), node, &text, &why)),
            }
        }
    }
    if rows.is_empty() && !seen.is_empty() {
        let shown: Vec<_> = seen.iter().take(8).map(String::as_str).collect();
        let more = if seen.len() > shown.len() { " and others" } else { "" };
        let observed = format!("{}{more} are ports", shown.join(", "));
        rows.push(Row::judged(Subject::new(service.name).at(service.place()), Outcome::pass(observed)));
    }
    rows
}

/// Why a text is no port; `None` if it is one.
fn complaint(key: &str, text: &str) -> Option<String> {
    if key == "target" {
        let valid = text.parse::<u16>().is_ok_and(|port| port > 0);
        return (!valid).then(|| "a container has the ports 1 to 65535".to_owned());
    }
    // 0 lets the engine pick one.
    if range(text).is_some() {
        return None;
    }
    let numbers: Option<Vec<u64>> = text.split('-').map(|part| part.parse().ok()).collect();
    Some(match numbers.as_deref() {
        Some([first, last]) if first > last => "the range runs backwards".to_owned(),
        Some(_) => "a host has the ports 1 to 65535".to_owned(),
        None => "it takes a number, or two with `-` between them".to_owned(),
    })
}

fn row(name: &str, node: &Node, text: &str, why: &str) -> Option<Row> {
    let place = node.origin.mend()?;
    let finding = Finding::error(format!("`{text}` is no port: {why}"), place)
        .label("the engine refuses it")
        .help(format!("write a port from 1 to 65535 here instead of `{text}`"));
    Some(Row::judged(Subject::new(name).at(Some(place)), finding))
}
