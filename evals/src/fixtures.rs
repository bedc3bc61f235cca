//! The fixtures: inert packages in the shape of past attacks, one folder each, with what is expected of them.

use crate::inspector::{Outcome, Question};
use crate::tarball;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// What the rules were written against.
pub(crate) const TUNED: &str = "tuned";

/// What they were not: each set was opened once, for what is held at first contact.
pub(crate) const BLIND: [&str; 9] = [
    "held-back",
    "sealed",
    "unseen",
    "fresh",
    "later",
    "coming",
    "next",
    "ahead",
    "anew",
];

/// What is harmless; the others have some of these, too.
pub(crate) const BENIGN: &str = "benign";

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The incident it stands for; some need several packages.
    pub(crate) row: String,
    pub(crate) expect: Outcome,
    folder: PathBuf,
    registry: Option<Value>,
}

#[derive(Deserialize)]
struct Written {
    expect: Outcome,
    row: Option<String>,
    registry: Option<toml::Table>,
}

impl Case {
    pub(crate) fn any(set: &Path) -> bool {
        folders(set).is_ok_and(|folders| !folders.is_empty())
    }

    /// The cases of one set, in order of their names.
    pub(crate) fn all(set: &Path) -> Result<Vec<Self>> {
        let folders = folders(set).with_context(|| format!("no fixtures in {}", set.display()))?;
        ensure!(!folders.is_empty(), "no fixtures in {}", set.display());
        folders.iter().map(|folder| Self::read(folder)).collect()
    }

    fn read(folder: &Path) -> Result<Self> {
        let file = folder.join("case.toml");
        let at = || file.display().to_string();
        let written: Written =
            toml::from_str(&fs::read_to_string(&file).with_context(at)?).with_context(at)?;
        let name = folder.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        Ok(Self {
            row: written.row.unwrap_or_else(|| name.clone()),
            name,
            expect: written.expect,
            folder: folder.to_owned(),
            registry: written
                .registry
                .map(|table| json(toml::Value::Table(table))),
        })
    }

    /// The same case with other files.
    pub(crate) fn moved_to(&self, folder: PathBuf) -> Self {
        Self {
            folder,
            ..self.clone()
        }
    }

    pub(crate) fn is_attack(&self) -> bool {
        self.expect.holds()
    }

    pub(crate) fn before(&self) -> Option<PathBuf> {
        Some(self.folder.join("before")).filter(|folder| folder.is_dir())
    }

    pub(crate) fn after(&self) -> PathBuf {
        self.folder.join("after")
    }

    /// Packs it into `home`. A team gets tarballs, so tarballs are what is judged.
    pub(crate) fn pack(&self, home: &Path) -> Result<Question> {
        let place = home.join(&self.name);
        fs::create_dir_all(&place)?;
        let pack = |folder: &Path, name: &str| -> Result<PathBuf> {
            let file = place.join(name);
            fs::write(&file, tarball::of_folder(folder)?)?;
            Ok(file)
        };
        let before = self.before();
        let before = before
            .map(|folder| pack(&folder, "before.tgz"))
            .transpose()?;
        let facts = match &self.registry {
            Some(registry) => {
                let file = place.join("registry.json");
                let mut registry = registry.clone();
                if before.is_none() {
                    self.is_the_first(&mut registry)?;
                }
                fs::write(&file, serde_json::to_vec(&registry)?)?;
                Some(file)
            }
            None => None,
        };
        Ok(Question {
            before,
            after: pack(&self.after(), "after.tgz")?,
            facts,
        })
    }
}

impl Case {
    /// Without a version before it is the only one that the registry has.
    fn is_the_first(&self, registry: &mut Value) -> Result<()> {
        let file = self.after().join("package.json");
        if !file.is_file() {
            return Ok(());
        }
        let manifest: Value = serde_json::from_slice(&fs::read(file)?)?;
        let published = registry["published_after"].clone();
        if let (Some(version), Some(facts)) =
            (manifest["version"].as_str(), registry.as_object_mut())
            && published.is_string()
        {
            facts
                .entry("published")
                .or_insert_with(|| serde_json::json!({ version: published }));
        }
        Ok(())
    }
}

fn folders(set: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(set.canonicalize()?)? {
        let folder = entry?.path();
        if folder.join("case.toml").is_file() {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}

/// As JSON; a time becomes its text.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(values) => values.into_iter().map(json).collect(),
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(name, value)| (name, json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}
