//! Folds expressions: constants, named things, and calls of functions that need nothing from outside. It interprets a
//! pure subset of the language itself, step by step under a budget; no code of a package is ever handed to an engine.

mod assignments;
mod bindings;
mod calls;
mod knots;
mod members;
mod operators;
mod statements;

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use self::knots::Knots;
use super::Given;
use super::builtins;
use super::known::{Folded, Frame, Known, Members, ONE_VALUE, Stop};
use super::memo::Memo;
use super::names;
use super::tree::{Binary, Def, Expr, ExprId, FnId, Sym, Tree};
use crate::limits::Limits;
use crate::value::Value;

/// Calls within calls.
const DEPTH: u32 = 48;
/// A function whose folding failed this often is not tried again.
const FAILURES: u8 = 3;
/// Steps of one call from outside: enough to decode half a megabyte byte by byte.
const ONE_CALL: u64 = 8_000_000;
/// Turns of loops in which nothing was put together: what decodes makes text or arrays.
const IDLE_TURNS: u32 = 1 << 16;
/// Expressions of a function that is worth trying.
const LARGEST: u32 = 6_000;
/// A large object, how many members its table has, and the table.
type Table = (Rc<RefCell<Members>>, usize, FxHashMap<Rc<str>, usize>);

/// Longer literals are paid for.
const SHORT: usize = 40;
/// Members of an object from which on a table pays.
const LARGE: usize = 24;
/// Bytes of a name, so that `a.b.c…` without end stays short.
const LONGEST_PATH: usize = 160;

pub(super) struct Machine<'a> {
    pub(super) tree: Tree<'a>,
    /// Constants of other files, by their paths here.
    given: FxHashMap<Rc<str>, Known>,
    definitions: Vec<(u32, u32)>,
    sorted: Vec<Def<'a>>,
    member_writes: FxHashMap<(Sym, &'a str), ExprId>,
    /// Members of `this`; none where more than one value is put there.
    this_writes: FxHashMap<(u32, &'a str), Option<ExprId>>,
    /// What bindings stand for, as far as it was asked for.
    statics: Vec<Option<Known>>,
    in_progress: FxHashSet<Sym>,
    /// What was put into members; none while it is looked at.
    put: FxHashMap<ExprId, Option<Known>>,
    /// How often something was not known because it needs itself.
    circles: u64,
    /// Members of functions: `decoder.cache = {}`.
    function_members: FxHashMap<FnId, Known>,
    memo: Memo,
    /// Positions of the members of large objects, with the object so that its address stays its own.
    tables: FxHashMap<usize, Table>,
    pub(super) knots: Knots,
    failures: FxHashMap<FnId, u8>,
    candidates: FxHashMap<FnId, bool>,
    pub(super) steps: u64,
    pub(super) bytes: usize,
    /// Values that may still be shown to detectors.
    to_show: usize,
    /// Turns of loops since something was put together, and how many bytes were left then.
    idle_turns: u32,
    idle_since: usize,
    /// Where the steps of the call that is being folded end.
    floor: u64,
    depth: u32,
    expr_depth: u32,
    /// Effects on what lies outside the folded call are kept: the rotation of string arrays.
    pub(super) effects: bool,
    /// What was not enough.
    pub(super) exhausted: Option<&'static str>,
}

impl<'a> Machine<'a> {
    /// Folds a file of this many bytes.
    pub(super) fn new(tree: Tree<'a>, limits: &Limits, size: usize) -> Self {
        let mut machine = Self {
            tree,
            given: FxHashMap::default(),
            definitions: Vec::new(),
            sorted: Vec::new(),
            member_writes: FxHashMap::default(),
            this_writes: FxHashMap::default(),
            statics: Vec::new(),
            in_progress: FxHashSet::default(),
            put: FxHashMap::default(),
            circles: 0,
            function_members: FxHashMap::default(),
            memo: Memo::default(),
            tables: FxHashMap::default(),
            knots: Knots::default(),
            failures: FxHashMap::default(),
            candidates: FxHashMap::default(),
            steps: limits.fold_steps + limits.fold_steps_per_byte * size as u64,
            bytes: limits.fold_bytes + limits.fold_bytes_per_byte * size,
            idle_turns: 0,
            idle_since: 0,
            floor: 0,
            to_show: 8_000_000,
            depth: 0,
            expr_depth: 0,
            effects: false,
            exhausted: None,
        };
        machine.index();
        machine
    }

    /// With what other files have.
    pub(super) fn told(mut self, given: &Given) -> Self {
        let known = given.iter();
        let known = known.map(|(path, value)| (path.clone(), Known::of(value)));
        self.given = known.collect();
        self
    }

    /// What a path stands for.
    pub(super) fn named(&self, path: Rc<str>, hidden: bool) -> Known {
        match self.given.get(&path) {
            Some(known) => known.clone(),
            None => Known::Path(path, hidden),
        }
    }

    /// Sorts the definitions by binding; again after more code was added to the tree.
    pub(super) fn index(&mut self) {
        let count = self.tree.symbols.len();
        let mut starts = vec![(0u32, 0u32); count];
        for (symbol, _) in &self.tree.defs {
            starts[*symbol as usize].1 += 1;
        }
        let mut next = 0;
        for start in &mut starts {
            start.0 = next;
            next += start.1;
            start.1 = 0;
        }
        let mut sorted = vec![Def::Unknown; next as usize];
        for (symbol, def) in &self.tree.defs {
            let start = &mut starts[*symbol as usize];
            sorted[(start.0 + start.1) as usize] = *def;
            start.1 += 1;
        }
        self.statics.resize(count, None);
        self.memo.resize(self.tree.exprs.len());
        self.definitions = starts;
        self.sorted = sorted;
        self.member_writes.clear();
        for (symbol, name, value) in &self.tree.member_writes {
            self.member_writes.entry((*symbol, name)).or_insert(*value);
        }
        self.this_writes.clear();
        for (class, name, value) in &self.tree.this_writes {
            self.this_writes
                .entry((*class, name))
                .and_modify(|known| *known = None)
                .or_insert(Some(*value));
        }
    }

    pub(super) fn defs(&self, symbol: Sym) -> &[Def<'a>] {
        let (start, len) = self.definitions[symbol as usize];
        &self.sorted[start as usize..(start + len) as usize]
    }

    /// What is known of an expression where it stands.
    pub(super) fn value(&mut self, id: ExprId) -> Known {
        match self.eval(id, None) {
            Ok(value) => value,
            Err(Stop::Budget) => {
                if self.steps == 0 {
                    self.exhausted = Some("steps");
                } else if self.bytes == 0 {
                    self.exhausted = Some("bytes of text");
                }
                Known::Unknown
            }
            Err(_) => Known::Unknown,
        }
    }

    /// What is known of an expression, as detectors see it; a file's values are bounded together.
    pub(super) fn shown(&mut self, known: &Known) -> Value {
        let mut left = self.to_show.min(ONE_VALUE);
        let before = left;
        let value = known.shown(&mut left);
        self.to_show -= before - left;
        if self.to_show == 0 {
            self.exhausted = Some("values to show");
        }
        value
    }

    pub(super) fn shown_value(&mut self, id: ExprId) -> Value {
        let known = self.value(id);
        self.shown(&known)
    }

    fn step(&mut self, cost: usize) -> Result<(), Stop> {
        let cost = cost as u64;
        if self.steps < cost {
            self.steps = 0;
            return Err(Stop::Budget);
        }
        self.steps -= cost;
        if self.steps < self.floor {
            return Err(Stop::Budget);
        }
        Ok(())
    }

    /// Pays for new text.
    pub(super) fn pay(&mut self, bytes: usize) -> Result<(), Stop> {
        if self.bytes < bytes {
            self.bytes = 0;
            return Err(Stop::Budget);
        }
        self.bytes -= bytes;
        self.step(bytes / 16)
    }

    pub(super) fn eval(&mut self, id: ExprId, frame: Option<&Rc<Frame>>) -> Folded {
        self.step(1)?;
        if self.expr_depth > 2_000 {
            self.exhausted = Some("depth of an expression");
            return Err(Stop::Budget);
        }
        self.expr_depth += 1;
        let folded = self.eval_inner(id, frame);
        self.expr_depth -= 1;
        folded
    }

    fn eval_inner(&mut self, id: ExprId, frame: Option<&Rc<Frame>>) -> Folded {
        Ok(match self.tree.expr(id) {
            Expr::Undefined => Known::Undefined,
            Expr::Null => Known::Null,
            Expr::Bool(value) => Known::Bool(value),
            Expr::Number(value) => Known::Number(value),
            Expr::Text(text, hidden) => {
                if let Some(known) = self.memo.get(id) {
                    return Ok(known);
                }
                if text.len() >= SHORT {
                    self.pay(text.len())?;
                }
                let known = Known::Text(text.into(), hidden);
                self.memo.insert(id, known.clone());
                known
            }
            Expr::Regex(source) => Known::Regex(source.into()),
            Expr::Template(list) => {
                let mut whole = Known::text("");
                for index in list.range() {
                    let part = self.tree.lists[index];
                    let part = self.eval(part, frame)?;
                    whole = self.join(whole, part)?;
                }
                whole
            }
            Expr::Local(symbol) => return self.local(symbol, frame),
            Expr::Global("arguments") => match frame {
                Some(frame) => self.arguments(frame),
                None => Known::Unknown,
            },
            Expr::Global(name) => {
                if let Some(known) = self.memo.get(id) {
                    return Ok(known);
                }
                let known = Known::path(names::global(name));
                self.memo.insert(id, known.clone());
                known
            }
            Expr::This => self.this(id, frame),
            Expr::Member(object, name) => {
                let lasting = frame.is_none() && !self.effects;
                if lasting && let Some(known) = self.memo.get(id) {
                    return Ok(known);
                }
                let circles = self.circles;
                let whole = self.eval(object, frame)?;
                return self.member(id, object, whole, name, circles, frame);
            }
            Expr::Index(object, key) => {
                let whole = self.eval(object, frame)?;
                let key = self.eval(key, frame)?;
                return self.item_of(object, whole, key, frame);
            }
            Expr::Call(callee, args) => {
                if frame.is_none() {
                    // A call that needs itself is not known.
                    self.circles += u64::from(self.memo.is_open(id));
                    if let Some(known) = self.memo.get(id) {
                        return Ok(known);
                    }
                    self.memo.open(id);
                }
                let result = self.call(callee, args, frame);
                if frame.is_none() {
                    let known = match &result {
                        Ok(value) => value.clone(),
                        Err(_) => Known::Unknown,
                    };
                    self.memo.insert(id, known);
                }
                return result;
            }
            Expr::New(callee, args) => return self.construct(callee, args, frame),
            Expr::ImportCall(source) => {
                let source = self.eval(source, frame)?;
                names::module_of(&source)
            }
            Expr::Array(list) => {
                let mut items = Vec::with_capacity(list.len as usize);
                for index in list.range() {
                    let item = self.tree.lists[index];
                    if let Expr::Spread(inner) = self.tree.expr(item) {
                        let spread = self.eval(inner, frame)?;
                        match builtins::items(&spread) {
                            Some(more) => {
                                self.step(more.len())?;
                                items.extend(more);
                            }
                            None => items.push(Known::Unknown),
                        }
                    } else {
                        items.push(self.eval(item, frame)?);
                    }
                }
                self.pay(items.len() * 16)?;
                Known::array(items)
            }
            Expr::Object(list) => self.object(list, frame)?,
            Expr::Spread(inner) => return self.eval(inner, frame),
            Expr::Function(function) => Known::Function(function, frame.cloned()),
            Expr::Class(list) => {
                let _ = list;
                Known::Unknown
            }
            Expr::Assign(how, target, value) => return self.assign(how, target, value, frame),
            Expr::Update(step, after, target) => {
                let old = self.eval(target, frame)?;
                let Some(old) = builtins::number(&old) else {
                    return unknown(frame);
                };
                let new = old + f64::from(step);
                self.set(target, Known::Number(new), frame)?;
                Known::Number(if after { new } else { old })
            }
            Expr::Unary(operator, inner) => {
                let value = self.eval(inner, frame)?;
                builtins::unary(operator, &value)
            }
            Expr::Binary(Binary::Add, ..) => return self.sum(id, frame),
            Expr::Binary(operator, left, right) => {
                let left = self.eval(left, frame)?;
                let right = self.eval(right, frame)?;
                return self.binary(operator, left, right);
            }
            Expr::Logical(operator, left, right) => {
                return self.logical(operator, left, right, frame);
            }
            Expr::Conditional(test, then, other) => {
                let test = self.eval(test, frame)?;
                match builtins::truth(&test) {
                    Some(true) => return self.eval(then, frame),
                    Some(false) => return self.eval(other, frame),
                    None if frame.is_some() => return Err(Stop::Unknown),
                    // Either may be: the one of which more is known.
                    None => {
                        let then = self.eval(then, None)?;
                        match then {
                            Known::Unknown | Known::Undefined | Known::Null => {
                                return self.eval(other, None);
                            }
                            then => then,
                        }
                    }
                }
            }
            Expr::Sequence(list) => {
                let mut last = Known::Undefined;
                for index in list.range() {
                    let part = self.tree.lists[index];
                    if frame.is_none() && index + 1 != list.range().end {
                        continue;
                    }
                    last = self.eval(part, frame)?;
                }
                last
            }
            Expr::Await(inner) => return self.eval(inner, frame),
            Expr::Yield(_) | Expr::Other(_) => Known::Unknown,
        })
    }

    /// `this` of a file, or of a function that is called where it stands, leads to the global object.
    fn this(&mut self, id: ExprId, frame: Option<&Rc<Frame>>) -> Known {
        if frame.is_some() {
            return Known::Unknown;
        }
        let mut function = self.tree.owners[id as usize];
        loop {
            let it = self.tree.function(function);
            if function == it.parent || it.called_with.is_some() && !it.arrow {
                return Known::path(names::GLOBAL);
            }
            if !it.arrow {
                return Known::Unknown;
            }
            function = it.parent;
        }
    }

    fn arguments(&mut self, frame: &Rc<Frame>) -> Known {
        frame.arguments.borrow().clone().unwrap_or(Known::Unknown)
    }
}

fn unknown(frame: Option<&Rc<Frame>>) -> Folded {
    match frame {
        Some(_) => Err(Stop::Unknown),
        None => Ok(Known::Unknown),
    }
}
