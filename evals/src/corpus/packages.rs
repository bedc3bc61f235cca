//! The tree: every package of it as the tarball npm fetched, and unpacked.

use super::npm::Lock;
use super::{Corpus, npm_cache};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) integrity: String,
    pub(crate) packed: u64,
    pub(crate) unpacked: u64,
    pub(crate) files: u64,
    pub(crate) javascript_files: u64,
    pub(crate) javascript: u64,
}

pub(super) fn take(
    corpus: &Corpus,
    lock: &Lock,
    index: &npm_cache::Index,
    malicious: &BTreeSet<(String, String)>,
) -> Result<Vec<Package>> {
    let mut packages = Vec::new();
    let mut absent = 0;
    for (key, integrity) in lock.versions() {
        let (name, version) = &key;
        if malicious.contains(&key) {
            eprintln!("{name}@{version} is known to be malicious; left out");
            continue;
        }
        let Some(bytes) = index.tarball(name, version)? else {
            absent += 1;
            continue;
        };
        npm_cache::verify(&bytes, &integrity).with_context(|| format!("{name}@{version}"))?;
        let tarball = corpus.tarball(name, version);
        keep(&tarball, &bytes)?;
        let folder = corpus.folder(name, version);
        if !folder.is_dir() {
            unpack(&tarball, &folder)?;
        }
        let mut package = Package {
            name: name.clone(),
            version: version.clone(),
            integrity,
            packed: bytes.len() as u64,
            unpacked: 0,
            files: 0,
            javascript_files: 0,
            javascript: 0,
        };
        weigh(&folder, &mut package)?;
        packages.push(package);
    }
    if absent > 0 {
        eprintln!("{absent} packages of the tree are for other platforms and were not fetched");
    }
    Ok(packages)
}

/// Written in one step: what is there is whole.
pub(super) fn keep(path: &Path, bytes: &[u8]) -> Result<()> {
    if !path.is_file() {
        let temporary = path.with_extension("new");
        fs::write(&temporary, bytes)?;
        fs::rename(temporary, path)?;
    }
    Ok(())
}

fn unpack(tarball: &Path, folder: &Path) -> Result<()> {
    let temporary = folder.with_extension("unpacking");
    if temporary.is_dir() {
        fs::remove_dir_all(&temporary)?;
    }
    fs::create_dir_all(&temporary)?;
    let status = Command::new("tar")
        .arg("-xzf")
        .arg(tarball)
        .arg("-C")
        .arg(&temporary)
        .args([
            "--warning=no-unknown-keyword",
            "--strip-components=1",
            "--no-same-owner",
            "--delay-directory-restore",
        ])
        .status()?;
    ensure!(status.success(), "{} did not unpack", tarball.display());
    Ok(fs::rename(temporary, folder)?)
}

fn weigh(folder: &Path, package: &mut Package) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            weigh(&entry.path(), package)?;
        } else if kind.is_file() {
            let size = entry.metadata()?.len();
            package.files += 1;
            package.unpacked += size;
            if is_javascript(&entry.file_name().to_string_lossy()) {
                package.javascript_files += 1;
                package.javascript += size;
            }
        }
    }
    Ok(())
}

/// By name, for the bytes per second only. Declarations are not code.
fn is_javascript(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    ["js", "cjs", "mjs", "jsx", "ts", "cts", "mts", "tsx"].contains(&extension)
        && !stem.ends_with(".d")
}
