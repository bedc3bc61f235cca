//! Values and calls as evidence: close to the source, decoded, cut.

use crate::hash::StableHash;
use crate::value::Value;
use std::fmt::Write;

/// Bytes of a message or an evidence.
const LIMIT: usize = 400;
/// Members of an array, object or call that are shown.
const MEMBERS: usize = 6;
const DEPTH: u32 = 4;

/// A text, if needed without its middle.
pub fn cut(text: &str) -> String {
    if text.len() <= LIMIT {
        return text.to_owned();
    }
    let head = text.floor_char_boundary(LIMIT * 3 / 4);
    let tail = text.ceil_char_boundary(text.len() - LIMIT / 4);
    format!("{} … {}", &text[..head], &text[tail..])
}

/// A value as it would be written.
pub fn shown(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, 0, &mut out);
    out
}

/// A call as it would be written.
pub fn shown_call(callee: &str, args: &[Value], new: bool) -> String {
    let mut out = String::new();
    if new {
        out.push_str("new ");
    }
    out.push_str(callee);
    out.push('(');
    write_list(args, 0, &mut out);
    out.push(')');
    out
}

/// All of a value, also what is not shown of it.
pub(super) fn hashed(hash: StableHash, value: &Value) -> StableHash {
    match value {
        Value::Undefined => hash.with_number(0),
        Value::Null => hash.with_number(1),
        Value::Boolean(value) => hash.with_number(2).with_number(u64::from(*value)),
        Value::Number(value) => hash.with_number(3).with_number(value.to_bits()),
        Value::String(text) => hash.with_number(4).with_text(text),
        Value::Regex(source) => hash.with_number(5).with_text(source),
        Value::Array(parts) => hashed_all(hash.with_number(6), parts),
        Value::Object(members) => members
            .iter()
            .fold(hash.with_number(7), |hash, (name, value)| {
                hashed(hash.with_text(name), value)
            }),
        // Its place in the file says nothing; what it does is in the shape of the function round it.
        Value::Function(_) => hash.with_number(8),
        Value::Path(path) => hash.with_number(9).with_text(path),
        Value::Concat(parts) => hashed_all(hash.with_number(10), parts),
        Value::Unknown => hash.with_number(11),
    }
}

pub(super) fn hashed_all(hash: StableHash, values: &[Value]) -> StableHash {
    values
        .iter()
        .fold(hash.with_number(values.len() as u64), hashed)
}

fn write_value(value: &Value, depth: u32, out: &mut String) {
    if depth > DEPTH {
        out.push('…');
        return;
    }
    // Formatting into a String cannot fail.
    let _ = match value {
        Value::Undefined => out.write_str("undefined"),
        Value::Null => out.write_str("null"),
        Value::Boolean(value) => write!(out, "{value}"),
        Value::Number(value) => write!(out, "{value}"),
        Value::String(text) => {
            write_quoted(text, out);
            Ok(())
        }
        Value::Regex(source) => write!(out, "/{}/", cut(source)),
        Value::Array(parts) => {
            out.push('[');
            write_list(parts, depth + 1, out);
            out.write_char(']')
        }
        Value::Object(members) => {
            out.push_str("{ ");
            for (at, (name, value)) in members.iter().take(MEMBERS).enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                let _ = write!(out, "{}: ", cut(name));
                write_value(value, depth + 1, out);
            }
            out.write_str(if members.len() > MEMBERS {
                ", … }"
            } else {
                " }"
            })
        }
        Value::Function(_) => out.write_str("function"),
        Value::Path(path) => out.write_str(path),
        Value::Concat(parts) => {
            for (at, part) in parts.iter().take(2 * MEMBERS).enumerate() {
                out.push_str(if at == 0 { "" } else { " + " });
                write_value(part, depth + 1, out);
            }
            out.write_str(if parts.len() > 2 * MEMBERS {
                " + …"
            } else {
                ""
            })
        }
        Value::Unknown => out.write_char('…'),
    };
}

fn write_list(parts: &[Value], depth: u32, out: &mut String) {
    for (at, part) in parts.iter().take(MEMBERS).enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        write_value(part, depth, out);
    }
    if parts.len() > MEMBERS {
        let _ = write!(out, ", … {} more", parts.len() - MEMBERS);
    }
}

fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in cut(text).chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '\n' => out.push_str("\\n"),
            _ => out.push(character),
        }
    }
    out.push('"');
}
