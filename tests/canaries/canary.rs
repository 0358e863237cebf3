//! Values that occur nowhere else, and how to find them in any clothing.

use sha2::{Digest, Sha256};

/// How many characters in a row of a canary are a leak.
const PART: usize = 8;

/// A secret value, and where it was planted.
#[derive(Debug, Clone)]
pub(crate) struct Canary {
    pub(crate) place: String,
    pub(crate) value: String,
    /// Every run of [`PART`] characters of the value, of its Base64 at each alignment, and of its hexadecimal form.
    parts: Vec<String>,
}

fn digest(place: &str) -> impl Iterator<Item = usize> {
    Sha256::digest(place).into_iter().map(usize::from)
}

impl Canary {
    /// 24 characters without order, such as a generator makes.
    pub(crate) fn token(place: &str) -> Self {
        const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
        let value: String =
            digest(place).take(24).map(|n| char::from(*LETTERS.get(n % LETTERS.len()).unwrap())).collect();
        Self::of(place, value)
    }

    /// Made-up words, such as a human chooses.
    pub(crate) fn words(place: &str) -> Self {
        const FIRST: [&str; 16] = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "tr"];
        const SECOND: [&str; 5] = ["a", "e", "i", "o", "u"];
        let syllable = |n: usize| format!("{}{}", FIRST[n % 16], SECOND[n / 16 % 5]);
        let syllables: Vec<String> = digest(place).take(10).map(syllable).collect();
        Self::of(place, syllables.chunks(4).map(|word| word.concat()).collect::<Vec<_>>().join("-"))
    }

    /// A value of one's own.
    pub(crate) fn of(place: &str, value: String) -> Self {
        let mut parts = windows(&value);
        for skipped in 0..3 {
            parts.extend(windows(&base64(value.as_bytes().get(skipped..).unwrap_or_default())));
        }
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        parts.extend(windows(&hex));
        parts.extend(windows(&value.chars().rev().collect::<String>()));
        Self { place: place.to_owned(), value, parts }
    }

    /// The part of it that a text holds, if it holds one.
    pub(crate) fn found_in(&self, text: &str) -> Option<String> {
        self.parts.iter().find(|part| text.contains(part.as_str())).cloned()
    }
}

fn windows(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.windows(PART).map(|part| part.iter().collect()).collect()
}

/// Base64 without padding, and without its last characters, which depend on what follows.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks_exact(3) {
        let joined = chunk.iter().fold(0_usize, |joined, byte| joined << 8 | usize::from(*byte));
        text.extend([18, 12, 6, 0].map(|shift| char::from(LETTERS[joined >> shift & 63])));
    }
    text
}

#[test]
fn a_canary_is_found_in_any_clothing() {
    for canary in [Canary::token("here"), Canary::words("here")] {
        let value = &canary.value;
        assert!(value.len() >= 20, "{value}");
        assert!(canary.found_in(&format!("a {value} b")).is_some());
        assert!(canary.found_in(&format!("cut: {}…", &value[..9])).is_some());
        for before in ["", "x", "xy"] {
            let encoded = base64(format!("{before}{value}zzz").as_bytes());
            assert!(canary.found_in(&encoded).is_some(), "{encoded}");
        }
        assert!(canary.found_in(&value.bytes().map(|byte| format!("{byte:02x}")).collect::<String>()).is_some());
        assert!(canary.found_in("an ordinary line of a report, and another one\n").is_none());
    }
    assert_eq!(base64(b"Many hands"), "TWFueSBoYW5k");
}
