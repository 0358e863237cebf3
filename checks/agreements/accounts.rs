//! The accounts that a database or broker makes for itself when it first starts, as its image's documentation says.

use gonogo::check::Context;
use gonogo::compose::{Project, Service};
use gonogo::document::Node;
use gonogo::finding::Site;
use gonogo::inference::image::short_name;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// The value; a password is never shown.
    pub(super) value: String,
    /// Where it stands.
    pub(super) site: Site,
    /// The variable's name.
    pub(super) name: String,
}

/// An account that a service lets in.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// Its name, if it has one.
    pub(super) user: Option<String>,
    /// Its password.
    pub(super) password: Said,
}

/// Images, the variable of the account's name, its name without that variable, the variable of the password.
type Known = (&'static [&'static str], Option<&'static str>, Option<&'static str>, &'static str);

/// Variables of an image that name an account and its password: (image's last name, user, user's default, password).
/// From the images' pages: postgres, mysql, mariadb, mongo, rabbitmq, and their common rebuilds.
const KNOWN: &[Known] = &[
    (
        &["postgres", "postgresql", "postgis", "timescaledb", "pgvector"],
        Some("POSTGRES_USER"),
        Some("postgres"),
        "POSTGRES_PASSWORD",
    ),
    (&["postgresql"], Some("POSTGRESQL_USERNAME"), Some("postgres"), "POSTGRESQL_PASSWORD"),
    (&["mysql", "mariadb", "percona", "mysql-server"], Some("MYSQL_USER"), None, "MYSQL_PASSWORD"),
    (&["mysql", "mariadb", "percona", "mysql-server"], None, Some("root"), "MYSQL_ROOT_PASSWORD"),
    (&["mariadb"], Some("MARIADB_USER"), None, "MARIADB_PASSWORD"),
    (&["mariadb"], None, Some("root"), "MARIADB_ROOT_PASSWORD"),
    (&["mongo", "mongodb"], Some("MONGO_INITDB_ROOT_USERNAME"), None, "MONGO_INITDB_ROOT_PASSWORD"),
    (&["rabbitmq"], Some("RABBITMQ_DEFAULT_USER"), Some("guest"), "RABBITMQ_DEFAULT_PASS"),
    (&["redis", "valkey"], None, None, "REDIS_PASSWORD"),
    (&["influxdb"], Some("DOCKER_INFLUXDB_INIT_USERNAME"), None, "DOCKER_INFLUXDB_INIT_PASSWORD"),
];

/// The accounts that a service lets in, as far as its declaration says.
pub(super) async fn accounts(cx: &Context, project: &Project, service: Service<'_>) -> Vec<Account> {
    let image = service.text("image").map(short_name).unwrap_or_default().to_owned();
    let mut accounts = Vec::new();
    for (images, user, default, password) in KNOWN {
        if !images.contains(&image.as_str()) && (!image.is_empty() || service.env(password).is_none()) {
            continue;
        }
        let Some(password) = value(cx, project, service, password).await else { continue };
        let named = match user {
            Some(user) => value(cx, project, service, user).await.map(|said| said.value),
            None => None,
        };
        accounts.push(Account { user: named.or_else(|| default.map(str::to_owned)), password });
    }
    accounts.extend(required_pass(service));
    accounts
}

/// `redis-server --requirepass …` in the command.
fn required_pass(service: Service<'_>) -> Option<Account> {
    let words: Vec<&Node> = service.get("command")?.items().collect();
    let at = words.iter().position(|word| word.as_str() == Some("--requirepass"))?;
    let word = words.get(at + 1)?;
    let (value, site) = (word.as_str()?.to_owned(), Site::from(word.place()?));
    (!value.contains('$'))
        .then(|| Account { user: None, password: Said { value, site, name: "--requirepass".to_owned() } })
}

/// A variable's value, or that of the secret file which it or `NAME_FILE` points at, as the images read it: without the
/// line break at its end.
pub(super) async fn value(cx: &Context, project: &Project, service: Service<'_>, name: &str) -> Option<Said> {
    if let Some(node) = service.env(name) {
        let value = node.scalar().filter(|value| !value.is_empty())?;
        return match value.strip_prefix("/run/secrets/") {
            Some(secret) => secret_file(cx, project, service, secret, name).await,
            // Some other file's path: what stands in it is not known here.
            None if value.starts_with('/') => None,
            None => Some(Said { value, site: node.place()?.into(), name: name.to_owned() }),
        };
    }
    let pointed = format!("{name}_FILE");
    let secret = service.env(&pointed)?.as_str()?.strip_prefix("/run/secrets/")?;
    secret_file(cx, project, service, secret, &pointed).await
}

/// What a service's secret of a name holds, where it stems from a file.
async fn secret_file(
    cx: &Context,
    project: &Project,
    service: Service<'_>,
    secret: &str,
    name: &str,
) -> Option<Said> {
    let key = service.get("secrets").into_iter().flat_map(Node::items).find_map(|item| {
        let source = item.get("source")?.as_str()?;
        let target = item.get("target").and_then(Node::as_str).unwrap_or(source);
        (target.rsplit('/').next() == Some(secret)).then_some(source)
    })?;
    let file = project.section("secrets").find(|(name, _)| *name == key)?.1.node.get("file")?.as_str()?;
    let source = cx.read(file).await.ok()?;
    let value = source.text().trim_end_matches(['\n', '\r']).to_owned();
    (!value.is_empty()).then(|| Said { value, site: source.line(1).into(), name: name.to_owned() })
}
