//! What of a package document a client may see: held versions left out, tags repaired.

use std::borrow::Cow;

use jiff::Timestamp;

use super::Packument;
use crate::Version;

/// A document without its held versions.
///
/// Tags that pointed at a held version go to the highest allowed version that is not above the publisher's own
/// target and of the same track (prerelease or not): never to "the newest by time", which can jump to another major.
#[derive(Debug)]
pub struct View<'a> {
    pub(super) packument: &'a Packument,
    pub(super) kept: Vec<bool>,
    pub(super) withheld: usize,
    pub(super) tags: Vec<(Cow<'a, str>, &'a str)>,
    pub(super) modified: Option<Timestamp>,
    pub(super) message: Option<&'a str>,
}

impl Packument {
    /// The view that leaves out every version (by index) for which `is_held`. `message` says why, for
    /// `policyRestrictions`.
    pub fn without<'a>(
        &'a self,
        is_held: impl Fn(usize) -> bool,
        message: Option<&'a str>,
    ) -> View<'a> {
        let kept: Vec<bool> = (0..self.entries.len())
            .map(|index| !is_held(index))
            .collect();
        let withheld = kept.iter().filter(|kept| !**kept).count();
        let newest = self
            .kept_entries(&kept)
            .filter_map(|entry| entry.published)
            .max();
        // `modified` bounds every version's time from above; clients fetch full documents when it looks too young.
        let modified = if withheld == 0 {
            self.modified.max(newest)
        } else {
            newest.or(self.modified)
        };
        View {
            tags: self.repaired_tags(&kept),
            packument: self,
            kept,
            withheld,
            modified,
            message,
        }
    }

    fn kept_entries<'a, 'b>(
        &'a self,
        kept: &'b [bool],
    ) -> impl Iterator<Item = &'a super::Entry> + use<'a, 'b> {
        self.entries
            .iter()
            .zip(kept)
            .filter_map(|(entry, kept)| kept.then_some(entry))
    }

    fn repaired_tags<'a>(&'a self, kept: &[bool]) -> Vec<(Cow<'a, str>, &'a str)> {
        let mut tags = Vec::with_capacity(self.tags.len() + 1);
        for (tag, target) in &self.tags {
            let allowed = self.position(target).is_some_and(|index| kept[index]);
            let repaired = if allowed {
                Some(target.as_str())
            } else {
                self.nearest_below(kept, target)
            };
            if let Some(version) = repaired {
                tags.push((Cow::Borrowed(tag.as_str()), version));
            }
        }
        // Clients fail in odd ways without a `latest`, so there is one as long as there is any version.
        if !tags.iter().any(|(tag, _)| tag == "latest")
            && let Some(version) = self.highest(kept, |_| true)
        {
            tags.push((Cow::Borrowed("latest"), version));
        }
        tags
    }

    /// The highest kept version that is not above `target`: of its own track if there is one, else of the other.
    fn nearest_below<'a>(&'a self, kept: &[bool], target: &str) -> Option<&'a str> {
        let target = Version::parse(target).ok()?;
        self.highest(kept, |version| {
            *version <= target && version.is_prerelease() == target.is_prerelease()
        })
        .or_else(|| self.highest(kept, |version| *version <= target))
    }

    /// The highest kept release that `fits`, or prerelease if no release does.
    fn highest<'a>(&'a self, kept: &[bool], fits: impl Fn(&Version) -> bool) -> Option<&'a str> {
        self.kept_entries(kept)
            .filter_map(|entry| Some((entry.semver.as_ref()?, entry)))
            .filter(|(version, _)| fits(version))
            .max_by(|(a, _), (b, _)| {
                let release = |version: &Version| !version.is_prerelease();
                (release(a), *a).cmp(&(release(b), *b))
            })
            .map(|(_, entry)| &*entry.version)
    }
}

impl View<'_> {
    /// Whether no version is left; such a package is refused as a whole, with the reason.
    pub fn is_empty(&self) -> bool {
        self.withheld == self.kept.len()
    }

    /// How many versions are left out.
    pub fn withheld(&self) -> usize {
        self.withheld
    }

    /// Tag and target after repair.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags
            .iter()
            .map(|(tag, version)| (tag.as_ref(), *version))
    }

    /// The target of one tag after repair.
    pub fn tag(&self, tag: &str) -> Option<&str> {
        self.tags().find(|(known, _)| *known == tag).map(|(_, v)| v)
    }

    /// The version to use instead of a withheld one: the highest shown that is not above it, of its track if any is.
    pub fn instead_of(&self, version: &str) -> Option<&str> {
        self.packument.nearest_below(&self.kept, version)
    }

    /// Whether the version at `index` of [`Packument::entries`] is shown.
    pub fn shows(&self, index: usize) -> bool {
        self.kept[index]
    }
}
