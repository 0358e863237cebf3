//! `gonogo explain RULE`: what a rule is about, why it matters and how to mend it, out of its check's page.

use clap::Args;

use super::output::{self, Exit};
use crate::check::{Check, Rule};

#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// A rule, such as tunnels/target-port-mismatch, or a check
    #[arg(value_name = "RULE")]
    name: String,
}

/// Runs the command.
pub(super) fn main(args: &ExplainArgs, checks: &'static [&'static Check]) -> Exit {
    let name = args.name.as_str();
    let rule = checks.iter().flat_map(|check| check.rules.iter().map(move |rule| (check, rule)));
    let text = if let Some(check) = checks.iter().find(|check| check.name == name) {
        check.readme.to_owned()
    } else if let Some((check, rule)) = rule.clone().find(|(_, rule)| rule.code == name) {
        explanation(check, rule)
    } else {
        let names = rule.map(|(_, rule)| rule.code).chain(checks.iter().map(|check| check.name));
        let meant = crate::run::nearest(name, names).map(|near| format!("; did you mean `{near}`?"));
        return Exit::usage(format!(
            "no check or rule is called `{name}`{}\n`gonogo list` shows them all",
            meant.unwrap_or_default()
        ));
    };
    match output::print(&text) {
        Ok(()) => Exit::status(0),
        Err(error) => Exit::usage(format!("stdout: {error}")),
    }
}

fn explanation(check: &Check, rule: &Rule) -> String {
    let stages: Vec<_> = rule.stages.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "{}: {}\n\nseverity {} · stages {} · check `{}`: {}\n",
        rule.code,
        rule.title,
        rule.severity,
        stages.join(", "),
        check.name,
        check.title
    );
    for (heading, body) in sections(check.readme, rule.code) {
        text += &format!("\n{heading}\n\n{}\n", body.trim());
    }
    text
}

/// The parts of a page that are about a rule: the text below each `### code`, under the `##` heading around it.
fn sections<'a>(page: &'a str, code: &str) -> Vec<(&'a str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    let (mut heading, mut inside, mut fenced) = ("", false, false);
    for line in page.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if !fenced && let Some(title) = line.strip_prefix("### ") {
            inside = title.trim().trim_matches('`') == code;
            if inside {
                found.push((heading, String::new()));
            }
        } else if !fenced && let Some(title) = line.strip_prefix("## ") {
            (heading, inside) = (title.trim(), false);
        } else if inside && let Some((_, body)) = found.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::sections;

    #[test]
    fn the_parts_about_a_rule_are_found_under_their_headings() {
        let page = "# c\n## Why\n### `c/a`\nbecause\n```\n### `c/b`\n```\n### `c/b`\nother\n## Mend\n### c/a\nso\n";
        let found = sections(page, "c/a");
        assert_eq!(found, [("Why", "because\n```\n### `c/b`\n```\n".to_owned()), ("Mend", "so\n".to_owned())]);
    }
}
