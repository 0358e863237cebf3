//! Single values: numbers, sizes, durations, modes, command lines.

use super::{Decoder, Out};
use crate::compose::interpolate::{go_parse_float, truth};
use crate::compose::make::{as_text, derived, text};
use crate::document::{Node, Value};

impl Decoder {
    /// A single value in its effective form; `None` if it is left out.
    pub(super) fn scalar(&mut self, node: Node, out: &Out) -> Option<Node> {
        let origin = node.origin.clone();
        let converted = |value: Value| {
            if value == node.value {
                return Node::new(value, origin.clone());
            }
            Node::new(value, derived("converted", [origin.clone()]))
        };
        let (made, what) = match out {
            Out::Text => return Some(as_text(node)).filter(|node| node.as_str() != Some("")),
            Out::Truth | Out::MaybeTruth => {
                let made = match &node.value {
                    Value::Bool(value) => Some(*value),
                    Value::String(value) => truth(value),
                    _ => None,
                };
                (made.map(Value::Bool), "true or false")
            }
            Out::Int | Out::MaybeInt => (whole(&node).map(Value::Int), "a whole number"),
            Out::Natural | Out::MaybeNatural => {
                let number = match &node.value {
                    Value::String(_) => None,
                    _ => whole(&node).filter(|number| *number >= 0),
                };
                (number.map(Value::Int), "a whole number from 0 on")
            }
            Out::Single => (number(&node).map(single), "a number"),
            Out::Bytes => (bytes(&node).map(|bytes| Value::String(bytes.to_string())), "a size such as 512m"),
            Out::Duration | Out::MaybeDuration => {
                let nanoseconds = node.as_str().and_then(duration);
                (nanoseconds.map(|n| Value::String(printed_duration(n))), "a duration such as 1m30s")
            }
            Out::Mode => {
                let mode = match &node.value {
                    Value::Int(mode) => Some(*mode),
                    Value::String(mode) => i64::from_str_radix(mode, 8).ok(),
                    _ => None,
                };
                (mode.map(|mode| Value::String(format!("0{mode:o}"))), "a file mode such as 0440")
            }
            Out::Count => {
                let count = match &node.value {
                    Value::Int(count) => Some(*count),
                    Value::String(count) if count.eq_ignore_ascii_case("all") => Some(-1),
                    Value::String(count) => count.parse().ok(),
                    _ => None,
                };
                (count.map(Value::Int), "a number, or `all`")
            }
            Out::Command => match &node.value {
                Value::Seq(items) => (Some(Value::Seq(items.iter().cloned().map(as_text).collect())), ""),
                Value::String(line) => {
                    let words = words(line);
                    let item = |word| text(word, derived("split", [origin.clone()]));
                    (
                        words.map(|words| Value::Seq(words.into_iter().map(item).collect())),
                        "a command line whose quotes close",
                    )
                }
                _ => (None, "a text or a list"),
            },
            Out::Test => match &node.value {
                Value::Seq(items) if items.is_empty() => return None,
                Value::Seq(items) => (Some(Value::Seq(items.iter().cloned().map(as_text).collect())), ""),
                Value::String(_) => {
                    let shell = text("CMD-SHELL", derived("implied", [origin.clone()]));
                    (Some(Value::Seq(vec![shell, node.clone()])), "")
                }
                _ => (None, "a text or a list"),
            },
            _ => (None, "a single value"),
        };
        let Some(value) = made else {
            self.wrong(&origin, format!("{what} is wanted here"));
            return None;
        };
        let empty = match (out, &value) {
            (Out::Truth, Value::Bool(false)) | (Out::Int | Out::Natural | Out::Count, Value::Int(0)) => true,
            (Out::Single, Value::Float(number)) => *number == 0.0,
            (Out::Single, Value::Int(0)) => true,
            (Out::Bytes, Value::String(bytes)) => bytes == "0",
            (Out::Duration, Value::String(duration)) => duration == "0s",
            _ => false,
        };
        (!empty).then(|| converted(value))
    }
}

fn whole(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Int(number) => Some(*number),
        #[expect(clippy::cast_possible_truncation, reason = "Go's own conversion cuts what lies behind the point")]
        Value::Float(number) if number.is_finite() => Some(*number as i64),
        Value::String(number) => number.parse().ok(),
        _ => None,
    }
}

fn number(node: &Node) -> Option<f64> {
    match &node.value {
        #[expect(clippy::cast_precision_loss, reason = "so does Go")]
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::String(number) => go_parse_float(number),
        _ => None,
    }
}

/// A number without a fraction is whole.
fn as_number(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    if number.fract() == 0.0 && number.abs() < 1e15 { Value::Int(number as i64) } else { Value::Float(number) }
}

/// A number in single precision, with the shortest digits that tell it from its neighbours.
fn single(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "single precision is what is meant")]
    let single = number as f32;
    as_number(format!("{single}").parse().unwrap_or(number))
}

/// Go's `units.RAMInBytes`: a number with a binary unit.
pub(super) fn bytes(node: &Node) -> Option<i64> {
    let written = match &node.value {
        Value::Int(bytes) => return Some(*bytes),
        // Compose passes over it.
        Value::Float(_) => return Some(0),
        Value::String(written) => written,
        _ => return None,
    };
    let at = written.rfind(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' '))?;
    let (number, unit) = written.split_at(at + 1);
    let number = number.strip_suffix(' ').unwrap_or(number);
    if number.ends_with(' ') || number.starts_with(' ') {
        return None;
    }
    let size = go_parse_float(number).filter(|size| *size >= 0.0)?;
    let unit = unit.to_lowercase();
    let power = match unit.as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        "p" | "pb" | "pib" => 5,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "so does Go")]
    Some((size * 1024_f64.powi(power)) as i64)
}

const SECOND: i128 = 1_000_000_000;

/// A duration in nanoseconds: Go's form, and `d` and `w` for days and weeks.
pub(super) fn duration(written: &str) -> Option<i128> {
    let (negative, mut rest) = match written.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, written.strip_prefix('+').unwrap_or(written)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut sum = 0_i128;
    while !rest.is_empty() {
        let length = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let (number, after) = rest.split_at(length);
        let unit_length = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_length);
        let scale = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            "d" => 24 * 3600 * SECOND,
            "w" => 7 * 24 * 3600 * SECOND,
            _ => return None,
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && part.is_empty()) || part.contains('.') || number.len() > 18 {
            return None;
        }
        sum += whole.parse::<i128>().unwrap_or_default() * scale;
        let digits = u32::try_from(part.len()).ok()?;
        sum += part.parse::<i128>().unwrap_or_default() * scale / 10_i128.pow(digits);
        rest = after;
    }
    (sum <= i128::from(i64::MAX)).then_some(if negative { -sum } else { sum })
}

/// Go's `Duration.String`.
fn printed_duration(nanoseconds: i128) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let n = nanoseconds.abs();
    if n == 0 {
        return "0s".to_owned();
    }
    let decimal = |n: i128, unit: i128| {
        let (whole, part) = (n / unit, n % unit);
        let width = unit.to_string().len() - 1;
        let digits = format!("{part:0width$}");
        match digits.trim_end_matches('0') {
            "" => whole.to_string(),
            digits => format!("{whole}.{digits}"),
        }
    };
    if n < 1_000 {
        return format!("{sign}{n}ns");
    }
    if n < 1_000_000 {
        return format!("{sign}{}µs", decimal(n, 1_000));
    }
    if n < SECOND {
        return format!("{sign}{}ms", decimal(n, 1_000_000));
    }
    let (minutes, seconds) = (n / (60 * SECOND), n % (60 * SECOND));
    let seconds = decimal(seconds, SECOND);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// A command line's words, as go-shellwords splits it: up to the first unquoted `;`, `&`, `|`, `<` or `>`.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    // Whether there is a word, if only an empty one in quotes.
    let mut begun = false;
    let (mut escaped, mut single, mut double, mut back, mut dollar) = (false, false, false, false, false);
    for c in line.chars() {
        let quoted = single || double || back || dollar;
        if escaped {
            word.push(c);
            escaped = false;
            begun = true;
            continue;
        }
        match c {
            '\\' if single => word.push(c),
            '\\' => escaped = true,
            ' ' | '\t' | '\r' | '\n' if quoted => word.push(c),
            ' ' | '\t' | '\r' | '\n' => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            '`' if !single && !double && !dollar => {
                word.push(c);
                back = !back;
            }
            ')' if dollar && !single && !double && !back => {
                word.push(c);
                dollar = false;
            }
            '(' if !quoted => {
                if word.ends_with('$') {
                    dollar = true;
                    word.push(c);
                } else {
                    return None;
                }
            }
            '"' if !single && !dollar => {
                double = !double;
                begun = true;
            }
            '\'' if !double && !dollar => {
                single = !single;
                begun = true;
            }
            ';' | '&' | '|' | '<' | '>' if !quoted => {
                // What stands before a redirection may be a number of a stream, which is no word.
                if c == '>' && word.len() == 1 && word.starts_with(|c: char| c.is_ascii_digit()) {
                    begun = false;
                }
                break;
            }
            c => {
                word.push(c);
                begun = true;
            }
        }
        if matches!(c, '`' | '(' | ')' | '\\') {
            begun = true;
        }
    }
    if escaped || single || double || back || dollar {
        return None;
    }
    if begun {
        words.push(word);
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (written, printed) in [
            ("90s", "1m30s"),
            ("1h", "1h0m0s"),
            ("1m1.5s", "1m1.5s"),
            ("1us", "1µs"),
            ("100h3m", "100h3m0s"),
            ("1d", "24h0m0s"),
            ("2500ms", "2.5s"),
            ("0s", "0s"),
        ] {
            assert_eq!(duration(written).map(printed_duration).as_deref(), Some(printed), "{written}");
        }
        for written in ["", "1", "x", "1x", "s", "."] {
            assert_eq!(duration(written), None, "{written}");
        }
    }

    #[test]
    fn command_lines() {
        let split = |line: &str| words(line).map(|words| words.join("|"));
        for (line, expected) in [
            ("a 'b c' \"d e\" f\\ g $HOME", "a|b c|d e|f g|$HOME"),
            ("a && b", "a"),
            ("a '' b", "a||b"),
            ("", ""),
            ("a; b", "a"),
        ] {
            assert_eq!(split(line).as_deref(), Some(expected), "{line}");
        }
        assert_eq!(words("a 'b"), None);
    }
}
