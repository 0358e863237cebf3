//! The fields of the effective model, in the order in which Compose prints them.

use super::{Absent, Field, Out};

const fn f(key: &'static str, out: Out) -> Field {
    Field { key, out, absent: Absent::Nothing, name: None }
}

const fn always(key: &'static str, out: Out, absent: Absent) -> Field {
    Field { key, out, absent, name: None }
}

const fn named(key: &'static str, out: Out, name: &'static str) -> Field {
    Field { key, out, absent: Absent::Nothing, name: Some(name) }
}

pub(super) const SERVICES: &Out = &Out::Names(&Out::Object(SERVICE));
pub(super) const NETWORKS: &Out = &Out::Names(&Out::Object(NETWORK));
pub(super) const VOLUMES: &Out = &Out::Names(&Out::Object(VOLUME));
pub(super) const SECRETS: &Out = &Out::Names(&Out::Object(FILE_OBJECT));
pub(super) const CONFIGS: &Out = &Out::Names(&Out::Object(FILE_OBJECT));
pub(super) const MODELS: &Out = &Out::Names(&Out::Object(MODEL));
pub(super) const ULIMIT: &[Field] = &[f("single", Out::Int), f("soft", Out::Int), f("hard", Out::Int)];

const SERVICE: &[Field] = &[
    f("profiles", Out::Texts),
    f("annotations", Out::Texted),
    f("attach", Out::MaybeTruth),
    f("build", Out::Object(BUILD)),
    f("develop", Out::Object(&[f("watch", Out::List(&Out::Object(WATCH)))])),
    f("blkio_config", Out::Object(BLKIO)),
    f("cap_add", Out::Texts),
    f("cap_drop", Out::Texts),
    f("cgroup_parent", Out::Text),
    f("cgroup", Out::Text),
    f("cpu_count", Out::Int),
    f("cpu_percent", Out::Single),
    f("cpu_period", Out::Int),
    f("cpu_quota", Out::Int),
    f("cpu_rt_period", Out::Int),
    f("cpu_rt_runtime", Out::Int),
    f("cpus", Out::Single),
    f("cpuset", Out::Text),
    f("cpu_shares", Out::Int),
    always("command", Out::Command, Absent::Null),
    f("configs", Out::List(&Out::Object(FILE_MOUNT))),
    f("container_name", Out::Text),
    f("credential_spec", Out::Object(&[f("config", Out::Text), f("file", Out::Text), f("registry", Out::Text)])),
    f("depends_on", Out::Names(&Out::Object(DEPENDENCY))),
    f("deploy", Out::Object(DEPLOY)),
    f("device_cgroup_rules", Out::Texts),
    f("devices", Out::List(&Out::Object(DEVICE))),
    f("dns", Out::Texts),
    f("dns_opt", Out::Texts),
    f("dns_search", Out::Texts),
    f("domainname", Out::Text),
    always("entrypoint", Out::Command, Absent::Null),
    f("provider", Out::Object(&[f("type", Out::Text), f("options", Out::ManyTexts)])),
    f("environment", Out::Environment),
    f("expose", Out::Texts),
    f("external_links", Out::Texts),
    f("extra_hosts", Out::Hosts),
    f("group_add", Out::Texts),
    f("gpus", Out::List(&Out::Object(DEVICE_REQUEST))),
    f("hostname", Out::Text),
    f("healthcheck", Out::Object(HEALTHCHECK)),
    f("image", Out::Text),
    f("init", Out::MaybeTruth),
    f("ipc", Out::Text),
    f("isolation", Out::Text),
    f("labels", Out::Texted),
    f("links", Out::Texts),
    f("logging", Out::Object(&[f("driver", Out::Text), f("options", Out::Texted)])),
    f("mem_limit", Out::Bytes),
    f("mem_reservation", Out::Bytes),
    f("memswap_limit", Out::Bytes),
    f("mem_swappiness", Out::Bytes),
    f("mac_address", Out::Text),
    f("models", Out::Names(&Out::MaybeObject(&[f("endpoint_var", Out::Text), f("model_var", Out::Text)]))),
    f("network_mode", Out::Text),
    f("networks", Out::Names(&Out::MaybeObject(NETWORK_USE))),
    f("oom_kill_disable", Out::Truth),
    f("oom_score_adj", Out::Int),
    f("pid", Out::Text),
    f("pids_limit", Out::Int),
    f("platform", Out::Text),
    f("ports", Out::List(&Out::Object(PORT))),
    f("privileged", Out::Truth),
    f("pull_policy", Out::Text),
    f("read_only", Out::Truth),
    f("restart", Out::Text),
    f("runtime", Out::Text),
    f("scale", Out::MaybeInt),
    f("secrets", Out::List(&Out::Object(FILE_MOUNT))),
    f("security_opt", Out::Texts),
    f("shm_size", Out::Bytes),
    f("stdin_open", Out::Truth),
    f("stop_grace_period", Out::MaybeDuration),
    f("stop_signal", Out::Text),
    f("storage_opt", Out::Words),
    f("sysctls", Out::Texted),
    f("tmpfs", Out::Texts),
    f("tty", Out::Truth),
    f("ulimits", Out::Names(&Out::Ulimit)),
    f("use_api_socket", Out::Truth),
    f("user", Out::Text),
    f("userns_mode", Out::Text),
    f("uts", Out::Text),
    f("volumes", Out::List(&Out::Object(MOUNT))),
    f("volumes_from", Out::Texts),
    f("working_dir", Out::Text),
    f("post_start", Out::List(&Out::Object(HOOK))),
    f("pre_stop", Out::List(&Out::Object(HOOK))),
];

const BUILD: &[Field] = &[
    f("context", Out::Text),
    f("dockerfile", Out::Text),
    f("dockerfile_inline", Out::Text),
    f("entitlements", Out::Texts),
    f("args", Out::Environment),
    f("provenance", Out::Text),
    f("sbom", Out::Text),
    f("ssh", Out::Ssh),
    f("labels", Out::Texted),
    f("cache_from", Out::Texts),
    f("cache_to", Out::Texts),
    f("no_cache", Out::Truth),
    f("additional_contexts", Out::Texted),
    f("pull", Out::Truth),
    f("extra_hosts", Out::Hosts),
    f("isolation", Out::Text),
    f("network", Out::Text),
    f("target", Out::Text),
    f("secrets", Out::List(&Out::Object(FILE_MOUNT))),
    f("shm_size", Out::Bytes),
    f("tags", Out::Texts),
    f("ulimits", Out::Names(&Out::Ulimit)),
    f("platforms", Out::Texts),
    f("privileged", Out::Truth),
];

const HOOK: &[Field] = &[
    always("command", Out::Command, Absent::Null),
    f("user", Out::Text),
    f("privileged", Out::Truth),
    f("working_dir", Out::Text),
    f("environment", Out::Environment),
];

const WATCH: &[Field] = &[
    f("path", Out::Text),
    f("action", Out::Text),
    f("target", Out::Text),
    always("exec", Out::Object(HOOK), Absent::Empty),
    f("include", Out::Texts),
    f("ignore", Out::Texts),
    f("initial_sync", Out::Truth),
];

const BLKIO: &[Field] = &[
    f("weight", Out::Natural),
    f(
        "weight_device",
        Out::List(&Out::Object(&[named("path", Out::Text, "Path"), named("weight", Out::Natural, "Weight")])),
    ),
    f("device_read_bps", BLKIO_LIMITS),
    f("device_read_iops", BLKIO_LIMITS),
    f("device_write_bps", BLKIO_LIMITS),
    f("device_write_iops", BLKIO_LIMITS),
];
const BLKIO_LIMITS: Out =
    Out::List(&Out::Object(&[named("path", Out::Text, "Path"), named("rate", Out::Bytes, "Rate")]));

const FILE_MOUNT: &[Field] =
    &[f("source", Out::Text), f("target", Out::Text), f("uid", Out::Text), f("gid", Out::Text), f("mode", Out::Mode)];

const DEPENDENCY: &[Field] =
    &[f("condition", Out::Text), f("restart", Out::Truth), always("required", Out::MaybeTruth, Absent::Nothing)];

const DEPLOY: &[Field] = &[
    f("mode", Out::Text),
    f("replicas", Out::MaybeInt),
    f("labels", Out::Texted),
    f("update_config", Out::Object(UPDATE)),
    f("rollback_config", Out::Object(UPDATE)),
    always(
        "resources",
        Out::Object(&[f("limits", Out::Object(RESOURCE)), f("reservations", Out::Object(RESOURCE))]),
        Absent::Empty,
    ),
    f("restart_policy", Out::Object(RESTART_POLICY)),
    always("placement", Out::Object(PLACEMENT), Absent::Empty),
    f("endpoint_mode", Out::Text),
];

const UPDATE: &[Field] = &[
    f("parallelism", Out::MaybeNatural),
    f("delay", Out::Duration),
    f("failure_action", Out::Text),
    f("monitor", Out::Duration),
    f("max_failure_ratio", Out::Single),
    f("order", Out::Text),
];

const RESOURCE: &[Field] = &[
    f("cpus", Out::Single),
    f("memory", Out::Bytes),
    f("pids", Out::Int),
    f("devices", Out::List(&Out::Object(DEVICE_REQUEST))),
    f(
        "generic_resources",
        Out::List(&Out::Object(&[f(
            "discrete_resource_spec",
            Out::Object(&[f("kind", Out::Text), always("value", Out::Int, Absent::Nothing)]),
        )])),
    ),
];

const DEVICE_REQUEST: &[Field] = &[
    f("capabilities", Out::Texts),
    f("driver", Out::Text),
    f("count", Out::Count),
    f("device_ids", Out::Texts),
    f("options", Out::Texted),
];

const RESTART_POLICY: &[Field] = &[
    f("condition", Out::Text),
    f("delay", Out::MaybeDuration),
    f("max_attempts", Out::MaybeNatural),
    f("window", Out::MaybeDuration),
];

const PLACEMENT: &[Field] = &[
    f("constraints", Out::Texts),
    f("preferences", Out::List(&Out::Object(&[f("spread", Out::Text)]))),
    f("max_replicas_per_node", Out::Natural),
];

const DEVICE: &[Field] = &[f("source", Out::Text), f("target", Out::Text), f("permissions", Out::Text)];

const HEALTHCHECK: &[Field] = &[
    f("test", Out::Test),
    f("timeout", Out::MaybeDuration),
    f("interval", Out::MaybeDuration),
    f("retries", Out::MaybeNatural),
    f("start_period", Out::MaybeDuration),
    f("start_interval", Out::MaybeDuration),
    f("disable", Out::Truth),
];

const NETWORK_USE: &[Field] = &[
    f("aliases", Out::Texts),
    f("driver_opts", Out::Texted),
    f("gw_priority", Out::Int),
    f("interface_name", Out::Text),
    f("ipv4_address", Out::Text),
    f("ipv6_address", Out::Text),
    f("link_local_ips", Out::Texts),
    f("mac_address", Out::Text),
    f("priority", Out::Int),
];

const PORT: &[Field] = &[
    f("name", Out::Text),
    f("mode", Out::Text),
    f("host_ip", Out::Text),
    f("target", Out::Natural),
    f("published", Out::Text),
    f("protocol", Out::Text),
    f("app_protocol", Out::Text),
];

const MOUNT: &[Field] = &[
    f("type", Out::Text),
    f("source", Out::Text),
    f("target", Out::Text),
    f("read_only", Out::Truth),
    f("consistency", Out::Text),
    f(
        "bind",
        Out::Object(&[
            f("selinux", Out::Text),
            f("propagation", Out::Text),
            f("create_host_path", Out::Truth),
            f("recursive", Out::Text),
        ]),
    ),
    f("volume", Out::Object(&[f("labels", Out::Texted), f("nocopy", Out::Truth), f("subpath", Out::Text)])),
    f("tmpfs", Out::Object(&[f("size", Out::Bytes), f("mode", Out::Natural)])),
    f("image", Out::Object(&[f("subpath", Out::Text)])),
];

const NETWORK: &[Field] = &[
    f("name", Out::Text),
    f("driver", Out::Text),
    f("driver_opts", Out::Texted),
    always("ipam", Out::Object(IPAM), Absent::Empty),
    f("external", Out::Truth),
    f("internal", Out::Truth),
    f("attachable", Out::Truth),
    f("labels", Out::Texted),
    f("enable_ipv4", Out::MaybeTruth),
    f("enable_ipv6", Out::MaybeTruth),
];

const IPAM: &[Field] = &[f("driver", Out::Text), f("config", Out::List(&Out::Object(POOL)))];
const POOL: &[Field] =
    &[f("subnet", Out::Text), f("gateway", Out::Text), f("ip_range", Out::Text), f("aux_addresses", Out::Texted)];

const VOLUME: &[Field] = &[
    f("name", Out::Text),
    f("driver", Out::Text),
    f("driver_opts", Out::Texted),
    f("external", Out::Truth),
    f("labels", Out::Texted),
];

const FILE_OBJECT: &[Field] = &[
    f("name", Out::Text),
    f("file", Out::Text),
    f("environment", Out::Text),
    f("content", Out::Text),
    f("external", Out::Truth),
    f("labels", Out::Texted),
    f("driver", Out::Text),
    f("driver_opts", Out::Texted),
    f("template_driver", Out::Text),
];

const MODEL: &[Field] =
    &[f("name", Out::Text), f("model", Out::Text), f("context_size", Out::Int), f("runtime_flags", Out::Texts)];
