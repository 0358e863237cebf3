//! The typed view: `docker-compose-types` over the effective model, key by key.
//!
//! That crate knows about half of Compose's keys and refuses a whole service for one value that it doesn't know. So
//! each key is tried on its own; what the crate can't hold is named, and read from the tree.

use docker_compose_types as types;
use serde_json::{Map, Value as Json};

use super::print;
use super::{Service, Style};

/// A service as the crate's type, and what that type can't hold.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The service.
    pub service: types::Service,
    /// The keys that are in the model and not in `service`.
    pub left: Vec<String>,
}

impl Service<'_> {
    /// The service as a type. Never fails: what the type can't hold is left for [`Service::get`].
    pub fn typed(&self) -> Typed {
        let mut held = Map::new();
        let mut left = Vec::new();
        for (key, entry) in self.node.entries() {
            let json = print::value(&entry.node, Style { bare_dollars: true });
            if json.is_null() {
                continue;
            }
            let alone = Json::Object(std::iter::once((key.to_owned(), json.clone())).collect());
            match serde_json::from_value::<types::Service>(alone) {
                Ok(_) => {
                    held.insert(key.to_owned(), json);
                }
                Err(_) => left.push(key.to_owned()),
            }
        }
        match serde_json::from_value(Json::Object(held.clone())) {
            Ok(service) => Typed { service, left },
            // Keys that it takes each alone and not together: none are held.
            Err(_) => Typed {
                service: types::Service::default(),
                left: self.node.entries().map(|e| e.0.to_owned()).collect(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::yaml;
    use crate::place::{Origin, Source};

    #[test]
    fn what_it_holds_and_what_it_leaves() {
        let text = "image: x\nuser: u\nports: [{target: 80, published: \"8080\", protocol: tcp, mode: ingress}]\n\
                    environment: {A: b}\ngpus: [{count: 1}]\nlabels: {a: b}\n";
        let node = yaml::parse(&Source::new("a", None, text)).unwrap().remove(0).root;
        let key = Origin::default_of("default");
        let typed = Service { name: "a", key: &key, node: &node }.typed();
        assert_eq!(typed.service.image.as_deref(), Some("x"));
        assert_eq!(typed.service.user.as_deref(), Some("u"));
        assert!(!typed.service.ports.is_empty());
        assert!(typed.left.contains(&"gpus".to_owned()), "{:?}", typed.left);
    }
}
