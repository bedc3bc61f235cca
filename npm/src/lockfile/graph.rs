//! Who needs what: from the project's own entries to every other, the shortest way first.

use super::{Kind, Lockfile, Source};

/// Which entries are reached, and how.
#[derive(Clone, Debug)]
pub struct Reach {
    entries: Vec<Reached>,
}

/// How one entry is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// By anything at all.
    pub is_reached: bool,
    /// Without going through a `devDependencies` of the project.
    pub by_production: bool,
    /// Without going through an optional dependency.
    pub by_required: bool,
    /// The entry before it on the shortest way.
    pub parent: Option<u32>,
    /// The project itself asks for it.
    pub is_direct: bool,
}

impl Lockfile {
    /// Walks the whole graph, three times at most.
    pub fn reach(&self) -> Reach {
        let mut reach = Reach {
            entries: vec![Reached::default(); self.entries.len()],
        };
        let all = self.walk(
            |_, _| true,
            &mut |to, parent, reached: &mut Reach| {
                let entry = &mut reached.entries[to as usize];
                entry.is_reached = true;
                entry.parent = parent;
            },
            &mut reach,
        );
        let production = self.walk(
            |is_own, kind| !(is_own && kind == Kind::Development),
            &mut |to, _, reached| reached.entries[to as usize].by_production = true,
            &mut reach,
        );
        let required = self.walk(
            |_, kind| kind != Kind::Optional,
            &mut |to, _, reached| reached.entries[to as usize].by_required = true,
            &mut reach,
        );
        debug_assert!(production <= all && required <= all);
        for importer in &self.importers {
            for dependency in &self.entries[*importer as usize].dependencies {
                if let Some(to) = dependency.to {
                    reach.entries[to as usize].is_direct = true;
                }
            }
        }
        reach
    }

    /// Breadth first; gives how many entries it saw.
    fn walk(
        &self,
        follows: impl Fn(bool, Kind) -> bool,
        see: &mut impl FnMut(u32, Option<u32>, &mut Reach),
        reach: &mut Reach,
    ) -> usize {
        let mut seen = vec![false; self.entries.len()];
        let mut queue = std::collections::VecDeque::new();
        for importer in &self.importers {
            if !std::mem::replace(&mut seen[*importer as usize], true) {
                see(*importer, None, reach);
                queue.push_back(*importer);
            }
        }
        let mut count = queue.len();
        while let Some(from) = queue.pop_front() {
            let entry = &self.entries[from as usize];
            let is_own = entry.source == Source::Workspace;
            for dependency in &entry.dependencies {
                let Some(to) = dependency.to.filter(|_| follows(is_own, dependency.kind)) else {
                    continue;
                };
                if !std::mem::replace(&mut seen[to as usize], true) {
                    see(to, Some(from), reach);
                    queue.push_back(to);
                    count += 1;
                }
            }
        }
        count
    }

    /// Fills `dev` and `optional` where the file does not say them.
    pub(super) fn infer_scopes(&mut self) {
        let reach = self.reach();
        for (entry, reached) in self.entries.iter_mut().zip(&reach.entries) {
            if entry.source != Source::Workspace && reached.is_reached {
                entry.dev |= !reached.by_production;
                entry.optional |= !reached.by_required;
            }
        }
    }
}

impl Reach {
    pub fn of(&self, entry: u32) -> Reached {
        self.entries
            .get(entry as usize)
            .copied()
            .unwrap_or_default()
    }

    /// The shortest way to an entry, from the project's own entry on; empty if nothing leads there.
    pub fn path(&self, entry: u32) -> Vec<u32> {
        if !self.of(entry).is_reached {
            return Vec::new();
        }
        let mut path = vec![entry];
        let mut at = entry;
        while let Some(parent) = self.of(at).parent {
            path.push(parent);
            at = parent;
        }
        path.reverse();
        path
    }
}
