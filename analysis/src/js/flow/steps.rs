//! What each expression does with data, looked up once, so that the rounds over a file are arithmetic alone.

use std::hash::Hash;

use rustc_hash::{FxHashMap, FxHashSet};

use super::sources::Sources;
use super::{Called, Label, encodes, starts_new};
use crate::js::machine::Machine;
use crate::js::tree::{Binary, Def, Expr, ExprId, FnId, List, Logical, Stmt, Sym};

/// A file's steps, children before parents.
#[derive(Default)]
pub(super) struct Steps {
    pub(super) all: Vec<(ExprId, Step)>,
    pub(super) calls: Vec<CallStep>,
    /// Bindings and their values.
    pub(super) bound: Vec<(Sym, ExprId)>,
    /// What functions return.
    pub(super) returned: Vec<(FnId, ExprId)>,
    /// Members of `this` and their values.
    pub(super) fields: Vec<(u32, ExprId)>,
    /// Functions that spell what they are given in an alphabet of their own: base32, base58.
    pub(super) coders: Vec<FnId>,
    /// How many members of `this` and events have a name.
    pub(super) members: usize,
    pub(super) events: usize,
}

pub(super) enum Step {
    /// What another has.
    Same(ExprId),
    Symbol(Sym),
    /// Of `this`.
    Member(u32),
    Both(ExprId, ExprId),
    List(List),
    Yield(FnId, ExprId),
    Assign(Holder, ExprId),
    /// Its place in [`Steps::calls`].
    Call(u32),
}

/// What keeps data.
#[derive(Clone, Copy)]
pub(super) enum Holder {
    Nothing,
    Symbol(Sym),
    Member(u32),
}

pub(super) struct CallStep {
    pub(super) args: Vec<ExprId>,
    pub(super) receiver: Option<ExprId>,
    /// What comes in by this call.
    pub(super) own: Label,
    /// Functions among the arguments.
    pub(super) callbacks: Vec<FnId>,
    /// It gives on what those give back.
    pub(super) gives_back: bool,
    pub(super) event: Option<Event>,
    /// What keeps the arguments: `items.push(secret)`.
    pub(super) stores: Holder,
    pub(super) target: Target,
}

/// `emitter.emit("found", secret)` is heard by `emitter.on("found", …)`.
#[derive(Clone, Copy)]
pub(super) enum Event {
    Emitted(u32),
    Heard(u32),
}

pub(super) enum Target {
    Function(FnId),
    /// Methods of the file's classes by this name.
    Methods(Vec<FnId>),
    /// Only what the network answers comes back.
    Request,
    /// Nothing of what it is given comes back.
    New,
    Encoder,
    Other,
}

/// The steps of a file.
pub(super) fn steps<'a>(
    machine: &Machine<'a>,
    called: &FxHashMap<ExprId, Called>,
    sources: &Sources,
) -> Steps {
    let mut finding = Finding {
        machine,
        called,
        sources,
        calls: Vec::new(),
        members: Numbers::default(),
        events: Numbers::default(),
    };
    let mut steps = Steps::default();
    for id in 0..machine.tree.exprs.len() as ExprId {
        if let Some(step) = finding.step(id) {
            steps.all.push((id, step));
        }
    }
    for statement in &machine.tree.statements {
        match *statement {
            Stmt::Bind(symbol, value) | Stmt::Each(Some(symbol), value, _, _) => {
                steps.bound.push((symbol, value));
            }
            Stmt::Return(Some(value)) => {
                let function = machine.tree.owners[value as usize];
                steps.returned.push((function, value));
            }
            _ => {}
        }
    }
    for (_, name, value) in &machine.tree.this_writes {
        steps.fields.push((finding.members.of(*name), *value));
    }
    steps.coders = finding.coders();
    steps.calls = finding.calls;
    steps.members = finding.members.0.len();
    steps.events = finding.events.0.len();
    steps
}

/// Names by the order in which they appear.
struct Numbers<T>(FxHashMap<T, u32>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<T: Eq + Hash> Numbers<T> {
    fn of(&mut self, name: T) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(name).or_insert(next)
    }
}

struct Finding<'f, 'a> {
    machine: &'f Machine<'a>,
    called: &'f FxHashMap<ExprId, Called>,
    sources: &'f Sources,
    calls: Vec<CallStep>,
    members: Numbers<&'a str>,
    events: Numbers<&'a str>,
}

/// An alphabet has no fewer letters, and no more.
const ALPHABET: std::ops::RangeInclusive<usize> = 16..=100;

fn is_alphabet(text: &str) -> bool {
    let mut seen = 0_u128;
    let is_new = |byte: u8| {
        let bit = 1_u128.checked_shl(u32::from(byte)).unwrap_or(0);
        let is_new = bit != 0 && seen & bit == 0;
        seen |= bit;
        is_new
    };
    ALPHABET.contains(&text.len()) && text.bytes().all(is_new)
}

/// Methods of what signs: a signature or a public key tells nothing of the secret.
const ONE_WAY: [&str; 9] = [
    "sign",
    "signSync",
    "signAsync",
    "detached",
    "getPublicKey",
    "getPublicKeyAsync",
    "publicKeyCreate",
    "ecdsaSign",
    "verify",
];

impl<'a> Finding<'_, 'a> {
    fn coders(&self) -> Vec<FnId> {
        let mut coders = FxHashSet::default();
        for (id, expr) in self.machine.tree.exprs.iter().enumerate() {
            let object = match *expr {
                Expr::Index(object, _) | Expr::Member(object, "charAt") => object,
                _ => continue,
            };
            let function = self.machine.tree.owners[id];
            if function != 0 && !coders.contains(&function) && self.is_alphabet(object) {
                coders.insert(function);
            }
        }
        let mut coders: Vec<FnId> = coders.into_iter().collect();
        coders.sort_unstable();
        coders
    }

    fn is_alphabet(&self, id: ExprId) -> bool {
        match self.expr(id) {
            Expr::Text(text, _) => is_alphabet(text),
            Expr::Local(symbol) => match self.machine.defs(symbol) {
                [Def::Value(value)] => {
                    matches!(self.expr(*value), Expr::Text(text, _) if is_alphabet(text))
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn expr(&self, id: ExprId) -> Expr<'a> {
        self.machine.tree.expr(id)
    }

    fn step(&mut self, id: ExprId) -> Option<Step> {
        if self.sources.variables.contains(&id) {
            return None;
        }
        Some(match self.expr(id) {
            Expr::Local(symbol) => Step::Symbol(symbol),
            Expr::Member(object, name) => return self.member(object, name),
            Expr::Index(object, _) => Step::Same(object),
            Expr::Call(callee, args) | Expr::New(callee, args) => self.call(id, callee, args),
            Expr::Template(list) | Expr::Array(list) | Expr::Object(list) | Expr::Other(list) => {
                Step::List(list)
            }
            Expr::Sequence(list) => Step::Same(*self.machine.tree.list(list).last()?),
            Expr::Spread(inner) | Expr::Await(inner) => Step::Same(inner),
            Expr::Yield(inner) => Step::Yield(self.machine.tree.owners[id as usize], inner),
            Expr::Assign(_, target, value) => Step::Assign(self.assigned(target), value),
            Expr::Binary(Binary::Add | Binary::BitXor, left, right) => Step::Both(left, right),
            Expr::Logical(Logical::And, _, right) => Step::Same(right),
            Expr::Logical(_, left, right) | Expr::Conditional(_, left, right) => {
                Step::Both(left, right)
            }
            _ => return None,
        })
    }

    fn member(&mut self, object: ExprId, name: &'a str) -> Option<Step> {
        Some(match self.expr(object) {
            Expr::This => Step::Member(self.members.of(name)),
            // A literal's member is what that member holds, and what is put into it later.
            Expr::Local(symbol) => match self.literal_member(symbol, name) {
                Some(value) => Step::Same(value),
                None if name == "length" => return None,
                None => Step::Symbol(symbol),
            },
            _ if name == "length" => return None,
            _ => Step::Same(object),
        })
    }

    /// The value of a literal object's member, where the binding is never anything else.
    fn literal_member(&self, symbol: Sym, name: &str) -> Option<ExprId> {
        let [Def::Value(value)] = self.machine.defs(symbol) else {
            return None;
        };
        let Expr::Object(list) = self.expr(*value) else {
            return None;
        };
        let mut pairs = self.machine.tree.list(list).chunks_exact(2).rev();
        pairs
            .find(|pair| matches!(self.expr(pair[0]), Expr::Text(key, _) if key == name))
            .map(|pair| pair[1])
    }

    fn assigned(&mut self, target: ExprId) -> Holder {
        match self.expr(target) {
            Expr::Local(symbol) => Holder::Symbol(symbol),
            Expr::Member(object, name) => match self.expr(object) {
                Expr::This => Holder::Member(self.members.of(name)),
                Expr::Local(symbol) => Holder::Symbol(symbol),
                _ => Holder::Nothing,
            },
            Expr::Index(object, _) => match self.expr(object) {
                Expr::Local(symbol) => Holder::Symbol(symbol),
                _ => Holder::Nothing,
            },
            _ => Holder::Nothing,
        }
    }

    fn call(&mut self, id: ExprId, callee: ExprId, list: List) -> Step {
        let (receiver, method) = match self.expr(callee) {
            Expr::Member(object, name) => (Some(object), name),
            Expr::Index(object, _) => (Some(object), ""),
            _ => (None, ""),
        };
        let (target, args) = match self.called.get(&id) {
            Some(Called::Function(function, args)) => (Target::Function(*function), args.clone()),
            Some(Called::Path(path, uses, args)) => {
                let target = if uses.network.is_some() {
                    Target::Request
                } else if starts_new(path, *uses)
                    || !path.starts_with('.') && ONE_WAY.contains(&method)
                {
                    Target::New
                } else if encodes(path, method) {
                    Target::Encoder
                } else {
                    Target::Other
                };
                (target, args.clone())
            }
            None => (self.unknown(callee), self.machine.tree.list(list).to_vec()),
        };
        let own = self.sources.at.get(&id).copied();
        // What is known to be a request, or of this file, is nothing that keeps or announces.
        let known = matches!(self.called.get(&id), Some(Called::Function(..)))
            || matches!(target, Target::Request);
        let step = CallStep {
            receiver,
            own: own.map_or_else(Label::default, Label::of),
            callbacks: args.iter().filter_map(|arg| self.function(*arg)).collect(),
            gives_back: !known && gives_back(method),
            event: match known {
                true => None,
                false => self.event(method, &args),
            },
            stores: match known {
                true => Holder::Nothing,
                false => self.stores(receiver, method),
            },
            target,
            args,
        };
        self.calls.push(step);
        Step::Call(self.calls.len() as u32 - 1)
    }

    /// `(data => …)(secret)` and methods of classes in this file.
    fn unknown(&self, callee: ExprId) -> Target {
        match self.expr(callee) {
            Expr::Function(function) => Target::Function(function),
            Expr::Member(object, name)
                if matches!(
                    self.expr(object),
                    Expr::This | Expr::Local(_) | Expr::New(..) | Expr::Call(..)
                ) && let Some(functions) = self.sources.methods.get(name) =>
            {
                Target::Methods(functions.clone())
            }
            Expr::Member(_, name) if ONE_WAY.contains(&name) => Target::New,
            _ => Target::Other,
        }
    }

    /// The function that an expression names or is.
    fn function(&self, id: ExprId) -> Option<FnId> {
        match self.expr(id) {
            Expr::Function(function) => Some(function),
            Expr::Local(symbol) => match self.machine.defs(symbol) {
                [Def::Function(function)] => Some(*function),
                [Def::Value(value)] => match self.expr(*value) {
                    Expr::Function(function) => Some(function),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    fn event(&mut self, method: &str, args: &[ExprId]) -> Option<Event> {
        let heard = match method {
            "emit" | "dispatchEvent" | "publish" => false,
            "on" | "once" | "addListener" | "subscribe" => true,
            _ => return None,
        };
        let Expr::Text(name, _) = self.expr(*args.first()?) else {
            return None;
        };
        let event = self.events.of(name);
        Some(match heard {
            true => Event::Heard(event),
            false => Event::Emitted(event),
        })
    }

    /// `items.push(secret)`, `body.append(name, secret)`: the receiver holds it from here on.
    fn stores(&mut self, receiver: Option<ExprId>, method: &str) -> Holder {
        let Some(object) = receiver else {
            return Holder::Nothing;
        };
        if !matches!(
            method,
            "push" | "unshift" | "set" | "append" | "add" | "write" | "concat" | "update"
        ) {
            return Holder::Nothing;
        }
        match self.expr(object) {
            Expr::Local(symbol) => Holder::Symbol(symbol),
            Expr::Member(whole, name) => match self.expr(whole) {
                // `url.searchParams.set(name, value)`
                Expr::Local(symbol) if matches!(name, "searchParams" | "headers" | "data") => {
                    Holder::Symbol(symbol)
                }
                Expr::This => Holder::Member(self.members.of(name)),
                _ => Holder::Nothing,
            },
            _ => Holder::Nothing,
        }
    }
}

/// Whether a method gives on what functions among its arguments give back.
fn gives_back(method: &str) -> bool {
    matches!(
        method,
        "map"
            | "flatMap"
            | "reduce"
            | "reduceRight"
            | "then"
            | "catch"
            | "replace"
            | "replaceAll"
            | "from"
    )
}
