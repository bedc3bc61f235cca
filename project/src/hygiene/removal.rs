//! What would leave the tree with a dependency: everything that is reached through it alone.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::lockfile::Source;
use serde::Serialize;

use super::{Known, Request, dominators};

/// Packages that are listed by name.
const MOST_LISTED: usize = 1_000;

/// What goes with one dependency, if every manifest that declares it stops doing so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// How many versions of packages.
    pub packages: usize,
    /// `name@version`, at most a thousand.
    pub ids: Vec<String>,
    /// Of what is installed.
    pub bytes: u64,
    /// How many of the packages are not installed, and so not in `bytes`.
    pub not_measured: usize,
    /// `name@version` of those that run something when they are installed.
    pub install_scripts: Vec<String>,
    /// Of how many nobody knows whether they do.
    pub install_scripts_unknown: usize,
    /// Who could publish something into this tree, and could not any more.
    pub maintainers: Known<Vec<String>>,
}

/// All of them, by the name that is declared.
pub(super) struct Removals {
    by_name: BTreeMap<String, Removal>,
}

impl Removals {
    pub(super) fn of(request: &Request<'_>) -> Self {
        let lockfile = &request.project.lockfile;
        let entries = &lockfile.entries;
        let mut declared: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for importer in &lockfile.importers {
            for asked in &entries[*importer as usize].dependencies {
                let to = asked.to.map(|to| to as usize);
                declared.entry(&asked.name).or_default().extend(to);
            }
        }
        // Node 0 stands for the project, then a node for each declaration, then the entries.
        let first = 1 + declared.len();
        let mut successors: Vec<Vec<usize>> = vec![Vec::new(); first + entries.len()];
        for (index, targets) in declared.values().enumerate() {
            successors[0].push(1 + index);
            successors[1 + index].extend(targets.iter().map(|to| first + to));
        }
        let importers: BTreeSet<usize> = lockfile
            .importers
            .iter()
            .map(|index| *index as usize)
            .collect();
        successors[0].extend(importers.iter().map(|importer| first + importer));
        for (index, entry) in entries.iter().enumerate() {
            if !importers.contains(&index) {
                let targets = entry.dependencies.iter().filter_map(|asked| asked.to);
                successors[first + index].extend(targets.map(|to| first + to as usize));
            }
        }
        let dominators = dominators::immediate(&successors);
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); successors.len()];
        for (node, dominator) in dominators.iter().enumerate() {
            if let Some(dominator) = dominator {
                below[*dominator].push(node);
            }
        }
        let mut copies: BTreeMap<String, usize> = BTreeMap::new();
        for entry in entries
            .iter()
            .filter(|entry| entry.source != Source::Workspace)
        {
            *copies.entry(entry.id()).or_default() += 1;
        }
        let people = People::of(request);
        let mut by_name = BTreeMap::new();
        for (index, (name, targets)) in declared.iter().enumerate() {
            if targets.is_empty() {
                continue;
            }
            let mut gone: BTreeMap<String, (usize, usize)> = BTreeMap::new();
            let mut open = below[1 + index].clone();
            while let Some(node) = open.pop() {
                open.extend(&below[node]);
                let entry = &entries[node - first];
                if entry.source != Source::Workspace {
                    let known = gone.entry(entry.id()).or_insert((0, node - first));
                    known.0 += 1;
                }
            }
            // What is there a second time stays.
            gone.retain(|id, (count, _)| copies.get(id) == Some(count));
            let gone = gone
                .into_iter()
                .map(|(id, (_, entry))| (id, entry))
                .collect();
            by_name.insert((*name).to_owned(), removal(request, &gone, &people));
        }
        Self { by_name }
    }

    pub(super) fn of_name(&self, name: &str) -> Option<Removal> {
        self.by_name.get(name).cloned()
    }
}

fn removal(request: &Request<'_>, gone: &BTreeMap<String, usize>, people: &People<'_>) -> Removal {
    let mut removal = Removal {
        packages: gone.len(),
        ids: gone.keys().take(MOST_LISTED).cloned().collect(),
        bytes: 0,
        not_measured: 0,
        install_scripts: Vec::new(),
        install_scripts_unknown: 0,
        maintainers: people.gone_with(gone),
    };
    for (id, index) in gone {
        let entry = &request.project.lockfile.entries[*index];
        let version = entry
            .version
            .as_ref()
            .map_or("", |version| version.as_str());
        let copy = request.installed.get(&entry.name, version);
        match copy.and_then(crate::installed::Copy::bytes) {
            Some(bytes) => removal.bytes = removal.bytes.saturating_add(bytes),
            None => removal.not_measured += 1,
        }
        let registry = request.registry.get(&*entry.name);
        let known = [
            entry.has_install_script,
            copy.map(|copy| copy.has_install_script),
            registry.and_then(|registry| registry.has_install_script(version)),
        ];
        // Who says that it does is believed: a lockfile may leave it out.
        let known: Vec<bool> = known.into_iter().flatten().collect();
        let runs = (!known.is_empty()).then(|| known.contains(&true));
        match runs {
            Some(true) => removal.install_scripts.push(id.clone()),
            Some(false) => {}
            None => removal.install_scripts_unknown += 1,
        }
    }
    removal
}

/// Who maintains what.
struct People<'a> {
    /// By entry; nothing if that is not known.
    of_entry: Vec<Option<&'a [String]>>,
    /// How many entries each maintains, those of equal `name@version` once.
    counts: BTreeMap<&'a str, BTreeSet<String>>,
    unknown: usize,
}

impl<'a> People<'a> {
    fn of(request: &Request<'a>) -> Self {
        let entries = request.project.lockfile.entries.iter();
        let of_entry: Vec<Option<&[String]>> = entries
            .clone()
            .map(|entry| match entry.source {
                Source::Registry => request.registry.get(&*entry.name)?.maintainers(),
                // Nobody publishes these.
                _ => Some(&[][..]),
            })
            .collect();
        let mut counts: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (entry, people) in entries.zip(&of_entry) {
            for person in people.iter().copied().flatten() {
                counts.entry(person).or_default().insert(entry.id());
            }
        }
        let unknown = of_entry.iter().filter(|people| people.is_none()).count();
        Self {
            of_entry,
            counts,
            unknown,
        }
    }

    fn gone_with(&self, gone: &BTreeMap<String, usize>) -> Known<Vec<String>> {
        if self.unknown > 0 {
            let why = format!(
                "who maintains {} of the packages is not known (--all asks for all of them)",
                self.unknown
            );
            return Known::Unknown { why };
        }
        let mut people: BTreeSet<&str> = BTreeSet::new();
        for index in gone.values() {
            people.extend(
                self.of_entry[*index]
                    .iter()
                    .copied()
                    .flatten()
                    .map(String::as_str),
            );
        }
        let leaves = |person: &&str| {
            let mut own = self.counts.get(person).into_iter().flatten();
            own.all(|id| gone.contains_key(id))
        };
        Known::Ok {
            value: Some(
                people
                    .into_iter()
                    .filter(leaves)
                    .map(str::to_owned)
                    .collect(),
            ),
        }
    }
}
