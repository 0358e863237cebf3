//! Which Compose is installed on this host, as far as files tell without running anything.

use std::path::{Path, PathBuf};

use gonogo::check::Context;
use gonogo::fact::file::{self, FileKind};

/// The most directories of `PATH` that are looked at.
const MOST: usize = 64;

/// The first `docker-compose` on `PATH`, if it is Compose 1: a Python script that starts its command line. The
/// standalone Compose 2 is a program, other scripts are wrappers of somebody's.
pub(super) async fn compose_v1(cx: &Context) -> Option<PathBuf> {
    let path = cx.deployment().environment.get("PATH")?;
    for directory in path.split(':').filter(|directory| directory.starts_with('/')).take(MOST) {
        let program = Path::new(directory).join("docker-compose");
        if !is_file(cx, &program).await {
            continue;
        }
        let text = cx.read(&program).await.ok()?;
        let text = text.text();
        let is_v1 =
            text.starts_with("#!") && (text.contains("compose.cli.main") || text.contains("docker-compose==1."));
        return is_v1.then_some(program);
    }
    None
}

/// The Compose 2 plugin of the docker command, where the command looks for it.
pub(super) async fn compose_v2(cx: &Context) -> Option<PathBuf> {
    let environment = &cx.deployment().environment;
    let home = environment.get("HOME").map(|home| Path::new(home).join(".docker"));
    let config = environment.get("DOCKER_CONFIG").map(PathBuf::from).or(home);
    let system = ["/usr/local/lib/docker", "/usr/local/libexec/docker", "/usr/lib/docker", "/usr/libexec/docker"];
    for directory in config.into_iter().chain(system.map(PathBuf::from)) {
        let plugin = directory.join("cli-plugins/docker-compose");
        if is_file(cx, &plugin).await {
            return Some(plugin);
        }
    }
    None
}

async fn is_file(cx: &Context, path: &Path) -> bool {
    cx.ask(file::Stat { path: path.to_owned() }).await.is_ok_and(|stat| stat.kind == FileKind::File)
}
