//! The benign corpora: a tree of popular packages and updates of them, fetched by npm and kept outside the repository.

mod advisories;
mod npm;
mod npm_cache;
mod packages;
mod pairs;

pub(crate) use packages::Package;
pub(crate) use pairs::{Pair, Spacing, Step};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where everything lies. `tarballs` has both corpora; `folders` has the tree, unpacked.
#[derive(Clone, Debug)]
pub(crate) struct Corpus {
    home: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roots {
    before: Date,
    roots: BTreeSet<String>,
}

impl Corpus {
    pub(crate) fn new(home: Option<&Path>) -> Result<Self> {
        let home = match home {
            Some(home) => home.to_owned(),
            None => caches()?.join("lazaret-evals"),
        };
        fs::create_dir_all(&home).with_context(|| home.display().to_string())?;
        Ok(Self {
            home: home.canonicalize()?,
        })
    }

    pub(crate) fn tarball(&self, name: &str, version: &str) -> PathBuf {
        let file = format!("{}.tgz", file_name(name, version));
        self.home.join("tarballs").join(file)
    }

    pub(crate) fn folder(&self, name: &str, version: &str) -> PathBuf {
        self.home.join("folders").join(file_name(name, version))
    }

    pub(crate) fn tools(&self) -> PathBuf {
        self.home.join("tools")
    }

    pub(crate) fn packages(&self) -> Result<Vec<Package>> {
        self.read("packages.json")
    }

    pub(crate) fn pairs(&self) -> Result<Vec<Pair>> {
        self.read("pairs.json")
    }

    /// Fetches what is missing; run again, it goes on where it stopped.
    pub(crate) fn build(&self, roots: &Path, osv: Option<&Path>) -> Result<()> {
        let at = || roots.display().to_string();
        let roots: Roots =
            toml::from_str(&fs::read_to_string(roots).with_context(at)?).with_context(at)?;
        let npm = npm::Npm::new(&self.home.join("npm"));
        for folder in ["tree", "tarballs", "folders"] {
            fs::create_dir_all(self.home.join(folder))?;
        }
        let malicious = match osv {
            Some(folder) => advisories::malicious(folder)?,
            None => BTreeSet::new(),
        };
        let lock = npm.install(&self.home.join("tree"), &roots.roots, roots.before)?;
        let index = npm_cache::Index::read(&npm.cache)?;

        let packages = packages::take(self, &lock, &index, &malicious)?;
        self.write("packages.json", &packages)?;
        eprintln!("{} packages", packages.len());

        let until = roots.before.to_zoned(TimeZone::UTC)?.timestamp();
        let picked = self.picked(&packages, &index, &malicious, until)?;
        let pairs = pairs::fetch(self, &npm, picked)?;
        self.write("pairs.json", &pairs)?;
        eprintln!("{} updates", pairs.len());
        Ok(())
    }

    /// Picked once and kept: fetching the pairs changes what npm's cache knows of their packages.
    fn picked(
        &self,
        packages: &[Package],
        index: &npm_cache::Index,
        malicious: &BTreeSet<(String, String)>,
        until: Timestamp,
    ) -> Result<Vec<Pair>> {
        if self.home.join("picked.json").is_file() {
            return self.read("picked.json");
        }
        let names: BTreeSet<&str> = packages
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        let picked = pairs::pick(&names, index, malicious, until)?;
        self.write("picked.json", &picked)?;
        Ok(picked)
    }

    fn read<T: DeserializeOwned>(&self, file: &str) -> Result<T> {
        let path = self.home.join(file);
        ensure!(
            path.is_file(),
            "{} is not there: run `lazaret-evals corpus` first",
            path.display()
        );
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }

    fn write<T: Serialize>(&self, file: &str, what: &T) -> Result<()> {
        let temporary = self.home.join(format!("{file}.new"));
        fs::write(&temporary, serde_json::to_vec_pretty(what)?)?;
        Ok(fs::rename(temporary, self.home.join(file))?)
    }
}

fn caches() -> Result<PathBuf> {
    if let Some(caches) = std::env::var_os("XDG_CACHE_HOME").filter(|caches| !caches.is_empty()) {
        return Ok(caches.into());
    }
    let home = std::env::var_os("HOME").context("no HOME: say --cache")?;
    Ok(PathBuf::from(home).join(".cache"))
}

fn file_name(name: &str, version: &str) -> String {
    format!("{}@{version}", name.replace('/', "+"))
}
