//! The judging of one version: every rule has its say, then what softens a reason has its own.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use lazaret_npm::{PackageName, Strength, Version};

use crate::advisory::Advisory;
use crate::behaviour::Behaviour;
use crate::policy::Policy;
use crate::rules::{RULES, Rule};
use crate::verdict::{Effect, Reason, Verdict};

/// Everything known of one version at the moment of judging.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub name: &'a PackageName,
    /// As the packument spells it.
    pub version: &'a str,
    /// `version`, parsed; `None` if it is not SemVer.
    pub semver: Option<&'a Version>,
    /// The upstream's time as [`crate::plausible_times`] left it.
    pub published: Option<Timestamp>,
    /// The last moment we saw the packument without this version.
    pub absent_at: Option<Timestamp>,
    /// When this installation first saw the package.
    pub first_contact: Timestamp,
    /// How well the offered integrity protects the bytes; `None` if the packument offers nothing usable.
    pub strength: Option<Strength>,
    /// All advisories that name the package, not yet matched to the version.
    pub advisories: &'a [Arc<Advisory>],
    /// Versions of this package that were served here; those that the policy lists as in use need not be repeated.
    pub in_use: &'a [Version],
    /// This very version was served before.
    pub served: bool,
    /// What it does, as far as that is known.
    pub behaviour: Behaviour<'a>,
}

/// When a version came into the world, as far as that can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Birth {
    Published(Timestamp),
    /// We saw the packument without it, later than it claims to be published.
    AppearedAfter(Timestamp),
    FirstContact(Timestamp),
}

/// The verdict on one version at one instant. Pure; allocates only if there is a reason to state.
pub fn judge(policy: &Policy, case: &Case<'_>, now: Timestamp) -> Verdict {
    let mut judging = Judging {
        policy,
        case,
        now,
        drafts: Vec::new(),
        changes_at: None,
    };
    for rule in RULES {
        (rule.judge)(&mut judging);
    }
    judging.keep_served();
    let reasons = judging.drafts.into_iter().map(|draft| draft.reason);
    Verdict::of(reasons.collect(), judging.changes_at)
}

/// One case in the hands of the rules.
pub(crate) struct Judging<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) case: &'a Case<'a>,
    pub(crate) now: Timestamp,
    drafts: Vec<Draft>,
    changes_at: Option<Timestamp>,
}

struct Draft {
    reason: Reason,
    lifted_by: Lifted,
}

/// What may turn a reason into a note.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifted {
    pub(crate) by_allow: bool,
    /// An entry of the allow list that ends.
    pub(crate) by_waiver: bool,
    /// The version was served before.
    pub(crate) by_use: bool,
    pub(crate) by_security_fix: bool,
}

impl Lifted {
    /// Malicious code and what a person denied.
    pub(crate) const NEVER: Self = Self {
        by_allow: false,
        by_waiver: false,
        by_use: false,
        by_security_fix: false,
    };
    pub(crate) const BY_PEOPLE: Self = Self {
        by_allow: true,
        by_waiver: true,
        by_use: true,
        by_security_fix: false,
    };
    /// Code that looks like an attack: whoever knows better says so for a time.
    pub(crate) const BY_WAIVER: Self = Self {
        by_waiver: true,
        ..Self::NEVER
    };
    /// Whatever only has to do with a version being new.
    pub(crate) const IF_NEEDED: Self = Self {
        by_security_fix: true,
        ..Self::BY_PEOPLE
    };
}

impl<'a> Judging<'a> {
    /// Adds a reason, unless its effect is off.
    pub(crate) fn add(&mut self, rule: &Rule, effect: Effect, lifted_by: Lifted, found: Found) {
        if effect == Effect::Off {
            return;
        }
        let reason = Reason {
            rule: rule.id,
            effect,
            text: found.text,
            until: found.until,
            url: found.url,
        };
        self.drafts.push(Draft { reason, lifted_by });
    }

    /// At this instant another verdict may be due.
    pub(crate) fn changes_at(&mut self, at: Timestamp) {
        debug_assert!(at > self.now);
        self.changes_at = Some(self.changes_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// Whether a reason holds the version that this could lift.
    pub(crate) fn is_held(&self, can_lift: fn(&Lifted) -> bool) -> bool {
        let held = |draft: &Draft| draft.reason.effect.is_held() && can_lift(&draft.lifted_by);
        self.drafts.iter().any(held)
    }

    /// Turns what this can lift into notes.
    pub(crate) fn lift(&mut self, can_lift: fn(&Lifted) -> bool, remark: &str) {
        for draft in &mut self.drafts {
            if draft.reason.effect.is_held() && can_lift(&draft.lifted_by) {
                draft.reason.effect = Effect::Note;
                draft.reason.text.push_str(remark);
            }
        }
    }

    /// Builds that use a version must not break because the policy became stricter, or young versions were served
    /// before there was a cooldown.
    fn keep_served(&mut self) {
        if self.case.served {
            let by_use = |lifted: &Lifted| lifted.by_use;
            self.lift(by_use, "; it was served before, so it stays");
        }
    }
}

/// What a rule has to say.
pub(crate) struct Found {
    pub(crate) text: String,
    pub(crate) until: Option<Timestamp>,
    pub(crate) url: Option<String>,
}

impl Found {
    pub(crate) fn new(text: String) -> Self {
        Self {
            text,
            until: None,
            url: None,
        }
    }

    pub(crate) fn until(self, until: Option<Timestamp>) -> Self {
        Self { until, ..self }
    }

    pub(crate) fn url(self, url: Option<String>) -> Self {
        Self { url, ..self }
    }
}

impl Case<'_> {
    /// Neither the upstream's time alone (it can be forged) nor our first sight (it would hold what is ten years old
    /// on the first day): the later of the upstream's time and our last look at the packument without the version.
    pub(crate) fn birth(&self) -> Birth {
        let claimed = match self.published {
            Some(published) => Birth::Published(published),
            None => Birth::FirstContact(self.first_contact),
        };
        match self.absent_at {
            Some(absent_at) if absent_at > claimed.at() => Birth::AppearedAfter(absent_at),
            _ => claimed,
        }
    }

    /// Whether it is too young to be grandfathered: see `rules/behaviour.md`.
    pub fn is_young(&self, policy: &Policy, now: Timestamp) -> bool {
        now < self.birth().plus_days(policy.behaviour.grandfather_days)
    }

    /// Versions of this package in use here: those of the case and those that the policy lists.
    pub(crate) fn in_use<'a>(&'a self, policy: &'a Policy) -> impl Iterator<Item = &'a Version> {
        self.in_use.iter().chain(policy.in_use(self.name))
    }
}

impl Birth {
    pub(crate) fn at(self) -> Timestamp {
        match self {
            Self::Published(at) | Self::AppearedAfter(at) | Self::FirstContact(at) => at,
        }
    }

    /// The first instant at which the version has this age.
    pub(crate) fn plus_days(self, days: u16) -> Timestamp {
        let age = SignedDuration::from_hours(24 * i64::from(days));
        self.at().checked_add(age).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests;
