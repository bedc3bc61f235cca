//! Where data worth following comes from.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Called, Origin, answers};
use crate::api::{self, Uses};
use crate::crossing::DEFAULT;
use crate::facts::Source;
use crate::js::known::Known;
use crate::js::machine::Machine;
use crate::js::tree::{Assigning, Binary, Def, Expr, ExprId, FnId, Sym};
use crate::secret;
use crate::value::Value;

/// As many as there are bits in a label.
const MOST: usize = 64;
/// A shorter literal is no payload.
const BLOB: usize = 200;

pub(super) struct Sources {
    pub(super) origins: Vec<Origin>,
    pub(super) at: BTreeMap<ExprId, usize>,
    /// Single variables of the environment: what one is has nothing of the others.
    pub(super) variables: FxHashSet<ExprId>,
    /// Parameters of functions that other files may call.
    pub(super) parameters: Vec<(Sym, usize)>,
    /// Methods of the file's classes and objects, by name.
    pub(super) methods: FxHashMap<String, Vec<FnId>>,
}

/// Those of a file, and if it is asked for, what comes in from other files.
pub(super) fn sources(
    machine: &mut Machine<'_>,
    called: &FxHashMap<ExprId, Called>,
    is_key: &dyn Fn(&str) -> bool,
    crossing: bool,
) -> Sources {
    let mut found: Vec<(ExprId, Source, String)> = Vec::new();
    let mut methods: FxHashMap<String, Vec<FnId>> = FxHashMap::default();
    let keys: Vec<bool> = machine
        .tree
        .symbols
        .iter()
        .map(|symbol| is_key(symbol.name))
        .collect();
    for id in 0..machine.tree.exprs.len() as ExprId {
        match machine.tree.expr(id) {
            Expr::Member(object, name) => {
                if is_key(name) {
                    found.push((id, Source::KeyMaterial, format!("property {name}")));
                } else if matches!(name, "responseText" | "responseXML") {
                    found.push((id, Source::Network, name.to_owned()));
                } else if matches!(
                    machine.tree.expr(object),
                    Expr::Local(_) | Expr::Global(_) | Expr::Member(..)
                ) {
                    named(machine, id, &mut found);
                }
            }
            Expr::Index(..) => named(machine, id, &mut found),
            Expr::Local(symbol) => {
                if keys[symbol as usize] {
                    let name = machine.tree.symbols[symbol as usize].name;
                    found.push((id, Source::KeyMaterial, format!("parameter {name}")));
                } else if machine.defs(symbol).len() == 1
                    && let Known::Path(path, _) = machine.static_value(symbol)
                    && &*path == "process.env"
                {
                    found.push((id, Source::Environment, "process.env".to_owned()));
                }
            }
            Expr::Call(..) | Expr::New(..) => {
                if let Some(Called::Path(path, uses, args)) = called.get(&id) {
                    if let Some((source, name)) = of_call(machine, id, path, *uses, args) {
                        found.push((id, source, name));
                    } else if crossing && path.starts_with('.') {
                        found.push((id, Source::Imported, path.to_string()));
                    }
                } else if let Some(name) = of_bytes(machine, id) {
                    found.push((id, Source::Bytes, name));
                }
            }
            Expr::Class(list) | Expr::Object(list) => {
                for index in list.range().step_by(2) {
                    let (key, value) = (machine.tree.lists[index], machine.tree.lists[index + 1]);
                    if let (Expr::Text(name, _), Expr::Function(function)) =
                        (machine.tree.expr(key), machine.tree.expr(value))
                        && !common(name)
                    {
                        methods.entry(name.to_owned()).or_default().push(function);
                    }
                }
            }
            _ => {}
        }
    }
    let is_whole = |found: &(ExprId, Source, String)| {
        found.1 == Source::Environment && found.2 == "process.env"
    };
    if found.iter().any(is_whole) {
        // It is one only where it is not merely looked into.
        let looked_into: FxHashSet<ExprId> = machine
            .tree
            .exprs
            .iter()
            .filter_map(|expr| match expr {
                Expr::Member(object, _) => Some(*object),
                // Computed: some variable, whichever.
                Expr::Index(object, _) => Some(*object),
                _ => None,
            })
            .collect();
        found.retain(|one| !is_whole(one) || !looked_into.contains(&one.0));
    }
    let variables = found
        .iter()
        .filter(|(_, source, _)| *source == Source::Variable)
        .map(|(id, _, _)| *id)
        .collect();
    methods.retain(|_, functions| functions.len() <= 4);
    // The gravest first, should there be too many.
    found.sort_by_key(|(id, source, _)| (weight(*source), *id));
    let mut origins: Vec<Origin> = Vec::new();
    let mut at = BTreeMap::new();
    let mut known: FxHashMap<(Source, String), usize> = FxHashMap::default();
    for (id, source, name) in found {
        let index = match known.get(&(source, name.clone())) {
            Some(index) => *index,
            None if origins.len() < MOST => {
                origins.push(Origin {
                    source,
                    name: name.as_str().into(),
                    span: machine.tree.spans[id as usize],
                });
                known.insert((source, name), origins.len() - 1);
                origins.len() - 1
            }
            None => continue,
        };
        at.insert(id, index);
    }
    let parameters = match crossing {
        true => parameters(machine, &mut origins),
        false => Vec::new(),
    };
    Sources {
        origins,
        at,
        variables,
        parameters,
        methods,
    }
}

/// Parameters of functions with a name, as far as there is room for them.
fn parameters(machine: &mut Machine<'_>, origins: &mut Vec<Origin>) -> Vec<(Sym, usize)> {
    let mut found = Vec::new();
    for (function, name) in names(machine) {
        let it = machine.tree.function(function);
        let span = it.span;
        let symbols: Vec<Sym> = it.parameters.iter().take(4).copied().flatten().collect();
        for (position, symbol) in symbols.into_iter().enumerate() {
            if origins.len() >= MOST {
                return found;
            }
            found.push((symbol, origins.len()));
            origins.push(Origin {
                source: Source::Parameter,
                name: format!("{name} {position}").into(),
                span,
            });
        }
    }
    found
}

/// Functions by the names under which other files may call them.
pub(super) fn names(machine: &mut Machine<'_>) -> Vec<(FnId, String)> {
    let mut named: Vec<(FnId, String)> = Vec::new();
    for (function, it) in machine.tree.functions.iter().enumerate().skip(1) {
        if !it.name.is_empty() && !it.name.starts_with('#') {
            named.push((function as FnId, it.name.to_owned()));
        }
    }
    let mut defaults: Vec<ExprId> = machine.tree.defaults.clone();
    for id in 0..machine.tree.exprs.len() as ExprId {
        if let Expr::Assign(_, target, value) = machine.tree.expr(id)
            && let Expr::Member(_, "exports" | "default") = machine.tree.expr(target)
        {
            defaults.push(value);
        }
    }
    for value in defaults {
        if let Known::Function(function, _) = machine.value(value) {
            named.push((function, DEFAULT.to_owned()));
        }
    }
    named
}

/// `buffer.toString("utf8")`, `decoder.decode(bytes)` of something that is not known.
fn of_bytes(machine: &mut Machine<'_>, id: ExprId) -> Option<String> {
    let Expr::Call(callee, args) = machine.tree.expr(id) else {
        return None;
    };
    let Expr::Member(_, "toString") = machine.tree.expr(callee) else {
        return None;
    };
    let first = *machine.tree.list(args).first()?;
    let Expr::Text(encoding, _) = machine.tree.expr(first) else {
        return None;
    };
    matches!(
        encoding.to_ascii_lowercase().as_str(),
        "utf8" | "utf-8" | "latin1" | "binary" | "ascii" | "utf16le" | "ucs2"
    )
    .then(|| format!("toString({encoding:?})"))
}

/// Larger functions do more than to decipher.
const DECIPHERING: usize = 2_000;

/// `bytes.map((byte, at) => byte ^ key[at % 4])` in the function of a call, or in one within it.
fn deciphers(machine: &Machine<'_>, id: ExprId) -> bool {
    let tree = &machine.tree;
    let exprs = tree.function(tree.owners[id as usize]).exprs.clone();
    let is_item = |id: ExprId| matches!(tree.expr(id), Expr::Index(..));
    exprs.len() <= DECIPHERING
        && exprs.into_iter().any(|id| match tree.expr(id) {
            Expr::Binary(Binary::BitXor, left, right) => is_item(left) || is_item(right),
            Expr::Assign(Assigning::With(Binary::BitXor), left, right) => {
                is_item(left) || is_item(right)
            }
            _ => false,
        })
}

fn weight(source: Source) -> u8 {
    match source {
        Source::SecretFile | Source::Environment | Source::KeyMaterial => 0,
        Source::Network | Source::Blob | Source::Clipboard => 1,
        Source::Variable | Source::Input | Source::Output => 2,
        Source::Host | Source::File => 3,
        Source::Bytes => 4,
        Source::Imported | Source::Parameter => 5,
    }
}

/// Methods that so many classes have that their names tell nothing.
fn common(name: &str) -> bool {
    matches!(
        name,
        "constructor"
            | "get"
            | "set"
            | "toString"
            | "then"
            | "on"
            | "init"
            | "push"
            | "render"
            | "call"
            | "apply"
            | "bind"
    )
}

/// Members of globals and modules.
fn named(machine: &mut Machine<'_>, id: ExprId, found: &mut Vec<(ExprId, Source, String)>) {
    let Known::Path(path, _) = machine.value(id) else {
        return;
    };
    let source = match &*path {
        "process.env" => Source::Environment,
        "document.cookie" | "localStorage" | "sessionStorage" => Source::Input,
        "navigator.userAgent"
        | "process.platform"
        | "process.arch"
        | "navigator.platform"
        | "process.version" => Source::Host,
        path if path.starts_with("process.env.") => Source::Variable,
        // Each by turns is all.
        "process.env[]" if by_turns(machine, id) => Source::Environment,
        "process.env[]" => Source::Variable,
        _ => return,
    };
    found.push((id, source, path.to_string()));
}

/// Whether the key of a member goes through all keys of something.
fn by_turns(machine: &Machine<'_>, id: ExprId) -> bool {
    let Expr::Index(_, key) = machine.tree.expr(id) else {
        return false;
    };
    let Expr::Local(symbol) = machine.tree.expr(key) else {
        return false;
    };
    machine.defs(symbol).iter().any(|def| match def {
        Def::Item | Def::ItemOf(_) => true,
        // A callback of `forEach`, `map`, `reduce`.
        Def::Parameter(function, _) => machine.tree.function(*function).exprs.len() < 400,
        _ => false,
    })
}

/// `new URL("./data.bin", import.meta.url)`: a file beside this one.
fn beside(machine: &mut Machine<'_>, args: &[ExprId]) -> Option<Value> {
    let Expr::New(callee, list) = machine.tree.expr(*args.first()?) else {
        return None;
    };
    let (Expr::Global("URL"), 2) = (machine.tree.expr(callee), list.len) else {
        return None;
    };
    let path = machine.tree.list(list)[0];
    Some(machine.shown_value(path))
}

fn of_call(
    machine: &mut Machine<'_>,
    id: ExprId,
    path: &str,
    uses: Uses,
    args: &[ExprId],
) -> Option<(Source, String)> {
    let value = |machine: &mut Machine<'_>, index: usize| {
        args.get(index)
            .map_or(Value::Unknown, |arg| machine.shown_value(*arg))
    };
    if answers(path, uses) {
        return Some((Source::Network, path.to_owned()));
    }
    if let Some((stem, method)) = path.rsplit_once('.')
        && matches!(method, "on" | "once" | "addEventListener" | "addListener")
    {
        let first = value(machine, 0);
        let event = first.text().unwrap_or("");
        if matches!(event, "data" | "message" | "response" | "upgrade")
            && api::network(stem.trim_end_matches("()")).is_some()
        {
            return Some((Source::Network, stem.to_owned()));
        }
        if matches!(
            event,
            "keydown" | "keypress" | "keyup" | "input" | "paste" | "beforeinput"
        ) {
            return Some((Source::Input, format!("{event} events")));
        }
        if matches!(event, "change" | "submit" | "blur" | "focusout") && stem == "document" {
            return Some((Source::Input, format!("{event} events of the whole page")));
        }
        if stem == "process.stdin" {
            return Some((Source::Input, stem.to_owned()));
        }
        if event == "data" && stem.contains("child_process.") {
            return Some((Source::Output, stem.to_owned()));
        }
    }
    if uses.reads_file {
        let first = match beside(machine, args) {
            Some(path) => path,
            None => value(machine, 0),
        };
        let spelled = api::path(&first).unwrap_or_default();
        let source = if secret::path(&spelled).is_some() {
            Source::SecretFile
        } else {
            Source::File
        };
        return Some((source, format!("{path}({spelled:?})")));
    }
    if uses.starts_process {
        return Some((Source::Output, path.to_owned()));
    }
    match path {
        // Has all of it in one of its sections.
        "process.report.getReport" => Some((Source::Environment, format!("{path}()"))),
        "os.hostname"
        | "os.userInfo"
        | "os.networkInterfaces"
        | "os.platform"
        | "os.type"
        | "os.release"
        | "os.arch"
        | "os.cpus"
        | "os.homedir"
        | "os.totalmem"
        | "os.version"
        | "process.cwd" => Some((Source::Host, format!("{path}()"))),
        "navigator.clipboard.readText"
        | "navigator.clipboard.read"
        | "clipboardy.read"
        | "clipboardy.readSync"
        | "electron.clipboard.readText" => Some((Source::Clipboard, format!("{path}()"))),
        "atob" | "Buffer.from" | "Buffer" | "unescape" | "decodeURIComponent" => {
            let first = value(machine, 0);
            let mut long = false;
            first.texts(&mut |text| long |= text.len() >= BLOB);
            match long {
                true => Some((Source::Blob, format!("{path}()"))),
                false if path == "atob" => Some((Source::Bytes, format!("{path}()"))),
                false => None,
            }
        }
        "String.fromCharCode"
        | "String.fromCodePoint"
        | "TextDecoder().decode"
        | "util.TextDecoder().decode"
        | "Buffer.from().toString"
        | "Buffer.concat().toString"
            if deciphers(machine, id) =>
        {
            Some((Source::Blob, format!("{path}() of bytes ^ a key")))
        }
        "String.fromCharCode"
        | "String.fromCodePoint"
        | "TextDecoder().decode"
        | "util.TextDecoder().decode" => Some((Source::Bytes, format!("{path}()"))),
        "Buffer.from().toString"
        | "Buffer.concat().toString"
        | "Buffer.alloc().toString"
        | "Buffer.allocUnsafe().toString"
        | "Buffer().toString" => {
            let encoding = value(machine, 0);
            (!matches!(encoding.text(), Some("hex" | "base64" | "base64url")))
                .then(|| (Source::Bytes, format!("{path}()")))
        }
        "crypto.createDecipheriv"
        | "crypto.createDecipher"
        | "crypto.subtle.decrypt"
        | "crypto.webcrypto.subtle.decrypt"
        | "subtle.decrypt"
        | "crypto.privateDecrypt"
        | "CryptoJS.AES.decrypt"
        | "crypto-js.AES.decrypt"
        | "zlib.inflateSync"
        | "zlib.gunzipSync"
        | "zlib.brotliDecompressSync"
        | "zlib.inflateRawSync"
        | "zlib.unzipSync"
        | "zlib.gunzip"
        | "zlib.inflate"
        | "zlib.brotliDecompress"
        | "DecompressionStream" => Some((Source::Blob, format!("{path}()"))),
        _ => None,
    }
}
