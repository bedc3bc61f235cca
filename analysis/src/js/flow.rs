//! Data that goes from sources to sinks, within a file: through bindings, members, direct calls, callbacks, promises,
//! events and class members. Neither order nor condition of statements counts, so that nothing hides behind them.

mod sinks;
mod sources;

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::machine::Machine;
use super::tree::{Binary, Def, Expr, ExprId, FnId, List, Logical, Stmt, Sym};
use crate::api::{Network, Uses};
use crate::facts::{Facts, Flow, Sink, Source, Span};
use crate::secret;

/// Rounds over a file until nothing changes; what needs more is cut.
const ROUNDS: usize = 6;
/// Flows that are told of one file.
const MOST: usize = 128;
/// Files with more functions are bundles: they have no other files.
const MOST_FUNCTIONS: usize = 600;

/// A call as the walk understood it.
#[derive(Clone, Debug)]
pub(super) enum Called {
    Path(Rc<str>, Uses, Vec<ExprId>),
    Function(FnId, Vec<ExprId>),
}

/// Which sources reach somewhere, and which of them encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Label {
    bits: u64,
    encoded: u64,
}

impl Label {
    fn with(self, other: Self) -> Self {
        Self {
            bits: self.bits | other.bits,
            encoded: self.encoded | other.encoded,
        }
    }

    fn of(index: usize) -> Self {
        Self {
            bits: 1 << index,
            encoded: 0,
        }
    }

    fn encoded(self) -> Self {
        Self {
            bits: self.bits,
            encoded: self.bits,
        }
    }

    /// The origins, each with whether it came encoded.
    fn origins(self) -> impl Iterator<Item = (usize, bool)> {
        (0..u64::BITS as usize)
            .filter(move |index| self.bits >> index & 1 != 0)
            .map(move |index| (index, self.encoded >> index & 1 != 0))
    }
}

/// One place where something comes in.
pub(super) struct Origin {
    pub(super) source: Source,
    pub(super) name: Rc<str>,
    pub(super) span: Span,
}

/// Flows within a file, and those that cross its border.
#[derive(Default)]
pub(super) struct Flows {
    pub(super) within: Vec<Flow>,
    pub(super) crossing: Vec<Flow>,
}

/// The flows of a file; nothing is done where it has no source or no sink.
pub(super) fn flows(
    machine: &mut Machine<'_>,
    called: &FxHashMap<ExprId, Called>,
    facts: &Facts,
) -> Flows {
    let calls = &facts.calls;
    let any_sink = calls.iter().any(|call| {
        call.uses.network.is_some()
            || call.uses.starts_process
            || call.uses.runs_text.is_some()
            || sinks::writes(&call.callee).is_some()
    });
    // What other files may send away.
    let any_source = || {
        calls
            .iter()
            .any(|call| call.uses.reads_file || answers(&call.callee, call.uses))
            || facts.reads.iter().any(|read| &*read.path == "process.env")
            || machine
                .tree
                .symbols
                .iter()
                .any(|symbol| secret::key_material(symbol.name))
            || machine
                .tree
                .exprs
                .iter()
                .any(|expr| matches!(expr, Expr::Member(_, name) if secret::key_material(name)))
    };
    if !any_sink && !any_source() {
        return Flows::default();
    }
    let crosses = machine.tree.functions.len() <= MOST_FUNCTIONS;
    let sources = sources::sources(machine, called, any_sink && crosses);
    if sources.origins.is_empty() {
        return Flows::default();
    }
    let mut flowing = Flowing {
        exprs: vec![Label::default(); machine.tree.exprs.len()],
        symbols: vec![Label::default(); machine.tree.symbols.len()],
        returned: vec![Label::default(); machine.tree.functions.len()],
        members: FxHashMap::default(),
        events: FxHashMap::default(),
        changed: false,
        machine,
        called,
        sources,
    };
    for (symbol, origin) in std::mem::take(&mut flowing.sources.parameters) {
        flowing.symbols[symbol as usize] = Label::of(origin);
    }
    for _ in 0..ROUNDS {
        flowing.changed = false;
        flowing.round();
        if !flowing.changed {
            break;
        }
    }
    let mut flows = Flows::default();
    for flow in sinks::told(&mut flowing, calls, MOST, crosses) {
        let crossing = matches!(flow.source, Source::Parameter | Source::Imported)
            || matches!(flow.sink, Sink::Imported | Sink::Returned);
        match crossing {
            true => flows.crossing.push(flow),
            false => flows.within.push(flow),
        }
    }
    flows
}

pub(super) struct Flowing<'f, 'a> {
    machine: &'f mut Machine<'a>,
    called: &'f FxHashMap<ExprId, Called>,
    sources: sources::Sources,
    exprs: Vec<Label>,
    symbols: Vec<Label>,
    returned: Vec<Label>,
    /// Of `this.name`, for all classes of the file together.
    members: FxHashMap<&'a str, Label>,
    /// Of what is emitted under a name.
    events: FxHashMap<Rc<str>, Label>,
    changed: bool,
}

impl<'a> Flowing<'_, 'a> {
    fn label(&self, id: ExprId) -> Label {
        self.exprs[id as usize]
    }

    fn list(&self, list: List) -> Label {
        let mut label = Label::default();
        for id in self.machine.tree.list(list) {
            label = label.with(self.label(*id));
        }
        label
    }

    fn args(&self, args: &[ExprId]) -> Label {
        args.iter()
            .fold(Label::default(), |label, arg| label.with(self.label(*arg)))
    }

    fn reach_symbol(&mut self, symbol: Sym, label: Label) {
        let old = &mut self.symbols[symbol as usize];
        let new = old.with(label);
        if new != *old {
            *old = new;
            self.changed = true;
        }
    }

    fn reach_function(&mut self, function: FnId, position: usize, label: Label) {
        if label == Label::default() {
            return;
        }
        let it = self.machine.tree.function(function);
        let symbol = it.parameters.get(position).copied().flatten().or(it.rest);
        if let Some(symbol) = symbol {
            self.reach_symbol(symbol, label);
        }
    }

    /// A call within the file.
    fn reach_parameters(&mut self, function: FnId, args: &[ExprId]) {
        for (position, arg) in args.iter().enumerate() {
            self.reach_function(function, position, self.label(*arg));
        }
    }

    fn round(&mut self) {
        for id in 0..self.machine.tree.exprs.len() as ExprId {
            let mut label = self.flowed(id);
            if let Some(origin) = self.sources.at(id) {
                label = label.with(Label::of(origin));
            }
            if label != self.exprs[id as usize] {
                self.exprs[id as usize] = label;
                self.changed = true;
            }
        }
        for index in 0..self.machine.tree.statements.len() {
            match self.machine.tree.statements[index] {
                Stmt::Bind(symbol, value) => self.reach_symbol(symbol, self.label(value)),
                Stmt::Return(Some(value)) => {
                    let function = self.machine.tree.owners[value as usize] as usize;
                    let new = self.returned[function].with(self.label(value));
                    if new != self.returned[function] {
                        self.returned[function] = new;
                        self.changed = true;
                    }
                }
                Stmt::Each(Some(symbol), iterated, _, _) => {
                    self.reach_symbol(symbol, self.label(iterated))
                }
                _ => {}
            }
        }
        for index in 0..self.machine.tree.this_writes.len() {
            let (_, name, value) = self.machine.tree.this_writes[index];
            let label = self.label(value);
            self.reach_member(name, label);
        }
    }

    fn reach_member(&mut self, name: &'a str, label: Label) {
        if label == Label::default() {
            return;
        }
        let old = self.members.entry(name).or_default();
        let new = old.with(label);
        if new != *old {
            *old = new;
            self.changed = true;
        }
    }

    fn flowed(&mut self, id: ExprId) -> Label {
        match self.machine.tree.expr(id) {
            Expr::Local(symbol) => self.symbols[symbol as usize],
            Expr::Member(object, name) => self.member(object, name),
            Expr::Index(object, _) => self.label(object),
            Expr::Call(callee, args) | Expr::New(callee, args) => self.call(id, callee, args),
            Expr::Template(list) | Expr::Array(list) | Expr::Object(list) | Expr::Other(list) => {
                self.list(list)
            }
            Expr::Sequence(list) => self
                .machine
                .tree
                .list(list)
                .last()
                .map_or_else(Label::default, |last| self.label(*last)),
            Expr::Spread(inner) | Expr::Await(inner) => self.label(inner),
            Expr::Yield(inner) => {
                let function = self.machine.tree.owners[id as usize] as usize;
                self.returned[function] = self.returned[function].with(self.label(inner));
                Label::default()
            }
            Expr::Assign(_, target, value) => {
                let label = self.label(value);
                self.assign(target, label);
                label
            }
            Expr::Binary(Binary::Add | Binary::BitXor, left, right) => {
                self.label(left).with(self.label(right))
            }
            Expr::Logical(Logical::And, _, right) => self.label(right),
            Expr::Logical(_, left, right) => self.label(left).with(self.label(right)),
            Expr::Conditional(_, then, other) => self.label(then).with(self.label(other)),
            _ => Label::default(),
        }
    }

    fn member(&mut self, object: ExprId, name: &'a str) -> Label {
        match self.machine.tree.expr(object) {
            Expr::This => self.members.get(name).copied().unwrap_or_default(),
            // A literal's member is what that member holds, and what is put into it later.
            Expr::Local(symbol) => match self.literal_member(symbol, name) {
                Some(value) => self.label(value),
                None if name == "length" => Label::default(),
                None => self.symbols[symbol as usize],
            },
            _ if name == "length" => Label::default(),
            _ => self.label(object),
        }
    }

    /// The value of a literal object's member, where the binding is never anything else.
    fn literal_member(&self, symbol: Sym, name: &str) -> Option<ExprId> {
        let [Def::Value(value)] = self.machine.defs(symbol) else {
            return None;
        };
        let Expr::Object(list) = self.machine.tree.expr(*value) else {
            return None;
        };
        self.key_of(list, name)
    }

    /// The value under a key of a literal object.
    fn key_of(&self, list: List, name: &str) -> Option<ExprId> {
        self.machine
            .tree
            .list(list)
            .chunks_exact(2)
            .rev()
            .find(
                |pair| matches!(self.machine.tree.expr(pair[0]), Expr::Text(key, _) if key == name),
            )
            .map(|pair| pair[1])
    }

    fn assign(&mut self, target: ExprId, label: Label) {
        if label == Label::default() {
            return;
        }
        match self.machine.tree.expr(target) {
            Expr::Local(symbol) => self.reach_symbol(symbol, label),
            Expr::Member(object, name) => match self.machine.tree.expr(object) {
                Expr::This => self.reach_member(name, label),
                Expr::Local(symbol) => self.reach_symbol(symbol, label),
                _ => {}
            },
            Expr::Index(object, _) => {
                if let Expr::Local(symbol) = self.machine.tree.expr(object) {
                    self.reach_symbol(symbol, label);
                }
            }
            _ => {}
        }
    }

    fn receiver(&self, callee: ExprId) -> Label {
        match self.machine.tree.expr(callee) {
            Expr::Member(object, _) | Expr::Index(object, _) => self.label(object),
            _ => Label::default(),
        }
    }

    fn method(&self, callee: ExprId) -> &'a str {
        match self.machine.tree.expr(callee) {
            Expr::Member(_, name) => name,
            _ => "",
        }
    }

    fn call(&mut self, id: ExprId, callee: ExprId, list: List) -> Label {
        let receiver = self.receiver(callee);
        let method = self.method(callee);
        let own = self.sources.at(id).map_or_else(Label::default, Label::of);
        let called = self.called;
        match called.get(&id) {
            Some(Called::Function(function, args)) => {
                self.reach_parameters(*function, args);
                self.call_back(args, receiver.with(own));
                self.returned[*function as usize]
            }
            Some(Called::Path(path, uses, args)) => {
                if uses.network.is_some() {
                    self.call_back(args, own.with(receiver));
                    return own;
                }
                let given = self.args(args).with(self.given_back(method, args));
                self.events(method, args, given);
                self.call_back(args, own.with(receiver));
                self.stored(callee, method, given);
                if starts_new(path, *uses) {
                    return own;
                }
                let label = receiver.with(given).with(own);
                if encodes(path, method) {
                    label.encoded()
                } else {
                    label
                }
            }
            None => {
                let args: Vec<ExprId> = self.machine.tree.list(list).to_vec();
                let given = self.args(&args).with(self.given_back(method, &args));
                self.events(method, &args, given);
                self.stored(callee, method, given);
                self.call_back(&args, receiver.with(own).with(self.event(method, &args)));
                // `(data => …)(secret)` and methods of classes in this file.
                if let Expr::Function(function) = self.machine.tree.expr(callee) {
                    self.reach_parameters(function, &args);
                    return self.returned[function as usize];
                }
                let mut label = receiver.with(own);
                if let Expr::Member(object, name) = self.machine.tree.expr(callee) {
                    let functions = self.sources.methods.get(name).cloned().unwrap_or_default();
                    let of_class = matches!(
                        self.machine.tree.expr(object),
                        Expr::This | Expr::Local(_) | Expr::New(..) | Expr::Call(..)
                    );
                    if of_class && !functions.is_empty() {
                        for function in functions {
                            self.reach_parameters(function, &args);
                            label = label.with(self.returned[function as usize]);
                        }
                        return label;
                    }
                }
                label = label.with(given);
                if encodes("", method) {
                    label.encoded()
                } else {
                    label
                }
            }
        }
    }

    /// `items.push(secret)`, `body.append(name, secret)`: the receiver holds it from here on.
    fn stored(&mut self, callee: ExprId, method: &str, given: Label) {
        if given == Label::default()
            || !matches!(
                method,
                "push" | "unshift" | "set" | "append" | "add" | "write" | "concat" | "update"
            )
        {
            return;
        }
        if let Expr::Member(object, _) = self.machine.tree.expr(callee) {
            match self.machine.tree.expr(object) {
                Expr::Local(symbol) => self.reach_symbol(symbol, given),
                // `url.searchParams.set(name, value)`
                Expr::Member(whole, "searchParams" | "headers" | "data")
                    if let Expr::Local(symbol) = self.machine.tree.expr(whole) =>
                {
                    self.reach_symbol(symbol, given);
                }
                Expr::Member(this, name) if matches!(self.machine.tree.expr(this), Expr::This) => {
                    self.reach_member(name, given);
                }
                _ => {}
            }
        }
    }

    /// What functions among the arguments are called with.
    fn call_back(&mut self, args: &[ExprId], label: Label) {
        if label == Label::default() {
            return;
        }
        for arg in args {
            if let Some(function) = self.function_of(*arg) {
                for position in 0..3 {
                    self.reach_function(function, position, label);
                }
            }
        }
    }

    /// The function that an expression names or is.
    fn function_of(&self, id: ExprId) -> Option<FnId> {
        match self.machine.tree.expr(id) {
            Expr::Function(function) => Some(function),
            Expr::Local(symbol) => match self.machine.defs(symbol) {
                [Def::Function(function)] => Some(*function),
                [Def::Value(value)] => match self.machine.tree.expr(*value) {
                    Expr::Function(function) => Some(function),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// What functions among the arguments give back to who gives it on.
    fn given_back(&self, method: &str, args: &[ExprId]) -> Label {
        let gives_on = matches!(
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
        );
        if !gives_on {
            return Label::default();
        }
        args.iter()
            .filter_map(|arg| self.function_of(*arg))
            .fold(Label::default(), |label, function| {
                label.with(self.returned[function as usize])
            })
    }

    fn event_name(&self, args: &[ExprId]) -> Option<Rc<str>> {
        match self.machine.tree.expr(*args.first()?) {
            Expr::Text(text, _) => Some(text.into()),
            _ => None,
        }
    }

    /// `emitter.emit("found", secret)` is heard by `emitter.on("found", …)`.
    fn events(&mut self, method: &str, args: &[ExprId], given: Label) {
        if matches!(method, "emit" | "dispatchEvent" | "publish")
            && given != Label::default()
            && let Some(name) = self.event_name(args)
        {
            let old = self.events.entry(name).or_default();
            let new = old.with(given);
            if new != *old {
                *old = new;
                self.changed = true;
            }
        } else if matches!(method, "on" | "once" | "addListener" | "subscribe") {
            let label = self.event(method, args);
            self.call_back(args, label);
        }
    }

    fn event(&self, method: &str, args: &[ExprId]) -> Label {
        if !matches!(method, "on" | "once" | "addListener" | "subscribe") {
            return Label::default();
        }
        self.event_name(args)
            .and_then(|name| self.events.get(&name).copied())
            .unwrap_or_default()
    }
}

/// Calls whose result has nothing of what they were given.
fn starts_new(path: &str, uses: Uses) -> bool {
    matches!(
        path,
        "fs.writeFile"
            | "fs.writeFileSync"
            | "fs.existsSync"
            | "fs.statSync"
            | "require"
            | "Object.keys"
            | "console.log"
            | "setTimeout"
            | "setInterval"
            | "crypto.createHash"
            | "Boolean"
            | "isNaN"
            | "Array.isArray"
            | "crypto.randomBytes"
    ) || uses.reads_file
        || uses.starts_process
}

fn encodes(path: &str, method: &str) -> bool {
    matches!(
        path,
        "JSON.stringify"
            | "btoa"
            | "Buffer.from"
            | "encodeURIComponent"
            | "escape"
            | "querystring.stringify"
            | "zlib.gzipSync"
            | "zlib.deflateSync"
            | "zlib.brotliCompressSync"
            | "crypto.publicEncrypt"
            | "crypto.createCipheriv().update"
    ) || matches!(method, "toString" if path.starts_with("Buffer.from"))
}

/// Whether an answer of the network comes back through this call.
pub(super) fn answers(callee: &str, uses: Uses) -> bool {
    match uses.network {
        Some(Network::Request) => !callee.ends_with(".open"),
        Some(Network::Dns) => true,
        Some(Network::Socket) => true,
        None => false,
    }
}
