//! New dependencies that an update brings: inspected soon after it, so that whoever decides about it, or gets it when its
//! cooldown ends, knows what comes with it.

use std::sync::Arc;

use lazaret_inspector::history;
use lazaret_npm::packument::{Entry, Packument};
use lazaret_npm::{PackageName, Range};
use lazaret_policy::Outcome;
use serde_json::Value;

use crate::mirror::{Listing, Loaded, Mirror, TarballKey};

/// New dependencies looked at: more than that are a finding by themselves.
const MOST: usize = 8;

/// Longest range that is read.
const RANGE: usize = 256;

/// A dependency that a version newly asks for.
pub(crate) struct Brought {
    pub(crate) name: PackageName,
    /// As the manifest has it.
    pub(crate) range: String,
    /// What it resolves to here, with the document that it is in.
    pub(crate) resolved: Option<(Arc<Loaded>, usize)>,
}

impl Brought {
    /// The version that it resolves to.
    pub(crate) fn version(&self) -> Option<&str> {
        let (loaded, index) = self.resolved.as_ref()?;
        Some(loaded.packument.entries()[*index].version())
    }

    /// The verdict on that: its outcome, and why it is held.
    pub(crate) fn verdict(&self) -> (Outcome, Option<&str>) {
        let verdict = self.resolved.as_ref().and_then(|(loaded, index)| {
            let judged = &loaded.listing.judged[*index];
            judged.verdict.as_deref()
        });
        match verdict {
            Some(verdict) => {
                let reason = verdict.headline().map(|reason| &*reason.text);
                (
                    verdict.outcome,
                    reason.filter(|_| verdict.outcome.is_held()),
                )
            }
            None => (Outcome::Allow, None),
        }
    }

    pub(crate) fn was_inspected(&self) -> bool {
        self.resolved
            .as_ref()
            .is_some_and(|(loaded, index)| loaded.listing.judged[*index].was_inspected())
    }
}

impl Mirror {
    /// What a version asks for that the version `before` did not, with what that resolves to. What cannot be had stays
    /// unresolved.
    pub(crate) async fn brought(
        self: &Arc<Self>,
        loaded: &Loaded,
        before: &str,
        version: &str,
    ) -> Vec<Brought> {
        let packument = &loaded.packument;
        let (Some(before), Some(after)) = (packument.entry(before), packument.entry(version))
        else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for (name, range) in asked_newly(packument, before, after) {
            // Only what is known to be public: an internal name is refused in there.
            let resolved = match self.recent(&name).await {
                Ok(loaded) => {
                    let index = resolve(&loaded, &range);
                    index.map(|index| (loaded, index))
                }
                Err(_) => None,
            };
            all.push(Brought {
                name,
                range,
                resolved,
            });
        }
        all
    }

    /// Has what an update brings inspected soon.
    pub(super) async fn inspect_brought(self: Arc<Self>, key: TarballKey, before: String) {
        let (name, version) = &key;
        let Ok(loaded) = self.recent(name).await else {
            return;
        };
        for brought in self.brought(&loaded, &before, version).await {
            if brought.was_inspected() || brought.verdict().0 == Outcome::Block {
                continue;
            }
            if let Some(resolved) = brought.version() {
                self.inspect_soon(&(brought.name.clone(), resolved.into()))
                    .await;
            }
        }
    }
}

/// The names and ranges of new dependencies.
fn asked_newly(packument: &Packument, before: &Entry, after: &Entry) -> Vec<(PackageName, String)> {
    let manifest: Value = serde_json::from_str(packument.manifest(after)).unwrap_or_default();
    let range_of = |name: &str| {
        let mut tables = ["dependencies", "optionalDependencies", "peerDependencies"].iter();
        tables.find_map(|table| manifest[*table][name].as_str().map(str::to_owned))
    };
    let added = history::added(packument, Some(before), after).into_iter();
    added
        .filter_map(|name| {
            let range = range_of(&name).filter(|range| range.len() <= RANGE)?;
            // Another package under this name.
            if let Some(alias) = range.strip_prefix("npm:") {
                let at = alias.rfind('@').filter(|at| *at > 0)?;
                let name = PackageName::parse(&alias[..at]).ok()?;
                return Some((name, alias[at + 1..].to_owned()));
            }
            Some((PackageName::parse(&name).ok()?, range))
        })
        .take(MOST)
        .collect()
}

/// What clients resolve a range to: `latest` if it is in it, else the highest version that nothing holds; of versions that
/// are all held, the highest.
fn resolve(loaded: &Loaded, range: &str) -> Option<usize> {
    let packument = &loaded.packument;
    let listing: &Listing = &loaded.listing;
    if let Some((_, version)) = listing.tags.iter().find(|(tag, _)| tag == range) {
        return packument.position(version);
    }
    let range = Range::parse(range).ok()?;
    let fits = |index: &usize| {
        let semver = packument.entries()[*index].semver();
        semver.is_some_and(|semver| range.satisfies(semver))
    };
    let latest = listing.tags.iter().find(|(tag, _)| tag == "latest");
    let latest = latest.and_then(|(_, version)| packument.position(version));
    latest.filter(fits).or_else(|| {
        let all = (0..packument.entries().len()).filter(fits);
        all.max_by_key(|index| {
            let is_free = !listing.judged[*index].is_held();
            (is_free, packument.entries()[*index].semver())
        })
    })
}
