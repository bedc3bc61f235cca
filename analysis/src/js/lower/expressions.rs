//! Expressions.

use oxc_ast::ast as js;
use oxc_span::GetSpan;
use oxc_syntax::operator::{LogicalOperator, UnaryOperator, UpdateOperator};

use super::{Body, Lowering, assigning, binary, hides, text};
use crate::js::tree::{Def, Expr, ExprId, List, Logical, Sym, Unary};

impl<'a> Lowering<'_, 'a, '_> {
    pub(super) fn named_expression(
        &mut self,
        expression: &js::Expression<'a>,
        name: &'a str,
    ) -> ExprId {
        match expression {
            js::Expression::FunctionExpression(function) => {
                let own = function.id.as_ref().map_or(name, |id| id.name.as_str());
                self.function_expression(function, own)
            }
            js::Expression::ArrowFunctionExpression(arrow) => self.arrow(arrow, name),
            other => self.expression(other),
        }
    }

    pub(super) fn function_expression(
        &mut self,
        function: &js::Function<'a>,
        name: &'a str,
    ) -> ExprId {
        let symbol = function.id.as_ref().and_then(|id| self.bound(id));
        let id = self.function(function, name);
        if let Some(symbol) = symbol {
            self.define(symbol, Def::Function(id));
        }
        self.push(Expr::Function(id), function.span)
    }

    pub(super) fn arrow(
        &mut self,
        arrow: &js::ArrowFunctionExpression<'a>,
        name: &'a str,
    ) -> ExprId {
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

    pub(super) fn expression(&mut self, expression: &js::Expression<'a>) -> ExprId {
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

    pub(super) fn identifier(&mut self, identifier: &js::IdentifierReference<'a>) -> Expr<'a> {
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

    pub(super) fn resolve(&mut self, identifier: &js::IdentifierReference<'a>) -> Option<Sym> {
        let reference = identifier.reference_id.get()?;
        let symbol = self.scoping.get_reference(reference).symbol_id()?;
        Some(self.symbol(symbol))
    }

    pub(super) fn template(&mut self, template: &js::TemplateLiteral<'a>) -> ExprId {
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

    pub(super) fn spread(&mut self, spread: &js::SpreadElement<'a>) -> ExprId {
        let value = self.expression(&spread.argument);
        self.push(Expr::Spread(value), spread.span)
    }

    pub(super) fn arguments(&mut self, arguments: &[js::Argument<'a>]) -> List {
        let mut ids = Vec::with_capacity(arguments.len());
        for argument in arguments {
            ids.push(match argument {
                js::Argument::SpreadElement(spread) => self.spread(spread),
                other => self.expression(other.to_expression()),
            });
        }
        self.list(&ids)
    }

    pub(super) fn call(&mut self, call: &js::CallExpression<'a>) -> ExprId {
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

    pub(super) fn member_expression(&mut self, member: &js::MemberExpression<'a>) -> ExprId {
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

    pub(super) fn member(
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

    pub(super) fn key(&mut self, key: &js::PropertyKey<'a>) -> ExprId {
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

    pub(super) fn key_name(&self, key: ExprId) -> &'a str {
        match self.tree.expr(key) {
            Expr::Text(name, _) => name,
            _ => "",
        }
    }
}
