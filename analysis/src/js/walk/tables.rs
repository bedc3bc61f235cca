//! Functions, imports, loops and names of the whole file.

use std::rc::Rc;

use super::{Walk, is_generated};
use crate::facts::{EndlessLoop, Function, Import};
use crate::js::tree::{Def, Expr, FnId};
use crate::js::{runs, shape};
use crate::value::Value;

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
