//! Stand-ins for secrets: equal secrets have equal ones, in every text; nothing leads back from one to its secret.
//!
//! A stand-in is an HMAC-SHA-256 under a key that lives as long as this value. What rules look at stays: blanks,
//! placeholders, white space and quotes around a value, `$` within it, and whether it is a number.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use hmac::{Hmac, KeyInit, Mac};
use regex::Regex;
use serde_json::Value as Json;
use sha2::Sha256;

use crate::fact::{Heard, Unknown};
use crate::secret::{Redactor, is_placeholder, is_secret, is_sensitive_name};

/// The letters of a stand-in.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A key or variable that is given the value of a variable.
static CARRYING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"([A-Za-z_][A-Za-z0-9_.-]*)["']?[ \t]*[:=][ \t]*["']?\$\{?([A-Za-z_][A-Za-z0-9_]*)"#).ok()
});

/// A variable that is given a value in a line of its own.
static ASSIGNED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.+)$").ok());

/// What stands in for what.
pub(super) struct StandIns<'a> {
    key: [u8; 32],
    secrets: &'a Redactor,
    known: Option<Known>,
    /// Variables whose names announce nothing, and whose values end up under names that do.
    carriers: BTreeSet<String>,
}

/// The secrets that are looked for in every text.
struct Known {
    /// Finds every form, overlapping ones too: nothing that is part of a secret stays.
    every: AhoCorasick,
    /// Finds whole forms, the longest first.
    longest: AhoCorasick,
    /// What stands in for a form, by its number.
    stands: Vec<String>,
}

impl<'a> StandIns<'a> {
    /// Stand-ins under a new key.
    pub(super) fn new(secrets: &'a Redactor) -> Self {
        let mut key = [0; 32];
        let random = rustls::crypto::ring::default_provider().secure_random;
        if random.fill(&mut key).is_err() {
            // Without chance all secrets become one: worse to judge by, and as safe.
            return Self { key, secrets, known: None, carriers: BTreeSet::new() }.knowing(|_, _| "hmac0".to_owned());
        }
        Self { key, secrets, known: None, carriers: BTreeSet::new() }.knowing(Self::of_known)
    }

    fn knowing(mut self, stand: impl Fn(&Self, (&str, &str)) -> String) -> Self {
        let known = self.secrets.known();
        // Values that have a form in common are one secret, written in several ways; the shortest is it.
        let mut values: Vec<&(String, Vec<String>)> = known.iter().collect();
        values.sort_by_key(|(value, _)| (value.len(), value.as_str()));
        let mut meant: HashMap<&str, &str> = HashMap::new();
        for (value, forms) in values {
            let first = forms.iter().find_map(|form| meant.get(form.as_str()).copied()).unwrap_or(value);
            for form in forms {
                meant.entry(form).or_insert(first);
            }
        }
        let forms: BTreeMap<&str, &str> = meant.into_iter().collect();
        let stands = forms.iter().map(|(form, value)| stand(&self, (form, value))).collect();
        let build = |kind| AhoCorasick::builder().match_kind(kind).build(forms.keys()).ok();
        self.known = match (build(MatchKind::Standard), build(MatchKind::LeftmostLongest)) {
            (Some(every), Some(longest)) if !forms.is_empty() => Some(Known { every, longest, stands }),
            _ => None,
        };
        self
    }

    /// What stands in for a form of a known value. A `$` stays one, since Compose looks at it.
    fn of_known(&self, (form, value): (&str, &str)) -> String {
        if !value.contains('$') {
            return self.of(value);
        }
        if form.contains('$') {
            return self.around_dollars(form, "$");
        }
        if form.contains("%24") { self.around_dollars(value, "%24") } else { self.of(value) }
    }

    fn around_dollars(&self, value: &str, dollar: &str) -> String {
        let parts = value.split('$').map(|part| {
            let inner = part.trim_matches(['{', '}']);
            if inner.is_empty() { part.to_owned() } else { part.replace(inner, &self.of(inner)) }
        });
        parts.collect::<Vec<_>>().join(dollar)
    }

    /// Looks for variables that carry secrets in a text: `PASSWORD: ${PW}` makes one of `PW`.
    pub(super) fn learn_carriers(&mut self, text: &str) {
        let Some(carrying) = &*CARRYING else { return };
        for found in carrying.captures_iter(text) {
            if let (Some(name), Some(variable)) = (found.get(1), found.get(2))
                && is_sensitive_name(name.as_str())
            {
                self.carriers.insert(variable.as_str().to_owned());
            }
        }
    }

    /// The values that variables which carry secrets are given in a text.
    fn carried(&self, text: &str) -> Vec<Range<usize>> {
        let Some(assigned) = ASSIGNED.as_ref().filter(|_| !self.carriers.is_empty()) else { return Vec::new() };
        let of = |found: regex::Captures<'_>| {
            let value = found.get(2)?;
            (self.carriers.contains(found.get(1)?.as_str()) && is_secret("secret", value.as_str()))
                .then(|| value.range())
        };
        assigned.captures_iter(text).filter_map(of).collect()
    }

    /// The stand-in for a value: letters and digits only, so that it means the same in every encoding.
    fn of(&self, value: &str) -> String {
        let mut bytes = Vec::new();
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) {
            mac.update(value.as_bytes());
            bytes.extend_from_slice(&mac.finalize().into_bytes());
        }
        let letters =
            || bytes.iter().take(20).filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied().map(char::from));
        if value.bytes().all(|byte| byte.is_ascii_digit()) {
            // A number stays one, or a JSON file would not be one any more.
            return std::iter::once('9')
                .chain(bytes.iter().take(14).map(|byte| char::from(b'0' + byte % 10)))
                .collect();
        }
        let lead = if value.starts_with(|c: char| c.is_ascii_digit()) { "4hmac" } else { "hmac" };
        lead.chars().chain(letters()).collect()
    }

    /// A text, and where it comes from: a file's name tells data from code.
    pub(super) fn text(&self, name: &str, text: &str) -> String {
        let mut ranges = self.secrets.secrets_in(name, text);
        ranges.extend(self.carried(text));
        self.within(text, ranges)
    }

    /// A path, which may be a URL in the wrong place.
    pub(super) fn path(&self, path: PathBuf) -> PathBuf {
        match path.to_str() {
            Some(text) => self.text("", text).into(),
            None => path,
        }
    }

    /// The text of a file, which may be secret as a whole.
    pub(super) fn file(&self, path: &str, text: &str) -> String {
        if self.secrets.is_secret_path(path) { self.whole(text) } else { self.text(path, text) }
    }

    /// A value under a name.
    pub(super) fn pair(&self, name: String, value: &str) -> (String, String) {
        let value = self.named(&name, value);
        (name, value)
    }

    fn named(&self, name: &str, value: &str) -> String {
        let name = if self.carriers.contains(name) { "secret" } else { name };
        if is_secret(name, value) { self.whole(value) } else { self.text("", value) }
    }

    fn whole(&self, value: &str) -> String {
        self.within(value, std::iter::once(0..value.len()).collect())
    }

    /// A text with stand-ins in these ranges and wherever a known secret is.
    fn within(&self, text: &str, mut ranges: Vec<Range<usize>>) -> String {
        ranges.extend(
            self.known.iter().flat_map(|known| known.every.find_overlapping_iter(text)).map(|hit| hit.range()),
        );
        ranges.sort_by_key(|range| range.start);
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        let mut ranges = ranges.into_iter().peekable();
        while let Some(mut range) = ranges.next() {
            while let Some(next) = ranges.next_if(|next| next.start <= range.end) {
                range.end = range.end.max(next.end);
            }
            out += text.get(from..range.start).unwrap_or_default();
            out += &self.secret(text.get(range.clone()).unwrap_or_default());
            from = range.end;
        }
        out + text.get(from..).unwrap_or_default()
    }

    /// What stands in for a part of a text that is secret: known values as wholes, the rest word by word.
    fn secret(&self, text: &str) -> String {
        let Some(known) = &self.known else { return self.words(text) };
        let mut out = String::new();
        let mut from = 0;
        for hit in known.longest.find_iter(text) {
            out += &self.words(text.get(from..hit.start()).unwrap_or_default());
            out += known.stands.get(hit.pattern().as_usize()).map_or("hmac", String::as_str);
            from = hit.end();
        }
        out + &self.words(text.get(from..).unwrap_or_default())
    }

    fn words(&self, text: &str) -> String {
        if is_placeholder(text.trim()) {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(char::is_alphanumeric) {
            let (between, word) = rest.split_at(start);
            let end = word.find(|c: char| !c.is_alphanumeric()).unwrap_or(word.len());
            let (word, behind) = word.split_at(end);
            out += between;
            out += &self.of(word);
            rest = behind;
        }
        out + rest
    }

    /// A fact. A recording's questions are asked again about what is in it, so they are treated alike.
    pub(super) fn heard(&self, heard: Heard) -> Heard {
        let path = heard.question.get("path").and_then(Json::as_str).unwrap_or_default().to_owned();
        let inside = |mut value: Json| {
            self.json(&path, "", &mut value);
            value
        };
        let unknown = |unknown: Unknown| Unknown { detail: self.text("", &unknown.detail), ..unknown };
        Heard {
            kind: heard.kind,
            answer: heard.answer.map(&inside).map_err(unknown),
            question: inside(heard.question),
        }
    }

    fn json(&self, path: &str, name: &str, value: &mut Json) {
        match value {
            Json::String(text) if name == "text" => *text = self.file(path, text),
            Json::String(text) => *text = self.named(name, text),
            Json::Number(number) if is_secret(name, &number.to_string()) => {
                *value = self.of(&number.to_string()).parse::<i64>().map_or(Json::Null, Json::from);
            }
            Json::Array(items) => self.list(path, name, items),
            Json::Object(fields) => {
                let entries = std::mem::take(fields);
                for (key, mut value) in entries {
                    self.json(path, &key, &mut value);
                    // A field's name is ours; a label's or variable's may be anything.
                    let ours = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
                    fields.insert(if ours { key } else { self.text("", &key) }, value);
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn list(&self, path: &str, name: &str, items: &mut [Json]) {
        if let [Json::String(name), Json::String(value)] = items {
            // A variable, or a flag and its value.
            *value = self.named(name.trim_start_matches('-'), value);
            *name = self.text("", name);
            return;
        }
        let mut flag = false;
        for item in items {
            match item {
                Json::String(text) if flag => {
                    *text = self.whole(text);
                    flag = false;
                }
                item => {
                    flag = item
                        .as_str()
                        .is_some_and(|text| text.starts_with('-') && is_sensitive_name(text.trim_start_matches('-')));
                    self.json(path, name, item);
                }
            }
        }
    }
}
