//! The resolved project, as checks see it.

use std::path::PathBuf;
use std::sync::Arc;

use super::Notice;
use crate::document::{Entry, Node};
use crate::place::{Origin, Place, Source};

/// The resolved Compose application. Its [`model`](Self::model) has the shape of `docker compose config --format json`.
#[derive(Debug, Clone)]
pub struct Project {
    /// The project's name.
    pub name: String,
    /// Where the name came from.
    pub name_origin: Origin,
    /// The project directory, absolute: relative paths in the files start here.
    pub directory: PathBuf,
    /// The effective model: `name`, `services`, `networks`, `volumes`, `secrets`, `configs`.
    pub model: Node,
    /// The compose files as read, in order, included and extended ones behind them.
    pub files: Vec<Arc<Source>>,
    /// What Compose warns about.
    pub notices: Vec<Notice>,
    /// Services that are declared but whose profiles are not active, with their key's place.
    pub inactive: Vec<(String, Origin)>,
}

impl Project {
    /// The active services, in the order of the model.
    pub fn services(&self) -> impl Iterator<Item = Service<'_>> {
        self.section("services").map(|(name, entry)| Service { name, key: &entry.key, node: &entry.node })
    }

    /// An active service by its key.
    pub fn service(&self, name: &str) -> Option<Service<'_>> {
        self.services().find(|service| service.name == name)
    }

    /// The entries of a top-level section: `networks`, `volumes`, `secrets`, `configs`.
    pub fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Entry)> {
        self.model.get(name).into_iter().flat_map(Node::entries)
    }
}

/// An active service of a project.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// Its key under `services`.
    pub name: &'a str,
    /// Where its key stands.
    pub key: &'a Origin,
    /// Its part of the effective model.
    pub node: &'a Node,
}

impl<'a> Service<'a> {
    /// An attribute of the effective model.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.node.get(key)
    }

    /// An attribute that is a text.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_str()
    }

    /// Where the service is declared.
    pub fn place(&self) -> Option<&'a Place> {
        self.key.place().or_else(|| self.node.place())
    }

    /// Its environment, env files included, in the order of the model. A null value is taken from the environment
    /// of whoever runs compose.
    pub fn environment(&self) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        self.get("environment").into_iter().flat_map(Node::entries).map(|(name, entry)| (name, &entry.node))
    }

    /// The value of an environment variable, if it is set.
    pub fn env(&self, name: &str) -> Option<&'a Node> {
        self.get("environment")?.get(name)
    }

    /// Whether it uses its host's network.
    pub fn on_host_network(&self) -> bool {
        self.text("network_mode") == Some("host")
    }

    /// Its published and unpublished ports in long form.
    pub fn ports(&self) -> impl Iterator<Item = Port<'a>> + use<'a> {
        self.get("ports").into_iter().flat_map(Node::items).filter_map(|node| {
            Some(Port {
                node,
                target: u16::try_from(node.get("target")?.as_int()?).ok()?,
                published: node.get("published").and_then(Node::as_str).filter(|text| !text.is_empty()),
                protocol: node.get("protocol").and_then(Node::as_str).unwrap_or("tcp"),
                host_ip: node.get("host_ip").and_then(Node::as_str),
            })
        })
    }

    /// Its mounts in long form.
    pub fn mounts(&self) -> impl Iterator<Item = Mount<'a>> + use<'a> {
        self.get("volumes").into_iter().flat_map(Node::items).filter_map(|node| {
            Some(Mount {
                node,
                kind: node.get("type")?.as_str()?,
                source: node.get("source").and_then(Node::as_str).filter(|text| !text.is_empty()),
                target: node.get("target")?.as_str()?,
                read_only: node.get("read_only").and_then(Node::as_bool).unwrap_or(false),
            })
        })
    }
}

/// An entry of a service's `ports`.
#[derive(Debug, Clone, Copy)]
pub struct Port<'a> {
    /// The entry.
    pub node: &'a Node,
    /// The port in the container.
    pub target: u16,
    /// The port on the host, or a range of them such as `8000-8005`; `None`: one that the engine picks.
    pub published: Option<&'a str>,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: &'a str,
    /// The host address that it is bound to; `None`: all of them.
    pub host_ip: Option<&'a str>,
}

/// An entry of a service's `volumes`.
#[derive(Debug, Clone, Copy)]
pub struct Mount<'a> {
    /// The entry.
    pub node: &'a Node,
    /// `bind`, `volume`, `tmpfs`, `npipe`, `cluster` or `image`.
    pub kind: &'a str,
    /// The host path of a bind, or the key of a volume; `None`: anonymous.
    pub source: Option<&'a str>,
    /// The path in the container.
    pub target: &'a str,
    /// Whether the container may not write.
    pub read_only: bool,
}
