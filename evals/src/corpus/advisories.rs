//! Versions that OSV records call malicious: a benign corpus must not have them.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[derive(Deserialize)]
struct Record {
    id: String,
    #[serde(default)]
    affected: Vec<Affected>,
    #[serde(default)]
    database_specific: Value,
}

#[derive(Deserialize)]
struct Affected {
    package: Package,
    #[serde(default)]
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    ecosystem: String,
    name: String,
}

pub(super) fn malicious(folder: &Path) -> Result<BTreeSet<(String, String)>> {
    let mut versions = BTreeSet::new();
    collect(folder, &mut versions)?;
    Ok(versions)
}

fn collect(folder: &Path, versions: &mut BTreeSet<(String, String)>) -> Result<()> {
    let at = || folder.display().to_string();
    for entry in fs::read_dir(folder).with_context(at)? {
        let path = entry.with_context(at)?.path();
        if path.is_dir() {
            collect(&path, versions)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let at = || path.display().to_string();
            let record: Record = serde_json::from_slice(&fs::read(&path)?).with_context(at)?;
            if record.is_of_malice() {
                versions.extend(record.versions());
            }
        }
    }
    Ok(())
}

impl Record {
    /// OSV's own series, or an advisory of the weakness "embedded malicious code".
    fn is_of_malice(&self) -> bool {
        let weaknesses = self
            .database_specific
            .get("cwe_ids")
            .and_then(Value::as_array);
        self.id.starts_with("MAL-")
            || weaknesses.is_some_and(|all| all.iter().any(|one| one == "CWE-506"))
    }

    fn versions(self) -> impl Iterator<Item = (String, String)> {
        let npm = self
            .affected
            .into_iter()
            .filter(|one| one.package.ecosystem == "npm");
        npm.flat_map(|one| {
            let name = one.package.name;
            one.versions
                .into_iter()
                .map(move |version| (name.clone(), version))
        })
    }
}
