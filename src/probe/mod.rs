//! The code that answers questions: the only I/O. A probe never judges.

pub mod disk;
mod docker;
pub(crate) mod file;
mod host;
mod http;
mod sockets;

use std::collections::BTreeMap;
use std::path::Path;

use crate::fact::Probes;

/// Everything that can be asked on this platform. `environment` are the operating system's variables (which engine),
/// `working_directory` is where the user stands (how files are named in reports).
pub fn standard(environment: &BTreeMap<String, String>, working_directory: &Path) -> Probes {
    let probes = file::register(Probes::default(), working_directory);
    let probes = http::register(host::register(probes));
    docker::register(probes, environment)
}
