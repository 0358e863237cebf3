//! References to images.

/// A reference to an image: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]` (distribution, `reference`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// Everything before the tag.
    pub(super) repository: &'a str,
    /// The tag.
    pub(super) tag: Option<&'a str>,
    /// The digest: `sha256:…`.
    pub(super) digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Reads a reference; `None` if a part of it is empty, or it is an image's id.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash is a port's.
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
            _ => (rest, None),
        };
        let is_id = repository == "sha256";
        let is_whole = !repository.is_empty() && tag != Some("") && digest != Some("") && !text.contains('$');
        (is_whole && !is_id).then_some(Self { repository, tag, digest })
    }

    /// The name of a Docker Official Image, if it is one by its name: without a namespace on Docker Hub.
    pub(super) fn official(&self) -> Option<&'a str> {
        let path = self.repository.strip_prefix("docker.io/").unwrap_or(self.repository);
        let name = path.strip_prefix("library/").unwrap_or(path);
        (OFFICIAL.binary_search(&name).is_ok()).then_some(name)
    }
}

/// Docker Official Images, sorted. They have no health check of their own by policy (docker-library/faq, "healthcheck");
/// those that have one all the same, and rare ones, are left out.
const OFFICIAL: &[&str] = &[
    "adminer",
    "alpine",
    "amazoncorretto",
    "amazonlinux",
    "archlinux",
    "bash",
    "buildpack-deps",
    "busybox",
    "caddy",
    "cassandra",
    "centos",
    "clojure",
    "composer",
    "consul",
    "couchdb",
    "dart",
    "debian",
    "docker",
    "drupal",
    "eclipse-mosquitto",
    "eclipse-temurin",
    "elasticsearch",
    "elixir",
    "erlang",
    "fedora",
    "fluentd",
    "gcc",
    "ghost",
    "golang",
    "gradle",
    "groovy",
    "haproxy",
    "haskell",
    "httpd",
    "influxdb",
    "jruby",
    "julia",
    "kibana",
    "logstash",
    "mariadb",
    "maven",
    "mediawiki",
    "memcached",
    "mongo",
    "mongo-express",
    "mysql",
    "nats",
    "neo4j",
    "nginx",
    "node",
    "odoo",
    "openjdk",
    "oraclelinux",
    "percona",
    "perl",
    "php",
    "phpmyadmin",
    "postgres",
    "pypy",
    "python",
    "r-base",
    "rabbitmq",
    "redis",
    "redmine",
    "registry",
    "rethinkdb",
    "rockylinux",
    "ruby",
    "rust",
    "telegraf",
    "tomcat",
    "tomee",
    "traefik",
    "ubuntu",
    "varnish",
    "vault",
    "wordpress",
    "zookeeper",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_reference() {
        let parts = |text| Reference::parse(text).map(|r| (r.repository, r.tag, r.digest));
        assert_eq!(parts("redis"), Some(("redis", None, None)));
        assert_eq!(parts("redis:7"), Some(("redis", Some("7"), None)));
        assert_eq!(parts("host:5000/a/b"), Some(("host:5000/a/b", None, None)));
        assert_eq!(parts("host:5000/a/b:1"), Some(("host:5000/a/b", Some("1"), None)));
        assert_eq!(parts("a@sha256:00"), Some(("a", None, Some("sha256:00"))));
        for broken in ["redis:", "", ":1", "sha256:0123", "a:${T}"] {
            assert_eq!(parts(broken), None, "{broken}");
        }
    }

    #[test]
    fn official_images() {
        assert!(OFFICIAL.is_sorted());
        let official = |text| Reference::parse(text).unwrap().official();
        assert_eq!(official("postgres:16"), Some("postgres"));
        assert_eq!(official("docker.io/library/redis"), Some("redis"));
        assert_eq!(official("bitnami/redis"), None);
        assert_eq!(official("ghcr.io/a/postgres"), None);
        assert_eq!(official("myapp"), None);
    }
}
