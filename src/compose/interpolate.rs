//! Interpolation of a tree: every text in it, never a key; and the conversions that go with it.

use std::sync::Arc;

use super::environment::{Environment, Variable};
use super::path::Path;
use super::template::{self, Failure};
use super::{Notice, Rejection, cause};
use crate::document::{Node, Value};
use crate::place::{Origin, Place};

/// What a text is converted to where the model wants no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cast {
    Int,
    Float,
    Bool,
}

/// Where texts are converted, by the last key first: that is what most paths differ in.
const CASTS: &[(&str, Cast)] = &[
    ("services.*.cpu_count", Cast::Int),
    ("services.*.cpu_percent", Cast::Float),
    ("services.*.cpu_period", Cast::Int),
    ("services.*.cpu_quota", Cast::Int),
    ("services.*.cpu_rt_period", Cast::Int),
    ("services.*.cpu_rt_runtime", Cast::Int),
    ("services.*.cpus", Cast::Float),
    ("services.*.cpu_shares", Cast::Int),
    ("services.*.init", Cast::Bool),
    ("services.*.deploy.replicas", Cast::Int),
    ("services.*.deploy.update_config.parallelism", Cast::Int),
    ("services.*.deploy.update_config.max_failure_ratio", Cast::Float),
    ("services.*.deploy.rollback_config.parallelism", Cast::Int),
    ("services.*.deploy.rollback_config.max_failure_ratio", Cast::Float),
    ("services.*.deploy.restart_policy.max_attempts", Cast::Int),
    ("services.*.deploy.placement.max_replicas_per_node", Cast::Int),
    ("services.*.healthcheck.retries", Cast::Int),
    ("services.*.healthcheck.disable", Cast::Bool),
    ("services.*.oom_kill_disable", Cast::Bool),
    ("services.*.oom_score_adj", Cast::Int),
    ("services.*.pids_limit", Cast::Int),
    ("services.*.ports.*.target", Cast::Int),
    ("services.*.privileged", Cast::Bool),
    ("services.*.read_only", Cast::Bool),
    ("services.*.scale", Cast::Int),
    ("services.*.stdin_open", Cast::Bool),
    ("services.*.tty", Cast::Bool),
    ("services.*.ulimits.*", Cast::Int),
    ("services.*.ulimits.*.hard", Cast::Int),
    ("services.*.ulimits.*.soft", Cast::Int),
    ("services.*.volumes.*.read_only", Cast::Bool),
    ("services.*.volumes.*.volume.nocopy", Cast::Bool),
    ("networks.*.external", Cast::Bool),
    ("networks.*.internal", Cast::Bool),
    ("networks.*.attachable", Cast::Bool),
    ("networks.*.enable_ipv4", Cast::Bool),
    ("networks.*.enable_ipv6", Cast::Bool),
    ("volumes.*.external", Cast::Bool),
    ("secrets.*.external", Cast::Bool),
    ("configs.*.external", Cast::Bool),
];

/// Interpolates a tree in place.
pub(super) fn interpolate(
    root: &mut Node,
    at: &Path,
    environment: &Environment,
    notices: &mut Vec<Notice>,
) -> Vec<Rejection> {
    let mut walk = Walk { environment, notices, mistakes: Vec::new(), path: at.clone() };
    walk.node(root);
    walk.mistakes
}

struct Walk<'a> {
    environment: &'a Environment,
    notices: &'a mut Vec<Notice>,
    mistakes: Vec<Rejection>,
    path: Path,
}

impl Walk<'_> {
    fn node(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::Map(map) => {
                for (key, entry) in map {
                    self.path.push_key(key);
                    self.node(&mut entry.node);
                    self.path.pop();
                }
            }
            Value::Seq(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.path.push_index(index);
                    self.node(item);
                    self.path.pop();
                }
            }
            Value::String(text) => {
                let dollar = text.contains('$');
                if dollar {
                    self.text(node);
                }
                self.cast(node);
            }
            _ => {}
        }
    }

    fn text(&mut self, node: &mut Node) {
        let Value::String(text) = &node.value else { return };
        let lookup = |name: &str| -> Option<Variable> { self.environment.get(name).cloned() };
        match template::substitute(text, &lookup) {
            Ok(outcome) => {
                let place = node.place().cloned();
                let mut seen: Vec<&str> = Vec::new();
                for (name, written) in &outcome.unset {
                    let nth = seen.iter().filter(|other| **other == written).count();
                    seen.push(written);
                    let origin = place.as_ref().map(|place| Origin::Said(nth_in(place, written, nth)));
                    self.notices.push(Notice {
                        cause: "unset-variable",
                        about: name.clone(),
                        path: self.path.to_string(),
                        origin,
                        message: format!("the variable {name} is not set; it becomes an empty text"),
                    });
                }
                let from = std::iter::once(node.origin.clone()).chain(outcome.used).collect();
                *node = Node::new(Value::String(outcome.text), Origin::Derived { rule: "interpolated", from });
            }
            Err(Failure::Malformed(written)) => {
                let origin = node.place().map(|place| Origin::Said(nth_in(place, &written, 0)));
                let message = "this is no well-formed reference to a variable".to_owned();
                let rejection = Rejection::new(cause::INVALID_INTERPOLATION, &self.path, origin, message);
                self.mistakes.push(rejection.help("write `$$` for a dollar sign, `${NAME}` for a variable"));
            }
            Err(Failure::Required(name, reason)) => {
                let origin = node.place().map(|place| Origin::Said(nth_in(place, &format!("${{{name}"), 0)));
                let message = match reason.as_str() {
                    "" => format!("the variable {name} has no value, and it is demanded here"),
                    reason => format!("the variable {name} has no value, and it is demanded here: {reason}"),
                };
                let rejection = Rejection::new(cause::REQUIRED_VARIABLE, &self.path, origin, message);
                self.mistakes.push(rejection.help(format!("set {name} in the environment or in .env")));
            }
        }
    }

    fn cast(&mut self, node: &mut Node) {
        let Value::String(text) = &node.value else { return };
        let Some((_, cast)) = CASTS.iter().find(|(pattern, _)| self.path.matches(pattern)) else { return };
        let value = match cast {
            Cast::Int => text.parse().ok().map(Value::Int),
            Cast::Float => go_parse_float(text).map(Value::Float),
            Cast::Bool => truth(text).map(Value::Bool),
        };
        let Some(value) = value else {
            let wanted = match cast {
                Cast::Int => "a whole number",
                Cast::Float => "a number",
                Cast::Bool => "true or false",
            };
            let message = format!("{wanted} is wanted here");
            self.mistakes.push(Rejection::new(cause::INVALID_TYPE, &self.path, Some(node.origin.clone()), message));
            return;
        };
        if *cast == Cast::Bool && !matches!(text.to_lowercase().as_str(), "true" | "false") {
            self.notices.push(Notice {
                cause: "obsolete-boolean",
                about: text.clone(),
                path: self.path.to_string(),
                origin: Some(node.origin.clone()),
                message: format!("`{text}` is no truth value in YAML 1.2; write true or false"),
            });
        }
        let from = Arc::from([node.origin.clone()]);
        *node = Node::new(value, Origin::Derived { rule: "converted", from });
    }
}

/// The truth values that Compose takes from a text.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => Some(true),
        "false" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Go's `ParseFloat`, but for hexadecimal numbers.
pub(super) fn go_parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text).to_ascii_lowercase();
    let plain = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    (plain || matches!(unsigned.as_str(), "inf" | "infinity" | "nan")).then(|| text.parse().ok()).flatten()
}

/// The nth time that a text stands in a place; the whole place if it does not.
fn nth_in(place: &Place, needle: &str, nth: usize) -> Place {
    match place.text().match_indices(needle).nth(nth) {
        Some((at, found)) => place.part(at, at + found.len()),
        None => place.clone(),
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::document::yaml;
    use crate::place::Source;

    fn tree(text: &str) -> (Node, Vec<Notice>, Vec<Rejection>) {
        let mut root = yaml::parse(&Source::new("a.yaml", None, text)).unwrap().remove(0).root;
        let mut environment = Environment::default();
        let place = Source::new(".env", None, "A=x\n").place(2, 3);
        environment.set("A", Variable { value: "x".into(), origin: Origin::Said(place) });
        let mut notices = Vec::new();
        let mistakes = interpolate(&mut root, &Path::default(), &environment, &mut notices);
        (root, notices, mistakes)
    }

    #[test]
    fn the_origin_is_a_chain() {
        let (root, _, _) = tree("k: \"a${A}\"\n");
        let node = root.get("k").unwrap();
        assert_eq!(node.as_str(), Some("ax"));
        let Origin::Derived { rule: "interpolated", from } = &node.origin else { panic!("{:?}", node.origin) };
        assert_eq!(
            from.iter().map(|o| o.place().unwrap().to_string()).collect::<Vec<_>>(),
            ["a.yaml:1:4", ".env:1:3"]
        );
    }

    #[test]
    fn keys_are_left_alone() {
        assert!(tree("${A}: 1").0.get("${A}").is_some());
    }

    #[test]
    fn a_notice_for_each_use_at_its_own_place() {
        let (_, notices, _) = tree("k: ${U} $U ${U}\n");
        let places: Vec<_> =
            notices.iter().map(|n| n.origin.as_ref().unwrap().place().unwrap().to_string()).collect();
        assert_eq!(places, ["a.yaml:1:4", "a.yaml:1:9", "a.yaml:1:12"]);
    }

    #[test]
    fn conversions() {
        let (root, notices, mistakes) = tree("services: {a: {privileged: yes, scale: \"2\", tty: \"maybe\"}}");
        assert_eq!(root.pointer("/services/a/privileged").unwrap().as_bool(), Some(true));
        assert_eq!(root.pointer("/services/a/scale").unwrap().as_int(), Some(2));
        assert_eq!(notices.len(), 1);
        assert_eq!(
            mistakes.iter().map(|m| (m.cause, m.path.as_str())).collect::<Vec<_>>(),
            [("invalid-type", "services.a.tty")]
        );
    }

    #[test]
    fn all_mistakes_at_once() {
        let (_, _, mistakes) = tree("a: ${1}\nb: ${B:?no}\n");
        assert_eq!(
            mistakes.iter().map(|m| m.cause).collect::<Vec<_>>(),
            ["invalid-interpolation", "required-variable"]
        );
    }
}
