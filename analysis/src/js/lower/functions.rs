//! Functions and classes.

use oxc_ast::ast as js;

use super::{Body, Lowering, binding_name};
use crate::js::tree::{Assigning, Def, Expr, ExprId, FnId, Function, List, Logical, Stmt, StmtId};

impl<'a> Lowering<'_, 'a, '_> {
    pub(super) fn function_declaration(&mut self, function: &js::Function<'a>) -> ExprId {
        let name = function.id.as_ref().map_or("", |id| id.name.as_str());
        let symbol = function.id.as_ref().and_then(|id| self.bound(id));
        let id = self.function(function, name);
        if let Some(symbol) = symbol {
            self.define(symbol, Def::Function(id));
        }
        self.push(Expr::Function(id), function.span)
    }

    pub(super) fn function(&mut self, function: &js::Function<'a>, name: &'a str) -> FnId {
        let statements = function
            .body
            .as_ref()
            .map_or(&[][..], |body| &body.statements);
        self.body(
            name,
            Some(&function.params),
            Body::Statements(statements),
            function.span,
            false,
            function.generator || function.r#async,
        )
    }

    pub(super) fn body(
        &mut self,
        name: &'a str,
        params: Option<&js::FormalParameters<'a>>,
        body: Body<'_, 'a>,
        span: oxc_span::Span,
        arrow: bool,
        suspends: bool,
    ) -> FnId {
        let id = self.tree.functions.len() as FnId;
        let start = self.tree.exprs.len() as ExprId;
        let span = self.span(span);
        self.tree.functions.push(Function {
            name,
            parameters: Vec::new(),
            parameter_names: Vec::new(),
            rest: None,
            body: List::default(),
            exprs: start..start,
            span,
            parent: self.function,
            arrow,
            suspends,
            nested: self.nested,
            called_with: None,
            each_of: None,
            class: self.class,
        });
        let outer = std::mem::replace(&mut self.function, id);
        let (exits, yields) = (self.exits, self.yields);
        let mut ids = Vec::new();
        let items = params.map_or(&[][..], |params| &params.items);
        let mut parameters = Vec::with_capacity(items.len());
        let mut parameter_names = Vec::with_capacity(items.len());
        for (index, parameter) in items.iter().enumerate() {
            parameter_names.push(binding_name(&parameter.pattern));
            let symbol = self.parameter(
                &parameter.pattern,
                Def::Parameter(id, index as u32),
                &mut ids,
            );
            if let (Some(default), Some(symbol)) = (&parameter.initializer, symbol) {
                let other = self.expression(default);
                let target = self.push(Expr::Local(symbol), parameter.span);
                let assign = self.push(
                    Expr::Assign(Assigning::When(Logical::Coalesce), target, other),
                    parameter.span,
                );
                self.define(symbol, Def::Changed);
                // Before patterns are taken apart.
                let id = self.tree.statements.len() as StmtId;
                self.tree.statements.push(Stmt::Expr(assign));
                ids.insert(0, id);
            }
            parameters.push(symbol);
        }
        let rest = params
            .and_then(|params| params.rest.as_ref())
            .and_then(|rest| {
                self.parameter(&rest.rest.argument, Def::Parameter(id, u32::MAX), &mut ids)
            });
        match body {
            Body::Statements(statements) => {
                for statement in statements {
                    self.statement(statement, &mut ids);
                }
            }
            Body::Expression(expression) => {
                let value = self.expression(expression);
                self.stmt(Stmt::Return(Some(value)), &mut ids);
            }
        }
        (self.exits, self.yields) = (exits, yields);
        self.function = outer;
        let body = self.statement_list(&ids);
        let end = self.tree.exprs.len() as ExprId;
        let function = &mut self.tree.functions[id as usize];
        function.parameters = parameters;
        function.parameter_names = parameter_names;
        function.rest = rest;
        function.body = body;
        function.exprs = start..end;
        id
    }

    /// A field of a class with its first value.
    pub(super) fn field(&mut self, key: ExprId, value: ExprId) {
        if let Expr::Text(name, _) = self.tree.expr(key) {
            self.tree.this_writes.push((self.class, name, value));
        }
    }

    pub(super) fn class(&mut self, class: &js::Class<'a>) -> ExprId {
        let name = class.id.as_ref().map_or("", |id| id.name.as_str());
        let mut parts = Vec::new();
        if let Some(heritage) = &class.heritage {
            let parent = self.expression(&heritage.expression);
            let spread = self.push(Expr::Spread(parent), class.span);
            parts.extend([spread, spread]);
        }
        self.tree.classes += 1;
        let outer = std::mem::replace(&mut self.class, self.tree.classes);
        for element in &class.body.body {
            match element {
                js::ClassElement::StaticBlock(block) => {
                    // Runs where the class stands, as a function called at once.
                    let function = self.body(
                        name,
                        None,
                        Body::Statements(&block.body),
                        block.span,
                        true,
                        false,
                    );
                    let value = self.push(Expr::Function(function), block.span);
                    let list = self.list(&[]);
                    self.tree.functions[function as usize].called_with = Some(list);
                    let call = self.push(Expr::Call(value, list), block.span);
                    let key = self.push(Expr::Text("", false), block.span);
                    parts.extend([key, call]);
                }
                js::ClassElement::MethodDefinition(method) => {
                    let key = self.key(&method.key);
                    let name = self.key_name(key);
                    let function = self.function(&method.value, name);
                    let value = self.push(Expr::Function(function), method.span);
                    parts.extend([key, value]);
                }
                js::ClassElement::PropertyDefinition(property) => {
                    if let Some(value) = &property.value {
                        let key = self.key(&property.key);
                        let value = self.expression(value);
                        self.field(key, value);
                        parts.extend([key, value]);
                    }
                }
                js::ClassElement::AccessorProperty(property) => {
                    if let Some(value) = &property.value {
                        let key = self.key(&property.key);
                        let value = self.expression(value);
                        self.field(key, value);
                        parts.extend([key, value]);
                    }
                }
                js::ClassElement::TSIndexSignature(_) => {}
            }
        }
        self.class = outer;
        let list = self.list(&parts);
        let value = self.push(Expr::Class(list), class.span);
        if class.r#type == js::ClassType::ClassExpression
            && let Some(symbol) = class.id.as_ref().and_then(|id| self.bound(id))
        {
            self.define(symbol, Def::Value(value));
        }
        value
    }
}
