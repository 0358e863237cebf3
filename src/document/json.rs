//! JSON, with a place for every key and value. Read strictly (RFC 8259), or with comments as editors' settings have them.

use std::ops::Range;
use std::sync::Arc;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseError;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Entry, Malformed, Map, Node, Value};
use crate::place::{Origin, Source};

/// How far a text may stray from RFC 8259.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Not at all: what `json.load` and `JSON.parse` take.
    Strict,
    /// Comments and trailing commas, as `.jsonc` files have them.
    Comments,
}

/// Decodes a text. Of equal keys the last one counts, as in every common reader. Nesting is bounded at 512.
///
/// # Errors
/// [`Malformed`] at the first mistake.
pub fn read(source: &Arc<Source>, dialect: Dialect) -> Result<Node, Malformed> {
    let lenient = dialect == Dialect::Comments;
    let options = ParseOptions {
        allow_comments: lenient,
        allow_trailing_commas: lenient,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed =
        parse_to_ast(source.text(), &CollectOptions::default(), &options).map_err(|e| mistake(source, &e))?;
    match parsed.value {
        Some(value) => node(source, value),
        None => Err(Malformed::new(source.place(0, source.text().len()), "there is nothing in it")),
    }
}

fn mistake(source: &Arc<Source>, error: &ParseError) -> Malformed {
    let range = error.range();
    let message = error.kind().to_string();
    let mut letters = message.chars();
    let message = letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or(message);
    Malformed::new(source.place(range.start, range.end), message)
}

fn node(source: &Arc<Source>, value: ast::Value<'_>) -> Result<Node, Malformed> {
    let said = |range: Range<usize>| Origin::Said(source.place(range.start, range.end));
    let range = value.range();
    let decoded = match value {
        ast::Value::StringLit(text) => {
            printable(source, text.range)?;
            Value::String(text.value.into_owned())
        }
        ast::Value::NumberLit(number) => super::number(number.value),
        ast::Value::BooleanLit(truth) => Value::Bool(truth.value),
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::Array(array) => {
            Value::Seq(array.elements.into_iter().map(|item| node(source, item)).collect::<Result<_, _>>()?)
        }
        ast::Value::Object(object) => {
            let mut map = Map::new();
            for property in object.properties {
                let name = property.name.range();
                printable(source, name)?;
                let key = said(name.start..name.end);
                map.insert(property.name.into_string(), Entry { key, node: node(source, property.value)? });
            }
            Value::Map(map)
        }
    };
    Ok(Node::new(decoded, said(range.start..range.end)))
}

/// RFC 8259, section 7: control characters in a string are escaped. The parser lets them pass.
fn printable(source: &Arc<Source>, range: jsonc_parser::common::Range) -> Result<(), Malformed> {
    let place = source.place(range.start, range.end);
    let Some(at) = place.text().bytes().position(|byte| byte < 0x20) else { return Ok(()) };
    Err(Malformed::new(place.part(at, at + 1), "a control character or line break in a string has to be escaped"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_strictly(text: &str) -> Result<Node, Malformed> {
        read(&Source::new("agent.json", None, text), Dialect::Strict)
    }

    #[test]
    fn every_value_knows_its_place() {
        let text = "{\n  \"server\": {\"url\": \"ws://gui:5051\", \"ports\": [1, 2.5, -3]},\n\t\"on\": true, \"no\": null\n}";
        let root = read_strictly(text).unwrap();
        let url = root.pointer("/server/url").unwrap();
        assert_eq!(url.as_str(), Some("ws://gui:5051"));
        assert_eq!(url.place().unwrap().to_string(), "agent.json:2:21");
        assert_eq!(url.place().unwrap().text(), "\"ws://gui:5051\"");
        assert_eq!(root.pointer("/server/ports/2").unwrap().as_int(), Some(-3));
        assert_eq!(root.pointer("/server/ports/1").unwrap().value, Value::Float(2.5));
        assert_eq!(root.as_map().unwrap()["on"].key.place().unwrap().to_string(), "agent.json:3:2");
        assert!(root.get("no").unwrap().is_null());
    }

    #[test]
    fn escapes_are_decoded_and_the_last_of_equal_keys_counts() {
        let root = read_strictly(r#"{"a": "x\u00e9\n\"", "a\/b": 1, "a": "last"}"#).unwrap();
        assert_eq!(root.get("a").unwrap().as_str(), Some("last"));
        assert_eq!(root.get("a/b").unwrap().as_int(), Some(1));
    }

    #[test]
    fn strictly_means_as_json_load_does() {
        for text in
            ["{\"a\": 1,}", "{a: 1}", "{'a': 1}", "// c\n1", "", "[1 2]", "0x10", "NaN", "{\"a\":1} x", "\"\u{1}\""]
        {
            assert!(read_strictly(text).is_err(), "{text:?} was taken");
        }
        let error = read_strictly("{\n  \"a\": 1,\n}").unwrap_err();
        assert_eq!(error.place.start().line, 2);
        let commented = Source::new("tsconfig.json", None, "// c\n{\"a\": [1,],}");
        assert!(read(&commented, Dialect::Comments).is_ok());
    }

    #[test]
    fn deep_nesting_is_an_error_not_an_overflow() {
        assert!(read_strictly(&"[".repeat(200_000)).is_err());
        assert!(read_strictly(&"{\"a\":".repeat(200_000)).is_err());
    }
}
