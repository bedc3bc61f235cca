//! Text and its methods, by UTF-16 units as the language counts.

use std::rc::Rc;

use super::{literal_of, number, pieces, to_text};
use crate::js::known::Known;

pub(super) fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

pub(super) fn of_units(units: &[u16]) -> String {
    String::from_utf16_lossy(units)
}

pub(super) fn unit(text: &str, index: usize) -> Option<u16> {
    if text.is_ascii() {
        return text.as_bytes().get(index).map(|byte| u16::from(*byte));
    }
    text.encode_utf16().nth(index)
}

pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

pub(super) fn slice(text: &str, from: usize, to: usize) -> String {
    if from >= to {
        return String::new();
    }
    if text.is_ascii() {
        return text[from.min(text.len())..to.min(text.len())].to_owned();
    }
    let units = units(text);
    of_units(&units[from.min(units.len())..to.min(units.len())])
}

/// An index as `slice` counts it, from the end where negative.
pub(super) fn relative(value: Option<&Known>, length: usize, default: usize) -> Option<usize> {
    let value = match value {
        None | Some(Known::Undefined) => return Some(default),
        Some(value) => number(value)?,
    };
    Some(if value.is_nan() {
        0
    } else if value < 0.0 {
        (length as f64 + value.ceil()).max(0.0) as usize
    } else {
        (value as usize).min(length)
    })
}

pub(super) fn text_method(text: &Rc<str>, name: &str, args: &[Known]) -> Known {
    let first_text = || args.first().and_then(to_text);
    let first_number = |default: f64| match args.first() {
        None | Some(Known::Undefined) => Some(default),
        Some(value) => number(value),
    };
    let made = |text: String| Known::text(text);
    let folded = (|| {
        Some(match name {
            "toString" | "valueOf" | "normalize" => Known::Text(text.clone(), false),
            "toLowerCase" | "toLocaleLowerCase" => made(text.to_lowercase()),
            "toUpperCase" | "toLocaleUpperCase" => made(text.to_uppercase()),
            "trim" => made(text.trim().to_owned()),
            "trimStart" => made(text.trim_start().to_owned()),
            "trimEnd" => made(text.trim_end().to_owned()),
            "charAt" => {
                let index = first_number(0.0)?.max(0.0) as usize;
                unit(text, index).map_or_else(|| Known::text(""), |unit| made(of_units(&[unit])))
            }
            "at" => {
                let index = relative(args.first(), length(text), 0)?;
                unit(text, index).map_or(Known::Undefined, |unit| made(of_units(&[unit])))
            }
            "charCodeAt" => {
                let index = first_number(0.0)?.max(0.0) as usize;
                Known::Number(unit(text, index).map_or(f64::NAN, f64::from))
            }
            "codePointAt" => {
                let index = first_number(0.0)?.max(0.0) as usize;
                let rest = slice(text, index, length(text));
                rest.chars()
                    .next()
                    .map_or(Known::Undefined, |c| Known::Number(f64::from(u32::from(c))))
            }
            "indexOf" | "lastIndexOf" => {
                let wanted = first_text()?;
                let start = match args.get(1) {
                    Some(from) if name == "indexOf" => number(from)?.max(0.0) as usize,
                    _ => 0,
                };
                let rest = if start == 0 {
                    text.to_string()
                } else {
                    slice(text, start, length(text))
                };
                let found = if name == "indexOf" {
                    rest.find(&*wanted)
                } else {
                    rest.rfind(&*wanted)
                };
                Known::Number(found.map_or(-1.0, |byte| (start + length(&rest[..byte])) as f64))
            }
            "includes" => Known::Bool(text.contains(&*first_text()?)),
            "startsWith" => Known::Bool(text.starts_with(&*first_text()?)),
            "endsWith" => Known::Bool(text.ends_with(&*first_text()?)),
            "slice" => {
                let length = length(text);
                let from = relative(args.first(), length, 0)?;
                let to = relative(args.get(1), length, length)?;
                made(slice(text, from, to))
            }
            "substring" => {
                let length = length(text);
                let clamp = |value: f64| {
                    if value.is_nan() {
                        0
                    } else {
                        value.clamp(0.0, length as f64) as usize
                    }
                };
                let from = clamp(first_number(0.0)?);
                let to = match args.get(1) {
                    None | Some(Known::Undefined) => length,
                    Some(to) => clamp(number(to)?),
                };
                made(slice(text, from.min(to), from.max(to)))
            }
            "substr" => {
                let length = length(text);
                let from = relative(args.first(), length, 0)?;
                let count = match args.get(1) {
                    None | Some(Known::Undefined) => length,
                    Some(count) => number(count)?.clamp(0.0, length as f64) as usize,
                };
                made(slice(text, from, from + count))
            }
            "concat" => {
                let mut out = text.to_string();
                for arg in args {
                    out.push_str(&to_text(arg)?);
                }
                made(out)
            }
            "repeat" => {
                let times = first_number(0.0)?.clamp(0.0, 1e6) as usize;
                if times * text.len() > 1 << 20 {
                    return None;
                }
                made(text.repeat(times))
            }
            "padStart" | "padEnd" => {
                let wanted = first_number(0.0)?.clamp(0.0, 65_536.0) as usize;
                let with = match args.get(1) {
                    None => " ".into(),
                    Some(with) => to_text(with)?,
                };
                let missing = wanted.saturating_sub(length(text));
                let padding: String = with
                    .chars()
                    .cycle()
                    .take(if with.is_empty() { 0 } else { missing })
                    .collect();
                made(if name == "padStart" {
                    format!("{padding}{text}")
                } else {
                    format!("{text}{padding}")
                })
            }
            "split" => {
                let parts: Vec<Known> = match args.first() {
                    None | Some(Known::Undefined) => vec![Known::Text(text.clone(), false)],
                    Some(Known::Regex(source)) => {
                        let separator = literal_of(source)?;
                        text.split(&*separator).map(Known::text).collect()
                    }
                    Some(separator) => {
                        let separator = to_text(separator)?;
                        if separator.is_empty() {
                            if text.len() > 1 << 20 {
                                return None;
                            }
                            if text.is_ascii() {
                                text.chars().map(|c| Known::text(String::from(c))).collect()
                            } else {
                                units(text)
                                    .iter()
                                    .map(|unit| Known::text(of_units(&[*unit])))
                                    .collect()
                            }
                        } else {
                            text.split(&*separator).map(Known::text).collect()
                        }
                    }
                };
                Known::array(parts)
            }
            "replace" | "replaceAll" => {
                let new = args.get(1).and_then(to_text)?;
                match args.first()? {
                    Known::Regex(source) => {
                        let pieces = pieces(text, source)?;
                        made(
                            pieces
                                .into_iter()
                                .map(
                                    |(piece, matched)| {
                                        if matched { new.to_string() } else { piece }
                                    },
                                )
                                .collect(),
                        )
                    }
                    wanted => {
                        let wanted = to_text(wanted)?;
                        made(if name == "replaceAll" {
                            text.replace(&*wanted, &new)
                        } else {
                            text.replacen(&*wanted, &new, 1)
                        })
                    }
                }
            }
            "match" | "matchAll" => match args.first()? {
                Known::Regex(source) => {
                    let found = pieces(text, source)?;
                    Known::array(
                        found
                            .into_iter()
                            .filter(|(_, matched)| *matched)
                            .map(|(piece, _)| Known::text(piece))
                            .collect(),
                    )
                }
                _ => return None,
            },
            _ => return None,
        })
    })();
    folded.unwrap_or(Known::Unknown)
}
