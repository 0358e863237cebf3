//! What a plain scalar means: go-yaml's resolution, which is neither YAML 1.1's nor YAML 1.2's.

use crate::document::Value;

/// A plain scalar's meaning.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolved {
    /// A value of the tree.
    Value(Value),
    /// A date or time, which the tree has no type for.
    Timestamp,
}

/// Resolves a plain scalar.
pub fn resolve(text: &str) -> Resolved {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Value::Float(f64::NAN),
        _ => match text.as_bytes().first() {
            Some(b'.') => float(text).map_or_else(|| string(text), Value::Float),
            Some(b'0'..=b'9' | b'+' | b'-') => {
                if is_timestamp(text) {
                    return Resolved::Timestamp;
                }
                let plain = text.replace('_', "");
                match integer(&plain) {
                    Some(number) => Value::Int(number),
                    None => float(&plain).map_or_else(|| string(text), Value::Float),
                }
            }
            _ => string(text),
        },
    };
    Resolved::Value(value)
}

fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// Go's `ParseInt` with base 0: a sign, then `0x`, `0o`, `0b`, a leading `0` for octal, or decimal.
pub fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(hex) = lower.strip_prefix("0x") {
        (16, hex)
    } else if let Some(octal) = lower.strip_prefix("0o") {
        (8, octal)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        (2, binary)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, lower.get(1..)?)
    } else {
        (10, lower.as_str())
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let wide = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative { -wide } else { wide }).ok()
}

/// go-yaml's float: digits with an optional point and exponent.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at)?, Some(unsigned.get(at + 1..)?)),
        None => (unsigned, None),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    if let Some(exponent) = exponent {
        let number = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if number.is_empty() || !digits(number) {
            return None;
        }
    }
    // What is beyond all bounds is a text.
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Whether a plain scalar is a date, or a date with a time, in one of the four forms that go-yaml takes.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes.get(4) != Some(&b'-') || !bytes.iter().take(4).all(u8::is_ascii_digit) {
        return false;
    }
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (
            text.get(..at).unwrap_or_default(),
            Some((bytes.get(at).copied(), text.get(at + 1..).unwrap_or_default())),
        ),
        None => (text, None),
    };
    let mut parts = date.split('-').map(|part| (part.len(), part.parse::<u32>().ok()));
    let (Some((4, Some(year))), Some((1..=2, Some(month))), Some((1..=2, Some(day))), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    if !(1..=last).contains(&day) {
        return false;
    }
    match time {
        None => true,
        Some((Some(b' '), clock)) => is_clock(clock),
        Some((_, clock)) => match clock.strip_suffix('Z') {
            Some(clock) => is_clock(clock),
            None => clock.rfind(['+', '-']).is_some_and(|at| {
                let (clock, zone) = clock.split_at(at);
                let zone = zone.get(1..).unwrap_or_default().as_bytes();
                is_clock(clock)
                    && zone.len() == 5
                    && zone.iter().enumerate().all(|(i, b)| if i == 2 { *b == b':' } else { b.is_ascii_digit() })
            }),
        },
    }
}

fn is_clock(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let bounds = [24, 60, 60];
    let parts: Vec<&str> = whole.split(':').collect();
    parts.len() == 3
        && parts.iter().zip(bounds).all(|(part, bound)| {
            (1..=2).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_digit())
                && part.parse::<u32>().is_ok_and(|n| n < bound)
        })
        && !fraction.is_empty()
        && fraction.bytes().all(|b| b.is_ascii_digit())
}

/// A text in base64, decoded; line breaks in it count for nothing.
pub(super) fn base64(text: &str) -> Option<String> {
    let (mut bits, mut count) = (0_u32, 0);
    let mut bytes = Vec::new();
    let digits = text.trim_end_matches(['=', '\n', '\r']);
    for c in digits.chars().filter(|c| !matches!(c, '\n' | '\r')) {
        let six = match c {
            'A'..='Z' => u32::from(c) - u32::from('A'),
            'a'..='z' => u32::from(c) - u32::from('a') + 26,
            '0'..='9' => u32::from(c) - u32::from('0') + 52,
            '+' => 62,
            '/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | six;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xFF).ok()?);
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The rule of a text that go-yaml takes for a date or time.
pub const TIMESTAMP: &str = "timestamp";

/// A float as Go's `%v` prints it: shortest digits, an exponent below 1e-4 and from 1e6 on.
pub fn go_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    if number == 0.0 {
        return if number.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}
