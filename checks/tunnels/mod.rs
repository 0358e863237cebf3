//! `tunnels`: what scripts, configurations and units forward, against what the services publish.

mod found;
mod listener;
mod local_port_taken;
mod meant;
mod not_running;
mod target_dead;
mod target_port_mismatch;
#[cfg(test)]
mod tests;

use gonogo::check::Check;
use gonogo::gatefile::{Field, Section, Shape};

const fn field(name: &'static str, doc: &'static str, shape: Shape) -> Field {
    Field { name, doc, required: false, shape }
}

/// Its section of the gate file.
static SECTION: Section = Section {
    name: "tunnels",
    doc: "The tunnels that have to be there, by names of your choice.",
    shape: Shape::Map(&Shape::Object(&[
        field("script", "The script, ssh_config or unit that opens it, relative to the gate file.", Shape::Text),
        field("local", "The port that it listens on, where the script opens several or only a run tells.", PORT),
        field(
            "to",
            "What it leads to.",
            Shape::Object(&[
                field("service", "The service at its far end.", Shape::Text),
                field("port", "The port of the host at its far end, where the script does not say it.", PORT),
            ]),
        ),
        field(
            "probe",
            "What is asked through it to see that its far end answers.",
            Shape::Object(&[field("http", "The path of an HTTP request.", Shape::Text)]),
        ),
    ])),
};
const PORT: Shape = Shape::IntIn(1, 65_535);

/// The check.
pub(crate) static CHECK: Check = Check {
    name: "tunnels",
    title: "every tunnel leads to a port that a service is on, and has its own port to itself",
    readme: include_str!("README.md"),
    section: Some(&SECTION),
    rules: &[target_port_mismatch::RULE, local_port_taken::RULE, not_running::RULE, target_dead::RULE],
};
