//! Words: quotes, expansions, and what they come to.

use tree_sitter::Node;

use super::{Shell, Variable};
use crate::word::{Piece, Word};

/// A part of a word, and whether a shell splits it at white space.
struct Part {
    word: Word,
    quoted: bool,
}

impl Shell<'_, '_> {
    /// The fields that a word becomes: none, one or several.
    pub(super) fn fields(&mut self, node: Node<'_>) -> Vec<Word> {
        let children: Vec<_> = match node.kind() {
            "concatenation" => node.children(&mut node.walk()).collect(),
            _ => vec![node],
        };
        let mut fields: Vec<Word> = Vec::new();
        // Whether the next part continues the last field.
        let mut open = false;
        let mut last_end = node.start_byte();
        for child in children {
            // Some plain characters, such as brackets, are no nodes of a concatenation.
            if child.start_byte() > last_end {
                let place = self.source.place(last_end, child.start_byte());
                join(&mut fields, &mut open, Word::said(place.text(), place.clone()));
            }
            last_end = child.end_byte();
            if let Some(list) = self.whole_list(child) {
                let mut list = list.into_iter();
                if let Some(first) = list.next() {
                    join(&mut fields, &mut open, first);
                }
                fields.extend(list);
                continue;
            }
            // The grammar takes `a:$2 ` apart into `a:$` and `2`.
            let parameter = (child.kind() == "$").then(|| self.parameter_behind(child)).flatten();
            if let Some((word, end)) = parameter {
                last_end = end;
                self.read_to = end;
                join(&mut fields, &mut open, word);
                continue;
            }
            let Part { word, quoted } = self.part(child);
            if quoted || word.why_open().is_some() && word.0.len() == 1 {
                join(&mut fields, &mut open, word);
                continue;
            }
            let pattern = word.pattern();
            if pattern.starts_with(|c: char| c.is_ascii_whitespace()) {
                open = false;
            }
            let mut words = word.split().into_iter();
            if let Some(first) = words.next() {
                join(&mut fields, &mut open, first);
            }
            fields.extend(words);
            if pattern.ends_with(|c: char| c.is_ascii_whitespace()) {
                open = false;
            }
        }
        fields
    }

    /// The positional parameter whose digit stands behind a `$`, and where the digit ends.
    fn parameter_behind(&self, dollar: Node<'_>) -> Option<(Word, usize)> {
        let at = dollar.end_byte();
        let digit =
            self.source.text().get(at..at + 1).filter(|digit| digit.starts_with(|c: char| c.is_ascii_digit()))?;
        Some((self.variable(digit, dollar), at + 1))
    }

    /// The one word that an assigned value or a quoted text becomes.
    pub(super) fn word(&mut self, node: Node<'_>) -> Word {
        match node.kind() {
            "concatenation" => {
                let mut word = Word::default();
                let mut last_end = node.start_byte();
                for child in node.children(&mut node.walk()) {
                    if child.start_byte() > last_end {
                        let place = self.source.place(last_end, child.start_byte());
                        word.append(Word::said(place.text(), place.clone()));
                    }
                    last_end = child.end_byte();
                    word.append(self.part(child).word);
                }
                word
            }
            _ => self.part(node).word,
        }
    }

    /// The items of `"${LIST[@]}"`, `${LIST[*]}`, `"$@"`.
    fn whole_list(&self, node: Node<'_>) -> Option<Vec<Word>> {
        let text = self.text(node).trim_matches('"');
        let name = text.strip_prefix("${")?.strip_suffix('}')?;
        let name = name.strip_suffix("[@]").or_else(|| name.strip_suffix("[*]"))?;
        match self.variables.get(name)? {
            Variable::List(words) => Some(words.clone()),
            Variable::Text(word) => Some(vec![word.clone()]),
        }
    }

    fn part(&mut self, node: Node<'_>) -> Part {
        let place = self.place(node);
        let text = self.text(node);
        let quoted = |word| Part { word, quoted: true };
        match node.kind() {
            "raw_string" => {
                let inner = self.source.place(node.start_byte() + 1, node.end_byte().saturating_sub(1));
                quoted(Word::said(inner.text(), inner.clone()))
            }
            "ansi_c_string" | "translated_string" => quoted(Word::open("a quoted escape", Some(place))),
            "string" => quoted(self.between(node, node.start_byte() + 1, node.end_byte().saturating_sub(1))),
            "simple_expansion" => Part { word: self.simple(node), quoted: false },
            "expansion" => Part { word: self.expansion(node), quoted: false },
            "command_substitution" => Part { word: self.substitution(node), quoted: false },
            "arithmetic_expansion" => quoted(Word::open("arithmetic", Some(place))),
            "process_substitution" => quoted(Word::open("output of a command", Some(place))),
            _ => quoted(unescaped(text, &place, self.world.environment.get("HOME"))),
        }
    }

    /// The text of a double-quoted string or here-document: what lies between its expansions is text as it is.
    pub(super) fn between(&mut self, node: Node<'_>, start: usize, end: usize) -> Word {
        let mut word = Word::default();
        let mut at = start;
        for child in node.named_children(&mut node.walk()) {
            if matches!(child.kind(), "string_content" | "heredoc_content") {
                continue;
            }
            word.append(self.literal(at, child.start_byte()));
            word.append(self.part(child).word);
            at = child.end_byte();
        }
        word.append(self.literal(at, end));
        word
    }

    fn literal(&self, start: usize, end: usize) -> Word {
        if start >= end {
            return Word::default();
        }
        let place = self.source.place(start, end);
        let raw = place.text();
        // In double quotes a backslash guards these only.
        let mut text = raw.replace("\\\n", "");
        for guarded in ["\\\"", "\\$", "\\`"] {
            text = text.replace(guarded, guarded.trim_start_matches('\\'));
        }
        Word::said(text, place)
    }

    /// `$NAME`; of `$2x`, only the digit is the name.
    fn simple(&self, node: Node<'_>) -> Word {
        let name = self.text(node).trim_start_matches('$');
        match name.char_indices().nth(1) {
            Some((at, _)) if name.starts_with(|c: char| c.is_ascii_digit()) => {
                let mut word = self.variable(name.get(..at).unwrap_or_default(), node);
                let start = node.end_byte().saturating_sub(name.len() - at);
                word.append(self.literal(start, node.end_byte()));
                word
            }
            _ => self.variable(name, node),
        }
    }

    /// The value of a variable by its name.
    fn variable(&self, name: &str, node: Node<'_>) -> Word {
        match self.variables.get(name) {
            Some(Variable::Text(word)) => return word.clone(),
            Some(Variable::List(words)) => return words.first().cloned().unwrap_or_default(),
            None => {}
        }
        match (name, self.world.environment.get(name)) {
            ("0" | "BASH_SOURCE", _) => Word::open("$0", Some(self.place(node))),
            (_, Some(text)) => {
                Word(vec![Piece::Text { text: text.clone(), place: None, variable: Some(name.to_owned()) }])
            }
            (_, None) => Word::open(format!("${name}"), Some(self.place(node))),
        }
    }

    /// `${NAME}`, `${NAME:-default}` and their kin.
    fn expansion(&mut self, node: Node<'_>) -> Word {
        let text = self.text(node);
        let place = self.place(node);
        if matches!(text, "${0%/*}" | "${BASH_SOURCE%/*}" | "${BASH_SOURCE[0]%/*}") {
            return self.directory();
        }
        let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
        let length = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
        let (name, mut rest) = inner.split_at(length);
        if name.is_empty() {
            return Word::open(text, Some(place));
        }
        let mut value = self.variable(name, node);
        if let Some((index, behind)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            value = match (self.variables.get(name), index.parse::<usize>()) {
                (Some(Variable::List(words)), Ok(index)) => words.get(index).cloned().unwrap_or_default(),
                (_, Ok(0)) => value,
                _ => Word::open(text, Some(place.clone())),
            };
            rest = behind;
        }
        if rest.is_empty() {
            return value;
        }
        let operator = [":-", ":=", ":?", ":+", "-", "=", "?", "+"].into_iter().find(|known| rest.starts_with(known));
        let Some(operator) = operator else { return Word::open(text, Some(place)) };
        let colon = operator.starts_with(':');
        let told = value.why_open().is_none() && !(colon && value.is_empty());
        match operator.trim_start_matches(':') {
            "?" => value,
            "+" if told => self.behind(node, operator),
            "+" => Word::open(text, Some(place)),
            _ if told => value,
            kind => {
                let word = self.behind(node, operator).of_variable(name);
                if kind == "=" {
                    self.variables.insert(name.to_owned(), Variable::Text(word.clone()));
                }
                word
            }
        }
    }

    /// The word behind an operator of an expansion.
    fn behind(&mut self, node: Node<'_>, operator: &str) -> Word {
        let mut cursor = node.walk();
        let children: Vec<_> = node.children(&mut cursor).collect();
        let at = children.iter().position(|child| self.text(*child) == operator);
        let Some(at) = at else { return Word::default() };
        let mut word = Word::default();
        for child in children.into_iter().skip(at + 1).filter(|child| child.kind() != "}") {
            word.append(self.word(child));
        }
        word
    }

    /// `$(…)`: open, but for the ways in which scripts find their own directory.
    fn substitution(&self, node: Node<'_>) -> Word {
        let text = self.text(node);
        let own = text.contains("dirname") && ["$0", "${0", "BASH_SOURCE"].iter().any(|name| text.contains(name));
        if own && !text.contains("..") {
            return self.directory();
        }
        Word::open("output of a command", Some(self.place(node)))
    }

    fn directory(&self) -> Word {
        let text = self.home().display().to_string();
        Word(vec![Piece::Text { text, place: None, variable: None }])
    }
}

/// Puts a part behind the last field if that is still open, else begins one.
fn join(fields: &mut Vec<Word>, open: &mut bool, word: Word) {
    match fields.last_mut().filter(|_| *open) {
        Some(last) => last.append(word),
        None => fields.push(word),
    }
    *open = true;
}

/// A plain word without its backslashes, and with a leading `~` expanded.
fn unescaped(raw: &str, place: &crate::place::Place, home: Option<&String>) -> Word {
    if let (Some(rest), Some(home)) =
        (raw.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')), home)
    {
        return Word::said(format!("{home}{rest}"), place.clone());
    }
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next().filter(|c| *c != '\n')),
            c => text.push(c),
        }
    }
    Word::said(text, place.clone())
}
