//! A small tree of a script: names are resolved to bindings, patterns, classes and TypeScript are lowered to assignments,
//! functions and plain expressions. Children come before their parents, so that a function's expressions are one run.

use crate::facts::Span;

pub(super) type ExprId = u32;
pub(super) type FnId = u32;
pub(super) type Sym = u32;

/// A run in [`Tree::lists`] or [`Tree::statement_lists`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct List {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl List {
    pub(super) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Plus,
    Minus,
    Not,
    BitNot,
    Typeof,
    Void,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Equal,
    NotEqual,
    StrictEqual,
    StrictNotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    ShiftLeft,
    ShiftRight,
    ShiftRightZero,
    BitOr,
    BitXor,
    BitAnd,
    In,
    Instanceof,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logical {
    Or,
    And,
    Coalesce,
}

/// How an assignment combines the old value with the new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assigning {
    Set,
    With(Binary),
    When(Logical),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Expr<'a> {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    /// The flag: its escapes hide it.
    Text(&'a str, bool),
    Regex(&'a str),
    /// The parts of a template, joined.
    Template(List),
    Local(Sym),
    Global(&'a str),
    This,
    Member(ExprId, &'a str),
    Index(ExprId, ExprId),
    Call(ExprId, List),
    New(ExprId, List),
    ImportCall(ExprId),
    Array(List),
    /// Keys and values by turns; a spread has itself as its key.
    Object(List),
    Spread(ExprId),
    Function(FnId),
    /// The class's constructor, then keys and values of its static members by turns; methods are functions of it.
    Class(List),
    Assign(Assigning, ExprId, ExprId),
    /// `++` and `--`: by how much, and whether the value is the one after.
    Update(i8, bool, ExprId),
    Unary(Unary, ExprId),
    Binary(Binary, ExprId, ExprId),
    Logical(Logical, ExprId, ExprId),
    Conditional(ExprId, ExprId, ExprId),
    Sequence(List),
    Await(ExprId),
    Yield(ExprId),
    /// Something whose value is never known, with its parts: JSX, tagged templates.
    Other(List),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Stmt<'a> {
    Expr(ExprId),
    /// A binding gets its first value.
    Bind(Sym, ExprId),
    Return(Option<ExprId>),
    Throw(ExprId),
    If(ExprId, List, List),
    /// Initialisation, test (none: always), update, body; whether the body runs before the first test.
    Loop(List, Option<ExprId>, Option<ExprId>, List, bool),
    /// A binding takes each key (`in`) or item (`of`).
    Each(Option<Sym>, ExprId, List, bool),
    /// Block, parameter of `catch`, handler, finalizer; whether there is a handler.
    Try(List, Option<Sym>, List, List, bool),
    Switch(ExprId, List),
    /// Inside a switch: the test, none for `default`.
    Case(Option<ExprId>, List),
    Block(List),
    Labeled(&'a str, List),
    Break(Option<&'a str>),
    Continue,
}

pub(super) type StmtId = u32;

/// Where a binding's value comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Def<'a> {
    Value(ExprId),
    Parameter(FnId, u32),
    Function(FnId),
    Module(&'a str),
    ModuleMember(&'a str, &'a str),
    /// An item of this.
    ItemOf(ExprId),
    /// An item or key of what is iterated.
    Item,
    /// `+=`, `++` and the like.
    Changed,
    Unknown,
}

#[derive(Debug)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: Vec<Option<Sym>>,
    pub(super) parameter_names: Vec<&'a str>,
    pub(super) rest: Option<Sym>,
    pub(super) body: List,
    /// Its expressions, with those of the functions within it.
    pub(super) exprs: std::ops::Range<ExprId>,
    pub(super) span: Span,
    pub(super) parent: FnId,
    pub(super) arrow: bool,
    /// `async` or a generator.
    pub(super) suspends: bool,
    pub(super) nested: u8,
    /// Called where it stands: its arguments.
    pub(super) called_with: Option<List>,
    /// Called with each item of this by turns: `items.forEach(function)`.
    pub(super) each_of: Option<ExprId>,
    /// The class in which it stands; 0 is none.
    pub(super) class: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Symbol<'a> {
    pub(super) name: &'a str,
    pub(super) owner: FnId,
}

#[derive(Default)]
pub(super) struct Tree<'a> {
    pub(super) exprs: Vec<Expr<'a>>,
    pub(super) spans: Vec<Span>,
    /// The function of each expression.
    pub(super) owners: Vec<FnId>,
    pub(super) lists: Vec<ExprId>,
    pub(super) statements: Vec<Stmt<'a>>,
    pub(super) statement_lists: Vec<StmtId>,
    pub(super) functions: Vec<Function<'a>>,
    pub(super) symbols: Vec<Symbol<'a>>,
    /// Definitions in the order of the text; [`Definitions`] sorts them by binding.
    pub(super) defs: Vec<(Sym, Def<'a>)>,
    /// `binding.name = value`.
    pub(super) member_writes: Vec<(Sym, &'a str, ExprId)>,
    pub(super) classes: u32,
    /// `this.name = value`, and fields of classes, with the class round them.
    pub(super) this_writes: Vec<(u32, &'a str, ExprId)>,
    /// Imports and re-exports of other modules that bind nothing or something.
    pub(super) imports: Vec<(&'a str, Span, FnId)>,
    pub(super) endless: Vec<(Span, FnId)>,
    /// Generators that yield for ever.
    pub(super) endless_generators: Vec<FnId>,
    /// `for (const item of …)` without a way out: what goes round, and the function round it.
    pub(super) exhausting: Vec<(ExprId, Span, FnId)>,
    /// Values of `export default`.
    pub(super) defaults: Vec<ExprId>,
}

impl<'a> Tree<'a> {
    #[inline]
    pub(super) fn list(&self, list: List) -> &[ExprId] {
        &self.lists[list.range()]
    }

    pub(super) fn statements(&self, list: List) -> &[StmtId] {
        &self.statement_lists[list.range()]
    }

    #[inline]
    pub(super) fn expr(&self, id: ExprId) -> Expr<'a> {
        self.exprs[id as usize]
    }

    #[inline]
    pub(super) fn function(&self, id: FnId) -> &Function<'a> {
        &self.functions[id as usize]
    }

    /// Whether `inner` is `outer` or lies within it.
    pub(super) fn is_within(&self, mut inner: FnId, outer: FnId) -> bool {
        while inner > outer {
            inner = self.functions[inner as usize].parent;
        }
        inner == outer
    }
}
