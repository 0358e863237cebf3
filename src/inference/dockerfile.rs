//! What a Dockerfile says about the image that it makes: ports, environment, what it runs, what it copies.
//!
//! Grammar: the Dockerfile reference of BuildKit's frontend 1.x. A reader for what is needed here, not a validator:
//! what it does not know is left out.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::place::{Place, Source};
use crate::word::{Piece, Word};

/// An instruction with its arguments, continued lines joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Instruction {
    /// Its name in upper case.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// What stands behind the name.
    pub arguments: Word,
}

/// A port that a stage exposes.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposed {
    /// The port.
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// Where it is said.
    pub place: Option<Place>,
}

/// What a stage comes to, with all stages of the same file that it is built on.
#[derive(Debug, Clone, Default)]
pub struct Stage {
    /// The image that it begins with; `None` if only a run would tell.
    pub base: Option<String>,
    /// The ports that it exposes.
    pub exposed: Vec<Exposed>,
    /// Its environment.
    pub environment: BTreeMap<String, Word>,
    /// What it runs: entrypoint, then command.
    pub entrypoint: Vec<Word>,
    /// The command, or the arguments of the entrypoint.
    pub command: Vec<Word>,
    /// Its health check's command; empty: none.
    pub healthcheck: Vec<Word>,
    /// The files that are copied from the build context: source, target.
    pub copied: Vec<(Word, String)>,
}

/// Reads the stage that a build would make: `target`, else the last one. `args` are the build's own arguments.
pub fn stage(source: &Arc<Source>, target: Option<&str>, args: &BTreeMap<String, Word>) -> Option<Stage> {
    let mut stages: Vec<(Option<String>, Stage)> = Vec::new();
    let mut global: HashMap<String, Word> = HashMap::new();
    let mut local: HashMap<String, Word> = HashMap::new();
    for Instruction { name, arguments, .. } in instructions(source) {
        if name == "FROM" {
            let known = |name: &str| args.get(name).or_else(|| global.get(name)).cloned();
            let words: Vec<_> = arguments.unquoted().iter().filter_map(|word| word.expanded(&known).text()).collect();
            let mut words = words.into_iter().filter(|word| !word.starts_with("--"));
            let base = words.next();
            let label = words.next().filter(|word| word.eq_ignore_ascii_case("as")).and_then(|_| words.next());
            let earlier = |(label, _): &&(Option<String>, Stage)| {
                label.as_deref().zip(base.as_deref()).is_some_and(|(label, base)| label.eq_ignore_ascii_case(base))
            };
            let stage = stages.iter().rev().find(earlier).map(|(_, stage)| stage.clone());
            stages.push((label, stage.unwrap_or(Stage { base, ..Stage::default() })));
            local.clear();
            continue;
        }
        let Some((_, stage)) = stages.last_mut() else {
            if name == "ARG" {
                argument(&arguments, args, &mut global);
            }
            continue;
        };
        if name == "ARG" {
            let name = arguments.pattern();
            if !name.contains('=')
                && let Some(value) = global.get(name.trim())
            {
                local.entry(name.trim().to_owned()).or_insert_with(|| value.clone());
            }
            argument(&arguments, args, &mut local);
            continue;
        }
        let known = |name: &str| stage.environment.get(name).or_else(|| local.get(name)).cloned();
        match name.as_str() {
            "EXPOSE" => {
                let words: Vec<_> = arguments.unquoted().iter().map(|word| word.expanded(&known)).collect();
                stage.exposed.extend(words.iter().filter_map(exposed));
            }
            "ENV" => {
                for (name, value) in environment(&arguments) {
                    let value =
                        value.expanded(&|name| stage.environment.get(name).or_else(|| local.get(name)).cloned());
                    stage.environment.insert(name, value);
                }
            }
            "CMD" => stage.command = argv(&arguments),
            "ENTRYPOINT" => {
                // An entrypoint resets the command of the image that it builds on.
                stage.entrypoint = argv(&arguments);
                stage.command = Vec::new();
            }
            "HEALTHCHECK" => {
                let pattern = arguments.pattern();
                stage.healthcheck = match pattern.find("CMD") {
                    Some(at) => argv(&arguments.slice(at + 3..pattern.len())),
                    None => Vec::new(),
                };
            }
            "COPY" | "ADD" => {
                let files: Vec<_> =
                    copied(&arguments).into_iter().map(|(file, target)| (file.expanded(&known), target)).collect();
                stage.copied.extend(files);
            }
            _ => {}
        }
    }
    match target {
        Some(target) => {
            let named = |(label, _): &(Option<String>, Stage)| {
                label.as_deref().is_some_and(|label| label.eq_ignore_ascii_case(target))
            };
            stages.into_iter().rev().find(named).map(|(_, stage)| stage)
        }
        None => stages.pop().map(|(_, stage)| stage),
    }
}

/// `ARG NAME=default …`: the build's own argument counts more than the default.
fn argument(arguments: &Word, args: &BTreeMap<String, Word>, known: &mut HashMap<String, Word>) {
    for word in arguments.unquoted() {
        let pattern = word.pattern();
        let (name, default) = match pattern.split_once('=') {
            Some((name, _)) => (name, Some(word.slice(name.len() + 1..pattern.len()))),
            None => (pattern.as_str(), None),
        };
        if let Some(value) = args.get(name).cloned().or(default) {
            known.insert(name.to_owned(), value.of_variable(name));
        }
    }
}

/// `A=1 B="2"`, or the old `A 1`.
fn environment(arguments: &Word) -> Vec<(String, Word)> {
    let words = arguments.unquoted();
    let old = words.first().is_some_and(|first| !first.pattern().contains('='));
    if old {
        let pattern = arguments.pattern();
        let name = pattern.split_whitespace().next().unwrap_or_default().to_owned();
        let start = pattern.len() - pattern.trim_start().strip_prefix(&name).unwrap_or_default().trim_start().len();
        let value = arguments.slice(start..pattern.trim_end().len());
        return vec![(name.clone(), value.of_variable(&name))];
    }
    let pair = |word: Word| {
        let pattern = word.pattern();
        let (name, _) = pattern.split_once('=')?;
        Some((name.to_owned(), word.slice(name.len() + 1..pattern.len()).of_variable(name)))
    };
    words.into_iter().filter_map(pair).collect()
}

fn exposed(word: &Word) -> Option<Exposed> {
    let text = word.text()?;
    let (port, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
    let place = word.slice(0..port.len()).place();
    Some(Exposed { port: port.parse().ok()?, protocol: protocol.to_ascii_lowercase(), place })
}

/// What `COPY source… target` copies from the build context.
fn copied(arguments: &Word) -> Vec<(Word, String)> {
    let words =
        if arguments.pattern().trim_start().starts_with('[') { argv(arguments) } else { arguments.unquoted() };
    if words.iter().any(|word| word.pattern().starts_with("--from")) {
        return Vec::new();
    }
    let mut words: Vec<_> = words.into_iter().filter(|word| !word.pattern().starts_with("--")).collect();
    let Some(target) = words.pop().and_then(|target| target.text()) else { return Vec::new() };
    words.into_iter().map(|source| (source, target.clone())).collect()
}

/// The exec form `["a", "b"]`, or the words of the shell form.
fn argv(arguments: &Word) -> Vec<Word> {
    let pattern = arguments.pattern();
    if !(pattern.trim_start().starts_with('[') && pattern.trim_end().ends_with(']')) {
        return arguments.unquoted();
    }
    let mut words = Vec::new();
    let (mut start, mut escaped) = (None, false);
    for (at, c) in pattern.char_indices() {
        match (start, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(from), '"') => {
                words.push(arguments.slice(from..at));
                start = None;
            }
            (None, '"') => start = Some(at + 1),
            _ => {}
        }
    }
    words
}

/// The instructions of a Dockerfile, comments and here-documents left out.
pub fn instructions(source: &Arc<Source>) -> Vec<Instruction> {
    let text = source.text();
    let escape = if text.lines().take(3).any(|line| line.replace(' ', "").eq_ignore_ascii_case("#escape=`")) {
        '`'
    } else {
        '\\'
    };
    let mut found: Vec<Instruction> = Vec::new();
    let mut open: Option<Word> = None;
    let mut until: Vec<String> = Vec::new();
    let mut at = 0;
    for raw in text.split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let line = raw.trim_end();
        if let Some(end) = until.first() {
            if line.trim_start_matches('\t') == end {
                until.remove(0);
            }
            continue;
        }
        if line.trim_start().starts_with('#') || line.trim().is_empty() && open.is_some() {
            continue;
        }
        let (body, more) = match line.strip_suffix(escape) {
            Some(body) => (body, true),
            None => (line, false),
        };
        let indent = body.len() - body.trim_start().len();
        let mut said = open.take().unwrap_or_default();
        if !said.is_empty() {
            said.append(Word(vec![Piece::Text { text: " ".to_owned(), place: None, variable: None }]));
        }
        said.append(Word::said(body.trim_start(), source.place(start + indent, start + body.len())));
        if more {
            open = Some(said);
            continue;
        }
        if let Some(instruction) = instruction(&said) {
            if matches!(instruction.name.as_str(), "RUN" | "COPY" | "ADD") {
                until = heredocs(&instruction.arguments.pattern());
            }
            found.push(instruction);
        }
    }
    found.extend(open.as_ref().and_then(instruction));
    found
}

fn instruction(line: &Word) -> Option<Instruction> {
    let pattern = line.pattern();
    let length = pattern.find(char::is_whitespace).unwrap_or(pattern.len());
    let name = line.slice(0..length);
    let arguments = line.slice(length..pattern.len());
    let upper = name.pattern().to_ascii_uppercase();
    let known = !upper.is_empty() && upper.bytes().all(|byte| byte.is_ascii_uppercase());
    Some(Instruction { name: upper, place: name.place()?, arguments }).filter(|_| known)
}

/// The ends of the here-documents that a line begins.
fn heredocs(arguments: &str) -> Vec<String> {
    let behind = arguments.match_indices("<<").filter_map(|(at, _)| arguments.get(at + 2..));
    let name = |rest: &str| {
        let rest = rest.trim_start_matches('-').trim_start_matches(['"', '\'']);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        rest.get(..end).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic())).map(str::to_owned)
    };
    behind.filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, target: Option<&str>, args: &[(&str, &str)]) -> Stage {
        let source = Source::new("Dockerfile", None, text);
        let place = source.place(0, 0);
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), Word::said(*value, place.clone()))).collect();
        stage(&source, target, &args).unwrap()
    }

    fn texts(words: &[Word]) -> Vec<String> {
        words.iter().map(Word::shown).collect()
    }

    #[test]
    fn what_the_last_stage_says() {
        let text = "# syntax=x\nARG TAG=3\nFROM node:$TAG AS build\nEXPOSE 1\nRUN <<EOF\nEXPOSE 2\nEOF\nFROM python:${TAG:-4}\nARG P=5000\nENV PORT=$P A=\"b c\"\nENV OLD  value here\nEXPOSE ${PORT} \\\n  # a comment\n  53/udp\nCOPY --from=build /x /y\nCOPY nginx.conf site.conf /etc/nginx/\nCOPY [\"a b.json\", \"/etc/\"]\nHEALTHCHECK --interval=5s CMD curl http://localhost:5000/\nENTRYPOINT [\"python\", \"-m\"]\nCMD [\"app\", \"--port\", \"$PORT\"]\n";
        let stage = read(text, None, &[]);
        assert_eq!(stage.base.as_deref(), Some("python:3"));
        let ports: Vec<_> = stage.exposed.iter().map(|exposed| (exposed.port, exposed.protocol.as_str())).collect();
        assert_eq!(ports, [(5000, "tcp"), (53, "udp")]);
        assert_eq!(stage.exposed[0].place.as_ref().unwrap().to_string(), "Dockerfile:9:7");
        assert_eq!(stage.environment["OLD"].shown(), "value here");
        assert_eq!(stage.environment["A"].shown(), "b c");
        assert_eq!(texts(&stage.entrypoint), ["python", "-m"]);
        assert_eq!(texts(&stage.command), ["app", "--port", "$PORT"]);
        assert_eq!(texts(&stage.healthcheck), ["curl", "http://localhost:5000/"]);
        let copied: Vec<_> = stage.copied.iter().map(|(source, target)| (source.shown(), target.as_str())).collect();
        assert_eq!(
            copied,
            [
                ("nginx.conf".to_owned(), "/etc/nginx/"),
                ("site.conf".to_owned(), "/etc/nginx/"),
                ("a b.json".to_owned(), "/etc/")
            ]
        );
    }

    #[test]
    fn targets_bases_and_arguments() {
        let text = "FROM a AS one\nEXPOSE 1\nCMD x\nFROM one AS two\nENTRYPOINT y\nEXPOSE 2\nFROM b\n";
        assert_eq!(read(text, Some("TWO"), &[]).exposed.len(), 2);
        assert_eq!(read(text, Some("two"), &[]).command, Vec::new());
        assert_eq!(read(text, Some("two"), &[]).base.as_deref(), Some("a"));
        assert!(read(text, None, &[]).exposed.is_empty());
        assert_eq!(read("FROM a\nARG P=1\nEXPOSE $P", None, &[("P", "2")]).exposed[0].port, 2);
        assert!(read("FROM a\nARG P\nEXPOSE $P", None, &[]).exposed.is_empty());
    }

    #[test]
    fn odd_ones() {
        for text in [
            "",
            "FROM",
            "RUN <<",
            "EXPOSE 1",
            "FROM a\nEXPOSE 99999 x/y\nENV\nENV =\nCMD [\"a\nCOPY\nHEALTHCHECK",
            "FROM a \\",
            "\\\n\\\n",
        ] {
            let source = Source::new("Dockerfile", None, text);
            let _ = stage(&source, None, &BTreeMap::new());
        }
    }
}
