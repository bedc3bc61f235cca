//! The flat list of what a lockfile installs.

use super::{Lockfile, Source};

/// Every package that comes from elsewhere, each `name@version` with one checksum once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Ordered by name, version and checksum.
    pub items: Vec<Item>,
}

/// One package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    pub name: Box<str>,
    pub version: Box<str>,
    pub integrity: Option<Box<str>>,
    pub source: Source,
    pub resolved: Option<Box<str>>,
    /// Needed for development only.
    pub dev: bool,
    pub optional: bool,
}

impl Lockfile {
    pub fn inventory(&self) -> Inventory {
        let packages = self.packages().filter(|entry| !entry.is_tool);
        let mut items: Vec<Item> = packages
            .map(|entry| Item {
                name: entry.name.clone(),
                version: entry
                    .version
                    .as_ref()
                    .map_or_else(Box::default, |version| version.text.clone()),
                integrity: entry.integrity.as_ref().map(|text| text.text.clone()),
                source: entry.source,
                resolved: entry.resolved.as_ref().map(|text| text.text.clone()),
                dev: entry.dev,
                optional: entry.optional,
            })
            .collect();
        items.sort();
        // What is in the tree twice is needed if one of them is.
        items.dedup_by(|again, kept| {
            let same = (
                &again.name,
                &again.version,
                &again.integrity,
                again.source,
                &again.resolved,
            ) == (
                &kept.name,
                &kept.version,
                &kept.integrity,
                kept.source,
                &kept.resolved,
            );
            if same {
                kept.dev &= again.dev;
                kept.optional &= again.optional;
            }
            same
        });
        Inventory { items }
    }
}
