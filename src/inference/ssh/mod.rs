//! The tunnels that `ssh` and `autossh` are told to open: by their arguments, a client configuration, a unit.
//!
//! Option letters and forward specifications: ssh(1) and ssh_config(5) of OpenSSH 10.

pub mod config;
pub mod unit;

use super::script::Command;
use crate::place::Place;
use crate::word::Word;

/// The letters of ssh that take an argument.
const WITH_ARGUMENT: &str = "BbcDEeFIiJLlmOoPpQRSWw";
/// Programs that run the program that their arguments name.
const WRAPPERS: [&str; 12] = [
    "exec",
    "nohup",
    "sudo",
    "setsid",
    "command",
    "timeout",
    "sshpass",
    "env",
    "doas",
    "nice",
    "eval",
    "systemd-run",
];

/// Which way a forward goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `-L`: it listens here, the target is on the far side.
    Local,
    /// `-R`: it listens on the far side, the target is on this one.
    Remote,
    /// `-D`: a SOCKS proxy here.
    Dynamic,
}

/// A forward that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Forward {
    /// Which way it goes.
    pub direction: Direction,
    /// The address that it listens on, where one was named.
    pub bind: Option<Word>,
    /// The port that it listens on.
    pub listen: Word,
    /// The host that it forwards to, as the other end names it; none if it is dynamic.
    pub host: Option<Word>,
    /// The port that it forwards to; none if it is dynamic.
    pub port: Option<Word>,
    /// The whole specification.
    pub place: Option<Place>,
}

impl Forward {
    /// Reads `[bind:]port:host:hostport`, or `[bind:]port` if it is dynamic; `None` if it is neither (sockets by
    /// path, a malformed one). The blank between the halves of a `LocalForward` is a colon, too.
    pub fn parse(direction: Direction, spec: &Word) -> Option<Self> {
        let mut parts = fields(spec);
        let place = spec.place();
        let (host, port) = match direction {
            Direction::Dynamic => (None, None),
            Direction::Remote if parts.len() <= 2 => (None, None),
            Direction::Local | Direction::Remote => {
                let port = parts.pop()?;
                (Some(parts.pop()?), Some(port))
            }
        };
        let listen = parts.pop()?;
        let bind = parts.pop();
        let whole = parts.is_empty() && [Some(&listen), port.as_ref()].into_iter().flatten().all(numeric);
        whole.then_some(Self { direction, bind, listen, host, port, place })
    }

    /// The port that it listens on, if that is known.
    pub fn listen_port(&self) -> Option<u16> {
        self.listen.text()?.parse().ok()
    }

    /// The port that it forwards to, if that is known.
    pub fn target_port(&self) -> Option<u16> {
        self.port.as_ref()?.text()?.parse().ok()
    }

    /// The host that it forwards to, if that is known, without brackets.
    pub fn target_host(&self) -> Option<String> {
        Some(bare(&self.host.as_ref()?.text()?).to_owned())
    }

    /// As ssh takes it: `5050:localhost:5051`, what is open as `…`.
    pub fn shown(&self) -> String {
        let parts = [self.bind.as_ref(), Some(&self.listen), self.host.as_ref(), self.port.as_ref()];
        parts.into_iter().flatten().map(Word::shown).collect::<Vec<_>>().join(":")
    }
}

/// A host without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Open, or digits.
fn numeric(word: &Word) -> bool {
    let pattern = word.pattern();
    word.why_open().is_some() || (!pattern.is_empty() && pattern.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The parts between colons and blanks, colons in brackets aside.
fn fields(spec: &Word) -> Vec<Word> {
    let pattern = spec.pattern();
    let mut parts = Vec::new();
    let (mut start, mut brackets) = (0, false);
    for (at, c) in pattern.char_indices() {
        match c {
            '[' => brackets = true,
            ']' => brackets = false,
            ':' | ' ' | '\t' if !brackets => {
                parts.push(spec.slice(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(spec.slice(start..pattern.len()));
    // Several blanks in a row are one.
    let blank = pattern.contains([' ', '\t']);
    parts.into_iter().filter(|part| !blank || !part.is_empty()).collect()
}

/// One `ssh` or `autossh` command line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Invocation {
    /// The forwards that it asks for.
    pub forwards: Vec<Forward>,
    /// Where it goes to: `user@host`, an alias of the configuration, `ssh://…`.
    pub destination: Option<Word>,
    /// The configuration file that it names.
    pub config: Option<Word>,
    /// The control socket that it names.
    pub control_socket: Option<Word>,
    /// What it tells a running master: `check`, `exit`, `forward`, …
    pub control_command: Option<String>,
    /// Whether autossh keeps it up.
    pub autossh: bool,
}

/// Reads a command, if it runs ssh or autossh, as itself or through a wrapper such as `nohup`.
pub fn invocation(command: &Command) -> Option<Invocation> {
    let words = match command.argv.as_slice() {
        // `eval "ssh …"` and `sh -c "ssh …"` split their text once more.
        [program, rest @ ..] if matches!(base(program).as_str(), "eval") => {
            rest.iter().flat_map(Word::split).collect()
        }
        [program, flag, script, ..]
            if matches!(base(program).as_str(), "sh" | "bash")
                && flag.text().is_some_and(|flag| flag.ends_with('c')) =>
        {
            script.split()
        }
        words => words.to_vec(),
    };
    let position = words.iter().position(|word| matches!(base(word).as_str(), "ssh" | "autossh"))?;
    let wrapped = words.first().is_some_and(|first| WRAPPERS.contains(&base(first).as_str()));
    if position > 0 && !wrapped {
        return None;
    }
    let autossh = words.get(position).is_some_and(|word| base(word) == "autossh");
    let mut reading = Invocation { autossh, ..Invocation::default() };
    let mut words = words.into_iter().skip(position + 1);
    while let Some(word) = words.next() {
        let pattern = word.pattern();
        if pattern == "--" || !pattern.starts_with('-') || pattern.len() < 2 {
            let word = if pattern == "--" { words.next() } else { Some(word) };
            match &reading.destination {
                // Behind the destination there may be more options; behind the next word is the remote command.
                None if pattern.is_empty() => {}
                None => reading.destination = word,
                Some(_) => break,
            }
            continue;
        }
        for (at, letter) in pattern.char_indices().skip(1) {
            if !(WITH_ARGUMENT.contains(letter) || autossh && letter == 'M') {
                continue;
            }
            let behind = at + letter.len_utf8();
            let argument =
                if behind < pattern.len() { Some(word.slice(behind..pattern.len())) } else { words.next() };
            if let Some(argument) = argument {
                reading.option(letter, argument);
            }
            break;
        }
    }
    Some(reading)
}

/// The name of a program without its directory.
fn base(word: &Word) -> String {
    let text = word.text().unwrap_or_default();
    text.rsplit('/').next().unwrap_or_default().to_owned()
}

impl Invocation {
    fn option(&mut self, letter: char, argument: Word) {
        let direction = match letter {
            'L' => Direction::Local,
            'R' => Direction::Remote,
            'D' => Direction::Dynamic,
            'F' => return self.config = Some(argument),
            'S' => return self.control_socket = Some(argument),
            'O' => return self.control_command = argument.text(),
            'o' => return self.keyword(&argument),
            _ => return,
        };
        self.forwards.extend(Forward::parse(direction, &argument));
    }

    /// `-o Keyword=value` or `-o "Keyword value"`.
    fn keyword(&mut self, argument: &Word) {
        let pattern = argument.pattern();
        let Some(end) = pattern.find(|c: char| c == '=' || c.is_whitespace()) else { return };
        let Some((keyword, rest)) = pattern.split_at_checked(end) else { return };
        let skipped = rest.len() - rest.trim_start_matches(|c: char| c == '=' || c.is_whitespace()).len();
        let value = argument.slice(end + skipped..pattern.len());
        match keyword.to_ascii_lowercase().as_str() {
            "controlpath" => self.control_socket = Some(value),
            keyword => self.forwards.extend(config::forward(keyword, &value)),
        }
    }
}

#[cfg(test)]
mod tests;
