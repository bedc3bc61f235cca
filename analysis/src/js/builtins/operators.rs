//! Operators on known values.

use std::rc::Rc;

use super::{number, to_text, truth};
use crate::js::known::Known;
use crate::js::tree::{Binary, Unary};

pub(in crate::js) fn unary(operator: Unary, value: &Known) -> Known {
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

pub(super) fn int(value: f64) -> i32 {
    if value.is_finite() {
        // Modulo 2^32, as the language has it.
        (value.trunc() % 4_294_967_296.0) as i64 as i32
    } else {
        0
    }
}

pub(in crate::js) fn binary(operator: Binary, left: &Known, right: &Known) -> Known {
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

pub(super) fn same(left: &Known, right: &Known) -> Option<bool> {
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

pub(super) fn equal(left: &Known, right: &Known) -> Option<bool> {
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
