//! Who says what about the secrets of each service.

use std::sync::Arc;

use gonogo::check::Context;
use gonogo::compose::{Project, Service};
use gonogo::fact::Unknown;
use gonogo::finding::Site;
use gonogo::secret::{is_placeholder, is_secret, is_sensitive_name};
use gonogo::word::name_words;

use super::statement::{Kind, Statement};
use super::{code, config, seeds};

/// Everything that is said about the secrets of every service, by the compose files, env files, files that containers
/// see, images and code.
///
/// With it comes what could not be read though it is there.
pub(super) async fn gather(cx: &Context, project: &Arc<Project>) -> (Vec<Statement>, Vec<(String, Unknown)>) {
    let (mut statements, mut unknown) = (Vec::new(), Vec::new());
    for service in project.services() {
        let own: Vec<Statement> = environment(service).collect();
        let set = |name: &str| service.environment().any(|(other, _)| name_words(other) == name_words(name));
        let mut more = config::statements(cx, project, service.name, &mut unknown).await;
        more.extend(seeds::statements(cx, project, service.name).await);
        more.extend(code::statements(cx, project, service.name).await);
        // A variable that is set leaves the image's and the code's word on it without effect.
        more.retain(|statement| statement.kind < Kind::Image || !set(&statement.name));
        statements.extend(own);
        statements.extend(more);
    }
    (statements, unknown)
}

/// The sensitive variables that a service is given. A variable that is passed on from the shell says nothing here, and
/// what is blank is another rule's matter.
fn environment(service: Service<'_>) -> impl Iterator<Item = Statement> {
    service.environment().filter(|(name, _)| is_sensitive_name(name)).filter_map(move |(name, node)| {
        let value = node.scalar().filter(|value| holds_secret(name, value))?;
        Some(Statement {
            service: service.name.to_owned(),
            name: name.to_owned(),
            value,
            site: node.place().map(Site::from)?,
            kind: Kind::Environment,
        })
    })
}

/// Whether a value may be the secret that its name announces, and not a path, a number or a switch.
fn holds_secret(name: &str, value: &str) -> bool {
    !value.trim().is_empty() && !value.starts_with('/') && (is_secret(name, value) || is_placeholder(value))
}
