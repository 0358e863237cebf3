//! The paths that a service speaks of: in its environment, in what it runs, in its configuration files.

use std::collections::BTreeMap;
use std::ops::Range;

use gonogo::check::Context;
use gonogo::compose::{Project, Service};
use gonogo::document::Node;
use gonogo::finding::Finding;
use gonogo::inference::config::Config;
use gonogo::inference::dockerfile::Stage;
use gonogo::inference::listens::{Text, evidence, tokens};
use gonogo::inference::said;
use gonogo::place::Place;
use gonogo::secret::is_sensitive_name;
use gonogo::word::Word;

use super::path::clean;

/// A path that a service speaks of.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// The path in the container, clean and absolute.
    pub(super) path: String,
    /// Who speaks of it: `TFTP_ROOT`, `--root`, `command`, `/etc/app.toml`.
    pub(super) by: String,
    /// What kind of statement it is.
    pub(super) kind: Kind,
    /// Where it stands.
    pub(super) place: Option<Place>,
    /// Where it is used, if it comes from a variable of another file.
    pub(super) used: Option<Place>,
}

/// The kinds of statements that speak of paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An environment variable.
    Variable,
    /// What is run.
    Argument,
    /// A configuration file.
    Config,
}

/// The paths that the services speak of, by service.
pub(super) struct References {
    of: BTreeMap<String, Vec<Reference>>,
    /// The Dockerfile's stages.
    pub(super) stages: BTreeMap<String, Stage>,
}

/// Variables that list where programs and libraries lie.
#[rustfmt::skip]
const SEARCH_PATHS: &[&str] = &[
    "CLASSPATH", "GOPATH", "GOROOT", "HOME", "JAVA_HOME", "LD_LIBRARY_PATH", "LD_PRELOAD", "MANPATH", "NODE_PATH",
    "OLDPWD", "PATH", "PWD", "PYTHONHOME", "PYTHONPATH", "SHELL", "TEMP", "TMP", "TMPDIR", "VIRTUAL_ENV",
];

impl Reference {
    /// A finding at this reference, with the place where it is used.
    pub(super) fn with_use(&self, finding: Finding) -> Finding {
        match (&self.used, &self.place) {
            (Some(used), Some(place)) if used.source().name() != place.source().name() => {
                finding.related(used, format!("{} here", self.by))
            }
            _ => finding,
        }
    }
}

impl References {
    /// Gathers them. What cannot be read is left out.
    pub(super) async fn of(cx: &Context, project: &Project) -> Self {
        let evidence = evidence(cx, project).await;
        let of = project.services().map(|service| {
            let configs = evidence.configs.get(service.name).map(Vec::as_slice).unwrap_or_default();
            (service.name.to_owned(), gather(&service, evidence.stages.get(service.name), configs))
        });
        Self { of: of.collect(), stages: evidence.stages.clone() }
    }

    /// Those of a service.
    pub(super) fn service(&self, name: &str) -> &[Reference] {
        self.of.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

fn gather(service: &Service<'_>, stage: Option<&Stage>, configs: &[Config]) -> Vec<Reference> {
    let mut found = Vec::new();
    for (name, node) in service.environment() {
        let Some(text) = node.scalar() else { continue };
        let first = found.len();
        variable(name, &text, &|range| said::part(node, &text, range), &mut found);
        for reference in found.iter_mut().skip(first) {
            reference.used = node.place().cloned();
        }
    }
    for (name, word) in stage.into_iter().flat_map(|stage| &stage.environment) {
        if let (None, Some(text)) = (service.env(name), word.text()) {
            variable(name, &text, &|range| word.slice(range).place(), &mut found);
        }
    }
    arguments(service, stage, &mut found);
    for config in configs {
        let text = config.source.text();
        for range in paths_in(text) {
            let path = text.get(range.clone()).map(clean);
            let place = Some(config.source.place(range.start, range.end));
            let by = config.target.clone();
            found.extend(path.map(|path| Reference { path, by, kind: Kind::Config, place, used: None }));
        }
    }
    found
}

fn variable(name: &str, text: &str, place: &dyn Fn(Range<usize>) -> Option<Place>, found: &mut Vec<Reference>) {
    let whole = text.starts_with('/') && !text.contains(char::is_whitespace);
    if SEARCH_PATHS.contains(&name) || (is_sensitive_name(name) && !whole) {
        return;
    }
    for range in paths_in(text) {
        let Some(path) = text.get(range.clone()).map(clean) else { continue };
        found.push(Reference { path, by: name.to_owned(), kind: Kind::Variable, place: place(range), used: None });
    }
}

fn arguments(service: &Service<'_>, stage: Option<&Stage>, found: &mut Vec<Reference>) {
    let own = |key: &str| service.get(key).filter(|node| !node.is_null());
    let items = |node| -> Vec<Text<'_>> {
        let node: &Node = node;
        node.as_seq().map_or_else(|| vec![Text::Node(node)], |items| items.iter().map(Text::Node).collect())
    };
    fn image(words: Option<&Vec<Word>>) -> Vec<Text<'_>> {
        words.into_iter().flatten().map(Text::Word).collect()
    }
    let mut words = match own("entrypoint") {
        Some(node) => items(node),
        None => image(stage.map(|stage| &stage.entrypoint)),
    };
    words.extend(match own("command") {
        Some(node) => items(node),
        None if own("entrypoint").is_some() => Vec::new(),
        None => image(stage.map(|stage| &stage.command)),
    });
    let mut option = String::new();
    for token in tokens(words) {
        let by = match token.text.split_once('=') {
            Some((name, _)) if name.starts_with('-') => name.to_owned(),
            _ if option.starts_with('-') => option.clone(),
            _ => "command".to_owned(),
        };
        for range in paths_in(&token.text) {
            let Some(path) = token.text.get(range.clone()).map(clean) else { continue };
            found.push(Reference {
                path,
                by: by.clone(),
                kind: Kind::Argument,
                place: token.place(range),
                used: None,
            });
        }
        option = token.text;
    }
}

/// Where absolute paths stand in a text: as a word of its own, behind `=`, in a list, behind `file://`.
pub(super) fn paths_in(text: &str) -> Vec<Range<usize>> {
    const LONGEST: usize = 1024;
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut end_of_last = 0;
    for (start, _) in text.match_indices('/') {
        if start < end_of_last {
            continue;
        }
        let before = text.get(..start).unwrap_or_default();
        let begins = match before.chars().next_back() {
            None => true,
            Some(':') => found.last().is_some_and(|last| last.end + 1 == start),
            Some('/') => [":///", "file://", "unix://"].iter().any(|scheme| before.ends_with(scheme)),
            Some(c) => c.is_whitespace() || "\"'`=,([{<>;|".contains(c),
        };
        let rest = text.get(start..).unwrap_or_default();
        let length = rest.find(|c: char| !(c.is_alphanumeric() || "._-+~%@/".contains(c))).unwrap_or(rest.len());
        let path = rest.get(..length).unwrap_or_default().trim_end_matches(['.', '/']);
        // `//` begins a comment or a host; `/` alone is everything and nothing; `*` makes it a pattern of another kind.
        let named = path.len() > 1 && path.len() <= LONGEST && !path.starts_with("//");
        if begins && named {
            found.push(start..start + path.len());
            end_of_last = start + length;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stand_as_words() {
        let paths = |text: &str| paths_in(text).into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>();
        assert_eq!(paths("/srv/tftp/"), ["/srv/tftp"]);
        assert_eq!(paths("in.tftpd --secure /srv/tftp -vvv"), ["/srv/tftp"]);
        assert_eq!(paths("--root=/srv/tftp"), ["/srv/tftp"]);
        assert_eq!(paths("root = \"/srv/tftp\"; # // no"), ["/srv/tftp"]);
        assert_eq!(
            paths("file:///srv/a sqlite:////srv/b.db unix:///run/x.sock"),
            ["/srv/a", "/srv/b.db", "/run/x.sock"]
        );
        assert_eq!(paths("/a:/b"), ["/a", "/b"]);
        for text in
            ["http://host/path", "a/b", "./a", "host:/export", "/", "application/json", "1/2", "s3://bucket/key"]
        {
            assert!(paths(text).is_empty(), "{text}: {:?}", paths(text));
        }
    }
}
