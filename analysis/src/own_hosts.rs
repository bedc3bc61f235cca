//! Where a project is at home, by its own `package.json`: a request there is less of a surprise.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::host::{self, Host};
use crate::manifest::Manifest;

/// Anybody has pages or repositories there: they are nobody's home.
const SHARED: &[&str] = &[
    "bitbucket.org",
    "codeberg.org",
    "gitee.com",
    "github.com",
    "gitlab.com",
    "google.com",
    "medium.com",
    "twitter.com",
    "x.com",
    "youtube.com",
];

/// Domains of `homepage`, `repository`, `bugs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnHosts(BTreeSet<String>);

impl OwnHosts {
    pub fn of(manifest: &Manifest) -> Self {
        let mut domains = BTreeSet::new();
        for member in ["homepage", "repository", "bugs"] {
            let value = &manifest.value[member];
            for url in [value, &value["url"]] {
                domains.extend(
                    url.as_str()
                        .and_then(|url| host::of_url(url.trim_start_matches("git+")))
                        .filter(Host::is_public)
                        .map(|host| host.domain().to_owned())
                        .filter(|domain| !SHARED.contains(&domain.as_str())),
                );
            }
        }
        Self(domains)
    }

    /// Is it one of them, or below one?
    pub fn has(&self, host: &str) -> bool {
        host::of_name(host).is_some_and(|host| self.0.contains(host.domain()))
    }

    /// Their domains, sorted.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_at_home_on_its_domain_and_not_where_everybody_is() {
        let manifest = Manifest::parse(
            r#"{"homepage": "https://docs.Example.co.uk/x", "repository": {"url": "git+https://github.com/o/r.git"},
                "bugs": "https://me.github.io/x"}"#,
        );
        let own = OwnHosts::of(&manifest);
        let has = |name: &str| own.has(name);
        assert!(has("api.example.co.uk"));
        assert!(has("ME.github.io"));
        assert!(!has("you.github.io"));
        assert!(!has("github.com"));
        assert!(!has("api.github.com"));
        assert!(!has("other.co.uk"));
    }
}
