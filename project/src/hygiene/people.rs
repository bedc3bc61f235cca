//! What a registry says of a package that bears on how well it is kept: single facts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lazaret_npm::lockfile::Source;
use lazaret_npm::packument::{Entry, Packument};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Known, Request, shown};

/// What one document says, as far as it is asked for.
#[derive(Clone, Debug)]
pub enum FromRegistry {
    Told(Box<Told>),
    /// It was asked and did not answer, or has no such package.
    Unanswered(String),
}

/// What a document tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    last_release: Option<Timestamp>,
    maintainers: Option<Vec<String>>,
    repository: Option<String>,
    /// By version, those that were asked for.
    versions: BTreeMap<String, OfVersion>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfVersion {
    deprecated: Option<String>,
    commands: Vec<String>,
    has_install_script: bool,
}

/// One version with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageFacts {
    pub name: String,
    pub version: String,
    /// The project itself asks for it.
    pub direct: bool,
    /// With what its publisher says about it.
    pub deprecated: Known<String>,
    /// When its newest version was published, if that was long ago.
    pub last_release: Known<String>,
    /// Who may publish it, if that is one person.
    pub maintainers: Known<Vec<String>>,
    /// Where its source is, or that it names none.
    pub repository: Known<String>,
}

#[derive(Deserialize)]
struct Top {
    maintainers: Option<Value>,
    repository: Option<Value>,
}

impl FromRegistry {
    /// What a document says, and of these versions.
    pub fn of(document: &Packument, versions: &BTreeSet<String>) -> Self {
        let top: Option<Top> = serde_json::from_slice(document.body()).ok();
        let manifest = |entry: &Entry| -> Value {
            serde_json::from_str(document.manifest(entry)).unwrap_or_default()
        };
        // Of a document without these fields the newest version may have them.
        let newest = document
            .entries()
            .iter()
            .max_by_key(|entry| (entry.published(), entry.semver().cloned()));
        let newest = newest.map(manifest).unwrap_or_default();
        let (maintainers, repository) =
            top.map_or((None, None), |top| (top.maintainers, top.repository));
        let field = |own: Option<Value>, name: &str| match own {
            Some(value) if !value.is_null() => value,
            _ => newest[name].clone(),
        };
        let mut told = Told {
            last_release: document.entries().iter().filter_map(Entry::published).max(),
            maintainers: people(&field(maintainers, "maintainers")),
            repository: address(&field(repository, "repository")),
            versions: BTreeMap::new(),
        };
        for version in versions {
            if let Some(entry) = document.entry(version) {
                let of_version = of_version(document.name().bare(), &manifest(entry));
                told.versions.insert(version.clone(), of_version);
            }
        }
        Self::Told(Box::new(told))
    }

    fn version(&self, version: &str) -> Option<&OfVersion> {
        match self {
            Self::Told(told) => told.versions.get(version),
            Self::Unanswered(_) => None,
        }
    }

    pub(super) fn commands(&self, version: &str) -> Option<Vec<String>> {
        Some(self.version(version)?.commands.clone())
    }

    pub(super) fn has_install_script(&self, version: &str) -> Option<bool> {
        Some(self.version(version)?.has_install_script)
    }

    pub(super) fn maintainers(&self) -> Option<&[String]> {
        match self {
            Self::Told(told) => told.maintainers.as_deref(),
            Self::Unanswered(_) => None,
        }
    }
}

fn of_version(bare: &str, manifest: &Value) -> OfVersion {
    let deprecated = match &manifest["deprecated"] {
        Value::String(text) if !text.is_empty() => Some(shown(text)),
        Value::Bool(true) => Some(String::new()),
        _ => None,
    };
    let commands = match &manifest["bin"] {
        Value::Object(commands) => commands.keys().cloned().collect(),
        Value::String(_) => vec![bare.to_owned()],
        _ => Vec::new(),
    };
    let scripts = &manifest["scripts"];
    let runs = ["preinstall", "install", "postinstall"];
    OfVersion {
        deprecated,
        commands,
        has_install_script: manifest["hasInstallScript"] == true
            || runs.iter().any(|script| scripts[*script].is_string()),
    }
}

fn people(value: &Value) -> Option<Vec<String>> {
    let names = value.as_array()?.iter().filter_map(|person| {
        // Old documents have `name <address>` instead of objects.
        let text = person["name"].as_str().or_else(|| person.as_str())?;
        Some(text.split('<').next().unwrap_or(text).trim().to_owned())
    });
    let names: BTreeSet<String> = names.filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then(|| names.into_iter().collect())
}

fn address(value: &Value) -> Option<String> {
    let text = value["url"].as_str().or_else(|| value.as_str())?;
    (!text.trim().is_empty()).then(|| shown(text))
}

/// The facts of direct dependencies, or of all packages.
pub(super) fn of(request: &Request<'_>, declared: &BTreeSet<String>) -> Vec<PackageFacts> {
    let project = request.project;
    let mut found: BTreeMap<(&str, &str), (bool, bool)> = BTreeMap::new();
    for (index, entry) in project.lockfile.entries.iter().enumerate() {
        let (Source::Registry, Some(version), false) =
            (entry.source, &entry.version, entry.is_tool)
        else {
            continue;
        };
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let is_direct = project.reach.of(index).is_direct
            && (declared.contains(&*entry.name) || declared.contains(entry.imported_as()));
        let known = found.entry((&entry.name, version.as_str())).or_default();
        known.0 |= is_direct;
        known.1 |= entry.deprecated;
    }
    let is_told = |(direct, deprecated): (bool, bool)| direct || deprecated || request.all_packages;
    let told = found.into_iter().filter(|(_, flags)| is_told(*flags));
    told.map(|((name, version), (direct, deprecated))| {
        let registry = request.registry.get(name);
        facts(request, name, version, direct, deprecated, registry)
    })
    .collect()
}

fn facts(
    request: &Request<'_>,
    name: &str,
    version: &str,
    direct: bool,
    deprecated: bool,
    registry: Option<&FromRegistry>,
) -> PackageFacts {
    let nobody_asked = || "the registry was not asked".to_owned();
    let (told, why) = match registry {
        Some(FromRegistry::Told(told)) => (Some(told), String::new()),
        Some(FromRegistry::Unanswered(why)) => (None, why.clone()),
        None => (None, nobody_asked()),
    };
    let of_version = told.and_then(|told| told.versions.get(version));
    let unsaid = |what: &str| match told {
        Some(_) => format!("the registry does not say {what}"),
        None => why.clone(),
    };
    PackageFacts {
        name: name.to_owned(),
        version: version.to_owned(),
        direct,
        deprecated: match of_version {
            Some(OfVersion {
                deprecated: Some(text),
                ..
            }) => Known::Found {
                value: text.clone(),
            },
            _ if deprecated => Known::Found {
                value: "the lockfile says so".to_owned(),
            },
            Some(_) => Known::Ok { value: None },
            None => Known::Unknown {
                why: unsaid("anything of this version"),
            },
        },
        last_release: match told.and_then(|told| told.last_release) {
            Some(at) if at < request.old_before => Known::Found {
                value: at.to_string(),
            },
            Some(at) => Known::Ok {
                value: Some(at.to_string()),
            },
            None => Known::Unknown {
                why: unsaid("when versions were published"),
            },
        },
        maintainers: match told.and_then(|told| told.maintainers.clone()) {
            Some(people) if people.len() == 1 => Known::Found { value: people },
            Some(people) => Known::Ok {
                value: Some(people),
            },
            None => Known::Unknown {
                why: unsaid("who maintains it"),
            },
        },
        repository: match told {
            Some(told) => match (&told.repository, &told.maintainers) {
                (Some(address), _) => Known::Ok {
                    value: Some(address.clone()),
                },
                // A document that is whole enough to name people would name a repository, too.
                (None, Some(_)) => Known::Found {
                    value: "it names none".to_owned(),
                },
                (None, None) => Known::Unknown {
                    why: unsaid("where its source is"),
                },
            },
            None => Known::Unknown { why },
        },
    }
}
