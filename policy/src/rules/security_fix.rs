//! Fixes of vulnerabilities in versions that are in use do not sit out a cooldown or freeze.

use lazaret_npm::Version;

use super::Rule;
use crate::advisory::{Advisory, Affects, findings};
use crate::judge::{Case, Found, Judging, Lifted};
use crate::phrase;
use crate::policy::Policy;
use crate::verdict::Effect;

pub const RULE: Rule = Rule {
    id: "security-fix",
    title: "fixes what is in use",
    page: include_str!("security_fix.md"),
    judge,
};

fn judge(judging: &mut Judging<'_>) {
    let by_security_fix = |lifted: &Lifted| lifted.by_security_fix;
    if judging.policy.security_fix.effect == Effect::Off || !judging.is_held(by_security_fix) {
        return;
    }
    let Some((advisory, in_use)) = fixed(judging.case, judging.policy) else {
        return;
    };
    let finding = &findings([advisory])[0];
    let text = format!(
        "fixes {}, which affects {}@{in_use} in use here, so it need not wait",
        phrase::ids(finding),
        judging.case.name
    );
    judging.lift(by_security_fix, "");
    let found = Found::new(text).url(advisory.url());
    judging.add(&RULE, Effect::Note, Lifted::NEVER, found);
}

/// The gravest advisory that names exactly this version as its fix, with a version in use that it affects.
fn fixed<'a>(case: &'a Case<'a>, policy: &'a Policy) -> Option<(&'a Advisory, &'a Version)> {
    let semver = case.semver?;
    // `1.2.3+other` is not the version that the advisory names.
    if semver.to_string() != case.version {
        return None;
    }
    let advisories = case.advisories.iter().map(|advisory| &**advisory);
    let needed = advisories.filter_map(|advisory| {
        let names_it = advisory.fixed_versions().any(|fixed| fixed == semver);
        if advisory.withdrawn.is_some() || !names_it || is_affected(case, advisory) {
            return None;
        }
        let mut in_use = case.in_use(policy);
        let affected = in_use.find(|version| {
            advisory.affects(&version.to_string(), Some(version)) == Affects::Yes
        })?;
        Some((advisory, affected))
    });
    needed.max_by_key(|(advisory, _)| (advisory.kind, advisory.severity))
}

/// Whether something at least as bad is known of the fix itself, be it only suspected.
fn is_affected(case: &Case<'_>, fixed: &Advisory) -> bool {
    let as_bad = case
        .advisories
        .iter()
        .filter(|other| other.kind >= fixed.kind);
    as_bad
        .into_iter()
        .any(|other| other.affects(case.version, case.semver) != Affects::No)
}
