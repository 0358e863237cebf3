//! Names that announce nothing, whose values are secret all the same because of where they are put: in
//! `DB_PASSWORD: ${NEUTRAL}`, `NEUTRAL` is one. What stands under it in an env file is masked even where nothing could
//! be resolved.

use std::collections::BTreeSet;
use std::ops::Range;

use super::is_sensitive_name;

/// The variables whose values a text puts where secrets stand.
pub(super) fn aliases(text: &str) -> Vec<String> {
    let mut aliases = Vec::new();
    for (at, _) in text.match_indices('$') {
        let rest = text.get(at + 1..).unwrap_or_default();
        let braced = rest.strip_prefix('{').unwrap_or(rest);
        let length = braced.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, behind) = braced.split_at(length);
        if name.is_empty() || is_sensitive_name(name) {
            continue;
        }
        let before = text.get(..at).unwrap_or_default();
        // `postgres://app:${NEUTRAL}@db`
        let password = before.ends_with(':') && behind.trim_start_matches('}').starts_with('@');
        if password || is_put_under_a_secret(before) {
            aliases.push(name.to_owned());
        }
    }
    aliases
}

/// Whether a text ends in a sensitive name and what separates it from its value.
fn is_put_under_a_secret(before: &str) -> bool {
    let trimmed = before.trim_end_matches(['"', '\'', ' ', '\t']);
    let separated = trimmed.strip_suffix([':', '=']).map(|name| name.trim_end_matches(['"', '\'', ' ', '\t']));
    let flag = || Some(trimmed).filter(|flag| flag.len() < before.len());
    let Some(named) = separated.or_else(flag) else { return false };
    let length = named.bytes().rev().take_while(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b)).count();
    let name = named.get(named.len() - length..).unwrap_or_default();
    (separated.is_some() || name.starts_with("--")) && is_sensitive_name(name)
}

/// Where a text assigns to one of these names, as env files and lists of variables do: the values, in bytes.
pub(super) fn assigned(text: &str, aliases: &BTreeSet<String>) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n').filter(|_| !aliases.is_empty()) {
        let start = at;
        at += line.len();
        let name = line.trim_start_matches([' ', '\t', '-', '"', '\'']);
        let name = name.strip_prefix("export ").unwrap_or(name);
        let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, behind) = name.split_at(length);
        let value = behind.trim_start().strip_prefix(['=', ':']).map(str::trim).unwrap_or_default();
        if !value.is_empty() && !value.starts_with('$') && aliases.contains(name) {
            let from = start + line.len() - behind.len() + behind.find(value).unwrap_or(0);
            ranges.push(from..from + value.len());
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_where_secrets_stand() {
        for text in [
            "DB_PASSWORD: ${NEUTRAL}",
            "DB_PASSWORD: \"$NEUTRAL\"",
            "- DB_PASSWORD=${NEUTRAL:-x}",
            "command: redis-server --requirepass ${NEUTRAL}",
            "serve --auth-token=$NEUTRAL",
            "postgres://app:${NEUTRAL}@db",
            "{\"token\": \"${NEUTRAL}\"}",
        ] {
            assert_eq!(aliases(text), ["NEUTRAL"], "{text}");
        }
        for text in [
            "PORT: ${NEUTRAL}",
            "TOKEN_URL=$NEUTRAL",
            "http://db:${NEUTRAL}/",
            "DB_PASSWORD: ${DB_PASSWORD}",
            "$",
            "é$é",
        ] {
            assert!(aliases(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_stands_under_them() {
        let aliases = BTreeSet::from(["NEUTRAL".to_owned()]);
        let text = "A=1\nexport NEUTRAL='x y'\n  - NEUTRAL=z\nNEUTRAL=\nNEUTRAL_2=b\nNEUTRAL=${X}\n";
        let found: Vec<&str> = assigned(text, &aliases).into_iter().filter_map(|range| text.get(range)).collect();
        assert_eq!(found, ["'x y'", "z"]);
        assert!(assigned(text, &BTreeSet::new()).is_empty());
    }
}
