//! Packages that files import and no manifest declares: they are there because something else brings them.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::PackageName;
use lazaret_npm::lockfile::Source;
use lazaret_npm::lockfile::json::{self, Dialect};
use serde::Serialize;

use super::mentions::package_of;
use super::uses::Evidence;
use super::{Known, Request, builtins, path_of, shown};
use crate::files::split;

/// Places that are told of one package.
const MOST_PLACES: usize = 3;

/// Packages that are named as bringing it.
const MOST_BRINGERS: usize = 5;

/// One package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Undeclared {
    pub name: String,
    /// The manifest that should declare it.
    pub manifest: String,
    pub places: Vec<Evidence>,
    /// `name@version` of what brings it; `unknown` if the lockfile has nothing of that name.
    pub comes_with: Known<Vec<String>>,
}

pub(super) fn of(request: &Request<'_>) -> Vec<Undeclared> {
    let project = request.project;
    let manifests = &project.manifests;
    let declared: Vec<BTreeSet<&str>> = manifests
        .iter()
        .map(|(manifest, _)| {
            manifest
                .declared
                .iter()
                .map(|asked| asked.name.as_str())
                .collect()
        })
        .collect();
    let root = manifests
        .iter()
        .position(|(manifest, _)| manifest.path.is_empty());
    let own_names: BTreeSet<&str> = manifests
        .iter()
        .filter_map(|(manifest, _)| Some(manifest.name.as_ref()?.as_str()))
        .collect();
    let own_paths = OwnPaths::of(request);
    let mut found: BTreeMap<(usize, &str), Vec<Evidence>> = BTreeMap::new();
    for (path, file) in request.imports {
        let around = manifests.iter().enumerate().filter(|(_, (manifest, _))| {
            let rest = path.strip_prefix(manifest.path.as_str());
            manifest.path.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
        });
        let Some((owner, _)) = around.max_by_key(|(_, (manifest, _))| manifest.path.len()) else {
            continue;
        };
        let of_root = root.map(|root| &declared[root]);
        for (specifier, line) in &file.imports {
            let Some(name) = package_of(specifier) else {
                continue;
            };
            let types = format!("@types/{}", name.trim_start_matches('@').replace('/', "__"));
            let is_declared = [Some(&declared[owner]), of_root]
                .into_iter()
                .flatten()
                .any(|names| names.contains(name) || names.contains(types.as_str()));
            if is_declared
                || own_names.contains(name)
                || builtins::is_builtin(specifier)
                || PackageName::parse(name).is_err()
                || name.starts_with('~')
                || own_paths.has(specifier)
            {
                continue;
            }
            let places = found.entry((owner, name)).or_default();
            if places.len() < MOST_PLACES {
                places.push(Evidence {
                    by: "import",
                    file: path.clone(),
                    line: *line,
                    text: shown(specifier),
                });
            }
        }
    }
    let told = found.into_iter().map(|((owner, name), places)| Undeclared {
        name: name.to_owned(),
        manifest: path_of(&manifests[owner].0.path),
        places,
        comes_with: comes_with(request, name),
    });
    told.collect()
}

fn comes_with(request: &Request<'_>, name: &str) -> Known<Vec<String>> {
    let lockfile = &request.project.lockfile;
    let is_there = lockfile.packages().any(|entry| entry.imported_as() == name);
    if !is_there {
        return Known::Unknown {
            why: "the lockfile has nothing of this name: the build may know it by another"
                .to_owned(),
        };
    }
    let bringers = lockfile.entries.iter().filter(|entry| {
        let mut asked = entry.dependencies.iter();
        entry.source != Source::Workspace && asked.any(|asked| *asked.name == *name)
    });
    let ids: BTreeSet<String> = bringers.map(lazaret_npm::Locked::id).collect();
    Known::Found {
        value: ids.into_iter().take(MOST_BRINGERS).collect(),
    }
}

/// Names that look like packages and are the project's own files: `paths` of TypeScript, folders that a base is set to.
struct OwnPaths<'a> {
    /// What stands before and after the `*`.
    patterns: Vec<(String, String)>,
    /// Folders and files without their endings, below the root and below each `src`.
    roots: BTreeSet<&'a str>,
}

impl<'a> OwnPaths<'a> {
    fn of(request: &Request<'a>) -> Self {
        let mut patterns = Vec::new();
        for file in &request.sources.files {
            let name = split(&file.path).1;
            let is_typescript = name.starts_with("tsconfig") || name.starts_with("jsconfig");
            if !is_typescript || !name.ends_with(".json") {
                continue;
            }
            let Ok(text) = str::from_utf8(&file.bytes) else {
                continue;
            };
            let Ok(root) = json::parse(text, Dialect::Comments) else {
                continue;
            };
            let options = root.get("compilerOptions");
            let paths = options.and_then(|options| options.get("paths"));
            for field in paths.map_or(&[][..], |paths| paths.fields()) {
                let (before, after) = field.key.split_once('*').unwrap_or((&field.key, ""));
                patterns.push((before.to_owned(), after.to_owned()));
            }
        }
        let mut roots = BTreeSet::new();
        for path in &request.sources.names {
            let mut rest = path.as_str();
            // The first step below the root, and below every folder that bases are set to.
            loop {
                let first = rest.split('/').next().unwrap_or(rest);
                let stem = first.split_once('.').map_or(first, |(stem, _)| stem);
                roots.insert(if rest.contains('/') { first } else { stem });
                match rest.find("src/") {
                    Some(at) => rest = &rest[at + "src/".len()..],
                    None => break,
                }
            }
        }
        Self { patterns, roots }
    }

    fn has(&self, specifier: &str) -> bool {
        let by_pattern = self.patterns.iter().any(|(before, after)| {
            let rest = specifier.strip_prefix(before.as_str());
            match before.is_empty() && after.is_empty() {
                // A lone `*` is for whatever is found there.
                true => false,
                false => rest.is_some_and(|rest| rest.ends_with(after.as_str())),
            }
        });
        let first = specifier.split('/').next().unwrap_or(specifier);
        by_pattern || self.roots.contains(first)
    }
}
