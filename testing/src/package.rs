//! The description of one package: its releases, tags and document fields.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Release;

/// A package as a test describes it.
#[derive(Clone, Debug)]
pub struct Package {
    pub(crate) name: String,
    pub(crate) releases: Vec<Release>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) fields: Map<String, Value>,
    pub(crate) created: Option<String>,
    pub(crate) modified: Option<String>,
    /// Counts changes, for `_rev`.
    pub(crate) revision: u64,
}

impl Package {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            releases: Vec::new(),
            tags: BTreeMap::new(),
            fields: Map::new(),
            created: None,
            modified: None,
            revision: 1,
        }
    }

    /// Adds a version. Without `.published(..)` it is a day younger than the one before, the first of 2024-01-01.
    ///
    /// # Panics
    /// When the version is there already.
    #[must_use]
    pub fn version(mut self, version: &str, describe: impl FnOnce(Release) -> Release) -> Self {
        assert!(
            self.release(version).is_none(),
            "{}@{version} is described twice",
            self.name
        );
        let release = Release::new(&self.name, version, self.releases.len());
        self.releases.push(describe(release));
        self
    }

    /// Points a dist-tag at a version, which need not exist.
    #[must_use]
    pub fn tag(mut self, tag: &str, version: &str) -> Self {
        self.tags.insert(tag.to_owned(), version.to_owned());
        self
    }

    /// Removes a dist-tag that was set by [`Package::tag`].
    #[must_use]
    pub fn untag(mut self, tag: &str) -> Self {
        self.tags.remove(tag);
        self
    }

    /// Sets a field of the document; `Value::Null` leaves it out (`.field("time", Value::Null)`).
    #[must_use]
    pub fn field(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(key.to_owned(), value.into());
        self
    }

    /// `time.created` instead of the oldest version's time.
    #[must_use]
    pub fn created(mut self, instant: &str) -> Self {
        self.created = Some(instant.to_owned());
        self
    }

    /// `time.modified` instead of the youngest version's time.
    #[must_use]
    pub fn modified(mut self, instant: &str) -> Self {
        self.modified = Some(instant.to_owned());
        self
    }

    pub(crate) fn release(&self, version: &str) -> Option<&Release> {
        self.releases
            .iter()
            .find(|release| release.version == version)
    }

    /// The tags with `latest` filled in: the newest described release that is not a prerelease, else the newest.
    pub(crate) fn all_tags(&self) -> BTreeMap<String, String> {
        let mut tags = self.tags.clone();
        let stable = self
            .releases
            .iter()
            .rev()
            .find(|release| !release.version.contains('-'));
        if let Some(release) = stable.or(self.releases.last()) {
            tags.entry("latest".to_owned())
                .or_insert_with(|| release.version.clone());
        }
        tags
    }
}
