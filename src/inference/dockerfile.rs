//! What a Dockerfile says about the image that it makes: ports, environment, what it runs, what it copies.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::Context;
use crate::document::Node;
use crate::document::dockerfile::{Instruction, Known, argv, instructions};
use crate::fact::Unknown;
use crate::place::{Place, Source};
use crate::word::{Piece, Word};

/// Where the Dockerfile of a service's `build` is.
#[derive(Debug, Clone, PartialEq)]
pub enum Recipe {
    /// In the compose file itself: the text, and the place of it.
    Inline(String, Place),
    /// A file of this host.
    File(PathBuf),
}

impl Recipe {
    /// That of a `build`; `None` if it is not on this host.
    pub fn of(build: &Node) -> Option<Self> {
        let text = |key: &str| build.get(key).and_then(Node::as_str);
        if let Some(inline) = build.get("dockerfile_inline") {
            return Some(Self::Inline(inline.as_str()?.to_owned(), inline.place().or(build.place())?.clone()));
        }
        let context = Path::new(text("context")?);
        let file = context.join(text("dockerfile").unwrap_or("Dockerfile"));
        context.is_absolute().then_some(Self::File(file))
    }

    /// Its text.
    ///
    /// # Errors
    /// [`Unknown`] if the file cannot be read.
    pub async fn source(&self, cx: &Context) -> Result<Arc<Source>, Unknown> {
        match self {
            Self::Inline(text, place) => Ok(Source::new(place.file(), None, text.as_str())),
            Self::File(path) => cx.read(path).await,
        }
    }

    /// The stage that a `build` would make of its text.
    pub fn stage(&self, build: &Node, source: &Arc<Source>) -> Option<Stage> {
        let said = |(name, entry): (&str, &crate::document::Entry)| {
            let text = entry.node.scalar().filter(|_| !entry.node.is_null())?;
            let place = entry.node.place().cloned();
            Some((name.to_owned(), Word(vec![Piece::Text { text, place, variable: None }])))
        };
        let args = build.get("args").into_iter().flat_map(Node::entries).filter_map(said).collect();
        let mut stage = stage(source, build.get("target").and_then(Node::as_str), &args)?;
        if let Self::Inline(_, place) = self {
            stage.stand_at(source, place);
        }
        Some(stage)
    }
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

impl Stage {
    /// Tells all that a text says to stand at one place: it is part of another file.
    fn stand_at(&mut self, source: &Arc<Source>, at: &Place) {
        let move_place = |place: &mut Option<Place>| {
            if place.as_ref().is_some_and(|place| Arc::ptr_eq(place.source(), source)) {
                *place = Some(at.clone());
            }
        };
        let words = (self.environment.values_mut())
            .chain(&mut self.entrypoint)
            .chain(&mut self.command)
            .chain(&mut self.healthcheck)
            .chain(self.copied.iter_mut().map(|(file, _)| file));
        for piece in words.flat_map(|word| &mut word.0) {
            match piece {
                Piece::Text { place, .. } | Piece::Open { place, .. } => move_place(place),
            }
        }
        self.exposed.iter_mut().for_each(|exposed| move_place(&mut exposed.place));
    }
}

/// Reads the stage that a build would make: `target`, else the last one. `args` are the build's own arguments.
fn stage(source: &Arc<Source>, target: Option<&str>, args: &BTreeMap<String, Word>) -> Option<Stage> {
    let mut stages: Vec<(Option<String>, Stage)> = Vec::new();
    let mut global: HashMap<String, Word> = HashMap::new();
    let mut local: HashMap<String, Word> = HashMap::new();
    let none = HashMap::new();
    for instruction in instructions(source) {
        if instruction.name == "FROM" {
            let known = |name: &str| args.get(name).or_else(|| global.get(name)).cloned();
            let mut words = instruction.words(&known).into_iter().filter(|word| !word.pattern().starts_with("--"));
            let base = words.next().and_then(|base| base.text());
            let mut label = words.filter_map(|word| word.text());
            let label = label.next().filter(|word| word.eq_ignore_ascii_case("as")).and_then(|_| label.next());
            let earlier = base.as_deref().and_then(|base| find(&stages, base)).cloned();
            stages.push((label, earlier.unwrap_or(Stage { base, ..Stage::default() })));
            local.clear();
        } else if let Some((_, stage)) = stages.last_mut() {
            if instruction.name == "ARG" {
                argument(&instruction, args, &global, &mut local);
            } else {
                stage.read(&instruction, &local);
            }
        } else if instruction.name == "ARG" {
            argument(&instruction, args, &none, &mut global);
        }
    }
    match target {
        Some(target) => {
            find(&stages, target).or_else(|| Some(&stages.get(target.parse::<usize>().ok()?)?.1)).cloned()
        }
        None => stages.pop().map(|(_, stage)| stage),
    }
}

/// The last stage of a name.
fn find<'a>(stages: &'a [(Option<String>, Stage)], name: &str) -> Option<&'a Stage> {
    let named = |(label, _): &&(Option<String>, Stage)| {
        label.as_deref().is_some_and(|label| label.eq_ignore_ascii_case(name))
    };
    stages.iter().rev().find(named).map(|(_, stage)| stage)
}

impl Stage {
    fn read(&mut self, instruction: &Instruction, arguments: &HashMap<String, Word>) {
        let environment = &self.environment;
        let known = |name: &str| environment.get(name).or_else(|| arguments.get(name)).cloned();
        match instruction.name.as_str() {
            "EXPOSE" => self.exposed.extend(instruction.words(&known).iter().filter_map(exposed)),
            "ENV" => {
                // Within one instruction, a variable is still what it was before.
                let assigned = instruction.assignments(&known);
                self.environment.extend(assigned);
            }
            "CMD" => self.command = argv(&instruction.arguments),
            "ENTRYPOINT" => {
                // An entrypoint resets the command of the image that it builds on.
                self.entrypoint = argv(&instruction.arguments);
                self.command = Vec::new();
            }
            "HEALTHCHECK" => {
                let pattern = instruction.arguments.pattern();
                self.healthcheck = match pattern.find("CMD") {
                    Some(at) => argv(&instruction.arguments.slice(at + 3..pattern.len())),
                    None => Vec::new(),
                };
            }
            "COPY" | "ADD" => {
                let files = copied(instruction, &known);
                self.copied.extend(files);
            }
            _ => {}
        }
    }
}

/// `ARG NAME=default …`: the build's own argument counts more than the default, and without one that of the file.
fn argument(
    instruction: &Instruction,
    args: &BTreeMap<String, Word>,
    global: &HashMap<String, Word>,
    known: &mut HashMap<String, Word>,
) {
    for word in instruction.words(&|name| known.get(name).cloned()) {
        let pattern = word.pattern();
        let (name, default) = match pattern.split_once('=') {
            Some((name, _)) => (name, Some(word.slice(name.len() + 1..pattern.len()))),
            None => (pattern.as_str(), global.get(&pattern).cloned()),
        };
        if let Some(value) = args.get(name).cloned().or(default) {
            known.insert(name.to_owned(), value.of_variable(name));
        }
    }
}

fn exposed(word: &Word) -> Option<Exposed> {
    let text = word.text()?;
    let (port, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
    let place = word.slice(0..port.len()).place();
    Some(Exposed { port: port.parse().ok()?, protocol: protocol.to_ascii_lowercase(), place })
}

/// What `COPY source… target` copies from the build context.
fn copied(instruction: &Instruction, known: Known<'_>) -> Vec<(Word, String)> {
    let words = match instruction.arguments.pattern().trim_start().starts_with('[') {
        true => argv(&instruction.arguments).iter().map(|word| word.expanded(known)).collect(),
        false => instruction.words(known),
    };
    if words.iter().any(|word| word.pattern().starts_with("--from")) {
        return Vec::new();
    }
    let mut words: Vec<_> = words.into_iter().filter(|word| !word.pattern().starts_with("--")).collect();
    let Some(target) = words.pop().and_then(|target| target.text()) else { return Vec::new() };
    words.into_iter().map(|source| (source, target.clone())).collect()
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
        assert_eq!(read(text, Some("0"), &[]).exposed.len(), 1);
        assert_eq!(read("FROM $UNKNOWN AS x\n", None, &[]).base, None);
        assert_eq!(read("ARG A=1\nARG B=x$A\nFROM a:$B", None, &[]).base.as_deref(), Some("a:x1"));
        let env = read("FROM a AS base\nENV A=1\nFROM base\nENV A=2 B=$A\nENV C=$A", None, &[]).environment;
        assert_eq!([&env["A"], &env["B"], &env["C"]].map(Word::shown), ["2", "1", "2"]);
        assert!(read("FROM a AS base\nENV A=1\nFROM b", None, &[]).environment.is_empty());
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
