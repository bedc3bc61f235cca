//! Versions with a known vulnerability at or above a severity.

use lazaret_npm::Version;
use lazaret_npm::text::printable;

use super::Rule;
use crate::advisory::{Advisory, Affects, Finding, Kind, Severity, findings};
use crate::judge::{Found, Judging, Lifted};
use crate::phrase;
use crate::verdict::Effect;

pub const RULE: Rule = Rule {
    id: "vulnerable",
    title: "known vulnerability",
    page: include_str!("vulnerable.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let settings = &judging.policy.vulnerable;
    if settings.effect == Effect::Off {
        return;
    }
    let case = judging.case;
    let affects = |advisory: &Advisory| advisory.affects(case.version, case.semver);
    let all = case.advisories.iter().map(|advisory| &**advisory);
    let meant: Vec<&Advisory> = all.filter(|of| affects(of) != Affects::No).collect();
    if meant.is_empty() {
        return;
    }
    let malice_is_told = judging.policy.malicious.effect != Effect::Off;
    for finding in findings(meant) {
        let certainty = |kind: Kind| {
            let of_kind = finding.advisories().iter().filter(|of| of.kind == kind);
            of_kind.map(|advisory| affects(advisory)).max()
        };
        // One incident, one reason: the rule for malicious code has told it.
        if malice_is_told && certainty(Kind::Malicious) == Some(Affects::Yes) {
            continue;
        }
        let below = |severity: Severity| severity < settings.severity;
        if finding.severity().is_some_and(below) {
            continue;
        }
        let effect = match certainty(Kind::Vulnerability) {
            Some(Affects::Yes) => settings.effect,
            Some(Affects::Suspected) => Effect::Note,
            Some(Affects::No) | None => continue,
        };
        let found = Found::new(describe(&finding, case.semver)).url(finding.first().url());
        judging.add(&RULE, effect, Lifted::BY_PEOPLE, found);
    }
}

fn describe(finding: &Finding<'_>, version: Option<&Version>) -> String {
    let mut text = phrase::ids(finding);
    match finding.severity() {
        Some(severity) => text.push_str(&format!(", severity {severity}")),
        None => text.push_str(", severity unknown"),
    }
    let scores = finding
        .advisories()
        .iter()
        .filter_map(|of| of.cvss.as_ref());
    if let Some(cvss) = scores.into_iter().next() {
        text.push_str(&format!(" ({:.1})", cvss.score));
    }
    let summaries = finding.advisories().iter().map(|of| &*of.summary);
    if let Some(summary) = summaries.into_iter().find(|summary| !summary.is_empty()) {
        text.push_str(&format!(": {}", printable(summary)));
    }
    let fixed = finding
        .advisories()
        .iter()
        .flat_map(|of| of.fixed_versions());
    let next = fixed
        .filter(|fixed| version.is_some_and(|version| version < fixed))
        .min();
    if let Some(next) = next {
        text.push_str(&format!("; fixed in {next}"));
    }
    text
}
