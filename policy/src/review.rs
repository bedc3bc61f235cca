//! What people decided, and what that changes in a verdict: an approval lifts a quarantine, a waiver a block, and a
//! rejection blocks.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_npm::{PackageName, Range, Version};

use crate::phrase::minute;
use crate::verdict::{Effect, Reason, Verdict};

/// Under which name reviews stand in reasons.
pub const RULE: &str = "review";

/// Blocks that no person lifts here: the bytes are not the ones that were looked at, or the name must not be asked for.
const NEVER_LIFTED: &[&str] = &["integrity-changed", "internal"];

/// Most bytes of a person's reason that are repeated in a verdict.
const REASON: usize = 300;

/// One person's decision that was not withdrawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    pub subject: Subject,
    pub decision: Decision,
    pub reason: String,
    pub person: String,
    /// From this instant on it does not count any more.
    pub expires_at: Option<Timestamp>,
}

/// What a decision is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// One version with the bytes that were looked at, as sha512 in hex.
    Version { version: String, sha512: String },
    /// Every version in a range, prereleases included.
    Range(Range),
}

/// Which way it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Approve {
        /// A waiver: lifts what blocks as well. Counts for an exact version only, and only if it ends.
        lifts_block: bool,
    },
    Reject,
}

/// All decisions of an installation.
#[derive(Debug, Clone)]
pub struct Reviews {
    by_name: BTreeMap<PackageName, Arc<[Review]>>,
    /// How many people have to approve.
    needed: usize,
}

/// The version that a verdict is about.
#[derive(Debug, Clone, Copy)]
pub struct Reviewed<'a> {
    pub version: &'a str,
    /// `version`, parsed; `None` if it is not SemVer, and then no range covers it.
    pub semver: Option<&'a Version>,
    /// The bytes it has, as sha512 in hex: those it is pinned to, else those that the registry offers.
    pub sha512: Option<&'a str>,
}

impl Default for Reviews {
    fn default() -> Self {
        Self::new(Vec::new(), 1)
    }
}

impl Reviews {
    /// The decisions, by package; approvals count once `needed` different people made them.
    pub fn new(reviews: Vec<(PackageName, Review)>, needed: usize) -> Self {
        let mut by_name: BTreeMap<PackageName, Vec<Review>> = BTreeMap::new();
        for (name, review) in reviews {
            by_name.entry(name).or_default().push(review);
        }
        Self {
            by_name: by_name
                .into_iter()
                .map(|(name, reviews)| (name, reviews.into()))
                .collect(),
            needed: needed.max(1),
        }
    }

    /// Whether nobody decided anything.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The decisions on a package.
    pub fn of(&self, name: &PackageName) -> &[Review] {
        self.by_name.get(name).map_or(&[], |reviews| reviews)
    }

    /// The verdict once people were heard. Without a decision on the version it is the same.
    pub fn apply(
        &self,
        verdict: Verdict,
        name: &PackageName,
        of: &Reviewed<'_>,
        now: Timestamp,
    ) -> Verdict {
        let counts =
            |review: &&Review| review.expires_at.is_none_or(|end| end > now) && review.covers(of);
        let reviews: Vec<&Review> = self.of(name).iter().filter(counts).collect();
        if reviews.is_empty() {
            return verdict;
        }
        let Verdict {
            mut reasons,
            mut changes_at,
            ..
        } = verdict;
        // Whoever counts now may not count later; until then nothing about it changes by itself.
        for end in reviews.iter().filter_map(|review| review.expires_at) {
            changes_at = Some(changes_at.map_or(end, |earlier| earlier.min(end)));
        }
        let rejection = reviews
            .iter()
            .find(|review| review.decision == Decision::Reject);
        match rejection {
            Some(rejection) => reasons.insert(0, rejection.told(Effect::Block, "rejected")),
            None => self.lift(&mut reasons, &reviews),
        }
        Verdict::of(reasons, changes_at)
    }

    /// Turns what held the version into notes, if enough people approve.
    fn lift(&self, reasons: &mut Vec<Reason>, approvals: &[&Review]) {
        if !reasons.iter().any(|reason| reason.effect.is_held()) {
            return;
        }
        let mut people: Vec<&str> = approvals.iter().map(|review| &*review.person).collect();
        people.sort_unstable();
        people.dedup();
        if people.len() < self.needed {
            let left = self.needed - people.len();
            let plural = if left == 1 { "approval" } else { "approvals" };
            for approval in approvals.iter().take(1) {
                let mut told = approval.told(Effect::Note, "approved");
                told.text = format!("{}; {left} more {plural} needed", told.text);
                reasons.push(told);
            }
            return;
        }
        let waives = approvals.iter().any(|review| review.is_waiver());
        let mut lifted = false;
        for reason in reasons.iter_mut() {
            let may = match reason.effect {
                Effect::Off | Effect::Note => false,
                Effect::Quarantine => true,
                Effect::Block => waives && !NEVER_LIFTED.contains(&reason.rule),
            };
            if may {
                reason.effect = Effect::Note;
                lifted = true;
            }
        }
        if lifted {
            let told = approvals
                .iter()
                .map(|review| review.told(Effect::Note, "approved"));
            reasons.extend(told);
        }
    }
}

impl Review {
    fn covers(&self, of: &Reviewed<'_>) -> bool {
        match (&self.subject, self.decision) {
            (Subject::Range(range), _) => of
                .semver
                .is_some_and(|version| range.satisfies_including_prereleases(version)),
            // Bad bytes were seen under this name; other bytes are not better for it.
            (Subject::Version { version, .. }, Decision::Reject) => version == of.version,
            (Subject::Version { version, sha512 }, Decision::Approve { .. }) => {
                version == of.version && of.sha512 == Some(sha512)
            }
        }
    }

    fn is_waiver(&self) -> bool {
        self.decision == Decision::Approve { lifts_block: true }
            && self.expires_at.is_some()
            && matches!(self.subject, Subject::Version { .. })
    }

    fn told(&self, effect: Effect, verb: &str) -> Reason {
        let person = printable_up_to(&self.person, 80);
        let reason = printable_up_to(self.reason.trim(), REASON);
        let until = match self.expires_at {
            Some(end) => format!(" until {}", minute(end)),
            None => String::new(),
        };
        Reason {
            rule: RULE,
            effect,
            text: format!("{verb} by {person}{until}: {reason}"),
            until: self.expires_at,
            url: None,
        }
    }
}

#[cfg(test)]
mod tests;
