//! The `[policy]` table of `lazaret.toml`: what each rule does, and this installation's own lists.

mod lists;
mod moment;
mod settings;

use jiff::Timestamp;
use lazaret_npm::{NamePattern, PackageId, PackageName, Version};
use serde::{Deserialize, Serialize};

use crate::verdict::Effect;

pub(crate) use lists::is_in_force;
pub use lists::{Allow, Deny, Expired, Selector, SelectorError};
pub use moment::{Expiry, Instant, MomentError};
use settings::effect_or_table;
pub use settings::{
    Behaviour, Cooldown, Freeze, HoldingSignal, Malicious, SecurityFix, TellingSignal, Vulnerable,
    WeakIntegrity,
};

/// What is decided here. `Default` is what lazaret ships with; an unknown key is an error.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    #[serde(deserialize_with = "effect_or_table")]
    pub malicious: Malicious,
    #[serde(deserialize_with = "effect_or_table")]
    pub vulnerable: Vulnerable,
    #[serde(deserialize_with = "effect_or_table")]
    pub behaviour: Behaviour,
    #[serde(deserialize_with = "effect_or_table")]
    pub incomplete_inspection: HoldingSignal,
    #[serde(deserialize_with = "effect_or_table")]
    pub manifest_confusion: HoldingSignal,
    #[serde(deserialize_with = "effect_or_table")]
    pub new_install_script: TellingSignal,
    #[serde(deserialize_with = "effect_or_table")]
    pub phantom_dependency: TellingSignal,
    #[serde(deserialize_with = "effect_or_table")]
    pub publisher_changed: TellingSignal,
    #[serde(deserialize_with = "effect_or_table")]
    pub trust_downgrade: TellingSignal,
    #[serde(deserialize_with = "effect_or_table")]
    pub cooldown: Cooldown,
    #[serde(deserialize_with = "effect_or_table")]
    pub weak_integrity: WeakIntegrity,
    #[serde(deserialize_with = "effect_or_table")]
    pub security_fix: SecurityFix,
    /// Names that are never asked of, or told to, an upstream.
    pub internal: Vec<NamePattern>,
    /// Exact versions that this organisation uses although this installation never served them.
    pub in_use: Vec<PackageId>,
    /// The line in the sand; absent outside a worm day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freeze: Option<Freeze>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<Deny>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Allow>,
}

impl Policy {
    /// Whether this name must never leave the house.
    pub fn is_internal(&self, name: &PackageName) -> bool {
        self.internal_pattern(name).is_some()
    }

    pub(crate) fn internal_pattern(&self, name: &PackageName) -> Option<&NamePattern> {
        self.internal.iter().find(|pattern| pattern.matches(name))
    }

    /// The versions of this package that `in-use` lists.
    pub fn in_use(&self, name: &PackageName) -> impl Iterator<Item = &Version> {
        let listed = self.in_use.iter().filter(move |id| id.name == *name);
        listed.map(|id| &id.version)
    }

    /// The same policy with every rule about behaviour doing this much at most: [`Effect::Note`] to watch without holding,
    /// [`Effect::Off`] where nothing is inspected.
    #[must_use]
    pub fn behaviour_at_most(mut self, most: Effect) -> Self {
        for effect in self.behaviour_effects() {
            *effect = (*effect).min(most);
        }
        self
    }

    fn behaviour_effects(&mut self) -> [&mut Effect; 7] {
        [
            &mut self.behaviour.effect,
            &mut self.incomplete_inspection.effect,
            &mut self.manifest_confusion.effect,
            &mut self.new_install_script.effect,
            &mut self.phantom_dependency.effect,
            &mut self.publisher_changed.effect,
            &mut self.trust_downgrade.effect,
        ]
    }

    /// Entries of `deny` and `allow` that have run out: they do nothing any more and should go.
    pub fn expired(&self, now: Timestamp) -> impl Iterator<Item = Expired<'_>> {
        let denied = self.deny.iter().map(|entry| Expired {
            list: "deny",
            package: &entry.package,
            reason: &entry.reason,
            until: entry.until.as_ref(),
        });
        let allowed = self.allow.iter().map(|entry| Expired {
            list: "allow",
            package: &entry.package,
            reason: &entry.reason,
            until: entry.until.as_ref(),
        });
        let is_over =
            move |entry: &Expired<'_>| entry.until.is_some_and(|until| until.is_over(now));
        denied.chain(allowed).filter(is_over)
    }
}

#[cfg(test)]
mod tests;
