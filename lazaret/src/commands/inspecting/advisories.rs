//! What the advisories of the data directory say of a version: whether it is known to be malicious.

use crate::advisory_index;
use jiff::Timestamp;
use lazaret_npm::{PackageId, PackageName, Version};
use lazaret_policy::{AdvisoryIndex, Behaviour, Case, Effect, Policy, Reason, judge, rules};
use std::path::Path;

/// Empty if nothing was ever imported.
#[derive(Default)]
pub(super) struct Advisories {
    index: Option<AdvisoryIndex>,
    /// As it ships: what is malicious is so whatever this installation does about it.
    policy: Policy,
}

impl Advisories {
    /// Reads the index of a data directory.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub(super) fn read(data: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            index: advisory_index::read(data)?,
            policy: Policy::default(),
        })
    }

    /// Why this version is, or may be, malicious.
    pub(super) fn of(&self, name: &str, version: &str) -> Vec<Reason> {
        let (Some(index), Ok(name)) = (&self.index, PackageName::parse(name)) else {
            return Vec::new();
        };
        let advisories = index.for_package(&name);
        if advisories.is_empty() {
            return Vec::new();
        }
        let semver = Version::parse_loose(version).ok();
        let case = Case {
            name: &name,
            version,
            semver: semver.as_ref(),
            published: None,
            absent_at: None,
            first_contact: Timestamp::UNIX_EPOCH,
            strength: None,
            advisories: &advisories,
            in_use: &[],
            served: false,
            behaviour: Behaviour::NotInspected,
        };
        let mut reasons = judge(&self.policy, &case, Timestamp::now()).reasons;
        reasons.retain(|reason| reason.rule == rules::malicious::RULE.id);
        reasons
    }

    /// Whether it is known to be malicious, so that nobody should be compared with it.
    pub(super) fn is_malicious(&self, id: &PackageId) -> bool {
        let reasons = self.of(id.name.as_str(), &id.version.to_string());
        reasons.iter().any(|reason| reason.effect == Effect::Block)
    }
}
