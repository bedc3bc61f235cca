//! Functions and constructors that are called by name.

use base64::Engine as _;
use base64::engine::general_purpose;

use super::{
    base64_bytes, bytes_of, int, items, keys, leading_float, leading_integer, number, of_json,
    of_units, percent_decoded, to_text, truth,
};
use crate::js::known::{Folded, Known, Stop};
use crate::js::machine::Machine;
use crate::js::names;

/// Calls a built-in function by name; `Unknown` where it is none.
pub(in crate::js) fn call(machine: &mut Machine<'_>, path: &str, args: &[Known]) -> Folded {
    let first = args.first();
    let first_text = || {
        first.and_then(|first| match first {
            Known::Text(..) | Known::Number(_) | Known::Bytes(_) => to_text(first),
            _ => None,
        })
    };
    Ok(match path {
        "require"
        | "module.createRequire()"
        | "createRequire()"
        | "process.getBuiltinModule"
        | "module._load"
        | "require.main.require" => first.map_or(Known::Unknown, names::module_of),
        "String" => first.and_then(to_text).map_or(Known::Unknown, Known::text),
        "Number" | "BigInt" => first.and_then(number).map_or(Known::Unknown, Known::Number),
        "Boolean" => first.and_then(truth).map_or(Known::Unknown, Known::Bool),
        "isNaN" => first
            .and_then(number)
            .map_or(Known::Unknown, |value| Known::Bool(value.is_nan())),
        "parseFloat" => match first_text() {
            Some(text) => Known::Number(leading_float(&text)),
            None => Known::Unknown,
        },
        "parseInt" | "Number.parseInt" => match first {
            Some(Known::Undefined | Known::Null) => Known::Number(f64::NAN),
            _ => match first_text() {
                Some(text) => {
                    let radix = args.get(1).and_then(number).unwrap_or(0.0);
                    Known::Number(leading_integer(&text, radix as u32))
                }
                None => Known::Unknown,
            },
        },
        "String.fromCharCode" | "String.fromCodePoint" => {
            let mut units = Vec::with_capacity(args.len());
            let mut text = String::new();
            for arg in args {
                let Some(code) = number(arg) else {
                    return Ok(Known::Unknown);
                };
                if matches!(arg, Known::Undefined) {
                    return Ok(Known::Unknown);
                }
                if path == "String.fromCodePoint" {
                    text.push(char::from_u32(code as u32).unwrap_or('\u{fffd}'));
                } else {
                    units.push((int(code) & 0xffff) as u16);
                }
            }
            machine.pay(args.len() * 2)?;
            if path == "String.fromCharCode" {
                text = of_units(&units);
            }
            Known::decoded(text)
        }
        "atob" => match first_text().and_then(|text| base64_bytes(&text)) {
            Some(bytes) => {
                machine.pay(bytes.len())?;
                Known::decoded(
                    bytes
                        .iter()
                        .map(|byte| char::from(*byte))
                        .collect::<String>(),
                )
            }
            None => Known::Unknown,
        },
        "btoa" => match first_text() {
            Some(text) => {
                machine.pay(text.len() * 2)?;
                let bytes: Vec<u8> = text.chars().map(|c| u32::from(c) as u8).collect();
                Known::text(general_purpose::STANDARD.encode(bytes))
            }
            None => Known::Unknown,
        },
        "Buffer.from" | "buffer.Buffer.from" | "Buffer" | "Uint8Array.from" | "Buffer.concat" => {
            match bytes_of(first, args.get(1)) {
                Some(bytes) => {
                    machine.pay(bytes.len())?;
                    Known::Bytes(bytes.into())
                }
                None => Known::Unknown,
            }
        }
        "TextDecoder().decode" => match first {
            Some(Known::Bytes(bytes)) => Known::decoded(String::from_utf8_lossy(bytes)),
            _ => Known::Unknown,
        },
        "decodeURIComponent" | "decodeURI" | "unescape" => match first_text() {
            Some(text) => match percent_decoded(&text, path == "unescape") {
                Some(decoded) => {
                    machine.pay(decoded.len())?;
                    let changed = *decoded != *text;
                    Known::Text(decoded.into(), changed)
                }
                None => return Err(Stop::Throw(Known::Unknown)),
            },
            None => Known::Unknown,
        },
        "encodeURIComponent" | "escape" | "encodeURI" => match first_text() {
            Some(text) => {
                let mut out = String::with_capacity(text.len());
                for byte in text.bytes() {
                    if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
                        out.push(char::from(byte));
                    } else {
                        out.push_str(&format!("%{byte:02X}"));
                    }
                }
                machine.pay(out.len())?;
                Known::text(out)
            }
            None => Known::Unknown,
        },
        "Array.from" => match (first.and_then(items), args.get(1)) {
            (Some(items), None) => {
                machine.pay(items.len() * 16)?;
                Known::array(items)
            }
            (Some(items), Some(function @ Known::Function(..))) => {
                let mut out = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    machine.pay(16)?;
                    out.push(machine.apply(
                        function,
                        vec![item, Known::Number(index as f64)],
                        None,
                    )?);
                }
                Known::array(out)
            }
            _ => Known::Unknown,
        },
        "Array.isArray" => match first {
            Some(Known::Unknown | Known::Path(..)) | None => Known::Unknown,
            Some(value) => Known::Bool(matches!(value, Known::Array(_))),
        },
        "Array" => match args {
            [Known::Number(length)] if *length <= 65_536.0 && *length >= 0.0 => {
                machine.pay(*length as usize * 16)?;
                Known::array(vec![Known::Undefined; *length as usize])
            }
            _ => Known::array(args.to_vec()),
        },
        "Object.keys" => first.and_then(keys).map_or(Known::Unknown, Known::array),
        "Object.values" => match first {
            Some(Known::Object(members)) => Known::array(
                members
                    .try_borrow()
                    .map_err(|_| Stop::Unknown)?
                    .iter()
                    .map(|(_, value)| value.clone())
                    .collect(),
            ),
            Some(value @ Known::Array(_)) => value.clone(),
            _ => Known::Unknown,
        },
        "Object.assign" => match args {
            [Known::Path(path, hidden), ..] => Known::Path(path.clone(), *hidden),
            _ => Known::Unknown,
        },
        "Object.freeze" | "Object.seal" | "Promise.resolve" | "Object" => {
            first.cloned().unwrap_or(Known::Unknown)
        }
        // The way to the constructors that have no name of their own.
        "Object.getPrototypeOf" | "Reflect.getPrototypeOf" => match first {
            Some(Known::Function(..)) => Known::path("Function.prototype"),
            _ => Known::Unknown,
        },
        "Reflect.get" => match args {
            [Known::Path(path, own), Known::Text(name, hidden), ..] => {
                Known::Path(names::member(path, name), *own || *hidden)
            }
            _ => Known::Unknown,
        },
        "path.join" | "path.resolve" | "path.posix.join" | "path.win32.join" | "path.normalize" => {
            let mut whole = Known::text("");
            for (index, arg) in args.iter().enumerate() {
                if index > 0 {
                    whole = machine.join(whole, Known::text("/"))?;
                }
                whole = machine.join(whole, arg.clone())?;
            }
            whole
        }
        "Math.floor" => math(first, f64::floor),
        "Math.ceil" => math(first, f64::ceil),
        "Math.round" => math(first, |value| (value + 0.5).floor()),
        "Math.abs" => math(first, f64::abs),
        "Math.trunc" => math(first, f64::trunc),
        "Math.sqrt" => math(first, f64::sqrt),
        "Math.pow" => match (first.and_then(number), args.get(1).and_then(number)) {
            (Some(base), Some(power)) => Known::Number(base.powf(power)),
            _ => Known::Unknown,
        },
        "Math.max" | "Math.min" => {
            let mut best: Option<f64> = None;
            for arg in args {
                let Some(value) = number(arg) else {
                    return Ok(Known::Unknown);
                };
                best = Some(match best {
                    None => value,
                    Some(best) if path == "Math.max" => best.max(value),
                    Some(best) => best.min(value),
                });
            }
            best.map_or(Known::Unknown, Known::Number)
        }
        "JSON.parse" => match first_text() {
            Some(text) if text.len() <= 1 << 20 => {
                match serde_json::from_str::<serde_json::Value>(&text) {
                    Ok(value) => {
                        machine.pay(text.len() * 2)?;
                        of_json(&value, 32)
                    }
                    Err(_) => Known::Unknown,
                }
            }
            _ => Known::Unknown,
        },
        "JSON.stringify" => match first {
            Some(Known::Text(text, hidden)) => Known::Text(format!("{text:?}").into(), *hidden),
            Some(value @ (Known::Number(_) | Known::Bool(_))) => {
                to_text(value).map_or(Known::Unknown, Known::text)
            }
            _ => Known::Unknown,
        },
        "Function" if is_return_this(args) => Known::path("(return this)"),
        "(return this)" => Known::path(names::GLOBAL),
        "eval" => match first_text().as_deref() {
            Some("this" | "globalThis" | "window" | "global") => Known::path(names::GLOBAL),
            Some("require") => Known::path("require"),
            _ => Known::Unknown,
        },
        _ => match path.strip_suffix(".bind") {
            Some(inner) if !inner.is_empty() => Known::path(inner),
            _ => Known::Unknown,
        },
    })
}

pub(super) fn is_return_this(args: &[Known]) -> bool {
    matches!(args.last(), Some(Known::Text(text, _)) if {
        let text = text.trim().trim_end_matches(';').trim_end_matches("()");
        text == "return this" || text == "return globalThis" || text == "return (this)"
    })
}

/// `new` of a built-in; `Unknown` where it is none that folding knows.
pub(in crate::js) fn construct(machine: &mut Machine<'_>, path: &str, args: &[Known]) -> Folded {
    Ok(match path {
        "Array" | "Function" | "Buffer" => call(machine, path, args)?,
        "Uint8Array" => match args.first() {
            Some(value @ (Known::Array(_) | Known::Bytes(_))) => bytes_of(Some(value), None)
                .map_or(Known::Unknown, |bytes| Known::Bytes(bytes.into())),
            _ => Known::Unknown,
        },
        "RegExp" => match args.first() {
            Some(Known::Text(text, _)) => Known::Regex(text.clone()),
            Some(regex @ Known::Regex(_)) => regex.clone(),
            _ => Known::Unknown,
        },
        "String" => args
            .first()
            .and_then(to_text)
            .map_or(Known::Unknown, Known::text),
        _ => Known::Unknown,
    })
}

pub(super) fn math(value: Option<&Known>, f: impl Fn(f64) -> f64) -> Known {
    value
        .and_then(number)
        .map_or(Known::Unknown, |value| Known::Number(f(value)))
}
