//! Whether a version is malicious: asked of the campaigns and of the advisories.

use lazaret_npm::{PackageName, Version};
use lazaret_policy::advisory::PLACEHOLDER;
use lazaret_policy::{Affects, Kind};

use super::Request;

/// What is known of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) campaign: Option<Box<str>>,
    pub(super) advisory: Option<Box<str>>,
    /// Nothing names this very version: an advisory may mean it.
    pub(super) is_suspected: bool,
}

impl Request<'_> {
    /// Whether anything is known of a package: nearly always not.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.indicators.names(name)
            || PackageName::parse(name).is_ok_and(|name| self.advisories.names(&name))
    }

    /// What is known of a version, as it is written in a file.
    pub(super) fn known(&self, name: &str, version: &str) -> Option<Known> {
        if version == PLACEHOLDER || !self.knows(name) {
            return None;
        }
        let version = version.trim().trim_start_matches('v');
        let hit = self.indicators.named(name, version);
        let campaign = hit.map(|hit| hit.campaign.id.clone());
        let parsed = PackageName::parse(name).ok()?;
        let semver = Version::parse_loose(version).ok();
        let mut advisories = self.advisories.for_package(&parsed);
        advisories.retain(|advisory| advisory.kind == Kind::Malicious);
        let affected = |wanted: Affects| {
            let mut ids: Vec<&str> = advisories
                .iter()
                .filter(|advisory| advisory.affects(version, semver.as_ref()) == wanted)
                .map(|advisory| &*advisory.id)
                .collect();
            // A MAL- record says more than the advisory that it came of.
            ids.sort_by_key(|id| (!id.starts_with("MAL-"), *id));
            ids.first().map(|id| Box::<str>::from(*id))
        };
        let certain = affected(Affects::Yes);
        let is_suspected = campaign.is_none() && certain.is_none();
        let advisory = match is_suspected {
            true => affected(Affects::Suspected),
            false => certain,
        };
        (campaign.is_some() || advisory.is_some()).then_some(Known {
            campaign,
            advisory,
            is_suspected,
        })
    }
}

/// `name`, `version` of `https://host/@scope/name/-/name-1.0.0.tgz`, and of what npm's cache calls `pacote:tarball:name@1.0.0`.
pub(super) fn of_address(address: &str) -> Option<(String, String)> {
    if let Some((name, version)) = address
        .strip_prefix("pacote:tarball:")
        .and_then(|id| id.rsplit_once('@'))
        && !name.is_empty()
    {
        return Some((name.to_owned(), version.to_owned()));
    }
    let (before, file) = address.split_once("/-/")?;
    let file = file.split(['?', '#']).next()?;
    let file = file.rsplit('/').next()?;
    let stem = file.strip_suffix(".tgz")?;
    let before = before
        .replace("%2f", "/")
        .replace("%2F", "/")
        .replace("%40", "@");
    let mut parts = before.rsplit('/');
    let bare = parts.next()?;
    let version = stem.strip_prefix(bare)?.strip_prefix('-')?;
    let name = match parts.next() {
        Some(scope) if scope.starts_with('@') => format!("{scope}/{bare}"),
        _ => bare.to_owned(),
    };
    (!name.is_empty() && !version.is_empty()).then(|| (name, version.to_owned()))
}
