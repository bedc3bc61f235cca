//! The built-in operators, functions and methods that folding knows: those that need nothing from outside.

mod arrays;
mod convert;
mod encodings;
mod functions;
mod operators;
mod patterns;
mod text;

use super::known::{Folded, Known};
use super::machine::Machine;
pub(super) use arrays::changes;
use arrays::{array_method, bytes_method};
use convert::{in_radix, leading_float, leading_integer, of_json};
pub(super) use convert::{items, keys, number, to_text, truth};
pub(crate) use encodings::base64_bytes;
use encodings::bytes_of;
pub(super) use encodings::{hex_bytes, percent_decoded};
pub(super) use functions::{call, construct};
pub(super) use operators::{binary, unary};
use operators::{int, same};
use patterns::literal_of;
pub(super) use patterns::pieces;
use text::{length, of_units, relative, text_method, unit};

pub(super) fn member(value: &Known, name: &str) -> Known {
    match (value, name) {
        (Known::Text(text, _), "length") => Known::Number(length(text) as f64),
        (Known::Bytes(bytes), "length" | "byteLength") => Known::Number(bytes.len() as f64),
        (Known::Array(items), "length") => items
            .try_borrow()
            .map_or(Known::Unknown, |items| Known::Number(items.len() as f64)),
        (Known::Text(..), "constructor") => Known::path("String"),
        (Known::Array(_), "constructor") => Known::path("Array"),
        (Known::Number(_), "constructor") => Known::path("Number"),
        (Known::Bool(_), "constructor") => Known::path("Boolean"),
        (Known::Text(text, _), index) => match index.parse::<usize>() {
            Ok(index) => item(&Known::Text(text.clone(), false), index as f64),
            Err(_) => Known::path(format!("String.prototype.{name}")),
        },
        (Known::Array(_), index) => match index.parse::<usize>() {
            Ok(index) => item(value, index as f64),
            Err(_) => Known::path(format!("Array.prototype.{name}")),
        },
        _ => Known::Unknown,
    }
}

pub(super) fn item(value: &Known, index: f64) -> Known {
    if index < 0.0 || index.fract() != 0.0 {
        return Known::Undefined;
    }
    let index = index as usize;
    match value {
        Known::Array(items) => items.try_borrow().map_or(Known::Unknown, |items| {
            items.get(index).cloned().unwrap_or(Known::Undefined)
        }),
        Known::Bytes(bytes) => bytes
            .get(index)
            .map_or(Known::Undefined, |byte| Known::Number(f64::from(*byte))),
        Known::Text(text, hidden) => match unit(text, index) {
            Some(unit) => Known::Text(of_units(&[unit]).into(), *hidden),
            None => Known::Undefined,
        },
        _ => Known::Unknown,
    }
}

pub(super) fn method(
    machine: &mut Machine<'_>,
    receiver: &Known,
    name: &str,
    args: &[Known],
) -> Folded {
    match receiver {
        Known::Text(text, hidden) => {
            machine.pay(text.len() / 8)?;
            let known = text_method(text, name, args);
            if let Known::Text(made, _) = &known {
                machine.pay(made.len())?;
            }
            if let Known::Array(made) = &known {
                machine.pay(made.try_borrow().map_or(0, |made| made.len()) * 32)?;
            }
            // What is only cut or changed in case is not hidden; what is put together backwards is.
            let decodes = matches!(name, "replace" | "replaceAll" | "split");
            Ok(known.with_hidden(
                *hidden
                    || decodes
                        && matches!(args.first(), Some(Known::Text(..) | Known::Regex(_)))
                        && name != "split",
            ))
        }
        Known::Array(items) => array_method(machine, items, name, args),
        Known::Bytes(bytes) => Ok(bytes_method(bytes, name, args)),
        Known::Number(value) => Ok(match name {
            "toString" => {
                let radix = match args.first() {
                    None | Some(Known::Undefined) => 10.0,
                    Some(radix) => number(radix).unwrap_or(10.0),
                };
                in_radix(*value, radix as u32).map_or(Known::Unknown, Known::text)
            }
            _ => Known::Unknown,
        }),
        Known::Regex(_) | Known::Bool(_) if name == "toString" => {
            Ok(to_text(receiver).map_or(Known::Unknown, Known::text))
        }
        _ => Ok(Known::Unknown),
    }
}
