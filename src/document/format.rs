//! Which format a file is in, by its name, and its tree.

use std::sync::Arc;

use super::{Malformed, Node, env, ini, json, toml, yaml};
use crate::place::Source;

/// A format that can be decoded into a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML; of several documents, the first.
    Yaml,
    /// JSON.
    Json,
    /// JSON with comments and trailing commas.
    Jsonc,
    /// TOML.
    Toml,
    /// `NAME=value` lines.
    Env,
    /// Sections of `key = value` lines.
    Ini,
}

/// The format that a file's name says, if it says one: `config.json`, `.env`, `app.env.local`.
pub fn of_name(path: &str) -> Option<Format> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("yaml" | "yml") => Some(Format::Yaml),
        Some("json") => Some(Format::Json),
        Some("jsonc" | "json5") => Some(Format::Jsonc),
        Some("toml") => Some(Format::Toml),
        Some("ini" | "cfg") => Some(Format::Ini),
        Some("env") => Some(Format::Env),
        _ if name.starts_with(".env.") => Some(Format::Env),
        _ => None,
    }
}

impl Format {
    /// The tree of a text in this format.
    ///
    /// # Errors
    /// [`Malformed`] at the first mistake.
    pub fn read(self, source: &Arc<Source>) -> Result<Node, Malformed> {
        match self {
            Self::Yaml => match yaml::parse(source) {
                Ok(documents) => {
                    let first = documents.into_iter().next().map(|document| document.root);
                    first.ok_or_else(|| Malformed::new(source.place(0, 0), "the file is empty"))
                }
                Err(mistakes) => Err(mistakes.into_iter().next().map_or_else(
                    || Malformed::new(source.place(0, 0), "this is no YAML"),
                    |mistake| Malformed::new(mistake.place, mistake.message),
                )),
            },
            Self::Json => json::read(source, json::Dialect::Strict),
            Self::Jsonc => json::read(source, json::Dialect::Comments),
            Self::Toml => toml::read(source),
            Self::Env => env::read(source).map(|variables| variables.node),
            Self::Ini => ini::read(source),
        }
    }
}
