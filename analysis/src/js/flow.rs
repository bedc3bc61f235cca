//! Data that goes from sources to sinks, within a file: through bindings, members, direct calls, callbacks, promises,
//! events and class members. Neither order nor condition of statements counts, so that nothing hides behind them.

mod sinks;
mod sources;
mod steps;

use std::rc::Rc;

use rustc_hash::FxHashMap;

use self::sources::Sources;
use self::steps::{CallStep, Event, Holder, Step, Steps, Target};
use super::machine::Machine;
use super::tree::{Expr, ExprId, FnId};
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
    let signs = signs(machine, facts);
    let is_key = |name: &str| secret::key_material(name) || signs && secret::of_signer(name);
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
                .any(|symbol| is_key(symbol.name))
            || machine
                .tree
                .exprs
                .iter()
                .any(|expr| matches!(expr, Expr::Member(_, name) if is_key(name)))
    };
    if !any_sink && !any_source() {
        return Flows::default();
    }
    let crosses = machine.tree.functions.len() <= MOST_FUNCTIONS;
    let sources = sources::sources(machine, called, &is_key, any_sink && crosses);
    if sources.origins.is_empty() {
        return Flows::default();
    }
    let steps = steps::steps(machine, called, &sources);
    let mut flowing = Flowing {
        exprs: vec![Label::default(); machine.tree.exprs.len()],
        symbols: vec![Label::default(); machine.tree.symbols.len()],
        returned: vec![Label::default(); machine.tree.functions.len()],
        members: vec![Label::default(); steps.members],
        events: vec![Label::default(); steps.events],
        changed: false,
        machine,
        called,
        sources,
    };
    for (symbol, origin) in std::mem::take(&mut flowing.sources.parameters) {
        flowing.symbols[symbol as usize] = Label::of(origin);
    }
    for (id, origin) in &flowing.sources.at {
        flowing.exprs[*id as usize] = Label::of(*origin);
    }
    for _ in 0..ROUNDS {
        flowing.changed = false;
        flowing.round(&steps);
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

/// Whether the file works with keys of wallets, by what it imports.
fn signs(machine: &Machine<'_>, facts: &Facts) -> bool {
    let fixed = machine.tree.imports.iter().map(|(name, _, _)| *name);
    let called = facts.imports.iter();
    let called = called.filter_map(|import| import.specifier.text());
    fixed.chain(called).any(secret::is_for_wallets)
}

pub(super) struct Flowing<'f, 'a> {
    machine: &'f mut Machine<'a>,
    called: &'f FxHashMap<ExprId, Called>,
    sources: Sources,
    exprs: Vec<Label>,
    symbols: Vec<Label>,
    returned: Vec<Label>,
    /// Of `this.name`, for all classes of the file together, by the numbers that [`Steps`] gives names.
    members: Vec<Label>,
    /// Of what is emitted under a name.
    events: Vec<Label>,
    changed: bool,
}

impl Flowing<'_, '_> {
    fn label(&self, id: ExprId) -> Label {
        self.exprs[id as usize]
    }

    /// Of a label, what is a text that somebody may run: read, fetched or put together.
    fn of_texts(&self, label: Label) -> Label {
        let texts = self
            .sources
            .origins
            .iter()
            .enumerate()
            .filter(|(_, origin)| {
                matches!(
                    origin.source,
                    Source::File
                        | Source::SecretFile
                        | Source::Network
                        | Source::Blob
                        | Source::Bytes
                )
            });
        let bits = texts.fold(0, |bits, (index, _)| bits | 1 << index);
        Label {
            bits: label.bits & bits,
            encoded: label.encoded & bits,
        }
    }

    fn args(&self, args: &[ExprId]) -> Label {
        args.iter()
            .fold(Label::default(), |label, arg| label.with(self.label(*arg)))
    }

    fn round(&mut self, steps: &Steps) {
        for (id, step) in &steps.all {
            let label = self.flowed(step, steps);
            if label != Label::default() {
                grow(&mut self.exprs[*id as usize], label, &mut self.changed);
            }
        }
        for (symbol, value) in &steps.bound {
            let label = self.label(*value);
            grow(
                &mut self.symbols[*symbol as usize],
                label,
                &mut self.changed,
            );
        }
        for (function, value) in &steps.returned {
            let label = self.label(*value);
            grow(
                &mut self.returned[*function as usize],
                label,
                &mut self.changed,
            );
        }
        for function in &steps.coders {
            let parameters = &self.machine.tree.function(*function).parameters;
            let given = parameters.iter().flatten();
            let given = given.fold(Label::default(), |label, symbol| {
                label.with(self.symbols[*symbol as usize])
            });
            grow(
                &mut self.returned[*function as usize],
                given.encoded(),
                &mut self.changed,
            );
        }
        for (member, value) in &steps.fields {
            let label = self.label(*value);
            grow(
                &mut self.members[*member as usize],
                label,
                &mut self.changed,
            );
        }
    }

    fn flowed(&mut self, step: &Step, steps: &Steps) -> Label {
        match step {
            Step::Same(id) => self.label(*id),
            Step::Symbol(symbol) => self.symbols[*symbol as usize],
            Step::Member(member) => self.members[*member as usize],
            Step::Both(left, right) => self.label(*left).with(self.label(*right)),
            Step::List(list) => {
                let mut label = Label::default();
                for id in self.machine.tree.list(*list) {
                    label = label.with(self.label(*id));
                }
                label
            }
            Step::Yield(function, value) => {
                let label = self.label(*value);
                grow(
                    &mut self.returned[*function as usize],
                    label,
                    &mut self.changed,
                );
                Label::default()
            }
            Step::Assign(holder, value) => {
                let label = self.label(*value);
                self.reach(*holder, label);
                label
            }
            Step::Call(call) => self.call(&steps.calls[*call as usize]),
        }
    }

    fn reach(&mut self, holder: Holder, label: Label) {
        if label == Label::default() {
            return;
        }
        let old = match holder {
            Holder::Nothing => return,
            Holder::Symbol(symbol) => &mut self.symbols[symbol as usize],
            Holder::Member(member) => &mut self.members[member as usize],
        };
        grow(old, label, &mut self.changed);
    }

    fn reach_function(&mut self, function: FnId, position: usize, label: Label) {
        if label == Label::default() {
            return;
        }
        let it = self.machine.tree.function(function);
        let symbol = it.parameters.get(position).copied().flatten().or(it.rest);
        if let Some(symbol) = symbol {
            grow(&mut self.symbols[symbol as usize], label, &mut self.changed);
        }
    }

    /// A call within the file.
    fn reach_parameters(&mut self, function: FnId, args: &[ExprId]) {
        for (position, arg) in args.iter().enumerate() {
            self.reach_function(function, position, self.label(*arg));
        }
    }

    /// What functions among the arguments are called with.
    fn call_back(&mut self, functions: &[FnId], label: Label) {
        if label == Label::default() {
            return;
        }
        for function in functions {
            for position in 0..3 {
                self.reach_function(*function, position, label);
            }
        }
    }

    fn call(&mut self, call: &CallStep) -> Label {
        let outer = call
            .receiver
            .map_or(call.own, |receiver| call.own.with(self.label(receiver)));
        let heard = match call.event {
            Some(Event::Heard(event)) => self.events[event as usize],
            _ => Label::default(),
        };
        self.call_back(&call.callbacks, outer.with(heard));
        if let Target::Request = call.target {
            return call.own;
        }
        let mut given = self.args(&call.args);
        if call.gives_back {
            for function in &call.callbacks {
                given = given.with(self.returned[*function as usize]);
            }
        }
        if given != Label::default() {
            if let Some(Event::Emitted(event)) = call.event {
                grow(&mut self.events[event as usize], given, &mut self.changed);
            }
            self.reach(call.stores, given);
        }
        match &call.target {
            Target::Function(function) => self.call_function(*function, call),
            Target::Methods(functions) => functions.iter().fold(outer, |label, function| {
                label.with(self.call_function(*function, call))
            }),
            Target::Request | Target::New => call.own,
            Target::Encoder => outer.with(given).encoded(),
            Target::Other => outer.with(given),
        }
    }

    fn call_function(&mut self, function: FnId, call: &CallStep) -> Label {
        self.reach_parameters(function, &call.args);
        self.returned[function as usize]
    }
}

fn grow(old: &mut Label, label: Label, changed: &mut bool) {
    let new = old.with(label);
    if new != *old {
        *old = new;
        *changed = true;
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
