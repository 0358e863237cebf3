//! The way of a project through the resolver: each file interpolated, extended, included, merged and held against
//! the shapes; then defaults, paths, names, types, profiles, consistency, env files.
//!
//! The order is Compose's, since it decides what is rejected and for which cause.

use std::collections::{HashMap, HashSet};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use super::environment::{Environment, Variable};
use super::path::Path;
use super::paths::{self, Base};
use super::reader::{Failed, Reader};
use super::{
    NoProject, Notice, Project, Rejection, Settings, canonical, cause, consistency, discover, extends, include,
    interpolate, merge, model, normalise, reset, schema, unique, validate, variables,
};
use crate::document::yaml::Reset;
use crate::document::{Entry, Map, Node, Value};
use crate::place::Origin;

/// The most values that extending services may copy.
const MAX_COPIES: usize = 2_000_000;

/// What a set of files is resolved with.
#[derive(Clone)]
pub(super) struct Context<'c> {
    /// What relative paths are relative to, absolute.
    pub(super) directory: PathBuf,
    /// What they are resolved to: the same, or for a file that is included, the way there from the including one.
    pub(super) base: PathBuf,
    pub(super) environment: &'c Environment,
    /// The files that include this one, the outermost first.
    pub(super) included: Vec<PathBuf>,
    /// A file that is extended: nothing is included, extended or held against the shapes.
    pub(super) extending: bool,
    pub(super) interpolate: bool,
}

/// Where another file names a file, and what it is if that can't be read.
pub(super) struct Named<'n> {
    pub(super) cause: &'static str,
    pub(super) path: &'n Path,
    pub(super) origin: &'n Origin,
}

pub(super) struct Loader<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) notices: Vec<Notice>,
    /// The files that services extend, by their path and the directory that they are extended from.
    pub(super) extended: HashMap<(PathBuf, PathBuf), Arc<extends::Extended>>,
    home: Option<String>,
    copied: usize,
}

impl Loader<'_> {
    pub(super) fn home(&self) -> Option<&str> {
        self.home.as_deref()
    }

    /// Counts what a copy costs.
    pub(super) fn spend(&mut self, node: &Node, origin: &Origin) -> Result<(), NoProject> {
        self.copied += size(node);
        if self.copied <= MAX_COPIES {
            return Ok(());
        }
        let message = "extending services makes too many values";
        Err(Rejection::new(cause::TOO_LARGE, &Path::default(), Some(origin.clone()), message).into())
    }

    /// The model that a set of files makes, its paths absolute.
    pub(super) fn model(
        &mut self,
        files: &[PathBuf],
        context: &Context<'_>,
        named: Option<&Named<'_>>,
    ) -> Result<Node, NoProject> {
        let mut root = Node::new(Value::Map(Map::new()), Origin::default_of("default"));
        for file in files {
            root = self.file(file, root, context, named)?.0;
        }
        canonical::defaults(&mut root);
        rejected(validate::validate(&root))?;
        rejected(paths::resolve(&mut root, &Base { directory: &context.base, home: self.home.as_deref() }))?;
        if context.interpolate {
            normalise::named_variables(&mut root, context.environment);
        }
        Ok(root)
    }

    /// Merges all documents of a file over a model. Gives the last document's tags too.
    pub(super) fn file(
        &mut self,
        file: &FilePath,
        mut root: Node,
        context: &Context<'_>,
        named: Option<&Named<'_>>,
    ) -> Result<(Node, Vec<Reset>), NoProject> {
        let name = self.reader.files().name(file);
        let documents = self.reader.documents(file).map_err(|failed| match named {
            Some(named) => failed.named(named.cause, named.path, named.origin, file, &name),
            None => failed.into_no_project(file),
        })?;
        let mut resets = Vec::new();
        for document in documents.iter() {
            root = self.document(document.root.clone(), &document.resets, file, root, context)?;
            resets.clone_from(&document.resets);
        }
        Ok((root, resets))
    }

    fn start_of(&self, file: &FilePath) -> Option<Origin> {
        let source = self.reader.sources.iter().find(|source| source.path() == Some(file));
        source.map(|source| Origin::Said(source.place(0, 0)))
    }

    fn document(
        &mut self,
        mut own: Node,
        resets: &[Reset],
        file: &FilePath,
        mut root: Node,
        context: &Context<'_>,
    ) -> Result<Node, NoProject> {
        let top = Path::default();
        match &own.value {
            Value::Map(_) => {}
            Value::Null => {
                let message = "there is nothing in the file";
                return Err(Rejection::new(cause::EMPTY_FILE, &top, self.start_of(file), message).into());
            }
            _ => {
                let message = "a compose file is a mapping with `services:` in it";
                return Err(Rejection::new(cause::INVALID_TYPE, &top, Some(own.origin.clone()), message).into());
            }
        }
        if context.interpolate {
            rejected(interpolate::interpolate(&mut own, &top, context.environment, &mut self.notices))?;
        }
        if !context.extending {
            extends::apply(&mut own, file, resets, context, self)?;
        }
        reset::apply(&mut root, resets);
        if !context.extending {
            include::apply(&mut own, file, context, self)?;
        }
        root = merge::merge(root, own, &mut Path::default())?;
        rejected(unique::unique(&mut root))?;
        if !context.extending {
            rejected(schema::validate(&root))?;
            self.drop_version(&mut root);
        }
        rejected(canonical::canonical(&mut root, !context.interpolate, &mut self.notices))?;
        omit_empty(&mut root);
        rejected(unique::unique(&mut root))?;
        Ok(root)
    }

    fn drop_version(&mut self, root: &mut Node) {
        let Value::Map(map) = &mut root.value else { return };
        let Some(version) = map.shift_remove("version") else { return };
        let notice = Notice {
            cause: "obsolete-version",
            about: "version".to_owned(),
            path: "version".to_owned(),
            origin: Some(version.key),
            message: "`version` is obsolete and ignored; remove it".to_owned(),
        };
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }
}

pub(super) fn rejected(mistakes: Vec<Rejection>) -> Result<(), NoProject> {
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes.into()) }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::Map(map) => map.values().map(|entry| size(&entry.node)).sum(),
        Value::Seq(items) => items.iter().map(size).sum(),
        _ => 0,
    }
}

/// Drops empty addresses of name servers, which an unset variable leaves.
fn omit_empty(root: &mut Node) {
    let Some(services) = normalise::section(root, "services") else { return };
    for service in services.values_mut() {
        if let Some(Value::Seq(items)) = normalise::field(&mut service.node, "dns").map(|node| &mut node.value) {
            items.retain(|item| !item.is_null() && item.as_str() != Some(""));
        }
    }
}

/// What is no YAML is told before anything else that is wrong with any file.
fn syntax(files: &[PathBuf], loader: &mut Loader<'_>) -> Result<(), NoProject> {
    let mut mistakes = Vec::new();
    for file in files {
        match loader.reader.documents(file) {
            Ok(_) => {}
            Err(Failed::Malformed(rejections)) => {
                mistakes.extend(rejections.into_iter().filter(|rejection| rejection.cause == cause::YAML_SYNTAX));
            }
            Err(Failed::Unread(_)) => break,
        }
    }
    rejected(mistakes)
}

/// The project's name, and whether the user gave it.
fn name(
    settings: &Settings,
    found: &discover::Found,
    loader: &mut Loader<'_>,
) -> Result<(String, Origin), NoProject> {
    let invalid = |name: &str, origin: Option<Origin>| -> NoProject {
        let message = format!("`{name}` is no name of a project");
        let rejection = Rejection::new(cause::INVALID_NAME, &Path::of(&["name"]), origin, message);
        rejection.help("use small letters, digits, `-` and `_`, the first a letter or digit").into()
    };
    if let Some(given) = settings.project_name.as_ref().filter(|given| !given.is_empty()) {
        if discover::normalised_name(given) != *given {
            return Err(invalid(given, None));
        }
        return Ok((given.clone(), Origin::default_of("project-name-flag")));
    }
    if let Some(given) = found.environment.get("COMPOSE_PROJECT_NAME").filter(|given| !given.value.is_empty()) {
        if discover::normalised_name(&given.value) != given.value {
            return Err(invalid(&given.value, Some(given.origin.clone())));
        }
        return Ok((given.value.clone(), given.origin.clone()));
    }
    let mut said = None;
    for file in &found.files {
        // What is wrong with a file is told when it is read in earnest.
        let Ok(documents) = loader.reader.documents(file) else { break };
        for document in documents.iter() {
            let name = document.root.get("name").filter(|name| name.scalar().is_some_and(|name| !name.is_empty()));
            said = name.cloned().map(super::make::as_text).or(said);
        }
    }
    if let Some(mut said) = said {
        if !settings.no_interpolate {
            let mut notices = Vec::new();
            let path = Path::of(&["name"]);
            rejected(interpolate::interpolate(&mut said, &path, &found.environment, &mut notices))?;
        }
        let name = discover::normalised_name(said.as_str().unwrap_or_default());
        if name.is_empty() {
            return Err(invalid(said.as_str().unwrap_or_default(), Some(said.origin.clone())));
        }
        let same = Some(name.as_str()) == said.as_str();
        let origin = if same { said.origin } else { super::make::derived("converted", [said.origin]) };
        return Ok((name, origin));
    }
    let directory = found.directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match discover::normalised_name(&directory) {
        name if name.is_empty() => Err(invalid(&directory, None)),
        name => Ok((name, Origin::default_of("directory-name"))),
    }
}

/// Resolves a project.
pub(super) fn load(settings: &Settings, files: &dyn super::Files) -> Result<Project, NoProject> {
    let mut loader = Loader {
        reader: Reader::new(files, settings.stdin.as_deref()),
        notices: Vec::new(),
        extended: HashMap::new(),
        home: settings.environment.get("HOME").cloned(),
        copied: 0,
    };
    let mut notices = Vec::new();
    let mut found = discover::find(settings, &loader.reader, &mut notices)?;
    loader.notices = notices;
    // With a name on the command line, Compose doesn't look into the files for one.
    if settings.project_name.as_ref().is_none_or(String::is_empty) {
        syntax(&found.files, &mut loader)?;
    }
    let (name, name_origin) = name(settings, &found, &mut loader)?;
    let variable = Variable { value: name.clone(), origin: name_origin.clone() };
    found.environment.set("COMPOSE_PROJECT_NAME", variable);
    let context = Context {
        directory: found.directory.clone(),
        base: found.directory.clone(),
        environment: &found.environment,
        included: Vec::new(),
        extending: false,
        interpolate: !settings.no_interpolate,
    };
    let mut root = loader.model(&found.files, &context, None)?;
    if root.as_map().is_none_or(Map::is_empty) {
        let message = "there is nothing in the files";
        let origin = found.files.first().and_then(|file| loader.start_of(file));
        return Err(Rejection::new(cause::EMPTY_FILE, &Path::default(), origin, message).into());
    }
    let nothing = Environment::default();
    let environment = if settings.no_interpolate { &nothing } else { &found.environment };
    normalise::normalise(&mut root, &name, &name_origin, environment);
    if settings.no_interpolate {
        return Ok(uninterpolated(root, name, name_origin, found.directory, loader));
    }
    let files_of = variables::files_of(&root);
    let (model, mistakes) = model::effective(root);
    rejected(mistakes)?;
    let (mut model, inactive) = active(model, &found.profiles);
    let checked = consistency::Active { model: &model, inactive: inactive.iter().cloned().collect() };
    rejected(consistency::check(&checked))?;
    replicas(&mut model);
    rejected(variables::resolve(&mut model, files_of, &found.environment, &loader.reader, &mut loader.notices))?;
    rejected(consistency::container_names(&model))?;
    let model = assemble(model, &name, &name_origin);
    let sources: Vec<Arc<_>> = loader.reader.sources.clone();
    // A file that is read for two reasons says the same twice.
    let mut told = HashSet::new();
    loader.notices.retain(|notice| told.insert(format!("{notice:?}")));
    Ok(Project {
        name,
        name_origin,
        directory: found.directory,
        model,
        files: sources,
        notices: loader.notices,
        inactive,
    })
}

/// The project as `config --no-interpolate` has it: references to variables may stand where a number must, so nothing
/// is converted, left out or held against anything.
fn uninterpolated(root: Node, name: String, name_origin: Origin, directory: PathBuf, loader: Loader<'_>) -> Project {
    let mut model = root;
    if let Value::Map(map) = &mut model.value {
        let node = super::make::text(name.clone(), name_origin.clone());
        map.shift_remove("name");
        map.shift_insert(0, "name".to_owned(), Entry { key: Origin::default_of("default"), node });
    }
    hollow(&mut model, &mut Path::default());
    let files = loader.reader.sources.clone();
    Project { name, name_origin, directory, model, files, notices: loader.notices, inactive: Vec::new() }
}

/// Empty lists are nothing, as Compose prints them where it knows no type, but for those whose items are told apart by a key.
fn hollow(node: &mut Node, path: &mut Path) {
    match &mut node.value {
        Value::Map(map) => {
            for (key, entry) in map {
                path.push_key(key);
                hollow(&mut entry.node, path);
                path.pop();
            }
        }
        Value::Seq(items) if items.is_empty() && !unique::is_keyed(path) => {
            *node = Node::new(Value::Null, super::make::derived("converted", [node.origin.clone()]));
        }
        Value::Seq(items) => items.iter_mut().for_each(|item| hollow(item, path)),
        _ => {}
    }
}

/// Takes out the services whose profiles are not active.
fn active(mut model: Node, profiles: &[String]) -> (Node, Vec<(String, Origin)>) {
    let all = profiles.iter().any(|profile| profile == "*");
    let mut inactive = Vec::new();
    if let Some(services) = normalise::section(&mut model, "services") {
        services.retain(|name, entry| {
            let own = entry.node.get("profiles");
            let wanted = |profile: &Node| profile.as_str().is_some_and(|p| profiles.iter().any(|active| active == p));
            let keep = all || own.is_none() || own.into_iter().flat_map(Node::items).any(wanted);
            if !keep {
                inactive.push((name.clone(), entry.key.clone()));
            }
            keep
        });
    }
    (model, inactive)
}

/// `scale` says the number of replicas too, where anything is said about deployment.
fn replicas(model: &mut Node) {
    let Some(services) = normalise::section(model, "services") else { return };
    for service in services.values_mut() {
        let Some(scale) = service.node.get("scale").cloned() else { continue };
        if let Some(Value::Map(deploy)) = normalise::field(&mut service.node, "deploy").map(|node| &mut node.value) {
            let key = Origin::default_of("default");
            deploy.entry("replicas".to_owned()).or_insert_with(|| Entry { key, node: scale });
        }
    }
}

/// The model in the order in which it is shown: the name, the services, and of the rest what a service uses.
fn assemble(model: Node, name: &str, name_origin: &Origin) -> Node {
    let Value::Map(mut map) = model.value else { return model };
    let mut whole = Map::new();
    let node = super::make::text(name, name_origin.clone());
    whole.insert("name".to_owned(), Entry { key: Origin::default_of("default"), node });
    let nothing = || Entry {
        key: Origin::default_of("default"),
        node: Node::new(Value::Map(Map::new()), Origin::default_of("default")),
    };
    let services = map.shift_remove("services").unwrap_or_else(nothing);
    for section in ["networks", "volumes", "secrets", "configs", "models"] {
        let Some(mut entry) = map.shift_remove(section) else { continue };
        let used = used(&services.node, section);
        if let Value::Map(items) = &mut entry.node.value {
            items.retain(|name, _| used.contains(name.as_str()));
            if !items.is_empty() {
                whole.insert(section.to_owned(), entry);
            }
        }
    }
    whole.shift_insert(1, "services".to_owned(), services);
    for (key, mut entry) in map {
        if key.starts_with("x-") {
            hollow(&mut entry.node, &mut Path::of(&[&key]));
            whole.insert(key, entry);
        }
    }
    Node::new(Value::Map(whole), model.origin)
}

/// The names of a section that services use.
fn used<'a>(services: &'a Node, section: &str) -> std::collections::HashSet<&'a str> {
    let source = |node: &'a Node| node.get("source").and_then(Node::as_str);
    let mut names = std::collections::HashSet::new();
    for (_, entry) in services.entries() {
        let service = &entry.node;
        let own = || service.get(section);
        match section {
            "networks" | "models" => names.extend(own().into_iter().flat_map(Node::entries).map(|(name, _)| name)),
            "volumes" => {
                let volumes = own().into_iter().flat_map(Node::items);
                let named = volumes.filter(|volume| volume.get("type").and_then(Node::as_str) == Some("volume"));
                names.extend(named.filter_map(source));
            }
            _ => {
                let built = service.get("build").and_then(|build| build.get(section));
                names.extend(own().into_iter().chain(built).flat_map(Node::items).filter_map(source));
            }
        }
    }
    names
}
