//! The forms in which a known secret may turn up: as it is, encoded, escaped, line by line.

/// The shortest value that is looked for everywhere, in bytes. Shorter ones occur in anything.
pub(super) const SHORTEST: usize = 6;

/// The longest value that is looked for as a whole, in bytes. Of a longer one, its lines.
const LONGEST: usize = 1024;

/// How many lines of a value are looked for.
const LINES: usize = 500;

/// Words that are too ordinary to be masked wherever they occur, even if somebody made one a password. (Where such a
/// value stands under its name, it is masked all the same.)
const ORDINARY: &[&str] = &[
    "admin",
    "administrator",
    "backend",
    "boolean",
    "changeme",
    "default",
    "development",
    "disabled",
    "docker",
    "enabled",
    "example",
    "frontend",
    "gonogo",
    "grafana",
    "localhost",
    "mariadb",
    "mongodb",
    "network",
    "nextcloud",
    "number",
    "optional",
    "password",
    "postgres",
    "postgresql",
    "private",
    "process",
    "production",
    "public",
    "rabbitmq",
    "required",
    "secret",
    "secrets",
    "service",
    "services",
    "string",
    "testing",
    "timeout",
    "token",
    "tokens",
    "undefined",
    "unknown",
    "username",
    "volume",
    "wordpress",
    "compose",
    "container",
    "environment",
    "credentials",
    "blank",
    "placeholder",
];

/// Whether a value can be looked for in every text without masking half of it.
pub(super) fn is_findable(value: &str) -> bool {
    value.len() >= SHORTEST && !ORDINARY.contains(&value.to_ascii_lowercase().as_str())
}

/// Every form of a value that is looked for.
pub(super) fn forms(value: &str) -> Vec<String> {
    let mut forms = Vec::new();
    let trimmed = value.trim();
    let mut add = |form: &str| {
        if is_findable(form) && !forms.iter().any(|known| known == form) {
            forms.push(form.to_owned());
        }
    };
    if trimmed.len() <= LONGEST {
        add(trimmed);
    }
    if trimmed.contains('\n') {
        for line in trimmed.lines().map(str::trim).filter(|line| line.len() >= 8).take(LINES) {
            let mut end = line.len().min(LONGEST);
            while !line.is_char_boundary(end) {
                end -= 1;
            }
            add(line.get(..end).unwrap_or_default());
        }
    }
    if !is_findable(trimmed) || trimmed.len() > LONGEST {
        return forms;
    }
    add(&percent(trimmed));
    add(&percent(trimmed).replace("%20", "+"));
    add(&decoded(trimmed));
    add(&trimmed.replace('$', "$$"));
    add(&trimmed.replace("$$", "$"));
    if let Ok(json) = serde_json::to_string(trimmed) {
        add(json.get(1..json.len().saturating_sub(1)).unwrap_or_default());
    }
    if trimmed.len() >= 8 {
        for skew in 0..3 {
            let core = base64_core(trimmed.as_bytes(), skew);
            add(&core);
            add(&core.replace('+', "-").replace('/', "_"));
        }
    }
    forms
}

/// Percent-encoded (RFC 3986): all but the unreserved characters.
fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}

/// Percent-decoded; the text itself if that is no UTF-8.
fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail
            .get(..2)
            .and_then(|two| std::str::from_utf8(two).ok())
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        match code {
            Some(byte) if *first == b'%' => {
                out.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// The letters of a Base64 text that depend on these bytes alone, where they stand behind `skew` others: so that
/// `user:secret` is found, too.
fn base64_core(bytes: &[u8], skew: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = |index: usize| -> u8 {
        // The sextet at `index`, the bytes lying `skew` bytes into the stream.
        (0..6).fold(0, |sextet, bit| {
            let bit = index * 6 + bit;
            let byte = (bit / 8).checked_sub(skew).and_then(|at| bytes.get(at)).copied().unwrap_or(0);
            (sextet << 1) | ((byte >> (7 - bit % 8)) & 1)
        })
    };
    let first = (skew * 8).div_ceil(6);
    let last = (skew + bytes.len()) * 8 / 6;
    (first..last).filter_map(|index| LETTERS.get(usize::from(bits(index))).copied().map(char::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_at_every_offset() {
        // printf 'user:s3cr3t-canary' | base64 → dXNlcjpzM2NyM3QtY2FuYXJ5
        let whole = "dXNlcjpzM2NyM3QtY2FuYXJ5";
        assert!(forms("s3cr3t-canary").iter().any(|form| form.len() > 12 && whole.contains(form.as_str())));
        assert_eq!(base64_core(b"abc", 0), "YWJj");
    }

    #[test]
    fn encodings() {
        let forms = forms("p@ss w$rd\"x");
        for form in ["p@ss w$rd\"x", "p%40ss%20w%24rd%22x", "p%40ss+w%24rd%22x", "p@ss w$$rd\"x", "p@ss w$rd\\\"x"] {
            assert!(forms.iter().any(|known| known == form), "{form}");
        }
        assert!(super::forms("p%40ssword1").contains(&"p@ssword1".to_owned()));
        assert!(super::forms("password").is_empty());
        assert!(super::forms("abc").is_empty());
    }
}
