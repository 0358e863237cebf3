//! What the code in a build context falls back on where a variable is not set, and what its Dockerfile sets.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use gonogo::check::Context;
use gonogo::compose::{Project, Service};
use gonogo::document::Node;
use gonogo::fact::file::{Entries, FileKind};
use gonogo::finding::Site;
use gonogo::place::Source;
use gonogo::secret::is_sensitive_name;
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

static DOCKERFILE_ENV: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?mi)^[ \t]*ENV[ \t]+([A-Za-z][A-Za-z0-9_]+)(?:=|[ \t]+)["']?([^"'\n\s\\]+)["']?"#).ok()
});

/// What a service's own build context says about secrets.
pub(super) async fn statements(cx: &Context, project: &Arc<Project>, service: &str) -> Vec<Statement> {
    let Some((context, dockerfile)) = project.service(service).and_then(context_of) else { return Vec::new() };
    let mut found = Vec::new();
    if let (Ok(source), Some(pattern)) = (cx.read(context.join(dockerfile)).await, &*DOCKERFILE_ENV) {
        found.extend(matches(&source, pattern, service, Kind::Image));
    }
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

fn matches(source: &Arc<Source>, pattern: &Regex, service: &str, kind: Kind) -> Vec<Statement> {
    (pattern.captures_iter(source.text()))
        .filter_map(|captures| {
            let (name, value) = (captures.get(1)?, captures.get(2)?);
            let said = value.as_str();
            // A reference to another variable, or a sentence, is no default.
            let plain = !said.trim().is_empty() && !said.contains(['$', '{', ' ']);
            (is_sensitive_name(name.as_str()) && plain).then(|| Statement {
                service: service.to_owned(),
                name: name.as_str().to_owned(),
                value: said.to_owned(),
                site: Site::Text(source.place(value.start(), value.end())),
                kind,
            })
        })
        .collect()
}

/// A service's build context and the Dockerfile in it.
pub(super) fn context_of(service: Service<'_>) -> Option<(PathBuf, &str)> {
    let build = service.get("build")?;
    let context = build.get("context").and_then(Node::as_str).map(PathBuf::from)?;
    Some((context, build.get("dockerfile").and_then(Node::as_str).unwrap_or("Dockerfile")))
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
