//! The Docker Engine, by its HTTP API. GET and HEAD only; nothing in here changes anything on an engine.
//!
//! Every question first asks [`Ping`], so that a dead engine is one cause and not twenty. Every answer is bounded in
//! bytes (by the module `wire`) and time (here), so that a hostile engine costs its own facts only.

mod archive;
mod decode;
mod disk;
mod endpoint;
mod log;
mod ping;
mod tar;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters::{
    InspectContainerOptionsBuilder, ListContainersOptionsBuilder, ListNetworksOptionsBuilder,
    ListVolumesOptionsBuilder,
};
use tokio::time::Instant;

use crate::fact::engine::{
    Container, ContainerFile, ContainerLog, ContainerWatch, Containers, Disk, Engine, Image, Networks, Ping, Volumes,
    Watched,
};
use crate::fact::{Cause, Ledger, Probes, Question, Unknown};
use wire::Wire;

/// When a single question to the engine is given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait between two looks at one thing.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// The largest list, in bytes.
const LIST_LIMIT: u64 = 8 << 20;
/// The largest description of one thing, in bytes.
const DETAIL_LIMIT: u64 = 2 << 20;
/// The newest API version that the client's types are made for.
const NEWEST_API: (u32, u32) = (1, 53);
/// The oldest API version that has all that is asked for.
const OLDEST_API: (u32, u32) = (1, 24);

/// Registers what answers questions about the engine that the environment names.
pub(super) fn register(probes: Probes, environment: &BTreeMap<String, String>) -> Probes {
    let engine = Docker::new(environment.clone());
    let with = || engine.clone();
    let (ping, containers, container, image) = (with(), with(), with(), with());
    let (networks, volumes, file, log, disk, watch) = (with(), with(), with(), with(), with(), with());
    probes
        .on(move |_: Ping, ledger| ping.clone().ping(ledger))
        .on(move |_: Containers, ledger| containers.clone().containers(ledger))
        .on(move |question: Container, ledger| container.clone().container(question, ledger))
        .on(move |question: ContainerWatch, ledger| watch.clone().watch(question, ledger))
        .on(move |question: Image, ledger| image.clone().image(question, ledger))
        .on(move |_: Networks, ledger| networks.clone().networks(ledger))
        .on(move |_: Volumes, ledger| volumes.clone().volumes(ledger))
        .on(move |question: ContainerFile, ledger| file.clone().file(question, ledger))
        .on(move |question: ContainerLog, ledger| log.clone().log(question, ledger))
        .on(move |_: Disk, ledger| disk.clone().disk(ledger))
}

/// The engine that the environment names. Cheap to clone.
#[derive(Clone)]
struct Docker(Arc<Inner>);

struct Inner {
    environment: BTreeMap<String, String>,
    /// Set by the ping that succeeded.
    wire: Mutex<Option<Wire>>,
}

impl Docker {
    fn new(environment: BTreeMap<String, String>) -> Self {
        Self(Arc::new(Inner { environment, wire: Mutex::default() }))
    }

    /// The way to the engine, once it is known to be one.
    async fn ready(&self, ledger: &Ledger) -> Result<(Arc<Engine>, Wire), Unknown> {
        let engine = ledger
            .ask(Ping)
            .await
            .map_err(|unknown| Unknown { cause: Cause::Blocked(Ping::KIND.to_owned()), ..unknown })?;
        let wire = self.0.wire.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok((engine, wire.ok_or_else(|| Unknown::failed("the engine answered to somebody else"))?))
    }

    async fn containers(self, ledger: Ledger) -> Result<Vec<crate::fact::engine::ContainerSummary>, Unknown> {
        let (_, wire) = self.ready(&ledger).await?;
        let options = ListContainersOptionsBuilder::new().all(true).build();
        let client = client(&wire, LIST_LIMIT)?;
        let list =
            bounded(&ledger, PATIENCE, "the list of containers", client.list_containers(Some(options))).await?;
        Ok(list.into_iter().map(decode::summary).collect())
    }

    async fn container(
        self,
        Container { id }: Container,
        ledger: Ledger,
    ) -> Result<crate::fact::engine::ContainerDetail, Unknown> {
        let (_, wire) = self.ready(&ledger).await?;
        container_name(&id)?;
        let options = InspectContainerOptionsBuilder::new().size(false).build();
        let client = client(&wire, DETAIL_LIMIT)?;
        let inspected = client.inspect_container(&id, Some(options));
        Ok(decode::container(bounded(&ledger, PATIENCE, &format!("container {id}"), inspected).await?))
    }

    async fn watch(self, ContainerWatch { id }: ContainerWatch, ledger: Ledger) -> Result<Watched, Unknown> {
        let until = Instant::now() + Duration::from_secs(ContainerWatch::SECONDS);
        let mut before = None;
        loop {
            let now = self.clone().container(Container { id: id.clone() }, ledger.clone()).await?;
            let risen = *before.get_or_insert(now.restart_count) < now.restart_count;
            let restarted = risen || now.state.restarting;
            if restarted || Instant::now() >= until {
                return Ok(Watched { restart_count: now.restart_count, restarted });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn image(
        self,
        Image { reference }: Image,
        ledger: Ledger,
    ) -> Result<crate::fact::engine::ImageDetail, Unknown> {
        let (_, wire) = self.ready(&ledger).await?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
        if reference.is_empty() || !reference.chars().all(fits) || reference.split('/').any(|part| part == "..") {
            return Err(Unknown::absent(format!("no image can be called `{}`", printable(&reference))));
        }
        let client = client(&wire, DETAIL_LIMIT)?;
        let inspected = client.inspect_image(&reference);
        Ok(decode::image(bounded(&ledger, PATIENCE, &format!("image {reference}"), inspected).await?))
    }

    async fn networks(self, ledger: Ledger) -> Result<Vec<crate::fact::engine::Network>, Unknown> {
        let (_, wire) = self.ready(&ledger).await?;
        let client = client(&wire, LIST_LIMIT)?;
        let list = client.list_networks(Some(ListNetworksOptionsBuilder::new().build()));
        let list = bounded(&ledger, PATIENCE, "the list of networks", list).await?;
        Ok(list.into_iter().map(decode::network).collect())
    }

    async fn volumes(self, ledger: Ledger) -> Result<Vec<crate::fact::engine::Volume>, Unknown> {
        let (_, wire) = self.ready(&ledger).await?;
        let client = client(&wire, LIST_LIMIT)?;
        let list = client.list_volumes(Some(ListVolumesOptionsBuilder::new().build()));
        let list = bounded(&ledger, PATIENCE, "the list of volumes", list).await?;
        Ok(list.volumes.unwrap_or_default().into_iter().map(decode::volume).collect())
    }
}

/// A typed client whose answers have at most `limit` bytes.
fn client(wire: &Wire, limit: u64) -> Result<bollard::Docker, Unknown> {
    // The address only fills the Host header, which the wire sets itself. Time-outs are kept by `bounded`.
    let wire = wire.limited(limit);
    bollard::Docker::connect_with_custom_transport(
        move |request: bollard::BollardRequest| {
            let wire = wire.clone();
            async move { wire.exchange(request).await }
        },
        Some("http://docker"),
        PATIENCE.as_secs() * 2,
        bollard::API_DEFAULT_VERSION,
    )
    .map_err(|error| Unknown::failed(error.to_string()))
}

/// Waits for an answer, not longer than `patience` and not quite to the run's deadline, so that the cause is told
/// here, where it is known.
async fn bounded<T>(
    ledger: &Ledger,
    patience: Duration,
    what: &str,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Unknown> {
    within(ledger, patience, what, async { answer.await.map_err(|error| explained(what, &error)) }).await
}

async fn within<T>(
    ledger: &Ledger,
    patience: Duration,
    what: &str,
    answer: impl Future<Output = Result<T, Unknown>>,
) -> Result<T, Unknown> {
    let patience = patience.min(ledger.deadline().saturating_duration_since(Instant::now()).mul_f32(0.9));
    match tokio::time::timeout(patience, answer).await {
        Ok(answer) => answer,
        Err(_) => {
            let seconds = patience.as_secs_f32();
            Err(Unknown::new(Cause::TimeOut, format!("{what}: no answer from the engine within {seconds:.1} s")))
        }
    }
}

/// What an error of the client means.
fn explained(what: &str, error: &Error) -> Unknown {
    if let Error::DockerResponseServerError { status_code, message } = error {
        let message = printable(message);
        return match status_code {
            404 if message.contains("page not found") => {
                Unknown::new(Cause::Unsupported, format!("{what}: the engine does not know this request"))
            }
            404 => Unknown::absent(format!("{what}: the engine has none ({message})")),
            401 | 403 => {
                Unknown::new(Cause::Denied, format!("{what}: the engine refuses ({status_code}: {message})"))
            }
            _ => Unknown::failed(format!("{what}: the engine says {status_code}: {message}")),
        };
    }
    match io_error(error) {
        Some(io) if io.kind() == io::ErrorKind::FileTooLarge => {
            Unknown::failed(format!("{what}: the engine's answer is too long"))
        }
        Some(io) => {
            let unknown = Unknown::from(io::Error::from(io.kind()));
            // A connection that cannot be made says nothing about the thing that was asked for.
            let cause = if unknown.cause == Cause::Absent { Cause::Failed } else { unknown.cause };
            Unknown::new(cause, format!("{what}: {}", printable(&io.to_string())))
        }
        None => Unknown::failed(format!("{what}: {}", printable(&reason(error)))),
    }
}

/// The error of the operating system that an error of the client stems from, if it does.
fn io_error(error: &Error) -> Option<&io::Error> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = match error {
        Error::IOError { err } => return Some(err),
        Error::HyperResponseError { err } => Some(err),
        _ => None,
    };
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io);
        }
        cause = error.source();
    }
    None
}

fn reason(error: &Error) -> String {
    match error {
        // Never the text of an error of the decoder: it quotes the values that it stumbles over.
        Error::JsonDataError { column, .. } => {
            format!("the engine's answer is not what it should be (column {column})")
        }
        Error::JsonSerdeError { err } => {
            format!("the engine's answer is not what it should be (line {} column {})", err.line(), err.column())
        }
        Error::HyperResponseError { .. } => "the engine's answer breaks off or is not HTTP".to_owned(),
        other => other.to_string(),
    }
}

/// A peer's words as far as they may be shown: one line without control characters, 300 characters of it.
fn printable(text: &str) -> String {
    let mut words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut line = String::new();
    while let Some(word) = words.next().filter(|_| line.len() < 300) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(300));
    }
    if line.chars().count() > 300 { line.chars().take(299).chain(['…']).collect() } else { line }
}

/// Whether a text can be the id or name of a container, and so stand in a path.
fn container_name(name: &str) -> Result<(), Unknown> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(fits) {
        return Ok(());
    }
    Err(Unknown::absent(format!("no container can be called `{}`", printable(name))))
}
