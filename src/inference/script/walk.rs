//! Statements: which commands there are, and what is assigned when they run.

use std::path::PathBuf;

use tree_sitter::Node;

use super::{Command, DEPTH, Function, Shell, Variable, Variables, parse};
use crate::word::Word;

/// The most calls of one function that are followed.
const CALLS: usize = 16;
/// The most items of a list that are kept.
const ITEMS: usize = 500;
/// The most rounds of a loop that are followed.
const ROUNDS: usize = 32;

impl<'tree> Shell<'_, 'tree> {
    /// A whole script: its statements, then the functions that none of them called.
    pub(super) fn program(&mut self, root: Node<'tree>) {
        self.children(root);
        let mut never: Vec<_> = self.functions.values().filter(|function| function.calls == 0).copied().collect();
        never.sort_by_key(|function| function.body.start_byte());
        for function in never {
            let before = self.variables.clone();
            self.statement(function.body);
            self.variables = before;
        }
    }

    fn children(&mut self, node: Node<'tree>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.statement(child);
        }
    }

    fn statement(&mut self, node: Node<'tree>) {
        if self.left == 0 || self.depth >= DEPTH {
            return;
        }
        self.left -= 1;
        self.depth += 1;
        match node.kind() {
            "variable_assignment" => self.assignment(node),
            "command" => self.command(node, None, None),
            "redirected_statement" => self.redirected(node),
            "declaration_command" | "unset_command" => self.children(node),
            "function_definition" => self.define(node),
            "if_statement" => self.branches(node),
            "case_statement" => self.cases(node),
            "list" => self.list(node),
            "for_statement" => self.rounds(node),
            "while_statement" | "c_style_for_statement" => {
                let before = self.variables.clone();
                self.children(node);
                self.merge(vec![before, self.variables.clone()]);
            }
            "subshell" | "command_substitution" => {
                let before = self.variables.clone();
                self.children(node);
                self.variables = before;
            }
            "program"
            | "compound_statement"
            | "do_group"
            | "pipeline"
            | "negated_command"
            | "variable_assignments"
            | "ERROR" => self.children(node),
            _ => {}
        }
        self.depth -= 1;
    }

    fn assignment(&mut self, node: Node<'tree>) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let name_text = self.text(name);
        let name = name_text.split('[').next().unwrap_or_default().to_owned();
        let more = self.text(node).get(name_text.len()..).is_some_and(|rest| rest.starts_with("+="));
        let value = match node.child_by_field_name("value") {
            Some(value) if value.kind() == "array" => {
                let mut words = Vec::new();
                for item in value.named_children(&mut value.walk()) {
                    words.extend(self.fields(item).into_iter().map(|word| word.of_variable(&name)));
                }
                Variable::List(words)
            }
            Some(value) => Variable::Text(self.word(value).of_variable(&name)),
            None => Variable::Text(Word::default()),
        };
        let value = match (self.variables.remove(&name).filter(|_| more), value) {
            (Some(Variable::List(mut before)), Variable::List(words)) => {
                before.extend(words);
                before.truncate(ITEMS);
                Variable::List(before)
            }
            (Some(Variable::Text(mut before)), Variable::Text(word)) => {
                before.append(word);
                Variable::Text(before)
            }
            (_, value) => value,
        };
        self.variables.insert(name, value);
    }

    fn command(&mut self, node: Node<'tree>, input: Option<Word>, output: Option<Word>) {
        let mut argv: Vec<Word> = Vec::new();
        let mut cursor = node.walk();
        let mut inner = Vec::new();
        self.read_to = 0;
        for child in node.named_children(&mut cursor) {
            if child.start_byte() < self.read_to {
                let rest = self.source.place(self.read_to, child.end_byte());
                if let Some(last) = argv.last_mut().filter(|_| !rest.text().is_empty()) {
                    last.append(Word::said(rest.text(), rest.clone()));
                }
                continue;
            }
            match child.kind() {
                // `A=1 program` sets A for the program only.
                "variable_assignment" | "herestring_redirect" | "file_redirect" => {}
                "command_name" => {
                    for part in child.named_children(&mut child.walk()) {
                        argv.extend(self.fields(part));
                    }
                }
                "subshell" => inner.push(child),
                _ => argv.extend(self.fields(child)),
            }
        }
        for child in inner {
            self.statement(child);
        }
        let name = argv.first().and_then(Word::text).unwrap_or_default();
        match name.as_str() {
            "." | "source" => self.source_file(argv.get(1)),
            "read" | "mapfile" | "readarray" => {
                for word in argv.iter().skip(1).filter_map(Word::text).filter(|word| !word.starts_with('-')) {
                    let open = Word::open(format!("${word}, which is read"), Some(self.place(node)));
                    self.variables.insert(word, Variable::Text(open));
                }
            }
            _ => self.call(&name, &argv),
        }
        let command = Command { argv, place: self.place(node), input, output };
        if !command.argv.is_empty() && !self.commands.contains(&command) {
            self.commands.push(command);
        }
    }

    /// Walks the body of a function that a command names, its parameters bound.
    fn call(&mut self, name: &str, argv: &[Word]) {
        let Some(function) = self.functions.get_mut(name).filter(|function| function.calls < CALLS) else { return };
        function.calls += 1;
        let body = function.body;
        let before: Vec<_> = (1..=9_u8).map(|number| self.variables.remove(&number.to_string())).collect();
        for (number, word) in argv.iter().enumerate().skip(1).take(9) {
            self.variables.insert(number.to_string(), Variable::Text(word.clone()));
        }
        self.statement(body);
        for (number, value) in (1..=9_u8).zip(before) {
            let name = number.to_string();
            match value {
                Some(value) => self.variables.insert(name, value),
                None => self.variables.remove(&name),
            };
        }
    }

    fn define(&mut self, node: Node<'tree>) {
        let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body")) else {
            return;
        };
        self.functions.insert(self.text(name).to_owned(), Function { body, calls: 0 });
    }

    fn redirected(&mut self, node: Node<'tree>) {
        let Some(body) = node.child_by_field_name("body") else { return self.children(node) };
        let (mut input, mut output) = (None, None);
        let mut cursor = node.walk();
        for redirect in node.children_by_field_name("redirect", &mut cursor) {
            match redirect.kind() {
                "heredoc_redirect" => {
                    let inner =
                        redirect.named_children(&mut redirect.walk()).find(|child| child.kind() == "heredoc_body");
                    input = inner.map(|inner| self.between(inner, inner.start_byte(), inner.end_byte()));
                    // What stands behind `<<EOF` on its line: another redirection, or the rest of a pipeline.
                    for child in redirect.named_children(&mut redirect.walk()) {
                        match child.kind() {
                            "file_redirect" => output = self.target(child).or(output),
                            "pipeline" | "list" | "command" => self.statement(child),
                            _ => {}
                        }
                    }
                }
                "file_redirect" => output = self.target(redirect).or(output),
                _ => {}
            }
        }
        match body.kind() {
            "command" => self.command(body, input, output),
            _ => self.statement(body),
        }
    }

    fn target(&mut self, redirect: Node<'tree>) -> Option<Word> {
        if !self.text(redirect).starts_with('>') {
            return None;
        }
        let destination = redirect.child_by_field_name("destination")?;
        Some(self.word(destination))
    }

    fn branches(&mut self, node: Node<'tree>) {
        let before = self.variables.clone();
        let mut ends = Vec::new();
        let mut complete = false;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match child.kind() {
                kind @ ("elif_clause" | "else_clause") => {
                    complete |= kind == "else_clause";
                    ends.push(std::mem::replace(&mut self.variables, before.clone()));
                    self.children(child);
                }
                _ => self.statement(child),
            }
        }
        ends.push(self.variables.clone());
        if !complete {
            ends.push(before);
        }
        self.merge(ends);
    }

    fn cases(&mut self, node: Node<'tree>) {
        let before = self.variables.clone();
        let mut ends = vec![before.clone()];
        let mut cursor = node.walk();
        for item in node.named_children(&mut cursor).filter(|child| child.kind() == "case_item") {
            self.variables = before.clone();
            self.children(item);
            ends.push(self.variables.clone());
        }
        self.merge(ends);
    }

    fn list(&mut self, node: Node<'tree>) {
        let mut cursor = node.walk();
        for (index, child) in node.named_children(&mut cursor).enumerate() {
            let before = self.variables.clone();
            self.statement(child);
            if index > 0 {
                self.merge(vec![before, self.variables.clone()]);
            }
        }
    }

    fn rounds(&mut self, node: Node<'tree>) {
        let (Some(name), Some(body)) = (node.child_by_field_name("variable"), node.child_by_field_name("body"))
        else {
            return self.children(node);
        };
        let name = self.text(name).to_owned();
        let mut values = Vec::new();
        let mut cursor = node.walk();
        for value in node.children_by_field_name("value", &mut cursor) {
            values.extend(self.fields(value));
        }
        for value in values.into_iter().take(ROUNDS) {
            self.variables.insert(name.clone(), Variable::Text(value.of_variable(&name)));
            self.statement(body);
        }
    }

    /// What is known behind branches that ended differently: what all agree on that say something. A single known
    /// value beside open ones is a default that an argument may replace.
    fn merge(&mut self, ends: Vec<Variables>) {
        let mut merged = Variables::new();
        for (name, value) in ends.iter().flatten() {
            if merged.contains_key(name) {
                continue;
            }
            let open = |value: &Variable| matches!(value, Variable::Text(word) if word.why_open().is_some());
            let mut known = ends.iter().filter_map(|end| end.get(name)).filter(|value| !open(value));
            let first = known.next();
            let agreed = known.all(|other| first.is_none_or(|first| same(first, other)));
            let kept = match first {
                Some(first) if agreed => first.clone(),
                Some(_) => Variable::Text(Word::open(format!("${name}, which depends on a condition"), None)),
                None => value.clone(),
            };
            merged.insert(name.clone(), kept);
        }
        self.variables = merged;
    }

    fn source_file(&mut self, path: Option<&Word>) {
        let Some(path) = path.and_then(Word::text) else { return };
        let relative = PathBuf::from(&path);
        let candidates = [self.world.directory.join(&relative), self.home().join(&relative)];
        let Some(source) = candidates.iter().find_map(|path| self.world.files.get(path)) else {
            for path in candidates {
                if !self.wanted.contains(&path) {
                    self.wanted.push(path);
                }
            }
            return;
        };
        let Some(tree) = parse(source) else { return };
        let mut inner = Shell::new(source, self.world);
        inner.variables = std::mem::take(&mut self.variables);
        // A file may source itself, so reading one costs some of what is left.
        (inner.left, inner.depth) = (self.left.saturating_sub(100), self.depth + 1);
        inner.program(tree.root_node());
        self.left = inner.left;
        self.variables = inner.variables;
        self.commands.extend(inner.commands);
        self.wanted.extend(inner.wanted);
    }
}

fn same(one: &Variable, other: &Variable) -> bool {
    match (one, other) {
        (Variable::Text(one), Variable::Text(other)) => one.pattern() == other.pattern(),
        (Variable::List(one), Variable::List(other)) => {
            one.iter().map(Word::pattern).eq(other.iter().map(Word::pattern))
        }
        _ => false,
    }
}
