//! `lazaret-baseline.json`: what was already there on day one, so that only what comes fails. It never holds malicious code,
//! and what is gone from the project goes from it too.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::finding::{Check, Finding, State};
use crate::rules;

/// The file's name.
pub const FILE: &str = "lazaret-baseline.json";

/// Known findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    pub schema: u32,
    /// By fingerprint, with a line for people.
    pub findings: BTreeMap<String, String>,
}

impl Baseline {
    /// Of everything that makes a check fail now, malicious code excepted.
    pub fn of(findings: &[Finding]) -> Self {
        let known = findings
            .iter()
            .filter(|finding| finding.counts() && finding.check != Check::Malicious);
        Self {
            schema: 1,
            findings: known
                .map(|finding| (finding.fingerprint(), line(finding)))
                .collect(),
        }
    }

    /// # Errors
    /// When the text is no baseline of this form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let baseline: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match baseline.schema {
            1 => Ok(baseline),
            other => Err(format!("its schema is {other}, this program reads 1")),
        }
    }

    /// As it is written to its file.
    pub fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{text}\n")
    }

    /// Marks what is known.
    pub fn apply(&self, findings: &mut [Finding]) {
        for finding in findings
            .iter_mut()
            .filter(|finding| finding.counts() && finding.check != Check::Malicious)
        {
            if self.findings.contains_key(&finding.fingerprint()) {
                finding.state = State::Baselined;
            }
        }
    }

    /// Without what is gone from the project: a whole look at it found nothing of the kind, failing or not.
    pub fn without_gone(&self, findings: &[Finding], look: Look) -> Self {
        let found: BTreeSet<String> = findings.iter().map(Finding::fingerprint).collect();
        let mut left = self.clone();
        left.findings
            .retain(|fingerprint, line| found.contains(fingerprint) || !look.could_find(line));
        left
    }
}

/// What a look at the whole project could find.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// A registry was asked.
    pub with_registry: bool,
    /// It was compared with what was before.
    pub with_base: bool,
}

impl Look {
    /// Whether what stands on a line of a baseline could have been found.
    fn could_find(self, line: &str) -> bool {
        let id = line.split(' ').next().unwrap_or_default();
        let is_of_change = rules::rule(id)
            .map_or(id != lazaret_policy::rules::vulnerable::RULE.id, |rule| {
                rule.check == Check::Changes
            });
        let takes_registry = is_of_change || rules::asks_registry(id);
        (self.with_base || !is_of_change) && (self.with_registry || !takes_registry)
    }
}

fn line(finding: &Finding) -> String {
    let about = finding.package.as_deref().unwrap_or(&finding.message);
    let about = lazaret_npm::text::printable_up_to(about, 200);
    format!("{} {}: {about}", finding.rule, finding.file)
}
