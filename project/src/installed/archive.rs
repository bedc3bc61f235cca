//! Yarn's archives, where its Plug'n'Play reads packages from: zip files with one package each.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use lazaret_npm::package_json::PACKAGE_JSON_LIMIT;

use super::{Installed, Lies, folders_in};

/// Files of yarn's that say where its archives are, beside the lockfile.
const MAPS: &[&str] = &[".pnp.cjs", ".pnp.data.json"];

/// Largest of them that is read, in bytes.
const MAP_LIMIT: u64 = 64 << 20;

/// Largest archive that is opened, in bytes.
const ARCHIVE_LIMIT: u64 = 512 << 20;

/// Most folders that a virtual path leads up.
const DEPTH_LIMIT: usize = 64;

/// Files of one archive that are counted.
const FILES_LIMIT: usize = 200_000;

impl Installed {
    /// Those that lie in the project, and those that its map names.
    pub(super) fn archives(&mut self, root: &Path) {
        for folder in folders_in(&root.join(".yarn/unplugged"), &mut self.unread) {
            self.folder(&folder.join("node_modules"));
        }
        let mut archives: Vec<PathBuf> = Vec::new();
        if let Ok(entries) = std::fs::read_dir(root.join(".yarn/cache")) {
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            archives.extend(paths.filter(|path| path.extension().is_some_and(|end| end == "zip")));
        }
        for map in MAPS {
            archives.extend(named_in(root, &root.join(map)));
        }
        archives.sort();
        archives.dedup();
        for path in archives {
            if let Err(why) = self.archive(&path) {
                self.unread.push((path.display().to_string(), why));
            }
        }
    }

    fn archive(&mut self, path: &Path) -> Result<(), String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        if size > ARCHIVE_LIMIT {
            return Err(format!("it has more than {ARCHIVE_LIMIT} bytes"));
        }
        let mut zip = zip::ZipArchive::new(file).map_err(|error| error.to_string())?;
        if zip.len() > FILES_LIMIT {
            return Err(format!("it has more than {FILES_LIMIT} files"));
        }
        let (mut bytes, mut manifest, mut has_gyp) = (0_u64, None, false);
        for index in 0..zip.len() {
            let file = zip.by_index_raw(index).map_err(|error| error.to_string())?;
            bytes = bytes.saturating_add(file.size());
            let name = file.name().map_err(|error| error.to_string())?;
            match inner(&name) {
                Some("package.json") => manifest = Some(index),
                Some("binding.gyp") => has_gyp = true,
                _ => {}
            }
        }
        let Some(index) = manifest else {
            return Ok(());
        };
        let mut text = Vec::new();
        zip.by_index(index)
            .map_err(|error| error.to_string())?
            .take(PACKAGE_JSON_LIMIT as u64 + 1)
            .read_to_end(&mut text)
            .map_err(|error| error.to_string())?;
        self.add(&text, has_gyp, Lies::Archive(bytes));
        Ok(())
    }
}

/// `package.json` of `node_modules/@scope/name/package.json`; nothing for files further down.
fn inner(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("node_modules/")?;
    let (first, rest) = rest.split_once('/')?;
    let rest = match first.starts_with('@') {
        true => rest.split_once('/')?.1,
        false => rest,
    };
    (!rest.contains('/')).then_some(rest)
}

/// Archives that a map names as the places of packages. It is a program, of which only these texts are read.
fn named_in(root: &Path, map: &Path) -> Vec<PathBuf> {
    let Ok(file) = File::open(map) else {
        return Vec::new();
    };
    let mut text = String::new();
    if file.take(MAP_LIMIT).read_to_string(&mut text).is_err() {
        return Vec::new();
    }
    let key = "\"packageLocation\":";
    let places = text.match_indices(key).filter_map(|(at, _)| {
        let rest = text.get(at + key.len()..)?.trim_start().strip_prefix('"')?;
        let place = rest.get(..rest.find('"')?)?;
        let end = place.find(".zip/")? + ".zip".len();
        Some(root.join(real(place.get(..end)?)?))
    });
    places.collect()
}

/// What `folder/__virtual__/<hash>/<n>/rest` stands for: `rest`, seen from n folders above `folder`. A package that is there for
/// several sets of peers has one such path for each; nothing lies there on the disk. By the lexicon of yarn's documentation.
fn real(path: &str) -> Option<PathBuf> {
    let parts: Vec<&str> = path.split('/').collect();
    let is_virtual = |part: &&str| ["__virtual__", "$$virtual"].contains(part);
    let Some(at) = parts.iter().position(is_virtual) else {
        return Some(PathBuf::from(path));
    };
    let up: usize = parts.get(at + 2)?.parse().ok()?;
    if up > DEPTH_LIMIT {
        return None;
    }
    let mut real: PathBuf = match path.starts_with('/') {
        true => PathBuf::from("/"),
        false => PathBuf::new(),
    };
    real.extend(parts.get(..at)?);
    for _ in 0..up {
        let is_folder = matches!(real.components().next_back(), Some(Component::Normal(_)));
        match is_folder {
            true => drop(real.pop()),
            false => real.push(".."),
        }
    }
    real.extend(parts.get(at + 3..)?);
    Some(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_paths_stand_for_real_ones() {
        for (path, expected) in [
            ("./.yarn/cache/a.zip", Some("./.yarn/cache/a.zip")),
            (
                "./.yarn/__virtual__/a-virtual-0f/0/cache/a.zip",
                Some(".yarn/cache/a.zip"),
            ),
            (
                "./.yarn/__virtual__/a-virtual-0f/1/far/a.zip",
                Some("far/a.zip"),
            ),
            (
                "./.yarn/__virtual__/a-virtual-0f/3/far/a.zip",
                Some("../../far/a.zip"),
            ),
            (
                "/b/.yarn/$$virtual/a-virtual-0f/1/c/a.zip",
                Some("/b/c/a.zip"),
            ),
            ("./.yarn/__virtual__/a-virtual-0f/99999999999/a.zip", None),
            ("./.yarn/__virtual__/a-virtual-0f/x/a.zip", None),
            ("./.yarn/__virtual__/a.zip", None),
        ] {
            let root = Path::new("/ship");
            let real = real(path).map(|path| root.join(path));
            assert_eq!(real, expected.map(|path| root.join(path)), "{path}");
        }
    }
}
