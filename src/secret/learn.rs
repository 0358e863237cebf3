//! Where the secrets of a run are collected: from everything that was read, as it is read.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;

use super::alias::aliases;
use super::forms::{forms, is_findable};
use super::net::{Net, Open};
use super::scan::found_in;
use super::value::{is_placeholder, is_secret};
use crate::document::{Node, Value};
use crate::place::{Origin, Source};

/// The longest text that is scanned as a whole, in bytes; of a longer one, its beginning.
const LONGEST: usize = 4 << 20;

/// The most values that are looked for. A file that holds more is hostile.
const MOST: usize = 10_000;

/// Collects the secret values of one run. Shared by all who read something; learning never waits.
#[derive(Default)]
pub struct Redactor {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    values: BTreeSet<String>,
    ordinary: BTreeSet<String>,
    /// Texts that were scanned, by name, length and hash.
    scanned: HashSet<(String, usize, u64)>,
    open: Open,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} secrets)", self.lock().values.len())
    }
}

impl Redactor {
    /// One that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A value that is secret, whatever its name: a secret file's content, one marked `secret: true`.
    pub fn secret(&self, value: &str) {
        let value = value.trim();
        if !value.is_empty() && !is_placeholder(value) {
            let mut known = self.lock();
            if known.values.len() < MOST {
                known.values.insert(value.to_owned());
            }
        }
    }

    /// A value under a name: learned if the name announces a secret and the value is one, or by its shape.
    pub fn named(&self, name: &str, value: &str) {
        if is_secret(name, value) {
            self.secret(value.trim().trim_matches(['"', '\'']));
        }
        self.text("", value);
    }

    /// A word of the stack that is not masked wherever it occurs, even if it is somebody's password, too: the name of
    /// a service, an image, a volume, a variable.
    pub fn ordinary(&self, word: &str) {
        if word.len() <= 64 {
            self.lock().ordinary.insert(word.to_owned());
        }
    }

    /// A path whose content is secret as a whole: a secret's file.
    pub fn secret_path(&self, path: &str) {
        self.lock().open.paths.insert(path.to_owned());
    }

    /// A text of any format: the secrets in it. `name` is the file's name, if it is one.
    pub fn text(&self, name: &str, text: &str) {
        let mut end = text.len().min(LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        for found in found_in(name, text).into_iter().filter(|found| found.telling) {
            let value = text.get(found.range).unwrap_or_default();
            self.secret(value);
            // It is not always clear where a value ends: `TOKEN=… ./run`.
            let first = value.split_whitespace().next().unwrap_or_default();
            if first.len() >= 8 && first.len() < value.len() && first.bytes().any(|byte| byte.is_ascii_digit()) {
                self.secret(first);
            }
        }
    }

    /// Where a text of any format holds secrets, in bytes, in order, without overlaps: by the names in it and its shape,
    /// and under the variables that other texts put where secrets stand. `name` is the file's name, if it has one: its
    /// extension tells code from data.
    pub fn secrets_in(&self, name: &str, text: &str) -> Vec<std::ops::Range<usize>> {
        self.lock().open.secrets_in(name, text)
    }

    /// A text that was read, once however often it is given.
    pub fn source(&self, source: &Source) {
        let text = source.text();
        let whole = source.path().is_some_and(|path| self.is_secret_path(&path.to_string_lossy()));
        if whole {
            self.secret(text);
        }
        if self.lock().scanned.insert((source.name().to_owned(), text.len(), source.fingerprint())) {
            self.text(source.name(), text);
            self.lock().open.aliases.extend(aliases(text));
        }
    }

    /// Whether the content of a file is secret as a whole.
    pub(crate) fn is_secret_path(&self, path: &str) -> bool {
        self.lock().open.is_secret_path(path)
    }

    /// The variables of an environment.
    pub fn environment<'a>(&self, variables: impl IntoIterator<Item = (&'a String, &'a String)>) {
        for (name, value) in variables {
            self.named(name, value);
        }
    }

    /// A decoded document, such as a project's model: values under sensitive names, the texts that they stem from,
    /// and, as ordinary words, its keys.
    pub fn node(&self, node: &Node) {
        self.below("", node);
    }

    fn below(&self, name: &str, node: &Node) {
        self.origin(&node.origin);
        match &node.value {
            Value::Map(map) => {
                for (key, entry) in map {
                    self.ordinary(key);
                    self.below(key, &entry.node);
                }
            }
            Value::Seq(items) => {
                // A list under `secrets` names them; one under `tokens` holds them.
                let name = if name == "secrets" { "" } else { name };
                items.iter().for_each(|item| self.below(name, item));
                self.flags(items.iter().map(Node::as_str));
            }
            Value::String(text) => self.scalar(name, text),
            Value::Int(_) | Value::Float(_) => self.named(name, &node.scalar().unwrap_or_default()),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn origin(&self, origin: &Origin) {
        match origin {
            Origin::Said(place) => self.source(place.source()),
            Origin::Derived { from, .. } => from.iter().for_each(|origin| self.origin(origin)),
            Origin::Environment(_) => {}
        }
    }

    fn scalar(&self, name: &str, text: &str) {
        if name == "image" || name == "container_name" || name == "hostname" {
            text.split(['/', ':', '@']).for_each(|part| self.ordinary(part));
        }
        self.named(name, text);
        self.assignment(text);
    }

    /// `NAME=value`, `--name=value`, as a text of its own.
    fn assignment(&self, text: &str) {
        let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if let Some((name, value)) = text.split_once('=')
            && name.bytes().all(in_name)
        {
            self.named(name, value);
        }
    }

    /// A project's effective model: its values, and the files, contents and variables that its `secrets` name.
    pub fn model(&self, model: &Node, variables: &BTreeMap<String, String>) {
        self.node(model);
        for (_, entry) in model.get("secrets").into_iter().flat_map(Node::entries) {
            let text = |key| entry.node.get(key).and_then(Node::as_str);
            text("file").inspect(|file| self.secret_path(file));
            text("content").inspect(|content| self.secret(content));
            text("environment").and_then(|name| variables.get(name)).inspect(|value| self.secret(value));
        }
    }

    /// A fact: what was asked, and what came back. Lists of pairs and of `NAME=value` are read as environments, long
    /// texts as files.
    pub fn fact(&self, question: &Json, answer: &Json) {
        let path = question.get("path").and_then(Json::as_str).unwrap_or_default();
        if !path.is_empty()
            && self.is_secret_path(path)
            && let Some(text) = answer.get("text").and_then(Json::as_str)
        {
            self.secret(text);
        }
        self.json(path, "", answer);
    }

    /// `--token`, `abc`: a flag and its value, one behind the other in a list.
    fn flags<'a>(&self, items: impl Iterator<Item = Option<&'a str>>) {
        let mut flag = None;
        for item in items {
            match (flag.take(), item) {
                (Some(flag), Some(value)) if !value.starts_with('-') => self.named(flag, value),
                (_, item) => flag = item.filter(|item| item.starts_with('-') && !item.contains([' ', '='])),
            }
        }
    }

    fn json(&self, path: &str, name: &str, value: &Json) {
        match value {
            Json::Object(fields) => {
                let field = |key: &str| fields.get(key).and_then(Json::as_str);
                if let (Some(name), Some(value)) = (field("name").or_else(|| field("key")), field("value")) {
                    self.named(name, value);
                }
                fields.iter().for_each(|(key, value)| self.json(path, key, value));
            }
            Json::Array(items) => match items.as_slice() {
                [Json::String(variable), Json::String(value)] if name == "env" => self.named(variable, value),
                items => {
                    items.iter().for_each(|item| self.json(path, name, item));
                    self.flags(items.iter().map(Json::as_str));
                }
            },
            Json::String(text) if text.contains('\n') || name == "text" => self.text(path, text),
            Json::String(text) => {
                self.named(name, text);
                self.assignment(text);
            }
            Json::Number(number) => {
                if is_secret(name, &number.to_string()) {
                    self.secret(&number.to_string());
                }
            }
            Json::Null | Json::Bool(_) => {}
        }
    }

    /// The values that are known by now and can be looked for, each in every form that it may have.
    pub(crate) fn known(&self) -> Vec<(String, Vec<String>)> {
        let known = self.lock();
        let ordinary = |form: &str| known.ordinary.contains(form);
        let findable = |form: &String| is_findable(form) && !ordinary(form);
        let values = known.values.iter().filter(|value| !ordinary(value));
        values.map(|value| (value.clone(), forms(value).into_iter().filter(findable).collect())).collect()
    }

    /// The net for what is known by now.
    pub fn net(&self) -> Net {
        let forms: BTreeSet<String> = self.known().into_iter().flat_map(|(_, forms)| forms).collect();
        Net::of(forms.iter().map(String::as_str), self.lock().open.clone())
    }
}
