//! Which files a specifier or path means, as Node and bundlers look for them.

use std::collections::BTreeMap;

use super::paths::{folder, join};
use crate::source::Source;

/// As Node tries them, then as bundlers do.
const ENDINGS: &[&str] = &[
    ".js", ".json", ".node", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".mts", ".cts",
];
/// Files that one pattern or one partly known specifier may mean.
const MATCHES: usize = 2_000;

/// The files of a package by path.
pub(super) struct Files {
    /// More than one where the archive has a path twice.
    by_path: BTreeMap<String, Vec<usize>>,
    /// `main` of a `package.json` below the root, by its folder.
    mains: BTreeMap<String, String>,
    /// Some dependencies are in the tarball.
    bundled: bool,
}

impl Files {
    pub(super) fn new(sources: &[Source]) -> Self {
        let mut by_path: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut mains = BTreeMap::new();
        let mut bundled = false;
        for (at, source) in sources.iter().enumerate() {
            let path = source.path.as_str();
            by_path.entry(path.to_owned()).or_default().push(at);
            bundled |= path.starts_with("node_modules/") || path.contains("/node_modules/");
            if path == "package.json" || path.ends_with("/package.json") {
                let manifest: serde_json::Value =
                    serde_json::from_str(&source.text).unwrap_or_default();
                if let Some(main) = manifest["main"].as_str() {
                    mains.insert(folder(path).to_owned(), main.to_owned());
                }
            }
        }
        Self {
            by_path,
            mains,
            bundled,
        }
    }

    /// The files of exactly this path below the root.
    pub(super) fn exact(&self, path: &str) -> &[usize] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }

    /// What `require` or a bundler takes for `path`, seen from the folder `from`.
    pub(super) fn module(&self, from: &str, path: &str) -> &[usize] {
        let path = path.split(['?', '#']).next().unwrap_or(path);
        let Some(path) = join(from, path) else {
            return &[];
        };
        self.module_at(&path, 0)
    }

    fn module_at(&self, path: &str, depth: u8) -> &[usize] {
        let found = self.file_at(path);
        if !found.is_empty() {
            return found;
        }
        if let Some(main) = self.mains.get(path).filter(|_| depth < 4)
            && let Some(main) = join(path, main).filter(|main| main != path)
        {
            let found = self.module_at(&main, depth + 1);
            if !found.is_empty() {
                return found;
            }
        }
        match join(path, "index") {
            Some(index) => self.with_ending(&index),
            None => &[],
        }
    }

    fn file_at(&self, path: &str) -> &[usize] {
        let found = self.exact(path);
        if !found.is_empty() {
            return found;
        }
        let found = self.with_ending(path);
        if !found.is_empty() {
            return found;
        }
        // TypeScript names what a file will be called once it is compiled.
        match path.strip_suffix(".js") {
            Some(stem) => self.with_ending(stem),
            None => &[],
        }
    }

    fn with_ending(&self, path: &str) -> &[usize] {
        ENDINGS
            .iter()
            .map(|ending| self.exact(&format!("{path}{ending}")))
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    /// What is in the tarball of a dependency, for a specifier that is no path.
    pub(super) fn bundled(&self, from: &str, specifier: &str) -> &[usize] {
        if !self.bundled {
            return &[];
        }
        let mut from = from;
        loop {
            let found = self.module(from, &format!("node_modules/{specifier}"));
            if !found.is_empty() || from.is_empty() {
                return found;
            }
            from = folder(from);
        }
    }

    /// Files whose paths begin and end so; only in the folder itself if `shallow`.
    pub(super) fn between<'f>(
        &'f self,
        start: &'f str,
        end: &'f str,
        shallow: bool,
    ) -> impl Iterator<Item = usize> + 'f {
        self.by_path
            .range(start.to_owned()..)
            .take_while(move |(path, _)| path.starts_with(start))
            .filter(move |(path, _)| {
                let rest = &path[start.len()..];
                rest.len() >= end.len() && rest.ends_with(end) && !(shallow && rest.contains('/'))
            })
            .flat_map(|(_, files)| files.iter().copied())
            .take(MATCHES)
    }
}
