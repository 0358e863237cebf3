//! The shapes of everything but services, and those that several places share.

use super::service::SERVICE;
use super::{Key, NOTHING, NUMBER, Object, Shape, TEXT, TRUTH, WHOLE};

pub(super) const STRING: Shape = Shape::One(TEXT);
pub(super) const NUM_OR_STRING: Shape = Shape::One(NUMBER | TEXT);
pub(super) const INT_OR_STRING: Shape = Shape::One(WHOLE | TEXT);
pub(super) const BOOL_OR_STRING: Shape = Shape::One(TRUTH | TEXT);
pub(super) const STRINGS: Shape = Shape::List { of: &STRING, unique: false };
pub(super) const UNIQUE_STRINGS: Shape = Shape::List { of: &STRING, unique: true };
pub(super) const STRING_OR_LIST: Shape = Shape::Or(&[STRING, UNIQUE_STRINGS]);
pub(super) const LIST_OR_DICT: Shape = Shape::Or(&[
    Shape::Names { key: Key::Some, of: &Shape::One(TEXT | NUMBER | TRUTH | NOTHING), closed: true },
    UNIQUE_STRINGS,
]);
pub(super) const OPTIONS: Shape = Shape::Names { key: Key::Some, of: &NUM_OR_STRING, closed: false };
pub(super) const COMMAND: Shape = Shape::Or(&[Shape::One(NOTHING | TEXT), STRINGS]);

pub(super) const fn closed(keys: &'static [(&'static str, Shape)]) -> Object {
    Object { keys, required: &[], extensible: true, nullable: false, open: false }
}

pub(super) static ROOT: Object = closed(&[
    ("version", STRING),
    ("name", STRING),
    ("include", Shape::List { of: &Shape::Or(&[STRING, Shape::Object(&INCLUDE)]), unique: false }),
    ("services", Shape::Names { key: Key::Name, of: &Shape::Object(&SERVICE), closed: true }),
    ("models", Shape::Names { key: Key::Name, of: &Shape::Object(&MODEL), closed: false }),
    ("networks", Shape::Names { key: Key::Name, of: &Shape::Object(&NETWORK), closed: false }),
    ("volumes", Shape::Names { key: Key::Name, of: &Shape::Object(&VOLUME), closed: true }),
    ("secrets", Shape::Names { key: Key::Name, of: &Shape::Object(&SECRET), closed: true }),
    ("configs", Shape::Names { key: Key::Name, of: &Shape::Object(&CONFIG), closed: true }),
]);

static INCLUDE: Object = Object {
    extensible: false,
    ..closed(&[("path", STRING_OR_LIST), ("env_file", STRING_OR_LIST), ("project_directory", STRING)])
};

static MODEL: Object = Object {
    required: &["model"],
    ..closed(&[("name", STRING), ("model", STRING), ("context_size", Shape::One(WHOLE)), ("runtime_flags", STRINGS)])
};

static EXTERNAL_NAME: Object = closed(&[("name", STRING)]);
static EXTERNAL_OPEN: Object = Object { open: true, ..closed(&[("name", STRING)]) };
const EXTERNAL: Shape = Shape::Or(&[BOOL_OR_STRING, Shape::Object(&EXTERNAL_NAME)]);
const EXTERNAL_LOOSE: Shape = Shape::Or(&[BOOL_OR_STRING, Shape::Object(&EXTERNAL_OPEN)]);

static NETWORK: Object = Object {
    nullable: true,
    ..closed(&[
        ("name", STRING),
        ("driver", STRING),
        ("driver_opts", OPTIONS),
        ("ipam", Shape::Object(&IPAM)),
        ("external", EXTERNAL),
        ("internal", BOOL_OR_STRING),
        ("enable_ipv4", BOOL_OR_STRING),
        ("enable_ipv6", BOOL_OR_STRING),
        ("attachable", BOOL_OR_STRING),
        ("labels", LIST_OR_DICT),
    ])
};

static IPAM: Object = closed(&[
    ("driver", STRING),
    ("config", Shape::List { of: &Shape::Object(&IPAM_CONFIG), unique: false }),
    ("options", Shape::Names { key: Key::Some, of: &STRING, closed: true }),
]);

static IPAM_CONFIG: Object = closed(&[
    ("subnet", STRING),
    ("ip_range", STRING),
    ("gateway", STRING),
    ("aux_addresses", Shape::Names { key: Key::Some, of: &STRING, closed: true }),
]);

static VOLUME: Object = Object {
    nullable: true,
    ..closed(&[
        ("name", STRING),
        ("driver", STRING),
        ("driver_opts", OPTIONS),
        ("external", EXTERNAL),
        ("labels", LIST_OR_DICT),
    ])
};

static SECRET: Object = closed(&[
    ("name", STRING),
    ("environment", STRING),
    ("file", STRING),
    ("external", EXTERNAL_LOOSE),
    ("labels", LIST_OR_DICT),
    ("driver", STRING),
    ("driver_opts", OPTIONS),
    ("template_driver", STRING),
]);

static CONFIG: Object = closed(&[
    ("name", STRING),
    ("content", STRING),
    ("environment", STRING),
    ("file", STRING),
    ("external", EXTERNAL_LOOSE),
    ("labels", LIST_OR_DICT),
    ("template_driver", STRING),
]);
