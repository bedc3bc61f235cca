//! Conversions between kinds of values, as the language does them.

use std::rc::Rc;

use crate::js::known::Known;

pub(in crate::js) fn truth(value: &Known) -> Option<bool> {
    Some(match value {
        Known::Undefined | Known::Null => false,
        Known::Bool(value) => *value,
        Known::Number(value) => *value != 0.0 && !value.is_nan(),
        Known::Text(text, _) => !text.is_empty(),
        Known::Array(_)
        | Known::Object(_)
        | Known::Function(..)
        | Known::Regex(_)
        | Known::Bytes(_) => true,
        Known::Unknown | Known::Path(..) | Known::Concat(..) => return None,
    })
}

pub(in crate::js) fn number(value: &Known) -> Option<f64> {
    Some(match value {
        Known::Undefined => f64::NAN,
        Known::Null => 0.0,
        Known::Bool(value) => f64::from(u8::from(*value)),
        Known::Number(value) => *value,
        Known::Text(text, _) => number_of(text),
        Known::Array(items) => match &items.try_borrow().ok()?[..] {
            [] => 0.0,
            [only] => number(only)?,
            _ => f64::NAN,
        },
        Known::Object(_) | Known::Function(..) => f64::NAN,
        _ => return None,
    })
}

pub(super) fn number_of(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() {
        return 0.0;
    }
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0b", 2), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return u64::from_str_radix(digits, radix).map_or(f64::NAN, |value| value as f64);
        }
    }
    match text.as_bytes()[0] {
        b'0'..=b'9' | b'.' | b'-' | b'+' => text.parse().unwrap_or(f64::NAN),
        _ if text == "Infinity" => f64::INFINITY,
        _ => f64::NAN,
    }
}

pub(in crate::js) fn to_text(value: &Known) -> Option<Rc<str>> {
    Some(match value {
        Known::Text(text, _) => text.clone(),
        Known::Undefined => "undefined".into(),
        Known::Null => "null".into(),
        Known::Bool(true) => "true".into(),
        Known::Bool(false) => "false".into(),
        Known::Number(value) => number_text(*value).into(),
        Known::Bytes(bytes) => String::from_utf8_lossy(bytes).into(),
        Known::Array(items) => {
            let mut text = String::new();
            for (index, item) in items.try_borrow().ok()?.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                if !matches!(item, Known::Undefined | Known::Null) {
                    if matches!(item, Known::Array(_)) && text.len() > 4096 {
                        return None;
                    }
                    text.push_str(&to_text(item)?);
                }
                if text.len() > 1 << 20 {
                    return None;
                }
            }
            text.into()
        }
        _ => return None,
    })
}

pub(super) fn number_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        }
    } else {
        format!("{value}")
    }
}

/// What spreading or iterating gives.
pub(in crate::js) fn items(value: &Known) -> Option<Vec<Known>> {
    match value {
        Known::Array(items) => items.try_borrow().ok().map(|items| items.clone()),
        Known::Text(text, hidden) => Some(
            text.chars()
                .map(|c| Known::Text(String::from(c).into(), *hidden))
                .collect(),
        ),
        Known::Bytes(bytes) => Some(
            bytes
                .iter()
                .map(|byte| Known::Number(f64::from(*byte)))
                .collect(),
        ),
        _ => None,
    }
}

/// What `for … in` gives.
pub(in crate::js) fn keys(value: &Known) -> Option<Vec<Known>> {
    match value {
        Known::Array(items) => {
            let length = items.try_borrow().ok()?.len();
            Some(
                (0..length)
                    .map(|index| Known::text(index.to_string()))
                    .collect(),
            )
        }
        Known::Object(members) => Some(
            members
                .try_borrow()
                .ok()?
                .iter()
                .map(|(key, _)| Known::Text(key.clone(), false))
                .collect(),
        ),
        _ => None,
    }
}

pub(super) fn in_radix(value: f64, radix: u32) -> Option<String> {
    if radix == 10 {
        return Some(number_text(value));
    }
    if !(2..=36).contains(&radix) || value.fract() != 0.0 || value.abs() > 9e15 {
        return None;
    }
    let (mut rest, mut digits) = (value.abs() as u64, Vec::new());
    loop {
        digits.push(char::from_digit((rest % u64::from(radix)) as u32, radix)?);
        rest /= u64::from(radix);
        if rest == 0 {
            break;
        }
    }
    if value < 0.0 {
        digits.push('-');
    }
    Some(digits.iter().rev().collect())
}

pub(super) fn of_json(value: &serde_json::Value, depth: usize) -> Known {
    use serde_json::Value as J;
    match value {
        J::Null => Known::Null,
        J::Bool(value) => Known::Bool(*value),
        J::Number(value) => Known::Number(value.as_f64().unwrap_or(f64::NAN)),
        J::String(text) => Known::text(text.as_str()),
        _ if depth == 0 => Known::Unknown,
        J::Array(items) => {
            Known::array(items.iter().map(|item| of_json(item, depth - 1)).collect())
        }
        J::Object(members) => Known::object(
            members
                .iter()
                .map(|(key, value)| (key.as_str().into(), of_json(value, depth - 1)))
                .collect(),
        ),
    }
}

pub(super) fn leading_integer(text: &str, radix: u32) -> f64 {
    let text = text.trim_start();
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(rest) if radix == 0 || radix == 16 => (16, rest),
        _ => (if radix == 0 { 10 } else { radix }, digits),
    };
    if !(2..=36).contains(&radix) {
        return f64::NAN;
    }
    let mut value = 0.0;
    let mut any = false;
    for digit in digits.chars().map_while(|c| c.to_digit(radix)) {
        value = value * f64::from(radix) + f64::from(digit);
        any = true;
    }
    match (any, negative) {
        (false, _) => f64::NAN,
        (true, true) => -value,
        (true, false) => value,
    }
}

pub(super) fn leading_float(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(index, c)| {
            !(c.is_ascii_digit() || *c == '.' || *index == 0 && (*c == '-' || *c == '+'))
        })
        .map_or(text.len(), |(index, _)| index);
    text[..end].parse().unwrap_or(f64::NAN)
}
