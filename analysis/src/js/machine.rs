//! Folds expressions: constants, named things, and calls of functions that need nothing from outside. It interprets a
//! pure subset of the language itself, step by step under a budget; no code of a package is ever handed to an engine.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::builtins;
use super::known::{Folded, Frame, Known, Members, ONE_VALUE, Stop};
use super::names;
use super::tree::{Assigning, Binary, Def, Expr, ExprId, FnId, List, Logical, Stmt, Sym, Tree};
use crate::limits::Limits;
use crate::value::Value;

/// Calls within calls.
const DEPTH: u32 = 48;
/// A function whose folding failed this often is not tried again.
const FAILURES: u8 = 3;
/// Steps of one call from outside: enough to decode half a megabyte byte by byte.
const ONE_CALL: u64 = 8_000_000;
/// Expressions of a function that is worth trying.
const LARGEST: u32 = 6_000;
/// A large object, how many members its table has, and the table.
type Table = (Rc<RefCell<Members>>, usize, FxHashMap<Rc<str>, usize>);

/// Longer literals are copied once.
const SHORT: usize = 40;
/// Members of an object from which on a table pays.
const LARGE: usize = 24;
/// Bytes of a name, so that `a.b.c…` without end stays short.
const LONGEST_PATH: usize = 160;

pub(super) struct Machine<'a> {
    pub(super) tree: Tree<'a>,
    definitions: Vec<(u32, u32)>,
    sorted: Vec<Def<'a>>,
    member_writes: FxHashMap<(Sym, &'a str), ExprId>,
    /// Members of `this`; none where more than one value is put there.
    this_writes: FxHashMap<(u32, &'a str), Option<ExprId>>,
    statics: FxHashMap<Sym, Known>,
    in_progress: FxHashSet<Sym>,
    /// Members of functions: `decoder.cache = {}`.
    function_members: FxHashMap<FnId, Known>,
    memo: FxHashMap<ExprId, Known>,
    /// Positions of the members of large objects, with the object so that its address stays its own.
    tables: FxHashMap<usize, Table>,
    failures: FxHashMap<FnId, u8>,
    candidates: FxHashMap<FnId, bool>,
    pub(super) steps: u64,
    pub(super) bytes: usize,
    /// Values that may still be shown to detectors.
    to_show: usize,
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
            definitions: Vec::new(),
            sorted: Vec::new(),
            member_writes: FxHashMap::default(),
            this_writes: FxHashMap::default(),
            statics: FxHashMap::default(),
            in_progress: FxHashSet::default(),
            function_members: FxHashMap::default(),
            memo: FxHashMap::default(),
            tables: FxHashMap::default(),
            failures: FxHashMap::default(),
            candidates: FxHashMap::default(),
            steps: limits.fold_steps + limits.fold_steps_per_byte * size as u64,
            bytes: limits.fold_bytes + limits.fold_bytes_per_byte * size,
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
            Expr::Text(text, hidden) if text.len() < SHORT => Known::Text(text.into(), hidden),
            Expr::Text(text, hidden) => {
                if let Some(Known::Text(text, _)) = self.memo.get(&id) {
                    return Ok(Known::Text(text.clone(), hidden));
                }
                self.pay(text.len())?;
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
            Expr::Global(name) => Known::path(names::global(name)),
            Expr::This => self.this(id, frame),
            Expr::Member(object, name) => {
                let lasting = frame.is_none() && !self.effects;
                if lasting && let Some(known) = self.memo.get(&id) {
                    return Ok(known.clone());
                }
                let whole = self.eval(object, frame)?;
                let value = self.member_of(object, whole, name, false, frame);
                // Long names are not put together twice.
                if lasting && let Ok(known @ Known::Path(..)) = &value {
                    self.memo.insert(id, known.clone());
                }
                return value;
            }
            Expr::Index(object, key) => {
                let whole = self.eval(object, frame)?;
                let key = self.eval(key, frame)?;
                return self.item_of(object, whole, key, frame);
            }
            Expr::Call(callee, args) => {
                if frame.is_none() {
                    if let Some(known) = self.memo.get(&id) {
                        return Ok(known.clone());
                    }
                    // A call that needs itself is not known.
                    self.memo.insert(id, Known::Unknown);
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

    // Bindings.

    fn local(&mut self, symbol: Sym, frame: Option<&Rc<Frame>>) -> Folded {
        let owner = self.tree.symbols[symbol as usize].owner;
        let mut next = frame;
        while let Some(frame) = next {
            if frame.function == owner {
                if let Some(value) = frame.bindings.borrow().get(&symbol) {
                    return Ok(value.clone());
                }
                let function = self.defs(symbol).iter().find_map(|def| match def {
                    Def::Function(function) => Some(*function),
                    _ => None,
                });
                return Ok(match function {
                    Some(function) => Known::Function(function, Some(frame.clone())),
                    None => Known::Undefined,
                });
            }
            next = frame.parent.as_ref();
        }
        Ok(self.static_value(symbol))
    }

    /// The value of a binding outside of what is being folded.
    pub(super) fn static_value(&mut self, symbol: Sym) -> Known {
        if let Some(known) = self.statics.get(&symbol) {
            return known.clone();
        }
        if !self.in_progress.insert(symbol) {
            return Known::Unknown;
        }
        let value = self.first_value(symbol);
        self.in_progress.remove(&symbol);
        self.statics.insert(symbol, value.clone());
        value
    }

    fn first_value(&mut self, symbol: Sym) -> Known {
        let (start, len) = self.definitions[symbol as usize];
        let mut found: Option<Known> = None;
        // A function that replaces itself when it first runs is what it is declared as.
        for index in start..start + len {
            if let Def::Function(function) = self.sorted[index as usize] {
                let rest = (start..start + len).all(|index| match self.sorted[index as usize] {
                    Def::Function(_) => true,
                    Def::Value(value) => self
                        .tree
                        .is_within(self.tree.owners[value as usize], function),
                    _ => false,
                });
                return if rest {
                    Known::Function(function, None)
                } else {
                    Known::Unknown
                };
            }
        }
        for index in start..start + len.min(8) {
            let value = match self.sorted[index as usize] {
                Def::Value(value) => self.value(value),
                Def::Module(module) => Known::path(names::module(module)),
                Def::ModuleMember(module, member) => {
                    let module = names::module(module);
                    Known::path(names::member(&module, member))
                }
                Def::Parameter(function, position) => self.parameter(function, position),
                Def::ItemOf(iterated) => self.one_of(iterated),
                Def::Changed => return Known::Unknown,
                Def::Item | Def::Function(_) | Def::Unknown => Known::Unknown,
            };
            match (&found, value) {
                (None, Known::Undefined | Known::Null) if len > 1 => {}
                (None, value) => found = Some(value),
                (Some(Known::Unknown), value @ Known::Path(..)) => found = Some(value),
                // Several values: a name may stand for all, a number may not.
                (Some(Known::Number(_) | Known::Bool(_)), _) => return Known::Unknown,
                _ => {}
            }
        }
        found.unwrap_or(Known::Undefined)
    }

    /// What a function that is called where it stands gets for a parameter.
    fn parameter(&mut self, function: FnId, position: u32) -> Known {
        let it = self.tree.function(function);
        if let (Some(items), 0) = (it.each_of, position) {
            return self.one_of(items);
        }
        let Some(args) = it.called_with else {
            return Known::Unknown;
        };
        if position >= args.len {
            return if position == u32::MAX {
                Known::Unknown
            } else {
                Known::Undefined
            };
        }
        let arg = self.tree.lists[(args.start + position) as usize];
        match self.tree.expr(arg) {
            Expr::Spread(_) => Known::Unknown,
            _ => self.value(arg),
        }
    }

    /// An item that may stand for all: each by turns is something with a name.
    fn one_of(&mut self, items: ExprId) -> Known {
        let value = self.value(items);
        let items = match &value {
            Known::Array(items) => items.try_borrow().map(|items| items.clone()),
            _ => return Known::Unknown,
        };
        let mut items = items.unwrap_or_default().into_iter().take(64);
        items
            .find(|item| matches!(item, Known::Path(..) | Known::Concat(..)))
            .unwrap_or(Known::Unknown)
    }

    /// What a member of `this` is given once, where `object` is that `this`.
    pub(super) fn field(&self, object: ExprId, name: &str) -> Option<ExprId> {
        if !matches!(self.tree.expr(object), Expr::This) {
            return None;
        }
        let class = self.tree.function(self.tree.owners[object as usize]).class;
        self.this_writes.get(&(class, name)).copied().flatten()
    }

    fn set_local(
        &mut self,
        symbol: Sym,
        value: Known,
        frame: Option<&Rc<Frame>>,
    ) -> Result<(), Stop> {
        let owner = self.tree.symbols[symbol as usize].owner;
        let mut next = frame;
        while let Some(frame) = next {
            if frame.function == owner {
                frame.bindings.borrow_mut().insert(symbol, value);
                return Ok(());
            }
            next = frame.parent.as_ref();
        }
        if frame.is_none() && !self.effects {
            return Ok(());
        }
        self.statics.insert(symbol, value);
        Ok(())
    }

    // Members.

    fn member_of(
        &mut self,
        object: ExprId,
        whole: Known,
        name: &str,
        hidden: bool,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        let value = match &whole {
            Known::Object(members) => {
                let found = self.member_named(members, name);
                match found {
                    Some(value) => return Ok(value),
                    None => Known::Undefined,
                }
            }
            Known::Function(function, _) => match (name, self.function_members.get(function)) {
                ("constructor", _) => return Ok(Known::Path("Function".into(), hidden)),
                (_, Some(Known::Object(members))) => {
                    let found = members
                        .borrow()
                        .iter()
                        .rev()
                        .find(|(key, _)| &**key == name)
                        .map(|(_, value)| value.clone());
                    found.unwrap_or(Known::Undefined)
                }
                _ => Known::Undefined,
            },
            Known::Path(path, own) => {
                if path.len() + name.len() > LONGEST_PATH {
                    return Ok(Known::Unknown);
                }
                return Ok(Known::Path(names::member(path, name), *own || hidden));
            }
            Known::Undefined | Known::Null if frame.is_some() => {
                return Err(Stop::Throw(Known::Unknown));
            }
            other => builtins::member(other, name),
        };
        // Put there once, by a constructor or as a field.
        if matches!(value, Known::Undefined | Known::Unknown)
            && frame.is_none()
            && let Some(written) = self.field(object, name)
        {
            // A number that is put there first is counted on.
            return Ok(match self.written(written) {
                Known::Number(_) | Known::Bool(_) | Known::Null | Known::Undefined => {
                    Known::Unknown
                }
                known => known,
            });
        }
        // Set later, by name: `const api = {}; api.send = …`.
        if matches!(value, Known::Undefined | Known::Unknown)
            && let Expr::Local(symbol) = self.tree.expr(object)
            && let Some(&written) = self.member_writes.get(&(symbol, name))
        {
            return Ok(self.written(written));
        }
        match value {
            Known::Undefined if frame.is_none() => Ok(Known::Unknown),
            value => Ok(value),
        }
    }

    /// A member of an object; large ones are looked up by a table.
    fn member_named(&mut self, members: &Rc<RefCell<Members>>, name: &str) -> Option<Known> {
        let held = members.borrow();
        if held.len() <= LARGE {
            let found = held.iter().rev().find(|(key, _)| &**key == name);
            return found.map(|(_, value)| value.clone());
        }
        let (_, count, table) = self
            .tables
            .entry(Rc::as_ptr(members) as usize)
            .or_insert_with(|| (members.clone(), 0, FxHashMap::default()));
        if *count != held.len() {
            *count = held.len();
            // Later members hide earlier ones of the same name.
            *table = held
                .iter()
                .enumerate()
                .map(|(index, (key, _))| (key.clone(), index))
                .collect();
        }
        table.get(name).map(|index| held[*index].1.clone())
    }

    /// What was put into a member; a member that is made of itself is not known.
    fn written(&mut self, value: ExprId) -> Known {
        if let Some(known) = self.memo.get(&value) {
            return known.clone();
        }
        self.memo.insert(value, Known::Unknown);
        let known = self.value(value);
        self.memo.insert(value, known.clone());
        known
    }

    fn item_of(
        &mut self,
        object: ExprId,
        whole: Known,
        key: Known,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        match (&whole, &key) {
            (_, Known::Text(name, hidden)) => {
                self.member_of(object, whole.clone(), name, *hidden, frame)
            }
            (Known::Path(path, hidden), _) if path.len() < LONGEST_PATH => {
                Ok(Known::Path(format!("{path}[]").into(), *hidden))
            }
            (Known::Undefined | Known::Null, _) if frame.is_some() => {
                Err(Stop::Throw(Known::Unknown))
            }
            (Known::Object(_) | Known::Function(..), key) if key.is_constant() => {
                let name = builtins::to_text(key).unwrap_or_else(|| "".into());
                self.member_of(object, whole.clone(), &name, false, frame)
            }
            (whole, Known::Number(index)) => Ok(builtins::item(whole, *index)),
            _ => Ok(Known::Unknown),
        }
    }

    fn object(&mut self, list: List, frame: Option<&Rc<Frame>>) -> Folded {
        let mut members: Members = Vec::with_capacity(list.len as usize / 2);
        let mut index = list.start as usize;
        while index < list.range().end {
            let (key, value) = (self.tree.lists[index], self.tree.lists[index + 1]);
            index += 2;
            if let Expr::Spread(inner) = self.tree.expr(key) {
                match self.eval(inner, frame)? {
                    Known::Object(more) => {
                        let more = more.borrow();
                        self.step(more.len())?;
                        members.extend(more.iter().cloned());
                    }
                    // `{...process.env}`
                    path @ Known::Path(..) => members.push(("...".into(), path)),
                    _ => {}
                }
                continue;
            }
            let key = self.eval(key, frame)?;
            let Some(key) = builtins::to_text(&key) else {
                continue;
            };
            let value = self.eval(value, frame)?;
            members.push((key, value));
        }
        self.pay(members.len() * 32)?;
        Ok(Known::object(members))
    }

    // Assignments.

    fn assign(
        &mut self,
        how: Assigning,
        target: ExprId,
        value: ExprId,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        let new = match how {
            Assigning::Set => self.eval(value, frame)?,
            Assigning::With(operator) => {
                if frame.is_none() {
                    return Ok(Known::Unknown);
                }
                let old = self.eval(target, frame)?;
                let value = self.eval(value, frame)?;
                self.binary(operator, old, value)?
            }
            Assigning::When(operator) => self.logical(operator, target, value, frame)?,
        };
        if frame.is_some() || self.effects {
            self.set(target, new.clone(), frame)?;
        }
        Ok(new)
    }

    fn set(&mut self, target: ExprId, value: Known, frame: Option<&Rc<Frame>>) -> Result<(), Stop> {
        match self.tree.expr(target) {
            Expr::Local(symbol) => self.set_local(symbol, value, frame),
            Expr::Member(object, name) => {
                let whole = self.eval(object, frame)?;
                self.set_member(&whole, name.into(), value)
            }
            Expr::Index(object, key) => {
                let whole = self.eval(object, frame)?;
                let key = self.eval(key, frame)?;
                if let (Known::Array(items), Known::Number(index)) = (&whole, &key) {
                    let index = *index as usize;
                    let mut items = items.try_borrow_mut().map_err(|_| Stop::Unknown)?;
                    if index >= items.len() {
                        if index > items.len() + 65_536 {
                            return Err(Stop::Budget);
                        }
                        self.pay((index + 1 - items.len()) * 16)?;
                        items.resize(index + 1, Known::Undefined);
                    }
                    items[index] = value;
                    return Ok(());
                }
                let Some(name) = builtins::to_text(&key) else {
                    return Err(Stop::Unknown);
                };
                self.set_member(&whole, name, value)
            }
            _ => Err(Stop::Unknown),
        }
    }

    fn set_member(&mut self, whole: &Known, name: Rc<str>, value: Known) -> Result<(), Stop> {
        self.pay(32)?;
        let members = match whole {
            Known::Object(members) => members.clone(),
            Known::Function(function, _) => {
                let members = self
                    .function_members
                    .entry(*function)
                    .or_insert_with(|| Known::object(Vec::new()));
                match members {
                    Known::Object(members) => members.clone(),
                    _ => return Err(Stop::Unknown),
                }
            }
            Known::Array(items) if &*name == "length" => {
                let length = builtins::number(&value).unwrap_or(0.0) as usize;
                items
                    .try_borrow_mut()
                    .map_err(|_| Stop::Unknown)?
                    .truncate(length);
                return Ok(());
            }
            _ => return Err(Stop::Unknown),
        };
        let mut members = members.try_borrow_mut().map_err(|_| Stop::Unknown)?;
        match members.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => *old = value,
            None => {
                if members.len() > 65_536 {
                    return Err(Stop::Budget);
                }
                members.push((name, value));
            }
        }
        Ok(())
    }

    // Operators.

    /// A sum, which is as deep on its left as it is long; text is collected in one buffer.
    fn sum(&mut self, id: ExprId, frame: Option<&Rc<Frame>>) -> Folded {
        let mut addends = Vec::new();
        let mut first = id;
        while let Expr::Binary(Binary::Add, left, right) = self.tree.expr(first) {
            addends.push(right);
            first = left;
        }
        let mut sum = self.eval(first, frame)?;
        let mut buffer: Option<(String, bool)> = None;
        for addend in addends.into_iter().rev() {
            let next = self.eval(addend, frame)?;
            if let (Known::Text(text, hidden), Some((collected, any))) = (&next, &mut buffer) {
                collected.push_str(text);
                *any |= hidden;
                self.pay(text.len())?;
                continue;
            }
            if let Some((collected, any)) = buffer.take() {
                sum = Known::Text(collected.into(), any);
            }
            match (&sum, &next) {
                (Known::Text(first, one), Known::Text(second, other)) => {
                    self.pay(first.len() + second.len())?;
                    buffer = Some((format!("{first}{second}"), *one || *other));
                }
                _ => sum = self.binary(Binary::Add, sum, next)?,
            }
        }
        Ok(match buffer {
            Some((collected, any)) => Known::Text(collected.into(), any),
            None => sum,
        })
    }

    fn binary(&mut self, operator: Binary, left: Known, right: Known) -> Folded {
        if operator != Binary::Add {
            return Ok(builtins::binary(operator, &left, &right));
        }
        let numeric = |value: &Known| {
            matches!(
                value,
                Known::Number(_) | Known::Bool(_) | Known::Null | Known::Undefined
            )
        };
        if numeric(&left) && numeric(&right) {
            return Ok(builtins::binary(operator, &left, &right));
        }
        match (&left, &right) {
            (
                Known::Unknown | Known::Path(..),
                Known::Unknown | Known::Path(..) | Known::Number(_),
            ) => Ok(Known::Unknown),
            (Known::Number(_), Known::Unknown | Known::Path(..)) => Ok(Known::Unknown),
            _ => self.join(left, right),
        }
    }

    /// Two values as one text; what is not known stays a hole.
    pub(super) fn join(&mut self, left: Known, right: Known) -> Folded {
        let hidden = left.is_hidden() || right.is_hidden();
        if let (Some(first), Some(second)) = (builtins::to_text(&left), builtins::to_text(&right)) {
            self.pay(first.len() + second.len())?;
            let mut text = String::with_capacity(first.len() + second.len());
            text.push_str(&first);
            text.push_str(&second);
            return Ok(Known::Text(text.into(), hidden));
        }
        let mut parts: Vec<Known> = Vec::new();
        for side in [left, right] {
            match side {
                Known::Concat(more, _) => parts.extend(more.iter().cloned()),
                side => match builtins::to_text(&side) {
                    Some(text) => parts.push(Known::Text(text, side.is_hidden())),
                    None => parts.push(side),
                },
            }
        }
        if parts.len() > 64 {
            parts.truncate(64);
        }
        self.pay(parts.len() * 16)?;
        // Neighbours that are known become one.
        let mut merged: Vec<Known> = Vec::with_capacity(parts.len());
        for part in parts {
            match (merged.last_mut(), part) {
                (Some(Known::Text(last, own)), Known::Text(text, more)) => {
                    self.pay(last.len() + text.len())?;
                    *last = format!("{last}{text}").into();
                    *own |= more;
                }
                (_, Known::Text(text, _)) if text.is_empty() => {}
                (_, part) => merged.push(part),
            }
        }
        Ok(Known::Concat(merged.into(), hidden))
    }

    fn logical(
        &mut self,
        operator: Logical,
        left: ExprId,
        right: ExprId,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        let value = self.eval(left, frame)?;
        let decided = match operator {
            Logical::Or => builtins::truth(&value),
            Logical::And => builtins::truth(&value).map(|truth| !truth),
            Logical::Coalesce => match value {
                Known::Undefined | Known::Null => Some(false),
                Known::Unknown | Known::Path(..) => None,
                _ => Some(true),
            },
        };
        match decided {
            Some(true) => Ok(value),
            Some(false) => self.eval(right, frame),
            None if frame.is_some() && !matches!(value, Known::Path(..)) => Err(Stop::Unknown),
            // `window.fetch || require("node-fetch")`: either will do, the named one first.
            None => {
                let other = self.eval(right, frame)?;
                Ok(match (operator, value) {
                    (Logical::And, _) => other,
                    (_, value @ Known::Path(..)) => value,
                    _ => other,
                })
            }
        }
    }

    // Calls.

    fn args(&mut self, list: List, frame: Option<&Rc<Frame>>) -> Result<Vec<Known>, Stop> {
        let mut args = Vec::with_capacity(list.len as usize);
        for index in list.range() {
            let arg = self.tree.lists[index];
            if let Expr::Spread(inner) = self.tree.expr(arg) {
                let spread = self.eval(inner, frame)?;
                match builtins::items(&spread) {
                    Some(items) => {
                        self.step(items.len())?;
                        args.extend(items);
                    }
                    None => args.push(Known::Unknown),
                }
            } else {
                args.push(self.eval(arg, frame)?);
            }
        }
        Ok(args)
    }

    fn call(&mut self, callee: ExprId, list: List, frame: Option<&Rc<Frame>>) -> Folded {
        let (receiver, name) = match self.tree.expr(callee) {
            Expr::Member(object, name) => {
                (Some(self.eval(object, frame)?), Some(Rc::<str>::from(name)))
            }
            Expr::Index(object, key) => {
                let object = self.eval(object, frame)?;
                let key = self.eval(key, frame)?;
                (Some(object), builtins::to_text(&key))
            }
            _ => (None, None),
        };
        if let (Some(receiver), Some(name)) = (&receiver, &name)
            && !matches!(
                receiver,
                Known::Path(..) | Known::Unknown | Known::Object(_) | Known::Function(..)
            )
        {
            // An array with a name keeps its items; one that was just made may change.
            if frame.is_none()
                && !self.effects
                && builtins::changes(name)
                && matches!(receiver, Known::Array(_))
                && matches!(self.tree.expr(callee), Expr::Member(object, _) | Expr::Index(object, _) if !matches!(self.tree.expr(object), Expr::Call(..) | Expr::Array(_)))
            {
                return Ok(Known::Unknown);
            }
            let args = self.args(list, frame)?;
            let folded = self.method(receiver, name, args)?;
            if !folded.is_unknown() {
                return Ok(folded);
            }
            if frame.is_some() && matches!(receiver, Known::Undefined | Known::Null) {
                return Err(Stop::Throw(Known::Unknown));
            }
        }
        let called = self.eval(callee, frame)?;
        let args = self.args(list, frame)?;
        if let (Some(receiver @ Known::Function(..)), Some(name)) = (&receiver, &name) {
            match &**name {
                "call" => return self.apply(receiver, args.into_iter().skip(1).collect(), frame),
                "apply" => {
                    let args = args.get(1).and_then(builtins::items).unwrap_or_default();
                    return self.apply(receiver, args, frame);
                }
                "bind" if args.len() <= 1 => return Ok(receiver.clone()),
                _ => {}
            }
        }
        self.apply(&called, args, frame)
    }

    /// Calls a value.
    pub(super) fn apply(
        &mut self,
        called: &Known,
        args: Vec<Known>,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        match called {
            Known::Function(function, environment) => {
                self.call_function(*function, environment.clone(), args, frame)
            }
            Known::Path(path, hidden) => {
                let (path, args) = names::unwrapped(path, args);
                let known = builtins::call(self, &path, &args)?;
                if !known.is_unknown() {
                    return Ok(known);
                }
                if path.len() > LONGEST_PATH {
                    return Ok(Known::Unknown);
                }
                Ok(Known::Path(names::called(&path), *hidden))
            }
            Known::Undefined | Known::Null if frame.is_some() => Err(Stop::Throw(Known::Unknown)),
            _ => Ok(Known::Unknown),
        }
    }

    fn construct(&mut self, callee: ExprId, list: List, frame: Option<&Rc<Frame>>) -> Folded {
        let called = self.eval(callee, frame)?;
        let args = self.args(list, frame)?;
        let Known::Path(path, hidden) = &called else {
            return Ok(Known::Unknown);
        };
        let known = builtins::construct(self, path, &args)?;
        if !known.is_unknown() {
            return Ok(known);
        }
        if path.len() > LONGEST_PATH {
            return Ok(Known::Unknown);
        }
        Ok(Known::Path(names::called(path), *hidden))
    }

    /// A method of a known value; those that take functions call back.
    fn method(&mut self, receiver: &Known, name: &str, args: Vec<Known>) -> Folded {
        if let Known::Array(items) = receiver
            && let Some(function @ Known::Function(..)) = args.first()
        {
            let length = items.try_borrow().map_err(|_| Stop::Unknown)?.len();
            self.pay(length * 16)?;
            let items: Vec<Known> = items.try_borrow().map_err(|_| Stop::Unknown)?.clone();
            let whole = receiver.clone();
            let call = |machine: &mut Self, item: Known, index: usize| {
                machine.apply(
                    function,
                    vec![item, Known::Number(index as f64), whole.clone()],
                    None,
                )
            };
            match name {
                "map" | "forEach" | "flatMap" => {
                    let mut out = Vec::with_capacity(items.len());
                    for (index, item) in items.into_iter().enumerate() {
                        self.pay(16)?;
                        out.push(call(self, item, index)?);
                    }
                    return Ok(if name == "forEach" {
                        Known::Undefined
                    } else {
                        Known::array(out)
                    });
                }
                "filter" => {
                    let mut out = Vec::new();
                    for (index, item) in items.into_iter().enumerate() {
                        match builtins::truth(&call(self, item.clone(), index)?) {
                            Some(true) => out.push(item),
                            Some(false) => {}
                            None => return Ok(Known::Unknown),
                        }
                    }
                    return Ok(Known::array(out));
                }
                "reduce" => {
                    let mut rest = items.into_iter().enumerate();
                    let mut sum = match args.get(1) {
                        Some(first) => first.clone(),
                        None => rest.next().map_or(Known::Undefined, |(_, item)| item),
                    };
                    for (index, item) in rest {
                        sum = self.apply(
                            function,
                            vec![sum, item, Known::Number(index as f64)],
                            None,
                        )?;
                    }
                    return Ok(sum);
                }
                _ => return Ok(Known::Unknown),
            }
        }
        if let (
            Known::Text(text, _),
            "replace" | "replaceAll",
            [Known::Regex(source), function @ Known::Function(..)],
        ) = (receiver, name, &args[..])
        {
            let Some(pieces) = builtins::pieces(text, source) else {
                return Ok(Known::Unknown);
            };
            let mut out = String::new();
            for (piece, matched) in pieces {
                if matched {
                    let first = piece.clone();
                    let new =
                        self.apply(function, vec![Known::text(piece), Known::text(first)], None)?;
                    let Some(new) = builtins::to_text(&new) else {
                        return Ok(Known::Unknown);
                    };
                    self.pay(new.len())?;
                    out.push_str(&new);
                } else {
                    out.push_str(&piece);
                }
            }
            return Ok(Known::decoded(out));
        }
        builtins::method(self, receiver, name, &args)
    }

    fn call_function(
        &mut self,
        function: FnId,
        environment: Option<Rc<Frame>>,
        args: Vec<Known>,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        if self.depth >= DEPTH {
            return Err(Stop::Budget);
        }
        let plain = self.is_plain(function);
        let constant = args.iter().all(Known::is_constant);
        let failed = self
            .failures
            .get(&function)
            .is_some_and(|failures| *failures >= FAILURES);
        if self.tree.function(function).suspends
            || failed
            || !(plain || constant && self.is_candidate(function))
        {
            return self.passed_through(function, &args, frame);
        }
        let parameters = self.tree.function(function).parameters.clone();
        let bindings: FxHashMap<Sym, Known> = parameters
            .iter()
            .enumerate()
            .filter_map(|(index, symbol)| {
                Some((
                    (*symbol)?,
                    args.get(index).cloned().unwrap_or(Known::Undefined),
                ))
            })
            .collect();
        let new = Rc::new(Frame {
            function,
            bindings: RefCell::new(bindings),
            parent: environment,
            arguments: RefCell::new(Some(Known::array(args.clone()))),
        });
        if let Some(rest) = self.tree.function(function).rest {
            let items = args.iter().skip(parameters.len()).cloned().collect();
            new.bindings.borrow_mut().insert(rest, Known::array(items));
        }
        let outermost = self.floor == 0;
        if outermost {
            self.floor = self.steps.saturating_sub(ONE_CALL).max(1);
        }
        self.depth += 1;
        let body = self.tree.function(function).body;
        let ended = self.block(body, &new);
        self.depth -= 1;
        if outermost {
            let spent = self.steps <= self.floor;
            self.floor = 0;

            if spent {
                self.failures.insert(function, FAILURES);
            }
        }
        match ended {
            Ok(()) => Ok(Known::Undefined),
            // What a function of the file computed was hidden from the eye.
            Err(Stop::Return(value)) => Ok(if constant && !args.is_empty() {
                value.with_hidden(true)
            } else {
                value
            }),
            Err(Stop::Throw(value)) if frame.is_some() || self.effects => Err(Stop::Throw(value)),
            Err(Stop::Budget) if self.steps == 0 || self.bytes == 0 => Err(Stop::Budget),
            Err(stop) => {
                if !plain {
                    *self.failures.entry(function).or_insert(0) += 1;
                }
                match frame {
                    Some(_) if !plain => Err(stop),
                    _ => self.passed_through(function, &args, frame),
                }
            }
        }
    }

    /// Wrappers that bundlers and compilers put round `require` give what they are given.
    fn passed_through(
        &mut self,
        function: FnId,
        args: &[Known],
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
        if let Some(path @ Known::Path(module, _)) = args.first()
            && args.len() <= 2
            && names::is_interop(self.tree.function(function).name, module)
        {
            return Ok(path.clone());
        }
        unknown(frame)
    }

    /// One `return`, or nothing at all: worth folding with whatever is given.
    fn is_plain(&self, function: FnId) -> bool {
        let it = self.tree.function(function);
        match self.tree.statements(it.body) {
            [] => true,
            [only] => {
                matches!(self.tree.statements[*only as usize], Stmt::Return(_))
                    && it.exprs.len() < 64
            }
            _ => false,
        }
    }

    /// Whether nothing in it reaches outside, as far as one look tells.
    fn is_candidate(&mut self, function: FnId) -> bool {
        if let Some(known) = self.candidates.get(&function) {
            return *known;
        }
        let range = self.tree.function(function).exprs.clone();
        let candidate = range.end - range.start <= LARGEST
            && range.clone().all(|id| match self.tree.expr(id) {
                Expr::ImportCall(_) | Expr::Await(_) | Expr::Yield(_) | Expr::Class(_) => false,
                Expr::Global(name) => names::is_pure(name),
                _ => true,
            });
        self.candidates.insert(function, candidate);
        candidate
    }

    // Statements.

    fn block(&mut self, list: List, frame: &Rc<Frame>) -> Result<(), Stop> {
        for index in list.range() {
            let id = self.tree.statement_lists[index];
            self.statement(self.tree.statements[id as usize], frame)?;
        }
        Ok(())
    }

    fn truth(&mut self, test: ExprId, frame: &Rc<Frame>) -> Result<bool, Stop> {
        let value = self.eval(test, Some(frame))?;
        builtins::truth(&value).ok_or(Stop::Unknown)
    }

    fn statement(&mut self, statement: Stmt<'a>, frame: &Rc<Frame>) -> Result<(), Stop> {
        self.step(1)?;
        match statement {
            Stmt::Expr(id) => {
                self.eval(id, Some(frame))?;
            }
            Stmt::Bind(symbol, id) => {
                let value = self.eval(id, Some(frame))?;
                self.set_local(symbol, value, Some(frame))?;
            }
            Stmt::Return(value) => {
                let value = match value {
                    Some(id) => self.eval(id, Some(frame))?,
                    None => Known::Undefined,
                };
                return Err(Stop::Return(value));
            }
            Stmt::Throw(id) => {
                let value = self.eval(id, Some(frame))?;
                return Err(Stop::Throw(value));
            }
            Stmt::If(test, then, other) => {
                let list = if self.truth(test, frame)? {
                    then
                } else {
                    other
                };
                self.block(list, frame)?;
            }
            Stmt::Loop(init, test, update, body, body_first) => {
                self.block(init, frame)?;
                let mut first = body_first;
                loop {
                    if !std::mem::take(&mut first)
                        && let Some(test) = test
                        && !self.truth(test, frame)?
                    {
                        break;
                    }
                    if self.turn(body, frame)? {
                        break;
                    }
                    if let Some(update) = update {
                        self.eval(update, Some(frame))?;
                    }
                }
            }
            Stmt::Each(symbol, iterated, body, of) => {
                let value = self.eval(iterated, Some(frame))?;
                let items = if of {
                    builtins::items(&value)
                } else {
                    builtins::keys(&value)
                };
                for item in items.ok_or(Stop::Unknown)? {
                    if let Some(symbol) = symbol {
                        self.set_local(symbol, item, Some(frame))?;
                    }
                    if self.turn(body, frame)? {
                        break;
                    }
                }
            }
            Stmt::Try(block, parameter, handler, last, handled) => {
                let ended = match self.block(block, frame) {
                    Err(Stop::Throw(value)) if handled => {
                        if let Some(symbol) = parameter {
                            self.set_local(symbol, value, Some(frame))?;
                        }
                        self.block(handler, frame)
                    }
                    ended => ended,
                };
                self.block(last, frame)?;
                ended?;
            }
            Stmt::Switch(value, cases) => self.switch(value, cases, frame)?,
            Stmt::Case(_, body) | Stmt::Block(body) => self.block(body, frame)?,
            Stmt::Labeled(label, body) => match self.block(body, frame) {
                Err(Stop::Break(Some(target))) if &*target == label => {}
                ended => ended?,
            },
            Stmt::Break(label) => return Err(Stop::Break(label.map(Into::into))),
            // A labelled one is taken for the innermost loop's.
            Stmt::Continue => return Err(Stop::Continue),
        }
        Ok(())
    }

    /// One turn of a loop; true ends it.
    fn turn(&mut self, body: List, frame: &Rc<Frame>) -> Result<bool, Stop> {
        self.step(1)?;
        match self.block(body, frame) {
            Ok(()) | Err(Stop::Continue) => Ok(false),
            Err(Stop::Break(None)) => Ok(true),
            Err(stop) => Err(stop),
        }
    }

    fn switch(&mut self, value: ExprId, cases: List, frame: &Rc<Frame>) -> Result<(), Stop> {
        let value = self.eval(value, Some(frame))?;
        let mut from = None;
        let mut default = None;
        for index in cases.range() {
            let id = self.tree.statement_lists[index];
            let Stmt::Case(test, _) = self.tree.statements[id as usize] else {
                continue;
            };
            match test {
                None => default = Some(index),
                Some(test) => {
                    let test = self.eval(test, Some(frame))?;
                    let same = builtins::binary(Binary::StrictEqual, &value, &test);
                    if builtins::truth(&same).ok_or(Stop::Unknown)? {
                        from = Some(index);
                        break;
                    }
                }
            }
        }
        let Some(from) = from.or(default) else {
            return Ok(());
        };
        for index in from..cases.range().end {
            let id = self.tree.statement_lists[index];
            match self.statement(self.tree.statements[id as usize], frame) {
                Err(Stop::Break(None)) => return Ok(()),
                ended => ended?,
            }
        }
        Ok(())
    }
}

fn unknown(frame: Option<&Rc<Frame>>) -> Folded {
    match frame {
        Some(_) => Err(Stop::Unknown),
        None => Ok(Known::Unknown),
    }
}
