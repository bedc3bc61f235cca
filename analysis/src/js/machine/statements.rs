//! Statements of a function that is being folded.

use std::rc::Rc;

use super::{IDLE_TURNS, Machine};
use crate::js::builtins;
use crate::js::known::{Frame, Known, Stop};
use crate::js::tree::{Binary, ExprId, List, Stmt};

impl<'a> Machine<'a> {
    pub(super) fn block(&mut self, list: List, frame: &Rc<Frame>) -> Result<(), Stop> {
        for index in list.range() {
            let id = self.tree.statement_lists[index];
            self.statement(self.tree.statements[id as usize], frame)?;
        }
        Ok(())
    }

    pub(super) fn truth(&mut self, test: ExprId, frame: &Rc<Frame>) -> Result<bool, Stop> {
        let value = self.eval(test, Some(frame))?;
        builtins::truth(&value).ok_or(Stop::Unknown)
    }

    pub(super) fn statement(&mut self, statement: Stmt<'a>, frame: &Rc<Frame>) -> Result<(), Stop> {
        self.step(1)?;
        match statement {
            Stmt::Expr(id) => {
                self.eval(id, Some(frame))?;
            }
            Stmt::Bind(symbol, id) => {
                let value = self.eval(id, Some(frame))?;
                self.set_local(symbol, value, Some(frame))?;
            }
            Stmt::Return(value) => {
                let value = match value {
                    Some(id) => self.eval(id, Some(frame))?,
                    None => Known::Undefined,
                };
                return Err(Stop::Return(value));
            }
            Stmt::Throw(id) => {
                let value = self.eval(id, Some(frame))?;
                return Err(Stop::Throw(value));
            }
            Stmt::If(test, then, other) => {
                let list = if self.truth(test, frame)? {
                    then
                } else {
                    other
                };
                self.block(list, frame)?;
            }
            Stmt::Loop(init, test, update, body, body_first) => {
                self.block(init, frame)?;
                let mut first = body_first;
                loop {
                    if !std::mem::take(&mut first)
                        && let Some(test) = test
                        && !self.truth(test, frame)?
                    {
                        break;
                    }
                    if self.turn(body, frame)? {
                        break;
                    }
                    if let Some(update) = update {
                        self.eval(update, Some(frame))?;
                    }
                }
            }
            Stmt::Each(symbol, iterated, body, of) => {
                let value = self.eval(iterated, Some(frame))?;
                let items = if of {
                    builtins::items(&value)
                } else {
                    builtins::keys(&value)
                };
                for item in items.ok_or(Stop::Unknown)? {
                    if let Some(symbol) = symbol {
                        self.set_local(symbol, item, Some(frame))?;
                    }
                    if self.turn(body, frame)? {
                        break;
                    }
                }
            }
            Stmt::Try(block, parameter, handler, last, handled) => {
                let ended = match self.block(block, frame) {
                    Err(Stop::Throw(value)) if handled => {
                        if let Some(symbol) = parameter {
                            self.set_local(symbol, value, Some(frame))?;
                        }
                        self.block(handler, frame)
                    }
                    ended => ended,
                };
                self.block(last, frame)?;
                ended?;
            }
            Stmt::Switch(value, cases) => self.switch(value, cases, frame)?,
            Stmt::Case(_, body) | Stmt::Block(body) => self.block(body, frame)?,
            Stmt::Labeled(label, body) => match self.block(body, frame) {
                Err(Stop::Break(Some(target))) if &*target == label => {}
                ended => ended?,
            },
            Stmt::Break(label) => return Err(Stop::Break(label.map(Into::into))),
            // A labelled one is taken for the innermost loop's.
            Stmt::Continue => return Err(Stop::Continue),
        }
        Ok(())
    }

    /// One turn of a loop; true ends it.
    pub(super) fn turn(&mut self, body: List, frame: &Rc<Frame>) -> Result<bool, Stop> {
        self.step(1)?;
        if self.bytes != self.idle_since {
            self.idle_since = self.bytes;
            self.idle_turns = 0;
        }
        self.idle_turns += 1;
        if self.idle_turns > IDLE_TURNS {
            return Err(Stop::Budget);
        }
        match self.block(body, frame) {
            Ok(()) | Err(Stop::Continue) => Ok(false),
            Err(Stop::Break(None)) => Ok(true),
            Err(stop) => Err(stop),
        }
    }

    pub(super) fn switch(
        &mut self,
        value: ExprId,
        cases: List,
        frame: &Rc<Frame>,
    ) -> Result<(), Stop> {
        let value = self.eval(value, Some(frame))?;
        let mut from = None;
        let mut default = None;
        for index in cases.range() {
            let id = self.tree.statement_lists[index];
            let Stmt::Case(test, _) = self.tree.statements[id as usize] else {
                continue;
            };
            match test {
                None => default = Some(index),
                Some(test) => {
                    let test = self.eval(test, Some(frame))?;
                    let same = builtins::binary(Binary::StrictEqual, &value, &test);
                    if builtins::truth(&same).ok_or(Stop::Unknown)? {
                        from = Some(index);
                        break;
                    }
                }
            }
        }
        let Some(from) = from.or(default) else {
            return Ok(());
        };
        for index in from..cases.range().end {
            let id = self.tree.statement_lists[index];
            match self.statement(self.tree.statements[id as usize], frame) {
                Err(Stop::Break(None)) => return Ok(()),
                ended => ended?,
            }
        }
        Ok(())
    }
}
