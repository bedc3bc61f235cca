//! Where data leaves, or becomes code.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use super::{Called, Flowing, Label};
use crate::api::{self, Code, Network, Uses};
use crate::command;
use crate::facts::{Call, Flow, Sink, Source};
use crate::files::file_function;
use crate::js::known::Known;
use crate::js::tree::{Def, Expr, ExprId};
use crate::value::Value;

/// Calls that write a file: where the path and the data stand.
pub(super) fn writes(callee: &str) -> Option<(usize, usize)> {
    let name = file_function(callee)?;
    matches!(
        name,
        "writeFile"
            | "writeFileSync"
            | "appendFile"
            | "appendFileSync"
            | "outputFile"
            | "outputFileSync"
            | "writeTextFile"
            | "writeTextFileSync"
            | "write"
    )
    .then_some((0, 1))
}

/// Every flow that reached a sink, in the order of the text, and those that leave for other files if these matter.
pub(super) fn told(
    flowing: &mut Flowing<'_, '_>,
    calls: &[Call],
    most: usize,
    crossing: bool,
) -> Vec<Flow> {
    let mut telling = Telling {
        run: run_files(flowing),
        flowing,
        calls,
        flows: Vec::new(),
        seen: BTreeSet::new(),
        most,
    };
    let mut ids: Vec<ExprId> = telling.flowing.called.keys().copied().collect();
    ids.sort_unstable();
    for id in ids {
        if let Some(Called::Path(path, uses, args)) = telling.flowing.called.get(&id)
            && telling.flowing.args(args) != Label::default()
        {
            let (path, uses, args) = (path.clone(), *uses, args.clone());
            telling.call(id, &path, uses, &args);
            if crossing && path.starts_with('.') {
                telling.given(id, &path, &args);
            }
        }
    }
    if crossing {
        telling.returned();
    }
    for index in 0..telling.flowing.machine.tree.exprs.len() {
        match telling.flowing.machine.tree.exprs[index] {
            Expr::Assign(_, target, value) => telling.assigned(index as ExprId, target, value),
            Expr::Call(callee, args) if args.len > 0 => {
                let first = telling.flowing.machine.tree.lists[args.start as usize];
                telling.pipe(index as ExprId, callee, first);
            }
            _ => {}
        }
    }
    let mut flows = telling.flows;
    flows.sort_by_key(|flow| (flow.to_span, flow.from_span));
    flows
}

/// Files that something of this script runs: bindings and texts.
struct RunFiles {
    symbols: HashSet<u32>,
    texts: HashSet<Rc<str>>,
}

fn run_files(flowing: &mut Flowing<'_, '_>) -> RunFiles {
    let mut run = RunFiles {
        symbols: HashSet::new(),
        texts: HashSet::new(),
    };
    let calls: Vec<(Rc<str>, Uses, Vec<ExprId>)> = flowing
        .called
        .values()
        .filter_map(|called| match called {
            Called::Path(path, uses, args) => Some((path.clone(), *uses, args.clone())),
            Called::Function(..) => None,
        })
        .collect();
    for (path, uses, args) in calls {
        let runs = uses.starts_process
            || matches!(
                &*path,
                "require" | "import" | "worker_threads.Worker" | "Worker" | "process.dlopen"
            )
            || path.starts_with("fs.") && path.contains("chmod");
        if !runs {
            continue;
        }
        let mut next = args;
        for _ in 0..3 {
            let mut inner = Vec::new();
            for id in next {
                match flowing.machine.tree.expr(id) {
                    Expr::Local(symbol) => {
                        run.symbols.insert(symbol);
                    }
                    Expr::Array(list) | Expr::Template(list) => {
                        inner.extend_from_slice(flowing.machine.tree.list(list))
                    }
                    Expr::Binary(_, left, right) => inner.extend([left, right]),
                    _ => {}
                }
                if let Known::Text(text, _) = flowing.machine.value(id) {
                    run.texts.insert(text);
                }
            }
            next = inner;
        }
    }
    run
}

struct Telling<'t, 'f, 'a> {
    flowing: &'t mut Flowing<'f, 'a>,
    calls: &'t [Call],
    run: RunFiles,
    flows: Vec<Flow>,
    /// By origin, place and end; a call of another file's function has an end for each argument.
    seen: BTreeSet<(usize, ExprId, Sink, Rc<str>)>,
    most: usize,
}

impl Telling<'_, '_, '_> {
    fn tell(&mut self, label: Label, id: ExprId, sink: Sink, to: &str, args: Vec<Value>) {
        let to: Rc<str> = to.into();
        for (index, encoded) in label.origins() {
            if self.flows.len() >= self.most || !self.seen.insert((index, id, sink, to.clone())) {
                continue;
            }
            let origin = &self.flowing.sources.origins[index];
            let function = self.flowing.machine.tree.owners[id as usize];
            self.flows.push(Flow {
                source: origin.source,
                from: origin.name.clone(),
                from_span: origin.span,
                sink,
                to: to.clone(),
                to_span: self.flowing.machine.tree.spans[id as usize],
                function,
                args: args.clone(),
                encoded,
            });
        }
    }

    fn values(&mut self, args: &[ExprId]) -> Vec<Value> {
        args.iter()
            .map(|arg| self.flowing.machine.shown_value(*arg))
            .collect()
    }

    /// What functions of other files are given.
    fn given(&mut self, id: ExprId, path: &str, args: &[ExprId]) {
        for (position, arg) in args.iter().take(4).enumerate() {
            let label = self.flowing.label(*arg);
            if label != Label::default() {
                let values = self.values(args);
                self.tell(
                    label,
                    id,
                    Sink::Imported,
                    &format!("{path} {position}"),
                    values,
                );
            }
        }
    }

    /// What functions give to other files.
    fn returned(&mut self) {
        for (function, name) in super::sources::names(self.flowing.machine) {
            let label = self.flowing.returned[function as usize];
            if label == Label::default() {
                continue;
            }
            let span = self.flowing.machine.tree.function(function).span;
            for (index, encoded) in label.origins() {
                let origin = &self.flowing.sources.origins[index];
                if self.flows.len() >= self.most
                    || matches!(origin.source, Source::Parameter | Source::Imported)
                {
                    continue;
                }
                self.flows.push(Flow {
                    source: origin.source,
                    from: origin.name.clone(),
                    from_span: origin.span,
                    sink: Sink::Returned,
                    to: name.as_str().into(),
                    to_span: span,
                    function,
                    args: Vec::new(),
                    encoded,
                });
            }
        }
    }

    fn call(&mut self, id: ExprId, path: &str, uses: Uses, args: &[ExprId]) {
        match uses.network {
            Some(Network::Request) => return self.request(id, path, args),
            Some(Network::Dns) => {
                if let Some(first) = args.first() {
                    let values = self.values(args);
                    self.tell(self.flowing.label(*first), id, Sink::Dns, path, values);
                }
                return;
            }
            Some(Network::Socket) => {
                let values = self.values(args);
                let label = self.flowing.args(args);
                self.tell(label, id, Sink::Socket, path, values);
                return;
            }
            None => {}
        }
        if let Some(code) = uses.runs_text {
            let label = match code {
                // Names of parameters are read as code, too.
                Code::Last => self.flowing.args(args),
                Code::First => {
                    (args.first()).map_or_else(Label::default, |arg| self.flowing.label(*arg))
                }
            };
            let values = self.values(args);
            self.tell(label, id, Sink::Code, path, values);
            return;
        }
        if matches!(path, "Worker" | "worker_threads.Worker" | "SharedWorker")
            && let Some(first) = args.first()
        {
            // Where it stands is a path; what was read is its code.
            let label = self.flowing.of_texts(self.flowing.label(*first));
            let values = self.values(args);
            self.tell(label, id, Sink::Code, path, values);
            return;
        }
        if uses.starts_process {
            let label = args.iter().take(2).fold(Label::default(), |label, arg| {
                match self.flowing.machine.tree.expr(*arg) {
                    // The environment of a child is no argument of it.
                    Expr::Object(_) => label,
                    _ => label.with(self.flowing.label(*arg)),
                }
            });
            let values = self.values(args);
            self.tell(label, id, Sink::Process, path, values);
            return;
        }
        if let Some((at, data)) = writes(path) {
            let label = args
                .get(data)
                .map_or_else(Label::default, |arg| self.flowing.label(*arg));
            let sink = self.file_sink(args.get(at).copied());
            let values = self.values(&args[..args.len().min(1)]);
            self.tell(label, id, sink, path, values);
            return;
        }
        let Some((stem, method)) = path.rsplit_once('.') else {
            return;
        };
        if matches!(method, "write" | "end")
            && stem.starts_with("child_process.")
            && stem.ends_with("().stdin")
        {
            let values = self.opening(id, false);
            if is_interpreter(&values) {
                let label = self.flowing.args(args);
                self.tell(label, id, Sink::Code, path, values);
            }
            return;
        }
        // What is sent over what was opened before: `request.write(…)`, `socket.send(…)`.
        let opened = stem.strip_suffix("()").unwrap_or(stem);
        let by_request = matches!(opened, "XMLHttpRequest" | "xmlhttprequest.XMLHttpRequest");
        let over = match api::network(opened) {
            Some(over) => Some(over),
            None if by_request => Some(Network::Request),
            None => None,
        };
        let Some(over) = over else { return };
        let sink = match method {
            "write" | "end" | "send" | "emit" | "sendText" | "sendBinary" => match over {
                Network::Request => Sink::Body,
                _ => Sink::Socket,
            },
            "setHeader" | "setRequestHeader" | "set" | "auth" => Sink::Header,
            "query" | "searchParams" => Sink::Url,
            _ => return,
        };
        let label = self.flowing.args(args);
        if label == Label::default() {
            return;
        }
        let values = self.opening(id, by_request);
        self.tell(label, id, sink, path, values);
    }

    /// The arguments of the call that opened what this call sends over.
    fn opening(&mut self, id: ExprId, by_request: bool) -> Vec<Value> {
        if by_request {
            let open = self
                .calls
                .iter()
                .find(|call| call.callee.ends_with("XMLHttpRequest().open"));
            return open
                .map(|call| call.args.iter().skip(1).cloned().collect())
                .unwrap_or_default();
        }
        let tree = &self.flowing.machine.tree;
        let (Expr::Call(callee, _) | Expr::New(callee, _)) = tree.expr(id) else {
            return Vec::new();
        };
        let Expr::Member(mut object, _) = tree.expr(callee) else {
            return Vec::new();
        };
        // `child.stdin.end(code)`
        if let Expr::Member(child, "stdin") = tree.expr(object) {
            object = child;
        }
        let opened = match tree.expr(object) {
            Expr::Local(symbol) => {
                self.flowing
                    .machine
                    .defs(symbol)
                    .iter()
                    .find_map(|def| match def {
                        Def::Value(value)
                            if matches!(tree.expr(*value), Expr::Call(..) | Expr::New(..)) =>
                        {
                            Some(*value)
                        }
                        _ => None,
                    })
            }
            Expr::Call(..) | Expr::New(..) => Some(object),
            _ => None,
        };
        match opened.and_then(|opened| self.flowing.called.get(&opened)) {
            Some(Called::Path(_, _, args)) => {
                let args = args.clone();
                self.values(&args)
            }
            _ => Vec::new(),
        }
    }

    /// The text of `new URL(path, base)`, as far as it is known, where an expression leads to one.
    fn address(&mut self, id: ExprId, depth: u8) -> Option<Value> {
        let tree = &self.flowing.machine.tree;
        match tree.expr(id) {
            Expr::Local(symbol) if depth > 0 => match self.flowing.machine.defs(symbol) {
                [Def::Value(value)] => self.address(*value, depth - 1),
                _ => None,
            },
            Expr::Member(object, name) if depth > 0 => {
                let field = self.flowing.machine.field(object, name)?;
                self.address(field, depth - 1)
            }
            Expr::New(callee, list) if matches!(tree.expr(callee), Expr::Global("URL")) => {
                let last = *tree.list(list).last()?;
                self.address(last, depth.checked_sub(1)?)
                    .or_else(|| Some(self.flowing.machine.shown_value(last)))
            }
            _ => None,
        }
    }

    fn request(&mut self, id: ExprId, path: &str, args: &[ExprId]) {
        let mut values = self.values(args);
        if let (Some(first), Some(arg)) = (values.first_mut(), args.first())
            && let Some(address) = self.address(*arg, 4)
        {
            *first = address;
        }
        for (position, arg) in args.iter().enumerate() {
            let literal = match self.flowing.machine.tree.expr(*arg) {
                Expr::Object(list) => Some(list),
                Expr::Local(symbol) => match self.flowing.machine.defs(symbol) {
                    [Def::Value(value)] => match self.flowing.machine.tree.expr(*value) {
                        Expr::Object(list) => Some(list),
                        _ => None,
                    },
                    _ => None,
                },
                Expr::Function(_) => continue,
                _ => None,
            };
            let Some(list) = literal else {
                let label = self.flowing.label(*arg);
                let sink = if position == 0 { Sink::Url } else { Sink::Body };
                self.tell(label, id, sink, path, values.clone());
                continue;
            };
            // What was put into the object after it was made.
            let whole = self.flowing.label(*arg);
            let mut within = Label::default();
            let members: Vec<ExprId> = self.flowing.machine.tree.list(list).to_vec();
            for pair in members.chunks_exact(2) {
                let label = self.flowing.label(pair[1]);
                within = within.with(label);
                let key = match self.flowing.machine.tree.expr(pair[0]) {
                    Expr::Text(key, _) => key.to_ascii_lowercase(),
                    _ => String::new(),
                };
                let sink = match &*key {
                    "headers" | "auth" | "header" => Sink::Header,
                    "url" | "uri" | "host" | "hostname" | "path" | "pathname" | "query"
                    | "search" | "params" | "qs" | "baseurl" | "searchparams" => Sink::Url,
                    "agent" | "signal" | "timeout" | "ca" | "cert" | "method" | "proxy" => continue,
                    // Client certificates are keys by their nature.
                    "key" | "pfx" | "passphrase" => continue,
                    _ => Sink::Body,
                };
                self.tell(label, id, sink, path, values.clone());
            }
            let later = Label {
                bits: whole.bits & !within.bits,
                encoded: whole.encoded,
            };
            self.tell(later, id, Sink::Body, path, values.clone());
        }
    }

    /// A file that is run later, or any file.
    fn file_sink(&mut self, path: Option<ExprId>) -> Sink {
        let Some(id) = path else { return Sink::File };
        if let Expr::Local(symbol) = self.flowing.machine.tree.expr(id)
            && self.run.symbols.contains(&symbol)
        {
            return Sink::RunFile;
        }
        let shown = self.flowing.machine.shown_value(id);
        let spelled = api::path(&shown).unwrap_or_default();
        if self.run.texts.contains(&*spelled) || runs_later(&spelled) {
            Sink::RunFile
        } else {
            Sink::File
        }
    }

    /// `answer.pipe(fs.createWriteStream(path))`.
    fn pipe(&mut self, id: ExprId, callee: ExprId, first: ExprId) {
        let Expr::Member(object, "pipe") = self.flowing.machine.tree.expr(callee) else {
            return;
        };
        let label = self.flowing.label(object);
        if label == Label::default() {
            return;
        }
        let mut stream = first;
        if let Expr::Local(symbol) = self.flowing.machine.tree.expr(first)
            && let [Def::Value(value)] = self.flowing.machine.defs(symbol)
        {
            stream = *value;
        }
        if let Some(Called::Path(into, _, given)) = self.flowing.called.get(&stream)
            && into.ends_with("createWriteStream")
        {
            let (to, given) = (format!("{into}().pipe"), given.clone());
            let sink = self.file_sink(given.first().copied());
            let values = self.values(&given);
            self.tell(label, id, sink, &to, values);
        }
    }

    /// `new Image().src = …`, `script.text = …`.
    fn assigned(&mut self, id: ExprId, target: ExprId, value: ExprId) {
        let label = self.flowing.label(value);
        if label == Label::default() {
            return;
        }
        let Expr::Member(_, name) = self.flowing.machine.tree.expr(target) else {
            return;
        };
        if !matches!(
            name,
            "src" | "href" | "text" | "textContent" | "innerHTML" | "srcdoc" | "location"
        ) {
            return;
        }
        let Known::Path(path, _) = self.flowing.machine.value(target) else {
            return;
        };
        let element = path.starts_with("document.createElement()") || path.starts_with("Image()");
        let sink = match name {
            "src" | "href" | "location" if element || path.starts_with("location") => Sink::Url,
            "text" | "textContent" | "innerHTML" | "srcdoc" if element => Sink::Code,
            _ => return,
        };
        let shown = self.flowing.machine.shown_value(value);
        self.tell(label, id, sink, &path, vec![shown]);
    }
}

/// Whether what is started so runs what comes in on its standard input: nothing else is named that it should run.
fn is_interpreter(started: &[Value]) -> bool {
    let flag = |arg: &Value| arg.text().is_some_and(|text| text.starts_with('-'));
    let bare = match started.get(1) {
        Some(Value::Array(args)) => args.iter().all(flag),
        _ => true,
    };
    let name = match started.first() {
        Some(Value::Path(path)) => {
            return bare && matches!(&**path, "process.execPath" | "process.argv0");
        }
        Some(program) => program.text().unwrap_or_default(),
        None => return false,
    };
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.trim_end_matches(".exe").to_ascii_lowercase();
    bare && command::INTERPRETERS.contains(&name.as_str())
}

/// Whether a file of this path is run by itself, or named like a program.
fn runs_later(path: &str) -> bool {
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or("");
    [
        ".sh", ".bat", ".cmd", ".ps1", ".exe", ".dll", ".vbs", ".scr", ".command", ".desktop",
        ".service", ".plist", ".pif",
    ]
    .iter()
    .any(|ending| name.ends_with(ending))
        || path.contains(".git/hooks/")
        || path.contains(".github/workflows/")
        || matches!(
            name,
            ".bashrc"
                | ".zshrc"
                | ".profile"
                | ".bash_profile"
                | ".zprofile"
                | ".zshenv"
                | "authorized_keys"
                | "crontab"
        )
}
