//! The end of a container's log.

use std::collections::VecDeque;
use std::time::Duration;

use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt;

use super::{Docker, client, container_name, explained, within};
use crate::fact::engine::ContainerLog;
use crate::fact::{Ledger, Unknown};

/// The most lines that are kept.
const LINES: usize = 100;
/// The longest line, in characters.
const WIDTH: usize = 2000;
/// The most bytes that the engine may send for them.
const LIMIT: u64 = 8 << 20;
/// When the engine is given up.
const PATIENCE: Duration = Duration::from_secs(5);

impl Docker {
    pub(super) async fn log(
        self,
        ContainerLog { container }: ContainerLog,
        ledger: Ledger,
    ) -> Result<Vec<String>, Unknown> {
        let (_, wire) = self.ready(&ledger).await?;
        container_name(&container)?;
        let what = format!("the log of container {container}");
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail(&LINES.to_string()).build();
        let client = client(&wire, LIMIT)?;
        let reading = async {
            let mut log = client.logs(&container, Some(options));
            let mut lines = VecDeque::new();
            let mut partial = String::new();
            while let Some(output) = log.next().await {
                let output = output.map_err(|error| explained(&what, &error))?;
                partial.push_str(&String::from_utf8_lossy(&output.into_bytes()));
                while let Some((line, rest)) = partial.split_once('\n') {
                    keep(&mut lines, line);
                    partial = rest.to_owned();
                }
            }
            if !partial.is_empty() {
                keep(&mut lines, &partial);
            }
            Ok(lines.into())
        };
        within(&ledger, PATIENCE, &what, reading).await
    }
}

fn keep(lines: &mut VecDeque<String>, line: &str) {
    if lines.len() == LINES {
        lines.pop_front();
    }
    lines.push_back(line.trim_end_matches('\r').chars().take(WIDTH).collect());
}
