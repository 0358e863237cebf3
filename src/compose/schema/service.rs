//! The shape of a service.

use super::shapes::{
    BOOL_OR_STRING, COMMAND, INT_OR_STRING, LIST_OR_DICT, NUM_OR_STRING, OPTIONS, STRING, STRING_OR_LIST, STRINGS,
    UNIQUE_STRINGS, closed,
};
use super::{Key, NOTHING, NUMBER, Object, Rule, Shape, TEXT, TRUTH, WHOLE};

const fn object(object: &'static Object) -> Shape {
    Shape::Object(object)
}

pub(super) static SERVICE: Object = closed(&[
    ("develop", object(&DEVELOP)),
    ("deploy", object(&DEPLOY)),
    ("annotations", LIST_OR_DICT),
    ("attach", BOOL_OR_STRING),
    ("build", Shape::Or(&[STRING, object(&BUILD)])),
    ("blkio_config", object(&BLKIO)),
    ("cap_add", UNIQUE_STRINGS),
    ("cap_drop", UNIQUE_STRINGS),
    ("cgroup", Shape::Held(TEXT, Rule::OneOf(&["host", "private"]))),
    ("cgroup_parent", STRING),
    ("command", COMMAND),
    ("configs", CONFIGS_OR_SECRETS),
    ("container_name", Shape::Held(TEXT, Rule::Found(container_name, "a name of letters, digits, `_`, `.` and `-`"))),
    ("cpu_count", Shape::Held(TEXT | WHOLE, Rule::Within(0, i64::MAX))),
    ("cpu_percent", Shape::Held(TEXT | WHOLE, Rule::Within(0, 100))),
    ("cpu_shares", NUM_OR_STRING),
    ("cpu_quota", NUM_OR_STRING),
    ("cpu_period", NUM_OR_STRING),
    ("cpu_rt_period", NUM_OR_STRING),
    ("cpu_rt_runtime", NUM_OR_STRING),
    ("cpus", NUM_OR_STRING),
    ("cpuset", STRING),
    ("credential_spec", object(&CREDENTIAL_SPEC)),
    ("depends_on", DEPENDS_ON),
    ("device_cgroup_rules", UNIQUE_STRINGS),
    ("devices", Shape::List { of: &Shape::Or(&[STRING, object(&DEVICE)]), unique: false }),
    ("dns", STRING_OR_LIST),
    ("dns_opt", UNIQUE_STRINGS),
    ("dns_search", STRING_OR_LIST),
    ("domainname", STRING),
    ("entrypoint", COMMAND),
    ("env_file", ENV_FILE),
    ("label_file", Shape::Or(&[STRING, STRINGS])),
    ("environment", LIST_OR_DICT),
    ("expose", Shape::List { of: &NUM_OR_STRING, unique: true }),
    ("extends", Shape::Or(&[STRING, object(&EXTENDS)])),
    ("provider", object(&PROVIDER)),
    ("external_links", UNIQUE_STRINGS),
    ("extra_hosts", EXTRA_HOSTS),
    ("gpus", GPUS),
    ("group_add", Shape::List { of: &NUM_OR_STRING, unique: true }),
    ("healthcheck", object(&HEALTHCHECK)),
    ("hostname", STRING),
    ("image", STRING),
    ("init", BOOL_OR_STRING),
    ("ipc", STRING),
    ("isolation", STRING),
    ("labels", LIST_OR_DICT),
    ("links", UNIQUE_STRINGS),
    ("logging", object(&LOGGING)),
    ("mac_address", STRING),
    ("mem_limit", NUM_OR_STRING),
    ("mem_reservation", INT_OR_STRING),
    ("mem_swappiness", INT_OR_STRING),
    ("memswap_limit", NUM_OR_STRING),
    ("network_mode", STRING),
    ("models", MODELS),
    ("networks", NETWORKS),
    ("oom_kill_disable", BOOL_OR_STRING),
    ("oom_score_adj", Shape::Held(TEXT | WHOLE, Rule::Within(-1000, 1000))),
    ("pid", Shape::One(TEXT | NOTHING)),
    ("pids_limit", NUM_OR_STRING),
    ("platform", STRING),
    ("ports", Shape::List { of: &Shape::Or(&[NUM_OR_STRING, object(&PORT)]), unique: true }),
    ("post_start", HOOKS),
    ("pre_stop", HOOKS),
    ("privileged", BOOL_OR_STRING),
    ("profiles", UNIQUE_STRINGS),
    (
        "pull_policy",
        Shape::Held(
            TEXT,
            Rule::Found(pull_policy, "always, never, build, missing, daily, weekly, refresh or every_…"),
        ),
    ),
    ("pull_refresh_after", STRING),
    ("read_only", BOOL_OR_STRING),
    ("restart", STRING),
    ("runtime", STRING),
    ("scale", INT_OR_STRING),
    ("security_opt", UNIQUE_STRINGS),
    ("shm_size", NUM_OR_STRING),
    ("secrets", CONFIGS_OR_SECRETS),
    ("sysctls", LIST_OR_DICT),
    ("stdin_open", BOOL_OR_STRING),
    ("stop_grace_period", STRING),
    ("stop_signal", STRING),
    ("storage_opt", Shape::Names { key: Key::Some, of: &Shape::Any, closed: false }),
    ("tmpfs", STRING_OR_LIST),
    ("tty", BOOL_OR_STRING),
    ("ulimits", ULIMITS),
    ("use_api_socket", Shape::One(TRUTH)),
    ("user", STRING),
    ("uts", STRING),
    ("userns_mode", STRING),
    ("volumes", Shape::List { of: &Shape::Or(&[STRING, object(&MOUNT)]), unique: true }),
    ("volumes_from", UNIQUE_STRINGS),
    ("working_dir", STRING),
]);

static BUILD: Object = closed(&[
    ("context", STRING),
    ("dockerfile", STRING),
    ("dockerfile_inline", STRING),
    ("entitlements", STRINGS),
    ("args", LIST_OR_DICT),
    ("ssh", LIST_OR_DICT),
    ("labels", LIST_OR_DICT),
    ("cache_from", STRINGS),
    ("cache_to", STRINGS),
    ("no_cache", BOOL_OR_STRING),
    ("additional_contexts", LIST_OR_DICT),
    ("network", STRING),
    ("provenance", BOOL_OR_STRING),
    ("sbom", BOOL_OR_STRING),
    ("pull", BOOL_OR_STRING),
    ("target", STRING),
    ("shm_size", INT_OR_STRING),
    ("extra_hosts", EXTRA_HOSTS),
    ("isolation", STRING),
    ("privileged", BOOL_OR_STRING),
    ("secrets", CONFIGS_OR_SECRETS),
    ("tags", STRINGS),
    ("ulimits", ULIMITS),
    ("platforms", STRINGS),
]);

static BLKIO: Object = Object {
    extensible: false,
    ..closed(&[
        ("device_read_bps", BLKIO_LIMITS),
        ("device_read_iops", BLKIO_LIMITS),
        ("device_write_bps", BLKIO_LIMITS),
        ("device_write_iops", BLKIO_LIMITS),
        ("weight", INT_OR_STRING),
        ("weight_device", Shape::List { of: &object(&BLKIO_WEIGHT), unique: false }),
    ])
};
const BLKIO_LIMITS: Shape = Shape::List { of: &object(&BLKIO_LIMIT), unique: false };
static BLKIO_LIMIT: Object = Object { extensible: false, ..closed(&[("path", STRING), ("rate", INT_OR_STRING)]) };
static BLKIO_WEIGHT: Object = Object { extensible: false, ..closed(&[("path", STRING), ("weight", INT_OR_STRING)]) };

static CREDENTIAL_SPEC: Object = closed(&[("config", STRING), ("file", STRING), ("registry", STRING)]);

const DEPENDS_ON: Shape =
    Shape::Or(&[UNIQUE_STRINGS, Shape::Names { key: Key::Name, of: &object(&DEPENDENCY), closed: true }]);
static DEPENDENCY: Object = Object {
    required: &["condition"],
    ..closed(&[
        ("restart", BOOL_OR_STRING),
        ("required", Shape::One(TRUTH)),
        (
            "condition",
            Shape::Held(TEXT, Rule::OneOf(&["service_started", "service_healthy", "service_completed_successfully"])),
        ),
    ])
};

static DEVICE: Object =
    Object { required: &["source"], ..closed(&[("source", STRING), ("target", STRING), ("permissions", STRING)]) };

const ENV_FILE: Shape =
    Shape::Or(&[STRING, Shape::List { of: &Shape::Or(&[STRING, object(&ENV_FILE_LONG)]), unique: false }]);
static ENV_FILE_LONG: Object = Object {
    required: &["path"],
    extensible: false,
    ..closed(&[("path", STRING), ("format", STRING), ("required", BOOL_OR_STRING)])
};

static EXTENDS: Object =
    Object { required: &["service"], extensible: false, ..closed(&[("service", STRING), ("file", STRING)]) };

static PROVIDER: Object = Object {
    required: &["type"],
    ..closed(&[
        ("type", STRING),
        (
            "options",
            Shape::Names {
                key: Key::Some,
                of: &Shape::Or(&[
                    Shape::One(TEXT | NUMBER | TRUTH),
                    Shape::List { of: &Shape::One(TEXT | NUMBER | TRUTH), unique: false },
                ]),
                closed: false,
            },
        ),
    ])
};

const EXTRA_HOSTS: Shape =
    Shape::Or(&[Shape::Names { key: Key::Some, of: &Shape::Or(&[STRING, STRINGS]), closed: true }, UNIQUE_STRINGS]);

const GPUS: Shape =
    Shape::Or(&[Shape::Held(TEXT, Rule::OneOf(&["all"])), Shape::List { of: &object(&GPU), unique: false }]);
static GPU: Object = Object { open: true, ..closed(DEVICE_REQUEST_KEYS) };
const DEVICE_REQUEST_KEYS: &[(&str, Shape)] = &[
    ("capabilities", UNIQUE_STRINGS),
    ("count", INT_OR_STRING),
    ("device_ids", UNIQUE_STRINGS),
    ("driver", STRING),
    ("options", LIST_OR_DICT),
];
static DEVICE_REQUEST: Object = Object { required: &["capabilities"], ..closed(DEVICE_REQUEST_KEYS) };

static HEALTHCHECK: Object = closed(&[
    ("disable", BOOL_OR_STRING),
    ("interval", STRING),
    ("retries", NUM_OR_STRING),
    ("test", Shape::Or(&[STRING, STRINGS])),
    ("timeout", STRING),
    ("start_period", STRING),
    ("start_interval", STRING),
]);

static LOGGING: Object = closed(&[
    ("driver", STRING),
    ("options", Shape::Names { key: Key::Some, of: &Shape::One(TEXT | NUMBER | NOTHING), closed: false }),
]);

const MODELS: Shape =
    Shape::Or(&[UNIQUE_STRINGS, Shape::Names { key: Key::Name, of: &object(&MODEL_USE), closed: false }]);
static MODEL_USE: Object = closed(&[("endpoint_var", STRING), ("model_var", STRING)]);

const NETWORKS: Shape =
    Shape::Or(&[UNIQUE_STRINGS, Shape::Names { key: Key::Name, of: &object(&NETWORK_USE), closed: true }]);
static NETWORK_USE: Object = Object {
    nullable: true,
    ..closed(&[
        ("aliases", UNIQUE_STRINGS),
        ("interface_name", STRING),
        ("ipv4_address", STRING),
        ("ipv6_address", STRING),
        ("link_local_ips", UNIQUE_STRINGS),
        ("mac_address", STRING),
        ("driver_opts", OPTIONS),
        ("priority", Shape::One(NUMBER)),
        ("gw_priority", Shape::One(NUMBER)),
    ])
};

static PORT: Object = closed(&[
    ("name", STRING),
    ("mode", STRING),
    ("host_ip", STRING),
    ("target", INT_OR_STRING),
    ("published", INT_OR_STRING),
    ("protocol", STRING),
    ("app_protocol", STRING),
]);

const HOOKS: Shape = Shape::List { of: &object(&HOOK), unique: false };
static HOOK: Object = Object {
    required: &["command"],
    ..closed(&[
        ("command", COMMAND),
        ("user", STRING),
        ("privileged", BOOL_OR_STRING),
        ("working_dir", STRING),
        ("environment", LIST_OR_DICT),
    ])
};

const CONFIGS_OR_SECRETS: Shape = Shape::List { of: &Shape::Or(&[STRING, object(&FILE_MOUNT)]), unique: false };
static FILE_MOUNT: Object =
    closed(&[("source", STRING), ("target", STRING), ("uid", STRING), ("gid", STRING), ("mode", NUM_OR_STRING)]);

const ULIMITS: Shape =
    Shape::Names { key: Key::Letters, of: &Shape::Or(&[INT_OR_STRING, object(&ULIMIT)]), closed: false };
static ULIMIT: Object =
    Object { required: &["soft", "hard"], ..closed(&[("hard", INT_OR_STRING), ("soft", INT_OR_STRING)]) };

static MOUNT: Object = Object {
    required: &["type"],
    ..closed(&[
        ("type", Shape::Held(TEXT, Rule::OneOf(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"]))),
        ("source", STRING),
        ("target", STRING),
        ("read_only", BOOL_OR_STRING),
        ("consistency", STRING),
        ("bind", object(&MOUNT_BIND)),
        ("volume", object(&MOUNT_VOLUME)),
        ("tmpfs", object(&MOUNT_TMPFS)),
        ("image", object(&MOUNT_IMAGE)),
    ])
};
static MOUNT_BIND: Object = closed(&[
    ("propagation", STRING),
    ("create_host_path", BOOL_OR_STRING),
    ("recursive", Shape::Held(TEXT, Rule::OneOf(&["enabled", "disabled", "writable", "readonly"]))),
    ("selinux", Shape::Held(TEXT, Rule::OneOf(&["z", "Z"]))),
]);
static MOUNT_VOLUME: Object = closed(&[("labels", LIST_OR_DICT), ("nocopy", BOOL_OR_STRING), ("subpath", STRING)]);
static MOUNT_TMPFS: Object =
    closed(&[("size", Shape::Held(TEXT | WHOLE, Rule::Within(0, i64::MAX))), ("mode", NUM_OR_STRING)]);
static MOUNT_IMAGE: Object = closed(&[("subpath", STRING)]);

static DEVELOP: Object =
    Object { nullable: true, ..closed(&[("watch", Shape::List { of: &object(&WATCH), unique: false })]) };
static WATCH: Object = Object {
    required: &["path", "action"],
    ..closed(&[
        ("ignore", STRING_OR_LIST),
        ("include", STRING_OR_LIST),
        ("path", STRING),
        ("action", Shape::Held(TEXT, Rule::OneOf(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"]))),
        ("target", STRING),
        ("exec", object(&HOOK)),
        ("initial_sync", Shape::One(TRUTH)),
    ])
};

static DEPLOY: Object = Object {
    nullable: true,
    ..closed(&[
        ("mode", STRING),
        ("endpoint_mode", STRING),
        ("replicas", INT_OR_STRING),
        ("labels", LIST_OR_DICT),
        ("rollback_config", object(&UPDATE)),
        ("update_config", object(&UPDATE)),
        ("resources", object(&RESOURCES)),
        ("restart_policy", object(&RESTART_POLICY)),
        ("placement", object(&PLACEMENT)),
    ])
};
static UPDATE: Object = closed(&[
    ("parallelism", INT_OR_STRING),
    ("delay", STRING),
    ("failure_action", STRING),
    ("monitor", STRING),
    ("max_failure_ratio", NUM_OR_STRING),
    ("order", Shape::Held(TEXT, Rule::OneOf(&["start-first", "stop-first"]))),
]);
static RESOURCES: Object = closed(&[("limits", object(&LIMITS)), ("reservations", object(&RESERVATIONS))]);
static LIMITS: Object = closed(&[("cpus", NUM_OR_STRING), ("memory", STRING), ("pids", INT_OR_STRING)]);
static RESERVATIONS: Object = closed(&[
    ("cpus", NUM_OR_STRING),
    ("memory", STRING),
    ("generic_resources", Shape::List { of: &object(&GENERIC), unique: false }),
    ("devices", Shape::List { of: &object(&DEVICE_REQUEST), unique: false }),
]);
static GENERIC: Object = closed(&[("discrete_resource_spec", object(&DISCRETE))]);
static DISCRETE: Object = closed(&[("kind", STRING), ("value", NUM_OR_STRING)]);
static RESTART_POLICY: Object =
    closed(&[("condition", STRING), ("delay", STRING), ("max_attempts", INT_OR_STRING), ("window", STRING)]);
static PLACEMENT: Object = closed(&[
    ("constraints", STRINGS),
    ("preferences", Shape::List { of: &object(&PREFERENCE), unique: false }),
    ("max_replicas_per_node", INT_OR_STRING),
]);
static PREFERENCE: Object = closed(&[("spread", STRING)]);

/// Compose's pattern is not anchored: it is enough that such a name stands in it.
fn container_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let follows = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    bytes.windows(2).any(|pair| matches!(pair, [first, second] if first.is_ascii_alphanumeric() && follows(second)))
}

/// Not anchored either.
fn pull_policy(text: &str) -> bool {
    ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"]
        .iter()
        .any(|word| text.contains(word))
        || text.match_indices("every_").any(|(at, word)| {
            let rest = text.get(at + word.len()..).unwrap_or_default();
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            digits > 0 && rest.as_bytes().get(digits).is_some_and(|unit| b"wdhms".contains(unit))
        })
}
