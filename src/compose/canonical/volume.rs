//! Volumes in the short form: `[SOURCE:]TARGET[:OPTIONS]`.
//!
//! Follows compose-go 2.9.1, `format/volume.go`: a single letter before a colon is a Windows drive, and options that
//! are not known are passed over.

use super::Forms;
use crate::compose::make::{default, derived, object, part, text};
use crate::compose::path::Path;
use crate::compose::{Rejection, cause};
use crate::document::{Node, Value};

/// A span of the short form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::compose) struct Part(usize, usize);

impl Part {
    pub(in crate::compose) fn text<'a>(&self, short: &'a str) -> &'a str {
        short.get(self.0..self.1).unwrap_or_default()
    }
}

/// A volume's parts.
#[derive(Debug, PartialEq)]
pub(in crate::compose) struct Volume {
    pub(in crate::compose) source: Option<Part>,
    pub(in crate::compose) target: Part,
    options: Option<Part>,
}

/// Splits the short form.
pub(in crate::compose) fn parse(short: &str) -> Result<Volume, String> {
    if short.is_empty() {
        return Err("the volume is empty".to_owned());
    }
    if short.len() <= 2 {
        return Ok(Volume { source: None, target: Part(0, short.len()), options: None });
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut start = 0;
    // How deep in `${…}`, where a colon is no separator.
    let mut depth = 0_usize;
    for (at, c) in short.char_indices().chain(std::iter::once((short.len(), ':'))) {
        let end = at == short.len();
        let piece = short.get(start..at).unwrap_or_default();
        match c {
            '$' if short.get(at + 1..).is_some_and(|rest| rest.starts_with('{')) => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 0 && !end {
            continue;
        }
        if c != ':' || (!end && is_drive(piece)) {
            continue;
        }
        if piece.is_empty() {
            return Err("there is nothing between two colons".to_owned());
        }
        if parts.len() == 2 && !end {
            return Err("there are too many colons in it".to_owned());
        }
        parts.push(Part(start, at));
        start = at + 1;
    }
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next(), parts.next()) {
        (Some(target), None, _) => Ok(Volume { source: None, target, options: None }),
        (Some(source), Some(target), options) => Ok(Volume { source: Some(source), target, options }),
        _ => Err("the volume is empty".to_owned()),
    }
}

fn is_drive(piece: &str) -> bool {
    let mut chars = piece.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

/// Whether a source is a path on the host, not a volume's name.
fn is_path(source: &str) -> bool {
    if source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") {
        return true;
    }
    let mut chars = source.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next() == Some(':')
}

/// Go's `path.Clean`.
pub(in crate::compose) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for piece in path.split('/') {
        match piece {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            piece => kept.push(piece),
        }
    }
    let joined = kept.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

pub(super) fn canonical(node: &mut Node, path: &Path, forms: &mut Forms<'_>) {
    if let Value::Map(map) = &mut node.value {
        if let Some(target) = map.get_mut("target") {
            tidy(&mut target.node);
        }
        return;
    }
    let Some(short) = node.as_str() else { return };
    match parse(short) {
        Ok(volume) => node.value = long(node, short, &volume),
        Err(_) if forms.lenient => {}
        Err(message) => {
            forms.mistakes.push(Rejection::new(cause::INVALID_VALUE, path, Some(node.origin.clone()), message));
        }
    }
}

/// A target without superfluous slashes.
fn tidy(target: &mut Node) {
    if let Some(given) = target.as_str().filter(|given| !given.is_empty()) {
        let cleaned = clean(given);
        if cleaned != given {
            *target = text(cleaned, derived("cleaned", [target.origin.clone()]));
        }
    }
}

fn long(node: &Node, short: &str, volume: &Volume) -> Value {
    let cut = |part_: &Part| text(part_.text(short), part(node, part_.0, part_.1));
    let bind = volume.source.is_some_and(|source| is_path(source.text(short)));
    let kind = text(if bind { "bind" } else { "volume" }, derived("implied", [node.origin.clone()]));
    let mut target = cut(&volume.target);
    tidy(&mut target);
    let mut pairs = vec![("type", kind)];
    pairs.extend(volume.source.as_ref().map(|source| ("source", cut(source))));
    pairs.push(("target", target));
    let mut read_only = None;
    let mut bind_pairs = Vec::new();
    let mut volume_pairs = Vec::new();
    if let Some(options) = &volume.options {
        let mut start = options.0;
        for option in options.text(short).split(',') {
            let origin = part(node, start, start + option.len());
            start += option.len() + 1;
            let truth = |truth| Node::new(Value::Bool(truth), derived("converted", [origin.clone()]));
            match option {
                "ro" => read_only = Some(truth(true)),
                "rw" => read_only = None,
                "nocopy" => volume_pairs = vec![("nocopy", truth(true))],
                "z" | "Z" => bind_pairs.push(("selinux", text(option, origin))),
                "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave" => {
                    bind_pairs.push(("propagation", text(option, origin)));
                }
                _ => {}
            }
        }
    }
    let has_bind = !bind_pairs.is_empty();
    if bind {
        bind_pairs.push(("create_host_path", default(Value::Bool(true))));
    }
    pairs.extend(read_only.map(|node| ("read_only", node)));
    let implied = || derived("implied", [node.origin.clone()]);
    if bind || has_bind {
        pairs.push(("bind", Node::new(object(bind_pairs), implied())));
    }
    // One or two characters are a target, and nothing else is said of them.
    if (!bind && short.len() > 2) || !volume_pairs.is_empty() {
        pairs.push(("volume", Node::new(object(volume_pairs), implied())));
    }
    object(pairs)
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn parts() {
        for (short, source, target) in [
            ("/anon", None, "/anon"),
            ("./a:/b:ro", Some("./a"), "/b"),
            ("v:/c", None, "v:/c"),
            ("vol:/c", Some("vol"), "/c"),
            ("c:\\a:/x", Some("c:\\a"), "/x"),
            ("a", None, "a"),
        ] {
            let volume = parse(short).unwrap();
            assert_eq!(volume.source.map(|part| part.text(short)), source, "{short}");
            assert_eq!(volume.target.text(short), target, "{short}");
        }
        for short in ["", "aa::b", "aa:bb:cc:dd", ":aa"] {
            assert!(parse(short).is_err(), "{short}");
        }
    }

    #[test]
    fn cleaning() {
        for (given, cleaned) in
            [("/d/", "/d"), ("/a/../b//c/.", "/b/c"), ("../x", "../x"), ("a/..", "."), ("/..", "/")]
        {
            assert_eq!(clean(given), cleaned);
        }
    }
}
