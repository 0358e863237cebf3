//! Secrets that are known by their shape, wherever they stand: private keys, the userinfo and telling query
//! parameters of URLs, random tokens, what programs log in with.

use super::entropy::looks_secret;
use super::found::Found;
use super::name::is_sensitive_name;
use super::program::credentials;
use super::value::is_reference;

/// Everything in a text that is secret by its shape.
pub(super) fn shapes(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    private_keys(text, &mut found);
    urls(text, &mut found);
    tokens(text, &mut found);
    credentials(text, &mut found);
    found
}

/// The bodies of private keys in PEM form (RFC 7468), also with line breaks escaped, also cut off.
fn private_keys(text: &str, found: &mut Vec<Found>) {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("-----BEGIN ")).map(|at| at + from) {
        let title = at + "-----BEGIN ".len();
        let Some(dashes) = text.get(title..).and_then(|rest| rest.find("-----")).map(|end| end + title) else {
            return;
        };
        let body = dashes + 5;
        from = body;
        let is_key = text.get(title..dashes).is_some_and(|title| title.len() < 60 && title.contains("PRIVATE KEY"));
        if is_key {
            let end = text.get(body..).and_then(|rest| rest.find("-----END ")).map_or(text.len(), |end| end + body);
            found.push(Found::new(body..end));
            from = end;
        }
    }
}

/// Schemes whose user names are no secrets: the secret is a key elsewhere.
const LOGIN_SCHEMES: &[&str] = &["ssh", "sftp", "scp", "git", "git+ssh", "ssh+git", "rsync", "svn+ssh"];

/// Query parameters that authorise whoever knows them, besides those under sensitive names.
const SIGNATURES: &[&str] = &["sig", "signature", "x-amz-signature", "x-goog-signature", "code", "sas"];

fn urls(text: &str, found: &mut Vec<Found>) {
    // A URL may hold others; one that holds very many is hostile.
    let (mut end, mut inner) = (0, 0);
    for (at, _) in text.match_indices("://") {
        inner = if at < end { inner + 1 } else { 0 };
        if inner > 16 {
            continue;
        }
        let scheme_from =
            text[..at].rfind(|c: char| !(c.is_ascii_alphanumeric() || "+.-".contains(c))).map_or(0, |p| p + 1);
        // The character before the scheme may be wider than a byte.
        let scheme = text.get(scheme_from..at).unwrap_or_default();
        let from = at + 3;
        let url = url_at(&text[from..]);
        end = end.max(from + url.len());
        userinfo(scheme, from, url, found);
        parameters(from, url, found);
    }
}

/// The rest of a URL: up to white space, a quote or an angle bracket. `${…}` is one piece, whatever is in it.
fn url_at(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (at, letter) in text.char_indices() {
        match letter {
            '{' if previous == '$' || depth > 0 => depth += 1,
            '}' if depth > 0 => depth -= 1,
            _ if depth > 0 && letter != '\n' => {}
            _ if letter.is_whitespace() || "\"'`<>".contains(letter) => return &text[..at],
            _ => {}
        }
        previous = letter;
    }
    text
}

/// The position of a letter outside `${…}`.
fn outside(text: &str, wanted: &[char], last: bool) -> Option<usize> {
    let mut depth = 0_usize;
    let mut previous = ' ';
    let mut hit = None;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' if previous == '$' || depth > 0 => depth += 1,
            '}' if depth > 0 => depth -= 1,
            _ if depth == 0 && wanted.contains(&letter) => {
                hit = Some(at);
                if !last {
                    return hit;
                }
            }
            _ => {}
        }
        previous = letter;
    }
    hit
}

fn userinfo(scheme: &str, from: usize, url: &str, found: &mut Vec<Found>) {
    let mut authority = &url[..outside(url, &['/', '?', '#'], false).unwrap_or(url.len())];
    if outside(authority, &['@'], true).is_none() {
        // A password with a bare slash in it: then what follows the colon is no port.
        let port = outside(authority, &[':'], true).map(|colon| &authority[colon + 1..]);
        let is_port =
            |port: &str| port.is_empty() || port.starts_with(|c: char| c.is_ascii_digit() || "$*[{]%".contains(c));
        if authority.starts_with('[') || port.is_none_or(is_port) {
            return;
        }
        authority = url;
    }
    let Some(at) = outside(authority, &['@'], true) else { return };
    let info = &authority[..at];
    match outside(info, &[':'], false) {
        Some(colon) if colon + 1 < info.len() => {
            let (user, password) = (&info[..colon], &info[colon + 1..]);
            if !is_reference(password) {
                found.push(Found::new(from + colon + 1..from + at));
                if !is_reference(user) {
                    found.push(Found::untold(from..from + colon));
                }
            }
        }
        colon => {
            let user = &info[..colon.unwrap_or(info.len())];
            if !LOGIN_SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) && !is_reference(user) {
                found.push(Found { range: from..from + user.len(), telling: user.len() >= 16 });
            }
        }
    }
}

fn parameters(from: usize, url: &str, found: &mut Vec<Found>) {
    let Some(query) = url.find('?') else { return };
    let mut at = query + 1;
    while at < url.len() {
        let rest = &url[at..];
        let end = outside(rest, &['&', '#', ';'], false).unwrap_or(rest.len());
        if let Some((name, value)) = rest[..end].split_once('=') {
            let lower = name.to_ascii_lowercase();
            let telling = is_sensitive_name(name) || SIGNATURES.contains(&lower.as_str());
            if telling && !value.is_empty() && !is_reference(value) {
                let start = from + at + name.len() + 1;
                found.push(Found::new(start..start + value.len()));
            }
        }
        at += end + 1;
    }
}

fn tokens(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_' | b'-' | b'.' | b'~');
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| is_token(**byte)).count();
        if length < 20 {
            at += length.max(1);
            continue;
        }
        let padding = bytes[at + length..].iter().take(2).take_while(|byte| **byte == b'=').count();
        let token = &text[at..at + length];
        if !is_digest(&text[..at]) {
            if looks_secret(token) {
                found.push(Found::new(at..at + length + padding));
            } else {
                let mut start = at;
                for part in token.split(['/', '.']) {
                    if looks_secret(part) {
                        found.push(Found::new(start..start + part.len()));
                    }
                    start += part.len() + 1;
                }
            }
        }
        at += length;
    }
}

/// Whether a digest's or fingerprint's name stands right before: `sha256:`, `SHA256:`, `h1:`.
fn is_digest(before: &str) -> bool {
    let Some(before) = before.strip_suffix(':') else { return false };
    ["sha1", "sha256", "sha384", "sha512", "SHA256", "MD5", "md5", "h1"].iter().any(|name| before.ends_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let ranges = super::super::merged(shapes(text).into_iter().map(|found| found.range).collect());
        let mut out = text.to_owned();
        for range in ranges.into_iter().rev() {
            out.replace_range(range, "•");
        }
        out
    }

    #[test]
    fn urls_with_credentials() {
        for (text, expected) in [
            ("postgres://app:hunter2@db:5432/app", "postgres://•:•@db:5432/app"),
            ("see redis://:hunter2@redis:6379/0, thanks", "see redis://:•@redis:6379/0, thanks"),
            ("https://ghtoken@github.com/a/b.git", "https://•@github.com/a/b.git"),
            ("ssh://deploy@10.0.0.7:22", "ssh://deploy@10.0.0.7:22"),
            ("ssh://deploy:pw@10.0.0.7", "ssh://•:•@10.0.0.7"),
            ("amqp://u:p/ss@mq/vhost", "amqp://•:•@mq/vhost"),
            ("postgres://u:p@ss@db/x", "postgres://•:•@db/x"),
            ("postgres://app:${DB_PASSWORD}@db/app", "postgres://app:${DB_PASSWORD}@db/app"),
            ("postgres://app:${DB_PASSWORD:-p@/w}@db/app", "postgres://•:•@db/app"),
            ("http://gui:5051/api?token=abc&verbose=1#top", "http://gui:5051/api?token=•&verbose=1#top"),
            ("http://gui/?api_key=${KEY}&sig=zz", "http://gui/?api_key=${KEY}&sig=•"),
            ("http://gui:5051/@scope/pkg", "http://gui:5051/@scope/pkg"),
            ("http://[::1]:80/x@y", "http://[::1]:80/x@y"),
            ("éa://u:pw@h", "éa://•:•@h"),
            ("://", "://"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn private_keys_whole_and_cut() {
        let key = "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIB\nabc\n-----END RSA PRIVATE KEY-----\nb";
        assert_eq!(masked(key), "a\n-----BEGIN RSA PRIVATE KEY-----•-----END RSA PRIVATE KEY-----\nb");
        assert_eq!(masked("-----BEGIN PRIVATE KEY-----\\nMIIB"), "-----BEGIN PRIVATE KEY-----•");
        let open = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
        assert_eq!(masked(open), open);
    }

    #[test]
    fn random_tokens_in_prose_and_paths() {
        assert_eq!(masked("sent ghp_16C7e42F292c6912E7710c838347Ae178B4a to it"), "sent • to it");
        assert_eq!(masked("http://h/hooks/T7xq2Zp9LmB4Kd8Wv3Rn6/x"), "http://h/hooks/•/x");
        let open = "redis@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 on /var/lib/docker";
        assert_eq!(masked(open), open);
        let fingerprint = "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8";
        assert_eq!(masked(fingerprint), fingerprint);
    }
}
