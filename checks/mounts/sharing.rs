//! Whether a path that one service speaks of and another mounts is one thing for both, or only of one name.
//!
//! Containers have file systems of their own, and many images use the same few paths: that two services say `/data`
//! proves nothing. What counts is said in [`weigh`].

use std::path::Path;

use gonogo::compose::{Project, Service};
use gonogo::document::Node;
use gonogo::finding::Severity;

use super::mount::{Mounted, Mounts};
use super::path::{Looks, below, clean, looks};
use super::reference::{Kind, Reference, References};

/// A service speaks of a path that another service mounts.
pub(super) struct Sharing<'a> {
    pub(super) project: &'a Project,
    pub(super) mounts: &'a Mounts,
    pub(super) references: &'a References,
    /// The service that speaks of the path.
    pub(super) service: &'a str,
    pub(super) reference: &'a Reference,
    /// The mount of the other.
    pub(super) other: &'a Mounted,
}

/// Where servers keep what is theirs alone.
#[rustfmt::skip]
const PRIVATE: &[&str] = &[
    "/bitnami", "/data/configdb", "/data/db", "/etc/grafana", "/prometheus", "/usr/share/elasticsearch",
    "/usr/share/opensearch", "/var/jenkins_home", "/var/lib/cassandra", "/var/lib/clickhouse", "/var/lib/docker",
    "/var/lib/grafana", "/var/lib/influxdb", "/var/lib/kafka", "/var/lib/mongo", "/var/lib/mongodb", "/var/lib/mysql",
    "/var/lib/neo4j", "/var/lib/postgresql", "/var/lib/rabbitmq", "/var/lib/redis", "/var/lib/zookeeper",
];

/// Paths that images of every kind use, each for something else.
#[rustfmt::skip]
const GENERIC: &[&str] = &[
    "/app", "/backup", "/backups", "/cache", "/certs", "/code", "/conf", "/config", "/data", "/etc/localtime",
    "/etc/nginx/conf.d", "/etc/nginx/nginx.conf", "/etc/ssl", "/etc/ssl/certs", "/etc/timezone", "/home",
    "/home/node/app", "/log", "/logs", "/mnt", "/opt", "/opt/app", "/root", "/run", "/scripts", "/src", "/srv",
    "/srv/app", "/storage", "/tmp", "/usr/local/bin", "/usr/share/nginx/html", "/usr/src", "/usr/src/app",
    "/var/cache", "/var/lib", "/var/log", "/var/log/nginx", "/var/run", "/var/www", "/var/www/html", "/work",
    "/workdir", "/workspace",
];

/// Whether a path is where a server keeps what is its own.
pub(super) fn is_private(path: &str) -> bool {
    PRIVATE.iter().any(|private| below(path, private).is_some())
}

/// Whether images of every kind use a path.
pub(super) fn is_generic(path: &str) -> bool {
    GENERIC.contains(&path)
}

/// How sure it is that the service misses the mount; `None`: nothing says so.
///
/// An error takes a path that is not used by images of every kind, two services of different images, and a second
/// sign that the path is shared: a service that mounts it speaks of it in words of its own, or several services
/// mount it, or the one that mounts it may only read what somebody else has to write.
pub(super) fn weigh(sharing: &Sharing<'_>) -> Option<Severity> {
    let Sharing { project, mounts, references, service, reference, other } = sharing;
    let path = other.target.as_str();
    if is_private(path) || brings_it_along(sharing) {
        return None;
    }
    let owners: Vec<&Mounted> =
        mounts.all().filter(|mount| mount.target == path && mount.service != *service && mount.is_shared()).collect();
    let about: Vec<&Reference> = (owners.iter())
        .flat_map(|owner| references.service(&owner.service))
        .filter(|theirs| below(&theirs.path, path).is_some())
        .collect();
    // One environment for all says what the project uses, not what each of its services does.
    let same_words = about.iter().any(|theirs| theirs.place.is_some() && theirs.place == reference.place);
    let several = owners.iter().filter(|owner| owner.what == other.what).count() > 1;
    let own = project.service(service);
    let same_image = owners.iter().any(|owner| match (own, project.service(&owner.service)) {
        (Some(own), Some(owner)) => same_image(&own, &owner),
        _ => true,
    });
    let specific = path.matches('/').count() > 1 && !is_generic(path);
    if same_words {
        return (specific && reference.path == path).then_some(Severity::Warning);
    }
    if !specific || same_image {
        let sign = several || about.iter().any(|theirs| theirs.by == reference.by);
        return (sign && reference.path == path && (specific || !same_image)).then_some(Severity::Warning);
    }
    let both = !about.is_empty();
    let second_sign = both || several || other.read_only;
    if looks(path) == Looks::File && !path.ends_with(".sock") {
        return (reference.kind != Kind::Config && both).then_some(Severity::Warning);
    }
    Some(match second_sign && reference.kind != Kind::Config {
        true => Severity::Error,
        false => Severity::Warning,
    })
}

/// Whether two services run the same image.
pub(super) fn same_image(one: &Service<'_>, other: &Service<'_>) -> bool {
    match (context(one), context(other)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one.text("image").is_some() && one.text("image") == other.text("image"),
        _ => one.text("image").is_some() && one.text("image") == other.text("image"),
    }
}

fn context<'a>(service: &Service<'a>) -> Option<&'a str> {
    service.get("build")?.get("context").and_then(Node::as_str)
}

/// Whether the path comes with the service's own image: sources that are mounted over for development, or what its
/// Dockerfile copies there.
fn brings_it_along(sharing: &Sharing<'_>) -> bool {
    let Sharing { project, references, service, other, .. } = sharing;
    let own = project.service(service).and_then(|service| context(&service));
    let theirs = project.service(&other.service).and_then(|service| context(&service));
    if let Some(source) = other.bind() {
        let holds = |context: Option<&str>| context.is_some_and(|context| Path::new(context).starts_with(source));
        let within = own.is_some_and(|context| Path::new(source).starts_with(context));
        if holds(own) || holds(theirs) || (within && own == theirs) {
            return true;
        }
    }
    let copied = |target: &str| target.starts_with('/') && below(&clean(target), &other.target).is_some();
    references.stages.get(*service).is_some_and(|stage| stage.copied.iter().any(|(_, target)| copied(target)))
}
