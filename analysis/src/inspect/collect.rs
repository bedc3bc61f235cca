//! From bytes to what detectors look at.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use bytes::Bytes;
use bytestring::ByteString;

use crate::command;
use crate::facts::Facts;
use crate::finding::Phase;
use crate::graph;
use crate::js::{self, Script};
use crate::kind::{self, Kind};
use crate::limits::{HitKind, Limits};
use crate::manifest::Manifest;
use crate::own_hosts::OwnHosts;
use crate::package::{File, Package};
use crate::reach;
use crate::report::Incomplete;
use crate::source::Source;
use crate::view::PackageView;
use lazaret_npm::package_json::{PackageJson, ProblemKind};

/// Reads every file of a package.
pub fn view(package: &Package, limits: &Limits, progress: &mut dyn FnMut(&str)) -> PackageView {
    let mut files: Vec<&File> = package.files.iter().collect();
    // Also by bytes: an archive may have a path twice, and the order in it must not show.
    files.sort_by(|a, b| (&a.path, &a.bytes).cmp(&(&b.path, &b.bytes)));
    let mut sources: Vec<Source> = files
        .into_iter()
        .map(|file| {
            progress(&file.path);
            source(file, limits)
        })
        .collect();
    let manifest = sources
        .iter()
        .rfind(|file| file.path == "package.json")
        .map_or_else(Manifest::default, |file| Manifest::parse(&file.text));
    let telling = RefCell::new(&mut *progress);
    graph::phases(
        &mut sources,
        &manifest,
        &mut |source| {
            telling.borrow_mut()(&source.path);
            read_as_script(source, limits);
        },
        &mut |source, given| {
            telling.borrow_mut()(&source.path);
            let (path, text) = (&source.path, &source.text);
            source.facts = js::facts_given(Script { path, text }, limits, given);
        },
    );
    let mut package = PackageView {
        ambiguities: ambiguities(&sources),
        own_hosts: OwnHosts::of(&manifest),
        files: sources.into_iter().map(Rc::new).collect(),
        inline: Vec::new(),
        uses_network: false,
        names_strangers: OnceCell::new(),
        manifest,
        archive: package.archive.clone(),
        incomplete: package.incomplete.clone(),
        confusion: package.confusion.clone(),
    };
    package.inline = inline(&package, limits, progress);
    let uses_network = package.sources().any(|file| reach::uses_network(file));
    package.uses_network = uses_network;
    package
}

/// What readers of `package.json` may take differently of what is installed and run.
fn ambiguities(sources: &[Source]) -> Vec<String> {
    const FIELDS: [&str; 7] = [
        "name",
        "version",
        "scripts",
        "dependencies",
        "optionalDependencies",
        "bin",
        "main",
    ];
    let mut found = Vec::new();
    for file in sources.iter().filter(|file| file.path == "package.json") {
        let Ok(manifest) = PackageJson::parse(&file.bytes) else {
            continue;
        };
        for problem in &manifest.problems {
            let field = problem.field.split('.').next().unwrap_or_default();
            if problem.kind == ProblemKind::DuplicateKey && FIELDS.contains(&field) {
                found.push(problem.to_string());
            }
        }
    }
    found
}

/// Code on the command lines of install scripts.
fn inline(
    package: &PackageView,
    limits: &Limits,
    progress: &mut dyn FnMut(&str),
) -> Vec<Rc<Source>> {
    let mut sources = Vec::new();
    for (name, line) in package.manifest.install_scripts() {
        for step in command::read(line).steps {
            let runs = matches!(step.program.as_str(), "node" | "nodejs" | "bun");
            let mut args = step.args.iter();
            let flag =
                args.find(|arg| matches!(arg.as_str(), "-e" | "--eval" | "-p" | "--print" | "-pe"));
            let (true, Some(_), Some(code)) = (runs, flag, args.next()) else {
                continue;
            };
            progress("package.json");
            let bytes = bytes::Bytes::copy_from_slice(code.as_bytes());
            let mut source = Source::new(
                "package.json".to_owned(),
                bytes,
                Kind::Script,
                code.as_str().into(),
            );
            source.facts = facts("inline.js", code, limits);
            source.phase = Phase::Install;
            source.stands_at = Some(package.manifest_place(&["scripts", name]));
            sources.push(Rc::new(source));
        }
    }
    sources
}

fn source(file: &File, limits: &Limits) -> Source {
    let kind = kind::of(&file.path, &file.bytes);
    let text = if kind.is_text() {
        text(&file.bytes)
    } else {
        ByteString::default()
    };
    let mut source = Source::new(file.path.clone(), file.bytes.clone(), kind, text);
    source.disputed = file.disputed;
    match kind {
        Kind::Script => source.facts = facts(&source.path, &source.text, limits),
        Kind::Markup | Kind::Svg => source.facts = facts_of_blocks(&source, limits),
        _ => {}
    }
    source
}

/// Shares the file's memory where its bytes are the text as they are.
fn text(bytes: &Bytes) -> ByteString {
    match kind::text(bytes) {
        Cow::Borrowed(text) => match ByteString::try_from(bytes.slice_ref(text.as_bytes())) {
            Ok(shared) => shared,
            Err(_) => text.into(),
        },
        Cow::Owned(text) => text.into(),
    }
}

fn facts(path: &str, text: &str, limits: &Limits) -> Facts {
    js::facts(Script { path, text }, limits)
}

/// Something runs it as a script although it looks like something else. It stays what it was if it cannot be one.
fn read_as_script(source: &mut Source, limits: &Limits) {
    let text = text(&source.bytes);
    let facts = facts(&source.path, &text, limits);
    if facts.hits.iter().any(|hit| hit.kind == HitKind::Syntax) {
        return;
    }
    let mut read = Source::new(
        source.path.clone(),
        source.bytes.clone(),
        Kind::Script,
        text,
    );
    read.disputed = source.disputed;
    read.loaded = source.loaded;
    read.facts = facts;
    *source = read;
}

/// The scripts within markup. They are parsed with the rest of the file blanked out, so that spans are the file's.
fn facts_of_blocks(source: &Source, limits: &Limits) -> Facts {
    let blocks = kind::blocks(&source.text);
    if blocks.is_empty() {
        return Facts::default();
    }
    let mut text = String::with_capacity(source.text.len());
    let mut at = 0;
    let blank = |text: &mut String, from: usize, until: usize| {
        for byte in source.text.as_bytes().get(from..until).unwrap_or_default() {
            text.push(if *byte == b'\n' { '\n' } else { ' ' });
        }
    };
    for block in &blocks {
        let (start, end) = (block.start, block.end);
        if start < at {
            continue;
        }
        blank(&mut text, at, start);
        text.push_str(source.text.get(start..end).unwrap_or_default());
        // One that ends without a semicolon must not run into the next.
        at = end;
        if source.text.as_bytes().get(end) == Some(&b'<') {
            text.push(';');
            at += 1;
        }
    }
    blank(&mut text, at, source.text.len());
    let mut facts = facts("blocks.tsx", &text, limits);
    // Templates may hold what is no script on its own; nothing of the file is run by npm or Node.
    facts.hits.retain(|hit| hit.kind != HitKind::Syntax);
    facts
}

/// What was not inspected to its end, of the archive and of every file.
pub(super) fn incomplete(package: &PackageView) -> impl Iterator<Item = Incomplete> {
    let archive = package.incomplete.iter().map(|why| Incomplete {
        file: None,
        why: why.clone(),
        matters: true,
    });
    let files = package.files.iter().flat_map(|file| {
        file.facts.hits.iter().map(|hit| Incomplete {
            file: Some(file.path.clone()),
            why: hit.why.to_string(),
            matters: matters(file, hit.kind),
        })
    });
    archive.chain(files)
}

/// A file that no one can parse does not run, unless somebody else's parser can: it matters where it would be run.
pub(crate) fn matters(file: &Source, kind: HitKind) -> bool {
    if kind != HitKind::Syntax {
        return file.phase < Phase::Test || file.phase == Phase::Unreachable;
    }
    // Made into a script by whoever reads it: `import <%= name %> from …`.
    let template = !file.loaded && (file.text.contains("<%") || file.text.contains("{{"));
    file.phase < Phase::Test && !template
}
