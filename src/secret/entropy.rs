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

/// Whether a token looks random: classes of letters change as often as chance would have it.
pub(super) fn looks_random(token: &str) -> bool {
    if token.len() < SHORTEST || is_hexadecimal(token) || is_path_like(token) {
        return false;
    }
    let classes: Vec<u8> = token.bytes().filter(u8::is_ascii_alphanumeric).map(class).collect();
    if classes.len() < SHORTEST || bits_per_letter(token) < 3.3 {
        return false;
    }
    let changes = classes.windows(2).filter(|two| two[0] != two[1]).count();
    let share = changes as f64 / classes.len() as f64;
    let count = |wanted: u8| classes.iter().filter(|class| **class == wanted).count();
    let (lower, upper, digit) = (count(b'a'), count(b'A'), count(b'0'));
    if lower >= 3 && upper >= 3 {
        // Base64: 0.6 of all neighbours differ; words in camelCase: a third at most.
        return share >= 0.4 && (digit > 0 || share >= 0.5);
    }
    // Base36: 0.4. Names with a number at their end, or a date, stay far below.
    lower.max(upper) >= 8 && digit >= 4 && share >= 0.3 && classes.len() >= 24
}

fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'0',
        b'A'..=b'Z' => b'A',
        _ => b'a',
    }
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
            "python3.12/site-packages/urllib3/connectionpool.py",
        ] {
            assert!(!looks_secret(token), "{token}");
        }
    }
}
