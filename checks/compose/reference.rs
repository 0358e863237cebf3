//! The references to variables that nobody sets, each with what stands around it: the ground on which two rules judge,
//! `unset-variable` and `dollar-swallowed`.

use gonogo::compose::{Notice, Project};
use gonogo::place::Place;
use gonogo::secret::is_sensitive_name;

/// A reference to a variable that is not set.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// The variable.
    pub(super) variable: String,
    /// Where it is referred to: `$NAME` or `${NAME}`.
    pub(super) place: Place,
    /// The path in the model of the value that it stands in; empty in an env file.
    pub(super) path: String,
    /// The name of the value that it stands in: a variable's or attribute's.
    pub(super) key: String,
    /// What stands before it in its value.
    pub(super) before: String,
    /// What stands behind it in its value.
    pub(super) after: String,
    /// Whether its value belongs to a service that is not active.
    pub(super) is_inactive: bool,
    /// Whether the value is run in the container, where the variable may have a value.
    pub(super) is_run: bool,
    /// Whether the container's own environment has the variable.
    pub(super) is_set_inside: bool,
}

/// Every reference to a variable that is not set, each once, in the order in which they were read.
pub(super) fn unset(project: &Project) -> Vec<Reference> {
    let mut references: Vec<Reference> = Vec::new();
    for notice in project.notices.iter().filter(|notice| notice.cause == "unset-variable") {
        let Some(place) = notice.origin.as_ref().and_then(|origin| origin.place()) else { continue };
        if !references.iter().any(|other| other.place == *place) {
            references.push(Reference::new(project, notice, place));
        }
    }
    references
}

impl Reference {
    fn new(project: &Project, notice: &Notice, place: &Place) -> Self {
        let (before, after) = around(place);
        let in_env_file = !project.files.iter().any(|file| file.name() == place.file());
        let attributes: Vec<&str> = notice.path.split('.').collect();
        let last = attributes.last().copied().unwrap_or_default();
        let (key, before) = match named(&before) {
            // A list's item or a line of an env file says its name itself.
            Some((name, rest)) if in_env_file || last.ends_with(']') => (name.to_owned(), rest.to_owned()),
            _ => (last.split('[').next().unwrap_or_default().to_owned(), before),
        };
        let service = match attributes[..] {
            ["services", name, ..] => Some(name),
            _ => None,
        };
        let attribute = attributes.get(2).map(|attribute| attribute.split('[').next().unwrap_or_default());
        let declared = service.and_then(|name| project.service(name));
        Self {
            variable: notice.about.clone(),
            place: place.clone(),
            path: if in_env_file { String::new() } else { notice.path.clone() },
            key,
            before,
            after,
            is_inactive: service.is_some_and(|name| project.inactive.iter().any(|(other, _)| other == name)),
            is_run: !in_env_file && matches!(attribute, Some("command" | "entrypoint" | "healthcheck")),
            is_set_inside: declared.is_some_and(|service| service.env(&notice.about).is_some()),
        }
    }

    /// Whether the value is this reference and nothing else.
    pub(super) fn is_whole(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// The part of the project that a path such as `services.web.ports[0]` means; in an env file nothing.
    pub(super) fn attribute(&self) -> Option<&str> {
        let mut keys = self.path.split('.');
        match keys.next()? {
            "services" => keys.nth(1)?.split('[').next(),
            top => Some(top),
        }
    }

    /// Whether what stands around it is, or may hold, a secret.
    pub(super) fn is_secret(&self) -> bool {
        is_sensitive_name(&self.key) || self.is_in_userinfo()
    }

    /// Whether it is part of a URL's `user:password@`.
    pub(super) fn is_in_userinfo(&self) -> bool {
        let authority = self.before.rsplit_once("://").is_some_and(|(_, rest)| !rest.contains(['/', '?', '#', '@']));
        let ends = self.after.find(['/', '?', '#']).unwrap_or(self.after.len());
        authority && self.after.get(..ends).is_some_and(|rest| rest.contains('@'))
    }

    /// Whether the blank leaves an empty field of a composite value: `http://:8080/`, `:/data`, `postgres://:@db`.
    pub(super) fn is_a_field(&self) -> bool {
        let opens = |c: char| matches!(c, ':' | '@' | '/' | '`' | '(');
        let closes = |c: char| matches!(c, ':' | '@' | '/' | '`' | ')');
        !self.is_whole()
            && self.before.chars().next_back().is_none_or(opens)
            && self.after.chars().next().is_none_or(closes)
    }
}

/// What stands before and behind a place in the value that it is part of, as far as the line goes.
fn around(place: &Place) -> (String, String) {
    let text = place.source().text();
    let range = place.range();
    let before = text.get(..range.start).unwrap_or_default();
    let before = before.get(before.rfind('\n').map_or(0, |at| at + 1)..).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    let after = after.get(..after.find(['\n', '\r']).unwrap_or(after.len())).unwrap_or_default();
    // A quote that is open here is where the value starts, and ends.
    let open = ['"', '\''].into_iter().filter(|quote| before.matches(*quote).count() % 2 == 1);
    let open = open.filter_map(|quote| Some((before.find(quote)?, quote))).min();
    match open {
        Some((_, quote)) => {
            let start = before.rfind(quote).map_or(0, |at| at + 1);
            let name = before.get(..start - 1).unwrap_or_default();
            let said = before.get(start..).unwrap_or_default();
            // `NAME="…"`: the name stands before the quote.
            let name = if name.ends_with('=') { item(name) } else { "" };
            (format!("{name}{said}"), after.split(quote).next().unwrap_or_default().to_owned())
        }
        None => {
            let behind = after.find(" #").unwrap_or(after.len());
            let behind = behind.min(after.find([']', ',']).filter(|_| before.contains('[')).unwrap_or(after.len()));
            let said = item(before);
            (said.to_owned(), after.get(..behind).unwrap_or_default().trim_end().to_owned())
        }
    }
}

/// The part of a line in which its last value starts: behind a list's dash, a mapping's `key: `, a bracket.
fn item(line: &str) -> &str {
    let starts =
        ["- ", ": ", "[", "{", ", ", "? "].into_iter().filter_map(|mark| line.rfind(mark).map(|at| at + mark.len()));
    let start = starts.max().unwrap_or(0);
    line.get(start..).unwrap_or_default().trim_start().trim_start_matches("export ")
}

/// The name of `NAME=value`, and what stands behind its sign.
fn named(said: &str) -> Option<(&str, &str)> {
    let (name, rest) = said.split_once('=')?;
    let name = name.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (!name.is_empty() && name.chars().all(fits)).then(|| (name, rest.trim_start().trim_start_matches(['"', '\''])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gonogo::place::Source;

    fn of(text: &str, written: &str) -> (String, String) {
        let source = Source::new("compose.yaml", None, text);
        let at = text.find(written).unwrap();
        around(&source.place(at, at + written.len()))
    }

    fn pair(before: &str, after: &str) -> (String, String) {
        (before.to_owned(), after.to_owned())
    }

    #[test]
    fn what_stands_around_a_reference() {
        assert_eq!(of("      PW: pa$word\n", "$word"), pair("pa", ""));
        assert_eq!(of("      PW: \"pa$word!\" # why\n", "$word"), pair("pa", "!"));
        assert_eq!(of("      - PW=pa$word # why\n", "$word"), pair("PW=pa", ""));
        assert_eq!(of("      - \"PW=pa$word\"\n", "$word"), pair("PW=pa", ""));
        assert_eq!(of("    environment: {A: b, PW: pa$word}\n", "$word").0, "pa");
        assert_eq!(of("      URL: http://${HOST}:80/x\n", "${HOST}"), pair("http://", ":80/x"));
        assert_eq!(of("      - ${PORT}:80\n", "${PORT}"), pair("", ":80"));
        assert_eq!(of("    ports: [\"${PORT}:80\"]\n", "${PORT}"), pair("", ":80"));
        assert_eq!(of("DB_PASSWORD=pa$word\n", "$word"), pair("DB_PASSWORD=pa", ""));
        assert_eq!(of("DB_PASSWORD=\"pa$word\"\n", "$word"), pair("DB_PASSWORD=pa", ""));
        assert_eq!(named("PW=pa"), Some(("PW", "pa")));
        assert_eq!(named("http://x?a=b"), None);
    }
}
