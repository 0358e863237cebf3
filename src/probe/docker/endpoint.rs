//! Which engine is meant: as the docker command finds it, from the environment and its configuration.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::fact::{Cause, Unknown};

/// The largest file of the docker command's configuration that is read, in bytes.
const CONFIG_LIMIT: u64 = 1 << 20;
/// Where an engine listens by default.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Where an engine is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// A socket in the file system.
    Unix(PathBuf),
    /// A host (IPv6 without brackets) and a port, in the clear.
    Tcp(String, u16),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(host, port) if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp(host, port) => write!(f, "tcp://{host}:{port}"),
        }
    }
}

impl Endpoint {
    /// The engine that the docker command would talk to: `DOCKER_HOST`, else the context named by `DOCKER_CONTEXT`
    /// or the configuration, else the first default socket that is there. Reads the docker command's configuration.
    ///
    /// # Errors
    /// [`Unknown`] with its remedy: a transport that is not supported, a context that is not there.
    pub(super) fn find(environment: &BTreeMap<String, String>) -> Result<Self, Unknown> {
        let set = |name: &str| environment.get(name).map(String::as_str).filter(|value| !value.is_empty());
        if let Some(host) = set("DOCKER_HOST") {
            return Self::parse(host, "DOCKER_HOST", set("DOCKER_TLS_VERIFY").is_some());
        }
        let config =
            set("DOCKER_CONFIG").map(PathBuf::from).or_else(|| Some(Path::new(set("HOME")?).join(".docker")));
        let named = set("DOCKER_CONTEXT").map(str::to_owned);
        let context = named.or_else(|| current_context(config.as_deref()?));
        match (context.filter(|name| name != "default"), config) {
            (Some(name), Some(config)) => Self::of_context(&name, &config),
            (Some(name), None) => {
                Err(Unknown::absent(format!("docker context `{name}`: neither DOCKER_CONFIG nor HOME is set")))
            }
            (None, _) => Ok(Self::Unix(default_socket(set("XDG_RUNTIME_DIR"), set("HOME")))),
        }
    }

    fn of_context(name: &str, config: &Path) -> Result<Self, Unknown> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Meta {
            endpoints: BTreeMap<String, MetaEndpoint>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct MetaEndpoint {
            host: Option<String>,
        }
        let id = Sha256::digest(name.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let path = config.join("contexts/meta").join(&id).join("meta.json");
        let text = read(&path).map_err(|error| {
            let unknown = Unknown::from(error);
            Unknown {
                detail: format!(
                    "docker context `{name}`: {}: {}; see `docker context ls`",
                    path.display(),
                    unknown.detail
                ),
                ..unknown
            }
        })?;
        let broken = |why: &str| Unknown::failed(format!("docker context `{name}`: {}: {why}", path.display()));
        let meta: Meta = serde_json::from_slice(&text).map_err(|_| broken("not a context's meta.json"))?;
        let host = meta.endpoints.get("docker").and_then(|endpoint| endpoint.host.as_deref());
        let host = host.filter(|host| !host.is_empty()).ok_or_else(|| broken("it has no docker endpoint"))?;
        let tls = config.join("contexts/tls").join(&id).join("docker").is_dir();
        Self::parse(host, &format!("docker context `{name}`"), tls)
    }

    /// Reads an address as `DOCKER_HOST` holds it; `said_by` names who said so.
    fn parse(address: &str, said_by: &str, tls: bool) -> Result<Self, Unknown> {
        // What we cannot speak is not known; what nobody can speak is wrong.
        let unsupported = |what: &str| Unknown::new(Cause::Unsupported, format!("{said_by}: {what}"));
        let wrong = |what: &str| Unknown::failed(format!("{said_by} is {what}"));
        let (scheme, rest) = address.split_once("://").unwrap_or(("tcp", address));
        match scheme {
            "unix" if rest.is_empty() => Ok(Self::Unix(PathBuf::from(DEFAULT_SOCKET))),
            "unix" => Ok(Self::Unix(PathBuf::from(rest))),
            "tcp" | "http" if tls => Err(unsupported("an engine over TLS cannot be asked yet")),
            "https" => Err(unsupported("an engine over TLS cannot be asked yet")),
            "tcp" | "http" => {
                // Whatever stands before an @ is a credential and must not be shown.
                let authority = rest.split('/').next().unwrap_or_default();
                let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                tcp(authority).ok_or_else(|| wrong("no address of the form tcp://HOST:PORT"))
            }
            "ssh" => Err(unsupported(
                "an engine over SSH cannot be asked yet; forward its socket \
                 (`ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST`) and set DOCKER_HOST=unix:///tmp/docker.sock",
            )),
            "npipe" => Err(unsupported("an engine behind a named pipe cannot be asked yet")),
            _ => Err(wrong("an address of an unknown kind: it takes unix:// or tcp://")),
        }
    }
}

fn tcp(authority: &str) -> Option<Endpoint> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (host, rest) = bracketed.split_once(']')?;
            (host, rest.strip_prefix(':').unwrap_or(rest))
        }
        None => authority.rsplit_once(':').unwrap_or((authority, "")),
    };
    let port = if port.is_empty() { 2375 } else { port.parse().ok()? };
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._:%".contains(c);
    (port != 0 && host.chars().all(fits)).then(|| {
        let host = if host.is_empty() { "127.0.0.1" } else { host };
        Endpoint::Tcp(host.to_owned(), port)
    })
}

fn current_context(config: &Path) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Config {
        current_context: Option<String>,
    }
    let config: Config = serde_json::from_slice(&read(&config.join("config.json")).ok()?).ok()?;
    config.current_context.filter(|name| !name.is_empty())
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    crate::probe::file::read(path, CONFIG_LIMIT)
}

/// The default socket; where there is none, that of a rootless engine, of Docker Desktop, or of Podman.
fn default_socket(runtime_dir: Option<&str>, home: Option<&str>) -> PathBuf {
    let under = |base: Option<&str>, name: &str| base.map(|base| Path::new(base).join(name));
    let others = [
        under(runtime_dir, "docker.sock"),
        under(home, ".docker/run/docker.sock"),
        under(home, ".docker/desktop/docker.sock"),
        under(runtime_dir, "podman/podman.sock"),
        Some(PathBuf::from("/run/podman/podman.sock")),
    ];
    let default = PathBuf::from(DEFAULT_SOCKET);
    // A path that we may not look at is there, as far as anybody can say.
    let there = |path: &PathBuf| std::fs::symlink_metadata(path).is_ok();
    if there(&default) {
        return default;
    }
    others.into_iter().flatten().find(there).unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(pairs: &[(&str, &str)]) -> Result<Endpoint, Unknown> {
        Endpoint::find(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn docker_host_wins() {
        let cases = [
            ("unix:///run/d.sock", "unix:///run/d.sock"),
            ("unix://", "unix:///var/run/docker.sock"),
            ("tcp://10.0.0.7:2375", "tcp://10.0.0.7:2375"),
            ("tcp://pi", "tcp://pi:2375"),
            ("tcp://[::1]:2375/", "tcp://[::1]:2375"),
            ("http://user:hunter2@pi:1", "tcp://pi:1"),
            ("pi:2375", "tcp://pi:2375"),
            (":2375", "tcp://127.0.0.1:2375"),
        ];
        for (given, endpoint) in cases {
            let found = find(&[("DOCKER_HOST", given), ("DOCKER_CONTEXT", "other"), ("HOME", "/nowhere")]);
            assert_eq!(found.unwrap().to_string(), endpoint, "{given}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_said_without_quoting_it() {
        for (given, cause) in [
            ("ssh://deploy:hunter2@pi", Cause::Unsupported),
            ("npipe:////./pipe/x", Cause::Unsupported),
            ("https://pi", Cause::Unsupported),
            ("fd://", Cause::Failed),
            ("tcp://hunter2@pi:port", Cause::Failed),
            ("tcp://a b:1", Cause::Failed),
        ] {
            let unknown = find(&[("DOCKER_HOST", given)]).unwrap_err();
            assert_eq!(unknown.cause, cause, "{given}");
            assert!(unknown.detail.starts_with("DOCKER_HOST") && !unknown.detail.contains("hunter2"), "{unknown}");
        }
        let tls = find(&[("DOCKER_HOST", "tcp://pi:2376"), ("DOCKER_TLS_VERIFY", "1")]).unwrap_err();
        assert!(tls.detail.contains("TLS"));
    }

    #[test]
    fn contexts_are_found_as_docker_stores_them() {
        let config = tempfile::tempdir().unwrap();
        let at = config.path().to_str().unwrap();
        // `docker context create foo` keeps it under the SHA-256 of its name.
        let id = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
        let meta = config.path().join("contexts/meta").join(id);
        std::fs::create_dir_all(&meta).unwrap();
        let write = |text: &str| std::fs::write(meta.join("meta.json"), text).unwrap();
        write(
            r#"{"Name":"foo","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///tmp/foo.sock","SkipTLSVerify":false}}}"#,
        );
        let foo = "unix:///tmp/foo.sock";
        assert_eq!(find(&[("DOCKER_CONFIG", at), ("DOCKER_CONTEXT", "foo")]).unwrap().to_string(), foo);
        std::fs::write(config.path().join("config.json"), r#"{"auths":{},"currentContext":"foo"}"#).unwrap();
        assert_eq!(find(&[("DOCKER_CONFIG", at)]).unwrap().to_string(), foo);
        assert_ne!(find(&[("DOCKER_CONFIG", at), ("DOCKER_CONTEXT", "default")]).unwrap().to_string(), foo);

        let gone = find(&[("DOCKER_CONFIG", at), ("DOCKER_CONTEXT", "bar")]).unwrap_err();
        assert!(gone.is_absent() && gone.detail.contains("docker context ls"), "{gone}");
        for broken in ["", "[]", "{\"Endpoints\":{}}", "{\"Endpoints\":{\"docker\":{}}}"] {
            write(broken);
            assert_eq!(find(&[("DOCKER_CONFIG", at)]).unwrap_err().cause, Cause::Failed, "{broken}");
        }
        write(r#"{"Endpoints":{"docker":{"Host":"tcp://pi:2376"}}}"#);
        std::fs::create_dir_all(config.path().join("contexts/tls").join(id).join("docker")).unwrap();
        assert_eq!(find(&[("DOCKER_CONFIG", at)]).unwrap_err().cause, Cause::Unsupported);
    }

    #[test]
    fn without_a_default_socket_a_rootless_one_is_taken() {
        let run = tempfile::tempdir().unwrap();
        let found = || default_socket(run.path().to_str(), None);
        if !Path::new(DEFAULT_SOCKET).exists() {
            std::fs::write(run.path().join("docker.sock"), "").unwrap();
            assert_eq!(found(), run.path().join("docker.sock"));
        }
        assert!(found().is_absolute());
    }
}
