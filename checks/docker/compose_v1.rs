//! `docker/compose-v1`: Compose 1 recreates containers by a field of an image's description that newer engines no
//! longer send, and dies half-way with `KeyError: 'ContainerConfig'`.
//!
//! Measured: 1.29.2 on engine 26.1.5 (API 1.45) fails, on 20.10 (API 1.41) it does not; `COMPOSE_API_VERSION=1.44`
//! heals it. docker/compose#11742, #12509.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::engine::{ContainerSummary, Containers};
use gonogo::fact::{Unknown, file};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::api::Api;
use super::installed;

pub(super) const RULE: Rule = Rule {
    code: "docker/compose-v1",
    title: "no Compose 1 works on an engine that it breaks on",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D55"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

/// The first version of the API without the field.
const BREAKS: Api = Api(1, 45);
/// The variable with which Compose 1 asks for an older version.
const HEALS: &str = "COMPOSE_API_VERSION";

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let name = cx.project()?.name.clone();
    let containers = cx.ask(Containers).await?;
    let ours: Vec<_> = containers.iter().filter(|other| other.project() == Some(&name)).cloned().collect();
    let mut rows = Vec::new();
    for container in ours.iter().filter(|container| is_left_behind(&container.name)).cloned() {
        let cx = cx.clone();
        rows.push(Row::new(Subject::new(&container.name), async move { left_behind(&cx, &container).await }));
    }
    rows.push(Row::new(Subject::new(format!("client of {name}")), async move { client(&cx, &ours).await }));
    Ok(rows)
}

/// `684a72b46480_lab_gui_1`: what Compose 1 calls a container while it makes its successor.
fn is_left_behind(name: &str) -> bool {
    name.split_once('_').is_some_and(|(id, rest)| {
        id.len() == 12 && !rest.is_empty() && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn made_by(container: &ContainerSummary) -> Option<&str> {
    container.labels.get("com.docker.compose.version").map(String::as_str)
}

fn is_v1(version: &str) -> bool {
    version.trim_start_matches('v').starts_with("1.")
}

/// The engine's API, and whether Compose 1 breaks on it as it is called here.
async fn breaks(cx: &Context) -> Result<(Api, bool), Unknown> {
    let engine = super::engine(cx).await?;
    let api = Api::parse(&engine.api_version);
    let api = api.ok_or_else(|| Unknown::failed("the engine's API version is not of the form 1.45"))?;
    let asked = match cx.deployment().environment.get(HEALS).filter(|value| !value.is_empty()) {
        Some(value) => Some(value.clone()),
        None => in_env_file(cx).await,
    };
    let asked = asked.as_deref().and_then(Api::parse).unwrap_or(api);
    Ok((api, asked.min(api) >= BREAKS))
}

/// Compose 1 takes its own settings from `.env`, too.
async fn in_env_file(cx: &Context) -> Option<String> {
    let path = cx.deployment().directory.join(".env");
    cx.ask(file::Stat { path: path.clone() }).await.ok()?;
    let variables = gonogo::document::env::read(&cx.read(path).await.ok()?).ok()?;
    variables.node.get(HEALS)?.as_str().map(str::to_owned)
}

async fn left_behind(cx: &Context, container: &ContainerSummary) -> Result<Outcome, Unknown> {
    let (api, breaks) = breaks(cx).await?;
    let name = &container.name;
    let message = format!("`{name}` is what Compose 1 left behind when it failed to recreate a container");
    let finding = Finding::error(message, Site::Thing(format!("container {name}"))).label(&container.status);
    let severity = if breaks && made_by(container).is_none_or(is_v1) { Severity::Error } else { Severity::Warning };
    let engine = Site::Thing("engine".to_owned());
    let finding = Finding { severity, ..finding }.related(engine, format!("speaks API {api}"));
    Ok(finding.help(format!("docker rm {name} && docker compose up -d  # with Compose 2")).into())
}

async fn client(cx: &Context, ours: &[ContainerSummary]) -> Result<Outcome, Unknown> {
    let (api, breaks) = breaks(cx).await?;
    let old = ours.iter().find_map(|container| made_by(container).filter(|version| is_v1(version)));
    let new = ours.iter().find_map(|container| made_by(container).filter(|version| !is_v1(version)));
    let program = installed::compose_v1(cx).await;
    let plugin = installed::compose_v2(cx).await;
    let used = match (old, new, &program, &plugin) {
        (Some(old), ..) => format!("Compose {old} made its containers"),
        (None, Some(new), ..) => return Ok(Outcome::pass(format!("Compose {new} made its containers"))),
        (None, None, Some(program), None) => format!("{} is Compose 1, and there is no Compose 2", program.display()),
        (None, None, _, Some(plugin)) => return Ok(Outcome::pass(format!("Compose 2 at {}", plugin.display()))),
        (None, None, None, None) => return Ok(Outcome::skip("nothing tells which Compose is used")),
    };
    if breaks && ours.iter().any(|container| is_left_behind(&container.name)) {
        return Ok(Outcome::skip(format!("{used}: see what it left behind")));
    }
    if !breaks {
        let heals = if api >= BREAKS { format!(", {HEALS} asks for an older one") } else { String::new() };
        return Ok(Outcome::pass(format!("{used}; engine API {api}{heals}")));
    }
    let thing = match &program {
        Some(program) => Site::Thing(format!("program {}", program.display())),
        None => Site::Thing("the project's containers".to_owned()),
    };
    // Who has Compose 2 and no 1 will use it; who has started nothing yet gets through the first time.
    let certain = old.is_some() && (program.is_some() || plugin.is_none());
    let finding = Finding {
        severity: if certain { Severity::Error } else { Severity::Warning },
        ..Finding::error(
            format!("{used}; on an engine with API {api} it fails to recreate any (KeyError: 'ContainerConfig')"),
            thing,
        )
    };
    let finding =
        finding.related(Site::Thing("engine".to_owned()), format!("speaks API {api}, 1.44 is the last that works"));
    Ok(finding
        .help(format!("use Compose 2 (`docker compose up -d`); until then `{HEALS}=1.44 docker-compose up -d`"))
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_compose_1_leaves_behind() {
        assert!(is_left_behind("684a72b46480_cc_a_1"));
        for name in ["lab_gui_1", "684a72b46480", "684a72b46480_", "684A72B46480_a", "cafe_a_1", "lab-gui-1"] {
            assert!(!is_left_behind(name), "{name}");
        }
    }
}
