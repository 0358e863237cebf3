//! Merging what a later file says over what earlier files say.
//!
//! Mappings merge, lists append, the rest is replaced, null keeps what is there; and the keys below have rules of
//! their own. Follows compose-go 2.9.1, `override/merge.go`.

use super::make::{derived, mapping, sequence};
use super::path::Path;
use super::{Rejection, cause};
use crate::document::{Entry, Map, Node, Value};
use crate::place::Origin;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// The later one replaces the earlier one, null too.
    Replace,
    /// Both become lists and append.
    Append,
    /// As `Append`, but what is there already is not added.
    AppendNew,
    Build,
    DependsOn,
    /// Lists of names become mappings, then merge.
    Names,
    Logging,
    Ipam,
}

const RULES: &[(&str, Rule)] = &[
    ("networks.*.ipam.config", Rule::Ipam),
    ("networks.*.labels", Rule::Append),
    ("volumes.*.labels", Rule::Append),
    ("services.*.annotations", Rule::Append),
    ("services.*.build", Rule::Build),
    ("services.*.build.args", Rule::Append),
    ("services.*.build.additional_contexts", Rule::Append),
    ("services.*.build.extra_hosts", Rule::AppendNew),
    ("services.*.build.labels", Rule::Append),
    ("services.*.command", Rule::Replace),
    ("services.*.depends_on", Rule::DependsOn),
    ("services.*.deploy.labels", Rule::Append),
    ("services.*.dns", Rule::Append),
    ("services.*.dns_opt", Rule::Append),
    ("services.*.dns_search", Rule::Append),
    ("services.*.entrypoint", Rule::Replace),
    ("services.*.env_file", Rule::Append),
    ("services.*.label_file", Rule::Append),
    ("services.*.environment", Rule::Append),
    ("services.*.extra_hosts", Rule::AppendNew),
    ("services.*.healthcheck.test", Rule::Replace),
    ("services.*.labels", Rule::Append),
    ("services.*.volumes.*.volume.labels", Rule::Append),
    ("services.*.logging", Rule::Logging),
    ("services.*.models", Rule::Names),
    ("services.*.networks", Rule::Names),
    ("services.*.sysctls", Rule::Append),
    ("services.*.tmpfs", Rule::Append),
    ("services.*.ulimits.*", Rule::Replace),
];

/// Merges one mapping over another.
pub(super) fn merge(base: Node, over: Node, path: &mut Path) -> Result<Node, Vec<Rejection>> {
    let mut mistakes = Vec::new();
    let merged = node(base, over, path, &mut mistakes);
    if mistakes.is_empty() { Ok(merged) } else { Err(mistakes) }
}

fn node(base: Node, over: Node, path: &mut Path, mistakes: &mut Vec<Rejection>) -> Node {
    let Some((_, rule)) = RULES.iter().find(|(pattern, _)| path.matches(pattern)) else {
        return plain(base, over, path, mistakes);
    };
    let origin = both(&base, &over);
    match rule {
        Rule::Replace => over,
        Rule::Append | Rule::AppendNew => {
            let mut items = sequence(base);
            let mut more = sequence(over);
            if *rule == Rule::AppendNew {
                more.retain(|item| !items.iter().any(|known| known.value == item.value));
            }
            items.append(&mut more);
            Node::new(Value::Seq(items), origin)
        }
        Rule::Build => {
            let merged = maps(build(base), build(over), path, mistakes);
            Node::new(Value::Map(merged), origin)
        }
        Rule::DependsOn => {
            let started = |name: &Node| super::canonical::started(&name.origin);
            let merged = maps(mapping(base, Some(&started)), mapping(over, Some(&started)), path, mistakes);
            Node::new(Value::Map(merged), origin)
        }
        Rule::Names => {
            let merged = maps(mapping(base, None), mapping(over, None), path, mistakes);
            Node::new(Value::Map(merged), origin)
        }
        Rule::Logging => match (base.get("driver"), over.get("driver")) {
            (Some(old), Some(new)) if old.value != new.value => over,
            _ => plain(base, over, path, mistakes),
        },
        Rule::Ipam => ipam(base, over, path, mistakes),
    }
}

fn plain(base: Node, over: Node, path: &mut Path, mistakes: &mut Vec<Rejection>) -> Node {
    if over.is_null() {
        return base;
    }
    let origin = both(&base, &over);
    let mismatch = |base: &Node, over: &Node, mistakes: &mut Vec<Rejection>| {
        let kind = |node: &Node| match node.value {
            Value::Map(_) => "a mapping",
            Value::Seq(_) => "a list",
            _ => "a single value",
        };
        let message = format!("{} can't be merged over {}", kind(over), kind(base));
        let rejection = Rejection::new(cause::MERGE_MISMATCH, path, Some(over.origin.clone()), message);
        mistakes.push(rejection.related(Some(base.origin.clone()), "what is merged over"));
    };
    match (base.value, over.value) {
        (Value::Map(base), Value::Map(over)) => Node::new(Value::Map(maps(base, over, path, mistakes)), origin),
        (Value::Seq(mut base), Value::Seq(over)) => {
            base.extend(over);
            Node::new(Value::Seq(base), origin)
        }
        (base_value @ (Value::Map(_) | Value::Seq(_)), over_value) => {
            let (base, over) = (Node::new(base_value, base.origin), Node::new(over_value, over.origin));
            mismatch(&base, &over, mistakes);
            base
        }
        (_, value) => Node::new(value, over.origin),
    }
}

pub(super) fn maps(mut base: Map, over: Map, path: &mut Path, mistakes: &mut Vec<Rejection>) -> Map {
    for (key, new) in over {
        match base.get_mut(&key) {
            None => {
                base.insert(key, new);
            }
            Some(old) => {
                path.push_key(&key);
                let node_before = std::mem::replace(&mut old.node, Node::new(Value::Null, old.key.clone()));
                old.node = node(node_before, new.node, path, mistakes);
                path.pop();
            }
        }
    }
    base
}

/// The origin of what two files say together; the later one is the more telling.
fn both(base: &Node, over: &Node) -> Origin {
    derived("merged", [over.origin.clone(), base.origin.clone()])
}

fn build(node: Node) -> Map {
    match node.value {
        Value::Map(map) => map,
        Value::String(_) => {
            let key = derived("implied", [node.origin.clone()]);
            std::iter::once(("context".to_owned(), Entry { key, node })).collect()
        }
        _ => Map::new(),
    }
}

/// The blocks of an address pool merge by subnet.
fn ipam(base: Node, over: Node, path: &mut Path, mistakes: &mut Vec<Rejection>) -> Node {
    let origin = both(&base, &over);
    let (Value::Seq(old), Value::Seq(new)) = (base.value, over.value) else {
        let message = "a list of address blocks is wanted here".to_owned();
        mistakes.push(Rejection::new(cause::MERGE_MISMATCH, path, Some(over.origin), message));
        return Node::new(Value::Null, base.origin);
    };
    // Compose merges into the earlier file's blocks in place, while its result holds on to them: a block that is
    // merged twice changes where it stands already. So the result is a list of blocks by number.
    let first_new = old.len();
    let mut blocks: Vec<Node> = old.into_iter().chain(new).collect();
    let subnet =
        |blocks: &[Node], at: usize| blocks.get(at).and_then(|block| block.get("subnet").map(|s| s.value.clone()));
    let mut kept: Vec<usize> = Vec::new();
    for original in 0..first_new {
        for wanted in first_new..blocks.len() {
            let wanted_subnet = subnet(&blocks, wanted);
            let known = kept.iter().any(|at| subnet(&blocks, *at) == wanted_subnet);
            if wanted_subnet != subnet(&blocks, original) && !known {
                kept.push(wanted);
                continue;
            }
            let (Some(base), Some(over)) = (blocks.get(original).cloned(), blocks.get(wanted).cloned()) else {
                continue;
            };
            let merged = plain(base, over, path, mistakes);
            if let Some(block) = blocks.get_mut(original) {
                *block = merged;
            }
            let merged_subnet = subnet(&blocks, original);
            match kept.iter().position(|at| subnet(&blocks, *at) == merged_subnet) {
                Some(at) => kept.iter_mut().skip(at).take(1).for_each(|kept| *kept = original),
                None => kept.push(original),
            }
        }
    }
    let result = kept.iter().filter_map(|at| blocks.get(*at).cloned()).collect();
    Node::new(Value::Seq(result), origin)
}
