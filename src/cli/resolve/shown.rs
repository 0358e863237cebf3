//! A project as it may be shown: secret values masked.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::compose::Project;
use crate::document::{Node, Value};
use crate::secret::{MASK, Redactor, is_secret};

/// Stands between the texts that are searched together; it is in none of them.
const BETWEEN: char = '\u{1}';

/// The project with its secret values masked.
pub(super) fn masked(mut project: Project, variables: &BTreeMap<String, String>) -> Project {
    let secrets = Redactor::new();
    secrets.environment(variables);
    secrets.model(&project.model, variables);
    project.files.iter().for_each(|file| secrets.source(file));
    // All texts in one: to search each on its own would cost the whole net each time.
    let mut all = String::new();
    gather(&project.model, &mut all);
    let mut work = Work { ranges: secrets.net().ranges(&all), next: 0, at: 0 };
    work.mask(&mut project.model, "");
    project
}

fn gather(node: &Node, all: &mut String) {
    match &node.value {
        Value::Map(map) => map.values().for_each(|entry| gather(&entry.node, all)),
        Value::Seq(items) => items.iter().for_each(|item| gather(item, all)),
        Value::String(text) => {
            all.push_str(text);
            all.push(BETWEEN);
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
    }
}

/// Walks the model in the order in which it was gathered.
struct Work {
    /// What is secret, sorted, without overlaps.
    ranges: Vec<Range<usize>>,
    next: usize,
    at: usize,
}

impl Work {
    fn mask(&mut self, node: &mut Node, name: &str) {
        match &mut node.value {
            Value::Map(map) => map.iter_mut().for_each(|(key, entry)| self.mask(&mut entry.node, key)),
            Value::Seq(items) => items.iter_mut().for_each(|item| self.mask(item, name)),
            Value::String(text) => {
                let whole = self.at..self.at + text.len();
                self.at = whole.end + BETWEEN.len_utf8();
                let masked = self.without_secrets(text, &whole);
                if is_secret(name, text) {
                    *text = MASK.to_owned();
                } else if let Some(masked) = masked {
                    *text = masked;
                }
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }

    /// A text with what is secret in it masked, if there is something.
    fn without_secrets(&mut self, text: &str, whole: &Range<usize>) -> Option<String> {
        while self.ranges.get(self.next).is_some_and(|range| range.end <= whole.start) {
            self.next += 1;
        }
        let (mut out, mut done) = (String::new(), 0);
        let within = self.ranges.iter().skip(self.next).take_while(|range| range.start < whole.end);
        for range in within {
            let start = range.start.saturating_sub(whole.start);
            let end = range.end.min(whole.end) - whole.start;
            out.push_str(text.get(done..start).unwrap_or_default());
            out.push_str(MASK);
            done = end;
        }
        (done > 0).then(|| out + text.get(done..).unwrap_or_default())
    }
}
