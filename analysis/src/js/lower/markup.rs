//! JSX, as the calls that it stands for.

use oxc_ast::ast as js;

use super::{Lowering, text};
use crate::js::tree::{Expr, ExprId};

impl<'a> Lowering<'_, 'a, '_> {
    pub(super) fn element(&mut self, element: &js::JSXElement<'a>) -> ExprId {
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

    pub(super) fn jsx_expression(
        &mut self,
        expression: &js::JSXExpression<'a>,
        ids: &mut Vec<ExprId>,
    ) {
        if let Some(expression) = expression.as_expression() {
            ids.push(self.expression(expression));
        }
    }

    pub(super) fn jsx_children(&mut self, children: &[js::JSXChild<'a>], ids: &mut Vec<ExprId>) {
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
