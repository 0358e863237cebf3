//! What the Docker Engine knows. What a recording leaves out of an answer is as empty as it can be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Question, Source};

macro_rules! engine_question {
    ($name:ty => $answer:ty, $kind:literal, $describe:expr) => {
        impl Question for $name {
            type Answer = $answer;
            const KIND: &'static str = $kind;
            fn source(&self) -> Source {
                Source::Engine
            }
            fn describe(&self) -> String {
                let describe: fn(&Self) -> String = $describe;
                describe(self)
            }
        }
    };
}

/// Is there an engine, and which? Every other question to the engine is blocked by this one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ping;
engine_question!(Ping => Engine, "engine.ping", |_| "the engine".to_owned());

/// The engine that answered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Engine {
    /// Where it was reached: `unix:///var/run/docker.sock`.
    pub endpoint: String,
    /// The engine's version: `26.1.5`.
    pub version: String,
    /// The newest API version that it speaks: `1.45`.
    pub api_version: String,
    /// The oldest API version that it speaks.
    pub min_api_version: String,
    /// `linux`, `windows`.
    pub os: String,
    /// `amd64`, `arm64`, …
    pub arch: String,
    /// Its data directory on its own host.
    pub root_dir: Option<String>,
    /// Whether the engine's host is known to be this one, so that its paths and ports are ours: a unix socket whose
    /// engine bears this host's name (not out of a container, into a virtual machine or through a tunnel).
    pub local: bool,
}

/// All containers, stopped ones too.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Containers;
engine_question!(Containers => Vec<ContainerSummary>, "engine.containers", |_| "containers".to_owned());

/// A container in the list of all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerSummary {
    /// The full id.
    pub id: String,
    /// The name without the leading slash.
    pub name: String,
    /// The image as it was named.
    pub image: String,
    /// The image's id.
    pub image_id: String,
    /// `created`, `running`, `paused`, `restarting`, `exited`, `removing`, `dead`.
    pub state: String,
    /// The engine's words: `Up 3 minutes (healthy)`.
    pub status: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The ports that it publishes at the moment.
    pub ports: Vec<PublishedPort>,
}

impl ContainerSummary {
    /// The Compose project that it belongs to.
    pub fn project(&self) -> Option<&str> {
        self.labels.get("com.docker.compose.project").map(String::as_str)
    }

    /// The Compose service that it belongs to.
    pub fn service(&self) -> Option<&str> {
        self.labels.get("com.docker.compose.service").map(String::as_str)
    }

    /// Whether it is a one-off container of `docker compose run`.
    pub fn is_one_off(&self) -> bool {
        self.labels.get("com.docker.compose.oneoff").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

/// A port that a container publishes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PublishedPort {
    /// The host address that it is bound to; empty: all of them.
    pub host_ip: String,
    /// The port on the host; `None` while it is not published.
    pub host_port: Option<u16>,
    /// The port in the container.
    pub container_port: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

/// One container, inspected.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Container {
    /// Its id or name.
    pub id: String,
}
engine_question!(Container => ContainerDetail, "engine.container", |q| format!("container {}", short(&q.id)));

/// A container as `inspect` tells it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerDetail {
    /// The full id.
    pub id: String,
    /// The name without the leading slash.
    pub name: String,
    /// The image as it was named.
    pub image: String,
    /// The image's id.
    pub image_id: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was made, RFC 3339.
    pub created: String,
    /// Its state.
    pub state: ContainerState,
    /// How often the engine has restarted it.
    pub restart_count: i64,
    /// `no`, `always`, `on-failure`, `unless-stopped`.
    pub restart_policy: String,
    /// The most memory that it may use, in bytes; `None`: as much as there is.
    pub memory_limit: Option<u64>,
    /// Its environment, in order; a value may be secret.
    pub env: Vec<(String, String)>,
    /// What it runs: entrypoint and command, in order.
    pub argv: Vec<String>,
    /// The user, as given: `1000:1000`, `app`, or empty.
    pub user: String,
    /// The ports that the image or the container exposes: `5051/tcp`.
    pub exposed: Vec<String>,
    /// The ports that were asked to be published.
    pub bindings: Vec<PublishedPort>,
    /// Its mounts.
    pub mounts: Vec<ContainerMount>,
    /// `host`, `bridge`, `none`, `container:ID` or a network's name.
    pub network_mode: String,
    /// Its networks by name.
    pub networks: BTreeMap<String, ContainerNetwork>,
    /// The process on the host, while it runs.
    pub pid: Option<i64>,
    /// Its health check's test as the engine holds it, `CMD` or `CMD-SHELL` first; empty: none.
    pub healthcheck: Vec<String>,
}

/// A container's state.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerState {
    /// `created`, `running`, `paused`, `restarting`, `exited`, `removing`, `dead`.
    pub status: String,
    /// Whether a process of it runs. True in a restart loop, too.
    pub running: bool,
    /// Whether it is in a restart loop at the moment.
    pub restarting: bool,
    /// Whether the kernel killed it for want of memory.
    pub oom_killed: bool,
    /// The last exit code.
    pub exit_code: i64,
    /// The engine's words about why it did not start.
    pub error: String,
    /// When it was started last, RFC 3339.
    pub started_at: String,
    /// When it ended last, RFC 3339.
    pub finished_at: String,
    /// Its health, where it has a health check.
    pub health: Option<Health>,
}

/// What a container's health check says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// `starting`, `healthy`, `unhealthy`.
    pub status: String,
    /// How many probes failed in a row.
    pub failing_streak: i64,
    /// The last probe's exit code.
    pub last_exit_code: Option<i64>,
    /// The last probe's output, bounded; may hold secrets.
    pub last_output: String,
}

/// A mount of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerMount {
    /// `bind`, `volume`, `tmpfs`, …
    pub kind: String,
    /// The volume's name, where it is one.
    pub name: Option<String>,
    /// The path on the engine's host.
    pub source: String,
    /// The path in the container.
    pub target: String,
    /// Whether the container may write.
    pub writable: bool,
}

/// A container's place in a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerNetwork {
    /// The network's id.
    pub id: String,
    /// Its address there; empty while it does not run.
    pub address: String,
    /// The names under which it is found there.
    pub aliases: Vec<String>,
}

/// A container, looked at for a while: until it restarts, at most [`ContainerWatch::SECONDS`]. One look between two runs
/// of a restart loop shows a container that runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContainerWatch {
    /// Its id or name.
    pub id: String,
}
engine_question!(ContainerWatch => Watched, "engine.watch", |q| format!("whether container {} stays up", short(&q.id)));

impl ContainerWatch {
    /// How long it is looked at, in seconds.
    pub const SECONDS: u64 = 2;
}

/// What was seen of a container for a while.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Watched {
    /// How often it had been restarted in the end.
    pub restart_count: i64,
    /// Whether it restarted or waited for a restart meanwhile.
    pub restarted: bool,
}

/// An image by reference or id. `Absent` if the engine does not have it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Image {
    /// `redis:7`, `sha256:…`.
    pub reference: String,
}
engine_question!(Image => ImageDetail, "engine.image", |q| format!("image {}", q.reference));

/// An image as `inspect` tells it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageDetail {
    /// `sha256:…`
    pub id: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its registry digests.
    pub digests: Vec<String>,
    /// Its environment, in order; a value may be secret.
    pub env: Vec<(String, String)>,
    /// What it runs: entrypoint and command, in order.
    pub argv: Vec<String>,
    /// The user, as given.
    pub user: String,
    /// The ports that it exposes: `5051/tcp`.
    pub exposed: Vec<String>,
    /// The paths that it declares as volumes.
    pub volumes: Vec<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was built, RFC 3339.
    pub created: String,
    /// `linux`
    pub os: String,
    /// `amd64`
    pub arch: String,
    /// Its health check's test, `CMD` or `CMD-SHELL` first; empty: none.
    pub healthcheck: Vec<String>,
    /// The directory that it starts in.
    pub working_dir: String,
}

/// All networks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Networks;
engine_question!(Networks => Vec<Network>, "engine.networks", |_| "networks".to_owned());

/// A network of the engine.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// The full id.
    pub id: String,
    /// The name.
    pub name: String,
    /// `bridge`, `host`, …
    pub driver: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its subnets: `172.18.0.0/16`.
    pub subnets: Vec<String>,
}

/// All volumes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Volumes;
engine_question!(Volumes => Vec<Volume>, "engine.volumes", |_| "volumes".to_owned());

/// A volume of the engine.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Volume {
    /// The name.
    pub name: String,
    /// `local`, …
    pub driver: String,
    /// Its path on the engine's host.
    pub mountpoint: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// Its driver's options.
    pub options: BTreeMap<String, String>,
}

/// A file in a container's file system, volumes included, read through the archive endpoint: also of a stopped
/// container, and without running anything in it. Links are followed within the container. `Absent` if nothing
/// stands there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContainerFile {
    /// The container's id or name.
    pub container: String,
    /// The absolute path in the container.
    pub path: String,
}
engine_question!(ContainerFile => FileInContainer, "engine.file",
    |q| format!("{} in container {}", q.path, short(&q.container)));

/// What stands at a path in a container.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileInContainer {
    /// What kind of thing it is.
    pub kind: super::file::FileKind,
    /// Permission bits, such as `0o644`.
    pub mode: u32,
    /// The owner's number.
    pub uid: u64,
    /// The group's number.
    pub gid: u64,
    /// Its size in bytes.
    pub size: u64,
    /// Its text; `None` for a directory, for binary data and beyond 1 MiB. May hold secrets.
    pub text: Option<String>,
    /// The names in a directory, at most 1,000.
    pub entries: Vec<String>,
    /// Whether the entries are all that there are; where not, a name that is missing may be there all the same.
    #[serde(default)]
    pub complete: bool,
}

/// The end of a container's log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContainerLog {
    /// The container's id or name.
    pub container: String,
}
engine_question!(ContainerLog => Vec<String>, "engine.log", |q| format!("log of container {}", short(&q.container)));

/// How full the engine's disk is. Only known where the engine's host is this one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Disk;
engine_question!(Disk => DiskUse, "engine.disk", |_| "the engine's disk".to_owned());

/// What the engine keeps on its disk.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DiskUse {
    /// Its data directory.
    pub root_dir: String,
    /// Bytes that are free there for the engine.
    pub available: Option<u64>,
    /// Bytes in all.
    pub total: Option<u64>,
    /// Inodes that are free, where the file system counts them.
    pub free_inodes: Option<u64>,
    /// Bytes that `docker system prune` could free.
    pub reclaimable: Option<u64>,
}

fn short(id: &str) -> &str {
    let hex = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex { id.get(..12).unwrap_or(id) } else { id }
}
