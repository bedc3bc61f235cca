//! What is put into bindings and members.

use std::rc::Rc;

use super::Machine;
use crate::js::builtins;
use crate::js::known::{Folded, Frame, Known, Stop};
use crate::js::tree::{Assigning, Expr, ExprId};

impl<'a> Machine<'a> {
    pub(super) fn assign(
        &mut self,
        how: Assigning,
        target: ExprId,
        value: ExprId,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        let new = match how {
            Assigning::Set => self.eval(value, frame)?,
            Assigning::With(operator) => {
                if frame.is_none() {
                    return Ok(Known::Unknown);
                }
                let old = self.eval(target, frame)?;
                let value = self.eval(value, frame)?;
                self.binary(operator, old, value)?
            }
            Assigning::When(operator) => self.logical(operator, target, value, frame)?,
        };
        if frame.is_some() || self.effects {
            self.set(target, new.clone(), frame)?;
        }
        Ok(new)
    }

    pub(super) fn set(
        &mut self,
        target: ExprId,
        value: Known,
        frame: Option<&Rc<Frame>>,
    ) -> Result<(), Stop> {
        match self.tree.expr(target) {
            Expr::Local(symbol) => self.set_local(symbol, value, frame),
            Expr::Member(object, name) => {
                let whole = self.eval(object, frame)?;
                self.set_member(&whole, name.into(), value)
            }
            Expr::Index(object, key) => {
                let whole = self.eval(object, frame)?;
                let key = self.eval(key, frame)?;
                if let (Known::Array(items), Known::Number(index)) = (&whole, &key) {
                    let index = *index as usize;
                    self.knots.array(items, &value);
                    let mut items = items.try_borrow_mut().map_err(|_| Stop::Unknown)?;
                    if index >= items.len() {
                        if index > items.len() + 65_536 {
                            return Err(Stop::Budget);
                        }
                        self.pay((index + 1 - items.len()) * 16)?;
                        items.resize(index + 1, Known::Undefined);
                    }
                    items[index] = value;
                    return Ok(());
                }
                let Some(name) = builtins::to_text(&key) else {
                    return Err(Stop::Unknown);
                };
                self.set_member(&whole, name, value)
            }
            _ => Err(Stop::Unknown),
        }
    }

    pub(super) fn set_member(
        &mut self,
        whole: &Known,
        name: Rc<str>,
        value: Known,
    ) -> Result<(), Stop> {
        self.pay(32)?;
        let members = match whole {
            Known::Object(members) => members.clone(),
            Known::Function(function, _) => {
                let members = self
                    .function_members
                    .entry(*function)
                    .or_insert_with(|| Known::object(Vec::new()));
                match members {
                    Known::Object(members) => members.clone(),
                    _ => return Err(Stop::Unknown),
                }
            }
            Known::Array(items) if &*name == "length" => {
                let length = builtins::number(&value).unwrap_or(0.0) as usize;
                items
                    .try_borrow_mut()
                    .map_err(|_| Stop::Unknown)?
                    .truncate(length);
                return Ok(());
            }
            _ => return Err(Stop::Unknown),
        };
        self.knots.object(&members, &value);
        let mut members = members.try_borrow_mut().map_err(|_| Stop::Unknown)?;
        match members.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => *old = value,
            None => {
                if members.len() > 65_536 {
                    return Err(Stop::Budget);
                }
                members.push((name, value));
            }
        }
        Ok(())
    }
}
