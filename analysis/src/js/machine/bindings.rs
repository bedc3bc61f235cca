//! What a name stands for: values that are bound once, parameters, fields.

use std::rc::Rc;

use super::Machine;
use crate::js::known::{Folded, Frame, Known, Stop};
use crate::js::names;
use crate::js::tree::{Def, Expr, ExprId, FnId, Sym};

impl<'a> Machine<'a> {
    pub(super) fn local(&mut self, symbol: Sym, frame: Option<&Rc<Frame>>) -> Folded {
        let owner = self.tree.symbols[symbol as usize].owner;
        let mut next = frame;
        while let Some(frame) = next {
            if frame.function == owner {
                if let Some(value) = frame.bindings.borrow().get(&symbol) {
                    return Ok(value.clone());
                }
                let function = self.defs(symbol).iter().find_map(|def| match def {
                    Def::Function(function) => Some(*function),
                    _ => None,
                });
                return Ok(match function {
                    Some(function) => Known::Function(function, Some(frame.clone())),
                    None => Known::Undefined,
                });
            }
            next = frame.parent.as_ref();
        }
        Ok(self.static_value(symbol))
    }

    /// The value of a binding outside of what is being folded.
    pub(in crate::js) fn static_value(&mut self, symbol: Sym) -> Known {
        if let Some(known) = &self.statics[symbol as usize] {
            return known.clone();
        }
        if !self.in_progress.insert(symbol) {
            self.circles += 1;
            return Known::Unknown;
        }
        let value = self.first_value(symbol);
        self.in_progress.remove(&symbol);
        self.statics[symbol as usize] = Some(value.clone());
        value
    }

    pub(super) fn first_value(&mut self, symbol: Sym) -> Known {
        let (start, len) = self.definitions[symbol as usize];
        let mut found: Option<Known> = None;
        // A function that replaces itself when it first runs is what it is declared as.
        for index in start..start + len {
            if let Def::Function(function) = self.sorted[index as usize] {
                let rest = (start..start + len).all(|index| match self.sorted[index as usize] {
                    Def::Function(_) => true,
                    Def::Value(value) => self
                        .tree
                        .is_within(self.tree.owners[value as usize], function),
                    _ => false,
                });
                return if rest {
                    Known::Function(function, None)
                } else {
                    Known::Unknown
                };
            }
        }
        for index in start..start + len.min(8) {
            let value = match self.sorted[index as usize] {
                Def::Value(value) => self.value(value),
                Def::Module(module) => Known::path(names::module(module)),
                Def::ModuleMember(module, member) => {
                    let module = names::module(module);
                    self.named(names::member(&module, member), false)
                }
                Def::Parameter(function, position) => self.parameter(function, position),
                Def::ItemOf(iterated) => self.one_of(iterated),
                Def::Changed => return Known::Unknown,
                Def::Item | Def::Function(_) | Def::Unknown => Known::Unknown,
            };
            match (&found, value) {
                (None, Known::Undefined | Known::Null) if len > 1 => {}
                (None, value) => found = Some(value),
                (Some(Known::Unknown), value @ Known::Path(..)) => found = Some(value),
                // Several values: a name may stand for all, a number may not.
                (Some(Known::Number(_) | Known::Bool(_)), _) => return Known::Unknown,
                _ => {}
            }
        }
        found.unwrap_or(Known::Undefined)
    }

    /// What a function that is called where it stands gets for a parameter.
    pub(super) fn parameter(&mut self, function: FnId, position: u32) -> Known {
        let it = self.tree.function(function);
        if let (Some(items), 0) = (it.each_of, position) {
            return self.one_of(items);
        }
        let Some(args) = it.called_with else {
            return Known::Unknown;
        };
        if position >= args.len {
            return if position == u32::MAX {
                Known::Unknown
            } else {
                Known::Undefined
            };
        }
        let arg = self.tree.lists[(args.start + position) as usize];
        match self.tree.expr(arg) {
            Expr::Spread(_) => Known::Unknown,
            _ => self.value(arg),
        }
    }

    /// An item that may stand for all: each by turns is something with a name.
    pub(super) fn one_of(&mut self, items: ExprId) -> Known {
        let value = self.value(items);
        let items = match &value {
            Known::Array(items) => items.try_borrow().map(|items| items.clone()),
            _ => return Known::Unknown,
        };
        let mut items = items.unwrap_or_default().into_iter().take(64);
        items
            .find(|item| matches!(item, Known::Path(..) | Known::Concat(..)))
            .unwrap_or(Known::Unknown)
    }

    /// What a member of `this` is given once, where `object` is that `this`.
    pub(in crate::js) fn field(&self, object: ExprId, name: &str) -> Option<ExprId> {
        if !matches!(self.tree.expr(object), Expr::This) {
            return None;
        }
        let class = self.tree.function(self.tree.owners[object as usize]).class;
        self.this_writes.get(&(class, name)).copied().flatten()
    }

    pub(super) fn set_local(
        &mut self,
        symbol: Sym,
        value: Known,
        frame: Option<&Rc<Frame>>,
    ) -> Result<(), Stop> {
        let owner = self.tree.symbols[symbol as usize].owner;
        let mut next = frame;
        while let Some(frame) = next {
            if frame.function == owner {
                frame.bindings.borrow_mut().insert(symbol, value);
                return Ok(());
            }
            next = frame.parent.as_ref();
        }
        if frame.is_none() && !self.effects {
            return Ok(());
        }
        self.statics[symbol as usize] = Some(value);
        Ok(())
    }
}
