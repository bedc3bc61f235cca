//! What the registry tells of a version and of the one before it. Mirrors leave members out: what is not told is
//! unknown, which is never the same as absent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Facts of the registry. `…_after` is the version that is inspected, `…_before` the one that it is compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct History {
    /// The account that published it.
    pub publisher_before: Option<String>,
    pub publisher_after: Option<String>,
    /// The accounts that might publish it.
    pub maintainers_before: Option<Vec<String>>,
    pub maintainers_after: Option<Vec<String>>,
    /// Has it attestations of where it was built? Unknown if the registry leaves them out for all versions.
    pub provenance_before: Option<bool>,
    pub provenance_after: Option<bool>,
    /// Was it published by a workflow, without a token?
    pub trusted_publisher_before: Option<bool>,
    pub trusted_publisher_after: Option<bool>,
    pub published_before: Option<Timestamp>,
    pub published_after: Option<Timestamp>,
    /// When each version of the package was published, of any line.
    pub published: BTreeMap<String, Timestamp>,
    /// When dependencies were first published.
    #[serde(rename = "first-published", alias = "first_published")]
    pub first_published: BTreeMap<String, Timestamp>,
    /// How many other packages the same account published within an hour of this version.
    pub burst: Option<u32>,
}

impl History {
    /// How old a dependency was when the version was published, in days. None if either is not known.
    pub fn days_old(&self, dependency: &str) -> Option<i64> {
        let first = self.first_published.get(dependency)?;
        Some(days(*first, self.published_after?))
    }

    /// How old the package was when the version was published, in days. None if the registry does not tell of its versions.
    pub fn days_since_first(&self) -> Option<i64> {
        let first = self.published.values().min()?;
        Some(days(*first, self.published_after?))
    }

    /// How long the package had rested before the version was published, in days, over all its lines.
    pub fn days_rested(&self) -> Option<i64> {
        let now = self.published_after?;
        let last = (self.published.values().copied())
            .chain(self.published_before)
            .filter(|published| *published < now)
            .max()?;
        Some(days(last, now))
    }
}

fn days(from: Timestamp, until: Timestamp) -> i64 {
    (until.as_second() - from.as_second()).div_euclid(24 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_is_unknown() {
        let history: History = serde_json::from_str(
            r#"{"published_after": "2026-05-11T00:00:00Z", "published_before": "2026-05-01T12:00:00Z",
                "first-published": {"a": "2026-05-10T12:00:00Z"}}"#,
        )
        .unwrap();
        assert_eq!(history.provenance_before, None);
        assert_eq!(history.days_old("a"), Some(0));
        assert_eq!(history.days_old("b"), None);
        assert_eq!(history.days_rested(), Some(9));
        assert_eq!(History::default().days_rested(), None);
    }

    #[test]
    fn a_misspelt_member_is_an_error() {
        assert!(serde_json::from_str::<History>(r#"{"provenence_before": true}"#).is_err());
    }
}
