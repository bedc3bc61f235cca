//! From the tree to facts: one pass over the expressions, parents before children, so that a child knows what it is
//! part of.

mod calls;
mod tables;

use std::rc::Rc;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_semantic::{Semantic, SemanticBuilder, Stats};
use rustc_hash::FxHashMap;

use super::flow::{self, Called};
use super::known::Known;
use super::machine::Machine;
use super::texts::{code_with_gaps, data_module, encoded_text, looks_like_code, reaches_out};
use super::tree::{Assigning, Binary, Expr, ExprId, FnId, List, Stmt, Tree, Unary};
use super::{Given, Script, lower, parse, rotation};
use crate::facts::{Facts, Import, Read, Span, Text, Write};
use crate::limits::{Hit, HitKind, Limits};
use crate::value::Value;

/// Pieces of code in strings that are followed in one file.
const NESTED: usize = 200;
/// Texts that only look like code, of those.
const QUOTED: usize = 40;
/// Bytes of a file that others may take settings from.
const SETTINGS: usize = 64 << 10;
/// Shorter texts say nothing.
const SHORTEST: usize = 3;

pub(super) fn facts(script: Script<'_>, limits: &Limits, given: &Given) -> Facts {
    let mut facts = Facts::default();
    let arena = Allocator::default();
    let text = arena.alloc_str(script.text);
    let program = match parse::parse(&arena, script, text) {
        Ok(program) => arena.alloc(program),
        Err(why) => {
            facts.hits.push(Hit {
                kind: HitKind::Syntax,
                why: format!("it does not parse as JavaScript or TypeScript: {why}").into(),
            });
            return facts;
        }
    };
    let semantic = names_of(program, text.len());
    let mut tree = Tree::default();
    lower::lower(&mut tree, program, semantic.scoping(), 0, 0, None, &arena);
    drop(semantic);
    let mut walk = Walk {
        machine: Machine::new(tree, limits, script.text.len()).told(given),
        arena: &arena,
        limits,
        facts,
        nested: Vec::new(),
        quoted: Vec::new(),
        parts: Vec::new(),
        called: FxHashMap::default(),
        statements: 0,
    };
    walk.all();
    if script.text.len() <= SETTINGS {
        walk.constants();
    }
    walk.facts
}

/// Who binds which name. How many there are is guessed by the length of the text: counting is a walk of its own.
fn names_of<'a>(program: &'a Program<'a>, bytes: usize) -> Semantic<'a> {
    let one_in = |each: usize| u32::try_from(bytes / each + 16).unwrap_or(u32::MAX);
    let stats = Stats::new(0, one_in(120), one_in(60), one_in(24));
    SemanticBuilder::new()
        .with_stats(stats)
        .build(program)
        .semantic
}

struct Walk<'w, 'a> {
    machine: Machine<'a>,
    arena: &'a Allocator,
    limits: &'w Limits,
    facts: Facts,
    /// Code in strings that is still to be followed: the text, the call that runs it, and its function.
    nested: Vec<(Rc<str>, Span, FnId)>,
    /// Texts that look like code, which nothing here runs: somebody else will.
    quoted: Vec<(Rc<str>, Span, FnId)>,
    /// What an expression is part of.
    parts: Vec<Part>,
    called: FxHashMap<ExprId, Called>,
    /// Statements of earlier passes.
    statements: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Stands for itself.
    Whole,
    /// Something with a longer name, or a call, tells of it.
    Told,
    /// The first value of a binding.
    Bound,
}

impl<'a> Walk<'_, 'a> {
    fn all(&mut self) {
        rotation::run(&mut self.machine);
        let mut from = 0;
        let mut followed = 0;
        let mut cut = false;
        let mut quoted = 0;
        loop {
            let to = self.machine.tree.exprs.len() as ExprId;
            self.pass(from, to);
            from = to;
            let mut more = std::mem::take(&mut self.nested);
            cut |= more.len() > NESTED - followed;
            more.truncate(NESTED - followed);
            followed += more.len();
            if more.is_empty() {
                more = std::mem::take(&mut self.quoted);
                more.truncate(QUOTED.saturating_sub(quoted));
                quoted += more.len();
            }
            if more.is_empty() {
                break;
            }
            for (text, span, function) in more {
                self.follow(&text, span, function);
            }
            self.machine.index();
            rotation::run_from(&mut self.machine, from);
        }
        if cut {
            self.facts.hits.push(Hit {
                kind: HitKind::TooLarge,
                why: format!("more than {NESTED} pieces of code in strings").into(),
            });
        }
        let flows = flow::flows(&mut self.machine, &self.called, &self.facts);
        self.facts.flows = flows.within;
        self.facts.crossings = flows.crossing;
        self.functions();
        self.imports();
        self.loops();
        self.names();
        if let Some(what) = self.machine.exhausted {
            self.facts.hits.push(Hit {
                kind: HitKind::Budget,
                why: format!("folding ran out of {what}").into(),
            });
        }
        self.facts.calls.sort_by_key(|call| call.span);
        self.facts.reads.sort_by_key(|read| read.span);
        self.facts.writes.sort_by_key(|write| write.span);
        self.facts.strings.sort_by_key(|text| text.span);
        self.facts.patterns.sort_by_key(|text| text.span);
        self.facts.imports.sort_by_key(|import| import.span);
        // They stay until the whole package was read.
        self.facts.calls.shrink_to_fit();
        self.facts.reads.shrink_to_fit();
        self.facts.writes.shrink_to_fit();
        self.facts.strings.shrink_to_fit();
        self.facts.functions.shrink_to_fit();
    }

    /// Adds the code of a string to the tree.
    fn follow(&mut self, text: &str, span: Span, function: FnId) {
        let depth = self.machine.tree.function(function).nested;
        if depth >= self.limits.nested_code {
            self.facts.hits.push(Hit {
                kind: HitKind::TooDeep,
                why: "code in strings in code, deeper than is followed".into(),
            });
            return;
        }
        if text.len() > self.limits.script_bytes || crate::js::nesting(text) > self.limits.nesting {
            self.facts.hits.push(Hit {
                kind: HitKind::TooLarge,
                why: "code in a string that is too large or too deep".into(),
            });
            return;
        }
        let text = self.arena.alloc_str(text);
        let script = Script { path: "", text };
        let Ok(program) = parse::parse(self.arena, script, text) else {
            return;
        };
        let program = self.arena.alloc(program);
        let semantic = names_of(program, text.len());
        lower::lower(
            &mut self.machine.tree,
            program,
            semantic.scoping(),
            function,
            depth + 1,
            Some(span),
            self.arena,
        );
    }

    fn pass(&mut self, from: ExprId, to: ExprId) {
        self.parts.resize(to as usize, Part::Whole);
        for index in self.statements..self.machine.tree.statements.len() {
            if let Stmt::Bind(_, value) = self.machine.tree.statements[index] {
                self.mark(value, Part::Bound);
            }
        }
        self.statements = self.machine.tree.statements.len();
        for id in (from..to).rev() {
            self.expression(id);
        }
    }

    fn mark(&mut self, id: ExprId, part: Part) {
        if let Some(old) = self.parts.get_mut(id as usize) {
            *old = part;
        }
    }

    fn span(&self, id: ExprId) -> Span {
        self.machine.tree.spans[id as usize]
    }

    fn owner(&self, id: ExprId) -> FnId {
        self.machine.tree.owners[id as usize]
    }

    fn expression(&mut self, id: ExprId) {
        let part = self.parts[id as usize];
        match self.machine.tree.expr(id) {
            Expr::Text(text, hidden) if text.len() >= SHORTEST => {
                let text = match self.machine.value(id) {
                    Known::Text(shared, _) => shared,
                    _ => text.into(),
                };
                self.text(text, id, hidden);
            }
            Expr::Template(_) | Expr::Binary(Binary::Add, ..) => {
                if part != Part::Told {
                    self.folded(id);
                }
                if let Expr::Binary(_, left, right) = self.machine.tree.expr(id) {
                    for side in [left, right] {
                        if matches!(
                            self.machine.tree.expr(side),
                            Expr::Binary(..) | Expr::Template(_)
                        ) {
                            self.mark(side, Part::Told);
                        }
                    }
                }
            }
            Expr::Regex(source) => {
                let (span, function) = (self.span(id), self.owner(id));
                self.facts.patterns.push(Text {
                    text: source.into(),
                    span,
                    function,
                    decoded: false,
                });
            }
            Expr::Local(_) if part == Part::Whole => {
                // The environment under another name.
                if let Known::Path(path, _) = self.machine.value(id)
                    && &*path == "process.env"
                {
                    self.read(path, id);
                }
            }
            Expr::Member(object, _) | Expr::Index(object, _) => {
                self.mark(object, Part::Told);
                if part == Part::Whole || part == Part::Bound {
                    self.member(id, part);
                }
            }
            Expr::Global("debugger") if part == Part::Whole => self.read("debugger".into(), id),
            Expr::Assign(how, target, value) => self.assignment(how, target, value, id),
            Expr::Unary(Unary::Delete, target) => {
                self.write(target, Value::Undefined, id);
            }
            Expr::Unary(Unary::Typeof, inner) => self.mark(inner, Part::Told),
            Expr::Object(list) => self.copied(list),
            Expr::Call(callee, args) => self.call(id, callee, args, false, part),
            Expr::New(callee, args) => self.call(id, callee, args, true, part),
            Expr::ImportCall(source) => {
                let specifier = self.machine.shown_value(source);
                let (span, function) = (self.span(id), self.owner(id));
                self.facts.imports.push(Import {
                    specifier,
                    span,
                    function,
                    lazy: function != 0,
                });
            }
            _ => {}
        }
    }

    fn text(&mut self, text: Rc<str>, id: ExprId, decoded: bool) {
        let (span, function) = (self.span(id), self.owner(id));
        if let Some(code) = data_module(&text) {
            self.nested.push((code.into(), span, function));
        } else if looks_like_code(&text) {
            self.quoted.push((text.clone(), span, function));
        }
        // Encoded text is shown as what it says, whoever decodes it.
        if let Some(inner) = encoded_text(&text) {
            let inner: Rc<str> = inner.into();
            if looks_like_code(&inner) || reaches_out(&inner) {
                self.quoted.push((inner.clone(), span, function));
            }
            self.facts.strings.push(Text {
                text: inner,
                span,
                function,
                decoded: true,
            });
        }
        self.facts.strings.push(Text {
            text,
            span,
            function,
            decoded,
        });
    }

    /// Tells what an expression folds to, if that is text.
    fn folded(&mut self, id: ExprId) {
        match self.machine.value(id) {
            Known::Text(text, decoded) if text.len() >= SHORTEST => self.text(text, id, decoded),
            Known::Concat(parts, decoded) => {
                if let Some(code) = code_with_gaps(&parts) {
                    let (span, function) = (self.span(id), self.owner(id));
                    self.quoted.push((code.into(), span, function));
                }
                for part in parts.iter() {
                    if let Known::Text(text, hidden) = part
                        && text.len() >= SHORTEST
                        && (*hidden || decoded)
                    {
                        self.text(text.clone(), id, true);
                    }
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, id: ExprId, part: Part) {
        if let Known::Path(path, _) = self.machine.value(id)
            && (!path.contains("()") || &*path == "process.getBuiltinModule()[]")
            && !(part == Part::Bound && &*path == "process.env")
        {
            self.read(path, id);
        } else if let Expr::Index(..) = self.machine.tree.expr(id) {
            self.folded(id);
        }
    }

    fn read(&mut self, path: Rc<str>, id: ExprId) {
        let (span, function) = (self.span(id), self.owner(id));
        self.facts.reads.push(Read {
            path,
            span,
            function,
        });
    }

    fn assignment(&mut self, how: Assigning, target: ExprId, value: ExprId, id: ExprId) {
        self.mark(target, Part::Told);
        self.mark(value, Part::Bound);
        match self.machine.tree.expr(target) {
            Expr::Local(_) => {}
            // Whatever the message is.
            Expr::Member(_, name) if name.eq_ignore_ascii_case("bcc") => {
                let value = self.machine.shown_value(value);
                self.write_path("?.bcc".into(), value, id);
            }
            Expr::Member(object, name) if self.is_script_of_manifest(object, name) => {
                let path = match name {
                    "scripts" => "?.scripts".into(),
                    name => format!("?.scripts.{name}").into(),
                };
                let value = self.machine.shown_value(value);
                self.write_path(path, value, id);
            }
            _ => {
                let value = match how {
                    Assigning::Set | Assigning::When(_) => self.machine.shown_value(value),
                    Assigning::With(_) => Value::Unknown,
                };
                self.write(target, value, id);
            }
        }
    }

    /// `manifest.scripts = {…}`, `manifest.scripts.postinstall = "…"`, whatever the manifest is.
    fn is_script_of_manifest(&self, object: ExprId, name: &str) -> bool {
        match self.machine.tree.expr(object) {
            Expr::Member(_, "scripts") => true,
            _ => name == "scripts",
        }
    }

    /// `{to, bcc: "…"}`
    fn copied(&mut self, members: List) {
        for index in members.range().step_by(2) {
            let (key, value) = (
                self.machine.tree.lists[index],
                self.machine.tree.lists[index + 1],
            );
            if let Expr::Text(name, _) = self.machine.tree.expr(key)
                && (name.eq_ignore_ascii_case("bcc") || name == "to")
            {
                let shown = self.machine.shown_value(value);
                match name {
                    // A text with an `@` is no other thing that may be called so.
                    "to" if shown.text().is_some_and(|text| text.contains('@')) => {
                        self.write_path("?.to".into(), shown, value);
                    }
                    "to" => {}
                    _ => self.write_path("?.bcc".into(), shown, value),
                }
            }
        }
    }

    fn write(&mut self, target: ExprId, value: Value, id: ExprId) {
        let Known::Path(path, _) = self.machine.value(target) else {
            return;
        };
        self.write_path(path, value, id);
    }

    fn write_path(&mut self, path: Rc<str>, value: Value, id: ExprId) {
        if path.starts_with("module.exports") || path.starts_with("exports") {
            return;
        }
        let (span, function) = (self.span(id), self.owner(id));
        self.facts.writes.push(Write {
            path,
            value,
            span,
            function,
        });
    }
}

/// `_0x3fa2b1`
fn is_generated(name: &str) -> bool {
    name.strip_prefix("_0x")
        .is_some_and(|rest| rest.len() >= 3 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Methods that tell something whatever they are called on.
fn telling(name: &str) -> bool {
    matches!(
        name,
        "write"
            | "end"
            | "send"
            | "sendAsync"
            | "request"
            | "fetch"
            | "post"
            | "put"
            | "get"
            | "patch"
            | "open"
            | "setRequestHeader"
            | "connect"
            | "createConnection"
            | "exec"
            | "execSync"
            | "execFile"
            | "execFileSync"
            | "spawn"
            | "spawnSync"
            | "fork"
            | "unref"
            | "eval"
            | "runInContext"
            | "runInThisContext"
            | "runInNewContext"
            | "_compile"
            | "_load"
            | "readFile"
            | "readFileSync"
            | "writeFile"
            | "writeFileSync"
            | "appendFile"
            | "appendFileSync"
            | "createReadStream"
            | "createWriteStream"
            | "readdir"
            | "readdirSync"
            | "unlink"
            | "unlinkSync"
            | "rm"
            | "rmSync"
            | "truncate"
            | "chmod"
            | "chmodSync"
            | "resolve"
            | "resolveTxt"
            | "resolve4"
            | "lookup"
            | "addEventListener"
            | "on"
            | "once"
            | "sendMessage"
            | "postMessage"
            | "readText"
            | "writeText"
            | "getItem"
            | "setItem"
            | "appendChild"
            | "createElement"
            | "insertBefore"
            | "setAttribute"
            | "execCommand"
            | "importScripts"
            | "register"
            | "decrypt"
            | "final"
            | "update"
            | "createDecipheriv"
            | "inflateSync"
            | "gunzipSync"
            | "brotliDecompressSync"
            | "codePointAt"
            | "sign"
            | "signTransaction"
            | "sendTransaction"
            | "sendRawTransaction"
            | "eth_call"
            | "getTransaction"
            | "createOrUpdateFileContents"
            | "createForAuthenticatedUser"
            | "pipe"
            | "onBeforeRequest"
            | "onBeforeSendHeaders"
            | "onSendHeaders"
    )
}

/// `new Worker(code, {eval: true})`
fn evaluates(values: &[Known]) -> bool {
    let Some(Known::Object(members)) = values.get(1) else {
        return false;
    };
    members.try_borrow().is_ok_and(|members| {
        members
            .iter()
            .any(|(key, value)| &**key == "eval" && matches!(value, Known::Bool(true)))
    })
}
