//! What an exit code says about how a process ended.
//!
//! 125 to 127: Docker's and the shells' convention (`docker run`, "Exit status"; POSIX XCU 2.8.2). 128 + n: ended by
//! signal n.

/// What the code of a process that ended says, in a few words; `None` where the program alone knows.
pub(super) fn meaning(code: i64) -> Option<&'static str> {
    Some(match code {
        0 => "it ended well",
        125 => "the engine could not run it",
        126 => "its command is there but cannot be executed: no execute permission, or no program for this system",
        127 => "its command was not found in the image",
        128 => "it could not be started",
        129 => "SIGHUP",
        130 => "SIGINT",
        132 => "SIGILL: it was built for another processor",
        134 => "SIGABRT: it gave up by itself",
        135 => "SIGBUS",
        136 => "SIGFPE",
        137 => "SIGKILL",
        139 => "SIGSEGV: it crashed",
        141 => "SIGPIPE",
        143 => "SIGTERM",
        159 => "SIGSYS: a system call that is forbidden",
        _ => return None,
    })
}

/// `exit code 127 (its command was not found in the image)`
pub(super) fn told(code: i64) -> String {
    match meaning(code) {
        Some(meaning) => format!("exit code {code} ({meaning})"),
        None => format!("exit code {code}"),
    }
}

/// Whether a process ends like this when somebody stops it: `docker stop` sends SIGTERM, then SIGKILL; Ctrl-C SIGINT.
pub(super) fn is_a_stop(code: i64) -> bool {
    matches!(code, 130 | 137 | 143)
}

/// What to do about a command that ends with a code, if the code tells.
pub(super) fn remedy(code: i64, service: &str) -> Option<String> {
    Some(match code {
        126 => format!(
            "make the command of `{service}` executable (`chmod +x`), with a first line that names its interpreter"
        ),
        127 => format!("correct the `command` or `entrypoint` of `{service}`, or install the program in its image"),
        132 => format!("build the image of `{service}` for this host's platform"),
        _ => return None,
    })
}
