//! `include`: other projects, resolved on their own and taken in.
//!
//! Follows compose-go 2.9.1, `loader/include.go`: what is taken in may not differ from what is there already.

use std::path::PathBuf;

use super::discover;
use super::environment::Environment;
use super::load::{Context, Loader, Named};
use super::path::Path;
use super::paths::Base;
use super::{Kind, NoProject, Rejection, cause};
use crate::document::{Entry, Map, Node, Value};
use crate::place::Origin;

/// Takes in what a file includes.
pub(super) fn apply(
    root: &mut Node,
    file: &std::path::Path,
    context: &Context<'_>,
    loader: &mut Loader<'_>,
) -> Result<(), NoProject> {
    let Value::Map(model) = &mut root.value else { return Ok(()) };
    let Some(include) = model.get("include").filter(|entry| !entry.node.is_null()) else {
        model.shift_remove("include");
        return Ok(());
    };
    let path = Path::of(&["include"]);
    let Value::Seq(items) = include.node.value.clone() else {
        let origin = Some(include.node.origin.clone());
        return Err(Rejection::new(cause::INVALID_TYPE, &path, origin, "a list of files is wanted here").into());
    };
    let mut included = context.included.clone();
    included.push(file.to_owned());
    let mut mistakes = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = path.index(index);
        let taken = one(item, &at, &included, context, loader)?;
        if let Some(taken) = taken {
            import(taken, model, &item.origin, &mut mistakes);
        }
    }
    model.shift_remove("include");
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes.into()) }
}

fn texts(node: Option<&Node>) -> Vec<Node> {
    match node {
        Some(node) if node.as_str().is_some() => vec![node.clone()],
        Some(node) => node.items().filter(|item| item.as_str().is_some()).cloned().collect(),
        None => Vec::new(),
    }
}

fn one(
    item: &Node,
    at: &Path,
    included: &[PathBuf],
    context: &Context<'_>,
    loader: &mut Loader<'_>,
) -> Result<Option<Node>, NoProject> {
    let (files, env_files, directory) = match &item.value {
        Value::String(_) => (vec![item.clone()], Vec::new(), None),
        Value::Map(_) => (texts(item.get("path")), texts(item.get("env_file")), item.get("project_directory")),
        _ => {
            let message = "a file, or a mapping with a path, is wanted here";
            return Err(Rejection::new(cause::INVALID_TYPE, at, Some(item.origin.clone()), message).into());
        }
    };
    let here = Base { directory: &context.directory, home: None };
    let local = |node: &Node| PathBuf::from(here.absolute(node.as_str().unwrap_or_default()));
    let paths: Vec<PathBuf> = files.iter().map(local).collect();
    let Some(main) = paths.first() else { return Ok(None) };
    let given = directory.filter(|node| node.as_str().is_some_and(|text| !text.is_empty()));
    let directory = match given {
        Some(given) => local(given),
        None => main.parent().map(std::path::Path::to_owned).unwrap_or_default(),
    };
    // As a path from here, so that what is included and what is written here can be the same.
    let absolute = given.and_then(Node::as_str).is_some_and(|given| given.starts_with('/'));
    let base = if absolute { directory.clone() } else { relative(&context.directory, &directory) };
    if included.contains(main) || included.len() > 50 {
        let names: Vec<String> = included.iter().chain([main]).map(|file| loader.reader.files().name(file)).collect();
        let message = format!("files include each other in a circle: {}", names.join(" → "));
        let rejection = Rejection::new(cause::INCLUDE_CYCLE, at, Some(item.origin.clone()), message);
        return Err(rejection.help("remove one of these `include:`").into());
    }
    let mut files_of_variables = Vec::new();
    if env_files.is_empty() {
        let default = directory.join(".env");
        if loader.reader.files().kind(&default) == Some(Kind::File) {
            files_of_variables.push(default);
        }
    }
    for env_file in &env_files {
        let path = local(env_file);
        if path != std::path::Path::new("/dev/null") && loader.reader.files().kind(&path) != Some(Kind::File) {
            let message = format!("there is no env file {}", loader.reader.files().name(&path));
            let rejection = Rejection::new(cause::ENV_FILE, at, Some(env_file.origin.clone()), message);
            return Err(rejection.help("correct the path").into());
        }
        files_of_variables.push(path);
    }
    let mut environment: Environment = context.environment.clone();
    let own = discover::env_files(&files_of_variables, &environment, &loader.reader, &mut loader.notices)?;
    environment.add(&own);
    let nested = Context {
        directory,
        base,
        environment: &environment,
        included: included.to_vec(),
        extending: false,
        interpolate: context.interpolate,
    };
    let origin = files.first().map_or(&item.origin, |file| &file.origin);
    let named = Named { cause: cause::INCLUDE_FILE, path: at, origin };
    loader.model(&paths, &nested, Some(&named)).map(Some)
}

/// The way from one directory to another, both absolute.
fn relative(from: &std::path::Path, to: &std::path::Path) -> PathBuf {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| std::path::Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(common)).collect();
    if way.as_os_str().is_empty() { PathBuf::from(".") } else { way }
}

/// Takes in the sections of another model.
fn import(taken: Node, model: &mut Map, including: &Origin, mistakes: &mut Vec<Rejection>) {
    let Value::Map(mut taken) = taken.value else { return };
    for section in ["services", "volumes", "networks", "secrets", "configs", "models"] {
        let Some(from) = taken.shift_remove(section) else { continue };
        let Value::Map(items) = from.node.value else { continue };
        let into = model.entry(section.to_owned()).or_insert_with(|| Entry {
            key: from.key.clone(),
            node: Node::new(Value::Map(Map::new()), from.node.origin.clone()),
        });
        let Value::Map(into) = &mut into.node.value else { continue };
        for (name, entry) in items {
            match into.get(&name) {
                None => {
                    into.insert(name, entry);
                }
                Some(there) if same(&there.node, &entry.node) => {}
                Some(there) => {
                    let message = format!("`{name}` is included and defined here too, and differently");
                    let path = Path::of(&[section, &name]);
                    let rejection = Rejection::new(cause::INCLUDE_CONFLICT, &path, Some(there.key.clone()), message);
                    let rejection = rejection.related(Some(entry.key.clone()), "what is included");
                    mistakes.push(
                        rejection.related(Some(including.clone()), "by this").help("give one of them another name"),
                    );
                }
            }
        }
    }
}

/// Whether two nodes say the same, wherever they say it.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().all(|(key, entry)| b.get(key).is_some_and(|o| same(&entry.node, &o.node)))
        }
        (Value::Seq(a), Value::Seq(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (a, b) => a == b,
    }
}
