//! Methods of arrays and of bytes.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose;

use super::{number, of_units, relative, same, to_text};
use crate::js::known::{Folded, Known, Stop};
use crate::js::machine::Machine;

/// Methods that change the array they are called on.
pub(in crate::js) fn changes(name: &str) -> bool {
    matches!(
        name,
        "push" | "pop" | "shift" | "unshift" | "splice" | "reverse" | "sort" | "fill"
    )
}

pub(super) fn array_method(
    machine: &mut Machine<'_>,
    items: &Rc<std::cell::RefCell<Vec<Known>>>,
    name: &str,
    args: &[Known],
) -> Folded {
    machine.pay(16)?;
    if name == "reverse" {
        // The array itself, so that what is joined next is the same one.
        let mut reversed = items.try_borrow_mut().map_err(|_| Stop::Unknown)?;
        machine.pay(reversed.len())?;
        reversed.reverse();
        return Ok(Known::Array(items.clone()));
    }
    if changes(name) {
        args.iter().for_each(|arg| machine.knots.array(items, arg));
        let mut items = items.try_borrow_mut().map_err(|_| Stop::Unknown)?;
        return Ok(match name {
            "push" => {
                if items.len() > 1 << 22 {
                    return Err(Stop::Budget);
                }
                items.extend_from_slice(args);
                Known::Number(items.len() as f64)
            }
            "unshift" => {
                machine.pay(items.len() / 8)?;
                items.splice(0..0, args.iter().cloned());
                Known::Number(items.len() as f64)
            }
            "pop" => items.pop().unwrap_or(Known::Undefined),
            "shift" => {
                if items.is_empty() {
                    Known::Undefined
                } else {
                    machine.pay(items.len() / 8)?;
                    items.remove(0)
                }
            }
            "splice" => {
                let from = relative(args.first(), items.len(), 0).ok_or(Stop::Unknown)?;
                let count = match args.get(1) {
                    None => items.len() - from,
                    Some(count) => (number(count).ok_or(Stop::Unknown)?.max(0.0) as usize)
                        .min(items.len() - from),
                };
                let taken: Vec<Known> = items
                    .splice(from..from + count, args.iter().skip(2).cloned())
                    .collect();
                Known::array(taken)
            }
            "fill" => {
                let with = args.first().cloned().unwrap_or(Known::Undefined);
                items.fill(with);
                Known::Unknown
            }
            _ => Known::Unknown,
        });
    }
    let items = items.try_borrow().map_err(|_| Stop::Unknown)?;
    machine.pay(items.len() / 8)?;
    Ok(match name {
        "join" => {
            let separator = match args.first() {
                None | Some(Known::Undefined) => Rc::from(","),
                Some(separator) => to_text(separator).ok_or(Stop::Unknown)?,
            };
            let mut whole = Known::text("");
            let all_known = items.iter().all(|item| to_text(item).is_some());
            if all_known {
                let mut text = String::new();
                let mut hidden = items.len() > 1 && separator.is_empty();
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        text.push_str(&separator);
                    }
                    hidden |= item.is_hidden();
                    if !matches!(item, Known::Undefined | Known::Null)
                        && let Some(item) = to_text(item)
                    {
                        text.push_str(&item);
                    }
                }
                machine.pay(text.len())?;
                Known::Text(text.into(), hidden)
            } else {
                if items.len() > 256 {
                    return Ok(Known::Unknown);
                }
                let items = items.clone();
                for (index, item) in items.into_iter().enumerate() {
                    if index > 0 {
                        whole = machine.join(whole, Known::Text(separator.clone(), false))?;
                    }
                    whole = machine.join(whole, item)?;
                }
                whole
            }
        }
        "slice" => {
            let from = relative(args.first(), items.len(), 0).ok_or(Stop::Unknown)?;
            let to = relative(args.get(1), items.len(), items.len()).ok_or(Stop::Unknown)?;
            machine.pay(to.saturating_sub(from) * 16)?;
            Known::array(items.get(from..to.max(from)).unwrap_or_default().to_vec())
        }
        "concat" => {
            let mut out = items.clone();
            for arg in args {
                match arg {
                    Known::Array(more) => out.extend(
                        more.try_borrow()
                            .map_err(|_| Stop::Unknown)?
                            .iter()
                            .cloned(),
                    ),
                    other => out.push(other.clone()),
                }
            }
            machine.pay(out.len() * 16)?;
            Known::array(out)
        }
        "toReversed" => Known::array(items.iter().rev().cloned().collect()),
        "indexOf" | "includes" => {
            let wanted = args.first().cloned().unwrap_or(Known::Undefined);
            let found = items
                .iter()
                .position(|item| same(item, &wanted) == Some(true));
            if name == "indexOf" {
                Known::Number(found.map_or(-1.0, |index| index as f64))
            } else {
                Known::Bool(found.is_some())
            }
        }
        "at" => {
            let index = relative(args.first(), items.len(), 0).ok_or(Stop::Unknown)?;
            items.get(index).cloned().unwrap_or(Known::Undefined)
        }
        "toString" => to_text(&Known::array(items.clone())).map_or(Known::Unknown, Known::text),
        _ => Known::Unknown,
    })
}

pub(super) fn bytes_method(bytes: &Rc<[u8]>, name: &str, args: &[Known]) -> Known {
    match name {
        "toString" => match args.first().and_then(to_text).as_deref() {
            None | Some("utf8" | "utf-8" | "ascii" | "undefined") => {
                Known::decoded(String::from_utf8_lossy(bytes))
            }
            Some("latin1" | "binary") => Known::decoded(
                bytes
                    .iter()
                    .map(|byte| char::from(*byte))
                    .collect::<String>(),
            ),
            Some("base64") => Known::text(general_purpose::STANDARD.encode(bytes)),
            Some("hex") => Known::text(
                bytes
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>(),
            ),
            Some("utf16le" | "ucs2") => {
                let units: Vec<u16> = bytes
                    .chunks_exact(2)
                    .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                    .collect();
                Known::decoded(of_units(&units))
            }
            _ => Known::Unknown,
        },
        "slice" | "subarray" => {
            let (Some(from), Some(to)) = (
                relative(args.first(), bytes.len(), 0),
                relative(args.get(1), bytes.len(), bytes.len()),
            ) else {
                return Known::Unknown;
            };
            Known::Bytes(bytes.get(from..to.max(from)).unwrap_or_default().into())
        }
        _ => Known::Unknown,
    }
}
