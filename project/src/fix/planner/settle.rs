//! A version in the place of another: its own dependencies must be answered by the tree, or by entries that are added.

use std::collections::BTreeMap;
use std::rc::Rc;

use lazaret_npm::Version;
use lazaret_npm::lockfile::{Format, Kind, Source};

use super::super::catalogue::Release;
use super::super::ranges;
use super::super::tree::{Family, Node, Want};
use super::Planner;

/// Entries that one replacement may add.
const MOST_ADDED: usize = 200;

impl Planner<'_> {
    /// Makes an entry be this version.
    pub(super) fn settle(&mut self, index: usize, release: &Rc<Release>) -> Result<(), String> {
        let tree = &mut self.draft.tree;
        if tree.family != Family::Paths {
            // Two entries of one version are one.
            let twin = tree
                .named(&release.name)
                .find(|other| *other != index && tree.nodes[*other].version == release.version);
            if let Some(twin) = twin {
                return self.merge(index, twin);
            }
        }
        let node = &mut tree.nodes[index];
        node.version.clone_from(&release.version);
        node.semver = Some(release.semver.clone());
        node.release = Some(Rc::clone(release));
        let old = std::mem::take(&mut node.wants);
        let wants = self.wants(index, release, &old)?;
        self.draft.tree.nodes[index].wants = wants;
        Ok(())
    }

    /// Everything that led to one entry leads to another of the version that it should become.
    fn merge(&mut self, index: usize, twin: usize) -> Result<(), String> {
        let tree = &mut self.draft.tree;
        if tree.nodes[twin].is_patched {
            return Err("the project patches that version".into());
        }
        for (dependent, want) in tree.dependents(index) {
            tree.nodes[dependent].wants[want].to = Some(twin);
        }
        let descriptors = std::mem::take(&mut tree.nodes[index].descriptors);
        for descriptor in descriptors {
            if !tree.nodes[twin].descriptors.contains(&descriptor) {
                tree.nodes[twin].descriptors.push(descriptor);
            }
        }
        tree.nodes[index].is_gone = true;
        tree.nodes[index].became = Some(twin);
        Ok(())
    }

    fn wants(
        &mut self,
        index: usize,
        release: &Release,
        old: &[Want],
    ) -> Result<Vec<Want>, String> {
        let mut wants = Vec::new();
        let groups = [
            (release.required(), Kind::Production),
            (release.table("optionalDependencies"), Kind::Optional),
        ];
        for (table, kind) in groups {
            for (name, spec) in table {
                let before = old
                    .iter()
                    .find(|want| want.name == name && want.kind != Kind::Peer);
                wants.push(self.answered(index, &name, &spec, kind, before)?);
            }
        }
        self.peers(index, release, old, &mut wants)?;
        Ok(wants)
    }

    /// Who answers a dependency of a version that is new at its place.
    fn answered(
        &mut self,
        index: usize,
        name: &str,
        spec: &str,
        kind: Kind,
        before: Option<&Want>,
    ) -> Result<Want, String> {
        let tree = &self.draft.tree;
        if let Some(before) = before
            && let Some(to) = before.to
            && !tree.nodes[to].is_gone
        {
            let same = tree.family != Family::Ids && unprefixed(&before.spec) == unprefixed(spec);
            let answers = tree.nodes[to].semver.as_ref().is_some_and(|version| {
                tree.family != Family::Descriptors && ranges::admits(spec, version) == Some(true)
            });
            if same || answers {
                return Ok(Want {
                    spec: match tree.family {
                        Family::Descriptors => before.spec.clone(),
                        _ => spec.to_owned(),
                    },
                    kind,
                    ..before.clone()
                });
            }
        }
        if ranges::parts(spec).0.len() > "npm:".len()
            || ranges::admits(spec, &Version::new(0, 0, 0)).is_none()
        {
            return Err(format!(
                "it asks for {name} as \"{spec}\", which is not resolved here"
            ));
        }
        let to = match tree.family {
            Family::Paths => self.by_path(index, name, spec, kind)?,
            Family::Descriptors | Family::Ids => self.by_name(index, name, spec, kind)?,
        };
        Ok(Want {
            name: name.to_owned(),
            spec: spec.to_owned(),
            kind,
            to: Some(to),
            is_new: true,
            is_overridden: false,
        })
    }

    fn by_path(
        &mut self,
        index: usize,
        name: &str,
        spec: &str,
        kind: Kind,
    ) -> Result<usize, String> {
        let tree = &self.draft.tree;
        if let Some(found) = tree.find(index, name) {
            let node = &tree.nodes[found];
            let answers = node
                .semver
                .as_ref()
                .is_some_and(|version| ranges::admits(spec, version) == Some(true));
            if answers
                && node.source == Source::Registry
                && node.name == name
                && !self.bad.contains(&node.id())
            {
                return Ok(found);
            }
        }
        let path = tree.path_below(index, name);
        if tree.at(&path).is_some() {
            return Err(format!(
                "it needs {name} {spec}, and {path} is taken by another version"
            ));
        }
        let release = self.chosen(name, spec)?;
        // Whoever lies below sees the new entry too.
        let tree = &self.draft.tree;
        for other in 0..tree.nodes.len() {
            if !tree.nodes[other].is_gone && tree.is_below(other, index) {
                let mut wants = tree.nodes[other].wants.iter();
                if wants.any(|want| want.name == name) {
                    return Err(format!(
                        "it needs {name} {spec}, and {} below it uses another",
                        tree.nodes[other].key
                    ));
                }
            }
        }
        self.added(index, path, release, kind)
    }

    fn by_name(
        &mut self,
        index: usize,
        name: &str,
        spec: &str,
        kind: Kind,
    ) -> Result<usize, String> {
        let tree = &mut self.draft.tree;
        if tree.family == Family::Descriptors {
            let descriptor = tree.descriptor(name, spec);
            if let Some(found) = tree.answering(&descriptor) {
                return Ok(found);
            }
            let fitting = fitting(&self.draft.tree, &self.bad, name, spec);
            if let Some(found) = fitting {
                self.draft.tree.nodes[found].descriptors.push(descriptor);
                return Ok(found);
            }
            let release = self.chosen(name, spec)?;
            return self.added(index, descriptor, release, kind);
        }
        if let Some(found) = fitting(&self.draft.tree, &self.bad, name, spec) {
            return Ok(found);
        }
        let release = self.chosen(name, spec)?;
        let key = release.id();
        self.added(index, key, release, kind)
    }

    fn chosen(&self, name: &str, spec: &str) -> Result<Rc<Release>, String> {
        if self.input.policy.internal.iter().any(|pattern| {
            lazaret_npm::PackageName::parse(name).is_ok_and(|name| pattern.matches(&name))
        }) {
            return Err(format!("it needs {name}, which is internal"));
        }
        let offer = self.market.best(name, spec)?;
        Ok(Rc::new(self.market.release(name, &offer.version)?))
    }

    /// Adds an entry, and what it needs itself.
    fn added(
        &mut self,
        index: usize,
        key: String,
        release: Rc<Release>,
        kind: Kind,
    ) -> Result<usize, String> {
        if release.bundles() {
            return Err(format!(
                "{} brings packages inside its tarball",
                release.id()
            ));
        }
        let tree = &mut self.draft.tree;
        let known = self.input.project.lockfile.entries.len();
        if tree.nodes.len() - known >= MOST_ADDED {
            return Err(format!("it would bring more than {MOST_ADDED} packages"));
        }
        let (dev, optional) = (tree.nodes[index].dev, tree.nodes[index].optional);
        let new = tree.add(Node {
            name: release.name.clone(),
            descriptors: match tree.family {
                Family::Descriptors => vec![key.clone()],
                _ => Vec::new(),
            },
            key,
            version: release.version.clone(),
            semver: Some(release.semver.clone()),
            source: Source::Registry,
            is_bundled: false,
            is_patched: false,
            is_tool: false,
            dev,
            optional: optional || kind == Kind::Optional,
            wants: Vec::new(),
            release: Some(Rc::clone(&release)),
            was_reached: true,
            is_gone: false,
            became: None,
        });
        let wants = self.wants(new, &release, &[])?;
        self.draft.tree.nodes[new].wants = wants;
        Ok(new)
    }

    /// Peers are not installed here: those that are asked for must be what is there, or the same as before.
    fn peers(
        &self,
        index: usize,
        release: &Release,
        old: &[Want],
        wants: &mut Vec<Want>,
    ) -> Result<(), String> {
        let tree = &self.draft.tree;
        let peers = release.table("peerDependencies");
        let optional = release.optional_peers();
        if tree.format == Format::Yarn1 {
            return Ok(());
        }
        if tree.family == Family::Ids {
            return self.same_peers(index, release, &peers, old, wants);
        }
        for (name, spec) in peers {
            if wants.iter().any(|want| want.name == name) {
                continue;
            }
            let before = old
                .iter()
                .find(|want| want.name == name && want.kind == Kind::Peer);
            let same = before.is_some_and(|before| before.spec == spec);
            let to = match tree.family {
                Family::Paths => tree.find(index, &name),
                _ => None,
            };
            let answers = to.is_some_and(|to| {
                let version = tree.nodes[to].semver.as_ref();
                version.is_some_and(|version| ranges::admits(&spec, version) == Some(true))
            });
            let is_free = optional.contains(&name) && to.is_none();
            if tree.family == Family::Paths && !same && !answers && !is_free {
                return Err(format!(
                    "it has {name} {spec} as a peer, which is not there"
                ));
            }
            if tree.family == Family::Paths {
                wants.push(Want {
                    name,
                    spec,
                    kind: Kind::Peer,
                    to,
                    is_new: !same,
                    is_overridden: false,
                });
            }
        }
        Ok(())
    }

    /// pnpm writes which peers a package got into its key: they must be the ones of the version before.
    fn same_peers(
        &self,
        index: usize,
        release: &Release,
        peers: &BTreeMap<String, String>,
        old: &[Want],
        wants: &mut Vec<Want>,
    ) -> Result<(), String> {
        let entries = &self.input.project.lockfile.entries;
        let Some(entry) = entries.get(index) else {
            return match peers.is_empty() {
                true => Ok(()),
                false => Err(format!(
                    "{} has peers, which are not resolved here",
                    release.id()
                )),
            };
        };
        let text = &self.input.project.text;
        let known = self
            .pnpm_peers
            .get_or_init(|| super::super::edit::pnpm_peers(text));
        let none = BTreeMap::new();
        if known.get(&*entry.key).unwrap_or(&none) != peers {
            return Err("its peers are others than those of the locked version".into());
        }
        for want in old.iter().filter(|want| peers.contains_key(&want.name)) {
            if !wants.iter().any(|known| known.name == want.name) {
                wants.push(want.clone());
            }
        }
        // Peers of what it depends on are among its dependencies as well only where they have a range.
        Ok(())
    }
}

/// The highest good entry of a name in a range.
fn fitting(
    tree: &super::super::tree::Tree,
    bad: &std::collections::BTreeSet<String>,
    name: &str,
    spec: &str,
) -> Option<usize> {
    let named = tree.named(name).filter(|index| {
        let node = &tree.nodes[*index];
        let answers = node
            .semver
            .as_ref()
            .is_some_and(|version| ranges::admits(spec, version) == Some(true));
        answers && !node.is_patched && !node.is_tool && !bad.contains(&node.id())
    });
    named.max_by(|one, other| tree.nodes[*one].semver.cmp(&tree.nodes[*other].semver))
}

fn unprefixed(spec: &str) -> &str {
    match ranges::parts(spec) {
        ("npm:", range) => range,
        _ => spec,
    }
}
