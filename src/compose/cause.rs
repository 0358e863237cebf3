//! The causes for which a project is rejected: a closed list, each a stable word.
//!
//! Compose has messages, not causes; [`ALL`] is what its messages are mapped to when the two are compared.

macro_rules! causes {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal;)+) => {
        $($(#[doc = $doc])+ pub const $name: &str = $word;)+

        /// Every cause, with what it means.
        pub const ALL: &[(&str, &str)] = &[$(($word, concat!($($doc),+))),+];
    };
}

causes! {
    /// The text is not YAML.
    YAML_SYNTAX = "yaml-syntax";
    /// A key stands twice in one mapping.
    DUPLICATE_KEY = "duplicate-key";
    /// A key is a number, a date, a truth value, null, a list or a mapping.
    NON_STRING_KEY = "non-string-key";
    /// An anchor contains an alias of itself.
    ALIAS_CYCLE = "alias-cycle";
    /// The files expand to more, or deeper, than is read.
    TOO_LARGE = "too-large";
    /// There is nothing in the file.
    EMPTY_FILE = "empty-file";
    /// A reference to a variable is not well formed.
    INVALID_INTERPOLATION = "invalid-interpolation";
    /// A variable that `${NAME:?}` demands has no value.
    REQUIRED_VARIABLE = "required-variable";
    /// A key that Compose doesn't know.
    UNKNOWN_KEY = "unknown-key";
    /// A value is of another type than Compose takes here.
    INVALID_TYPE = "invalid-type";
    /// A value is of the right type, but Compose doesn't take it.
    INVALID_VALUE = "invalid-value";
    /// A key that must be there is not.
    MISSING_KEY = "missing-key";
    /// An item of a list stands twice.
    DUPLICATE_ITEM = "duplicate-item";
    /// A value cannot be merged with what another file says.
    MERGE_MISMATCH = "merge-mismatch";
    /// The file that is extended cannot be read.
    EXTENDS_FILE = "extends-file";
    /// The service that is extended is not there.
    EXTENDS_SERVICE = "extends-service";
    /// Services extend each other in a circle.
    EXTENDS_CYCLE = "extends-cycle";
    /// A file that is included cannot be read.
    INCLUDE_FILE = "include-file";
    /// Files include each other in a circle.
    INCLUDE_CYCLE = "include-cycle";
    /// What is included is defined already, and differently.
    INCLUDE_CONFLICT = "include-conflict";
    /// An env file is not there or cannot be read.
    ENV_FILE = "env-file";
    /// An env file is not well formed.
    ENV_FILE_SYNTAX = "env-file-syntax";
    /// A label file is not there or cannot be read.
    LABEL_FILE = "label-file";
    /// The project's name is not one that Compose takes.
    INVALID_NAME = "invalid-name";
    /// A service depends on a service that is not defined.
    UNDEFINED_SERVICE = "undefined-service";
    /// A service depends on a service whose profiles are not active.
    INACTIVE_SERVICE = "inactive-service";
    /// A service uses a network that is not defined.
    UNDEFINED_NETWORK = "undefined-network";
    /// A service uses a volume that is not defined.
    UNDEFINED_VOLUME = "undefined-volume";
    /// A service uses a secret that is not defined.
    UNDEFINED_SECRET = "undefined-secret";
    /// A service uses a config that is not defined.
    UNDEFINED_CONFIG = "undefined-config";
    /// A service uses a model that is not defined.
    UNDEFINED_MODEL = "undefined-model";
    /// Services depend on each other in a circle.
    DEPENDENCY_CYCLE = "dependency-cycle";
    /// A service has neither an image nor a build.
    NO_IMAGE = "no-image";
    /// Two options are given that exclude each other.
    EXCLUSIVE_OPTIONS = "exclusive-options";
    /// Two options that mean the same are given different values.
    DISTINCT_VALUES = "distinct-values";
    /// Two mounts of a service have one target.
    DUPLICATE_MOUNT = "duplicate-mount";
    /// Two services ask for the same container name, or one with several containers for a fixed one.
    CONTAINER_NAME = "container-name";
}
