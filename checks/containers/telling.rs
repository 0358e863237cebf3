//! The one line of many that tells most.

/// The longest line that is shown, in characters.
const LIMIT: usize = 200;

/// Words that a program uses when it says why it fails, in lower case.
const TELLING: &[&str] = &[
    "error",
    "fatal",
    "panic",
    "exception",
    "failed",
    "failure",
    "cannot",
    "can't",
    "could not",
    "unable to",
    "denied",
    "refused",
    "not found",
    "no such",
    "missing",
    "invalid",
    "killed",
    "out of memory",
    "in use",
    "not permitted",
    "unknown",
    "undefined",
    "required",
    "abort",
];

/// The last line that says what went wrong, else the last one that says anything; bounded, without control
/// characters.
pub(super) fn line<'a>(lines: impl DoubleEndedIterator<Item = &'a str> + Clone) -> Option<String> {
    let mut said = lines.map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric)).rev();
    let last = said.clone().next()?;
    let telling = said.find(|line| {
        let lower = line.to_lowercase();
        TELLING.iter().any(|word| lower.contains(word))
    });
    Some(shown(telling.unwrap_or(last)))
}

/// A text of somebody else's in one bounded line.
pub(super) fn shown(text: &str) -> String {
    let mut line: String = strip(text).chars().take(LIMIT + 1).collect();
    if line.chars().count() > LIMIT {
        line = line.chars().take(LIMIT).chain(['…']).collect();
    }
    line.trim().to_owned()
}

/// Without terminal sequences (`ESC [ … letter`) and control characters.
fn strip(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' && letters.peek() == Some(&'[') {
            letters.find(char::is_ascii_alphabetic);
        } else if letter == '\t' || letter == '\n' {
            out.push(' ');
        } else if !letter.is_control() {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_says_why() {
        let python = ["Traceback (most recent call last):", "  File \"a.py\", line 1", "KeyError: 'TOKEN'", ""];
        assert_eq!(line(python.into_iter()).as_deref(), Some("KeyError: 'TOKEN'"));
        let node = ["Error: listen EADDRINUSE: address already in use", "    at Server.setupListenHandle", "}"];
        assert_eq!(line(node.into_iter()).as_deref(), Some(node[0]));
        assert_eq!(line(["starting", "bye"].into_iter()).as_deref(), Some("bye"));
        assert_eq!(line(["", " - "].into_iter()), None);
    }

    #[test]
    fn it_is_one_bounded_line_without_control_characters() {
        assert_eq!(shown("\u{1b}[31mfatal:\u{1b}[0m no\tway\r"), "fatal: no way");
        assert_eq!(shown(&"ä".repeat(500)).chars().count(), LIMIT + 1);
    }
}
