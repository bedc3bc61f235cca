//! `lazaret-reviews.toml`: who looked at what, kept with the project. A review is of the very bytes that are locked, or of what
//! changed from one version to them.

use serde::Deserialize;

use crate::finding::{Check, Finding, State};

/// The file's name.
pub const FILE: &str = "lazaret-reviews.toml";

/// The reviews of a project.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviews {
    #[serde(default)]
    pub review: Vec<Review>,
}

/// One look at one version.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Review {
    /// `name@version`.
    pub package: String,
    /// As it is locked; a sha512.
    pub integrity: String,
    /// The version that it was compared with; without it all of it was looked at.
    pub from: Option<String>,
    pub by: String,
    /// The day.
    pub on: toml::value::Datetime,
    pub note: Option<String>,
}

impl Reviews {
    /// Reads the file.
    ///
    /// # Errors
    /// Anything wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let reviews: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for (index, review) in reviews.review.iter().enumerate() {
            review
                .check()
                .map_err(|fault| format!("review {}: {fault}", index + 1))?;
        }
        Ok(reviews)
    }

    /// What packages do need not be looked at again. Nothing else is excused by a review: a malicious version is one whoever
    /// looked at it.
    pub fn apply(&self, findings: &mut [Finding]) {
        let behaviour = lazaret_policy::rules::behaviour::RULE.id;
        let asked = findings.iter_mut().filter(|finding| {
            finding.check == Check::Changes
                && finding.rule == behaviour
                && finding.state == State::Open
        });
        for finding in asked {
            if let Some(review) = self.review.iter().find(|review| review.is_of(finding)) {
                let note = review.note.as_ref().map(|note| format!(": {note}"));
                finding.state = State::Waived {
                    reason: format!(
                        "reviewed by {} on {}{}",
                        review.by,
                        review.on,
                        note.unwrap_or_default()
                    ),
                    until: None,
                };
            }
        }
    }
}

impl Review {
    fn check(&self) -> Result<(), String> {
        if self.by.trim().is_empty() {
            return Err("`by` is empty".to_owned());
        }
        let is_sha512 = lazaret_npm::Integrity::parse(&self.integrity)
            .is_ok_and(|integrity| integrity.sha512_hex().is_some());
        match is_sha512 {
            true => Ok(()),
            false => Err("`integrity` is no sha512, so nobody knows what was looked at".to_owned()),
        }
    }

    fn is_of(&self, finding: &Finding) -> bool {
        let is_same = finding.package.as_deref() == Some(&self.package)
            && finding.integrity.as_deref() == Some(&self.integrity);
        // Whoever looked at the change from another version has not seen this one.
        let is_change = self.from.is_none() || self.from == finding.replaces;
        is_same && is_change
    }
}

#[cfg(test)]
mod tests {
    use lazaret_npm::lockfile::{Lines, Spot};
    use lazaret_policy::Severity;

    use super::*;

    const SHA512: &str = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";

    fn finding(rule: &'static str) -> Finding {
        let lines = Lines::new("");
        let spot = Spot::default();
        let file = "package-lock.json".to_owned();
        let mut finding = Finding::at(
            Check::Changes,
            rule,
            Severity::High,
            file,
            &lines,
            spot,
            String::new(),
        );
        finding.package = Some("a@1.1.0".to_owned());
        finding.integrity = Some(SHA512.to_owned());
        finding.replaces = Some("1.0.0".to_owned());
        finding.fails = true;
        finding
    }

    fn is_excused(more: &str, finding: Finding) -> bool {
        let text = format!(
            "[[review]]\npackage = \"a@1.1.0\"\nintegrity = \"{SHA512}\"\nby = \"somebody\"\non = 2026-11-22\n{more}"
        );
        let mut findings = [finding];
        Reviews::parse(&text).unwrap().apply(&mut findings);
        !findings[0].counts()
    }

    #[test]
    fn a_review_is_of_the_very_bytes_and_of_what_they_replace() {
        assert!(is_excused("", finding("behaviour")));
        assert!(is_excused(
            "from = \"1.0.0\"\nnote = \"a new cache\"",
            finding("behaviour")
        ));
        assert!(!is_excused("from = \"0.9.0\"", finding("behaviour")));
        assert!(!is_excused("", finding("checksum-changed")));
        let mut other = finding("behaviour");
        other.integrity = None;
        assert!(!is_excused("", other));
    }

    #[test]
    fn a_review_without_a_name_or_bytes_is_an_error() {
        let text = |by: &str, integrity: &str| {
            format!(
                "[[review]]\npackage = \"a@1\"\nintegrity = \"{integrity}\"\nby = \"{by}\"\non = 2026-11-22\n"
            )
        };
        assert!(
            Reviews::parse(&text(" ", SHA512))
                .unwrap_err()
                .contains("`by`")
        );
        assert!(
            Reviews::parse(&text("x", "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="))
                .unwrap_err()
                .contains("sha512")
        );
    }
}
