//! Names that announce a secret: matched word by word, so that `KEYBOARD` and `author` announce nothing.

use crate::word::name_words;

/// How sure a name is that its value is secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// `DB_PASSWORD`, `authToken`, `api-key`.
    Strong,
    /// `auth`, `key`, `cookie`: as often the name of a mode, a column, a header.
    Weak,
}

/// Words that announce a secret wherever they stand in a name.
const STRONG: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "cred",
    "creds",
    "dsn",
    "authorization",
    "bearer",
    "psk",
    "pepper",
    "otp",
    "totp",
    "htpasswd",
];

/// Words that a name may end in, written together: `PGPASSWORD`, `clientsecret`, `requirepass`.
const ENDINGS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "secretkey",
    "privatekey",
    "accesskey",
    "authkey",
    "requirepass",
    "masterauth",
    "userpass",
    "rootpass",
    "dbpass",
    "mysqlpwd",
    "connectionstring",
];

/// Words that announce one as likely as not.
const WEAK: &[&str] = &["auth", "key", "keys", "cookie", "salt", "jwt"];

/// What a name ends in that is about a secret but does not hold it: where it lies, how long it lasts, what kind it is.
const ABOUT: &[&str] = &[
    "age",
    "alg",
    "algo",
    "algorithm",
    "attempts",
    "audience",
    "backend",
    "check",
    "class",
    "count",
    "description",
    "dir",
    "directory",
    "disable",
    "disabled",
    "domain",
    "driver",
    "duration",
    "email",
    "enable",
    "enabled",
    "encoding",
    "endpoint",
    "env",
    "expiration",
    "expire",
    "expires",
    "expiry",
    "field",
    "file",
    "filename",
    "files",
    "format",
    "header",
    "host",
    "hostname",
    "id",
    "ids",
    "index",
    "interval",
    "issuer",
    "label",
    "len",
    "length",
    "level",
    "lifetime",
    "limit",
    "location",
    "manager",
    "max",
    "method",
    "min",
    "mode",
    "module",
    "mount",
    "name",
    "names",
    "offset",
    "param",
    "parameter",
    "path",
    "paths",
    "plugin",
    "policy",
    "port",
    "prefix",
    "provider",
    "realm",
    "ref",
    "required",
    "retries",
    "role",
    "roles",
    "rotation",
    "rounds",
    "scope",
    "scopes",
    "selector",
    "server",
    "service",
    "size",
    "sock",
    "socket",
    "source",
    "spec",
    "store",
    "strategy",
    "suffix",
    "target",
    "timeout",
    "title",
    "ttl",
    "type",
    "uri",
    "url",
    "urls",
    "usage",
    "user",
    "username",
    "validation",
    "verification",
    "verify",
    "version",
    "volume",
    "window",
];

/// Words in front of `key` that make it anything but a secret.
const OPEN_KEYS: &[&str] = &[
    "authorized",
    "cache",
    "composite",
    "foreign",
    "gpg",
    "group",
    "hot",
    "host",
    "index",
    "known",
    "map",
    "object",
    "partition",
    "pgp",
    "primary",
    "pub",
    "public",
    "routing",
    "row",
    "s3",
    "shard",
    "sort",
    "unique",
    "verification",
    "verify",
];

/// Whole names that look as if they announced a secret and do not.
const OPEN: &[&str] = &["pwd", "oldpwd", "proxy_pass", "fastcgi_pass", "uwsgi_pass", "grpc_pass", "scgi_pass"];

/// Whether a name announces a secret: `DB_PASSWORD`, `authToken`, `x-api-key`, `PGPASSWORD`, but neither `public_key`
/// nor `TOKEN_URL` nor `KEYBOARD`. What stands under it may still be no secret: see [`is_secret`](super::is_secret).
pub fn is_sensitive_name(name: &str) -> bool {
    strength(name).is_some()
}

/// How sure a name is, if it announces anything.
pub(super) fn strength(name: &str) -> Option<Strength> {
    let lower = name.to_ascii_lowercase();
    // The shell's own `PWD` is a directory; `mysql.pwd` and `DB_PWD` are not.
    if name.len() > 200 || OPEN.contains(&lower.as_str()) {
        return None;
    }
    let words = name_words(name);
    let (last, before) = words.split_last()?;
    let is = |list: &[&str], word: &str| list.contains(&word);
    if is(ABOUT, last) {
        // An access key's id is handed out together with the key, and found by the same scanners.
        let access_key = last == "id" && before.ends_with(&["access".to_owned(), "key".to_owned()]);
        return access_key.then_some(Strength::Strong);
    }
    if words.first().is_some_and(|first| is(&["max", "min", "num", "total", "count"], first)) {
        return None;
    }
    let strong = |word: &String| is(STRONG, word) || ENDINGS.iter().any(|ending| word.ends_with(ending));
    // In the middle of a name, `pass` is a verb: `pass_through`, `needless_pass_by_value`.
    if words.iter().any(strong) || last == "pass" || words.windows(2).any(|two| two == ["connection", "string"]) {
        return Some(Strength::Strong);
    }
    let community = |two: &[String]| {
        two[1] == "community" && is(&["snmp", "read", "write", "ro", "rw", "trap", "public", "private"], &two[0])
    };
    if words.windows(2).any(community) {
        return Some(Strength::Strong);
    }
    if let Some(at) = words.iter().rposition(|word| word == "key" || word == "keys") {
        return match at.checked_sub(1).and_then(|before| words.get(before)) {
            Some(before) if is(OPEN_KEYS, before) => None,
            Some(_) => Some(Strength::Strong),
            None => Some(Strength::Weak),
        };
    }
    words.iter().any(|word| is(WEAK, word)).then_some(Strength::Weak)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_announce_a_secret() {
        for name in [
            "PASSWORD",
            "DB_PASSWORD",
            "dbPassword",
            "POSTGRES_PASSWORD",
            "PGPASSWORD",
            "MYSQL_PWD",
            "DB_PASS",
            "passwd",
            "API_KEY",
            "apiKey",
            "APIKey",
            "apikey",
            "x-api-key",
            "SECRET_KEY_BASE",
            "private_key",
            "AUTH_TOKEN",
            "authToken",
            "accessToken",
            "csrftoken",
            "client_secret",
            "clientSecret",
            "passphrase",
            "SENTRY_DSN",
            "credentials",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "REDIS_AUTH",
            "requirepass",
            "ssh_key",
            "Authorization",
            "spring.datasource.password",
            "SNMP_COMMUNITY".replace("SNMP", "snmp").as_str(),
            "ENCRYPTION_KEY",
            "SECRETS",
            "auth",
            "KEY",
            "ConnectionString",
            "CONNECTION_STRING",
            "TOKEN2_SECRET",
        ] {
            assert!(is_sensitive_name(name), "{name}");
        }
    }

    #[test]
    fn names_that_do_not() {
        for name in [
            "KEYBOARD",
            "public_key",
            "PUBLIC_KEY",
            "publicKey",
            "author",
            "AUTHORS",
            "PWD",
            "OLDPWD",
            "KEY_FILE",
            "POSTGRES_PASSWORD_FILE",
            "TOKEN_URL",
            "tokenUrl",
            "AUTH_ENABLED",
            "AUTH_METHOD",
            "TOKEN_TTL",
            "MAX_TOKENS",
            "max_tokens",
            "primary_key",
            "keycloak",
            "KEYSPACE",
            "tokenizer",
            "monkey",
            "compass",
            "bypass",
            "PORT",
            "secret_name",
            "KEY_ID",
            "SSH_AUTH_SOCK",
            "GPG_KEY",
            "authorized_keys",
            "proxy_pass",
            "passenger",
            "",
            "--",
            "COMMUNITY_EDITION",
            "CLIENT_ID",
            "image",
            "healthcheck",
            "PASSWORD_MIN_LENGTH",
            "cache_key",
        ] {
            assert!(!is_sensitive_name(name), "{name}");
        }
    }
}
