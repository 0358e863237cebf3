//! The gate file's JSON Schema, generated from the shapes, so that editors complete and check it.

use serde_json::{Map, Value, json};

use super::shape::{COMMON, Field, Section, Shape, VALUE, VERSION};

/// The schema (draft 7, which editors know best) of a gate file with these sections.
pub fn schema(sections: &[&Section], rules: &[&str]) -> Value {
    let mut properties = Map::new();
    for section in COMMON.iter().chain(sections.iter().copied()) {
        let mut of = shape(&section.shape, rules);
        // A section may be left empty, its entries commented out.
        if section.name != VERSION {
            of = json!({ "anyOf": [of, { "type": "null" }] });
        }
        properties.insert(section.name.to_owned(), described(of, section.doc));
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "gonogo.yaml",
        "description": "What gonogo cannot infer from the deployment itself.",
        "type": "object",
        "required": [VERSION],
        "additionalProperties": false,
        "properties": properties,
        "definitions": {
            "interpolated": { "type": "string", "pattern": "\\$" },
            "value": {
                "description": "A value of the deployment.",
                "type": "object",
                "additionalProperties": false,
                "properties": fields(VALUE, rules),
                "oneOf": [
                    { "required": ["service", "env"] },
                    { "required": ["file", "at"] },
                    { "required": ["file", "match"] },
                ],
                "not": { "required": ["service", "volume"] },
            },
        },
    })
}

fn described(schema: Value, doc: &str) -> Value {
    // Beside `$ref`, draft 7 disregards every other key.
    let mut schema = if schema.get("$ref").is_some() { json!({ "allOf": [schema] }) } else { schema };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(doc));
    }
    schema
}

fn fields(fields: &[Field], rules: &[&str]) -> Map<String, Value> {
    fields.iter().map(|field| (field.name.to_owned(), described(shape(&field.shape, rules), field.doc))).collect()
}

/// A value of another type than text may also be written as `${VAR}`.
fn or_interpolated(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "$ref": "#/definitions/interpolated" }] })
}

fn shape(of: &Shape, rules: &[&str]) -> Value {
    match of {
        Shape::Text => json!({ "type": "string", "pattern": "\\S" }),
        Shape::Int => or_interpolated(json!({ "type": "integer" })),
        Shape::IntIn(low, high) if low == high => json!({ "const": low }),
        Shape::IntIn(low, high) => or_interpolated(json!({ "type": "integer", "minimum": low, "maximum": high })),
        Shape::Bool => or_interpolated(json!({ "type": "boolean" })),
        Shape::Scalar => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Duration => {
            or_interpolated(json!({ "type": "string", "pattern": "^\\s*([0-9.]+(ns|us|µs|μs|ms|s|m|h|d|w))+\\s*$" }))
        }
        Shape::Date => or_interpolated(json!({ "type": "string", "format": "date" })),
        Shape::Word(words) => or_interpolated(json!({ "enum": words })),
        Shape::Pattern => json!({ "type": "string", "format": "regex" }),
        Shape::Pointer => or_interpolated(json!({ "type": "string", "format": "json-pointer", "pattern": "^/" })),
        Shape::Rule => json!({ "enum": rules }),
        Shape::List(item) => json!({ "type": "array", "items": shape(item, rules) }),
        Shape::Map(entry) => json!({ "type": "object", "additionalProperties": shape(entry, rules) }),
        Shape::Object(keys) => {
            let required: Vec<_> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
            let object =
                json!({ "type": "object", "additionalProperties": false, "properties": fields(keys, rules) });
            with_required(object, &required)
        }
        Shape::OneOf(shapes) => json!({ "anyOf": shapes.iter().map(|of| shape(of, rules)).collect::<Vec<_>>() }),
        Shape::ValueOf => json!({ "$ref": "#/definitions/value" }),
        Shape::Any => json!({}),
    }
}

fn with_required(mut object: Value, required: &[&str]) -> Value {
    if let Some(object) = object.as_object_mut().filter(|_| !required.is_empty()) {
        object.insert("required".to_owned(), json!(required));
    }
    object
}
