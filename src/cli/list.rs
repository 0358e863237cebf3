//! `gonogo list`: the checks and their rules.

use clap::{Args, ValueEnum};

use super::output::{self, Exit};
use crate::check::Check;
use crate::{gatefile, report};

#[derive(Args, Debug)]
pub(super) struct ListArgs {
    /// Only these checks
    #[arg(value_name = "CHECK")]
    checks: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print a JSON Schema instead: that of the gate file, for editors, or that of the JSON report
    #[arg(long, value_enum, value_name = "OF", conflicts_with_all = ["json", "checks"])]
    schema: Option<Schema>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Schema {
    /// gonogo.yaml
    GateFile,
    /// What `check --format json` writes
    Report,
}

/// Runs the command.
pub(super) fn main(args: &ListArgs, checks: &'static [&'static Check]) -> Exit {
    if let Some(name) = args.checks.iter().find(|name| !checks.iter().any(|check| check.name == name.as_str())) {
        let meant = crate::run::nearest(name, checks.iter().map(|check| check.name));
        let meant = meant.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Exit::usage(format!("no check is called `{name}`{meant}"));
    }
    let chosen = checks.iter().filter(|check| args.checks.is_empty() || args.checks.iter().any(|n| n == check.name));
    let text = match args.schema {
        Some(Schema::GateFile) => gate_file_schema(checks),
        Some(Schema::Report) => report::JSON_SCHEMA.to_owned(),
        None if args.json => json(chosen),
        None => table(chosen),
    };
    match output::print(&text) {
        Ok(()) => Exit::status(0),
        Err(error) => Exit::usage(format!("stdout: {error}")),
    }
}

fn gate_file_schema(checks: &[&'static Check]) -> String {
    let sections: Vec<_> = checks.iter().filter_map(|check| check.section).collect();
    let rules = super::gate::waivable(checks);
    format!("{:#}\n", gatefile::schema(&sections, &rules))
}

fn json<'a>(checks: impl Iterator<Item = &'a &'static Check>) -> String {
    let rules = |check: &Check| -> Vec<_> {
        (check.rules.iter())
            .map(|rule| {
                serde_json::json!({
                    "rule": rule.code, "title": rule.title, "severity": rule.severity, "layer": rule.layer,
                    "stages": rule.stages, "faults": rule.faults,
                })
            })
            .collect()
    };
    let checks: Vec<_> = checks
        .map(|check| {
            serde_json::json!({
                "check": check.name, "title": check.title, "configurable": check.section.is_some(), "rules": rules(check),
            })
        })
        .collect();
    format!("{:#}\n", serde_json::json!({ "schema": "gonogo-list/1", "checks": checks }))
}

fn table<'a>(checks: impl Iterator<Item = &'a &'static Check>) -> String {
    let mut text = String::new();
    for check in checks {
        text += &format!("{}: {}\n", check.name, check.title);
        let width = check.rules.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
        for rule in check.rules {
            text += &format!("  {:width$}  {:7}  {}\n", rule.code, rule.severity.to_string(), rule.title);
        }
    }
    text
}
