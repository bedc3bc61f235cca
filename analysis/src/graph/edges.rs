//! Where a file leads: imports, files that it reads and evaluates, processes that it starts.

use std::collections::BTreeSet;

use super::commands::{files_run, words_run};
use super::paths::{folder, join};
use super::resolve::Files;
use crate::command;
use crate::facts::{Call, Facts, Sink, Source as Origin};
use crate::kind::Kind;
use crate::manifest::Manifest;
use crate::source::Source;
use crate::value::Value;

/// A way from a file to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) file: usize,
    /// The function that takes it.
    pub(super) function: u32,
    pub(super) script: bool,
}

/// All edges of one file, sorted.
pub(super) fn edges(
    files: &Files,
    sources: &[Source],
    file: usize,
    manifest: &Manifest,
) -> Vec<Edge> {
    let source = &sources[file];
    let mut edges = Edges {
        files,
        manifest,
        from: folder(&source.path),
        found: BTreeSet::new(),
    };
    edges.imports(&source.facts);
    let evaluates = evaluates(&source.facts);
    for call in &source.facts.calls {
        edges.call(call, evaluates);
    }
    if matches!(source.kind, Kind::Shell | Kind::Batch | Kind::PowerShell) {
        edges.lines(&source.text);
    }
    edges.found.into_iter().collect()
}

/// Runs code that it did not have as code: then every file that it reads may be code.
fn evaluates(facts: &Facts) -> bool {
    const CALLEES: &[&str] = &[
        "eval",
        "Function",
        "vm.runInThisContext",
        "vm.runInNewContext",
        "vm.runInContext",
        "vm.Script",
    ];
    facts
        .flows
        .iter()
        .any(|flow| flow.sink == Sink::Code && matches!(flow.source, Origin::File | Origin::Blob))
        || facts
            .calls
            .iter()
            .any(|call| CALLEES.contains(&&*call.callee) || call.callee.ends_with("._compile"))
}

struct Edges<'f> {
    files: &'f Files,
    manifest: &'f Manifest,
    from: &'f str,
    found: BTreeSet<Edge>,
}

impl Edges<'_> {
    fn add(&mut self, file: usize, function: u32, script: bool) {
        self.found.insert(Edge {
            file,
            function,
            script,
        });
    }

    fn imports(&mut self, facts: &Facts) {
        for import in &facts.imports {
            self.import(&import.specifier, import.function);
        }
    }

    fn import(&mut self, specifier: &Value, function: u32) {
        for path in paths(specifier) {
            match path {
                Known::All(path) => {
                    for file in self.module(&path) {
                        self.add(file, function, true);
                    }
                }
                Known::Beginning(start) => self.beginning(&start, function),
            }
        }
    }

    /// `require('./locales/' + name)`: any file there.
    fn beginning(&mut self, start: &str, function: u32) {
        if !is_relative(start) {
            return;
        }
        let Some(path) = join(self.from, start) else {
            return;
        };
        let slash = if start.ends_with('/') && !path.is_empty() {
            "/"
        } else {
            ""
        };
        let start = format!("{path}{slash}");
        for file in self.files.between(&start, "", true).collect::<Vec<_>>() {
            self.add(file, function, false);
        }
    }

    fn module(&self, specifier: &str) -> Vec<usize> {
        if is_relative(specifier) {
            let specifier = specifier.strip_prefix("file://").unwrap_or(specifier);
            return self
                .files
                .module(self.from, specifier.trim_start_matches('/'))
                .to_vec();
        }
        if let Some(inner) = specifier.strip_prefix(self.manifest.name.as_str())
            && !self.manifest.name.is_empty()
            && (inner.is_empty() || inner.starts_with('/'))
        {
            return self
                .files
                .module("", inner.trim_start_matches('/'))
                .to_vec();
        }
        self.files.bundled(self.from, specifier).to_vec()
    }

    fn call(&mut self, call: &Call, evaluates: bool) {
        let function = call.function;
        match &*call.callee {
            "child_process.exec" | "child_process.execSync" => {
                for line in texts(call.args.first()) {
                    self.command(line, function);
                }
            }
            "child_process.spawn"
            | "child_process.spawnSync"
            | "child_process.execFile"
            | "child_process.execFileSync"
            | "child_process.fork"
            | "Bun.spawn"
            | "Bun.spawnSync" => {
                self.process(call);
            }
            "Worker"
            | "SharedWorker"
            | "worker_threads.Worker"
            | "importScripts"
            | "cluster.setupPrimary"
            | "cluster.setupMaster"
            | "navigator.serviceWorker.register"
            | "URL"
            | "module.register"
            | "process.dlopen"
            | "vm.Script" => {
                for arg in &call.args {
                    arg.texts(&mut |text| {
                        // Most addresses of files are those of images.
                        let script = &*call.callee != "URL";
                        if script || is_relative(text) {
                            for file in self.anywhere(text) {
                                self.add(file, function, script);
                            }
                        }
                    });
                }
            }
            callee if evaluates && is_read(callee) => {
                let path = call.args.first().map(paths).unwrap_or_default();
                for path in path {
                    if let Known::All(path) = path {
                        for file in self.anywhere(&path) {
                            self.add(file, function, true);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// From the file's folder, or from where the process was started; that is most often the root.
    fn anywhere(&self, path: &str) -> Vec<usize> {
        let path = path
            .strip_prefix("file://")
            .unwrap_or(path)
            .trim_start_matches('/');
        if path.is_empty() || path == "." {
            return Vec::new();
        }
        let found = self.files.module(self.from, path);
        if found.is_empty() {
            self.files.module("", path).to_vec()
        } else {
            found.to_vec()
        }
    }

    fn command(&mut self, line: &str, function: u32) {
        for from in [self.from, ""] {
            for (file, script) in files_run(self.files, self.manifest, from, line) {
                self.add(file, function, script);
            }
        }
    }

    fn process(&mut self, call: &Call) {
        let function = call.function;
        let mut words: Vec<String> = Vec::new();
        for (at, arg) in call.args.iter().take(2).enumerate() {
            match arg {
                Value::Path(path) if at == 0 && is_node(path) => words.push("node".to_owned()),
                Value::Array(parts) => words.extend(parts.iter().take(200).map(word)),
                Value::Object(_) => {}
                arg => words.push(word(arg)),
            }
        }
        if &*call.callee == "child_process.fork" {
            words.insert(0, "node".to_owned());
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut runs = BTreeSet::new();
        for from in [self.from, ""] {
            words_run(self.files, from, &words, &mut runs);
        }
        for (file, script) in runs {
            self.add(file, function, script);
        }
        // `spawn('sh', ['-c', 'node x.js'])`, `spawn('node x.js', {shell: true})`
        for line in words.iter().filter(|word| word.contains(' ')) {
            self.command(line, function);
        }
    }

    /// A script of a shell: line by line, and started anywhere.
    fn lines(&mut self, text: &str) {
        const LINES: usize = 2_000;
        for line in text.lines().take(LINES) {
            if !line.trim().is_empty() && command::read(line).steps.len() < 50 {
                self.command(line, 0);
            }
        }
    }
}

fn is_relative(specifier: &str) -> bool {
    specifier == "."
        || specifier == ".."
        || specifier.starts_with("./")
        || specifier.starts_with("../")
        || specifier.starts_with('/')
        || specifier.starts_with("file://")
}

fn is_read(callee: &str) -> bool {
    matches!(
        callee,
        "fs.readFile"
            | "fs.readFileSync"
            | "fs.promises.readFile"
            | "fs/promises.readFile"
            | "fs.createReadStream"
            | "Bun.file"
            | "Deno.readTextFile"
            | "Deno.readTextFileSync"
    )
}

fn is_node(path: &str) -> bool {
    matches!(
        path,
        "process.execPath" | "process.argv0" | "process.argv[0]"
    )
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    let mut found = Vec::new();
    if let Some(value) = value {
        value.texts(&mut |text| found.push(text));
    }
    found
}

/// As a word of a command line; what is not known is left out.
fn word(value: &Value) -> String {
    match paths(value).into_iter().next() {
        Some(Known::All(path) | Known::Beginning(path)) => path,
        None => String::new(),
    }
}

/// How much of a path is known.
enum Known {
    All(String),
    Beginning(String),
}

/// The path that a value is, without the folder of the file in front of it.
fn paths(value: &Value) -> Vec<Known> {
    match value {
        Value::String(text) => vec![Known::All((**text).to_owned())],
        Value::Concat(parts) => {
            let mut path = String::new();
            for (at, part) in parts.iter().enumerate() {
                match part {
                    Value::String(text) => path.push_str(text),
                    Value::Path(name) if at == 0 && is_here(name) => path.push('.'),
                    _ if path.is_empty() => return Vec::new(),
                    _ => return vec![Known::Beginning(path)],
                }
            }
            vec![Known::All(path)]
        }
        // `path.join(__dirname, "lib", "a.js")`, as far as its texts were kept in the name.
        Value::Path(name) if name.contains("__dirname") || name.contains("import.meta") => {
            let parts: Vec<&str> = name.split('"').skip(1).step_by(2).take(20).collect();
            if parts.is_empty() {
                return Vec::new();
            }
            vec![Known::All(format!(
                "./{}",
                parts.join("/").trim_start_matches('/')
            ))]
        }
        _ => Vec::new(),
    }
}

fn is_here(name: &str) -> bool {
    matches!(
        name,
        "__dirname"
            | "import.meta.dirname"
            | "import.meta.url"
            | "process.cwd()"
            | "path.dirname()"
    )
}
