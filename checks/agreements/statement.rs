//! What the parts of a deployment say a secret is.

use gonogo::document::{Node, Value};
use gonogo::finding::Site;
use gonogo::secret::is_sensitive_name;

/// One place's word on a secret that a service uses.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    /// The service that uses it.
    pub(super) service: String,
    /// The name as it stands there: `AGENT_AUTH_TOKEN`, `/server/auth_token`.
    pub(super) name: String,
    /// What it is said to be. Never shown.
    pub(super) value: String,
    /// Where it stands.
    pub(super) site: Site,
    /// What kind of place that is.
    pub(super) kind: Kind,
}

/// What kind of place a statement stands in. The later ones give way to the earlier ones within one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The service's environment, env files included.
    Environment,
    /// A file that the container sees: a bind mount, a volume.
    Config,
    /// A configuration file that the image brings along.
    Seed,
    /// The image's environment.
    Image,
    /// What the code falls back on.
    Default,
}

impl Statement {
    /// For a label: where the operator has to look.
    pub(super) fn said_by(&self) -> String {
        let Self { service, name, .. } = self;
        match self.kind {
            Kind::Environment => format!("what `{service}` is given as `{name}`"),
            Kind::Config => format!("what `{service}` reads from its configuration"),
            Kind::Seed => format!("what the image brings `{service}` as its configuration"),
            Kind::Image => format!("what the image gives `{service}`"),
            Kind::Default => format!("what `{service}` falls back on, as nobody sets `{name}` for it"),
        }
    }
}

/// The sensitive leaves of a tree, each with its JSON pointer.
pub(super) fn leaves(node: &Node) -> Vec<(String, &Node)> {
    let mut found = Vec::new();
    let mut rest = vec![(String::new(), node)];
    while let Some((pointer, node)) = rest.pop() {
        match &node.value {
            Value::Map(map) => {
                rest.extend(map.iter().rev().map(|(key, entry)| {
                    let token = key.replace('~', "~0").replace('/', "~1");
                    (format!("{pointer}/{token}"), &entry.node)
                }));
            }
            Value::Seq(items) => {
                rest.extend(items.iter().enumerate().map(|(index, item)| (format!("{pointer}/{index}"), item)));
            }
            Value::String(text) if !text.trim().is_empty() => {
                let key = pointer.rsplit('/').next().unwrap_or_default();
                if is_sensitive_name(key) {
                    found.push((pointer, node));
                }
            }
            _ => {}
        }
    }
    found
}
