//! Calls of functions of the file, of methods and of built-ins.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{DEPTH, FAILURES, IDLE_TURNS, LARGEST, LONGEST_PATH, Machine, ONE_CALL, unknown};
use crate::js::builtins;
use crate::js::known::{Folded, Frame, Known, Stop};
use crate::js::names;
use crate::js::tree::{Expr, ExprId, FnId, List, Stmt, Sym};

impl<'a> Machine<'a> {
    pub(super) fn args(
        &mut self,
        list: List,
        frame: Option<&Rc<Frame>>,
    ) -> Result<Vec<Known>, Stop> {
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

    pub(super) fn call(&mut self, callee: ExprId, list: List, frame: Option<&Rc<Frame>>) -> Folded {
        let circles = self.circles;
        let mut key = Known::Unknown;
        let named;
        let (receiver, name) = match self.tree.expr(callee) {
            Expr::Member(object, name) => (Some(self.eval(object, frame)?), Some(name)),
            Expr::Index(object, item) => {
                let object = self.eval(object, frame)?;
                key = self.eval(item, frame)?;
                named = builtins::to_text(&key);
                (Some(object), named.as_deref())
            }
            _ => (None, None),
        };
        if let (Some(receiver), Some(name)) = (&receiver, name)
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
        // What the callee is a member of may have done something, and is not asked twice.
        let called = match (self.tree.expr(callee), &receiver) {
            (Expr::Member(object, name), Some(receiver)) => {
                self.member(callee, object, receiver.clone(), name, circles, frame)?
            }
            (Expr::Index(object, _), Some(receiver)) => {
                self.item_of(object, receiver.clone(), key, frame)?
            }
            _ => self.eval(callee, frame)?,
        };
        if called.is_unknown()
            && frame.is_none()
            && !self.effects
            && !matches!(receiver, Some(Known::Function(..)))
        {
            return Ok(Known::Unknown);
        }
        let args = self.args(list, frame)?;
        if let (Some(receiver @ Known::Function(..)), Some(name)) = (&receiver, name) {
            match name {
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
    pub(in crate::js) fn apply(
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

    pub(super) fn construct(
        &mut self,
        callee: ExprId,
        list: List,
        frame: Option<&Rc<Frame>>,
    ) -> Folded {
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
    pub(super) fn method(&mut self, receiver: &Known, name: &str, args: Vec<Known>) -> Folded {
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

    pub(super) fn call_function(
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
            self.idle_turns = 0;
        }
        self.depth += 1;
        let body = self.tree.function(function).body;
        let ended = self.block(body, &new);
        self.knots.frame(&new);
        self.depth -= 1;
        if outermost {
            let spent = self.steps <= self.floor || self.idle_turns > IDLE_TURNS;
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
    pub(super) fn passed_through(
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
    pub(super) fn is_plain(&self, function: FnId) -> bool {
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
    pub(super) fn is_candidate(&mut self, function: FnId) -> bool {
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
}
