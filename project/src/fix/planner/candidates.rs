//! Which versions could take the place of a bad one, the best first.

use lazaret_npm::Version;

use super::super::catalogue::Offer;
use super::super::{Bad, Cause};

/// Those that may be taken, the best first: of malicious ones the nearest below, then the nearest above; of vulnerable ones the
/// nearest above, of the same major first. What nothing is known of goes before what has vulnerabilities.
pub(super) fn candidates<'o>(bad: &Bad, current: &Version, offers: &'o [Offer]) -> Vec<&'o Offer> {
    let usable = |offer: &&Offer| {
        offer.may_be_taken()
            && offer.semver != *current
            && (!offer.semver.is_prerelease() || is_same_release(&offer.semver, current))
    };
    let (clean, known): (Vec<&Offer>, Vec<&Offer>) = offers
        .iter()
        .filter(usable)
        .partition(|offer| offer.vulnerabilities.is_empty());
    let below = |list: &[&'o Offer]| -> Vec<&'o Offer> {
        let below = list.iter().rev().filter(|offer| offer.semver < *current);
        below.copied().collect()
    };
    let above = |list: &[&'o Offer]| -> Vec<&'o Offer> {
        let (same, other): (Vec<&Offer>, Vec<&Offer>) = list
            .iter()
            .filter(|offer| offer.semver > *current)
            .copied()
            .partition(|offer| offer.semver.major == current.major);
        same.into_iter().chain(other).collect()
    };
    match bad.cause {
        Cause::Malicious => {
            // Down in the same major; what comes next is a guess that ranges decide.
            let (near, far): (Vec<&Offer>, Vec<&Offer>) = below(&clean)
                .into_iter()
                .partition(|offer| offer.semver.major == current.major);
            let (near_known, far_known): (Vec<&Offer>, Vec<&Offer>) = below(&known)
                .into_iter()
                .partition(|offer| offer.semver.major == current.major);
            [
                near,
                near_known,
                above(&clean),
                far,
                far_known,
                above(&known),
            ]
            .concat()
        }
        Cause::Vulnerable => {
            let others = known
                .into_iter()
                .filter(|offer| !offer.vulnerabilities.iter().any(|id| bad.ids.contains(id)));
            let others: Vec<&Offer> = others.collect();
            [above(&clean), above(&others)].concat()
        }
    }
}

/// Why there is none.
pub(super) fn why_none(bad: &Bad, current: &Version, offers: &[Offer]) -> String {
    let wanted: Vec<&Offer> = offers
        .iter()
        .filter(|offer| match bad.cause {
            Cause::Malicious => offer.semver != *current,
            Cause::Vulnerable => {
                offer.semver > *current
                    && !offer.vulnerabilities.iter().any(|id| bad.ids.contains(id))
            }
        })
        .collect();
    let held = wanted.iter().rev().find_map(|offer| {
        let why = offer.held.as_ref().filter(|_| !offer.is_malicious)?;
        Some(format!("{} is held by the policy: {why}", offer.version))
    });
    match (held, wanted.is_empty(), bad.cause) {
        (Some(held), ..) => format!("no version may be taken; {held}"),
        (None, true, Cause::Vulnerable) => {
            "the registry has no version that is not affected".into()
        }
        (None, true, Cause::Malicious) => "the registry has no other version".into(),
        (None, false, _) => "every other version is malicious or a prerelease".into(),
    }
}

fn is_same_release(one: &Version, other: &Version) -> bool {
    other.is_prerelease()
        && (one.major, one.minor, one.patch) == (other.major, other.minor, other.patch)
}
