//! When two names mean the same secret.

use gonogo::word::name_words;

/// Words that say nothing about which secret is meant.
const FILLER: &[&str] =
    &["app", "my", "the", "default", "env", "config", "settings", "server", "client", "service", "shared", "common"];

/// Words that only say what kind of thing it is: two names that share nothing else may mean two secrets.
const KIND: &[&str] = &["token", "password", "passwd", "pass", "secret", "key", "credential", "credentials", "pwd"];

/// Secrets that each program keeps for itself: two of one name need not be the same.
const OWN: &[&[&str]] = &[
    &["secret", "key"],
    &["session", "secret"],
    &["cookie", "secret"],
    &["session", "key"],
    &["secret", "key", "base"],
    &["root", "password"],
    &["admin", "password"],
    &["encryption", "key"],
    &["private", "key"],
    &["tls", "key"],
    &["ssl", "key"],
    &["app", "key"],
];

/// How sure it is that two names, each used by a service, mean one secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Agreement {
    /// They share what tells a secret from others, and differ in whose it is only.
    Probable,
    /// They are the same name.
    Same,
}

/// Whether two names mean one secret. `services` are the two that use them: `AGENT_AUTH_TOKEN` of the backend is
/// `auth_token` of the agent.
pub(super) fn agree(one: &str, other: &str, services: [&str; 2]) -> Option<Agreement> {
    let (one, other) = (name_words(one), name_words(other));
    if OWN.iter().any(|own| one == *own || other == *own) {
        return None;
    }
    if one == other {
        return Some(Agreement::Same);
    }
    let whose: Vec<String> = services.iter().flat_map(|service| name_words(service)).collect();
    let without = |words: &[String], owners: &[String]| -> Vec<String> {
        let says = |word: &&String| !FILLER.contains(&word.as_str()) && !owners.contains(word);
        words.iter().filter(says).cloned().collect()
    };
    // Whose it is may stand in front: with and without the services' own words, since `API_TOKEN` of a service `api`
    // may be called just that by both.
    let ends = |owners: &[String]| ends_alike(&without(&one, owners), &without(&other, owners));
    (ends(&[]) || ends(&whose)).then_some(Agreement::Probable)
}

/// Whether one list of words is the end of the other, and enough to tell a secret from others.
fn ends_alike(one: &[String], other: &[String]) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let distinct = short.iter().any(|word| !KIND.contains(&word.as_str()));
    let Some(front) = long.strip_suffix(short) else { return false };
    // What the longer one has in front must not name another kind of secret.
    distinct && front.len() <= 2 && !front.iter().any(|word| KIND.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{Agreement, agree};

    #[test]
    fn names_that_mean_one_secret() {
        for (one, other, services) in [
            ("AGENT_AUTH_TOKEN", "/pypnm_server/auth_token", ["backend", "agent"]),
            ("WORKER_API_TOKEN", "API_TOKEN", ["api", "worker"]),
            ("apiToken", "API_TOKEN", ["api", "worker"]),
            ("BACKEND_AUTH_TOKEN", "AGENT_AUTH_TOKEN", ["backend", "agent"]),
            ("INGEST_KEY", "/collector/ingestKey", ["gateway", "collector"]),
        ] {
            assert!(agree(one, other, services).is_some(), "{one} {other}");
        }
        assert_eq!(agree("JWT_SECRET", "JWT_SECRET", ["a", "b"]), Some(Agreement::Same));
    }

    #[test]
    fn names_that_need_not() {
        for (one, other) in [
            ("POSTGRES_PASSWORD", "REDIS_PASSWORD"),
            ("TOKEN", "GITHUB_TOKEN"),
            ("SECRET_KEY", "SECRET_KEY"),
            ("PASSWORD", "ADMIN_PASSWORD"),
            ("STRIPE_API_KEY", "MAILGUN_API_KEY"),
            ("ADMIN_PASSWORD", "ADMIN_PASSWORD"),
        ] {
            assert_eq!(agree(one, other, ["web", "api"]), None, "{one} {other}");
        }
    }
}
