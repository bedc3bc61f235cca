//! What each finding adds to the score.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::Counted;
use super::weights::{self, Weight};
use crate::change::Release;
use crate::finding::{Phase, Place};

/// One group of findings that tell of the same; the weightiest of them counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addend {
    pub rule: String,
    pub group: String,
    pub place: Place,
    /// Ten times the logarithm of how much more often an attack shows it than a good update.
    pub weight: u32,
    pub factors: Vec<Factor>,
    pub points: u32,
}

/// A percentage, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    pub percent: u32,
    pub why: String,
}

/// One for each group, the most points first.
pub(super) fn addends<'c>(
    counted: impl Iterator<Item = &'c Counted<'c>>,
    release: Option<Release>,
) -> Vec<Addend> {
    let mut groups: BTreeMap<&str, Addend> = BTreeMap::new();
    for counted in counted {
        let Weight { group, weight, .. } = weights::of(counted.finding.rule, counted.severity);
        let factors = factors(counted, release);
        let addend = Addend {
            rule: counted.finding.rule.to_owned(),
            group: group.to_owned(),
            place: counted.finding.place.clone(),
            points: points(weight, &factors),
            weight,
            factors,
        };
        match groups.get_mut(group) {
            // The first of several as weighty ones: findings come sorted.
            Some(known) if known.points >= addend.points => {}
            Some(known) => *known = addend,
            None => {
                groups.insert(group, addend);
            }
        }
    }
    let mut addends: Vec<Addend> = groups
        .into_values()
        .filter(|addend| addend.points > 0)
        .collect();
    addends.sort_by(|a, b| b.points.cmp(&a.points).then_with(|| a.group.cmp(&b.group)));
    addends
}

fn factors(counted: &Counted<'_>, release: Option<Release>) -> Vec<Factor> {
    let mut factors = Vec::new();
    let mut factor = |percent, why: &str| {
        factors.push(Factor {
            percent,
            why: why.to_owned(),
        });
    };
    match counted.finding.phase {
        Phase::Install => {}
        Phase::Import => factor(90, "runs when it is imported"),
        Phase::Call => factor(80, "runs when it is called"),
        Phase::Bin => factor(70, "runs as a command"),
        Phase::Test => factor(10, "is for tests"),
        Phase::Unreachable => factor(10, "nothing runs it"),
    }
    match release {
        Some(Release::Patch) => factor(120, "a patch release"),
        Some(Release::Major) => factor(70, "a major release"),
        _ => {}
    }
    if counted.used_before {
        factor(30, "the file did the same several times before");
    }
    factors
}

/// Rounded down after each step, as one would by hand.
fn points(weight: u32, factors: &[Factor]) -> u32 {
    factors
        .iter()
        .fold(weight, |points, factor| points * factor.percent / 100)
}
