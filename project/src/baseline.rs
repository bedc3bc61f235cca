//! `lazaret-baseline.json`: what was already there on day one, so that only what comes fails. It never holds malicious code,
//! and what is gone from the project goes from it too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::{Check, Finding, State};

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

    /// Marks what is known, and gives the baseline without what is gone.
    pub fn apply(&self, findings: &mut [Finding]) -> Self {
        let mut left = BTreeMap::new();
        for finding in findings
            .iter_mut()
            .filter(|finding| finding.counts() && finding.check != Check::Malicious)
        {
            let fingerprint = finding.fingerprint();
            if let Some(line) = self.findings.get(&fingerprint) {
                finding.state = State::Baselined;
                left.insert(fingerprint, line.clone());
            }
        }
        Self {
            schema: 1,
            findings: left,
        }
    }
}

fn line(finding: &Finding) -> String {
    let about = finding.package.as_deref().unwrap_or(&finding.message);
    let about = lazaret_npm::text::printable_up_to(about, 200);
    format!("{} {}: {about}", finding.rule, finding.file)
}
