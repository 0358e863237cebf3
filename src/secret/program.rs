//! Credentials that programs are given by flags whose names announce nothing: `curl -u user:…`, `sshpass -p …`,
//! `mysql -p…`, `redis-cli -a …`, in a shell's words or in a list's.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::found::Found;
use super::value::is_reference;

/// How a flag takes the credential.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    /// `-p WORD` and `-pWORD`: the word.
    Word,
    /// `-pWORD` only.
    Attached,
    /// `-u USER:WORD`: what is behind the colon.
    Login,
}

/// Programs, their flags, and how these take the credential.
const PROGRAMS: &[(&str, &[&str], Takes)] = &[
    ("curl", &["-u", "--user", "-U", "--proxy-user"], Takes::Login),
    ("sshpass", &["-p"], Takes::Word),
    ("mysqldump", &["-p"], Takes::Attached),
    ("mysqladmin", &["-p"], Takes::Attached),
    ("mysql", &["-p"], Takes::Attached),
    ("mariadb-dump", &["-p"], Takes::Attached),
    ("mariadb-admin", &["-p"], Takes::Attached),
    ("mariadb", &["-p"], Takes::Attached),
    ("redis-cli", &["-a"], Takes::Word),
    ("valkey-cli", &["-a"], Takes::Word),
    ("mongosh", &["-p"], Takes::Word),
    ("mongodump", &["-p"], Takes::Word),
    ("mongo", &["-p"], Takes::Word),
    ("docker login", &["-p"], Takes::Word),
    ("podman login", &["-p"], Takes::Word),
];

/// How much of a command is looked at, in bytes.
const LONGEST: usize = 2048;

static NAMES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let names = PROGRAMS.iter().map(|(name, ..)| name);
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names).ok()
});

/// The credentials in the commands of a text.
pub(super) fn credentials(text: &str, found: &mut Vec<Found>) {
    let Some(names) = &*NAMES else { return };
    let mut behind = 0;
    for hit in names.find_iter(text).filter(|hit| is_word(text, hit.range())) {
        // One command may name programs in its arguments; each byte is read once.
        let from = hit.end().max(behind);
        let mut end = text.len().min(hit.end() + LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let command = text.get(from..end).unwrap_or_default();
        let command = &command[..command.find(['\n', ';', '|']).unwrap_or(command.len())];
        behind = from + command.len();
        if let Some((_, flags, takes)) = PROGRAMS.get(hit.pattern().as_usize()) {
            read(command, from, flags, *takes, found);
        }
    }
}

fn is_word(text: &str, range: Range<usize>) -> bool {
    let outside = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')));
    outside(text[..range.start].chars().next_back()) && outside(text[range.end..].chars().next())
}

fn read(command: &str, base: usize, flags: &[&str], takes: Takes, found: &mut Vec<Found>) {
    let mut words = words(command);
    while let Some(word) = words.next() {
        let text = &command[word.clone()];
        let range = if flags.contains(&text) {
            if takes == Takes::Attached {
                continue;
            }
            let Some(next) = words.next() else { return };
            next
        } else if let Some(flag) = flags.iter().find(|flag| text.starts_with(**flag)) {
            // `--user=a:b`, `-ua:b`
            let long = flag.starts_with("--");
            if long && !text[flag.len()..].starts_with('=') {
                continue;
            }
            word.start + flag.len() + usize::from(long)..word.end
        } else {
            continue;
        };
        let value = &command[range.clone()];
        let start = match (takes, value.find(':')) {
            (Takes::Login, None) => continue,
            (Takes::Login, Some(colon)) => colon + 1,
            _ => 0,
        };
        let secret = &value[start..];
        if !secret.is_empty() && !is_reference(secret) && !secret.starts_with('-') {
            found.push(Found::new(base + range.start + start..base + range.end));
            if takes == Takes::Word {
                // `sshpass -p word ssh -p 22`
                return;
            }
        }
    }
}

/// The words of a command, or of a list of them, without their quotes.
fn words(command: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &command[at..];
        let start = at + rest.find(|c: char| !(c.is_whitespace() || matches!(c, ',' | '[' | ']' | '\\')))?;
        let rest = &command[start..];
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (from, length) = match quote {
            Some(quote) => (start + 1, rest[1..].find(quote).unwrap_or(rest.len() - 1)),
            None => (
                start,
                rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '"' | '\'')).unwrap_or(rest.len()),
            ),
        };
        at = (from + length + usize::from(quote.is_some())).min(command.len()).max(start + 1);
        while !command.is_char_boundary(at) {
            at += 1;
        }
        Some(from..from + length)
    })
}

#[cfg(test)]
mod tests {
    use super::credentials;

    fn masked(text: &str) -> String {
        let mut found = Vec::new();
        credentials(text, &mut found);
        let mut out = text.to_owned();
        for found in found.iter().rev() {
            out.replace_range(found.range.clone(), "•");
        }
        out
    }

    #[test]
    fn flags_that_announce_nothing() {
        for (text, shown) in [
            ("curl -fsS -u admin:abc http://x/", "curl -fsS -u admin:• http://x/"),
            ("curl --user 'admin:a b' http://x/", "curl --user 'admin:•' http://x/"),
            ("curl --user=admin:abc -o x", "curl --user=admin:• -o x"),
            ("[\"CMD\", \"curl\", \"-uadmin:abc\", \"x\"]", "[\"CMD\", \"curl\", \"-uadmin:•\", \"x\"]"),
            ("sshpass -p abc ssh x -p 22", "sshpass -p • ssh x -p 22"),
            ("mysqladmin ping -uroot -pabc", "mysqladmin ping -uroot -p•"),
            ("[redis-cli, -a, abc, ping]", "[redis-cli, -a, •, ping]"),
            ("- redis-cli -a \"abc\" ping", "- redis-cli -a \"•\" ping"),
            ("docker login -u me -p abc registry", "docker login -u me -p • registry"),
        ] {
            assert_eq!(masked(text), shown, "{text}");
        }
        for text in [
            "curl -u $USER:$PASS http://x/",
            "curl -u admin http://x/",
            "curl -s http://user/ -o x",
            "mysql -p db",
            "mysql -h x -P 3306",
            "redis-cli -a \"$REDIS\" ping",
            "docker ps -p",
            "libcurl -u a:b",
            "mysqlx -pabc",
            "curl",
            "curl -u",
            "curl -u '",
            "curl 'ä",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
