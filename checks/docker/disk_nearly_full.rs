//! `docker/disk-nearly-full`: the engine has hardly any room left for images, containers and volumes.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::engine::{Disk, DiskUse};
use gonogo::fact::{Cause, Unknown};
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

pub(super) const RULE: Rule = Rule {
    code: "docker/disk-nearly-full",
    title: "the engine has room left on its disk",
    severity: Severity::Error,
    layer: Layer::Running,
    stages: Stage::RUNNING,
    faults: &["D56"],
    settles: None,
    rows: |cx| Box::pin(async { Ok(vec![Row::new(Subject::new("engine's disk"), judge(cx))]) }),
};

const GIB: u64 = 1 << 30;

/// A share of the disk in per cent, and the bytes from which on no share is too small.
///
/// 10 % is where a Kubernetes node evicts its pods (kubelet, `nodefs.available`), 5 % where the monitoring plugins'
/// example is critical (`check_disk -w 10% -c 5%`). On a large disk such a share is plenty, hence the bytes.
const SCARCE: (u64, u64) = (10, 20 * GIB);
const NEARLY_NONE: (u64, u64) = (5, 2 * GIB);
/// An image of many small files has some ten thousand of them.
const FEW_INODES: u64 = 20_000;
const HARDLY_ANY_INODES: u64 = 1_000;

async fn judge(cx: Context) -> Result<Outcome, Unknown> {
    match cx.ask(Disk).await {
        Ok(disk) => Ok(outcome(&disk)),
        // An engine elsewhere: its disk is not ours to look at.
        Err(unknown) if unknown.cause == Cause::Unsupported => Ok(Outcome::Skip(unknown.detail)),
        Err(unknown) => Err(unknown),
    }
}

fn outcome(disk: &DiskUse) -> Outcome {
    let (Some(available), Some(total)) = (disk.available, disk.total.filter(|total| *total > 0)) else {
        return Outcome::skip("its file system does not tell how full it is");
    };
    let is_below = |(percent, bytes): (u64, u64)| {
        available < bytes && u128::from(available) * 100 < u128::from(total) * u128::from(percent)
    };
    let inodes = disk.free_inodes.unwrap_or(u64::MAX);
    let severity = if is_below(NEARLY_NONE) || inodes < HARDLY_ANY_INODES {
        Severity::Error
    } else if is_below(SCARCE) || inodes < FEW_INODES {
        Severity::Warning
    } else {
        return Outcome::pass(format!("{} of {} free", size(available), size(total)));
    };
    let thing = Site::Thing(format!("the engine's data directory {}", disk.root_dir));
    let message = if is_below(SCARCE) {
        format!("the engine's disk is nearly full: {} of {} free", size(available), size(total))
    } else {
        format!("the engine's disk has only {inodes} inodes left, whatever its {} of free bytes", size(available))
    };
    let could = disk.reclaimable.filter(|bytes| *bytes > 0);
    let could = could.map(|bytes| format!(" (it could free {})", size(bytes))).unwrap_or_default();
    let finding = Finding { severity, ..Finding::error(message, thing) };
    finding.help(format!("docker system prune{could}, or give {} more room", disk.root_dir)).into()
}

/// A size with one digit behind the point: `1.5 GiB`.
fn size(bytes: u64) -> String {
    let (scale, unit) = match bytes {
        GIB.. => (GIB, "GiB"),
        0x10_0000.. => (1 << 20, "MiB"),
        _ => (1 << 10, "KiB"),
    };
    let tenths = u128::from(bytes) * 10 / u128::from(scale);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}
