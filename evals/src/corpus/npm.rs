//! npm as the one that fetches: a tree as of a day, and single versions. It runs no script of any package.

use anyhow::{Context, Result, ensure};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The registry may be a small mirror: never more at the same time.
const CONNECTIONS: &str = "--maxsockets=4";

pub(crate) struct Npm {
    pub(crate) cache: PathBuf,
}

/// What `package-lock.json` says of each place in the tree.
#[derive(Deserialize)]
pub(crate) struct Lock {
    packages: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: Option<String>,
    version: Option<String>,
    integrity: Option<String>,
}

impl Npm {
    pub(crate) fn new(cache: &Path) -> Self {
        Self {
            cache: cache.to_owned(),
        }
    }

    pub(crate) fn install(
        &self,
        tree: &Path,
        roots: &BTreeSet<String>,
        before: Date,
    ) -> Result<Lock> {
        let dependencies: BTreeMap<&str, &str> =
            roots.iter().map(|root| (root.as_str(), "*")).collect();
        let project = json!({ "name": "tree", "private": true, "dependencies": dependencies });
        let project = serde_json::to_string_pretty(&project)?;
        let lock = tree.join("package-lock.json");
        // Which project and which day the tree was installed for.
        let stamp = tree.join("installed");
        let wanted = format!("{before}\n{project}\n");
        if fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) || !lock.is_file() {
            fs::write(tree.join("package.json"), project)?;
            eprintln!("npm install of {} roots as of {before}", roots.len());
            let mut command = self.command("install");
            command
                .args(["--ignore-scripts", "--legacy-peer-deps", "--prefer-offline"])
                .arg(format!("--before={before}"))
                .current_dir(tree);
            ensure!(command.status()?.success(), "npm install failed");
            fs::write(&stamp, wanted)?;
        }
        serde_json::from_slice(&fs::read(&lock)?).context("package-lock.json")
    }

    /// Puts versions into npm's cache. False: not all of them are there now.
    pub(crate) fn add(&self, wanted: &[String]) -> Result<bool> {
        let mut command = self.command("cache");
        command.arg("add").args(wanted).arg("--silent");
        Ok(command.status()?.success())
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new("npm");
        command
            .args([name, "--no-audit", "--no-fund", CONNECTIONS])
            .arg("--cache")
            .arg(&self.cache);
        command
    }
}

impl Lock {
    /// Every version once, with the integrity on record.
    pub(crate) fn versions(&self) -> BTreeMap<(String, String), String> {
        let mut versions = BTreeMap::new();
        for (place, locked) in &self.packages {
            let Some((_, installed_as)) = place.rsplit_once("node_modules/") else {
                continue;
            };
            let name = locked.name.as_deref().unwrap_or(installed_as);
            // What lies inside another package's tarball has no integrity of its own.
            if let (Some(version), Some(integrity)) = (&locked.version, &locked.integrity) {
                versions.insert((name.to_owned(), version.clone()), integrity.clone());
            }
        }
        versions
    }
}
