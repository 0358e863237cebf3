//! Env files: `.env`, `env_file`, `label_file`.

use std::sync::Arc;

use super::environment::Variable;
use super::template::{self, Failure};
use crate::place::{Origin, Place, Source};

/// What an env file says.
#[derive(Debug, Default)]
pub(crate) struct EnvFile {
    /// The variables in the order of the text; of two of a name the later one counts.
    pub(crate) variables: Vec<(String, Variable)>,
    /// References to variables that are not set.
    pub(crate) unset: Vec<(String, Place)>,
}

impl EnvFile {
    fn get(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().rev().find(|(key, _)| key == name).map(|(_, variable)| variable)
    }
}

/// What is wrong with an env file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Malformed {
    pub(crate) place: Place,
    pub(crate) message: String,
}

/// How an env file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Quotes, comments and references to variables mean something.
    Compose,
    /// Every line is `NAME=value`, the value as it stands.
    Raw,
}

/// Reads an env file; `lookup` is asked before the file's own variables.
pub(crate) fn parse(
    source: &Arc<Source>,
    format: Format,
    lookup: template::Lookup<'_>,
) -> Result<EnvFile, Malformed> {
    parse_after(source, format, lookup, &|_| None)
}

/// As [`parse`], and `earlier` is asked after the file's own variables.
pub(crate) fn parse_after(
    source: &Arc<Source>,
    format: Format,
    lookup: template::Lookup<'_>,
    earlier: template::Lookup<'_>,
) -> Result<EnvFile, Malformed> {
    let mut file = EnvFile::default();
    let mut parser = Parser { source, text: source.text(), at: 0, lookup, earlier };
    if parser.text.starts_with('\u{feff}') {
        parser.at = '\u{feff}'.len_utf8();
    }
    match format {
        Format::Compose => parser.compose(&mut file)?,
        Format::Raw => parser.raw(&mut file)?,
    }
    Ok(file)
}

struct Parser<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    at: usize,
    lookup: template::Lookup<'a>,
    earlier: template::Lookup<'a>,
}

/// Space within a line.
fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fail<T>(&self, start: usize, end: usize, message: String) -> Result<T, Malformed> {
        Err(Malformed { place: self.source.place(start, end), message })
    }

    /// The form of docker's own `--env-file`: nothing but names and values.
    fn raw(&mut self, file: &mut EnvFile) -> Result<(), Malformed> {
        while !self.rest().is_empty() {
            let line = self.rest().split('\n').next().unwrap_or_default();
            let start = self.at;
            self.at = (start + line.len() + 1).min(self.text.len());
            let line = line.strip_suffix('\r').unwrap_or(line);
            let text = line.trim_start();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let start = start + line.len() - text.len();
            let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
            if name.is_empty() || name.contains(char::is_whitespace) {
                let what = if name.is_empty() { "there is no name" } else { "there is a space in the name" };
                return self.fail(start, start + text.len(), format!("{what} before the `=`"));
            }
            match value {
                Some(value) => {
                    let from = start + name.len() + 1;
                    let origin = Origin::Said(self.source.place(from, from + value.len()));
                    file.variables.push((name.to_owned(), Variable { value: value.to_owned(), origin }));
                }
                None => file.variables.extend((self.lookup)(name).map(|variable| (name.to_owned(), variable))),
            }
        }
        Ok(())
    }

    fn compose(&mut self, file: &mut EnvFile) -> Result<(), Malformed> {
        while self.skip_to_statement() {
            let (name, start, inherited) = self.name()?;
            if let Some((first, _)) = name.split_once(' ') {
                // What stands behind it may be the value, and secret.
                return self.fail(start, start + name.len(), format!("the name `{first} …` has a space in it"));
            }
            if inherited {
                if let Some(variable) = (self.lookup)(name) {
                    let said = Origin::Said(self.source.place(start, start + name.len()));
                    let origin = Origin::Derived { rule: "inherited", from: Arc::from([variable.origin, said]) };
                    file.variables.push((name.to_owned(), Variable { value: variable.value, origin }));
                }
                continue;
            }
            let variable = self.value(file)?;
            file.variables.push((name.to_owned(), variable));
        }
        Ok(())
    }

    /// Goes to where the next statement begins, past empty lines and comments; `false` at the end.
    fn skip_to_statement(&mut self) -> bool {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            let rest = self.rest();
            match rest.bytes().next() {
                None => return false,
                Some(b'#') => self.at += rest.find('\n').unwrap_or(rest.len()),
                Some(_) => return true,
            }
        }
    }

    /// The name that a statement begins with, where it stands, and whether it stands alone.
    fn name(&mut self) -> Result<(&'a str, usize, bool), Malformed> {
        if let Some(after) = self.rest().strip_prefix("export")
            && after.starts_with(char::is_whitespace)
        {
            self.at = self.text.len() - after.trim_start_matches(is_space).len();
        }
        let rest = self.rest();
        let start = self.at;
        let mut found = None;
        for (at, c) in rest.char_indices() {
            match c {
                '=' | ':' | '\n' => {
                    found = Some((at, c == '\n'));
                    break;
                }
                '_' | '.' | '-' | '[' | ']' => {}
                c if is_space(c) || c.is_alphanumeric() => {}
                c => {
                    let line = rest.split('\n').next().unwrap_or_default();
                    let place = start + at;
                    let name = line.split('=').next().unwrap_or_default().trim_end();
                    return self.fail(place, place + c.len_utf8(), format!("`{c}` can't stand in the name `{name}`"));
                }
            }
        }
        // Without a line break at the end of the file, a bare name is taken for the value of the name "".
        let Some((end, inherited)) = found else { return Ok(("", start, false)) };
        let name = rest.get(..end).unwrap_or_default().trim_end();
        self.at = start + end + 1;
        let value = self.rest();
        self.at += value.len() - value.trim_start_matches(is_space).len();
        Ok((name, start, inherited))
    }

    fn value(&mut self, file: &mut EnvFile) -> Result<Variable, Malformed> {
        let rest = self.rest();
        match rest.bytes().next() {
            Some(quote @ (b'"' | b'\'')) => self.quoted(file, char::from(quote)),
            _ => {
                let line = rest.split('\n').next().unwrap_or_default();
                let start = self.at;
                self.at += (line.len() + 1).min(rest.len());
                let value = line.split(" #").next().unwrap_or_default().trim_end();
                self.expanded(file, value, start, start + value.len())
            }
        }
    }

    fn quoted(&mut self, file: &mut EnvFile, quote: char) -> Result<Variable, Malformed> {
        let start = self.at + 1;
        let inner = self.text.get(start..).unwrap_or_default();
        let mut value = String::new();
        let mut escaped = false;
        for (at, c) in inner.char_indices() {
            if c == quote && !escaped {
                self.at = start + at + 1;
                let value = if quote == '"' { unescape(&value) } else { value };
                if quote == '"' {
                    return self.expanded(file, &value, start, start + at);
                }
                let origin = self.literal(&value, start, start + at, Vec::new());
                return Ok(Variable { value, origin });
            }
            if c != quote && !escaped && c == '\\' {
                escaped = true;
                continue;
            }
            if escaped && c != quote {
                value.push('\\');
            }
            escaped = false;
            value.push(c);
        }
        let line = inner.split('\n').next().unwrap_or_default();
        self.fail(self.at, start + line.len(), "a quote is opened and never closed".to_owned())
    }

    fn literal(&self, value: &str, start: usize, end: usize, used: Vec<Origin>) -> Origin {
        let place = self.source.place(start, end);
        if place.text() == value && used.is_empty() {
            return Origin::Said(place);
        }
        let rule = if used.is_empty() { "unescaped" } else { "interpolated" };
        Origin::Derived { rule, from: std::iter::once(Origin::Said(place)).chain(used).collect() }
    }

    fn expanded(&self, file: &mut EnvFile, value: &str, start: usize, end: usize) -> Result<Variable, Malformed> {
        let place = || self.source.place(start, end);
        let lookup =
            |name: &str| (self.lookup)(name).or_else(|| file.get(name).cloned()).or_else(|| (self.earlier)(name));
        match template::substitute(value, &lookup) {
            Ok(outcome) => {
                let whole = place();
                for (name, written) in outcome.unset {
                    let at = whole.text().find(&written).unwrap_or_default();
                    file.unset.push((name, whole.part(at, at + written.len())));
                }
                let origin = self.literal(&outcome.text, start, end, outcome.used);
                Ok(Variable { value: outcome.text, origin })
            }
            Err(Failure::Malformed(written)) => Err(Malformed {
                place: place(),
                message: format!("`{written}` is no well-formed reference to a variable"),
            }),
            Err(Failure::Required(name, reason)) => {
                let reason = if reason.is_empty() { reason } else { format!(": {reason}") };
                Err(Malformed { place: place(), message: format!("the variable {name} has no value{reason}") })
            }
        }
    }
}

/// The escapes of double quotes; `\$` stays a dollar sign that begins no reference.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let after = rest.get(at + 1..).unwrap_or_default();
        let simple = match after.bytes().next() {
            Some(b'a') => Some("\u{7}"),
            Some(b'b') => Some("\u{8}"),
            Some(b'f') => Some("\u{c}"),
            Some(b'n') => Some("\n"),
            Some(b'r') => Some("\r"),
            Some(b't') => Some("\t"),
            Some(b'v') => Some("\u{b}"),
            Some(b'$') => Some("$$"),
            Some(b'"') => Some("\""),
            Some(b'\\') => Some("\\"),
            _ => None,
        };
        let length = match simple {
            Some(simple) => {
                out.push_str(simple);
                1
            }
            None => octal(after, &mut out),
        };
        rest = after.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// `0` and up to three digits: an octal number if there are three, else what is left without the `0`.
/// Gives how many bytes it took; none if it is no such escape.
fn octal(text: &str, out: &mut String) -> usize {
    let Some(after) = text.strip_prefix('0') else {
        out.push('\\');
        return 0;
    };
    let count = after.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let digits = after.get(..count).unwrap_or_default();
    let number = u32::from_str_radix(digits, 8).ok().filter(|number| count == 3 && *number < 256);
    match number.and_then(char::from_u32) {
        Some(character) => out.push(character),
        None => {
            out.push('\\');
            out.push_str(digits);
        }
    }
    1 + count
}

#[cfg(test)]
mod tests {

    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let source = Source::new(".env", None, text);
        let lookup = |name: &str| {
            (name == "OS").then(|| Variable { value: "os".into(), origin: Origin::Environment("OS".into()) })
        };
        let file = parse(&source, Format::Compose, &lookup).unwrap();
        file.variables.into_iter().map(|(name, variable)| (name, variable.value)).collect()
    }

    fn one(text: &str) -> String {
        read(text).remove(0).1
    }

    #[test]
    fn values() {
        for (text, value) in [
            ("E=v #c", "v"),
            ("F=v#c", "v#c"),
            ("S='a $B \\n'", "a $B \\n"),
            ("D=\"a\\nb\"", "a\nb"),
            ("D=\"a\\$b\"", "a$b"),
            ("D=\"two\nlines\" # c", "two\nlines"),
            ("KEY = v", "v"),
            ("H: yaml", "yaml"),
            ("export X=1", "1"),
            ("X=", ""),
            ("X=${OS}-2", "os-2"),
            ("X=a\\nb", "a\\nb"),
            ("S='it\\'s'", "it's"),
        ] {
            assert_eq!(one(text), value, "{text:?}");
        }
        assert_eq!(
            read("A=1\nB=${A}2\n# c\n\nOS\nNONE\n"),
            [("A".into(), "1".into()), ("B".into(), "12".into()), ("OS".into(), "os".into())]
        );
    }

    #[test]
    fn the_place_is_the_value() {
        let source = Source::new(".env", None, "A=\"x y\" # c\nB= z\n");
        let file = parse(&source, Format::Compose, &|_| None).unwrap();
        let texts: Vec<_> = file.variables.iter().map(|(_, v)| v.origin.place().unwrap().text().to_owned()).collect();
        assert_eq!(texts, ["x y", "z"]);
    }

    #[test]
    fn mistakes() {
        for text in ["A B=1", "A!=1", "A='x", "A=${B:?no}"] {
            let source = Source::new(".env", None, text);
            assert!(parse(&source, Format::Compose, &|_| None).is_err(), "{text}");
        }
    }
}
