//! Everything the fake npm holds; changed by tests while it runs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::packument::{Rendered, abbreviated, full};
use crate::record::{Request, plain};
use crate::{Fault, Fixed, Package};

#[derive(Debug, Default)]
pub(crate) struct World {
    packages: BTreeMap<String, Entry>,
    routes: BTreeMap<String, Fixed>,
    faults: Vec<(u64, On, Fault)>,
    next_fault: u64,
    pub(crate) keys: Option<Value>,
    pub(crate) authorization: Option<String>,
    /// Empty, or a slash and a path without one at its end.
    pub(crate) prefix: String,
    pub(crate) tarball_origin: Option<String>,
}

/// Which requests a fault is for.
pub(crate) enum On {
    Path(String),
    When(Box<dyn Fn(&Request) -> bool + Send>),
}

impl fmt::Debug for On {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => formatter.write_str(path),
            Self::When(_) => formatter.write_str("a predicate"),
        }
    }
}

/// A package with its documents, each rendered when first asked for.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) package: Arc<Package>,
    full: Arc<OnceLock<Rendered>>,
    abbreviated: Arc<OnceLock<Rendered>>,
}

impl Entry {
    fn new(package: Arc<Package>) -> Self {
        Self {
            package,
            full: Arc::default(),
            abbreviated: Arc::default(),
        }
    }

    pub(crate) fn full(&self, base: &str) -> &Rendered {
        self.full.get_or_init(|| full(&self.package, base))
    }

    pub(crate) fn abbreviated(&self, base: &str) -> &Rendered {
        self.abbreviated
            .get_or_init(|| abbreviated(&self.package, base))
    }
}

impl World {
    pub(crate) fn insert(&mut self, package: Package) {
        self.packages
            .insert(package.name.clone(), Entry::new(Arc::new(package)));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.packages.remove(name);
    }

    pub(crate) fn entry(&self, name: &str) -> Option<Entry> {
        self.packages.get(name).cloned()
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.packages.values().cloned().collect()
    }

    /// Changes a package, which is made if it is not there.
    pub(crate) fn change(&mut self, name: &str, change: impl FnOnce(Package) -> Package) {
        let package = self.packages.get(name).map_or_else(
            || Package::new(name),
            |entry| Package::clone(&entry.package),
        );
        let mut package = change(package);
        package.revision += 1;
        self.insert(package);
    }

    pub(crate) fn route(&mut self, path: &str, fixed: Fixed) {
        self.routes.insert(plain(path), fixed);
    }

    pub(crate) fn unroute(&mut self, path: &str) {
        self.routes.remove(&plain(path));
    }

    /// The fixed answer for a path as asked, or with the registry's prefix taken off.
    pub(crate) fn routed(&self, path: &str) -> Option<Fixed> {
        let whole = plain(path);
        let below = whole.strip_prefix(&self.prefix).unwrap_or(&whole);
        [whole.as_str(), below]
            .iter()
            .flat_map(|path| [*path, path.split('?').next().unwrap_or(path)])
            .find_map(|path| self.routes.get(path))
            .cloned()
    }

    pub(crate) fn fault(&mut self, on: On, fault: Fault) {
        self.next_fault += 1;
        self.faults.push((self.next_fault, on, fault));
    }

    pub(crate) fn heal(&mut self, path: &str) {
        self.faults
            .retain(|(_, on, _)| !matches!(on, On::Path(other) if plain(other) == plain(path)));
    }

    pub(crate) fn heal_all(&mut self) {
        self.faults.clear();
    }

    pub(crate) fn has_fault(&self, id: u64) -> bool {
        self.faults.iter().any(|(other, _, _)| *other == id)
    }

    /// The youngest fault for this request; counts it.
    pub(crate) fn fault_for(&mut self, request: &Request) -> Option<(u64, Fault)> {
        let at = self.faults.iter().rposition(|(_, on, _)| match on {
            On::Path(path) => {
                request.is_for(path) || request.is_for(&format!("{}{path}", self.prefix))
            }
            On::When(matches) => matches(request),
        })?;
        let (id, _, fault) = &mut self.faults[at];
        let found = (*id, fault.clone());
        if let Some(left) = &mut fault.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.faults.remove(at);
            }
        }
        Some(found)
    }
}
