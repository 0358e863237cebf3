//! What the code in a build context falls back on where a variable is not set, and what its Dockerfile sets.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use gonogo::check::Context;
use gonogo::compose::Project;
use gonogo::document::Node;
use gonogo::fact::file::{Entries, FileKind};
use gonogo::finding::Site;
use gonogo::inference::dockerfile::Recipe;
use gonogo::place::{Place, Source};
use gonogo::secret::is_sensitive_name;
use gonogo::word::Word;
use regex::Regex;

use super::statement::{Kind, Statement};

/// The most files of one context that are looked into.
const FILES: usize = 300;
/// The deepest folder below a context that is looked into.
const DEPTH: usize = 6;
/// The most text of one context that is looked into, in bytes.
const BYTES: usize = 4 << 20;

const LANGUAGES: &[&str] = &[
    "py",
    "js",
    "mjs",
    "cjs",
    "ts",
    "tsx",
    "jsx",
    "go",
    "rs",
    "rb",
    "php",
    "java",
    "kt",
    "cs",
    "sh",
    "bash",
    "yml",
    "yaml",
    "properties",
];

/// Folders that hold others' code, or code that does not run in the service.
const PASSED_OVER: &[&str] = &[
    "node_modules",
    "vendor",
    "venv",
    "site-packages",
    "dist",
    "build",
    "target",
    "test",
    "tests",
    "__tests__",
    "spec",
    "examples",
    "docs",
    "fixtures",
    "migrations",
];

/// Ways in which a name and its default stand in code: the first group is the name, the second the default.
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // os.environ.get("N", "d"), getEnv("N", "d"), config("N", default="d"), ENV.fetch("N", "d"), env('N', 'd')
        r#"\(\s*["'`]([A-Za-z][A-Za-z0-9_]+)["'`]\s*,\s*(?:default\s*=\s*)?["'`]([^"'`\n]*)["'`]"#,
        // process.env.N || "d", ENV["N"] || "d", os.environ.get("N") or "d", getenv('N') ?: 'd'
        r#"(?i:env|environ|getenv)(?:\.get)?[.\[("'`]+([A-Za-z][A-Za-z0-9_]+)["'`)\]]*\s*(?:\|\||\?\?|\?:|\bor\b)\s*["'`]([^"'`\n]*)["'`]"#,
        // std::env::var("N").unwrap_or_else(|_| "d".into())
        r#"var\(\s*"([A-Za-z][A-Za-z0-9_]+)"\s*\)[^"\n;]{0,40}unwrap_or[^"\n]{0,20}"([^"\n]*)""#,
        // ${N:-d}, ${N:=d}; Spring's ${N:d}
        r"\$\{([A-Za-z][A-Za-z0-9_]+)(?::-|:=|-|=|:)([^}\n$]*)\}",
        // N = "d", const N = 'd', N: str = "d"
        r#"(?m)^\s*(?:export\s+)?(?:const\s+|let\s+|var\s+)?([A-Za-z][A-Za-z0-9_]+)(?:\s*:\s*[A-Za-z\[\]| ]+)?\s*=\s*["']([^"'\n]+)["']\s*[;,]?\s*(?:#.*|//.*)?$"#,
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

/// What a service's own build context says about secrets.
pub(super) async fn statements(cx: &Context, project: &Arc<Project>, service: &str) -> Vec<Statement> {
    let Some(build) = project.service(service).and_then(|service| service.get("build")) else { return Vec::new() };
    let mut found = built(cx, build, service).await;
    let Some(context) = context_of(build) else { return found };
    let mut bytes = 0;
    for path in files(cx, &context, is_source).await {
        let Ok(source) = cx.read(path).await else { continue };
        bytes += source.text().len();
        if bytes > BYTES {
            break;
        }
        for pattern in PATTERNS.iter() {
            found.extend(matches(&source, pattern, service, Kind::Default));
        }
    }
    // What the image sets, the code does not fall back on.
    let image: Vec<String> = found.iter().filter(|s| s.kind == Kind::Image).map(|s| s.name.clone()).collect();
    found.retain(|statement| statement.kind == Kind::Image || !image.contains(&statement.name));
    found
}

/// What a service's Dockerfile sets.
async fn built(cx: &Context, build: &Node, service: &str) -> Vec<Statement> {
    let Some(recipe) = Recipe::of(build) else { return Vec::new() };
    let Ok(source) = recipe.source(cx).await else { return Vec::new() };
    let environment = recipe.stage(build, &source).map(|stage| stage.environment).unwrap_or_default();
    let said = |(name, word): (String, Word)| statement(service, &name, &word.text()?, word.place()?, Kind::Image);
    environment.into_iter().filter_map(said).collect()
}

fn matches(source: &Arc<Source>, pattern: &Regex, service: &str, kind: Kind) -> Vec<Statement> {
    (pattern.captures_iter(source.text()))
        .filter_map(|captures| {
            let (name, value) = (captures.get(1)?, captures.get(2)?);
            statement(service, name.as_str(), value.as_str(), source.place(value.start(), value.end()), kind)
        })
        .collect()
}

/// What is said of a secret. A reference to another variable, or a sentence, is no default.
fn statement(service: &str, name: &str, value: &str, place: Place, kind: Kind) -> Option<Statement> {
    let plain = !value.trim().is_empty() && !value.contains(['$', '{', ' ']);
    (is_sensitive_name(name) && plain).then(|| Statement {
        service: service.to_owned(),
        name: name.to_owned(),
        value: value.to_owned(),
        site: Site::Text(place),
        kind,
    })
}

/// A service's build context.
pub(super) fn context_of(build: &Node) -> Option<PathBuf> {
    build.get("context").and_then(Node::as_str).map(PathBuf::from)
}

/// The files of a context whose names are wanted, the nearest to its root first.
pub(super) async fn files(cx: &Context, context: &Path, wanted: fn(&str) -> bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![context.to_owned()];
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        for folder in folders {
            let Ok(entries) = cx.ask(Entries { path: folder.clone() }).await else { continue };
            for entry in entries.iter().filter(|entry| !entry.name.starts_with('.')) {
                let path = folder.join(&entry.name);
                match entry.kind {
                    FileKind::Directory if !PASSED_OVER.contains(&entry.name.as_str()) => below.push(path),
                    FileKind::File if wanted(&entry.name) => files.push(path),
                    _ => {}
                }
            }
            if files.len() >= FILES || below.len() >= FILES {
                files.truncate(FILES);
                return files;
            }
        }
        folders = below;
    }
    files
}

fn is_source(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let test =
        stem.starts_with("test_") || stem.ends_with("_test") || stem.ends_with(".test") || stem.ends_with(".spec");
    !test && LANGUAGES.contains(&extension) && !name.starts_with("docker-compose") && !name.starts_with("compose.")
}
