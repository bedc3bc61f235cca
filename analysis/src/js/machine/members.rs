//! Members of objects, functions and names.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{LARGE, LONGEST_PATH, Machine};
use crate::js::builtins;
use crate::js::known::{Folded, Frame, Known, Members, Stop};
use crate::js::names;
use crate::js::tree::{Expr, ExprId, List};

impl<'a> Machine<'a> {
    /// `object.name`, an expression, where the object was looked at already; `circles` is how many there were before.
    pub(super) fn member(
        &mut self,
        id: ExprId,
        object: ExprId,
        whole: Known,
        name: &str,
        circles: u64,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        let lasting = frame.is_none() && !self.effects;
        if lasting && let Some(known) = self.memo.get(id) {
            return Ok(known);
        }
        let value = self.member_of(object, whole, name, false, frame);
        // Names are not put together twice; what depends on itself may be known later.
        let lasts = match &value {
            Ok(Known::Path(..)) => true,
            Ok(Known::Unknown) => self.circles == circles,
            _ => false,
        };
        if lasting
            && lasts
            && let Ok(known) = &value
        {
            self.memo.insert(id, known.clone());
        }
        value
    }

    pub(super) fn member_of(
        &mut self,
        object: ExprId,
        whole: Known,
        name: &str,
        hidden: bool,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        let value = match &whole {
            Known::Object(members) => {
                let found = self.member_named(members, name);
                match found {
                    Some(value) => return Ok(value),
                    None => Known::Undefined,
                }
            }
            Known::Function(function, _) => match (name, self.function_members.get(function)) {
                ("constructor", _) => return Ok(Known::Path("Function".into(), hidden)),
                // Names of functions as letters of something else.
                ("name", None) if !self.tree.function(*function).name.is_empty() => {
                    return Ok(Known::decoded(self.tree.function(*function).name));
                }
                (_, Some(Known::Object(members))) => {
                    let found = members
                        .borrow()
                        .iter()
                        .rev()
                        .find(|(key, _)| &**key == name)
                        .map(|(_, value)| value.clone());
                    found.unwrap_or(Known::Undefined)
                }
                _ => Known::Undefined,
            },
            Known::Path(path, own) => {
                if path.len() + name.len() > LONGEST_PATH {
                    return Ok(Known::Unknown);
                }
                return Ok(self.named(names::member(path, name), *own || hidden));
            }
            Known::Undefined | Known::Null if frame.is_some() => {
                return Err(Stop::Throw(Known::Unknown));
            }
            other => builtins::member(other, name),
        };
        // Put there once, by a constructor or as a field.
        if matches!(value, Known::Undefined | Known::Unknown)
            && frame.is_none()
            && let Some(written) = self.field(object, name)
        {
            // A number that is put there first is counted on.
            return Ok(match self.written(written) {
                Known::Number(_) | Known::Bool(_) | Known::Null | Known::Undefined => {
                    Known::Unknown
                }
                known => known,
            });
        }
        // Set later, by name: `const api = {}; api.send = …`.
        if matches!(value, Known::Undefined | Known::Unknown)
            && let Expr::Local(symbol) = self.tree.expr(object)
            && let Some(&written) = self.member_writes.get(&(symbol, name))
        {
            return Ok(self.written(written));
        }
        match value {
            Known::Undefined if frame.is_none() => Ok(Known::Unknown),
            value => Ok(value),
        }
    }

    /// A member of an object; large ones are looked up by a table.
    pub(super) fn member_named(
        &mut self,
        members: &Rc<RefCell<Members>>,
        name: &str,
    ) -> Option<Known> {
        let held = members.borrow();
        if held.len() <= LARGE {
            let found = held.iter().rev().find(|(key, _)| &**key == name);
            return found.map(|(_, value)| value.clone());
        }
        let (_, count, table) = self
            .tables
            .entry(Rc::as_ptr(members) as usize)
            .or_insert_with(|| (members.clone(), 0, FxHashMap::default()));
        if *count != held.len() {
            *count = held.len();
            // Later members hide earlier ones of the same name.
            *table = held
                .iter()
                .enumerate()
                .map(|(index, (key, _))| (key.clone(), index))
                .collect();
        }
        table.get(name).map(|index| held[*index].1.clone())
    }

    /// What was put into a member; a member that is made of itself is not known.
    pub(super) fn written(&mut self, value: ExprId) -> Known {
        match self.put.get(&value) {
            Some(Some(known)) => return known.clone(),
            Some(None) => {
                self.circles += 1;
                return Known::Unknown;
            }
            None => {}
        }
        self.put.insert(value, None);
        let known = self.value(value);
        self.put.insert(value, Some(known.clone()));
        known
    }

    pub(super) fn item_of(
        &mut self,
        object: ExprId,
        whole: Known,
        key: Known,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        match (&whole, &key) {
            (_, Known::Text(name, hidden)) => {
                self.member_of(object, whole.clone(), name, *hidden, frame)
            }
            (Known::Path(path, hidden), _) if path.len() < LONGEST_PATH => {
                Ok(Known::Path([path, "[]"].concat().into(), *hidden))
            }
            (Known::Undefined | Known::Null, _) if frame.is_some() => {
                Err(Stop::Throw(Known::Unknown))
            }
            (Known::Object(_) | Known::Function(..), key) if key.is_constant() => {
                let name = builtins::to_text(key).unwrap_or_else(|| "".into());
                self.member_of(object, whole.clone(), &name, false, frame)
            }
            (whole, Known::Number(index)) => Ok(builtins::item(whole, *index)),
            _ => Ok(Known::Unknown),
        }
    }

    pub(super) fn object(&mut self, list: List, frame: Option<&Rc<Frame>>) -> Folded {
        let mut members: Members = Vec::with_capacity(list.len as usize / 2);
        let mut index = list.start as usize;
        while index < list.range().end {
            let (key, value) = (self.tree.lists[index], self.tree.lists[index + 1]);
            index += 2;
            if let Expr::Spread(inner) = self.tree.expr(key) {
                match self.eval(inner, frame)? {
                    Known::Object(more) => {
                        let more = more.borrow();
                        self.step(more.len())?;
                        members.extend(more.iter().cloned());
                    }
                    // `{...process.env}`
                    path @ Known::Path(..) => members.push(("...".into(), path)),
                    _ => {}
                }
                continue;
            }
            let key = self.eval(key, frame)?;
            let Some(key) = builtins::to_text(&key) else {
                continue;
            };
            let value = self.eval(value, frame)?;
            members.push((key, value));
        }
        self.pay(members.len() * 32)?;
        Ok(Known::object(members))
    }
}
