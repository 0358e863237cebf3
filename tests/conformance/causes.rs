//! Compose's messages as causes and paths of the resolver's own.

use gonogo::compose::NoProject;
use regex::Regex;

/// A message of Compose: a pattern, the causes it may mean, and the path with the pattern's groups put in.
///
/// Where a value may take several forms, Compose names the type of one form and not what is wrong with it; such a
/// message stands for several causes, and the path may be that of a part.
const MESSAGES: &[(&str, &[&str], &str)] = &[
    (r"^dependency cycle detected: ", &["dependency-cycle"], "*"),
    (r"(?s)^include cycle detected", &["include-cycle"], "*"),
    (r"^ ?include ", &["include-cycle"], "*"),
    (r"mapping key .* already defined", &["duplicate-key"], "*"),
    (r"^non-string key in (\S+):", &["non-string-key"], "*"),
    (r"non-string key at top level", &["non-string-key"], "*"),
    (r"cycle detected: node at path|value contains itself", &["alias-cycle"], "*"),
    (r"invalid map key", &["non-string-key"], "*"),
    (r"(?s)^yaml: .*cannot unmarshal|top-level object must be a mapping", &["invalid-type", "empty-file"], "*"),
    (r"^(?:failed to parse \S+: )?yaml: ", &["yaml-syntax"], "*"),
    (r"^empty compose file", &["empty-file"], "*"),
    (r"^invalid interpolation format for (\S+)\.\n", &["invalid-interpolation"], "$1"),
    (r"error while interpolating (\S+): required variable", &["required-variable"], "$1"),
    (r"error while interpolating (\S+): failed to cast", &["invalid-type"], "$1"),
    (r"validating \S+: +additional properties (.*) not allowed", &["unknown-key"], "{$1}"),
    (r"validating \S+: (\S+) additional properties (.*) not allowed", &["unknown-key"], "$1.{$2}"),
    (r"validating \S+: (\S+) missing propert(?:y|ies)", &["missing-key"], "$1"),
    (r"validating \S+: (\S+) items at \d+ and (\d+) are equal", &["duplicate-item"], "$1[$2]"),
    (
        r"validating \S+: (\S+) must be an? ",
        &["invalid-type", "invalid-value", "missing-key", "unknown-key", "duplicate-item"],
        "$1*",
    ),
    (
        r"validating \S+: (\S+) (?:value must be|'.*' does not match|invalid jsonType|must be)",
        &["invalid-value", "invalid-type"],
        "$1*",
    ),
    (r"^(services\S*)[ :]+must be a mapping", &["invalid-type"], "$1"),
    (r"^(\S+): unexpected type", &["invalid-type"], "$1"),
    // What is extended is merged under a name of its own.
    (r"cannon?t override services\.x\.", &["merge-mismatch"], "*"),
    (r"target \S+ already mounted as", &["duplicate-mount"], "*"),
    (r"cannon?t override (\S+)", &["merge-mismatch"], "$1"),
    (r"^(\S+): unsupported expose value", &["invalid-type"], "$1"),
    (r"missing a (?:mount target|target port)|environment path attribute \S+ is missing", &["missing-key"], "*"),
    (
        r"^invalid (?:containerPort|hostPort|proto|IP address|ranges)|no port specified|invalid port",
        &["invalid-value"],
        "*",
    ),
    (r"invalid type \S+ for port", &["invalid-type"], "*"),
    (r"^invalid (?:spec|empty volume spec)|confusing device mapping", &["invalid-value"], "*"),
    (r"invalid mount config for type", &["missing-key"], "*"),
    (r"(?s)^decoding failed.*'services\[([^\]]+)\]\.(\S+)'", &["invalid-value", "invalid-type"], "services.$1.$2*"),
    (r"(?s)^decoding failed", &["invalid-value", "invalid-type"], "*"),
    (r"Circular reference", &["extends-cycle"], "*"),
    (r"^cannot extend service", &["extends-service"], "*"),
    (r"^open \S+: no such file", &["extends-file", "include-file"], "*"),
    (r"^read \S+: is a directory", &["extends-file", "include-file"], "*"),
    (r"^extends\.\S+\.service is required", &["missing-key"], "*"),
    (r"conflicts with imported resource", &["include-conflict"], "*"),
    (r"`include` must be a list", &["invalid-type"], "*"),
    (r"^env file \S+ not found|^stat .*\.env|couldn't find env file", &["env-file"], "*"),
    (
        r"^failed to read \S+:|unexpected character .* in variable name|unterminated quoted value",
        &["env-file-syntax"],
        "*",
    ),
    (r"^label file \S+ not found", &["label-file"], "*"),
    (r"^service (\S+) refers to undefined network (\S+):", &["undefined-network"], "services.$1.networks.$2"),
    (r"^service (\S+) refers to undefined volume", &["undefined-volume"], "services.$1.volumes*"),
    (r"^service (\S+) refers to undefined (?:build )?secret", &["undefined-secret"], "services.$1*"),
    (r"^service (\S+) refers to undefined config", &["undefined-config"], "services.$1.configs*"),
    (r"^service (\S+) refers to undefined model (\S+):", &["undefined-model"], "services.$1.models.$2"),
    (
        r"^service (\S+) depends on undefined service (\S+):",
        &["undefined-service", "inactive-service"],
        "services.$1.depends_on.$2",
    ),
    (r"declares unknown service", &["undefined-service"], "*"),
    (r"^service (\S+) has neither an image nor a build", &["no-image"], "services.$1"),
    (r"container name .* is already in use", &["container-name"], "*"),
    (r"as container name must be unique", &["container-name"], "*"),
    (r"^services\.(\S+): can't set distinct values", &["distinct-values"], "services.$1"),
    (r"^secret (\S+) must declare either", &["missing-key"], "secrets.$1"),
    (r"^(\S+): name and external.name conflict", &["exclusive-options"], "$1"),
    (r"^failed to parse env_file", &["env-file-syntax"], "*"),
    (r"exclusive|conflicting parameters", &["exclusive-options"], "*"),
    (r"^(\S+): one of .* must be set", &["missing-key"], "$1"),
    (r"^(\S+): invalid ip address", &["invalid-value"], "$1*"),
    (r"^(\S+): value can't be blank", &["invalid-value"], "*"),
    (r"target is required for non-rebuild", &["missing-key"], "*"),
    (r"^(\S+): must be greater than", &["invalid-value"], "$1"),
    (r"healthcheck.test must start", &["invalid-value"], "*"),
    (r"service.build.platforms MUST include", &["invalid-value"], "*"),
    (r"invalid project name|project name must not be empty", &["invalid-name"], "*"),
];

/// Whether a rejection is for what Compose rejects for.
pub(crate) fn agree(message: &str, made: &NoProject) -> Result<(), String> {
    let NoProject::Rejected(rejected) = made else {
        return match made {
            NoProject::Unreadable { .. } if message.contains("no such file") || message.contains("env file") => {
                Ok(())
            }
            NoProject::NotFound(_) if message.contains("no configuration file") => Ok(()),
            _ => Err("the resolver finds no project".to_owned()),
        };
    };
    for (pattern, causes, path) in MESSAGES {
        let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
        let Some(found) = regex.captures(message) else { continue };
        let mut wanted = String::new();
        found.expand(path, &mut wanted);
        let meets = |made: &str| wanted == "*" || alternatives(&wanted).iter().any(|wanted| equal(wanted, made));
        if rejected.rejections.iter().any(|made| causes.contains(&made.cause) && meets(&made.path)) {
            return Ok(());
        }
        return Err(format!("wanted: {} at {wanted}", causes.join(" or ")));
    }
    Err("Compose's message is not mapped to a cause".to_owned())
}

/// `a.{'b', 'c'}` is `a.b` and `a.c`.
fn alternatives(path: &str) -> Vec<String> {
    match (path.find('{'), path.find('}')) {
        (Some(open), Some(close)) => path[open + 1..close]
            .split(", ")
            .map(|name| format!("{}{}{}", &path[..open], name.trim_matches('\''), &path[close + 1..]))
            .collect(),
        _ => vec![path.to_owned()],
    }
}

/// Paths are equal but for how indices and quotes are written; `[]` is any index, and one that ends in `*` may go on.
fn equal(wanted: &str, made: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let dotted = path.replace("[]", ".#").replace('[', ".").replace([']', '"', ':'], "");
        dotted.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (open, wanted) = wanted.strip_suffix('*').map_or((false, wanted), |start| (true, start));
    let (wanted, made) = (parts(wanted), parts(made));
    let same = |(wanted, made): (&String, &String)| {
        wanted == made || (wanted == "#" && made.bytes().all(|byte| byte.is_ascii_digit()))
    };
    (wanted.len() == made.len() || (open && wanted.len() < made.len())) && wanted.iter().zip(&made).all(same)
}
