//! What a lockfile installs, as a graph that a plan may change. Nothing is written here.

use std::collections::HashMap;
use std::rc::Rc;

use lazaret_npm::lockfile::{Format, Kind, Lockfile, Source};
use lazaret_npm::{Range, Version};

use super::catalogue::Release;

/// How a lockfile says which entry answers a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// By where entries lie: npm, bun.
    Paths,
    /// By what was asked for: yarn.
    Descriptors,
    /// By name and version: pnpm.
    Ids,
}

#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) format: Format,
    pub(super) family: Family,
    /// The lockfile's entries in their order, then new ones.
    pub(super) nodes: Vec<Node>,
    importers: Vec<usize>,
    by_key: HashMap<String, usize>,
}

/// An entry.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    /// The path it lies at; of yarn what is asked for, of pnpm the id; of the project's own the folder.
    pub(super) key: String,
    pub(super) version: String,
    pub(super) semver: Option<Version>,
    pub(super) source: Source,
    /// Why it cannot be replaced.
    pub(super) is_bundled: bool,
    pub(super) is_patched: bool,
    pub(super) is_tool: bool,
    pub(super) dev: bool,
    pub(super) optional: bool,
    pub(super) wants: Vec<Want>,
    /// What it becomes, or is if it is new.
    pub(super) release: Option<Rc<Release>>,
    /// Of yarn: what it answers.
    pub(super) descriptors: Vec<String>,
    pub(super) was_reached: bool,
    pub(super) is_gone: bool,
    /// The entry of the same version that it is now part of.
    pub(super) became: Option<usize>,
}

/// What an entry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) name: String,
    /// As the lockfile has it, or the range of a new one.
    pub(super) spec: String,
    pub(super) kind: Kind,
    pub(super) to: Option<usize>,
    /// It is not what the lockfile has.
    pub(super) is_new: bool,
    /// An override of the plan decides.
    pub(super) is_overridden: bool,
}

impl Tree {
    pub(super) fn of(lockfile: &Lockfile) -> Self {
        let family = match lockfile.format {
            Format::PackageLock | Format::Bun => Family::Paths,
            Format::Yarn1 | Format::YarnBerry => Family::Descriptors,
            Format::Pnpm => Family::Ids,
        };
        let reach = lockfile.reach();
        let nodes = lockfile.entries.iter().enumerate().map(|(index, entry)| {
            let version = entry.version.as_ref().map(|version| &*version.text);
            let wants = entry.dependencies.iter().map(|dependency| Want {
                name: dependency.name.to_string(),
                spec: dependency.spec.to_string(),
                kind: dependency.kind,
                to: dependency.to.map(|to| to as usize),
                is_new: false,
                is_overridden: false,
            });
            let is_own = entry.source == Source::Workspace;
            Node {
                name: entry.name.to_string(),
                key: entry.key.to_string(),
                version: version.unwrap_or_default().to_owned(),
                semver: version.and_then(|version| Version::parse_loose(version).ok()),
                source: entry.source,
                is_bundled: entry.bundled,
                is_patched: entry.patch.is_some(),
                is_tool: entry.is_tool,
                dev: entry.dev,
                optional: entry.optional,
                wants: wants.collect(),
                release: None,
                descriptors: match family == Family::Descriptors && !is_own {
                    true => entry.key.split(", ").map(str::to_owned).collect(),
                    false => Vec::new(),
                },
                was_reached: reach
                    .of(u32::try_from(index).unwrap_or(u32::MAX))
                    .is_reached,
                is_gone: false,
                became: None,
            }
        });
        let nodes: Vec<Node> = nodes.collect();
        let keys = nodes.iter().enumerate();
        Self {
            format: lockfile.format,
            family,
            by_key: keys
                .map(|(index, node)| (node.key.clone(), index))
                .collect(),
            importers: lockfile.importers.iter().map(|one| *one as usize).collect(),
            nodes,
        }
    }

    pub(super) fn is_own(&self, node: usize) -> bool {
        self.nodes[node].source == Source::Workspace
    }

    /// Everything that leads to an entry: who asks, and the number of its want.
    pub(super) fn dependents(&self, of: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            if node.is_gone {
                continue;
            }
            let wants = node.wants.iter().enumerate();
            let leading = wants.filter(|(_, want)| want.to == Some(of));
            found.extend(leading.map(|(want, _)| (index, want)));
        }
        found
    }

    /// Entries of a name that a registry served, those that are gone left out.
    pub(super) fn named<'t>(&'t self, name: &'t str) -> impl Iterator<Item = usize> + 't {
        let nodes = self.nodes.iter().enumerate();
        nodes
            .filter(move |(_, node)| {
                !node.is_gone && node.name == name && node.source == Source::Registry
            })
            .map(|(index, _)| index)
    }

    /// The entry at a path.
    pub(super) fn at(&self, key: &str) -> Option<usize> {
        let found = self.by_key.get(key).copied();
        found.filter(|index| !self.nodes[*index].is_gone)
    }

    /// Of paths: the entry that a name leads to from an entry.
    pub(super) fn find(&self, from: usize, name: &str) -> Option<usize> {
        let node = &self.nodes[from];
        match self.format {
            Format::Bun => {
                let own = node.source == Source::Workspace;
                let mut folder = match own {
                    true if node.key.is_empty() => "",
                    true => &node.name,
                    false => &node.key,
                };
                while !folder.is_empty() {
                    if let Some(found) = self.at(&format!("{folder}/{name}")) {
                        return Some(found);
                    }
                    folder = above(folder);
                }
                self.at(name)
            }
            _ => {
                let mut folder = node.key.as_str();
                loop {
                    if folder != "node_modules" && !folder.ends_with("/node_modules") {
                        let path = nested(folder, name);
                        if let Some(found) = self.at(&path) {
                            return Some(found);
                        }
                    }
                    if folder.is_empty() {
                        return None;
                    }
                    folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
                }
            }
        }
    }

    /// Of paths: where a dependency of an entry lies that only it sees.
    pub(super) fn path_below(&self, node: usize, name: &str) -> String {
        match self.format {
            Format::Bun => format!("{}/{name}", self.nodes[node].key),
            _ => nested(&self.nodes[node].key, name),
        }
    }

    /// Whether an entry lies below another, itself excepted.
    pub(super) fn is_below(&self, node: usize, above: usize) -> bool {
        let above = &self.nodes[above].key;
        let key = &self.nodes[node].key;
        key.strip_prefix(above.as_str())
            .is_some_and(|rest| rest.starts_with('/'))
    }

    pub(super) fn add(&mut self, node: Node) -> usize {
        let index = self.nodes.len();
        self.by_key.insert(node.key.clone(), index);
        self.nodes.push(node);
        index
    }

    /// Which entries the project leads to.
    pub(super) fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let mut open = self.importers.clone();
        while let Some(index) = open.pop() {
            if std::mem::replace(&mut reached[index], true) {
                continue;
            }
            open.extend(self.nodes[index].wants.iter().filter_map(|want| want.to));
        }
        reached
    }

    /// Takes out what nothing leads to any more.
    pub(super) fn prune(&mut self) {
        let reached = self.reached();
        for (node, is_reached) in self.nodes.iter_mut().zip(reached) {
            if !is_reached && node.was_reached && node.source != Source::Workspace {
                node.is_gone = true;
            }
        }
    }

    /// The entry that answers this descriptor of yarn's.
    pub(super) fn answering(&self, descriptor: &str) -> Option<usize> {
        self.nodes
            .iter()
            .position(|node| !node.is_gone && node.descriptors.iter().any(|one| one == descriptor))
    }

    /// `name@npm:^1` of yarn berry, `name@^1` of yarn 1.
    pub(super) fn descriptor(&self, name: &str, spec: &str) -> String {
        match self.format == Format::YarnBerry && Range::parse_loose(spec).is_ok() {
            true => format!("{name}@npm:{spec}"),
            false => format!("{name}@{spec}"),
        }
    }
}

impl Node {
    pub(super) fn id(&self) -> String {
        match self.version.is_empty() {
            true => self.name.clone(),
            false => format!("{}@{}", self.name, self.version),
        }
    }
}

fn nested(folder: &str, name: &str) -> String {
    match folder {
        "" => format!("node_modules/{name}"),
        folder => format!("{folder}/node_modules/{name}"),
    }
}

/// A path of names without its last name.
fn above(path: &str) -> &str {
    let Some((before, _)) = path.rsplit_once('/') else {
        return "";
    };
    let scope_at = before.rfind('/').map_or(0, |at| at + 1);
    match before[scope_at..].starts_with('@') {
        true => before[..scope_at].trim_end_matches('/'),
        false => before,
    }
}
