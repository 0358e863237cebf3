//! What ports each service listens on, in its own network namespace, and who says so.
//!
//! Statements differ in weight. What tells the server its port (`PORT`, `--port`) counts more than what is usual for
//! the image, and that more than what others expect of it (`ports`, `expose`). None of them proves that a port is
//! *not* listened on; [`Listening::knowledge`] says how much is known.

mod arguments;
mod environment;
mod gather;
pub mod seen;
mod server;

use std::collections::{BTreeMap, BTreeSet};

pub use arguments::{Text, Token, tokens};
pub use gather::{Evidence, evidence};

use crate::place::Place;

/// How much a statement weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// It may, by the image's documentation.
    Possible,
    /// The service is asked on it by itself: a health check, its own name in its environment.
    Mentioned,
    /// Others expect it: `ports`, `expose`.
    Claimed,
    /// It does unless told otherwise: the image's default, `EXPOSE`, the server program's default.
    Usual,
    /// It is told to listen on it besides: a port for metrics, administration, TLS.
    Also,
    /// It is told to.
    Told,
    /// It does.
    Seen,
}

/// A statement about a port that a service listens on.
#[derive(Debug, Clone, PartialEq)]
pub struct Listen {
    /// The port.
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// How much it weighs.
    pub strength: Strength,
    /// Whether that is only what is documented of the image.
    pub by_image: bool,
    /// Who says so, in a few words: `PORT`, `--port`, `EXPOSE`, `image redis`.
    pub by: String,
    /// Where it is said.
    pub place: Option<Place>,
}

/// How much is known of what a service listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Knowledge {
    /// Nothing.
    Nothing,
    /// Only what others expect of an image that we know nothing of.
    Claims,
    /// What is expected of a service that is built here, or what its image exposes.
    Likely,
    /// What it is told, or what a well-known image does that nobody told otherwise.
    Certain,
}

/// All that is said about what a service listens on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listening {
    /// The statements.
    pub listens: Vec<Listen>,
    /// Whether it is built here, so that its image is this repository's own.
    pub built: bool,
    /// Whether its image is well known and nothing that could not be read configures it.
    pub known_image: bool,
}

impl Listening {
    /// How much is known, the statements of its own health check left aside.
    pub fn knowledge(&self) -> Knowledge {
        let strongest = self.tcp().map(|listen| listen.strength).max();
        match strongest {
            Some(Strength::Told | Strength::Seen) => Knowledge::Certain,
            Some(Strength::Usual) if self.known_image => Knowledge::Certain,
            // What a well-known server that was configured elsewhere would do without that is no more than a claim.
            Some(Strength::Usual)
                if self.tcp().all(|listen| listen.strength != Strength::Usual || listen.by_image) =>
            {
                Knowledge::Claims
            }
            Some(Strength::Usual) => Knowledge::Likely,
            Some(Strength::Claimed | Strength::Also) if self.built => Knowledge::Likely,
            Some(Strength::Claimed | Strength::Also) => Knowledge::Claims,
            Some(Strength::Possible | Strength::Mentioned) | None => Knowledge::Nothing,
        }
    }

    /// The statements about TCP ports.
    pub fn tcp(&self) -> impl Iterator<Item = &Listen> {
        self.listens.iter().filter(|listen| listen.protocol == "tcp")
    }

    /// The weightiest statement about a TCP port.
    pub fn on(&self, port: u16) -> Option<&Listen> {
        self.tcp().filter(|listen| listen.port == port).max_by_key(|listen| listen.strength)
    }

    /// The weightiest statement of all: the port that is meant if one has to be named.
    pub fn main(&self) -> Option<&Listen> {
        let strongest = self.tcp().map(|listen| listen.strength).max()?;
        self.tcp().find(|listen| listen.strength == strongest)
    }

    /// The ports that are said with at least some weight, in order.
    pub fn ports(&self, least: Strength) -> BTreeSet<u16> {
        self.tcp().filter(|listen| listen.strength >= least).map(|listen| listen.port).collect()
    }

    /// The ports in words: `5051` or `8000, 9000`.
    pub fn shown(&self) -> String {
        let least = self
            .tcp()
            .map(|listen| listen.strength)
            .max()
            .map_or(Strength::Claimed, |most| most.min(Strength::Claimed));
        let ports: Vec<_> = self.ports(least).iter().map(u16::to_string).collect();
        ports.join(", ")
    }

    fn add(&mut self, port: u16, strength: Strength, by: impl Into<String>, place: Option<Place>) {
        let by = by.into();
        let by_image = by.starts_with("image ");
        let listen = Listen { port, protocol: "tcp".to_owned(), strength, by_image, by, place };
        if !self.listens.contains(&listen) {
            self.listens.push(listen);
        }
    }
}

/// What each service of the project listens on, by its name.
pub type Listens = BTreeMap<String, Listening>;
