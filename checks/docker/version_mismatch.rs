//! `docker/version-mismatch`: engine and client have no version of the API in common.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::fact::engine::{Containers, Engine};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::api::Api;

pub(super) const RULE: Rule = Rule {
    code: "docker/version-mismatch",
    title: "engine and clients have a version of the API in common",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D54"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

/// What Compose 2.40.3 speaks at most, and what every client of the last years speaks at least (moby, `client`).
const COMPOSE: (Api, Api) = (Api(1, 24), Api(1, 51));
/// The first version that an engine of release 29 takes (its release notes).
const RAISED: Api = Api(1, 44);
/// The first Compose whose client speaks [`RAISED`]: it was built with release 25 (docker/compose#13389 for one before).
const FIRST_WITH_RAISED: (u32, u32) = (2, 24);
/// Makes Docker's clients speak this version and no other.
const FORCED: &str = "DOCKER_API_VERSION";

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let mut rows = vec![Row::new(Subject::new("engine"), judge_engine(cx.clone()))];
    if let Some(forced) = cx.deployment().environment.get(FORCED).filter(|value| !value.is_empty()).cloned() {
        rows.push(Row::new(Subject::new(FORCED), judge_forced(cx.clone(), forced)));
    }
    if let Ok(project) = cx.project() {
        let subject = Subject::new(format!("client of {}", project.name));
        rows.push(Row::new(subject, judge_client(cx, project.name.clone())));
    }
    Ok(rows)
}

/// The oldest and the newest version that the engine speaks.
fn spoken(engine: &Engine) -> Result<(Api, Api), Unknown> {
    let read = |text: &str| {
        Api::parse(text).ok_or_else(|| Unknown::failed("the engine's API version is not of the form 1.45"))
    };
    Ok((read(&engine.min_api_version)?, read(&engine.api_version)?))
}

async fn judge_engine(cx: Context) -> Result<Outcome, Unknown> {
    let engine = super::engine(&cx).await?;
    let (oldest, newest) = spoken(&engine)?;
    let thing = Site::Thing(format!("engine {}", engine.endpoint));
    let release = &engine.version;
    if newest < COMPOSE.0 {
        let message =
            format!("the engine {release} speaks API {newest} at most, and today's clients {} at least", COMPOSE.0);
        return Ok(Finding::error(message, thing).help("upgrade the engine").into());
    }
    if oldest > COMPOSE.1 {
        let message =
            format!("the engine {release} takes API {oldest} at least; Compose 2.40.3 speaks {} at most", COMPOSE.1);
        return Ok(Finding::warning(message, thing).help("upgrade docker compose (`docker compose version`)").into());
    }
    Ok(Outcome::pass(format!("{release} speaks API {oldest} to {newest}")))
}

async fn judge_forced(cx: Context, forced: String) -> Result<Outcome, Unknown> {
    let engine = super::engine(&cx).await?;
    let (oldest, newest) = spoken(&engine)?;
    let thing = Site::Thing(format!("{FORCED}={forced} in the environment"));
    let message = match Api::parse(&forced) {
        Some(api) if api < oldest => format!("{FORCED} asks for API {api}; the engine takes {oldest} at least"),
        Some(api) if api > newest => format!("{FORCED} asks for API {api}; the engine speaks {newest} at most"),
        Some(api) => return Ok(Outcome::pass(format!("{api} is among {oldest} to {newest}"))),
        None => format!("{FORCED} is no version of the API, such as {newest}"),
    };
    let engine = Site::Thing(format!("engine {}", engine.endpoint));
    let finding = Finding::error(message, thing).related(engine, format!("speaks API {oldest} to {newest}"));
    Ok(finding.help(format!("unset {FORCED}, or set it to {newest}")).into())
}

/// The client that made the project's containers, as they say themselves.
async fn judge_client(cx: Context, project: String) -> Result<Outcome, Unknown> {
    let engine = super::engine(&cx).await?;
    let containers = cx.ask(Containers).await?;
    let ours = containers.iter().filter(|container| container.project() == Some(&project));
    let oldest = ours.filter_map(|container| {
        let text = container.labels.get("com.docker.compose.version")?;
        let mut numbers = text.trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
        Some(((numbers.next()?, numbers.next()?), text.clone()))
    });
    // Compose 1 is the other rule's.
    let Some((version, text)) = oldest.filter(|((major, _), _)| *major > 1).min() else {
        return Ok(Outcome::skip("none of its containers says which Compose made it"));
    };
    let (lowest, _) = spoken(&engine)?;
    if version >= FIRST_WITH_RAISED || lowest < RAISED {
        return Ok(Outcome::pass(format!("Compose {text}, engine API {lowest} and up")));
    }
    let message = format!(
        "Compose {text}, which made this project's containers, speaks API 1.43 at most; the engine takes {lowest} at least"
    );
    // It may have been upgraded since.
    let finding = Finding::warning(message, Site::Thing(format!("engine {}", engine.endpoint)));
    Ok(finding.help("upgrade docker compose (`docker compose version`)").into())
}
