//! Yarn's archives, where its Plug'n'Play reads packages from: zip files with one package each.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use lazaret_npm::package_json::PACKAGE_JSON_LIMIT;

use super::{Installed, Lies, folders_in};

/// Files of yarn's that say where its archives are, beside the lockfile.
const MAPS: &[&str] = &[".pnp.cjs", ".pnp.data.json"];

/// Largest of them that is read, in bytes.
const MAP_LIMIT: u64 = 64 << 20;

/// Largest archive that is opened, in bytes.
const ARCHIVE_LIMIT: u64 = 512 << 20;

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
        Some(root.join(place.get(..end)?))
    });
    places.collect()
}
