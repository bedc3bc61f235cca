//! What is known against a version that is installed already: its age, and how it came, are no findings any more.

use std::sync::Arc;

use jiff::Timestamp;
use lazaret_npm::{PackageName, Strength, Version};
use lazaret_policy::{Advisory, Behaviour, Case, Outcome, Reason, Reviewed, Verdict, judge};
use lazaret_store::ServedVersion;

use super::{Mirror, Rulebook};

impl Mirror {
    /// The verdict on an installed version by what became known of it. `sha512`: the bytes it is pinned to, if known.
    pub(crate) fn verdict_on_installed(
        &self,
        rulebook: &Rulebook,
        name: &PackageName,
        version: &str,
        advisories: &[Arc<Advisory>],
        sha512: Option<&str>,
    ) -> Verdict {
        let semver = Version::parse(version).ok();
        let bad = self.blocked.get(name, version);
        let case = Case {
            name,
            version,
            semver: semver.as_ref(),
            published: Some(Timestamp::UNIX_EPOCH),
            absent_at: None,
            first_contact: Timestamp::UNIX_EPOCH,
            strength: Some(Strength::Strong),
            advisories,
            in_use: &[],
            served: true,
            behaviour: bad.as_ref().map_or(Behaviour::NotInspected, |bad| {
                Behaviour::Inspected(&bad.inspected)
            }),
        };
        let now = Timestamp::now();
        let verdict = judge(&rulebook.policy, &case, now);
        let of = Reviewed {
            version,
            semver: semver.as_ref(),
            sha512: sha512.or(bad.as_ref().map(|bad| &*bad.sha512)),
        };
        rulebook.reviews.apply(verdict, name, &of, now)
    }

    /// Of versions that were served, those that are blocked now, and why. CPU work.
    pub(crate) fn turned_bad(&self, served: Vec<ServedVersion>) -> Vec<(ServedVersion, Reason)> {
        let rulebook = self.rulebook.load();
        let mut advisories: (Option<PackageName>, Vec<Arc<Advisory>>) = (None, Vec::new());
        let mut bad = Vec::new();
        for of in served {
            // That a name became internal says nothing of the bytes that were served under it.
            if rulebook.policy.is_internal(&of.name) {
                continue;
            }
            if advisories.0.as_ref() != Some(&of.name) {
                let known = rulebook.advisories.for_package(&of.name);
                advisories = (Some(of.name.clone()), known);
            }
            let sha512 = of.sha512.as_deref();
            let verdict =
                self.verdict_on_installed(&rulebook, &of.name, &of.version, &advisories.1, sha512);
            if verdict.outcome == Outcome::Block
                && let Some(reason) = verdict.headline()
            {
                bad.push((of, reason.clone()));
            }
        }
        bad
    }
}
