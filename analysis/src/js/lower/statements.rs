//! Statements, declarations and loops.

use oxc_ast::ast as js;
use oxc_span::GetSpan;

use super::{Lowering, binding_name, module_export_name};
use crate::js::tree::{
    Assigning, Binary, Def, Expr, ExprId, List, Logical, Stmt, StmtId, Sym, Unary,
};

impl<'a> Lowering<'_, 'a, '_> {
    pub(super) fn statements(&mut self, statements: &[js::Statement<'a>]) -> List {
        let mut ids = Vec::with_capacity(statements.len());
        for statement in statements {
            self.statement(statement, &mut ids);
        }
        self.statement_list(&ids)
    }

    pub(super) fn block(&mut self, statement: &js::Statement<'a>) -> List {
        if let js::Statement::BlockStatement(block) = statement {
            return self.statements(&block.body);
        }
        let mut ids = Vec::new();
        self.statement(statement, &mut ids);
        self.statement_list(&ids)
    }

    pub(super) fn statement(&mut self, statement: &js::Statement<'a>, into: &mut Vec<StmtId>) {
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

    pub(super) fn declaration(
        &mut self,
        declaration: &js::Declaration<'a>,
        into: &mut Vec<StmtId>,
    ) {
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

    pub(super) fn namespace(
        &mut self,
        namespace: &js::TSNamespaceDeclaration<'a>,
        into: &mut Vec<StmtId>,
    ) {
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

    pub(super) fn import(&mut self, import: &js::ImportDeclaration<'a>) {
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

    pub(super) fn loop_body(
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

    pub(super) fn each(
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

    pub(super) fn variables(
        &mut self,
        declaration: &js::VariableDeclaration<'a>,
        into: &mut Vec<StmtId>,
    ) {
        for declarator in &declaration.declarations {
            let Some(init) = &declarator.init else {
                self.declare(&declarator.id);
                continue;
            };
            let value = self.named_expression(init, binding_name(&declarator.id));
            self.bind(&declarator.id, value, into);
        }
    }

    pub(super) fn declare(&mut self, pattern: &js::BindingPattern<'a>) {
        if let js::BindingPattern::BindingIdentifier(identifier) = pattern {
            self.bound(identifier);
        }
    }

    /// Binds a pattern to a value, member by member.
    pub(super) fn bind(
        &mut self,
        pattern: &js::BindingPattern<'a>,
        value: ExprId,
        into: &mut Vec<StmtId>,
    ) {
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
    pub(super) fn held(&mut self, value: ExprId, into: &mut Vec<StmtId>) -> Sym {
        let symbol = self.temporary();
        self.define(symbol, Def::Value(value));
        self.stmt(Stmt::Bind(symbol, value), into);
        symbol
    }

    /// A binding that something else fills; a pattern is taken apart at the start of the body.
    pub(super) fn parameter(
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
}
