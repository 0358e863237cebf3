//! What becomes of a panic, which is a defect of gonogo's own: never Rust's text, which may quote a secret.
//!
//! A rule's or a probe's is that row's `unknown` (see [`crate::run`]); one anywhere else ends the run without a
//! verdict. Where it came from is told with `-v`, or where nothing else is.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::output::{self, Exit};
use crate::verdict::Verdict;

static ALOUD: AtomicBool = AtomicBool::new(false);
static LAST: Mutex<String> = Mutex::new(String::new());

/// Tells each panic's place on stderr from now on.
pub(super) fn aloud() {
    ALOUD.store(true, Ordering::Relaxed);
}

/// Runs the program. A panic that nobody else caught is no verdict.
pub(super) fn catch(work: impl FnOnce() -> Exit) -> Exit {
    set_hook(Box::new(hook));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let place = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
        output::diagnose(&format!("error: gonogo itself broke down at {place}: please report it\n"));
        Exit::status(Verdict::NoVerdict.exit_status())
    })
}

fn hook(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    if ALOUD.load(Ordering::Relaxed) {
        output::diagnose(&format!("gonogo itself broke down at {place}: please report it\n"));
    }
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = place;
}
