//! How full the engine's disk is.

use std::time::Duration;

use serde::Deserialize;

use super::wire::Wire;
use super::{DETAIL_LIMIT, Docker, LIST_LIMIT, PATIENCE, bounded, client, explained};
use crate::fact::engine::DiskUse;
use crate::fact::{Cause, Ledger, Unknown};

/// How long the engine may count what could be freed; it is nice to know only.
const COUNTING: Duration = Duration::from_secs(1);

impl Docker {
    pub(super) async fn disk(self, ledger: Ledger) -> Result<DiskUse, Unknown> {
        let (engine, wire) = self.ready(&ledger).await?;
        if !engine.local {
            return Err(Unknown::new(
                Cause::Unsupported,
                format!("the disk of {} is not of this host", engine.endpoint),
            ));
        }
        let root_dir = match &engine.root_dir {
            Some(root_dir) => root_dir.clone(),
            None => {
                let client = client(&wire, DETAIL_LIMIT)?;
                let info = bounded(&ledger, PATIENCE, "the engine's data directory", client.info()).await?;
                info.docker_root_dir.ok_or_else(|| Unknown::failed("the engine does not name its data directory"))?
            }
        };
        let counting = tokio::time::timeout(COUNTING, reclaimable(&wire, &engine.api_version));
        let (space, reclaimable) = tokio::join!(space(root_dir.clone()), counting);
        let (available, total, free_inodes) = space?;
        Ok(DiskUse { root_dir, available, total, free_inodes, reclaimable: reclaimable.ok().flatten() })
    }
}

type Space = (Option<u64>, Option<u64>, Option<u64>);

#[cfg(unix)]
async fn space(path: String) -> Result<Space, Unknown> {
    let looked = tokio::task::spawn_blocking(move || {
        let space = rustix::fs::statvfs(&path).map_err(|error| {
            let unknown = Unknown::from(std::io::Error::from(error));
            Unknown { detail: format!("{path}: {}", unknown.detail), ..unknown }
        })?;
        // A file system that does not count inodes says that it has none at all.
        let free_inodes = (space.f_files > 0).then_some(space.f_favail);
        let bytes = |blocks: u64| Some(blocks.saturating_mul(space.f_frsize));
        Ok((bytes(space.f_bavail), bytes(space.f_blocks), free_inodes))
    });
    looked.await.map_err(|error| Unknown::failed(error.to_string()))?
}

#[cfg(not(unix))]
async fn space(_path: String) -> Result<Space, Unknown> {
    Err(Unknown::new(Cause::Unsupported, "this platform does not tell"))
}

/// Bytes of images without a container and of unused build cache. Volumes are left out: counting them would have the
/// engine walk through every one of them.
async fn reclaimable(wire: &Wire, api_version: &str) -> Option<u64> {
    let minor: u32 = api_version.strip_prefix("1.")?.parse().ok()?;
    if minor < 42 {
        // It would count everything, volumes too, whatever it is asked.
        return None;
    }
    let body = wire.limited(LIST_LIMIT).get("/system/df?type=image&type=build-cache").await;
    let usage: Usage = serde_json::from_slice(&body.map_err(|error| explained("disk usage", &error)).ok()?).ok()?;
    let given = usage.image_usage.into_iter().chain(usage.build_cache_usage).map(|part| part.reclaimable);
    let images = usage.images.into_iter().flatten().filter(|image| image.containers == 0);
    let images = images.map(|image| image.size - image.shared_size.max(0));
    let caches = usage.build_cache.into_iter().flatten().filter(|cache| !cache.in_use && !cache.shared);
    let sum = given
        .chain(images)
        .chain(caches.map(|cache| cache.size))
        .fold(0_i64, |sum, size| sum.saturating_add(size.max(0)));
    u64::try_from(sum).ok()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Usage {
    images: Option<Vec<ImageUse>>,
    build_cache: Option<Vec<CacheUse>>,
    image_usage: Option<Part>,
    build_cache_usage: Option<Part>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ImageUse {
    size: i64,
    shared_size: i64,
    containers: i64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct CacheUse {
    size: i64,
    in_use: bool,
    shared: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Part {
    reclaimable: i64,
}
