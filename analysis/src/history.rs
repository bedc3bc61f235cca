//! What the registry tells of a version and of those before it. Mirrors leave members out: what is not told is
//! unknown, which is never the same as absent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Facts of the registry about one version and the one it is compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct History {
    pub before: Option<Release>,
    pub after: Option<Release>,
    /// When other versions of the package were published, of any line.
    pub published: BTreeMap<String, Timestamp>,
    /// Names of dependencies with the moment when each was first published.
    pub dependencies: BTreeMap<String, Timestamp>,
    /// How many other packages the publisher published within an hour of this version.
    pub burst: Option<u32>,
}

/// What the registry tells of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Release {
    pub version: Option<String>,
    pub published: Option<Timestamp>,
    /// The account that published it.
    pub publisher: Option<String>,
    /// The accounts that might publish then.
    pub maintainers: Option<Vec<String>>,
    /// Has it attestations of where it was built? Unknown if the registry leaves them out for all versions.
    pub provenance: Option<bool>,
    /// Was it published by a workflow without a token?
    pub trusted_publisher: Option<bool>,
}
