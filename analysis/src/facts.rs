//! What one walk of a file's syntax tree yields. Facts own their text and know nothing of syntax trees, so that
//! detectors are written against this page alone.

use std::rc::Rc;

use crate::api::Uses;
use crate::limits::Hit;
use crate::value::Value;

/// Bytes of a file, from `start` up to but not including `end`. For code that was decoded out of a string this is the
/// place of the string in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// All of one file.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The first is the file itself; a nested function follows the one round it.
    pub functions: Vec<Function>,
    pub imports: Vec<Import>,
    pub calls: Vec<Call>,
    pub reads: Vec<Read>,
    pub writes: Vec<Write>,
    pub strings: Vec<Text>,
    pub patterns: Vec<Text>,
    pub flows: Vec<Flow>,
    /// Flows that begin or end in another file of the package: by [`Source::Parameter`] and [`Source::Imported`],
    /// [`Sink::Imported`] and [`Sink::Returned`].
    pub crossings: Vec<Flow>,
    pub loops: Vec<EndlessLoop>,
    /// Constants that other files may use, by their names; only of files short enough to be settings.
    pub constants: Vec<(Rc<str>, Value)>,
    /// Names of this file's bindings that look generated (`_0x3fa2`), against all of them.
    pub generated_names: u32,
    pub names: u32,
    /// What could not be finished; each makes the inspection incomplete.
    pub hits: Vec<Hit>,
}

/// One function, or the file (the first).
#[derive(Clone, Debug)]
pub struct Function {
    /// A hash of what it does: syntax, callees, property names and literals, without the names of local bindings and
    /// without formatting, so that it survives minifying. Equal shapes in two versions cancel.
    pub shape: u64,
    pub span: Span,
    pub parent: u32,
    /// Empty if it has none.
    pub name: Rc<str>,
    pub parameters: Vec<Rc<str>>,
    /// How deep in literal `eval` and `Function` bodies it was found; 0 is the file's own text.
    pub nested: u8,
    /// It runs when the file does: called there, or from what is, or handed to something that is called.
    pub runs: bool,
}

/// `import`, `export … from`, `require`, `import()`.
#[derive(Clone, Debug)]
pub struct Import {
    /// As written, with `node:` kept: `node:fs`, `./lib/a.js`, `@scope/name/sub`.
    pub specifier: Value,
    pub span: Span,
    pub function: u32,
    /// `require` or `import()` below the top level or in a condition: it may never run.
    pub lazy: bool,
}

/// A call or `new` whose callee has a name that means something outside the file, or stayed computed.
#[derive(Clone, Debug)]
pub struct Call {
    /// Where it leads, independent of aliases, destructuring and wrappers. Roots are modules (`fs.readFile`,
    /// `child_process.exec`; `node:` dropped), or globals (`fetch`, `eval`, `navigator.clipboard.readText`;
    /// `window.`, `globalThis.`, `global.`, `self.`, `top.` dropped), or `?` for a receiver that is not known
    /// (`?.addEventListener`). The result of a call is written `()`: `http.request().on`, `crypto.createHash().update`.
    /// A callee that stayed computed is `?[]`, of a module that was loaded by a computed name `require()[]`.
    pub callee: Rc<str>,
    /// What the callee is for.
    pub uses: Uses,
    pub new: bool,
    pub args: Vec<Value>,
    pub span: Span,
    pub function: u32,
    /// Known only after decoding: at least one part of callee or arguments was folded out of something that hides it
    /// (string arrays, escapes, base64, character codes), not merely concatenated.
    pub decoded: bool,
}

/// A member chain with a global or a module as root that is read and not called: `process.env.NPM_TOKEN`.
#[derive(Clone, Debug)]
pub struct Read {
    /// As [`Call::callee`]; `process.env` alone is the whole environment; `process.env[]` one computed member.
    pub path: Rc<str>,
    pub span: Span,
    pub function: u32,
}

/// An assignment, `delete`, or `Object.defineProperty` to something outside the file: a global (also a bare `fetch = …`
/// that binds no local name), a built-in prototype (`XMLHttpRequest.prototype.send`), a member of a module
/// (`http.request`), `module.exports` and `exports` excluded.
#[derive(Clone, Debug)]
pub struct Write {
    pub path: Rc<str>,
    pub value: Value,
    pub span: Span,
    pub function: u32,
}

/// A text of the file: a literal, or what literals fold to.
#[derive(Clone, Debug)]
pub struct Text {
    pub text: Rc<str>,
    pub span: Span,
    pub function: u32,
    /// As in [`Call::decoded`].
    pub decoded: bool,
}

/// Data that goes from a source to a sink.
#[derive(Clone, Debug)]
pub struct Flow {
    pub source: Source,
    /// `process.env.NPM_TOKEN`, `fs.readFileSync("~/.npmrc")`, `parameter mnemonic`.
    pub from: Rc<str>,
    pub from_span: Span,
    pub sink: Sink,
    /// `fetch`, `https.request().write`.
    pub to: Rc<str>,
    pub to_span: Span,
    /// The function of the sink.
    pub function: u32,
    /// Known arguments of the sink.
    pub args: Vec<Value>,
    /// Encoded, encrypted or serialised on the way.
    pub encoded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// One named variable of the environment.
    Variable,
    /// The whole environment, copied or iterated.
    Environment,
    /// A file whose path names a secret (`.npmrc`, `.ssh`, browser profiles, wallets).
    SecretFile,
    /// Any other file.
    File,
    /// Host name, user name, network interfaces, platform.
    Host,
    /// A parameter or property named as key material: seed, mnemonic, secretKey, privateKey.
    KeyMaterial,
    Clipboard,
    /// What a person types or presses.
    Input,
    /// What the network answered.
    Network,
    /// What a program printed.
    Output,
    /// A literal that was decoded, deciphered or inflated at run time.
    Blob,
    /// Text that was put together of bytes or character codes at run time.
    Bytes,
    /// A parameter of a function that other files may call, in [`Facts::crossings`] only: `name 0`.
    Parameter,
    /// What a function of another file gave, in [`Facts::crossings`] only: `./file.js.name()`.
    Imported,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sink {
    /// URL, query, path of a request.
    Url,
    Body,
    Header,
    Dns,
    Socket,
    /// Program or arguments of a process.
    Process,
    /// `eval`, `Function`, `vm`, `Module._compile`, a worker's source, a script element.
    Code,
    /// Bytes of a file that something runs later: an executable, a start-up file, a git hook, a workflow.
    RunFile,
    File,
    /// A parameter of a function of another file, in [`Facts::crossings`] only.
    Imported,
    /// What a function gives who calls it, in [`Facts::crossings`] only.
    Returned,
}

/// A loop without an end at the top level or in a function called from there.
#[derive(Clone, Debug)]
pub struct EndlessLoop {
    pub span: Span,
    pub function: u32,
}
