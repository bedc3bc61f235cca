use std::rc::Rc;

use super::*;
use crate::facts::{Call, Facts, Import, Span};
use crate::kind;
use crate::value::Value;

fn string(text: &str) -> Value {
    Value::String(text.into())
}

/// A source, with imports taken from its lines `require a`, and calls from `call callee value value`.
fn source(path: &str, text: &str) -> Source {
    let bytes = bytes::Bytes::copy_from_slice(text.as_bytes());
    let kind = kind::of(path, &bytes);
    let mut source = Source::new(path.to_owned(), bytes, kind, text.into());
    if kind == Kind::Script {
        source.facts = facts(text);
    }
    source
}

fn facts(text: &str) -> Facts {
    let mut facts = Facts::default();
    for line in text.lines() {
        let mut words = line.split(' ');
        match words.next() {
            Some("require") => facts.imports.push(Import {
                specifier: words.next().map_or(Value::Unknown, string),
                span: Span::default(),
                function: 0,
                lazy: false,
            }),
            Some("call") => facts.calls.push(Call {
                uses: crate::api::uses(line.split(' ').nth(1).unwrap_or_default()),
                callee: words.next().unwrap_or_default().into(),
                new: false,
                args: words.map(|word| string(&word.replace('_', " "))).collect(),
                span: Span::default(),
                function: 0,
                decoded: false,
            }),
            _ => {}
        }
    }
    facts
}

fn told(manifest: &str, files: &[(&str, &str)]) -> Vec<(String, Phase)> {
    let mut sources: Vec<Source> = files
        .iter()
        .map(|(path, text)| source(path, text))
        .collect();
    let manifest = Manifest::parse(manifest);
    phases(
        &mut sources,
        &manifest,
        &mut |source| {
            source.facts = facts(&source.text);
            source.kind = Kind::Script;
        },
        &mut |_, _| {},
    );
    sources
        .into_iter()
        .map(|source| (source.path, source.phase))
        .collect()
}

#[track_caller]
fn check(manifest: &str, files: &[(&str, &str, Phase)]) {
    let given: Vec<_> = files.iter().map(|(path, text, _)| (*path, *text)).collect();
    let wanted: Vec<_> = files
        .iter()
        .map(|(path, _, phase)| ((*path).to_owned(), *phase))
        .collect();
    assert_eq!(told(manifest, &given), wanted);
}

use Phase::{Bin, Import as Imported, Install, Test, Unreachable};

#[test]
fn imports_are_followed_as_node_resolves_them() {
    check(
        r#"{"main": "lib", "exports": "./lib/index.js"}"#,
        &[
            (
                "lib/index.js",
                "require ./a\nrequire ../data\nrequire ./b.js\nrequire .",
                Imported,
            ),
            ("lib/a.js", "require ./dir/", Imported),
            ("lib/dir/package.json", r#"{"main": "it"}"#, Unreachable),
            ("lib/dir/it.cjs", "", Imported),
            ("lib/b.ts", "", Imported),
            ("data.json", "{}", Imported),
            ("lib/other.js", "require ../../outside", Unreachable),
        ],
    );
}

#[test]
fn scripts_of_installing_reach_what_they_run() {
    check(
        r#"{"exports": {}, "scripts": {"preinstall": "cd tools && node setup --now || true", "postinstall": "npm run more && ./bin/setup",
            "more": "cross-env A=1 node -r ./hook.js 'lib/x.js'", "test": "node t.js"}}"#,
        &[
            ("tools/setup.js", "require ../deep", Install),
            ("deep.js", "", Install),
            ("bin/setup", "\u{7f}ELF", Install),
            ("hook.js", "", Install),
            ("lib/x.js", "", Install),
            ("t.js", "", Test),
            ("setup.js", "", Unreachable),
        ],
    );
}

#[test]
fn runtimes_shells_and_inline_code_are_followed() {
    for command in [
        "bun run x.js",
        "bun x.js",
        "deno run -A x.js",
        "sh -c 'node x.js'",
        "node -e \"require('./x')\"",
        "bash run.sh",
        "run.cmd",
        "node .",
    ] {
        let manifest =
            serde_json::json!({"main": "x.js", "exports": {}, "scripts": {"install": command}});
        let manifest = manifest.to_string();
        let files = [
            ("package.json", manifest.as_str()),
            ("x.js", ""),
            ("run.sh", "#!/bin/sh\nnode x.js\n"),
            ("run.cmd", "@echo off\r\nnode x.js\r\n"),
        ];
        assert_eq!(told(&manifest, &files)[1].1, Install, "{command}");
    }
}

#[test]
fn a_build_description_runs_while_it_is_read() {
    check(
        r#"{"exports": "./index.js"}"#,
        &[
            ("index.js", "", Imported),
            ("binding.gyp", "{'a': '<!(node build.js)'}", Install),
            ("build.js", "", Install),
        ],
    );
}

#[test]
fn what_package_json_names_is_entered() {
    check(
        r##"{"exports": {".": [{"types": "./t.js", "node": {"import": "./a.mjs"}}], "./lib/*": "./lib/*.js", "./gone": null},
            "bin": {"x": "cli"}, "browser": {"./a.mjs": "./b.js", "fs": false}, "imports": {"#c": "./c.js"}, "man": "./man.js"}"##,
        &[
            ("a.mjs", "", Imported),
            ("b.js", "", Imported),
            ("c.js", "", Imported),
            ("cli", "require ./c\nrequire ./d", Bin),
            ("d.js", "", Bin),
            ("lib/deep/e.js", "", Imported),
            ("man.js", "", Unreachable),
            ("t.js", "", Unreachable),
        ],
    );
}

#[test]
fn without_exports_any_module_can_be_imported() {
    check(
        r#"{"main": "a.js"}"#,
        &[
            ("a.js", "", Imported),
            ("map.js", "run()", Imported),
            ("test/a.js", "require ./helper.txt", Test),
            ("test/helper.txt", "", Test),
            ("rollup.config.js", "", Test),
            ("notes.txt", "", Unreachable),
        ],
    );
}

#[test]
fn test_data_that_code_reads_runs_with_it() {
    check(
        r#"{"main": "a.js"}"#,
        &[
            ("a.js", "require ./test/data", Imported),
            ("test/data.js", "", Imported),
            ("test/other.js", "", Test),
        ],
    );
}

#[test]
fn files_that_are_evaluated_are_code() {
    check(
        r#"{"main": "a.js"}"#,
        &[
            (
                "a.js",
                "call fs.readFileSync ./blob.dat utf8\ncall eval x",
                Imported,
            ),
            ("blob.dat", "require ./next", Imported),
            ("next.js", "", Imported),
            ("read.js", "call fs.readFileSync ./plain.txt", Imported),
            ("plain.txt", "", Unreachable),
        ],
    );
}

#[test]
fn started_processes_are_followed() {
    let fork = Call {
        callee: "child_process.spawn".into(),
        uses: crate::api::uses("child_process.spawn"),
        new: false,
        args: vec![
            Value::Path("process.execPath".into()),
            Value::Array(Rc::new([Value::Concat(Rc::new([
                Value::Path("__dirname".into()),
                string("/w"),
            ]))])),
        ],
        span: Span::default(),
        function: 0,
        decoded: false,
    };
    let mut sources = [
        source(
            "lib/a.js",
            "call child_process.exec node_lib/b.js\ncall Worker ./c.js",
        ),
        source("lib/b.js", ""),
        source("lib/c.js", ""),
        source("lib/w.js", ""),
    ];
    sources[0].facts.calls.push(fork);
    let manifest = Manifest::parse(r#"{"exports": "./lib/a.js"}"#);
    phases(&mut sources, &manifest, &mut |_| {}, &mut |_, _| {});
    assert!(
        sources.iter().all(|source| source.phase == Imported),
        "{:?}",
        sources.map(|s| s.phase)
    );
}

#[test]
fn dependencies_in_the_tarball_are_found_and_their_scripts_run() {
    check(
        r#"{"name": "self", "exports": "./a.js"}"#,
        &[
            ("a.js", "require dep\nrequire self/own", Imported),
            ("own.js", "", Imported),
            (
                "node_modules/dep/package.json",
                r#"{"main": "m.js", "scripts": {"install": "node i.js"}}"#,
                Unreachable,
            ),
            ("node_modules/dep/m.js", "", Imported),
            ("node_modules/dep/i.js", "", Install),
        ],
    );
}

#[test]
fn partly_known_imports_may_mean_any_file_there() {
    let mut sources = [
        source("a.js", ""),
        source("locales/de.js", ""),
        source("locales/x/y.js", ""),
    ];
    sources[0].facts.imports.push(Import {
        specifier: Value::Concat(Rc::new([string("./locales/"), Value::Unknown])),
        span: Span::default(),
        function: 0,
        lazy: true,
    });
    let manifest = Manifest::parse(r#"{"exports": "./a.js"}"#);
    phases(&mut sources, &manifest, &mut |_| {}, &mut |_, _| {});
    assert_eq!(
        sources.map(|source| source.phase),
        [Imported, Imported, Unreachable]
    );
}

#[test]
fn circles_and_hostile_names_come_to_an_end() {
    let told = told(
        r#"{"main": "../../..", "bin": "a", "scripts": {"install": "npm run a", "a": "npm run b", "b": "npm run a && node a"}}"#,
        &[
            (
                "a.js",
                "require ./b\nrequire ././././../../..\nrequire ./a.js/",
            ),
            ("b.js", "require ./a"),
            ("", ""),
            ("x/package.json", r#"{"main": "."}"#),
        ],
    );
    assert_eq!(told[0].1, Install);
}
