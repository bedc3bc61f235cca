//! The built-in operators, functions and methods that folding knows: those that need nothing from outside.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};

use super::known::{Folded, Known, Stop};
use super::machine::Machine;
use super::names;
use super::tree::{Binary, Unary};

/// As lenient as `atob` and `Buffer.from` are.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

// Conversions.

pub(super) fn truth(value: &Known) -> Option<bool> {
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

pub(super) fn number(value: &Known) -> Option<f64> {
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

fn number_of(text: &str) -> f64 {
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

pub(super) fn to_text(value: &Known) -> Option<Rc<str>> {
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

fn number_text(value: f64) -> String {
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
pub(super) fn items(value: &Known) -> Option<Vec<Known>> {
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
pub(super) fn keys(value: &Known) -> Option<Vec<Known>> {
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

// Operators.

pub(super) fn unary(operator: Unary, value: &Known) -> Known {
    match operator {
        Unary::Void => Known::Undefined,
        Unary::Not => truth(value).map_or(Known::Unknown, |value| Known::Bool(!value)),
        Unary::Plus => number(value).map_or(Known::Unknown, Known::Number),
        Unary::Minus => number(value).map_or(Known::Unknown, |value| Known::Number(-value)),
        Unary::BitNot => number(value).map_or(Known::Unknown, |value| {
            Known::Number(f64::from(!int(value)))
        }),
        Unary::Delete => Known::Bool(true),
        Unary::Typeof => match value {
            Known::Undefined => Known::text("undefined"),
            Known::Null
            | Known::Array(_)
            | Known::Object(_)
            | Known::Regex(_)
            | Known::Bytes(_) => Known::text("object"),
            Known::Bool(_) => Known::text("boolean"),
            Known::Number(_) => Known::text("number"),
            Known::Text(..) | Known::Concat(..) => Known::text("string"),
            Known::Function(..) => Known::text("function"),
            Known::Unknown | Known::Path(..) => Known::Unknown,
        },
    }
}

fn int(value: f64) -> i32 {
    if value.is_finite() {
        // Modulo 2^32, as the language has it.
        (value.trunc() % 4_294_967_296.0) as i64 as i32
    } else {
        0
    }
}

pub(super) fn binary(operator: Binary, left: &Known, right: &Known) -> Known {
    match operator {
        Binary::StrictEqual => return same(left, right).map_or(Known::Unknown, Known::Bool),
        Binary::StrictNotEqual => {
            return same(left, right).map_or(Known::Unknown, |same| Known::Bool(!same));
        }
        Binary::Equal => return equal(left, right).map_or(Known::Unknown, Known::Bool),
        Binary::NotEqual => {
            return equal(left, right).map_or(Known::Unknown, |same| Known::Bool(!same));
        }
        Binary::Instanceof => return Known::Unknown,
        Binary::In => {
            let (Some(key), Known::Object(members)) = (to_text(left), right) else {
                return Known::Unknown;
            };
            return members.try_borrow().map_or(Known::Unknown, |members| {
                Known::Bool(members.iter().any(|(name, _)| *name == key))
            });
        }
        _ => {}
    }
    if let (Known::Text(first, _), Known::Text(second, _)) = (left, right) {
        let ordered = match operator {
            Binary::Less => Some(first < second),
            Binary::LessEqual => Some(first <= second),
            Binary::Greater => Some(first > second),
            Binary::GreaterEqual => Some(first >= second),
            _ => None,
        };
        if let Some(ordered) = ordered {
            return Known::Bool(ordered);
        }
    }
    let (Some(first), Some(second)) = (number(left), number(right)) else {
        return Known::Unknown;
    };
    Known::Number(match operator {
        Binary::Less => return Known::Bool(first < second),
        Binary::LessEqual => return Known::Bool(first <= second),
        Binary::Greater => return Known::Bool(first > second),
        Binary::GreaterEqual => return Known::Bool(first >= second),
        Binary::Add => first + second,
        Binary::Subtract => first - second,
        Binary::Multiply => first * second,
        Binary::Divide => first / second,
        Binary::Remainder => first % second,
        Binary::Power => first.powf(second),
        Binary::ShiftLeft => f64::from(int(first).wrapping_shl(int(second) as u32 & 31)),
        Binary::ShiftRight => f64::from(int(first) >> (int(second) as u32 & 31)),
        Binary::ShiftRightZero => f64::from(int(first) as u32 >> (int(second) as u32 & 31)),
        Binary::BitOr => f64::from(int(first) | int(second)),
        Binary::BitXor => f64::from(int(first) ^ int(second)),
        Binary::BitAnd => f64::from(int(first) & int(second)),
        _ => return Known::Unknown,
    })
}

fn same(left: &Known, right: &Known) -> Option<bool> {
    Some(match (left, right) {
        (Known::Unknown | Known::Path(..) | Known::Concat(..), _)
        | (_, Known::Unknown | Known::Path(..) | Known::Concat(..)) => {
            return None;
        }
        (Known::Undefined, Known::Undefined) | (Known::Null, Known::Null) => true,
        (Known::Bool(first), Known::Bool(second)) => first == second,
        (Known::Number(first), Known::Number(second)) => first == second,
        (Known::Text(first, _), Known::Text(second, _)) => first == second,
        (Known::Array(first), Known::Array(second)) => Rc::ptr_eq(first, second),
        (Known::Object(first), Known::Object(second)) => Rc::ptr_eq(first, second),
        (Known::Function(first, _), Known::Function(second, _)) => first == second,
        _ => false,
    })
}

fn equal(left: &Known, right: &Known) -> Option<bool> {
    let nothing = |value: &Known| matches!(value, Known::Undefined | Known::Null);
    if nothing(left) || nothing(right) {
        return match (left, right) {
            (Known::Unknown | Known::Path(..), _) | (_, Known::Unknown | Known::Path(..)) => None,
            _ => Some(nothing(left) && nothing(right)),
        };
    }
    match (left, right) {
        (Known::Text(..), Known::Text(..))
        | (Known::Array(_) | Known::Object(_), Known::Array(_) | Known::Object(_)) => {
            same(left, right)
        }
        _ => Some(number(left)? == number(right)?),
    }
}

// Text, by UTF-16 units as the language counts.

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn of_units(units: &[u16]) -> String {
    String::from_utf16_lossy(units)
}

fn unit(text: &str, index: usize) -> Option<u16> {
    if text.is_ascii() {
        return text.as_bytes().get(index).map(|byte| u16::from(*byte));
    }
    text.encode_utf16().nth(index)
}

fn length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

fn slice(text: &str, from: usize, to: usize) -> String {
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
fn relative(value: Option<&Known>, length: usize, default: usize) -> Option<usize> {
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

/// Methods that change the array they are called on.
pub(super) fn changes(name: &str) -> bool {
    matches!(
        name,
        "push" | "pop" | "shift" | "unshift" | "splice" | "reverse" | "sort" | "fill"
    )
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

fn in_radix(value: f64, radix: u32) -> Option<String> {
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

fn text_method(text: &Rc<str>, name: &str, args: &[Known]) -> Known {
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

/// The text of a pattern without operators.
fn literal_of(source: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                c if c.is_ascii_alphanumeric() => return None,
                c => text.push(c),
            },
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => {
                return None;
            }
            c => text.push(c),
        }
    }
    Some(text)
}

/// The text cut at the matches of a simple pattern: a literal, `.`, `..`, `.{n}`, `.{m,n}`, `\w{n}`, or one class of
/// characters with or without `+`. Each piece says whether it matched.
pub(super) fn pieces(text: &str, source: &str) -> Option<Vec<(String, bool)>> {
    if text.len() > 4 << 20 {
        return None;
    }
    let source = source
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(source);
    if let Some(literal) = literal_of(source) {
        if literal.is_empty() {
            return None;
        }
        let mut out = Vec::new();
        for (index, part) in text.split(&literal).enumerate() {
            if index > 0 {
                out.push((literal.clone(), true));
            }
            if !part.is_empty() {
                out.push((part.to_owned(), false));
            }
        }
        return Some(out);
    }
    let (class, counts) = counted(source)?;
    let mut out: Vec<(String, bool)> = Vec::new();
    let mut run = String::new();
    let mut held = 0;
    let flush = |run: &mut String, held: &mut usize, out: &mut Vec<(String, bool)>| {
        if !run.is_empty() {
            out.push((std::mem::take(run), *held >= counts.0));
            *held = 0;
        }
    };
    for c in text.chars() {
        if class.holds(c) {
            run.push(c);
            held += 1;
            if held == counts.1 {
                flush(&mut run, &mut held, &mut out);
            }
        } else {
            flush(&mut run, &mut held, &mut out);
            match out.last_mut() {
                Some((last, false)) => last.push(c),
                _ => out.push((c.to_string(), false)),
            }
        }
    }
    flush(&mut run, &mut held, &mut out);
    Some(out)
}

/// A class of characters and how often it may stand.
fn counted(source: &str) -> Option<(Class, (usize, usize))> {
    let (class, rest) = Class::read(source)?;
    if rest.is_empty() {
        return Some((class, (1, 1)));
    }
    if rest == "+" {
        return Some((class, (1, usize::MAX)));
    }
    if let Some(counts) = rest
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        let (least, most) = match counts.split_once(',') {
            Some((least, "")) => (least.parse().ok()?, usize::MAX),
            Some((least, most)) => (least.parse().ok()?, most.parse().ok()?),
            None => (counts.parse().ok()?, counts.parse().ok()?),
        };
        return (least >= 1 && most >= least).then_some((class, (least, most)));
    }
    // `..`, `\w\w`
    let mut times = 1;
    let mut rest = rest;
    let one = &source[..source.len() - rest.len()];
    while let Some(next) = rest.strip_prefix(one) {
        times += 1;
        rest = next;
    }
    rest.is_empty().then_some((class, (times, times)))
}

struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Class {
    fn read(source: &str) -> Option<(Self, &str)> {
        let mut chars = source.chars();
        let mut ranges = Vec::new();
        match chars.next()? {
            '.' => Some((
                Self {
                    negated: true,
                    ranges: vec![('\n', '\n')],
                },
                chars.as_str(),
            )),
            '\\' => {
                ranges.extend(Self::named(chars.next()?)?);
                Some((
                    Self {
                        negated: false,
                        ranges,
                    },
                    chars.as_str(),
                ))
            }
            '[' => {
                let negated = chars.as_str().starts_with('^');
                if negated {
                    chars.next();
                }
                loop {
                    let c = match chars.next()? {
                        ']' => break,
                        '\\' => {
                            let c = chars.next()?;
                            if let Some(named) = Self::named(c) {
                                ranges.extend(named);
                                continue;
                            }
                            if c.is_ascii_alphanumeric() {
                                return None;
                            }
                            c
                        }
                        c => c,
                    };
                    let rest = chars.as_str();
                    if rest.starts_with('-') && !rest.starts_with("-]") {
                        chars.next();
                        let end = chars.next()?;
                        if end == '\\' {
                            return None;
                        }
                        ranges.push((c, end));
                    } else {
                        ranges.push((c, c));
                    }
                }
                Some((Self { negated, ranges }, chars.as_str()))
            }
            _ => None,
        }
    }

    fn named(c: char) -> Option<Vec<(char, char)>> {
        Some(match c {
            'd' => vec![('0', '9')],
            'w' => vec![('0', '9'), ('a', 'z'), ('A', 'Z'), ('_', '_')],
            's' => vec![(' ', ' '), ('\t', '\r')],
            _ => return None,
        })
    }

    fn holds(&self, c: char) -> bool {
        self.ranges
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&c))
            != self.negated
    }
}

fn array_method(
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

fn bytes_method(bytes: &Rc<[u8]>, name: &str, args: &[Known]) -> Known {
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

/// Calls a built-in function by name; `Unknown` where it is none.
pub(super) fn call(machine: &mut Machine<'_>, path: &str, args: &[Known]) -> Folded {
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

fn is_return_this(args: &[Known]) -> bool {
    matches!(args.last(), Some(Known::Text(text, _)) if {
        let text = text.trim().trim_end_matches(';').trim_end_matches("()");
        text == "return this" || text == "return globalThis" || text == "return (this)"
    })
}

/// `new` of a built-in; `Unknown` where it is none that folding knows.
pub(super) fn construct(machine: &mut Machine<'_>, path: &str, args: &[Known]) -> Folded {
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

fn math(value: Option<&Known>, f: impl Fn(f64) -> f64) -> Known {
    value
        .and_then(number)
        .map_or(Known::Unknown, |value| Known::Number(f(value)))
}

fn of_json(value: &serde_json::Value, depth: usize) -> Known {
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

fn bytes_of(value: Option<&Known>, encoding: Option<&Known>) -> Option<Vec<u8>> {
    match value? {
        Known::Text(text, _) => match encoding.and_then(to_text).as_deref() {
            None | Some("utf8" | "utf-8" | "undefined") => Some(text.as_bytes().to_vec()),
            Some("base64" | "base64url") => base64_bytes(text),
            Some("hex") => hex_bytes(text),
            Some("latin1" | "binary" | "ascii") => {
                Some(text.chars().map(|c| u32::from(c) as u8).collect())
            }
            _ => None,
        },
        Known::Array(items) => {
            let items = items.try_borrow().ok()?;
            if items.is_empty() {
                return None;
            }
            items
                .iter()
                .map(|item| number(item).map(|value| int(value) as u8))
                .collect()
        }
        Known::Bytes(bytes) => Some(bytes.to_vec()),
        _ => None,
    }
}

/// The bytes of base64 text in either alphabet, spaces ignored.
pub(super) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let clean: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    BASE64.decode(clean).ok()
}

/// The bytes of hexadecimal text.
pub(super) fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| {
            Some((char::from(pair[0]).to_digit(16)? * 16 + char::from(pair[1]).to_digit(16)?) as u8)
        })
        .collect()
}

pub(super) fn percent_decoded(text: &str, lenient: bool) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut latin = String::new();
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index] == b'%' {
            let code = text
                .get(index + 1..index + 3)
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            match code {
                Some(code) => {
                    out.push(code);
                    latin.push(char::from(code));
                    index += 3;
                    continue;
                }
                None if !lenient => return None,
                None => {}
            }
        }
        let c = text[index..].chars().next()?;
        let mut buffer = [0; 4];
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        latin.push(c);
        index += c.len_utf8();
    }
    if lenient {
        Some(latin)
    } else {
        String::from_utf8(out).ok()
    }
}

fn leading_integer(text: &str, radix: u32) -> f64 {
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

fn leading_float(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(index, c)| {
            !(c.is_ascii_digit() || *c == '.' || *index == 0 && (*c == '-' || *c == '+'))
        })
        .map_or(text.len(), |(index, _)| index);
    text[..end].parse().unwrap_or(f64::NAN)
}
