//! From oxc's syntax tree to the small [`Tree`].

mod assignments;
mod expressions;
mod functions;
mod markup;
mod statements;

use oxc_ast::ast as js;
use oxc_semantic::Scoping;
use oxc_syntax::operator::{AssignmentOperator, BinaryOperator};
use oxc_syntax::symbol::SymbolId;

use super::tree::{
    Assigning, Binary, Def, Expr, ExprId, FnId, Function, List, Logical, Stmt, StmtId, Sym, Symbol,
    Tree,
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
