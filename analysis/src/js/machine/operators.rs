//! Sums, comparisons, and what a condition leaves open.

use std::rc::Rc;

use super::Machine;
use crate::js::builtins;
use crate::js::known::{Folded, Frame, Known, Stop};
use crate::js::tree::{Binary, Expr, ExprId, Logical};

impl<'a> Machine<'a> {
    /// A sum, which is as deep on its left as it is long; text is collected in one buffer.
    pub(super) fn sum(&mut self, id: ExprId, frame: Option<&Rc<Frame>>) -> Folded {
        let mut addends = Vec::new();
        let mut first = id;
        while let Expr::Binary(Binary::Add, left, right) = self.tree.expr(first) {
            addends.push(right);
            first = left;
        }
        let mut sum = self.eval(first, frame)?;
        let mut buffer: Option<(String, bool)> = None;
        for addend in addends.into_iter().rev() {
            let next = self.eval(addend, frame)?;
            if let (Known::Text(text, hidden), Some((collected, any))) = (&next, &mut buffer) {
                collected.push_str(text);
                *any |= hidden;
                self.pay(text.len())?;
                continue;
            }
            if let Some((collected, any)) = buffer.take() {
                sum = Known::Text(collected.into(), any);
            }
            match (&sum, &next) {
                (Known::Text(first, one), Known::Text(second, other)) => {
                    self.pay(first.len() + second.len())?;
                    buffer = Some((format!("{first}{second}"), *one || *other));
                }
                _ => sum = self.binary(Binary::Add, sum, next)?,
            }
        }
        Ok(match buffer {
            Some((collected, any)) => Known::Text(collected.into(), any),
            None => sum,
        })
    }

    pub(super) fn binary(&mut self, operator: Binary, left: Known, right: Known) -> Folded {
        if operator != Binary::Add {
            return Ok(builtins::binary(operator, &left, &right));
        }
        let numeric = |value: &Known| {
            matches!(
                value,
                Known::Number(_) | Known::Bool(_) | Known::Null | Known::Undefined
            )
        };
        if numeric(&left) && numeric(&right) {
            return Ok(builtins::binary(operator, &left, &right));
        }
        match (&left, &right) {
            (
                Known::Unknown | Known::Path(..),
                Known::Unknown | Known::Path(..) | Known::Number(_),
            ) => Ok(Known::Unknown),
            (Known::Number(_), Known::Unknown | Known::Path(..)) => Ok(Known::Unknown),
            _ => self.join(left, right),
        }
    }

    /// Two values as one text; what is not known stays a hole.
    pub(in crate::js) fn join(&mut self, left: Known, right: Known) -> Folded {
        let hidden = left.is_hidden() || right.is_hidden();
        if let (Some(first), Some(second)) = (builtins::to_text(&left), builtins::to_text(&right)) {
            self.pay(first.len() + second.len())?;
            let mut text = String::with_capacity(first.len() + second.len());
            text.push_str(&first);
            text.push_str(&second);
            return Ok(Known::Text(text.into(), hidden));
        }
        let mut parts: Vec<Known> = Vec::new();
        for side in [left, right] {
            match side {
                Known::Concat(more, _) => parts.extend(more.iter().cloned()),
                side => match builtins::to_text(&side) {
                    Some(text) => parts.push(Known::Text(text, side.is_hidden())),
                    None => parts.push(side),
                },
            }
        }
        if parts.len() > 64 {
            parts.truncate(64);
        }
        self.pay(parts.len() * 16)?;
        // Neighbours that are known become one.
        let mut merged: Vec<Known> = Vec::with_capacity(parts.len());
        for part in parts {
            match (merged.last_mut(), part) {
                (Some(Known::Text(last, own)), Known::Text(text, more)) => {
                    self.pay(last.len() + text.len())?;
                    *last = format!("{last}{text}").into();
                    *own |= more;
                }
                (_, Known::Text(text, _)) if text.is_empty() => {}
                (_, part) => merged.push(part),
            }
        }
        Ok(Known::Concat(merged.into(), hidden))
    }

    pub(super) fn logical(
        &mut self,
        operator: Logical,
        left: ExprId,
        right: ExprId,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        let value = self.eval(left, frame)?;
        let decided = match operator {
            Logical::Or => builtins::truth(&value),
            Logical::And => builtins::truth(&value).map(|truth| !truth),
            Logical::Coalesce => match value {
                Known::Undefined | Known::Null => Some(false),
                Known::Unknown | Known::Path(..) => None,
                _ => Some(true),
            },
        };
        match decided {
            Some(true) => Ok(value),
            Some(false) => self.eval(right, frame),
            None if frame.is_some() && !matches!(value, Known::Path(..)) => Err(Stop::Unknown),
            // `window.fetch || require("node-fetch")`: either will do, the named one first.
            None => {
                let other = self.eval(right, frame)?;
                Ok(match (operator, value) {
                    (Logical::And, _) => other,
                    (_, value @ Known::Path(..)) => value,
                    _ => other,
                })
            }
        }
    }
}
