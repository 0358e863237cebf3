//! Secrets in a whole text of any of the formats that deployments are written in: YAML, JSON, env files, INI, TOML,
//! shell scripts, Dockerfiles, XML, and the defaults in code. Found by the names in front of them, and by their shape.
//!
//! No parser: what is shown to a user may be broken, cut off, or of a format that nobody foresaw. Where it is not clear
//! where a value ends, more is taken rather than less.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::found::Found;
use super::merged;
use super::shape::shapes;
use super::value::is_secret;

/// What sensitive names are made of, in lower case. Each name that [`super::is_sensitive_name`] knows holds one.
const STEMS: &[&str] = &[
    "pass",
    "pwd",
    "secret",
    "token",
    "credential",
    "cred",
    "dsn",
    "auth",
    "bearer",
    "psk",
    "pepper",
    "otp",
    "key",
    "cookie",
    "salt",
    "jwt",
    "connectionstring",
    "connection_string",
    "community",
];

static STEM: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(STEMS).ok());

/// Extensions of code, in which only quoted text is a value: `token: string` is none.
const CODE: &[&str] = &[
    "py", "js", "mjs", "cjs", "ts", "tsx", "jsx", "go", "rs", "java", "kt", "rb", "php", "c", "h", "cc", "cpp",
    "hpp", "cs", "lua", "swift", "scala", "md", "rst", "txt", "html",
];

/// How many lines a value may span.
const LINES: usize = 200;

/// How many names are read within a value that is masked anyway: a connection string holds some.
const INNER: usize = 16;

/// How far a value may reach beyond its line, in bytes.
const WINDOW: usize = 16 << 10;

/// Where a text holds secrets, in bytes, in order, without overlaps. `name` is the file's name: its extension tells
/// code from data.
pub(super) fn secrets_in(name: &str, text: &str) -> Vec<Range<usize>> {
    merged(found_in(name, text).into_iter().map(|found| found.range).collect())
}

/// Like [`secrets_in`], each secret apart and as exact as can be.
pub(super) fn found_in(name: &str, text: &str) -> Vec<Found> {
    let mut found = shapes(text);
    let code =
        name.rsplit_once('.').is_some_and(|(_, extension)| CODE.contains(&extension.to_ascii_lowercase().as_str()));
    contents(text, &mut found);
    let Some(stem) = &*STEM else { return found };
    let (mut behind, mut masked, mut inner) = (0, 0, 0);
    let mut line = 0..text.find('\n').unwrap_or(text.len());
    for hit in stem.find_iter(text) {
        if hit.start() < behind {
            continue;
        }
        while line.end < hit.start() {
            let start = line.end + 1;
            line = start..text[start..].find('\n').map_or(text.len(), |end| start + end);
        }
        let site = NameSite::around(text, hit.range(), line.clone());
        behind = site.name.end.max(hit.end());
        inner = if hit.start() < masked { inner + 1 } else { 0 };
        if inner <= INNER && super::is_sensitive_name(site.word(text)) {
            let before = found.len();
            Reader { text, code, site, found: &mut found }.read();
            masked = found[before..].iter().map(|found| found.range.end).fold(masked, usize::max);
        }
    }
    found
}

/// What stands under `content` in a top-level `secrets` of YAML: Compose takes it for configs only, people write it for
/// secrets all the same.
fn contents(text: &str, found: &mut Vec<Found>) {
    let (mut within, mut block, mut at) = (false, None, 0);
    for line in text.split_inclusive('\n') {
        let indent = blanks(line);
        let content = line.trim();
        if indent == 0 && !content.is_empty() {
            within = content.starts_with("secrets:");
            block = None;
        }
        let start = at + indent;
        at += line.len();
        if !within || content.is_empty() {
            continue;
        }
        if block.is_some_and(|key| indent > key) {
            found.push(Found::new(start..start + content.len()));
            continue;
        }
        block = None;
        let Some(key) = content.find("content:") else { continue };
        let value = uncommented(&content[key + "content:".len()..]);
        let bare = value.trim().trim_end_matches('}').trim().trim_matches(['"', '\'']);
        if bare.is_empty() || is_block(value.trim()) {
            block = Some(indent);
        } else if let Some(offset) = content.rfind(bare) {
            found.push(Found::new(start + offset..start + offset + bare.len()));
        }
    }
}

/// A name in a text and what stands around it.
struct NameSite {
    name: Range<usize>,
    line: Range<usize>,
}

impl NameSite {
    fn around(text: &str, hit: Range<usize>, line: Range<usize>) -> Self {
        let bytes = text.as_bytes();
        let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let back =
            |test: &dyn Fn(&u8) -> bool| hit.start - bytes[..hit.start].iter().rev().take_while(|b| test(b)).count();
        let ahead = |test: &dyn Fn(&u8) -> bool| hit.end + bytes[hit.end..].iter().take_while(|b| test(b)).count();
        let start = back(&plain);
        let variable = text[..start].ends_with("${") || text[..start].ends_with('$');
        let (mut start, mut end) = if variable { (start, ahead(&plain)) } else { (back(&in_name), ahead(&in_name)) };
        while start < hit.start && matches!(bytes[start], b'-' | b'.') {
            start += 1;
        }
        while end > hit.end && matches!(bytes[end - 1], b'-' | b'.') {
            end -= 1;
        }
        Self { name: start..end, line }
    }

    fn word<'t>(&self, text: &'t str) -> &'t str {
        &text[self.name.clone()]
    }
}

struct Reader<'a> {
    text: &'a str,
    code: bool,
    site: NameSite,
    found: &'a mut Vec<Found>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let text = self.text;
        let (name, line) = (self.site.name.clone(), self.site.line.clone());
        let before = &text[line.start..name.start];
        if before.ends_with("${") {
            return self.default_of_variable(name.end);
        }
        let enclosing = before.trim_end_matches('-').chars().next_back().filter(|c| matches!(c, '"' | '\'' | '`'));
        let mut at = name.end;
        let closed = enclosing.is_some_and(|quote| text[at..line.end].starts_with(quote));
        let open_quote = enclosing.filter(|_| !closed);
        at +=
            text[at..line.end].bytes().take(4).take_while(|b| matches!(b, b'"' | b'\'' | b'`' | b']' | b')')).count();
        let spaced = at + blanks(&text[at..line.end]);
        let rest = &text[spaced..line.end];
        let flag = before.trim_end_matches(['"', '\'']).ends_with('-') && !before.trim_end().ends_with("- ");
        let flag = flag && name.start > line.start && text[..name.start].ends_with('-');
        if let Some(fallback) = ["||", "??", "or "].iter().find_map(|word| rest.strip_prefix(word)) {
            self.quoted_only(line.end - fallback.len());
        } else if closed && let Some(second) = rest.strip_prefix(',') {
            // `getenv("TOKEN", "default")`, `["--token", "abc"]`
            let call = before.trim_end_matches(['"', '\'', '`']).ends_with('(');
            if call || flag {
                self.argument(line.end - second.len());
            }
        } else if let Some(value) = rest.strip_prefix('>').filter(|_| before.ends_with('<')) {
            let from = line.end - value.len();
            let to = within(&text[from..], WINDOW).find("</").map_or(line.end, |end| from + end);
            self.add(from..to);
        } else if rest.starts_with("==") || rest.starts_with("!=") {
            self.quoted_only(spaced + 2 + usize::from(rest.as_bytes().get(2) == Some(&b'=')));
        } else if let Some(after) = [":=", "=>", "=", ":"].iter().find_map(|sep| rest.strip_prefix(sep)) {
            let colon = rest.starts_with(':') && !rest.starts_with(":=");
            // `token:5000/image` is no assignment, `"token":"x"` is.
            if colon && !closed && !after.is_empty() && !after.starts_with([' ', '\t', '\r', '"', '\'']) {
                return;
            }
            self.assigned(line.end - after.len(), colon, open_quote, closed);
        } else if flag && rest.is_empty() {
            self.next_item();
        } else if flag && spaced > at && !rest.starts_with('-') {
            self.word(spaced, open_quote);
        } else if spaced > at {
            self.directive(before, spaced, rest);
        }
    }

    /// `${TOKEN:-default}`
    fn default_of_variable(&mut self, at: usize) {
        let rest = &self.text[at..self.site.line.end];
        let operators = [":-", ":=", ":+", "-", "=", "+"];
        let Some(value) = operators.iter().find_map(|operator| rest.strip_prefix(operator)) else { return };
        let from = self.site.line.end - value.len();
        let mut depth = 0_usize;
        let value = within(value, WINDOW);
        let end = value.char_indices().find_map(|(at, letter)| match letter {
            '{' => {
                depth += 1;
                None
            }
            '}' if depth == 0 => Some(at),
            '}' => {
                depth -= 1;
                None
            }
            _ => None,
        });
        self.add(from..from + end.unwrap_or(value.len()));
    }

    /// What is assigned at `at`, behind the separator.
    fn assigned(&mut self, at: usize, colon: bool, open_quote: Option<char>, closed: bool) {
        let (text, line) = (self.text, self.site.line.clone());
        let from = at + blanks(&text[at..line.end]);
        let value = &text[from..line.end];
        let before = &text[line.start..self.site.name.start];
        let opening = before.trim_end_matches(['"', '\'']);
        if let Some(quote) = open_quote {
            // `"TOKEN=a b"`: the quote was opened before the name.
            let end = closing(value, quote).unwrap_or(value.len());
            return self.add(from..from + end);
        }
        if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) {
            return self.quoted(from, quote);
        }
        if self.code {
            return;
        }
        let first = is_prefix(opening);
        if colon && first && (value.trim().is_empty() || is_block(value)) {
            return self.following(!value.trim().is_empty());
        }
        if colon && value.starts_with('[') {
            let named = self.site.word(text) == "secrets";
            let end = value.find(']').unwrap_or(value.len());
            if !named && end > 1 {
                self.items(from + 1, &value[1..end]);
            }
            return;
        }
        if value.starts_with('{') && !value.starts_with("{{") {
            return;
        }
        let end = if colon && closed {
            // JSON's numbers and words.
            stop(value, &[",\"", ", ", "}", "]", " #"]).unwrap_or(value.trim_end_matches([',', '\r']).len())
        } else if colon && first {
            uncommented(value).len()
        } else if colon {
            stop(value, &["}", "]", ", "]).unwrap_or(value.len())
        } else if before.ends_with(['?', '&']) {
            value.find(|c: char| c.is_whitespace() || "&#\"'`<>".contains(c)).unwrap_or(value.len())
        } else if first && !one_of_many(opening) {
            uncommented(value).len()
        } else {
            value.find(|c: char| c.is_whitespace() || "\"'`".contains(c)).unwrap_or(value.len())
        };
        self.add(from..from + end);
    }

    /// A quoted value that starts at `at`; it may span lines.
    fn quoted(&mut self, at: usize, quote: char) {
        let rest = &self.text[at + 1..];
        let line = self.site.line.end.saturating_sub(at + 1);
        let on_line = closing(&rest[..line], quote);
        let beyond = || closing(within(rest, WINDOW), quote).filter(|_| quote != '`' && !self.code);
        let end = on_line.or_else(beyond).unwrap_or(line);
        self.add(at + 1..at + 1 + end);
        // `'a'"b"`: the shell joins them.
        let behind = rest.get(end + 1..line).unwrap_or_default();
        if behind.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\'' | '$')) {
            let more = behind.find([' ', '\t', ',', ';', ')', '}']).unwrap_or(behind.len());
            let from = at + 1 + end + 1;
            self.found.push(Found::untold(from..from + more));
        }
    }

    /// A quoted value at `at`, or nothing: what is not quoted is code.
    fn quoted_only(&mut self, at: usize) {
        let from = at + blanks(&self.text[at..self.site.line.end]);
        if let Some(quote) =
            self.text[from..self.site.line.end].chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))
        {
            self.quoted(from, quote);
        }
    }

    /// The argument behind a comma: `"abc"`, `default="abc"`.
    fn argument(&mut self, at: usize) {
        let from = at + blanks(&self.text[at..self.site.line.end]);
        let rest = &self.text[from..self.site.line.end];
        let keyword =
            rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'=' | b' ')).count();
        self.quoted_only(if rest[..keyword].contains('=') { from + keyword } else { from });
    }

    /// One word at `at`, quoted or not: what a flag is given.
    fn word(&mut self, at: usize, open_quote: Option<char>) {
        let rest = &self.text[at..self.site.line.end];
        match rest.chars().next().filter(|c| matches!(c, '"' | '\'') && Some(*c) != open_quote) {
            Some(quote) => self.quoted(at, quote),
            None => {
                let stop = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ']');
                self.add(at..at + rest.find(stop).unwrap_or(rest.len()));
            }
        }
    }

    /// `requirepass abc`, `password abc`, `ENV TOKEN abc`: a name at the line's beginning, a blank, the value.
    fn directive(&mut self, before: &str, at: usize, rest: &str) {
        let alone = before.trim().is_empty() && rest.split_whitespace().nth(1).is_none();
        let environment = before.trim().eq_ignore_ascii_case("ENV");
        if !self.code && (alone || environment) {
            self.add(at..at + rest.trim_end().len());
        }
    }

    /// The item behind a flag that is an item of its own: `- --token`, then `- abc`.
    fn next_item(&mut self) {
        let end = self.site.line.end;
        let Some(line) = self.text[end..].split_inclusive('\n').nth(1) else { return };
        let from = end + 1;
        let indent = blanks(line);
        let item = line[indent..].strip_prefix("- ").map(|item| line.len() - item.len());
        let quoted = line[indent..].starts_with(['"', '\'']).then_some(indent);
        let Some(start) = item.or(quoted) else { return };
        let value = line[start..].trim_end().trim_end_matches(',');
        let inner = value.trim_matches(['"', '\'']);
        let lead = value.len() - value.trim_start_matches(['"', '\'']).len();
        if !inner.starts_with('-') {
            self.add(from + start + lead..from + start + lead + inner.len());
        }
    }

    /// What stands below a key with nothing behind it: a block, a list, a scalar on the next line. A mapping is read
    /// by its own names; a list under `secrets` names them.
    fn following(&mut self, block: bool) {
        let (text, line) = (self.text, self.site.line.clone());
        if !block && self.site.word(text) == "secrets" {
            return;
        }
        let indent = blanks(&text[line.clone()]);
        let mut at = line.end + 1;
        for next in text.get(at..).unwrap_or_default().split_inclusive('\n').take(LINES) {
            let content = next.trim();
            let item = content.strip_prefix("- ").filter(|_| !block);
            // The items of a list may stand as far left as the key that they belong to.
            let below = blanks(next) > indent || (item.is_some() && blanks(next) == indent);
            let value = item.unwrap_or(content);
            let mapping = !block && (value.contains(": ") || value.ends_with(':'));
            if !content.is_empty() && (!below || mapping) {
                return;
            }
            let start = at + next.find(value).unwrap_or(0);
            let bare = value.trim_matches(['"', '\'']);
            let lead = value.len() - value.trim_start_matches(['"', '\'']).len();
            self.add(start + lead..start + lead + bare.len());
            at += next.len();
        }
    }

    /// The elements of a flow list.
    fn items(&mut self, from: usize, list: &str) {
        let mut at = from;
        for item in list.split(',') {
            let bare = item.trim().trim_matches(['"', '\'']);
            let lead = item.find(bare).unwrap_or(0);
            self.add(at + lead..at + lead + bare.len());
            at += item.len() + 1;
        }
    }

    /// Adds a value, if it is a secret under this name. Values in comments are masked, and not looked for elsewhere.
    fn add(&mut self, range: Range<usize>) {
        let Some(value) = self.text.get(range.clone()) else { return };
        let trimmed = value.trim();
        if !is_secret(self.site.word(self.text), trimmed) {
            return;
        }
        let start = range.start + (value.len() - value.trim_start().len());
        let range = start + scheme(trimmed)..start + trimmed.len();
        let comment = self.text[self.site.line.clone()].trim_start().starts_with(['#', ';']);
        self.found.push(if comment { Found::untold(range) } else { Found::new(range) });
    }
}

/// How long the name of an authentication scheme (RFC 9110) before a credential is, the blank included.
fn scheme(value: &str) -> usize {
    let schemes = ["Bearer ", "Basic ", "Token ", "Digest ", "Negotiate "];
    schemes.iter().find(|scheme| value.starts_with(**scheme)).map_or(0, |scheme| scheme.len())
}

/// Where the first of several ends of a value stands.
fn stop(value: &str, stops: &[&str]) -> Option<usize> {
    let ends = |at: &usize| stops.iter().any(|stop| value.as_bytes()[*at..].starts_with(stop.as_bytes()));
    (0..value.len()).find(ends)
}

/// The beginning of a text, of this many bytes at most.
fn within(text: &str, mut length: usize) -> &str {
    length = length.min(text.len());
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    &text[..length]
}

fn blanks(text: &str) -> usize {
    text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Where a quoted text ends: the next such quote that is neither escaped by a backslash nor, as YAML has it for single
/// quotes, doubled.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && quote != '\'' {
            letters.next();
        } else if letter == quote {
            if quote == '\'' && letters.peek().is_some_and(|(_, next)| *next == quote) {
                letters.next();
            } else {
                return Some(at);
            }
        }
    }
    None
}

/// Without a comment at the end, as YAML, env and INI files have them.
fn uncommented(value: &str) -> &str {
    value.find(" #").or_else(|| value.find("\t#")).map_or(value, |at| &value[..at]).trim_end()
}

/// `|`, `>-`, `|2+`: YAML's block scalars.
fn is_block(value: &str) -> bool {
    let head = uncommented(value).trim();
    head.starts_with(['|', '>'])
        && head.len() <= 3
        && head[1..].bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-'))
}

/// Whether a name with this in front of it stands at the beginning of its line.
fn is_prefix(before: &str) -> bool {
    let words =
        ["-", "#", "//", ";", "?", "export", "ENV", "ARG", "set", "setx", "local", "readonly", "declare", "-x"];
    let before = before.strip_suffix("Environment=").unwrap_or(before);
    before.len() < 200 && before.split_whitespace().all(|word| words.contains(&word))
}

/// Whether several assignments may share this line: then each ends at white space.
fn one_of_many(before: &str) -> bool {
    ["export", "ENV", "ARG", "local", "declare"]
        .iter()
        .any(|word| before.split_whitespace().any(|other| other == *word))
}
