//! From oxc's syntax tree to the small [`Tree`].

use oxc_ast::ast as js;
use oxc_semantic::Scoping;
use oxc_span::GetSpan;
use oxc_syntax::operator::{
    AssignmentOperator, BinaryOperator, LogicalOperator, UnaryOperator, UpdateOperator,
};
use oxc_syntax::symbol::SymbolId;

use super::tree::{
    Assigning, Binary, Def, Expr, ExprId, FnId, Function, List, Logical, Stmt, StmtId, Sym, Symbol,
    Tree, Unary,
};
use crate::facts::Span;

/// Adds a parsed program to the tree as a function of `parent`; its spans are `place` where that is given.
pub(super) fn lower<'a>(
    tree: &mut Tree<'a>,
    program: &js::Program<'a>,
    scoping: &Scoping,
    parent: FnId,
    nested: u8,
    place: Option<Span>,
    arena: &'a oxc_allocator::Allocator,
) -> FnId {
    let base = tree.symbols.len() as u32;
    let id = tree.functions.len() as FnId;
    for symbol in scoping.symbol_ids() {
        let name = arena_text(arena, scoping.symbol_name(symbol));
        tree.symbols.push(Symbol { name, owner: id });
    }
    let mut lowering = Lowering {
        tree,
        scoping,
        base,
        function: id,
        class: 0,
        nested,
        place,
        exits: 0,
        yields: 0,
    };
    let span = lowering.span(program.span);
    let start = lowering.tree.exprs.len() as ExprId;
    lowering.tree.functions.push(Function {
        name: "",
        parameters: Vec::new(),
        parameter_names: Vec::new(),
        rest: None,
        body: List::default(),
        exprs: start..start,
        span,
        parent,
        arrow: false,
        suspends: false,
        nested,
        called_with: None,
        each_of: None,
        class: 0,
    });
    let body = lowering.statements(&program.body);
    let end = lowering.tree.exprs.len() as ExprId;
    let function = &mut lowering.tree.functions[id as usize];
    function.body = body;
    function.exprs = start..end;
    id
}

fn arena_text<'a>(arena: &'a oxc_allocator::Allocator, text: &str) -> &'a str {
    arena.alloc_str(text)
}

struct Lowering<'t, 'a, 's> {
    tree: &'t mut Tree<'a>,
    scoping: &'s Scoping,
    base: u32,
    function: FnId,
    /// The class round the place, counted over the tree.
    class: u32,
    nested: u8,
    place: Option<Span>,
    /// Counts what may leave a loop.
    exits: u32,
    /// Those of them that are `yield`.
    yields: u32,
}

impl<'a> Lowering<'_, 'a, '_> {
    fn span(&self, span: oxc_span::Span) -> Span {
        self.place.unwrap_or(Span {
            start: span.start,
            end: span.end,
        })
    }

    fn push(&mut self, expr: Expr<'a>, span: oxc_span::Span) -> ExprId {
        let id = self.tree.exprs.len() as ExprId;
        self.tree.exprs.push(expr);
        let span = self.span(span);
        self.tree.spans.push(span);
        self.tree.owners.push(self.function);
        id
    }

    fn list(&mut self, ids: &[ExprId]) -> List {
        let start = self.tree.lists.len() as u32;
        self.tree.lists.extend_from_slice(ids);
        List {
            start,
            len: ids.len() as u32,
        }
    }

    fn statement_list(&mut self, ids: &[StmtId]) -> List {
        let start = self.tree.statement_lists.len() as u32;
        self.tree.statement_lists.extend_from_slice(ids);
        List {
            start,
            len: ids.len() as u32,
        }
    }

    fn stmt(&mut self, stmt: Stmt<'a>, into: &mut Vec<StmtId>) {
        into.push(self.tree.statements.len() as StmtId);
        self.tree.statements.push(stmt);
    }

    fn symbol(&mut self, id: SymbolId) -> Sym {
        self.base + id.index() as u32
    }

    fn bound(&mut self, identifier: &js::BindingIdentifier<'a>) -> Option<Sym> {
        let symbol = identifier.symbol_id.get().map(|id| self.symbol(id))?;
        self.tree.symbols[symbol as usize].owner = self.function;
        Some(symbol)
    }

    fn temporary(&mut self) -> Sym {
        self.tree.symbols.push(Symbol {
            name: "",
            owner: self.function,
        });
        self.tree.symbols.len() as Sym - 1
    }

    fn define(&mut self, symbol: Sym, def: Def<'a>) {
        self.tree.defs.push((symbol, def));
    }

    // Statements.

    fn statements(&mut self, statements: &[js::Statement<'a>]) -> List {
        let mut ids = Vec::with_capacity(statements.len());
        for statement in statements {
            self.statement(statement, &mut ids);
        }
        self.statement_list(&ids)
    }

    fn block(&mut self, statement: &js::Statement<'a>) -> List {
        if let js::Statement::BlockStatement(block) = statement {
            return self.statements(&block.body);
        }
        let mut ids = Vec::new();
        self.statement(statement, &mut ids);
        self.statement_list(&ids)
    }

    fn statement(&mut self, statement: &js::Statement<'a>, into: &mut Vec<StmtId>) {
        use js::Statement as S;
        match statement {
            S::BlockStatement(block) => {
                let body = self.statements(&block.body);
                self.stmt(Stmt::Block(body), into);
            }
            S::BreakStatement(it) => {
                self.exits += 1;
                self.stmt(
                    Stmt::Break(it.label.as_ref().map(|label| label.name.as_str())),
                    into,
                );
            }
            S::ContinueStatement(_) => self.stmt(Stmt::Continue, into),
            S::DebuggerStatement(it) => {
                let id = self.push(Expr::Global("debugger"), it.span);
                self.stmt(Stmt::Expr(id), into);
            }
            S::EmptyStatement(_) => {}
            S::ExpressionStatement(it) => {
                let id = self.expression(&it.expression);
                self.stmt(Stmt::Expr(id), into);
            }
            S::ReturnStatement(it) => {
                self.exits += 1;
                let value = it.argument.as_ref().map(|value| self.expression(value));
                self.stmt(Stmt::Return(value), into);
            }
            S::ThrowStatement(it) => {
                self.exits += 1;
                let value = self.expression(&it.argument);
                self.stmt(Stmt::Throw(value), into);
            }
            S::IfStatement(it) => {
                let test = self.expression(&it.test);
                let then = self.block(&it.consequent);
                let other = it
                    .alternate
                    .as_ref()
                    .map_or(List::default(), |other| self.block(other));
                self.stmt(Stmt::If(test, then, other), into);
            }
            S::WhileStatement(it) => {
                let test = self.expression(&it.test);
                let body = self.loop_body(Some(test), &it.body, it.span);
                self.stmt(
                    Stmt::Loop(List::default(), Some(test), None, body, false),
                    into,
                );
            }
            S::DoWhileStatement(it) => {
                let test = self.expression(&it.test);
                let body = self.loop_body(Some(test), &it.body, it.span);
                self.stmt(
                    Stmt::Loop(List::default(), Some(test), None, body, true),
                    into,
                );
            }
            S::ForStatement(it) => {
                let mut init = Vec::new();
                match &it.init {
                    Some(js::ForStatementInit::VariableDeclaration(declaration)) => {
                        self.variables(declaration, &mut init)
                    }
                    Some(other) => {
                        let id = self.expression(other.to_expression());
                        self.stmt(Stmt::Expr(id), &mut init);
                    }
                    None => {}
                }
                let init = self.statement_list(&init);
                let test = it.test.as_ref().map(|test| self.expression(test));
                let update = it.update.as_ref().map(|update| self.expression(update));
                let body = self.loop_body(test, &it.body, it.span);
                self.stmt(Stmt::Loop(init, test, update, body, false), into);
            }
            S::ForInStatement(it) => self.each(&it.left, &it.right, &it.body, false, into),
            S::ForOfStatement(it) => self.each(&it.left, &it.right, &it.body, true, into),
            S::LabeledStatement(it) => {
                let body = self.block(&it.body);
                self.stmt(Stmt::Labeled(it.label.name.as_str(), body), into);
            }
            S::SwitchStatement(it) => {
                let value = self.expression(&it.discriminant);
                let mut cases = Vec::new();
                for case in &it.cases {
                    let test = case.test.as_ref().map(|test| self.expression(test));
                    let body = self.statements(&case.consequent);
                    self.stmt(Stmt::Case(test, body), &mut cases);
                }
                let cases = self.statement_list(&cases);
                self.stmt(Stmt::Switch(value, cases), into);
            }
            S::TryStatement(it) => {
                let block = self.statements(&it.block.body);
                let (mut parameter, mut handler) = (None, List::default());
                if let Some(catch) = &it.handler {
                    let mut ids = Vec::new();
                    if let Some(bound) = &catch.param {
                        parameter = self.parameter(&bound.pattern, Def::Unknown, &mut ids);
                    }
                    for statement in &catch.body.body {
                        self.statement(statement, &mut ids);
                    }
                    handler = self.statement_list(&ids);
                }
                let last = it
                    .finalizer
                    .as_ref()
                    .map_or(List::default(), |block| self.statements(&block.body));
                self.stmt(
                    Stmt::Try(block, parameter, handler, last, it.handler.is_some()),
                    into,
                );
            }
            S::WithStatement(it) => {
                let object = self.expression(&it.object);
                self.stmt(Stmt::Expr(object), into);
                let body = self.block(&it.body);
                self.stmt(Stmt::Block(body), into);
            }
            S::ImportDeclaration(it) => self.import(it),
            S::ExportAllDeclaration(it) => {
                let span = self.span(it.span);
                self.tree
                    .imports
                    .push((it.source.value.as_str(), span, self.function));
            }
            S::ExportFromDeclaration(it) => {
                let span = self.span(it.span);
                if !it.export_kind.is_type() {
                    self.tree
                        .imports
                        .push((it.source.value.as_str(), span, self.function));
                }
            }
            S::ExportNamedDeclaration(_) => {}
            S::ExportDeclaration(it) => self.declaration(&it.declaration, into),
            S::ExportDefaultDeclaration(it) => match &it.declaration {
                js::ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                    let id = self.function_declaration(function);
                    self.tree.defaults.push(id);
                    self.stmt(Stmt::Expr(id), into);
                }
                js::ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                    let id = self.class(class);
                    self.stmt(Stmt::Expr(id), into);
                }
                js::ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => {}
                other => {
                    let id = self.expression(other.to_expression());
                    self.tree.defaults.push(id);
                    self.stmt(Stmt::Expr(id), into);
                }
            },
            S::TSExportAssignment(it) => {
                let id = self.expression(&it.expression);
                self.tree.defaults.push(id);
                self.stmt(Stmt::Expr(id), into);
            }
            S::TSNamespaceExportDeclaration(_) => {}
            other => {
                if let Some(declaration) = other.as_declaration() {
                    self.declaration(declaration, into);
                }
            }
        }
    }

    fn declaration(&mut self, declaration: &js::Declaration<'a>, into: &mut Vec<StmtId>) {
        use js::Declaration as D;
        match declaration {
            D::VariableDeclaration(it) => self.variables(it, into),
            D::FunctionDeclaration(it) => {
                // Hoisted: defined before anything of its block runs.
                let _ = self.function_declaration(it);
            }
            D::ClassDeclaration(it) => {
                let value = self.class(it);
                if let Some(symbol) = it.id.as_ref().and_then(|id| self.bound(id)) {
                    self.define(symbol, Def::Value(value));
                    self.stmt(Stmt::Bind(symbol, value), into);
                }
            }
            D::TSEnumDeclaration(it) => {
                for member in &it.body.members {
                    if let Some(value) = &member.initializer {
                        let id = self.expression(value);
                        self.stmt(Stmt::Expr(id), into);
                    }
                }
            }
            D::TSNamespaceDeclaration(it) => self.namespace(it, into),
            D::TSImportEqualsDeclaration(it) => {
                if let js::TSModuleReference::ExternalModuleReference(module) = &it.module_reference
                {
                    let name = module.expression.value.as_str();
                    let span = self.span(it.span);
                    self.tree.imports.push((name, span, self.function));
                    if let Some(symbol) = self.bound(&it.id) {
                        self.define(symbol, Def::Module(name));
                    }
                }
            }
            D::TSTypeAliasDeclaration(_)
            | D::TSInterfaceDeclaration(_)
            | D::TSExternalModuleDeclaration(_)
            | D::TSGlobalDeclaration(_) => {}
        }
    }

    fn namespace(&mut self, namespace: &js::TSNamespaceDeclaration<'a>, into: &mut Vec<StmtId>) {
        match &namespace.body {
            js::TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                self.namespace(inner, into)
            }
            js::TSNamespaceDeclarationBody::TSModuleBlock(block) => {
                for statement in &block.body {
                    self.statement(statement, into);
                }
            }
        }
    }

    fn import(&mut self, import: &js::ImportDeclaration<'a>) {
        if import.import_kind.is_type() {
            return;
        }
        let module = import.source.value.as_str();
        let span = self.span(import.span);
        self.tree.imports.push((module, span, self.function));
        for specifier in import.specifiers.iter().flatten() {
            let (local, def) = match specifier {
                js::ImportDeclarationSpecifier::ImportSpecifier(it) => {
                    let name = module_export_name(&it.imported);
                    let def = match name {
                        "default" => Def::Module(module),
                        name => Def::ModuleMember(module, name),
                    };
                    (&it.local, def)
                }
                js::ImportDeclarationSpecifier::ImportDefaultSpecifier(it) => {
                    (&it.local, Def::Module(module))
                }
                js::ImportDeclarationSpecifier::ImportNamespaceSpecifier(it) => {
                    (&it.local, Def::Module(module))
                }
            };
            if let Some(symbol) = self.bound(local) {
                self.define(symbol, def);
            }
        }
    }

    fn loop_body(
        &mut self,
        test: Option<ExprId>,
        body: &js::Statement<'a>,
        span: oxc_span::Span,
    ) -> List {
        let (before, yields) = (self.exits, self.yields);
        let body = self.block(body);
        let always = match test.map(|test| self.tree.expr(test)) {
            None | Some(Expr::Bool(true)) => true,
            Some(Expr::Number(number)) => number != 0.0,
            Some(Expr::Binary(Binary::Less | Binary::LessEqual, _, right)) => {
                matches!(self.tree.expr(right), Expr::Number(number) if number.is_infinite())
            }
            Some(Expr::Unary(Unary::Not, inner)) => match self.tree.expr(inner) {
                Expr::Number(number) => number == 0.0,
                Expr::Bool(value) => !value,
                // `!![]`
                Expr::Unary(Unary::Not, inner) => matches!(self.tree.expr(inner), Expr::Array(_)),
                _ => false,
            },
            _ => false,
        };
        if always && self.exits == before {
            let span = self.span(span);
            self.tree.endless.push((span, self.function));
        } else if always && self.exits - before == self.yields - yields {
            self.tree.endless_generators.push(self.function);
        }
        body
    }

    fn each(
        &mut self,
        left: &js::ForStatementLeft<'a>,
        right: &js::Expression<'a>,
        body: &js::Statement<'a>,
        of: bool,
        into: &mut Vec<StmtId>,
    ) {
        let iterated = self.expression(right);
        let exits = self.exits;
        let mut ids = Vec::new();
        let symbol = match left {
            js::ForStatementLeft::VariableDeclaration(declaration) => {
                declaration.declarations.first().and_then(|declarator| {
                    let def = match of {
                        true => Def::ItemOf(iterated),
                        false => Def::Item,
                    };
                    self.parameter(&declarator.id, def, &mut ids)
                })
            }
            other => {
                let item = self.temporary();
                self.define(item, Def::Item);
                let value = self.push(Expr::Local(item), right.span());
                let assigned = self.assign_target(
                    other.to_assignment_target(),
                    Assigning::Set,
                    value,
                    right.span(),
                );
                self.stmt(Stmt::Expr(assigned), &mut ids);
                Some(item)
            }
        };
        match body {
            js::Statement::BlockStatement(block) => {
                for statement in &block.body {
                    self.statement(statement, &mut ids);
                }
            }
            other => self.statement(other, &mut ids),
        }
        if of && self.exits == exits {
            let span = self.span(right.span());
            self.tree.exhausting.push((iterated, span, self.function));
        }
        let body = self.statement_list(&ids);
        self.stmt(Stmt::Each(symbol, iterated, body, of), into);
    }

    fn variables(&mut self, declaration: &js::VariableDeclaration<'a>, into: &mut Vec<StmtId>) {
        for declarator in &declaration.declarations {
            let Some(init) = &declarator.init else {
                self.declare(&declarator.id);
                continue;
            };
            let value = self.named_expression(init, binding_name(&declarator.id));
            self.bind(&declarator.id, value, into);
        }
    }

    fn declare(&mut self, pattern: &js::BindingPattern<'a>) {
        if let js::BindingPattern::BindingIdentifier(identifier) = pattern {
            self.bound(identifier);
        }
    }

    /// Binds a pattern to a value, member by member.
    fn bind(&mut self, pattern: &js::BindingPattern<'a>, value: ExprId, into: &mut Vec<StmtId>) {
        let span = pattern.span();
        match pattern {
            js::BindingPattern::BindingIdentifier(identifier) => {
                if let Some(symbol) = self.bound(identifier) {
                    self.define(symbol, Def::Value(value));
                    self.stmt(Stmt::Bind(symbol, value), into);
                }
            }
            js::BindingPattern::AssignmentPattern(it) => {
                let other = self.expression(&it.right);
                let value = self.push(Expr::Logical(Logical::Coalesce, value, other), span);
                self.bind(&it.left, value, into);
            }
            js::BindingPattern::ObjectPattern(it) => {
                let whole = self.held(value, into);
                for property in &it.properties {
                    let object = self.push(Expr::Local(whole), property.span);
                    let member = self.member(object, &property.key, property.span);
                    self.bind(&property.value, member, into);
                }
                if let Some(rest) = &it.rest {
                    let object = self.push(Expr::Local(whole), rest.span);
                    let spread = self.push(Expr::Spread(object), rest.span);
                    let list = self.list(&[spread, spread]);
                    let copy = self.push(Expr::Object(list), rest.span);
                    self.bind(&rest.argument, copy, into);
                }
            }
            js::BindingPattern::ArrayPattern(it) => {
                let whole = self.held(value, into);
                for (index, element) in it.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let array = self.push(Expr::Local(whole), span);
                        let index = self.push(Expr::Number(index as f64), span);
                        let item = self.push(Expr::Index(array, index), span);
                        self.bind(element, item, into);
                    }
                }
                if let Some(rest) = &it.rest {
                    let array = self.push(Expr::Local(whole), rest.span);
                    let slice = self.push(Expr::Member(array, "slice"), rest.span);
                    let from = self.push(Expr::Number(it.elements.len() as f64), rest.span);
                    let list = self.list(&[from]);
                    let call = self.push(Expr::Call(slice, list), rest.span);
                    self.bind(&rest.argument, call, into);
                }
            }
        }
    }

    /// A binding that holds the value while its members are taken.
    fn held(&mut self, value: ExprId, into: &mut Vec<StmtId>) -> Sym {
        let symbol = self.temporary();
        self.define(symbol, Def::Value(value));
        self.stmt(Stmt::Bind(symbol, value), into);
        symbol
    }

    /// A binding that something else fills; a pattern is taken apart at the start of the body.
    fn parameter(
        &mut self,
        pattern: &js::BindingPattern<'a>,
        def: Def<'a>,
        into: &mut Vec<StmtId>,
    ) -> Option<Sym> {
        if let js::BindingPattern::BindingIdentifier(identifier) = pattern {
            let symbol = self.bound(identifier)?;
            self.define(symbol, def);
            return Some(symbol);
        }
        let symbol = self.temporary();
        self.define(symbol, def);
        let value = self.push(Expr::Local(symbol), pattern.span());
        self.bind(pattern, value, into);
        Some(symbol)
    }

    // Functions and classes.

    fn function_declaration(&mut self, function: &js::Function<'a>) -> ExprId {
        let name = function.id.as_ref().map_or("", |id| id.name.as_str());
        let symbol = function.id.as_ref().and_then(|id| self.bound(id));
        let id = self.function(function, name);
        if let Some(symbol) = symbol {
            self.define(symbol, Def::Function(id));
        }
        self.push(Expr::Function(id), function.span)
    }

    fn function(&mut self, function: &js::Function<'a>, name: &'a str) -> FnId {
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

    fn body(
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
    fn field(&mut self, key: ExprId, value: ExprId) {
        if let Expr::Text(name, _) = self.tree.expr(key) {
            self.tree.this_writes.push((self.class, name, value));
        }
    }

    fn class(&mut self, class: &js::Class<'a>) -> ExprId {
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

    // Expressions.

    fn named_expression(&mut self, expression: &js::Expression<'a>, name: &'a str) -> ExprId {
        match expression {
            js::Expression::FunctionExpression(function) => {
                let own = function.id.as_ref().map_or(name, |id| id.name.as_str());
                self.function_expression(function, own)
            }
            js::Expression::ArrowFunctionExpression(arrow) => self.arrow(arrow, name),
            other => self.expression(other),
        }
    }

    fn function_expression(&mut self, function: &js::Function<'a>, name: &'a str) -> ExprId {
        let symbol = function.id.as_ref().and_then(|id| self.bound(id));
        let id = self.function(function, name);
        if let Some(symbol) = symbol {
            self.define(symbol, Def::Function(id));
        }
        self.push(Expr::Function(id), function.span)
    }

    fn arrow(&mut self, arrow: &js::ArrowFunctionExpression<'a>, name: &'a str) -> ExprId {
        let body = match &arrow.body {
            js::ArrowFunctionBody::FunctionBody(body) => Body::Statements(&body.statements),
            other => Body::Expression(other.to_expression()),
        };
        let id = self.body(
            name,
            Some(&arrow.params),
            body,
            arrow.span,
            true,
            arrow.r#async,
        );
        self.push(Expr::Function(id), arrow.span)
    }

    fn expression(&mut self, expression: &js::Expression<'a>) -> ExprId {
        use js::Expression as E;
        let span = expression.span();
        let lowered = match expression {
            E::BooleanLiteral(it) => Expr::Bool(it.value),
            E::NullLiteral(_) => Expr::Null,
            E::NumericLiteral(it) => Expr::Number(it.value),
            E::BigIntLiteral(it) => Expr::Number(it.value.as_str().parse().unwrap_or(f64::NAN)),
            E::RegExpLiteral(it) => Expr::Regex(it.regex.pattern.text.as_str()),
            E::StringLiteral(it) => text(it),
            E::TemplateLiteral(it) => return self.template(it),
            E::Identifier(it) => self.identifier(it),
            E::ThisExpression(_) => Expr::This,
            E::Super(_) | E::NewTarget(_) => Expr::Other(List::default()),
            E::ImportMeta(_) => Expr::Global("import.meta"),
            E::ArrayExpression(it) => {
                let mut ids = Vec::with_capacity(it.elements.len());
                for element in &it.elements {
                    ids.push(match element {
                        js::ArrayExpressionElement::SpreadElement(spread) => self.spread(spread),
                        js::ArrayExpressionElement::Elision(elision) => {
                            self.push(Expr::Undefined, elision.span)
                        }
                        other => self.expression(other.to_expression()),
                    });
                }
                Expr::Array(self.list(&ids))
            }
            E::ObjectExpression(it) => {
                let mut ids = Vec::with_capacity(it.properties.len() * 2);
                for property in &it.properties {
                    match property {
                        js::ObjectPropertyKind::ObjectProperty(property) => {
                            let key = self.key(&property.key);
                            let name = self.key_name(key);
                            let value = self.named_expression(&property.value, name);
                            ids.extend([key, value]);
                        }
                        js::ObjectPropertyKind::SpreadProperty(spread) => {
                            let id = self.spread(spread);
                            ids.extend([id, id]);
                        }
                    }
                }
                Expr::Object(self.list(&ids))
            }
            E::FunctionExpression(it) => {
                let name = it.id.as_ref().map_or("", |id| id.name.as_str());
                return self.function_expression(it, name);
            }
            E::ArrowFunctionExpression(it) => return self.arrow(it, ""),
            E::ClassExpression(it) => return self.class(it),
            E::AssignmentExpression(it) => {
                let name = match &it.left {
                    js::AssignmentTarget::AssignmentTargetIdentifier(target) => {
                        target.name.as_str()
                    }
                    js::AssignmentTarget::StaticMemberExpression(member) => {
                        member.property.name.as_str()
                    }
                    _ => "",
                };
                let value = self.named_expression(&it.right, name);
                return self.assign_target(&it.left, assigning(it.operator), value, span);
            }
            E::AwaitExpression(it) => {
                self.exits += 1;
                Expr::Await(self.expression(&it.argument))
            }
            E::YieldExpression(it) => {
                self.exits += 1;
                self.yields += 1;
                let value = match &it.argument {
                    Some(value) => self.expression(value),
                    None => self.push(Expr::Undefined, span),
                };
                Expr::Yield(value)
            }
            E::BinaryExpression(it) => {
                // Long sums are deep on the left; one turn of a loop for each.
                let mut chain = vec![it];
                while let E::BinaryExpression(inner) = &chain[chain.len() - 1].left {
                    chain.push(inner);
                }
                let mut left = self.expression(&chain[chain.len() - 1].left);
                while let Some(next) = chain.pop() {
                    let right = self.expression(&next.right);
                    left = self.push(Expr::Binary(binary(next.operator), left, right), next.span);
                }
                return left;
            }
            E::PrivateInExpression(it) => {
                let right = self.expression(&it.right);
                Expr::Other(self.list(&[right]))
            }
            E::LogicalExpression(it) => {
                let left = self.expression(&it.left);
                let right = self.expression(&it.right);
                let operator = match it.operator {
                    LogicalOperator::Or => Logical::Or,
                    LogicalOperator::And => Logical::And,
                    LogicalOperator::Coalesce => Logical::Coalesce,
                };
                Expr::Logical(operator, left, right)
            }
            E::ConditionalExpression(it) => {
                let test = self.expression(&it.test);
                let then = self.expression(&it.consequent);
                let other = self.expression(&it.alternate);
                Expr::Conditional(test, then, other)
            }
            E::CallExpression(it) => return self.call(it),
            E::ChainExpression(it) => match &it.expression {
                js::ChainElement::CallExpression(call) => return self.call(call),
                js::ChainElement::TSNonNullExpression(inner) => {
                    return self.expression(&inner.expression);
                }
                other => return self.member_expression(other.to_member_expression()),
            },
            E::ImportExpression(it) => {
                let source = self.expression(&it.source);
                Expr::ImportCall(source)
            }
            E::NewExpression(it) => {
                let callee = self.expression(&it.callee);
                let args = self.arguments(&it.arguments);
                Expr::New(callee, args)
            }
            E::ParenthesizedExpression(it) => return self.expression(&it.expression),
            E::SequenceExpression(it) => {
                let ids: Vec<ExprId> = it
                    .expressions
                    .iter()
                    .map(|part| self.expression(part))
                    .collect();
                Expr::Sequence(self.list(&ids))
            }
            E::TaggedTemplateExpression(it) => {
                let tag = self.expression(&it.tag);
                let whole = self.template(&it.quasi);
                Expr::Other(self.list(&[tag, whole]))
            }
            E::UnaryExpression(it) => {
                let value = self.expression(&it.argument);
                let operator = match it.operator {
                    UnaryOperator::UnaryPlus => Unary::Plus,
                    UnaryOperator::UnaryNegation => Unary::Minus,
                    UnaryOperator::LogicalNot => Unary::Not,
                    UnaryOperator::BitwiseNot => Unary::BitNot,
                    UnaryOperator::Typeof => Unary::Typeof,
                    UnaryOperator::Void => Unary::Void,
                    UnaryOperator::Delete => Unary::Delete,
                };
                Expr::Unary(operator, value)
            }
            E::UpdateExpression(it) => {
                let step = match it.operator {
                    UpdateOperator::Increment => 1,
                    UpdateOperator::Decrement => -1,
                };
                let target = self.simple_target(&it.argument);
                let id = self.push(Expr::Update(step, it.prefix, target), span);
                if let Expr::Local(symbol) = self.tree.expr(target) {
                    self.define(symbol, Def::Changed);
                }
                return id;
            }
            E::JSXElement(it) => return self.element(it),
            E::JSXFragment(it) => {
                let mut ids = Vec::new();
                self.jsx_children(&it.children, &mut ids);
                Expr::Other(self.list(&ids))
            }
            E::TSAsExpression(it) => return self.expression(&it.expression),
            E::TSSatisfiesExpression(it) => return self.expression(&it.expression),
            E::TSTypeAssertion(it) => return self.expression(&it.expression),
            E::TSNonNullExpression(it) => return self.expression(&it.expression),
            E::TSInstantiationExpression(it) => return self.expression(&it.expression),
            E::V8IntrinsicExpression(it) => {
                let args = self.arguments(&it.arguments);
                Expr::Other(args)
            }
            E::ComputedMemberExpression(_)
            | E::StaticMemberExpression(_)
            | E::PrivateFieldExpression(_) => {
                return self.member_expression(expression.to_member_expression());
            }
        };
        self.push(lowered, span)
    }

    fn identifier(&mut self, identifier: &js::IdentifierReference<'a>) -> Expr<'a> {
        if let Some(symbol) = self.resolve(identifier) {
            return Expr::Local(symbol);
        }
        match identifier.name.as_str() {
            "undefined" => Expr::Undefined,
            "NaN" => Expr::Number(f64::NAN),
            "Infinity" => Expr::Number(f64::INFINITY),
            name => Expr::Global(name),
        }
    }

    fn resolve(&mut self, identifier: &js::IdentifierReference<'a>) -> Option<Sym> {
        let reference = identifier.reference_id.get()?;
        let symbol = self.scoping.get_reference(reference).symbol_id()?;
        Some(self.symbol(symbol))
    }

    fn template(&mut self, template: &js::TemplateLiteral<'a>) -> ExprId {
        let mut ids = Vec::with_capacity(template.quasis.len() * 2);
        for (index, quasi) in template.quasis.iter().enumerate() {
            let cooked = quasi
                .value
                .cooked
                .as_ref()
                .unwrap_or(&quasi.value.raw)
                .as_str();
            if !cooked.is_empty() {
                ids.push(self.push(
                    Expr::Text(cooked, hides(&quasi.value.raw, cooked)),
                    quasi.span,
                ));
            }
            if let Some(expression) = template.expressions.get(index) {
                ids.push(self.expression(expression));
            }
        }
        match ids[..] {
            [] => self.push(Expr::Text("", false), template.span),
            [only] if matches!(self.tree.expr(only), Expr::Text(..)) => only,
            _ => {
                let list = self.list(&ids);
                self.push(Expr::Template(list), template.span)
            }
        }
    }

    fn spread(&mut self, spread: &js::SpreadElement<'a>) -> ExprId {
        let value = self.expression(&spread.argument);
        self.push(Expr::Spread(value), spread.span)
    }

    fn arguments(&mut self, arguments: &[js::Argument<'a>]) -> List {
        let mut ids = Vec::with_capacity(arguments.len());
        for argument in arguments {
            ids.push(match argument {
                js::Argument::SpreadElement(spread) => self.spread(spread),
                other => self.expression(other.to_expression()),
            });
        }
        self.list(&ids)
    }

    fn call(&mut self, call: &js::CallExpression<'a>) -> ExprId {
        let callee = self.expression(&call.callee);
        let args = self.arguments(&call.arguments);
        match self.tree.expr(callee) {
            Expr::Function(function) => {
                self.tree.functions[function as usize].called_with = Some(args)
            }
            // `(function () { … }).call(this, …)`
            Expr::Member(object, "call") if args.len > 0 => {
                if let Expr::Function(function) = self.tree.expr(object) {
                    self.tree.functions[function as usize].called_with = Some(List {
                        start: args.start + 1,
                        len: args.len - 1,
                    });
                }
            }
            Expr::Member(
                object,
                "forEach" | "map" | "some" | "every" | "find" | "filter" | "flatMap",
            ) if args.len > 0 => {
                let first = self.tree.lists[args.start as usize];
                if let Expr::Function(function) = self.tree.expr(first) {
                    self.tree.functions[function as usize].each_of = Some(object);
                }
            }
            _ => {}
        }
        self.push(Expr::Call(callee, args), call.span)
    }

    fn member_expression(&mut self, member: &js::MemberExpression<'a>) -> ExprId {
        match member {
            js::MemberExpression::ComputedMemberExpression(it) => {
                let object = self.expression(&it.object);
                let key = self.expression(&it.expression);
                match self.tree.expr(key) {
                    Expr::Text(name, false) => self.push(Expr::Member(object, name), it.span),
                    _ => self.push(Expr::Index(object, key), it.span),
                }
            }
            js::MemberExpression::StaticMemberExpression(it) => {
                let object = self.expression(&it.object);
                self.push(Expr::Member(object, it.property.name.as_str()), it.span)
            }
            js::MemberExpression::PrivateFieldExpression(it) => {
                let object = self.expression(&it.object);
                self.push(Expr::Member(object, it.field.name.as_str()), it.span)
            }
        }
    }

    fn member(
        &mut self,
        object: ExprId,
        key: &js::PropertyKey<'a>,
        span: oxc_span::Span,
    ) -> ExprId {
        let key = self.key(key);
        match self.tree.expr(key) {
            Expr::Text(name, false) => self.push(Expr::Member(object, name), span),
            _ => self.push(Expr::Index(object, key), span),
        }
    }

    fn key(&mut self, key: &js::PropertyKey<'a>) -> ExprId {
        match key {
            js::PropertyKey::StaticIdentifier(it) => {
                self.push(Expr::Text(it.name.as_str(), false), it.span)
            }
            js::PropertyKey::PrivateIdentifier(it) => {
                self.push(Expr::Text(it.name.as_str(), false), it.span)
            }
            other => self.expression(other.to_expression()),
        }
    }

    fn key_name(&self, key: ExprId) -> &'a str {
        match self.tree.expr(key) {
            Expr::Text(name, _) => name,
            _ => "",
        }
    }

    // Assignments.

    fn simple_target(&mut self, target: &js::SimpleAssignmentTarget<'a>) -> ExprId {
        use js::SimpleAssignmentTarget as T;
        match target {
            T::AssignmentTargetIdentifier(it) => {
                let expr = self.identifier(it);
                self.push(expr, it.span)
            }
            T::TSAsExpression(it) => self.expression(&it.expression),
            T::TSSatisfiesExpression(it) => self.expression(&it.expression),
            T::TSNonNullExpression(it) => self.expression(&it.expression),
            T::TSTypeAssertion(it) => self.expression(&it.expression),
            other => self.member_expression(other.to_member_expression()),
        }
    }

    fn assign(
        &mut self,
        target: ExprId,
        how: Assigning,
        value: ExprId,
        span: oxc_span::Span,
    ) -> ExprId {
        let id = self.push(Expr::Assign(how, target, value), span);
        match (self.tree.expr(target), how) {
            (Expr::Local(symbol), Assigning::Set) => self.define(symbol, Def::Value(value)),
            (Expr::Local(symbol), _) => self.define(symbol, Def::Changed),
            (Expr::Member(object, name), Assigning::Set) => {
                match self.tree.expr(object) {
                    Expr::Local(symbol) => self.tree.member_writes.push((symbol, name, value)),
                    Expr::This => self.tree.this_writes.push((self.class, name, value)),
                    _ => {}
                }
                // `exports.put = function () { … }` names it.
                if let Expr::Function(function) = self.tree.expr(value)
                    && self.tree.function(function).name.is_empty()
                {
                    self.tree.functions[function as usize].name = name;
                }
            }
            _ => {}
        }
        id
    }

    fn assign_target(
        &mut self,
        target: &js::AssignmentTarget<'a>,
        how: Assigning,
        value: ExprId,
        span: oxc_span::Span,
    ) -> ExprId {
        match target {
            js::AssignmentTarget::ObjectAssignmentTarget(it) => {
                let (whole, first) = self.kept(value, span);
                let mut ids = vec![first];
                for property in &it.properties {
                    let object = self.push(Expr::Local(whole), span);
                    match property {
                        js::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(it) => {
                            let name = it.binding.name.as_str();
                            let mut member = self.push(Expr::Member(object, name), it.span);
                            if let Some(other) = &it.init {
                                let other = self.expression(other);
                                member = self
                                    .push(Expr::Logical(Logical::Coalesce, member, other), it.span);
                            }
                            let expr = self.identifier(&it.binding);
                            let target = self.push(expr, it.span);
                            ids.push(self.assign(target, Assigning::Set, member, it.span));
                        }
                        js::AssignmentTargetProperty::AssignmentTargetPropertyProperty(it) => {
                            let member = self.member(object, &it.name, it.span);
                            ids.push(self.assign_maybe(&it.binding, member, it.span));
                        }
                    }
                }
                if let Some(rest) = &it.rest {
                    let object = self.push(Expr::Local(whole), rest.span);
                    ids.push(self.assign_target(&rest.target, Assigning::Set, object, rest.span));
                }
                let list = self.list(&ids);
                self.push(Expr::Sequence(list), span)
            }
            js::AssignmentTarget::ArrayAssignmentTarget(it) => {
                let (whole, first) = self.kept(value, span);
                let mut ids = vec![first];
                for (index, element) in it.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let array = self.push(Expr::Local(whole), span);
                        let index = self.push(Expr::Number(index as f64), span);
                        let item = self.push(Expr::Index(array, index), span);
                        ids.push(self.assign_maybe(element, item, span));
                    }
                }
                if let Some(rest) = &it.rest {
                    let array = self.push(Expr::Local(whole), rest.span);
                    ids.push(self.assign_target(&rest.target, Assigning::Set, array, rest.span));
                }
                let list = self.list(&ids);
                self.push(Expr::Sequence(list), span)
            }
            other => {
                let target = self.simple_target(other.to_simple_assignment_target());
                self.assign(target, how, value, span)
            }
        }
    }

    fn kept(&mut self, value: ExprId, span: oxc_span::Span) -> (Sym, ExprId) {
        let symbol = self.temporary();
        let target = self.push(Expr::Local(symbol), span);
        (symbol, self.assign(target, Assigning::Set, value, span))
    }

    fn assign_maybe(
        &mut self,
        target: &js::AssignmentTargetMaybeDefault<'a>,
        value: ExprId,
        span: oxc_span::Span,
    ) -> ExprId {
        match target {
            js::AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(it) => {
                let other = self.expression(&it.init);
                let value = self.push(Expr::Logical(Logical::Coalesce, value, other), span);
                self.assign_target(&it.binding, Assigning::Set, value, span)
            }
            other => self.assign_target(other.to_assignment_target(), Assigning::Set, value, span),
        }
    }

    // JSX.

    fn element(&mut self, element: &js::JSXElement<'a>) -> ExprId {
        let mut ids = Vec::new();
        match &element.opening_element.name {
            js::JSXElementName::IdentifierReference(it) => {
                let expr = self.identifier(it);
                ids.push(self.push(expr, it.span));
            }
            js::JSXElementName::Identifier(it) => {
                ids.push(self.push(Expr::Text(it.name.as_str(), false), it.span))
            }
            _ => {}
        }
        for attribute in &element.opening_element.attributes {
            match attribute {
                js::JSXAttributeItem::SpreadAttribute(it) => {
                    ids.push(self.expression(&it.argument))
                }
                js::JSXAttributeItem::Attribute(it) => match &it.value {
                    Some(js::JSXAttributeValue::StringLiteral(value)) => {
                        let expr = text(value);
                        ids.push(self.push(expr, value.span));
                    }
                    Some(js::JSXAttributeValue::ExpressionContainer(it)) => {
                        self.jsx_expression(&it.expression, &mut ids)
                    }
                    Some(js::JSXAttributeValue::Element(it)) => ids.push(self.element(it)),
                    Some(js::JSXAttributeValue::Fragment(it)) => {
                        self.jsx_children(&it.children, &mut ids)
                    }
                    None => {}
                },
            }
        }
        self.jsx_children(&element.children, &mut ids);
        let list = self.list(&ids);
        self.push(Expr::Other(list), element.span)
    }

    fn jsx_expression(&mut self, expression: &js::JSXExpression<'a>, ids: &mut Vec<ExprId>) {
        if let Some(expression) = expression.as_expression() {
            ids.push(self.expression(expression));
        }
    }

    fn jsx_children(&mut self, children: &[js::JSXChild<'a>], ids: &mut Vec<ExprId>) {
        for child in children {
            match child {
                js::JSXChild::Text(_) => {}
                js::JSXChild::Element(it) => ids.push(self.element(it)),
                js::JSXChild::Fragment(it) => self.jsx_children(&it.children, ids),
                js::JSXChild::ExpressionContainer(it) => self.jsx_expression(&it.expression, ids),
                js::JSXChild::Spread(it) => ids.push(self.expression(&it.expression)),
            }
        }
    }
}

/// What a function does.
enum Body<'b, 'a> {
    Statements(&'b [js::Statement<'a>]),
    Expression(&'b js::Expression<'a>),
}

fn text<'a>(literal: &js::StringLiteral<'a>) -> Expr<'a> {
    let value = literal.value.as_str();
    Expr::Text(
        value,
        literal.raw.as_ref().is_some_and(|raw| hides(raw, value)),
    )
}

/// Whether printable characters were written as escapes.
fn hides(raw: &str, value: &str) -> bool {
    raw.len() > value.len() + 8
        && value.len() >= 4
        && (raw.contains("\\x") || raw.contains("\\u"))
        && value.bytes().filter(|byte| byte.is_ascii_graphic()).count() * 3 >= value.len() * 2
}

fn binding_name<'a>(pattern: &js::BindingPattern<'a>) -> &'a str {
    match pattern {
        js::BindingPattern::BindingIdentifier(identifier) => identifier.name.as_str(),
        js::BindingPattern::AssignmentPattern(it) => binding_name(&it.left),
        _ => "",
    }
}

fn module_export_name<'a>(name: &js::ModuleExportName<'a>) -> &'a str {
    match name {
        js::ModuleExportName::IdentifierName(it) => it.name.as_str(),
        js::ModuleExportName::IdentifierReference(it) => it.name.as_str(),
        js::ModuleExportName::StringLiteral(it) => it.value.as_str(),
    }
}

fn assigning(operator: AssignmentOperator) -> Assigning {
    use AssignmentOperator as A;
    match operator {
        A::Assign => Assigning::Set,
        A::Addition => Assigning::With(Binary::Add),
        A::Subtraction => Assigning::With(Binary::Subtract),
        A::Multiplication => Assigning::With(Binary::Multiply),
        A::Division => Assigning::With(Binary::Divide),
        A::Remainder => Assigning::With(Binary::Remainder),
        A::Exponential => Assigning::With(Binary::Power),
        A::ShiftLeft => Assigning::With(Binary::ShiftLeft),
        A::ShiftRight => Assigning::With(Binary::ShiftRight),
        A::ShiftRightZeroFill => Assigning::With(Binary::ShiftRightZero),
        A::BitwiseOR => Assigning::With(Binary::BitOr),
        A::BitwiseXOR => Assigning::With(Binary::BitXor),
        A::BitwiseAnd => Assigning::With(Binary::BitAnd),
        A::LogicalOr => Assigning::When(Logical::Or),
        A::LogicalAnd => Assigning::When(Logical::And),
        A::LogicalNullish => Assigning::When(Logical::Coalesce),
    }
}

fn binary(operator: BinaryOperator) -> Binary {
    use BinaryOperator as B;
    match operator {
        B::Equality => Binary::Equal,
        B::Inequality => Binary::NotEqual,
        B::StrictEquality => Binary::StrictEqual,
        B::StrictInequality => Binary::StrictNotEqual,
        B::LessThan => Binary::Less,
        B::LessEqualThan => Binary::LessEqual,
        B::GreaterThan => Binary::Greater,
        B::GreaterEqualThan => Binary::GreaterEqual,
        B::Addition => Binary::Add,
        B::Subtraction => Binary::Subtract,
        B::Multiplication => Binary::Multiply,
        B::Division => Binary::Divide,
        B::Remainder => Binary::Remainder,
        B::Exponential => Binary::Power,
        B::ShiftLeft => Binary::ShiftLeft,
        B::ShiftRight => Binary::ShiftRight,
        B::ShiftRightZeroFill => Binary::ShiftRightZero,
        B::BitwiseOR => Binary::BitOr,
        B::BitwiseXOR => Binary::BitXor,
        B::BitwiseAnd => Binary::BitAnd,
        B::In => Binary::In,
        B::Instanceof => Binary::Instanceof,
    }
}
