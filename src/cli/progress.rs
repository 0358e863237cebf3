//! The live line that names what is pending. On a terminal only.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crate::fact::Ledger;

const FIRST: Duration = Duration::from_millis(300);
const NEXT: Duration = Duration::from_millis(100);
const CLEAR: &str = "\r\x1b[2K";

/// Shows what is pending until the future is done.
pub(super) async fn during<T>(ledger: &Ledger, quiet: bool, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    if quiet || !io::stderr().is_terminal() {
        return work.await;
    }
    let mut wait = FIRST;
    let mut shown = false;
    loop {
        tokio::select! {
            done = &mut work => {
                if shown {
                    let _ = io::stderr().write_all(CLEAR.as_bytes());
                }
                return done;
            }
            () = tokio::time::sleep(wait) => {
                wait = NEXT;
                shown = true;
                let _ = io::stderr().write_all(crate::secret::mask(&line(&ledger.pending())).as_bytes());
            }
        }
    }
}

fn line(pending: &[String]) -> String {
    let names: Vec<String> = pending.iter().take(3).map(|name| name.chars().take(40).collect()).collect();
    let more = pending.len().saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    match names.is_empty() {
        true => format!("{CLEAR}judging"),
        false => format!("{CLEAR}waiting for {}{more}", names.join(", ")),
    }
}
