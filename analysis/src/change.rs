//! What a version newly does, compared with one before.

mod delta;
mod novelty;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::capability::{Capability, Profile};
use crate::finding::{Finding, Place};
use crate::history::History;
use crate::inspect::{Inspected, run};
use crate::judge::{self, Judgement};
use crate::limits::Limits;
use crate::report::{Incomplete, SCHEMA, Size};

pub use delta::{Delta, DependencyChange, Files, Kind, Release, ScriptChange};
pub use novelty::Novelty;

/// All that is new in a version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub schema: u32,
    pub name: String,
    /// The versions, as their `package.json` say.
    pub before: String,
    pub after: String,
    /// Of what is new alone.
    #[serde(flatten)]
    pub judgement: Judgement,
    pub capabilities: Capabilities,
    /// Of the version after, the new ones first, then the worst.
    pub findings: Vec<Compared>,
    /// How many findings of the version before are not in the one after.
    pub gone: usize,
    #[serde(flatten)]
    pub delta: Delta,
    pub size: Sizes,
    pub functions: Functions,
    /// What could not be inspected to its end in the version after.
    pub incomplete: Vec<Incomplete>,
    pub archive: Vec<String>,
}

/// A finding, and whether it is new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    pub novelty: Novelty,
    /// Where the version before has it, if that is elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Place>,
    #[serde(flatten)]
    pub finding: Finding,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// With a place in the version after.
    pub gained: Profile,
    /// With a place in the version before.
    pub lost: Profile,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    pub before: Size,
    pub after: Size,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Functions {
    pub before: usize,
    pub after: usize,
    /// Those of the version after that do what none of the version before did.
    pub new: usize,
    /// Both versions are bundles, and most functions differ: their shapes say nothing, and what is called with which
    /// arguments is compared instead.
    pub rebuilt: bool,
}

impl Change {
    pub fn new_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|compared| compared.novelty == Novelty::New)
            .map(|compared| &compared.finding)
    }
}

/// What `after` does that `before` did not.
pub fn change(before: &Inspected, after: &Inspected, history: Option<&History>) -> Change {
    let limits = Limits::default();
    let delta = delta::between(before, after);
    let functions = functions(before, after);
    let (found, gone) = novelty::compare(before, after, functions.rebuilt);
    let mut findings = found;
    let (mut news, mut failed) = run::change(before, after, &delta, history, &limits);
    if let Some(history) = history {
        let (more, also_failed) = run::history(history, Some(before), after, &limits);
        news.extend(more);
        failed.extend(also_failed);
    }
    findings.extend(news.into_iter().map(|finding| Compared {
        novelty: Novelty::New,
        was: None,
        finding,
    }));
    findings.sort_by(|a, b| {
        (a.novelty, &a.was)
            .cmp(&(b.novelty, &b.was))
            .then_with(|| a.finding.order(&b.finding))
    });
    findings.sort_by_key(|compared| compared.novelty);
    let mut incomplete = after.report.incomplete.clone();
    incomplete.extend(failed.iter().cloned());
    let unfinished: Vec<Incomplete> = novelty::unfinished(before, after)
        .into_iter()
        .chain(failed)
        .collect();
    let judgement = judge::change(&judge::Update {
        before,
        after,
        delta: &delta,
        findings: &findings,
        incomplete: &unfinished,
    });
    Change {
        schema: SCHEMA,
        name: after.report.name.clone(),
        before: before.report.version.clone(),
        after: after.report.version.clone(),
        judgement,
        capabilities: Capabilities {
            gained: less(&after.report.capabilities, &before.report.capabilities),
            lost: less(&before.report.capabilities, &after.report.capabilities),
        },
        findings,
        gone,
        delta,
        size: Sizes {
            before: before.report.files,
            after: after.report.files,
        },
        functions,
        incomplete,
        archive: after.report.archive.clone(),
    }
}

fn less(profile: &Profile, other: &Profile) -> Profile {
    let rest: BTreeMap<Capability, Place> = profile
        .0
        .iter()
        .filter(|(capability, _)| !other.0.contains_key(capability))
        .map(|(capability, place)| (*capability, place.clone()))
        .collect();
    Profile(rest)
}

/// Fewer functions than this are compared by their shapes, whatever share of them is new.
const ENOUGH: usize = 50;

fn functions(before: &Inspected, after: &Inspected) -> Functions {
    let new = after.shapes.missing_in(&before.shapes);
    let both = before.bundled && after.bundled;
    Functions {
        before: before.shapes.len(),
        after: after.shapes.len(),
        new,
        rebuilt: both && after.shapes.len() >= ENOUGH && new * 5 > after.shapes.len() * 3,
    }
}

#[cfg(test)]
mod tests;
