//! Values: which of them are secret under a name, and what may be said about one aloud.

use super::entropy;
use super::name::{Strength, strength};

/// What is wrong with a secret that can be said without saying the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// Empty, or white space only.
    Blank,
    /// A stand-in that somebody was meant to replace: `changeme`, `<your-token>`, `TODO`.
    Placeholder,
    /// A line break at its end, as `echo` writes it into a file.
    TrailingNewline,
    /// White space around it, line breaks at the end apart.
    SurroundingSpace,
    /// Quotes around it that have become part of it.
    Quoted,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Blank => "blank",
            Self::Placeholder => "a placeholder",
            Self::TrailingNewline => "ends in a line break",
            Self::SurroundingSpace => "has white space around it",
            Self::Quoted => "has quotes around it",
        })
    }
}

/// Everything that is wrong with a secret's value.
pub fn flaws(value: &str) -> Vec<Flaw> {
    let trimmed = value.trim();
    if trimmed.is_empty() {
        return vec![Flaw::Blank];
    }
    let mut flaws = Vec::new();
    let line = value.trim_end_matches(['\n', '\r']);
    if line.len() < value.len() {
        flaws.push(Flaw::TrailingNewline);
    }
    if line != line.trim() {
        flaws.push(Flaw::SurroundingSpace);
    }
    let inner = unquoted(trimmed);
    if inner.len() < trimmed.len() {
        flaws.push(if inner.trim().is_empty() { Flaw::Blank } else { Flaw::Quoted });
    }
    if is_placeholder(inner) {
        flaws.push(Flaw::Placeholder);
    }
    flaws
}

fn unquoted(text: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text)
}

/// Stand-ins as a whole, in lower case and without separators.
const STAND_INS: &[&str] = &[
    "changeme",
    "changethis",
    "changeit",
    "changemenow",
    "replaceme",
    "replacethis",
    "todo",
    "tbd",
    "fixme",
    "example",
    "examplepassword",
    "examplesecret",
    "exampletoken",
    "examplekey",
    "placeholder",
    "dummy",
    "sample",
    "setme",
    "fillme",
    "fillin",
    "secret",
    "password",
    "passwd",
    "token",
    "apikey",
    "mysecret",
    "mypassword",
    "mytoken",
    "mykey",
    "supersecret",
    "notset",
    "unset",
    "undefined",
    "none",
    "null",
    "na",
    "default",
    "redacted",
    "insecure",
    "tobereplaced",
    "supersecretkey",
    "secretkey",
    "mysecretkey",
    "mysecretpassword",
    "mysecrettoken",
];

/// Beginnings of stand-ins, in lower case and without separators.
const STAND_IN_STARTS: &[&str] = &[
    "changeme",
    "changethis",
    "replaceme",
    "replacewith",
    "replacethis",
    "yourpassword",
    "yoursecret",
    "yourtoken",
    "yourkey",
    "yourapi",
    "youraccess",
    "yourown",
    "yourauth",
    "yourdb",
    "yourclient",
    "yourstrong",
    "yourjwt",
    "insertyour",
    "putyour",
    "enteryour",
    "addyour",
    "todo",
    "pleasechange",
    "pleasereplace",
    "placeholder",
];

/// Whether a value is a stand-in that somebody was meant to replace: `changeme`, `xxx`, `<your-token>`, `TODO`,
/// `{{ token }}`, `example`.
pub fn is_placeholder(value: &str) -> bool {
    let value = unquoted(value.trim());
    if value.is_empty() || value.len() > 200 {
        return false;
    }
    let between = |open: &str, close: &str| {
        let inner = value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        inner.is_some_and(|inner| inner.chars().any(char::is_alphabetic) && !inner.contains(open))
    };
    let in_marks = [("<", ">"), ("[", "]"), ("{{", "}}"), ("__", "__"), ("%", "%"), ("@", "@")];
    if in_marks.iter().any(|(open, close)| between(open, close)) {
        return true;
    }
    let bare: String = value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if bare.is_empty() {
        // `***`, `...`, `---`: marks only, one of them again and again.
        return value.chars().count() >= 3 && value.chars().all(|c| value.starts_with(c));
    }
    // `your-api-key`, `please-change-me-now`: a sentence to whoever sets it up.
    let spoken: String =
        value.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let asks = ["change-me", "changeme", "replace-me", "replace-this", "replace-with"];
    if spoken.starts_with("your-") || asks.iter().any(|asks| format!("-{spoken}-").contains(&format!("-{asks}-"))) {
        return true;
    }
    let one_letter = bare.len() >= 3 && (bare.chars().all(|c| c == 'x') || value.chars().all(|c| c == '*'));
    let stands_in = |bare: &str| {
        STAND_INS.contains(&bare)
            || STAND_IN_STARTS.iter().any(|start| bare.starts_with(start))
            || ((bare.starts_with("your") || bare.starts_with("insert")) && bare.ends_with("here"))
    };
    one_letter || stands_in(&bare) || stands_in(bare.trim_end_matches(|c: char| c.is_ascii_digit()))
}

/// Whether what stands under a name is a secret: the name announces one, and the value is neither blank nor a switch,
/// a path or a mere reference such as `${TOKEN}`. (A number is one: `PASSWORD: 12345`.)
pub fn is_secret(name: &str, value: &str) -> bool {
    let value = unquoted(value.trim());
    if value.is_empty() || is_switch(value) || is_reference(value) || is_path(value) {
        return false;
    }
    match strength(name) {
        None => false,
        Some(Strength::Strong) => true,
        Some(Strength::Weak) => !is_word(value),
    }
}

/// `true`, `yes`, `off`, `null`, `0`, `1`, …
fn is_switch(value: &str) -> bool {
    let words =
        ["true", "false", "yes", "no", "on", "off", "null", "nil", "none", "~", "0", "1", "enabled", "disabled"];
    words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// A value that only says where the value is: `${TOKEN}`, `$TOKEN`, `${TOKEN:?message}`, `$(command)`, `*alias`,
/// `{{ template }}`. One with a default in it is none.
pub(super) fn is_reference(value: &str) -> bool {
    // Compose writes `$$` for a `$` that the container's shell shall see.
    let value = value.strip_prefix('$').filter(|rest| rest.starts_with('$')).unwrap_or(value);
    let variable = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if let Some(name) = value.strip_prefix('*') {
        return variable(&name.replace('-', "_"));
    }
    if let Some(inner) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        return variable(inner)
            || inner.split_once('?').is_some_and(|(name, _)| variable(name.trim_end_matches(':')));
    }
    let template = value.strip_prefix('$').unwrap_or(value);
    if value.starts_with("$(") && value.ends_with(')') || template.starts_with("{{") && value.ends_with("}}") {
        return true;
    }
    value.strip_prefix('$').is_some_and(variable)
}

/// A file's path: where a key lies, not the key.
fn is_path(value: &str) -> bool {
    let rooted = [
        "./",
        "../",
        "~/",
        "/run/",
        "/etc/",
        "/var/",
        "/opt/",
        "/usr/",
        "/home/",
        "/root/",
        "/app/",
        "/data/",
        "/mnt/",
        "/srv/",
        "/tmp/",
        "/proc/",
        "/dev/",
        "/config/",
        "/certs/",
        "/secrets/",
        "/keys/",
        "/ssl/",
        "file:///",
    ];
    rooted.iter().any(|root| value.starts_with(root))
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-@~:${}".contains(&b))
        && !value.split('/').any(entropy::looks_random)
}

/// A plain word or several such as `basic`, `scram-sha-256`, `session_id`, `Bearer`.
fn is_word(value: &str) -> bool {
    let is_part = |part: &str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let rest = letters.get(1..).unwrap_or_default();
        let one_case =
            rest.bytes().all(|b| b.is_ascii_lowercase()) || letters.bytes().all(|b| b.is_ascii_uppercase());
        letters.len() <= 12
            && letters.bytes().all(|b| b.is_ascii_alphabetic())
            && one_case
            && part.len() - letters.len() <= 3
    };
    value.len() <= 24
        && value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.split(['-', '_', '.', ' ']).all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_said_about_a_secret() {
        use Flaw::{Blank, Placeholder, Quoted, SurroundingSpace, TrailingNewline};
        assert_eq!(flaws(""), [Blank]);
        assert_eq!(flaws(" \t\n"), [Blank]);
        assert_eq!(flaws("\"\""), [Blank]);
        assert_eq!(flaws("s3cr3t-of-ours"), []);
        assert_eq!(flaws("s3cr3t-of-ours\n"), [TrailingNewline]);
        assert_eq!(flaws("s3cr3t-of-ours\r\n"), [TrailingNewline]);
        assert_eq!(flaws(" s3cr3t-of-ours"), [SurroundingSpace]);
        assert_eq!(flaws("'s3cr3t-of-ours'"), [Quoted]);
        assert_eq!(flaws("'changeme'\n"), [TrailingNewline, Quoted, Placeholder]);
    }

    #[test]
    fn placeholders_and_their_likes() {
        for value in [
            "changeme",
            "CHANGE_ME",
            "change-me!",
            "changeme123",
            "xxx",
            "XXXXXXXX",
            "<your-token>",
            "TODO",
            "example",
            "your-api-key-here",
            "your_password",
            "{{ token }}",
            "__TOKEN__",
            "***",
            "...",
            "replace-with-a-real-one",
            "insert token here",
            "placeholder",
            "<token>",
            "secret",
            "password",
            "[token]",
            "'changeme'",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in [
            "",
            "hunter2",
            "s3cr3t-of-ours",
            "postgres",
            "exchange-me-not",
            "lab-agent-token",
            "youri",
            "a1b2c3",
            "x",
            "example.org-7f3a",
            "12345678",
            "correct horse battery",
            "yourself-9",
            "**",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn secret_under_a_name() {
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("PASSWORD", "12345"),
            ("TOKEN", "${TOKEN:-fallback}"),
            ("API_KEY", "abc"),
            ("auth", "user:pass"),
            ("KEY", "9f8e7d6c5b4a"),
            ("PASSWORD", "changeme"),
            ("password", "/x"),
            ("SECRET_KEY", "/9j4AAQSkZJRgABAQAAAQABAAD2wBDAAYEBQ"),
        ] {
            assert!(is_secret(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("AUTH_ENABLED", "true"),
            ("PASSWORD", ""),
            ("PASSWORD", "\"\""),
            ("TOKEN", "${TOKEN}"),
            ("TOKEN", "$TOKEN"),
            ("TOKEN", "$$TOKEN"),
            ("TOKEN", "$$(cat /run/secrets/token)"),
            ("TOKEN", "${TOKEN:?not set}"),
            ("SSL_KEY", "/etc/ssl/private/key.pem"),
            ("KEY_FILE", "/run/secrets/x"),
            ("auth", "basic"),
            ("key", "session_id"),
            ("MYSQL_RANDOM_ROOT_PASSWORD", "yes"),
            ("TOKEN", "*token"),
            ("IMAGE", "sha256:abc"),
            ("key", "scram-sha-256"),
        ] {
            assert!(!is_secret(name, value), "{name}={value}");
        }
    }
}
