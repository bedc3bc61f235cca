//! Manifest confusion: what the registry says of a version, and what its tarball says. The registry takes a manifest
//! as the publisher sends it and compares nothing, so the two can be about different code.
//!
//! Publishing rewrites manifests, and each registry client its own way, so both sides are brought into one form first.
//! Sources: normalize-package-data, @npmcli/package-json, npm-normalize-package-bin.

mod bin;
mod git;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{PackageJson, PackageJsonError, Pairs};
use crate::Version;
use crate::text::printable_up_to;

/// Scripts that run when a package is installed; `prepare` only where it comes from git.
pub const INSTALL_SCRIPTS: [&str; 4] = ["preinstall", "install", "postinstall", "prepare"];

/// What npm runs for a package with a `binding.gyp` and no install script.
const GYP: &str = "node-gyp rebuild";

/// Fields that only full manifests have. Abbreviated ones say nothing of scripts but that there are some.
const FULL: [&str; 6] = [
    "_id",
    "scripts",
    "description",
    "maintainers",
    "_npmUser",
    "main",
];

/// One thing that the two say differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `scripts.postinstall`, `dependencies.chalk`, `bin.run`, `version`.
    pub field: String,
    /// In the registry's manifest.
    pub registry: Option<String>,
    /// In the `package.json` of the tarball.
    pub tarball: Option<String>,
}

impl Difference {
    /// The tarball has something that the registry does not show at all.
    pub fn is_hidden(&self) -> bool {
        self.registry.is_none()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| match value {
            Some(value) => format!("\"{}\"", printable_up_to(value, 120)),
            None => "nothing".to_owned(),
        };
        let (registry, tarball) = (shown(&self.registry), shown(&self.tarball));
        let field = printable_up_to(&self.field, 120);
        write!(
            out,
            "{field}: the registry says {registry}, the tarball {tarball}"
        )
    }
}

/// What the tarball's `package.json` says otherwise than `manifest`, the JSON text of the registry's. `has_gyp`: there
/// is a `binding.gyp` beside the `package.json`.
pub fn differences(
    tarball: &PackageJson,
    has_gyp: bool,
    manifest: &str,
) -> Result<Vec<Difference>, PackageJsonError> {
    let registry = PackageJson::parse(manifest.as_bytes())?;
    let mut found = Found::default();
    found.compare("name", trimmed(&registry.name), trimmed(&tarball.name));
    found.compare("version", version(&registry), version(tarball));
    scripts(&mut found, &registry, tarball, has_gyp);
    let theirs = Dependencies::of(&registry);
    let ours = Dependencies::of(tarball);
    found.maps("dependencies", &theirs.required, &ours.required);
    found.maps("optionalDependencies", &theirs.optional, &ours.optional);
    found.maps("peerDependencies", &theirs.peer, &ours.peer);
    found.compare("bundleDependencies", theirs.bundled(), ours.bundled());
    bin::compare(&mut found, &registry, tarball);
    Ok(found.differences)
}

#[derive(Default)]
struct Found {
    differences: Vec<Difference>,
}

impl Found {
    fn compare(&mut self, field: &str, registry: Option<String>, tarball: Option<String>) {
        if registry != tarball {
            self.differences.push(Difference {
                field: field.to_owned(),
                registry,
                tarball,
            });
        }
    }

    fn maps(
        &mut self,
        field: &str,
        registry: &BTreeMap<String, String>,
        tarball: &BTreeMap<String, String>,
    ) {
        let names: BTreeSet<&String> = registry.keys().chain(tarball.keys()).collect();
        for name in names {
            let (theirs, ours) = (registry.get(name).cloned(), tarball.get(name).cloned());
            self.compare(&format!("{field}.{name}"), theirs, ours);
        }
    }
}

fn trimmed(text: &Option<String>) -> Option<String> {
    text.as_deref().map(|text| text.trim().to_owned())
}

/// As npm writes versions: without `v` or `=` before and build data behind.
fn version(package: &PackageJson) -> Option<String> {
    let text = package.version.as_deref()?.trim();
    let bare = text.trim_start_matches(['v', '=', ' ']);
    let bare = bare.split('+').next().unwrap_or(bare);
    Some(match Version::parse(bare) {
        Ok(version) => version.to_string(),
        Err(_) => text.to_owned(),
    })
}

fn scripts(found: &mut Found, registry: &PackageJson, tarball: &PackageJson, has_gyp: bool) {
    let script = |package: &PackageJson, name: &str| {
        let command = package.script(name)?;
        let command = without_bin_folder(command.trim());
        (!command.is_empty()).then(|| command.to_owned())
    };
    let has_own = script(tarball, "install").or_else(|| script(tarball, "preinstall"));
    let is_implied = has_gyp && has_own.is_none() && tarball.gypfile != Some(false);
    if FULL.iter().any(|field| registry.has(field)) {
        for name in INSTALL_SCRIPTS {
            let (theirs, ours) = (script(registry, name), script(tarball, name));
            // npm writes down what it would run anyway, other clients do not.
            let is_gyp = name == "install" && is_implied && theirs.as_deref() == Some(GYP);
            if !is_gyp {
                found.compare(&format!("scripts.{name}"), theirs, ours);
            }
        }
        return;
    }
    let runs = |name| script(tarball, name).is_some();
    let has_script = INSTALL_SCRIPTS[..3].iter().any(|name| runs(name));
    let says_so = registry.has_install_script == Some(true);
    if says_so != has_script && !(says_so && is_implied) {
        let (theirs, ours) = (Some(says_so.to_string()), Some(has_script.to_string()));
        found.compare("hasInstallScript", theirs, ours);
    }
}

/// npm takes off the folder of commands, which is searched anyway.
fn without_bin_folder(command: &str) -> &str {
    let inner = command.strip_prefix("./").unwrap_or(command);
    let after = inner.strip_prefix("node_modules/.bin/");
    after.unwrap_or(command)
}

struct Dependencies {
    required: BTreeMap<String, String>,
    optional: BTreeMap<String, String>,
    peer: BTreeMap<String, String>,
    bundled: BTreeSet<String>,
}

impl Dependencies {
    fn of(package: &PackageJson) -> Self {
        let optional = specs(&package.optional_dependencies);
        let mut required = specs(&package.dependencies);
        // Old publishers copied the optional ones over, newer ones take them out.
        required.retain(|name, _| !optional.contains_key(name));
        let bundled: BTreeSet<String> = package.bundle_dependencies.iter().cloned().collect();
        for name in bundled.iter().filter(|name| !optional.contains_key(*name)) {
            required
                .entry(name.clone())
                .or_insert_with(|| "*".to_owned());
        }
        Self {
            required,
            optional,
            peer: specs(&package.peer_dependencies),
            bundled,
        }
    }

    fn bundled(&self) -> Option<String> {
        let names: Vec<&str> = self.bundled.iter().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// What is wanted of each name, in one notation; of names that are there twice the last.
fn specs(pairs: &Pairs) -> BTreeMap<String, String> {
    let specs = pairs.iter().map(|(name, spec)| {
        let spec = spec.trim();
        let spec = match (spec.is_empty(), git::canonical(spec)) {
            (true, _) => "*".to_owned(),
            (false, Some(repository)) => repository,
            (false, None) => spec.to_owned(),
        };
        (name.trim().to_owned(), spec)
    });
    specs.collect()
}

#[cfg(test)]
mod tests;
