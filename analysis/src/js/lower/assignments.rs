//! Targets of assignments, taken apart.

use oxc_ast::ast as js;

use super::Lowering;
use crate::js::tree::{Assigning, Def, Expr, ExprId, Logical, Sym};

impl<'a> Lowering<'_, 'a, '_> {
    pub(super) fn simple_target(&mut self, target: &js::SimpleAssignmentTarget<'a>) -> ExprId {
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

    pub(super) fn assign(
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

    pub(super) fn assign_target(
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

    pub(super) fn kept(&mut self, value: ExprId, span: oxc_span::Span) -> (Sym, ExprId) {
        let symbol = self.temporary();
        let target = self.push(Expr::Local(symbol), span);
        (symbol, self.assign(target, Assigning::Set, value, span))
    }

    pub(super) fn assign_maybe(
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
}
