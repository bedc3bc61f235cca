//! Functions, imports, loops and names of the whole file.

use std::rc::Rc;

use super::{Walk, is_generated};
use crate::facts::{EndlessLoop, Function, Import};
use crate::js::tree::{Assigning, Binary, Def, Expr, ExprId, FnId, Stmt};
use crate::js::{runs, shape};
use crate::value::Value;

/// Constants of one file that are kept.
const CONSTANTS: usize = 64;

/// Known to the last part, and small.
fn is_constant(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() <= 1_000,
        Value::Number(_) | Value::Boolean(_) | Value::Null => true,
        Value::Array(items) => items.len() <= 64 && items.iter().all(is_constant),
        Value::Object(members) => {
            members.len() <= 64 && members.iter().all(|(_, value)| is_constant(value))
        }
        _ => false,
    }
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn functions(&mut self) {
        let shapes = shape::shapes(&self.machine.tree);
        let runs = runs::runs(&self.machine, &self.called);
        self.facts.functions = self
            .machine
            .tree
            .functions
            .iter()
            .zip(shapes)
            .zip(runs)
            .map(|((function, shape), runs)| Function {
                shape,
                span: function.span,
                parent: function.parent,
                name: function.name.into(),
                parameters: function
                    .parameter_names
                    .iter()
                    .map(|name| Rc::from(*name))
                    .collect(),
                nested: function.nested,
                runs,
            })
            .collect();
    }

    pub(super) fn imports(&mut self) {
        for (specifier, span, function) in &self.machine.tree.imports {
            self.facts.imports.push(Import {
                specifier: Value::String((*specifier).into()),
                span: *span,
                function: *function,
                lazy: false,
            });
        }
    }

    /// What settings are made of, under the names by which other files ask for it.
    pub(super) fn constants(&mut self) {
        let mut written: Vec<(&'a str, ExprId)> = Vec::new();
        let tree = &self.machine.tree;
        for statement in &tree.statements {
            if let Stmt::Bind(symbol, value) = *statement
                && tree.symbols[symbol as usize].owner == 0
                && matches!(self.machine.defs(symbol), [Def::Value(_)])
            {
                written.push((tree.symbols[symbol as usize].name, value));
            }
        }
        for (id, expr) in tree.exprs.iter().enumerate() {
            let Expr::Assign(Assigning::Set, target, value) = *expr else {
                continue;
            };
            let Expr::Member(object, name) = tree.expr(target) else {
                continue;
            };
            let is_exports = match tree.expr(object) {
                Expr::Global("exports") => true,
                Expr::Member(whole, "exports") => {
                    matches!(tree.expr(whole), Expr::Global("module"))
                }
                _ => false,
            };
            let is_all = name == "exports" && matches!(tree.expr(object), Expr::Global("module"));
            if tree.owners[id] != 0 {
                continue;
            }
            if is_exports {
                written.push((name, value));
            } else if let (true, Expr::Object(list)) = (is_all, tree.expr(value)) {
                for pair in tree.list(list).chunks_exact(2) {
                    if let Expr::Text(name, _) = tree.expr(pair[0]) {
                        written.push((name, pair[1]));
                    }
                }
            }
        }
        for (name, value) in written {
            let spelled = matches!(
                self.machine.tree.expr(value),
                Expr::Text(..)
                    | Expr::Number(_)
                    | Expr::Array(_)
                    | Expr::Object(_)
                    | Expr::Template(_)
                    | Expr::Binary(Binary::Add, ..)
            );
            if !spelled || self.facts.constants.len() == CONSTANTS {
                continue;
            }
            let value = self.machine.shown_value(value);
            if is_constant(&value) {
                self.facts.constants.push((name.into(), value));
            }
        }
    }

    pub(super) fn loops(&mut self) {
        let top: Vec<FnId> = self.at_the_top();
        let tree = &self.machine.tree;
        let exhausting = tree.exhausting.iter().filter(|(iterated, _, _)| {
            let Expr::Call(callee, _) = tree.expr(*iterated) else {
                return false;
            };
            let Expr::Local(symbol) = tree.expr(callee) else {
                return false;
            };
            matches!(self.machine.defs(symbol), [Def::Function(it)] if tree.endless_generators.contains(it))
        });
        let exhausting = exhausting.map(|(_, span, function)| (*span, *function));
        self.facts.loops = self
            .machine
            .tree
            .endless
            .iter()
            .copied()
            .chain(exhausting)
            .filter(|(_, function)| top.contains(function))
            .map(|(span, function)| EndlessLoop { span, function })
            .collect();
    }

    /// The file, and the functions that it calls at its top level.
    pub(super) fn at_the_top(&self) -> Vec<FnId> {
        let tree = &self.machine.tree;
        let mut top = vec![0];
        for (id, function) in tree.functions.iter().enumerate() {
            if function.called_with.is_some() && function.parent == 0 {
                top.push(id as FnId);
            }
        }
        for (id, expr) in tree.exprs.iter().enumerate() {
            if let Expr::Call(callee, _) = expr
                && tree.owners[id] == 0
                && let Expr::Local(symbol) = tree.expr(*callee)
                && let [Def::Function(function)] = self.machine.defs(symbol)
            {
                top.push(*function);
            }
        }
        top
    }

    pub(super) fn names(&mut self) {
        for symbol in &self.machine.tree.symbols {
            if symbol.name.is_empty() {
                continue;
            }
            self.facts.names += 1;
            if is_generated(symbol.name) {
                self.facts.generated_names += 1;
            }
        }
    }
}
