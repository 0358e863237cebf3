//! What the services of a project mount.

use std::collections::{BTreeMap, BTreeSet};

use gonogo::compose::{Mount, Project, Service};
use gonogo::document::Node;
use gonogo::place::{Origin, Place};

use super::path::{below, clean, join};

/// What is mounted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// A path of the host.
    Bind(String),
    /// A volume: its key in the project, and the engine's name for it.
    Volume { key: String, name: String },
    /// Something of the container's own: an anonymous volume, memory, a secret, a config.
    Own,
}

/// A mount of a service.
#[derive(Debug, Clone)]
pub(super) struct Mounted {
    pub(super) service: String,
    pub(super) what: What,
    /// The path in a volume that is mounted in the whole volume's stead; mostly empty.
    pub(super) part: String,
    /// The path in the container, clean.
    pub(super) target: String,
    /// The path in the container as it is written.
    pub(super) written: String,
    pub(super) read_only: bool,
    /// Where that is said, if it is said apart.
    pub(super) read_only_at: Option<Place>,
    /// Whether a missing source is made by the engine, as an empty directory that belongs to root.
    pub(super) creates: bool,
    /// The entry in `volumes`.
    pub(super) entry: Option<Place>,
    /// Where the source is said.
    pub(super) source: Option<Origin>,
    /// Where the target is said.
    pub(super) target_at: Option<Place>,
}

/// A path in a container, and what stands behind it.
#[derive(Debug, Clone)]
pub(super) struct Behind<'a> {
    pub(super) mount: &'a Mounted,
    /// The path below the mount's target; empty: the target itself.
    pub(super) rest: String,
}

/// The mounts of all services.
#[derive(Debug, Default)]
pub(super) struct Mounts {
    of: BTreeMap<String, Vec<Mounted>>,
    /// Services that also have the mounts of a container that the files do not describe.
    open: BTreeSet<String>,
}

impl Mounts {
    /// What a project's services mount.
    pub(super) fn of(project: &Project) -> Self {
        let mut mounts = Self::default();
        for service in project.services() {
            mounts.of.insert(service.name.to_owned(), own(project, &service));
        }
        for service in project.services() {
            for from in service.get("volumes_from").into_iter().flat_map(Node::items).filter_map(Node::as_str) {
                mounts.inherit(service.name, from);
            }
        }
        mounts
    }

    fn inherit(&mut self, service: &str, from: &str) {
        if from.starts_with("container:") {
            self.open.insert(service.to_owned());
            return;
        }
        let (from, mode) = from.split_once(':').unwrap_or((from, ""));
        let inherited = self.of.get(from).cloned().unwrap_or_default();
        let of = self.of.entry(service.to_owned()).or_default();
        for mount in inherited {
            if !of.iter().any(|own| own.target == mount.target) {
                let read_only = mount.read_only || mode == "ro";
                of.push(Mounted { service: service.to_owned(), read_only, ..mount });
            }
        }
    }

    /// Every mount, service by service.
    pub(super) fn all(&self) -> impl Iterator<Item = &Mounted> {
        self.of.values().flatten()
    }

    /// The mounts of a service.
    pub(super) fn service(&self, name: &str) -> &[Mounted] {
        self.of.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a service may have mounts that the files do not say.
    pub(super) fn is_open(&self, service: &str) -> bool {
        self.open.contains(service)
    }

    /// What stands behind a clean path in a service's container: the deepest mount that covers it.
    pub(super) fn behind(&self, service: &str, path: &str) -> Option<Behind<'_>> {
        let covers = |mount: &&Mounted| below(path, &mount.target).is_some();
        let mount = self.service(service).iter().filter(covers).max_by_key(|mount| mount.target.len())?;
        Some(Behind { mount, rest: below(path, &mount.target)?.to_owned() })
    }
}

impl Mounted {
    /// What a reader calls it: `./tftpboot`, `volume captures`.
    pub(super) fn name(&self, project: &Project) -> String {
        match &self.what {
            What::Bind(path) => shown(project, path),
            What::Volume { key, .. } => format!("volume {key}"),
            What::Own => "storage of its own".to_owned(),
        }
    }

    /// The host's path, for a bind.
    pub(super) fn bind(&self) -> Option<&str> {
        match &self.what {
            What::Bind(path) => Some(path),
            _ => None,
        }
    }

    /// Whether it is shared with others by its nature: a path of the host, or a volume with a name.
    pub(super) fn is_shared(&self) -> bool {
        self.what != What::Own
    }

    /// Where the source is changed.
    pub(super) fn mend(&self) -> Option<&Place> {
        self.source.as_ref().and_then(Origin::mend).or(self.entry.as_ref())
    }

    /// The subject: `gui: /var/lib/tftpboot`.
    pub(super) fn subject(&self) -> String {
        format!("{}: {}", self.service, self.written)
    }

    /// As an entry of another service's `volumes`.
    pub(super) fn short(&self, project: &Project) -> String {
        let said = self.entry.as_ref().map(|place| place.text().trim_matches(['"', '\'']));
        if let Some(said) = said.filter(|said| !said.contains('\n') && said.contains(":/")) {
            return said.to_owned();
        }
        let mode = if self.read_only { ":ro" } else { "" };
        let source = match &self.what {
            What::Bind(path) => shown(project, path),
            What::Volume { key, .. } => key.clone(),
            What::Own => String::new(),
        };
        format!("{source}:{}{mode}", self.target)
    }
}

impl Behind<'_> {
    /// What it is, so that two can be compared: the host's path, or the volume and the path in it. `None` for
    /// storage of a container's own.
    pub(super) fn identity(&self) -> Option<String> {
        match &self.mount.what {
            What::Bind(path) => Some(clean(&join(path, &self.rest))),
            What::Volume { name, .. } => Some(clean(&format!("volume {name}/{}/{}", self.mount.part, self.rest))),
            What::Own => None,
        }
    }
}

/// A path of the host as the compose files would write it.
pub(super) fn shown(project: &Project, path: &str) -> String {
    let directory = project.directory.to_string_lossy();
    match below(path, directory.trim_end_matches('/')) {
        Some("") => ".".to_owned(),
        Some(rest) => format!("./{rest}"),
        None => path.to_owned(),
    }
}

fn own(project: &Project, service: &Service<'_>) -> Vec<Mounted> {
    let mut mounts: Vec<_> = service.mounts().map(|mount| mounted(project, service, &mount)).collect();
    let inner = |path: String, node: &Node| Mounted {
        service: service.name.to_owned(),
        what: What::Own,
        part: String::new(),
        target: clean(&path),
        written: path,
        read_only: false,
        read_only_at: None,
        creates: false,
        entry: node.place().cloned(),
        source: None,
        target_at: node.place().cloned(),
    };
    if let Some(tmpfs) = service.get("tmpfs") {
        for node in tmpfs.items().chain(std::iter::once(tmpfs)) {
            let path = node.as_str().and_then(|text| text.split(':').next());
            mounts.extend(path.map(|path| inner(path.to_owned(), node)));
        }
    }
    for (key, directory) in [("secrets", "/run/secrets"), ("configs", "")] {
        for node in service.get(key).into_iter().flat_map(Node::items) {
            let name = node.get("target").or(node.get("source")).unwrap_or(node).as_str();
            mounts.extend(name.map(|name| match name.starts_with('/') {
                true => inner(name.to_owned(), node),
                false => inner(format!("{directory}/{name}"), node),
            }));
        }
    }
    mounts
}

fn mounted(project: &Project, service: &Service<'_>, mount: &Mount<'_>) -> Mounted {
    let mut source = mount.node.get("source").map(|node| node.origin.clone());
    let mut creates = match mount.node.get("bind") {
        // Measured on Compose 2.40.3: without this key a missing source is made, too.
        None => true,
        Some(bind) => bind.get("create_host_path").and_then(Node::as_bool).unwrap_or(false),
    };
    let what = match (mount.kind, mount.source) {
        ("bind", Some(path)) => What::Bind(path.to_owned()),
        ("volume", Some(key)) => {
            let volume = project.section("volumes").find(|(name, _)| *name == key).map(|(_, entry)| &entry.node);
            match volume.and_then(device) {
                Some(device) => {
                    source = Some(device.origin.clone());
                    creates = false;
                    What::Bind(device.as_str().unwrap_or_default().to_owned())
                }
                None => {
                    let name = volume.and_then(|volume| volume.get("name")).and_then(Node::as_str).unwrap_or(key);
                    What::Volume { key: key.to_owned(), name: name.to_owned() }
                }
            }
        }
        _ => What::Own,
    };
    let part = mount.node.get("volume").and_then(|volume| volume.get("subpath")).and_then(Node::as_str);
    Mounted {
        service: service.name.to_owned(),
        what,
        part: part.unwrap_or_default().to_owned(),
        target: clean(mount.target),
        written: mount.target.to_owned(),
        read_only: mount.read_only,
        read_only_at: mount.node.get("read_only").and_then(Node::place).cloned(),
        creates,
        entry: mount.node.place().cloned(),
        source,
        target_at: mount.node.get("target").and_then(Node::place).cloned(),
    }
}

/// The path of the host that a volume of the local driver stands for.
fn device(volume: &Node) -> Option<&Node> {
    let options = volume.get("driver_opts")?;
    let local = volume.get("driver").and_then(Node::as_str).is_none_or(|driver| driver == "local");
    let bound = options.get("o")?.as_str()?.split(',').any(|option| matches!(option.trim(), "bind" | "rbind"));
    options.get("device").filter(|device| local && bound && device.as_str().is_some_and(|path| path.starts_with('/')))
}
