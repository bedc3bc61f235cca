//! The rules, in the order in which their reasons are told: first what holds a version, then what lets it through.
//! One rule is one file, one page of the same name, and one line here.

pub mod allow;
pub mod behaviour;
pub mod cooldown;
pub mod deny;
pub mod freeze;
pub mod incomplete_inspection;
pub mod internal;
pub mod malicious;
pub mod manifest_confusion;
pub mod new_install_script;
pub mod phantom_dependency;
pub mod publisher_changed;
pub mod security_fix;
pub mod trust_downgrade;
pub mod vulnerable;
pub mod weak_integrity;

use crate::judge::Judging;

/// One rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// As in reasons and configuration: `weak-integrity`.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What it finds and why, its settings and its cases, in Markdown; the cases in it are run as tests.
    pub page: &'static str,
    pub(crate) judge: fn(&mut Judging<'_>),
}

/// Every rule.
pub const RULES: &[Rule] = &[
    malicious::RULE,
    deny::RULE,
    internal::RULE,
    vulnerable::RULE,
    behaviour::RULE,
    incomplete_inspection::RULE,
    manifest_confusion::RULE,
    new_install_script::RULE,
    phantom_dependency::RULE,
    publisher_changed::RULE,
    trust_downgrade::RULE,
    cooldown::RULE,
    freeze::RULE,
    weak_integrity::RULE,
    security_fix::RULE,
    allow::RULE,
];

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Rule({})", self.id)
    }
}

#[cfg(test)]
mod tests;
