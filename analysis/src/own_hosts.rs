//! Where a project is at home, by its own `package.json`: a request there is less of a surprise.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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

/// Below these everybody may register a name: the name is the first label more.
const SUFFIXES: &[&str] = &[
    "ac.uk",
    "co.in",
    "co.jp",
    "co.kr",
    "co.nz",
    "co.uk",
    "co.za",
    "com.ar",
    "com.au",
    "com.br",
    "com.cn",
    "com.hk",
    "com.mx",
    "com.sg",
    "com.tr",
    "com.tw",
    "github.io",
    "gitlab.io",
    "gov.uk",
    "herokuapp.com",
    "net.au",
    "netlify.app",
    "ne.jp",
    "or.jp",
    "org.au",
    "org.uk",
    "pages.dev",
    "vercel.app",
    "web.app",
    "workers.dev",
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
                        .and_then(host_of)
                        .map(|host| domain(&host).to_owned())
                        .filter(|domain| {
                            domain.contains('.') && !SHARED.contains(&domain.as_str())
                        }),
                );
            }
        }
        Self(domains)
    }

    /// Is it one of them, or below one?
    pub fn has(&self, host: &str) -> bool {
        self.0.contains(domain(&host.to_ascii_lowercase()))
    }
}

/// The host of a URL with a scheme, in lower case.
pub fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = if host.starts_with('[') {
        host.split_inclusive(']').next().unwrap_or(host)
    } else {
        host.split(':').next().unwrap_or(host)
    };
    let host = host.trim_end_matches('.');
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// The part of a host name that somebody registered: the last two labels, or three where the last two are a suffix.
pub fn domain(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at);
    let (Some(_), Some(second)) = (dots.next(), dots.next()) else {
        return host;
    };
    if SUFFIXES.contains(&&host[second + 1..]) {
        return dots.next().map_or(host, |third| &host[third + 1..]);
    }
    &host[second + 1..]
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
        assert!(own.has("api.example.co.uk"));
        assert!(own.has("ME.github.io"));
        assert!(!own.has("you.github.io"));
        assert!(!own.has("github.com"));
        assert!(!own.has("api.github.com"));
        assert!(!own.has("other.co.uk"));
    }

    #[test]
    fn hosts_are_what_a_client_would_ask() {
        assert_eq!(
            host_of("https://a@b.invalid:80/x@c").as_deref(),
            Some("b.invalid")
        );
        assert_eq!(host_of("http://[::1]:80/").as_deref(), Some("[::1]"));
        assert_eq!(host_of("git@x:y"), None);
        assert_eq!(domain("a.b.c"), "b.c");
        assert_eq!(domain("localhost"), "localhost");
        assert_eq!(domain("x.github.io"), "x.github.io");
        assert_eq!(domain("github.io"), "github.io");
    }
}
