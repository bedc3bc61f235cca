//! Where a package is entered from outside.

use serde_json::Value;
use std::collections::BTreeSet;

use super::Entry;
use super::commands::files_run;
use super::paths::{folder, join};
use super::resolve::Files;
use crate::finding::Phase;
use crate::gyp;
use crate::kind::{self, Kind};
use crate::limits::HitKind;
use crate::manifest::{INSTALL_SCRIPTS, Manifest};
use crate::source::Source;

/// Members of `package.json` that name a module, for Node, bundlers, frameworks and CDNs.
const MODULES: &[&str] = &[
    "main",
    "module",
    "browser",
    "jsnext:main",
    "jsnext",
    "es2015",
    "es2020",
    "esm",
    "esm2015",
    "esm2020",
    "fesm2015",
    "fesm2020",
    "esnext",
    "modern",
    "umd:main",
    "unpkg",
    "jsdelivr",
    "cdn",
    "web",
    "webworker",
    "worker",
    "react-native",
    "nativescript",
    "electron",
    "deno",
    "bun",
    "svelte",
    "vue",
    "source",
    "script",
    "module-sync",
];
/// How deep conditions of `exports` are followed.
const CONDITIONS: u8 = 12;

/// Every way in that is written down somewhere.
pub(super) fn entries(files: &Files, sources: &[Source], manifest: &Manifest) -> BTreeSet<Entry> {
    let mut entries = Entries {
        files,
        found: BTreeSet::new(),
    };
    entries.installed(sources, manifest);
    entries.imported(&manifest.value);
    entries.commands(&manifest.value["bin"]);
    if let Some(folder) = manifest.value["directories"]["bin"].as_str()
        && let Some(folder) = join("", folder)
    {
        for file in files.between(&format!("{folder}/"), "", false) {
            entries.add(file, Phase::Bin, true);
        }
    }
    for (name, line) in &manifest.scripts {
        if !INSTALL_SCRIPTS.contains(&name.as_str()) {
            // Of a package that comes from a repository npm runs this.
            let phase = match name.as_str() {
                "prepare" => Phase::Bin,
                _ => Phase::Test,
            };
            for (file, script) in files_run(files, manifest, "", line) {
                entries.add(file, phase, script);
            }
        }
    }
    entries.found
}

/// When a file runs that nothing leads to, by where it lies. Without `exports`, every module can be imported by its
/// path, and in many packages that is how they are meant to be; not what is a template of a script.
pub(super) fn by_itself(source: &Source, manifest: &Manifest) -> Option<Phase> {
    if is_of_development(&source.path) {
        return Some(Phase::Test);
    }
    let parses = || {
        let hits = &source.facts.hits;
        !hits.iter().any(|hit| hit.kind == HitKind::Syntax)
    };
    let open = manifest.value["exports"].is_null();
    (open && source.kind == Kind::Script && parses()).then_some(Phase::Import)
}

struct Entries<'f> {
    files: &'f Files,
    found: BTreeSet<Entry>,
}

impl Entries<'_> {
    fn add(&mut self, file: usize, phase: Phase, script: bool) {
        self.found.insert(Entry {
            file,
            phase,
            script,
        });
    }

    fn module(&mut self, path: &str, phase: Phase) {
        for file in self.files.module("", path) {
            self.add(*file, phase, true);
        }
    }

    /// Also of the dependencies that are in the tarball: npm runs their scripts, too.
    fn installed(&mut self, sources: &[Source], manifest: &Manifest) {
        self.scripts("", manifest);
        for (at, source) in sources.iter().enumerate() {
            let within = folder(&source.path);
            let name = source.path.rsplit('/').next().unwrap_or_default();
            if name == "package.json" && is_bundled(within) {
                self.scripts(within, &Manifest::parse(&source.text));
            }
            // npm builds the one at the root (of a bundled dependency) unasked; that includes the others.
            if source.kind == Kind::Gyp {
                self.add(at, Phase::Install, false);
                for command in gyp::commands(&source.text) {
                    let line = gyp::without_variables(&command.line);
                    for (file, script) in files_run(self.files, manifest, within, &line) {
                        self.add(file, Phase::Install, script);
                    }
                }
            }
        }
    }

    fn scripts(&mut self, within: &str, manifest: &Manifest) {
        for (_, line) in manifest.install_scripts() {
            for (file, script) in files_run(self.files, manifest, within, line) {
                self.add(file, Phase::Install, script);
            }
        }
    }

    fn imported(&mut self, manifest: &Value) {
        for member in MODULES {
            match &manifest[*member] {
                Value::String(path) => self.module(path, Phase::Import),
                Value::Object(replaced) => {
                    for path in replaced.values().filter_map(Value::as_str) {
                        self.module(path, Phase::Import);
                    }
                }
                _ => {}
            }
        }
        self.module("index", Phase::Import);
        self.exports(&manifest["exports"], CONDITIONS);
        self.exports(&manifest["imports"], CONDITIONS);
    }

    fn exports(&mut self, exports: &Value, depth: u8) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        match exports {
            Value::String(path) => match path.split_once('*') {
                Some((start, end)) => {
                    let Some(folder) = join("", start) else {
                        return;
                    };
                    let slash = if start.ends_with('/') && !folder.is_empty() {
                        "/"
                    } else {
                        ""
                    };
                    let start = format!("{folder}{slash}");
                    for file in self.files.between(&start, end, false).collect::<Vec<_>>() {
                        self.add(file, Phase::Import, false);
                    }
                }
                None if path.ends_with('/') => {
                    let start = join("", path).unwrap_or_default() + "/";
                    for file in self.files.between(&start, "", false).collect::<Vec<_>>() {
                        self.add(file, Phase::Import, false);
                    }
                }
                None => self.module(path, Phase::Import),
            },
            Value::Array(choices) => {
                for choice in choices {
                    self.exports(choice, depth);
                }
            }
            Value::Object(conditions) => {
                for (condition, target) in conditions {
                    if condition != "types" && !condition.starts_with("types@") {
                        self.exports(target, depth);
                    }
                }
            }
            _ => {}
        }
    }

    fn commands(&mut self, bin: &Value) {
        match bin {
            Value::String(path) => self.module(path, Phase::Bin),
            Value::Object(commands) => {
                for path in commands.values().filter_map(Value::as_str) {
                    self.module(path, Phase::Bin);
                }
            }
            _ => {}
        }
    }
}

/// The folder of a dependency that is in the tarball: `node_modules/a`, `node_modules/@b/c`.
fn is_bundled(folder: &str) -> bool {
    let Some((before, name)) = folder.rsplit_once('/') else {
        return false;
    };
    let parent = match before.rsplit_once('/') {
        Some((parent, scope)) if scope.starts_with('@') => parent,
        _ => before,
    };
    !name.starts_with('@') && (parent == "node_modules" || parent.ends_with("/node_modules"))
}

/// Tests, examples, documentation, and what builds the package.
fn is_of_development(path: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "test",
        "tests",
        "__tests__",
        "__test__",
        "__mocks__",
        "__fixtures__",
        "__snapshots__",
        "spec",
        "specs",
        "testing-data",
        "fixture",
        "fixtures",
        "e2e",
        "cypress",
        "example",
        "examples",
        "sample",
        "samples",
        "demo",
        "demos",
        "doc",
        "docs",
        "documentation",
        "website",
        "benchmark",
        "benchmarks",
        "bench",
        "perf",
        "coverage",
        "stories",
        "scripts",
        "script",
        "tasks",
        "tools",
    ];
    const STEMS: &[&str] = &[
        "gulpfile",
        "gruntfile",
        "test",
        "tests",
        "example",
        "benchmark",
        "bench",
        "makefile",
    ];
    let mut parts = path.split('/').rev();
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    if parts.any(|folder| {
        folder.starts_with('.') || FOLDERS.contains(&folder.to_ascii_lowercase().as_str())
    }) {
        return true;
    }
    let mut words = name.split('.');
    let stem = words.next().unwrap_or_default();
    STEMS.contains(&stem)
        || words.any(|word| {
            matches!(
                word,
                "test" | "tests" | "spec" | "stories" | "bench" | "config" | "conf" | "e2e"
            )
        })
        || (name.starts_with('.') && !kind::ending(path).is_empty())
}
