//! Dependencies that nothing in the package names.

use aho_corasick::AhoCorasick;
use serde_json::Value;
use std::collections::BTreeSet;

use crate::manifest::{Dependency, Group};
use crate::value::Value as Known;
use crate::view::PackageView;

/// Names of dependencies that installing brings and nothing uses: no script imports or names them, and no tool is
/// told of them in `package.json`. Types are used by compilers alone, and peers are for others to bring.
pub(super) fn of(package: &PackageView) -> BTreeSet<String> {
    let mut unused: BTreeSet<String> = package
        .manifest
        .installed()
        .filter(|dependency| dependency.group != Group::Peer)
        .map(|dependency: &Dependency| dependency.name.clone())
        .filter(|name| !name.is_empty() && !name.starts_with("@types/"))
        .collect();
    for file in &package.files {
        for import in &file.facts.imports {
            if let Known::String(specifier) = &import.specifier {
                unused.remove(package_of(specifier));
            }
        }
    }
    in_manifest(&package.manifest.value, &mut unused, 0);
    for command in package.manifest.scripts.values() {
        for word in command.split([' ', '"', '\'', '&', '|', ';', '=']) {
            unused.remove(word);
            unused.remove(package_of(word));
        }
    }
    in_texts(package, &mut unused);
    unused
}

/// `@scope/name` of `@scope/name/lib/x.js`.
pub(crate) fn package_of(specifier: &str) -> &str {
    let slashes = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier.match_indices('/').nth(slashes - 1);
    end.map_or(specifier, |(at, _)| &specifier[..at])
}

/// Configuration of tools in `package.json`, such as `"eslintConfig": {"extends": "name"}`.
fn in_manifest(value: &Value, unused: &mut BTreeSet<String>, depth: u32) {
    const TABLES: [&str; 8] = [
        "dependencies",
        "optionalDependencies",
        "peerDependencies",
        "devDependencies",
        "peerDependenciesMeta",
        "bundleDependencies",
        "bundledDependencies",
        "keywords",
    ];
    match value {
        Value::String(text) => {
            unused.remove(package_of(text));
        }
        Value::Array(values) => {
            for value in values {
                in_manifest(value, unused, depth + 1);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                if depth == 0 && (TABLES.contains(&name.as_str()) || name == "name") {
                    continue;
                }
                if depth > 0 {
                    unused.remove(name.as_str());
                }
                in_manifest(value, unused, depth + 1);
            }
        }
        _ => {}
    }
}

/// Names in quotes, whole or with a path behind, anywhere in what is neither documentation nor a lockfile.
fn in_texts(package: &PackageView, unused: &mut BTreeSet<String>) {
    let names: Vec<String> = unused.iter().cloned().collect();
    if names.is_empty() {
        return;
    }
    let Ok(searcher) = AhoCorasick::new(&names) else {
        return;
    };
    for file in &package.files {
        if file.path == "package.json" || is_no_code(&file.path) {
            continue;
        }
        let text = file.text.as_bytes();
        // Overlapping, as one name may lie within another.
        for found in searcher.find_overlapping_iter(text) {
            let before = found.start().checked_sub(1).map(|at| text[at]);
            let after = text.get(found.end());
            if matches!(before, Some(b'"' | b'\'' | b'`'))
                && matches!(after, Some(b'"' | b'\'' | b'`' | b'/'))
                && let Some(name) = names.get(found.pattern().as_usize())
            {
                unused.remove(name);
            }
        }
    }
}

fn is_no_code(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        name,
        "package-lock.json" | "npm-shrinkwrap.json" | "pnpm-lock.yaml" | "yarn.lock" | "bun.lock"
    ) || name.ends_with(".md")
        || name.ends_with(".map")
        || path.starts_with("node_modules/")
        || path.contains("/node_modules/")
}
