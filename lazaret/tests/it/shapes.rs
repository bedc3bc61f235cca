//! Attacks of the past as inert packages, out of the folders that the inspector is measured with: a good version, and an
//! update with the shape of what was done to a package like it.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use lazaret_testing::{Npm, Release};
use serde_json::Value;

use crate::harness::files_under;

/// September 2025: a postinstall script runs a large bundle that collects secrets and publishes itself.
pub(crate) const WORM: &str = "shai-hulud-2025-09";
/// March 2026: the code is as before, and one new dependency is there only to be installed.
pub(crate) const PHANTOM: &str = "axios-2026-03";
/// June 2026: no script at all, but a `binding.gyp` that runs a file.
pub(crate) const GYP: &str = "phantom-gyp-2026-06";
/// May 2026: an optional dependency on a git repository, whose `prepare` npm runs.
pub(crate) const GIT: &str = "tanstack-2026-05";

/// A package of such a folder.
pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) before: Version,
    pub(crate) after: Version,
}

/// One of its versions.
pub(crate) struct Version {
    pub(crate) number: String,
    manifest: Value,
    files: BTreeMap<String, Vec<u8>>,
}

/// So many days ago: 10 is past every cooldown and too young for anything to be forgiven.
pub(crate) fn days_ago(days: i64) -> String {
    (Timestamp::now() - SignedDuration::from_hours(24 * days)).to_string()
}

impl Shape {
    /// Reads a folder of `evals/fixtures/tuned`.
    pub(crate) fn read(folder: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../evals/fixtures/tuned")
            .join(folder);
        let after = Version::read(&folder.join("after"));
        Self {
            name: after.manifest["name"].as_str().unwrap().to_owned(),
            before: Version::read(&folder.join("before")),
            after,
        }
    }

    /// On a registry: the good version for years, the update for 10 days. What they depend on is there, too; what only the
    /// update depends on is as young as the update.
    pub(crate) fn published(&self, mut npm: Npm) -> Npm {
        for (name, range) in self.after.dependencies() {
            let is_new = !self.before.dependencies().contains_key(&name);
            let published = days_ago(if is_new { 10 } else { 2000 });
            let number = range.trim_start_matches('^').to_owned();
            npm = npm.package(&name, |package| {
                package.version(&number, |release| release.published(&published))
            });
        }
        npm.package(&self.name, |package| {
            package
                .version(&self.before.number, |release| {
                    self.before
                        .packed(release)
                        .published("2024-04-18T03:00:00Z")
                })
                .version(&self.after.number, |release| {
                    self.after.packed(release).published(&days_ago(10))
                })
        })
    }

    /// The path of the update's tarball.
    pub(crate) fn tarball(&self) -> String {
        tarball(&self.name, &self.after.number)
    }
}

impl Version {
    fn read(folder: &Path) -> Self {
        let relative = |path: &Path| {
            path.strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        let files: BTreeMap<String, Vec<u8>> = files_under(folder)
            .iter()
            .map(|path| (relative(path), std::fs::read(path).unwrap()))
            .collect();
        let manifest: Value = serde_json::from_slice(&files["package.json"]).unwrap();
        Self {
            number: manifest["version"].as_str().unwrap().to_owned(),
            manifest,
            files,
        }
    }

    fn dependencies(&self) -> BTreeMap<String, String> {
        let listed = self.manifest["dependencies"].as_object();
        let entry =
            |(name, range): (&String, &Value)| Some((name.clone(), range.as_str()?.to_owned()));
        listed.into_iter().flatten().filter_map(entry).collect()
    }

    /// The same under another number.
    pub(crate) fn packed_as(&self, number: &str, release: Release) -> Release {
        let mut manifest = self.manifest.clone();
        manifest["version"] = number.into();
        let mut files = self.files.clone();
        files.insert("package.json".to_owned(), manifest.to_string().into_bytes());
        let number = number.to_owned();
        let other = Self {
            number,
            manifest,
            files,
        };
        other.packed(release)
    }

    /// As `npm publish` would: the registry's manifest is the package's own.
    pub(crate) fn packed(&self, mut release: Release) -> Release {
        for (key, value) in self.manifest.as_object().unwrap() {
            release = release.field(key, value.clone());
        }
        for (path, bytes) in &self.files {
            release = release.file(path, bytes.clone());
        }
        release
    }
}

/// The path of a tarball.
pub(crate) fn tarball(name: &str, version: &str) -> String {
    let bare = name.rsplit('/').next().unwrap();
    format!("/{name}/-/{bare}-{version}.tgz")
}
