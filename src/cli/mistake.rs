//! A command line that cannot be understood: clap's words, with the nearest word as gonogo asks for it everywhere.

use super::output::{self, Exit};

/// How the program ends where clap says so: help and version on stdout, a mistake on stderr.
pub(super) fn exit(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        return match output::styled(&error.render()) {
            Ok(()) => Exit::status(0),
            Err(error) => Exit::usage(format!("stdout: {error}")),
        };
    }
    // What was typed may be a secret in the wrong place; whatever goes to stderr is masked there.
    Exit::usage(error.render().to_string().lines().map(|line| asked(line) + "\n").collect())
}

/// `tip: a similar value exists: 'json'` as `did you mean 'json'?`
fn asked(line: &str) -> String {
    let near = line.trim_start().strip_prefix("tip: ").and_then(|tip| tip.split_once(": "));
    match near {
        Some((similar, names)) if similar.contains(" similar ") => format!("  did you mean {names}?"),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::asked;

    #[test]
    fn a_tip_is_asked_and_all_else_is_left() {
        assert_eq!(asked("  tip: a similar value exists: 'json'"), "  did you mean 'json'?");
        assert_eq!(asked("  tip: some similar arguments exist: '--a', '--b'"), "  did you mean '--a', '--b'?");
        assert_eq!(asked("error: invalid value: 'x'"), "error: invalid value: 'x'");
        let other = "  tip: to pass '--x' as a value, use '-- --x'";
        assert_eq!(asked(other), other);
    }
}
