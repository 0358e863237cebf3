//! What Compose would reject: every mistake with its cause and path, drawn for people and as JSON for programs.

use serde_json::{Value as Json, json};

use super::super::output::{self, Exit};
use crate::compose::{Rejected, Rejection};
use crate::finding::{Finding, Site};
use crate::place::Origin;
use crate::secret::Redactor;

/// The exit status of a project that Compose would reject.
const REJECTED: u8 = 1;

/// Says why, on stderr, and with `json` on stdout too.
pub(super) fn say(rejected: &Rejected, json: bool) -> Exit {
    for rejection in &rejected.rejections {
        output::diagnose(&output::drawn(&[finding(rejection)], rejection.cause));
    }
    if json {
        let list: Vec<Json> = rejected.rejections.iter().map(machine).collect();
        let text = format!("{:#}\n", json!({ "schema": "gonogo-rejected/1", "rejected": list }));
        let redactor = Redactor::new();
        let origins = rejected.rejections.iter().filter_map(|rejection| rejection.origin.as_ref());
        origins.filter_map(Origin::place).for_each(|place| redactor.source(place.source()));
        if let Err(error) = output::print(&redactor.net().mask(&text)) {
            return Exit::usage(format!("stdout: {error}"));
        }
    }
    Exit::status(REJECTED)
}

fn finding(rejection: &Rejection) -> Finding {
    let place = rejection.origin.as_ref().and_then(|origin| origin.place());
    let site = place.map_or_else(|| Site::Thing("the compose files".to_owned()), Site::from);
    let message = match rejection.path.as_str() {
        "" => rejection.message.clone(),
        path => format!("{path}: {}", rejection.message),
    };
    let finding = Finding::error(message, site).help(&rejection.help);
    rejection.related.iter().fold(finding, |finding, (origin, text)| match origin.place() {
        Some(place) => finding.related(place, text),
        None => finding,
    })
}

fn machine(rejection: &Rejection) -> Json {
    let place = rejection.origin.as_ref().and_then(|origin| origin.place()).map(|place| {
        let start = place.start();
        json!({ "file": place.file(), "line": start.line, "column": start.column })
    });
    json!({
        "cause": rejection.cause,
        "path": rejection.path,
        "message": rejection.message,
        "help": rejection.help,
        "place": place,
    })
}
