//! The section `mounts` of the gate file: paths that services need to see.

use gonogo::check::Context;
use gonogo::compose::Project;
use gonogo::document::Node;
use gonogo::gatefile::{Field, Section, Shape};
use gonogo::place::Place;

use super::path::clean;

pub(super) static SECTION: Section = Section {
    name: "mounts",
    doc: "Paths that services need to see, each under a name of your choice.",
    shape: Shape::Map(&Shape::Object(&[
        Field::required("path", "The path in the containers.", Shape::Text),
        Field::required(
            "in",
            "The services that need it; all of them have to see the same thing.",
            Shape::OneOf(&[Shape::Text, Shape::List(&Shape::Text)]),
        ),
        Field::optional("access", "What they do with it; default: read.", Shape::Word(&["read", "write"])),
        Field::optional("non-empty", "Whether something has to be in it.", Shape::Bool),
    ])),
};

/// A path that services need to see.
#[derive(Debug, Clone)]
pub(super) struct Need {
    pub(super) name: String,
    /// Clean.
    pub(super) path: String,
    pub(super) place: Option<Place>,
    /// The services, each with where it is named.
    pub(super) services: Vec<(String, Option<Place>)>,
    pub(super) write: bool,
    pub(super) non_empty: bool,
}

/// What the gate file says that services need.
pub(super) fn needs(cx: &Context) -> Vec<Need> {
    let need = |(name, entry): (&str, &gonogo::document::Entry)| {
        let node = &entry.node;
        let path = node.get("path")?;
        let services = node.get("in")?;
        let service = |node: &Node| Some((node.as_str()?.to_owned(), node.place().cloned()));
        Some(Need {
            name: name.to_owned(),
            path: clean(path.as_str()?),
            place: path.place().cloned(),
            services: services.items().chain(std::iter::once(services)).filter_map(service).collect(),
            write: node.get("access").and_then(Node::as_str) == Some("write"),
            non_empty: node.get("non-empty").and_then(Node::as_bool).unwrap_or(false),
        })
    };
    cx.section(SECTION.name).into_iter().flat_map(Node::entries).filter_map(need).collect()
}

/// Why a service that the gate file names has nothing to be judged: its profile is not active.
pub(super) fn inactive(project: &Project, service: &str) -> Option<String> {
    let known = project.inactive.iter().any(|(name, _)| name == service);
    known.then(|| format!("the profile of {service} is not active"))
}
