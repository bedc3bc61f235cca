//! Versions that a public database reports as malicious code.

use lazaret_npm::text::printable;

use super::Rule;
use crate::advisory::{Advisory, Affects, End, Finding, Kind, PLACEHOLDER, Suspicion, findings};
use crate::judge::{Found, Judging, Lifted};
use crate::phrase;
use crate::verdict::Effect;

pub const RULE: Rule = Rule {
    id: "malicious",
    title: "reported as malicious code",
    page: include_str!("malicious.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let settings = &judging.policy.malicious;
    if settings.effect == Effect::Off {
        return;
    }
    let case = judging.case;
    let mut meant = Vec::new();
    let mut compared = true;
    for advisory in case.advisories {
        if advisory.kind != Kind::Malicious {
            continue;
        }
        match advisory.affects(case.version, case.semver) {
            Affects::Yes | Affects::Suspected => meant.push(&**advisory),
            Affects::No => compared &= case.semver.is_some() || !has_bounds(advisory),
        }
    }
    if meant.is_empty() && compared {
        return;
    }
    for finding in findings(meant) {
        let certain =
            |advisory: &&Advisory| advisory.affects(case.version, case.semver) == Affects::Yes;
        if finding.advisories().iter().any(certain) {
            let found = Found::new(reported(&finding)).url(finding.first().url());
            judging.add(&RULE, settings.effect, Lifted::NEVER, found);
        } else {
            let effect = settings.suspected.min(settings.effect);
            let found = Found::new(suspected(&finding)).url(finding.first().url());
            judging.add(&RULE, effect, Lifted::BY_PEOPLE, found);
        }
    }
    if !compared && case.version != PLACEHOLDER {
        let text = format!(
            "{} is not a SemVer version, so it was compared with reports of malicious versions letter by letter only",
            printable(case.version)
        );
        judging.add(&RULE, Effect::Note, Lifted::NEVER, Found::new(text));
    }
}

fn has_bounds(advisory: &Advisory) -> bool {
    let is_bound = |end: &End| !matches!(end, End::Never);
    let mut intervals = advisory.intervals.iter();
    advisory.withdrawn.is_none()
        && intervals.any(|interval| interval.from.is_some() || is_bound(&interval.end))
}

fn reported(finding: &Finding<'_>) -> String {
    let mut text = format!("reported as malicious by {}", phrase::ids(finding));
    let since = finding.advisories().iter().filter_map(|of| of.known_since);
    if let Some(since) = since.min() {
        text.push_str(&format!(", known since {}", phrase::day(since)));
    }
    let told = finding
        .advisories()
        .iter()
        .map(|advisory| &*advisory.summary);
    let tells_more =
        |summary: &&str| !summary.is_empty() && !summary.starts_with("Malicious code in ");
    if let Some(summary) = told.into_iter().find(tells_more) {
        text.push_str(&format!(": {}", printable(summary)));
    }
    text
}

fn suspected(finding: &Finding<'_>) -> String {
    let ids = phrase::ids(finding);
    match finding.advisories().iter().find_map(|of| of.suspicion) {
        Some(Suspicion::StaleReport) => format!(
            "{ids} first reported every version as malicious; a newer report names other versions, not this one"
        ),
        Some(Suspicion::Unclear) | None => {
            format!(
                "{ids} reports this package as malicious, but not in a way that tells whether this version is meant"
            )
        }
    }
}
