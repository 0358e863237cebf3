//! Strings that nobody would choose: random tokens, as opposed to names, paths, ids and digests.

/// The shortest token that is judged by its look alone.
const SHORTEST: usize = 20;

/// Prefixes that issuers give to secrets, so that scanners find them.
const ISSUED: &[&str] = &[
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gldt-",
    "glrt-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxs-",
    "xapp-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "rk_test_",
    "sk-",
    "whsec_",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "hf_",
    "npm_",
    "pypi-",
    "dckr_pat_",
    "SG.",
    "hvs.",
    "dop_v1_",
    "shpat_",
    "tskey-",
    "AGE-SECRET-KEY-",
    "eyJ",
];

/// What public keys, fingerprints and digests start with.
const OPEN: &[&str] = &[
    "AAAAB3NzaC1",
    "AAAAC3NzaC1",
    "AAAAE2VjZHNh",
    "AAAAGnNr",
    "sha1-",
    "sha256-",
    "sha384-",
    "sha512-",
    "SHA256:",
    "sha256:",
    "sha512:",
    "md5:",
    "MD5:",
    "h1:",
];

/// Whether a token (a run of `[A-Za-z0-9+/=_.:~-]`) looks like a secret: issued under a known prefix, or random.
/// Digests, hexadecimal ids, UUIDs, paths, host names and identifiers made of words do not.
pub(super) fn looks_secret(token: &str) -> bool {
    if OPEN.iter().any(|open| token.starts_with(open)) {
        return false;
    }
    let issued =
        |prefix: &&&str| token.strip_prefix(**prefix).is_some_and(|rest| rest.len() >= 16 && is_opaque(rest));
    if ISSUED.iter().any(|prefix| issued(&prefix)) {
        return true;
    }
    looks_random(token)
}

/// Whether what follows an issuer's prefix is opaque: it has a digit, or mixes cases.
fn is_opaque(rest: &str) -> bool {
    let has = |test: fn(&u8) -> bool| rest.as_bytes().iter().any(test);
    has(u8::is_ascii_digit) || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
}

/// Whether a token looks random: it falls into shorter runs of one kind of letter than words and numbers do.
pub(super) fn looks_random(token: &str) -> bool {
    if token.len() < SHORTEST || is_hexadecimal(token) || is_path_like(token) {
        return false;
    }
    let letters: Vec<u8> = token.bytes().filter(u8::is_ascii_alphanumeric).collect();
    if letters.len() < SHORTEST || bits_per_letter(token) < 3.3 {
        return false;
    }
    let count = |test: fn(&u8) -> bool| letters.iter().filter(|letter| test(letter)).count();
    let (lower, upper) = (count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase));
    let digits = letters.len() - lower - upper;
    // In 19 of 20 random tokens of Base62 a run has at most 2.7 letters, in identifiers more than 3; without digits,
    // or without one of the cases, both lie nearer to each other, so there have to be more letters.
    let longest_run = match (lower.min(upper) >= 3, digits) {
        (true, 1..) => 2.75,
        (true, 0) | (false, 4..) if letters.len() >= 24 => 2.75,
        _ => return false,
    };
    (letters.len() as f64) < longest_run * runs(&letters) as f64
}

/// How many runs of one kind of letter there are; a capital and the small letters behind it are one.
fn runs(letters: &[u8]) -> usize {
    let kind = |letter: u8| (letter.is_ascii_digit(), letter.is_ascii_uppercase());
    let mut runs = 0;
    let mut before: Option<u8> = None;
    let mut run = 0;
    for letter in letters {
        let follows = before.is_some_and(|before| {
            kind(before) == kind(*letter) || (run == 1 && before.is_ascii_uppercase() && letter.is_ascii_lowercase())
        });
        run = if follows { run + 1 } else { 1 };
        runs += usize::from(!follows);
        before = Some(*letter);
    }
    runs
}

/// Digests, ids of containers and networks, UUIDs, MAC and IPv6 addresses.
fn is_hexadecimal(token: &str) -> bool {
    token.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b':' | b'.' | b'_'))
}

/// File paths, image references, host names, dotted identifiers. Their parts are judged one by one.
fn is_path_like(token: &str) -> bool {
    token.starts_with(['/', '.', '~']) || token.contains(['.', ':', '~'])
}

/// Shannon's entropy of the letters.
fn bits_per_letter(token: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in token.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let all = token.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / all).map(|p| -p * p.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_and_issued_tokens() {
        for token in [
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnF3MI/K7MD4NG/bPxRfiCYzX2mPq9KtY",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZg==",
            "q7wz0x9v2k8m4n6b1c5d3f7g9h",
            "kJhGfQwErTyUiOpAsDfGhJkLzXcVbN",
            "xoxb-123456789012-abcdefABCDEF",
        ] {
            assert!(looks_secret(token), "{token}");
        }
    }

    #[test]
    fn ids_digests_paths_and_names() {
        for token in [
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "123e4567-e89b-12d3-a456-426614174000",
            "/var/lib/docker/volumes/lab_agent-config/_data",
            "docker.elastic.co/elasticsearch/elasticsearch",
            "com.docker.compose.project.working_dir",
            "GITLAB_OMNIBUS_CONFIG",
            "maximumConcurrentConnectionsPerHost",
            "web-6d4b75cb6d-hwplm",
            "2026-11-20T11:35:00.123456789Z",
            "rpi-web-backup-2024-11-20-server01",
            "service_completed_successfully",
            "fe80::1ff:fe23:4567:890a%eth0",
            "AAAAC3NzaC1lZDI1NTE5AAAAIJmWDyF5wKf1Qe2Vd2cHnXb3XkS4V1nT9s0k8m2R3u4v",
            "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
            "----------------------------",
            "AbstractSingletonProxyFactoryBean",
            "SplitByUtf8BoundaryIfWindows",
            "Ipv6PathMtuDiscovery",
            "web-6d4b75cb6d-hwplm-x8k2j",
            "python3.12/site-packages/urllib3/connectionpool.py",
        ] {
            assert!(!looks_secret(token), "{token}");
        }
    }
}
