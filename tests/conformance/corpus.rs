//! A corpus of projects beside the repository.

use std::path::Path;

use serde_json::Value;

use crate::compare::{Project, Said, environment};
use crate::report;

/// Runs a corpus; how many of how many cases agree.
pub(crate) fn run(corpus: &Path, only: &str, live: bool) -> Result<(usize, usize), String> {
    let corpus = corpus.canonicalize().map_err(|error| format!("{}: {error}", corpus.display()))?;
    let Value::Array(cases) = json(&corpus.join("cases.json"))? else {
        return Err("cases.json holds no list".to_owned());
    };
    let (mut good, mut all) = (0, 0);
    for case in &cases {
        let id = text(case, "id");
        if id.contains(only) {
            all += 1;
            good += usize::from(report(&id, one(case, &corpus, live)));
        }
    }
    Ok((good, all))
}

fn text(case: &Value, key: &str) -> String {
    case.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn json(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn one(case: &Value, corpus: &Path, live: bool) -> Result<(), String> {
    let directory = corpus.join("files").join(text(case, "dir"));
    let more = case.get("args").and_then(Value::as_array).into_iter().flatten();
    let mut args = vec!["-f".to_owned(), text(case, "file")];
    args.extend(more.filter_map(Value::as_str).map(str::to_owned));
    let project = Project { directory, args, environment: environment() };
    let said = if live { project.ask()? } else { recorded(case, corpus, &project.directory)? };
    project.compare(said)
}

fn recorded(case: &Value, corpus: &Path, directory: &Path) -> Result<Said, String> {
    let home = std::env::var("HOME").unwrap_or_default();
    let places = |text: &str| {
        text.replace("@PROJECT@", &directory.to_string_lossy())
            .replace("@CORPUS@", &corpus.join("files").to_string_lossy())
            .replace("@HOME@", &home)
    };
    let expected = case.get("expected").and_then(Value::as_str);
    match expected.filter(|_| case.get("exit").and_then(Value::as_i64) == Some(0)) {
        Some(path) => {
            let model = json(&corpus.join(path))?.to_string();
            serde_json::from_str(&places(&model)).map(Said::Model).map_err(|error| error.to_string())
        }
        None => Ok(Said::Error(places(&text(case, "error")))),
    }
}
