//! The versions that do what attacks do, by name: for audits of trees that may hold them already.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use lazaret_npm::PackageName;
use lazaret_policy::{Inspected, Look};
use lazaret_store::{Db, Inspection};

use super::summary;

/// More than there ever were.
const MOST: u32 = 100_000;

/// One of them.
pub(crate) struct Bad {
    pub(crate) inspected: Inspected,
    /// Its bytes.
    pub(crate) sha512: String,
}

#[derive(Default)]
pub(crate) struct Blocked(Mutex<BTreeMap<PackageName, BTreeMap<String, Arc<Bad>>>>);

impl Blocked {
    /// Those that inspections before this start found.
    pub(crate) async fn read(&self, db: &Db) -> Result<()> {
        for inspection in db.blocked_inspections(MOST).await? {
            self.note(&inspection);
        }
        Ok(())
    }

    /// To be told of every inspection.
    pub(super) fn note(&self, inspection: &Inspection) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, version) = (&inspection.name, &inspection.version);
        match summary::of(inspection).filter(|inspected| inspected.outcome == Look::Block) {
            Some(inspected) => {
                let sha512 = inspection.sha512.clone();
                let bad = Arc::new(Bad { inspected, sha512 });
                let versions = names.entry(name.clone()).or_default();
                versions.insert(version.clone(), bad);
            }
            None => {
                if let Some(versions) = names.get_mut(name) {
                    versions.remove(version);
                }
            }
        }
    }

    pub(crate) fn get(&self, name: &PackageName, version: &str) -> Option<Arc<Bad>> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(name)?.get(version).cloned()
    }
}
