//! Which version takes the place of a bad one, what that asks of the rest of the tree, and what cannot be done.

mod candidates;
mod settle;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use lazaret_npm::Version;
use lazaret_npm::lockfile::{Format, Kind, Source};

use super::catalogue::{Market, Offer, Release};
use super::ranges::{self, Asked};
use super::tree::{Family, Tree};
use super::{Bad, Cause, Input, Moved, Override, Plan, Remains, Step};
use candidates::candidates;

/// Candidates that are tried for one entry before it is left.
const MOST_TRIED: usize = 12;

pub(super) fn plan(input: &Input<'_>) -> Plan {
    let tree = Tree::of(&input.project.lockfile);
    let mut locked: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    for node in &tree.nodes {
        if let (Source::Registry, Some(version)) = (node.source, &node.semver) {
            locked
                .entry(node.name.clone())
                .or_default()
                .push(version.clone());
        }
    }
    let known = (input.index, input.indicators, input.policy, input.now);
    let mut planner = Planner {
        input,
        market: Market::new(input.catalogue, known, input.banned, locked),
        bad: input.bad.iter().map(Bad::id).collect(),
        draft: Draft {
            tree,
            overrides: Vec::new(),
            ranges: Vec::new(),
            steps: Vec::new(),
        },
        remains: Vec::new(),
        pnpm_peers: OnceCell::new(),
        pnpm_catalogs: OnceCell::new(),
    };
    let mut order: Vec<&Bad> = input.bad.iter().collect();
    order.sort_by(|one, other| {
        (one.cause, &one.name, &one.version).cmp(&(other.cause, &other.name, &other.version))
    });
    order.dedup_by(|again, kept| again.id() == kept.id());
    for bad in order {
        planner.treat(bad);
    }
    planner.finish()
}

struct Planner<'a> {
    input: &'a Input<'a>,
    market: Market<'a>,
    /// `name@version`.
    bad: BTreeSet<String>,
    draft: Draft,
    remains: Vec<Remains>,
    /// By key, the peers of pnpm's packages; read once.
    pnpm_peers: OnceCell<BTreeMap<String, BTreeMap<String, String>>>,
    /// By catalog and name, the ranges of pnpm's catalogs; read once.
    pnpm_catalogs: OnceCell<BTreeMap<(String, String), String>>,
}

/// What is planned so far; thrown away where a candidate does not work out.
#[derive(Clone)]
struct Draft {
    tree: Tree,
    overrides: Vec<Override>,
    ranges: Vec<Moved>,
    steps: Vec<Step>,
}

/// A dependent's range that binds.
struct Binding {
    dependent: usize,
    want: usize,
    /// As the dependent wrote it.
    spec: String,
}

impl Planner<'_> {
    fn treat(&mut self, bad: &Bad) {
        let tree = &self.draft.tree;
        let named: Vec<usize> = tree
            .named(&bad.name)
            .filter(|index| tree.nodes[*index].version == bad.version)
            .collect();
        for index in named {
            if self.draft.tree.nodes[index].is_gone {
                continue;
            }
            if let Err(because) = self.entry(bad, index) {
                let told = Remains {
                    bad: bad.clone(),
                    because,
                };
                if !self.remains.contains(&told) {
                    self.remains.push(told);
                }
            }
        }
    }

    /// Replaces one entry.
    fn entry(&mut self, bad: &Bad, index: usize) -> Result<(), String> {
        let node = &self.draft.tree.nodes[index];
        if node.is_bundled {
            return Err(
                "it comes inside another package's tarball: that package has to be replaced".into(),
            );
        }
        if node.is_patched {
            return Err("the project patches it: take the patch away first".into());
        }
        if node.is_tool {
            return Err("it is a part of the package manager itself".into());
        }
        let Some(current) = node.semver.clone() else {
            return Err("its version is not one that can be compared".into());
        };
        if !self.draft.tree.reached()[index] {
            return Err("nothing in the project leads to it: the package manager will drop it when it writes the lockfile anew".into());
        }
        let offers = self.market.offers(&bad.name)?;
        let bindings = self.bindings(index, &current)?;
        let ranked = candidates(bad, &current, &offers);
        if ranked.is_empty() {
            return Err(candidates::why_none(bad, &current, &offers));
        }
        let fits = |offer: &&&Offer| {
            let mut all = bindings.iter();
            all.all(|binding| ranges::admits(&binding.spec, &offer.semver) == Some(true))
        };
        let mut why = None;
        for offer in ranked.iter().filter(fits).take(MOST_TRIED) {
            let before = self.draft.clone();
            match self.take(bad, index, offer, &[]) {
                Ok(()) => return Ok(()),
                Err(stuck) => {
                    self.draft = before;
                    why.get_or_insert(format!(
                        "{}@{} would not do: {stuck}",
                        bad.name, offer.version
                    ));
                }
            }
        }
        // No range allows a good one: the ranges have to give way.
        for offer in ranked.iter().filter(|offer| !fits(offer)).take(MOST_TRIED) {
            let broken: Vec<&Binding> = bindings
                .iter()
                .filter(|one| ranges::admits(&one.spec, &offer.semver) != Some(true))
                .collect();
            let before = self.draft.clone();
            match self.take(bad, index, offer, &broken) {
                Ok(()) => return Ok(()),
                Err(stuck) => {
                    self.draft = before;
                    why.get_or_insert(format!(
                        "{}@{} would not do: {stuck}",
                        bad.name, offer.version
                    ));
                }
            }
        }
        Err(why.unwrap_or_else(|| "no version of it would do".into()))
    }

    /// The ranges that whoever asks for an entry wrote.
    fn bindings(&self, index: usize, current: &Version) -> Result<Vec<Binding>, String> {
        let tree = &self.draft.tree;
        let mut bindings = Vec::new();
        for (dependent, want) in tree.dependents(index) {
            let asked = &tree.nodes[dependent].wants[want];
            if asked.is_overridden {
                continue;
            }
            let spec = match tree.family == Family::Ids && !tree.is_own(dependent) && !asked.is_new
            {
                true => self.range_in_manifest(dependent, &asked.name)?,
                false => self.looked_up(&asked.name, asked.spec.clone()),
            };
            match ranges::asked(&spec) {
                Asked::Other if spec.is_empty() => {}
                Asked::Other => {
                    return Err(format!(
                        "{} asks for it as \"{spec}\", which is not changed here",
                        called(tree, dependent)
                    ));
                }
                // Something overrides it already, or it is a peer that was never satisfied: it does not bind.
                Asked::Range(range) if !range.satisfies(current) => {}
                Asked::Range(_) | Asked::Tag => bindings.push(Binding {
                    dependent,
                    want,
                    spec,
                }),
            }
        }
        Ok(bindings)
    }

    /// What stands in a catalog of pnpm's, for a spec that only names the catalog.
    fn looked_up(&self, name: &str, spec: String) -> String {
        let Some(catalog) = spec.strip_prefix("catalog:") else {
            return spec;
        };
        if self.draft.tree.family != Family::Ids {
            return spec;
        }
        let text = &self.input.project.text;
        let catalogs = self
            .pnpm_catalogs
            .get_or_init(|| super::edit::pnpm_catalogs(text));
        let catalog = if catalog.is_empty() {
            "default"
        } else {
            catalog
        };
        let key = (catalog.to_owned(), name.to_owned());
        catalogs.get(&key).cloned().unwrap_or(spec)
    }

    fn range_in_manifest(&self, dependent: usize, name: &str) -> Result<String, String> {
        let node = &self.draft.tree.nodes[dependent];
        if node.source != Source::Registry {
            return Err(format!(
                "{} asks for it, and its range is in no lockfile of pnpm",
                node.id()
            ));
        }
        let asked = self.market.asked_by(&node.name, &node.version);
        let asked =
            asked.map_err(|why| format!("the range of {} is not known: {why}", node.id()))?;
        // What a manifest does not name comes from `packageExtensions`: it takes what it gets.
        Ok(asked.get(name).cloned().unwrap_or_else(|| "*".to_owned()))
    }

    /// Puts a version in the place of an entry, and makes `broken` ranges give way.
    fn take(
        &mut self,
        bad: &Bad,
        index: usize,
        offer: &Offer,
        broken: &[&Binding],
    ) -> Result<(), String> {
        self.keeps_overrides(bad, &offer.semver)?;
        let release = Rc::new(self.market.release(&bad.name, &offer.version)?);
        if release.bundles() {
            return Err("it brings packages inside its tarball".into());
        }
        let tree = &self.draft.tree;
        let with_bundled = tree.family == Family::Paths
            && (0..tree.nodes.len())
                .any(|other| tree.is_below(other, index) && tree.nodes[other].is_bundled);
        if with_bundled {
            return Err("the version that is locked brings packages inside its tarball".into());
        }
        let mut how = Vec::new();
        for binding in broken {
            how.push(self.give_way(index, binding, &release)?);
        }
        let gone_before: BTreeSet<usize> = gone(&self.draft.tree);
        let from = self.draft.tree.nodes[index].id();
        let first_new = self.draft.tree.nodes.len();
        self.settle(index, &release)?;
        self.draft.tree.prune();
        let because = because(bad, offer, &how);
        self.draft.steps.push(Step {
            from,
            to: release.id(),
            ids: bad.ids.clone(),
            cause: Some(bad.cause),
            because,
        });
        let tree = &self.draft.tree;
        let came = tree.nodes[first_new..].iter().filter(|node| !node.is_gone);
        let mut more: Vec<Step> = came
            .map(|node| Step {
                from: String::new(),
                to: node.id(),
                ids: Vec::new(),
                cause: None,
                because: format!("{} needs it", release.id()),
            })
            .collect();
        for left in gone(tree).difference(&gone_before) {
            let node = &tree.nodes[*left];
            if *left != index {
                more.push(Step {
                    from: node.id(),
                    to: String::new(),
                    ids: Vec::new(),
                    cause: None,
                    because: format!("nothing needs it without {}", bad.id()),
                });
            }
        }
        more.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
        more.dedup();
        self.draft.steps.extend(more);
        Ok(())
    }

    /// The project's own overrides go before ranges, and are a decision that is not taken back here.
    fn keeps_overrides(&self, bad: &Bad, to: &Version) -> Result<(), String> {
        let project = self.input.project;
        let own = project
            .manifests
            .iter()
            .flat_map(|(manifest, _)| &manifest.settings);
        for setting in own.chain(&project.lockfile.settings) {
            if !matches!(setting.group, "overrides" | "resolutions") {
                continue;
            }
            let last = setting.key.rsplit(['>', '/']).next().unwrap_or_default();
            let scoped = setting.key.rsplit('>').next().unwrap_or_default();
            let names = |key: &str| {
                key == bad.name
                    || key
                        .strip_prefix(&bad.name)
                        .is_some_and(|rest| rest.starts_with('@'))
            };
            let ends = scoped.ends_with(&format!("/{}", bad.name));
            if (names(last) || names(scoped) || ends)
                && ranges::admits(&setting.value.text, to) != Some(true)
            {
                return Err(format!(
                    "the project's own {} ask for {} as \"{}\": change that first",
                    setting.group, bad.name, setting.value.text
                ));
            }
        }
        Ok(())
    }

    /// Moves a range of the project's own, or overrides one of a package.
    fn give_way(
        &mut self,
        index: usize,
        binding: &Binding,
        release: &Release,
    ) -> Result<String, String> {
        let tree = &self.draft.tree;
        let dependent = &tree.nodes[binding.dependent];
        let want = dependent.wants[binding.want].clone();
        if tree.is_own(binding.dependent) {
            let moved = ranges::moved(&want.spec, &release.semver).ok_or_else(|| {
                format!(
                    "{} asks for \"{}\", which has to be changed by hand",
                    called(tree, binding.dependent),
                    want.spec
                )
            })?;
            let folder = dependent.key.clone();
            self.move_range(&folder, &want.name, &release.semver)?;
            let want = &mut self.draft.tree.nodes[binding.dependent].wants[binding.want];
            let old = std::mem::replace(&mut want.spec, moved.clone());
            want.is_new = true;
            let name = want.name.clone();
            self.redescribe(index, &name, &old, &moved)?;
            return Ok(format!(
                "{} asks for \"{}\" now, no longer for \"{}\"",
                called(&self.draft.tree, binding.dependent),
                ranges::parts(&moved).1,
                ranges::parts(&old).1
            ));
        }
        if want.kind == Kind::Peer {
            return Err(format!(
                "{} has it as a peer in {}",
                dependent.id(),
                binding.spec
            ));
        }
        self.override_for(index, binding, release)
    }

    /// Moves the range in the project's own manifest.
    fn move_range(&mut self, folder: &str, name: &str, version: &Version) -> Result<(), String> {
        let manifests = &self.input.project.manifests;
        let Some((manifest, _)) = manifests.iter().find(|(one, _)| one.path == folder) else {
            return Err("the package.json that asks for it is not here".into());
        };
        let declared = manifest.declared.iter();
        let mut declared = declared.filter(|one| *one.name.text == *name && one.kind != Kind::Peer);
        let spec = declared.next().map(|one| one.spec.text.to_string());
        let Some(from) = spec else {
            return Err("the package.json that asks for it does not name it".into());
        };
        let Some(to) = ranges::moved(&from, version) else {
            return Err(format!(
                "package.json asks for \"{from}\", which has to be changed by hand"
            ));
        };
        self.draft.ranges.push(Moved {
            folder: folder.to_owned(),
            name: name.to_owned(),
            from,
            to,
        });
        Ok(())
    }

    /// Of yarn: what an entry answers changes with what is asked for.
    fn redescribe(&mut self, index: usize, name: &str, old: &str, new: &str) -> Result<(), String> {
        let tree = &mut self.draft.tree;
        if tree.family != Family::Descriptors {
            return Ok(());
        }
        let old = tree.descriptor(name, old);
        let new = tree.descriptor(name, new);
        if let Some(other) = tree.answering(&new)
            && other != index
        {
            return Err(format!("{new} is already locked to another version"));
        }
        let is_asked = tree.dependents(index).into_iter().any(|(dependent, want)| {
            let want = &tree.nodes[dependent].wants[want];
            !want.is_overridden && tree.descriptor(&want.name, &want.spec) == old
        });
        let descriptors = &mut tree.nodes[index].descriptors;
        if !is_asked {
            descriptors.retain(|one| *one != old);
        }
        if !descriptors.contains(&new) {
            descriptors.push(new);
        }
        Ok(())
    }

    /// An override for one dependent, where that package manager can have one.
    fn override_for(
        &mut self,
        index: usize,
        binding: &Binding,
        release: &Release,
    ) -> Result<String, String> {
        let tree = &self.draft.tree;
        let parent = &tree.nodes[binding.dependent];
        let want = parent.wants[binding.want].clone();
        if parent.source != Source::Registry || want.name != release.name {
            return Err(format!("{} asks for \"{}\"", parent.id(), binding.spec));
        }
        let several = tree
            .named(&parent.name)
            .any(|other| tree.nodes[other].version != parent.version);
        let (name, id) = (parent.name.clone(), parent.id());
        match tree.format {
            Format::PackageLock => self.is_safe_below(binding.dependent, index, release)?,
            Format::Bun => {
                let others = tree.nodes.iter().filter(|node| {
                    !node.is_gone && node.source == Source::Registry && node.name == release.name
                });
                let differ = others
                    .filter(|node| node.version != tree.nodes[index].version)
                    .count();
                if differ > 0 {
                    return Err(format!(
                        "{id} asks for \"{}\", and an override of bun would change the other versions of {} as well",
                        binding.spec, release.name
                    ));
                }
            }
            Format::Yarn1 if several => {
                return Err(format!(
                    "{id} asks for \"{}\", and resolutions of yarn 1 cannot tell the versions of {name} apart",
                    binding.spec
                ));
            }
            Format::Yarn1 | Format::YarnBerry | Format::Pnpm => {}
        }
        let decision = Override {
            parent: match tree.format {
                // bun has none for one dependent.
                Format::Bun => String::new(),
                _ => name,
            },
            parent_version: several.then(|| parent.version.clone()),
            name: release.name.clone(),
            spec: want.spec.clone(),
            to: release.version.clone(),
        };
        self.draft.tree.nodes[binding.dependent].wants[binding.want].is_overridden = true;
        if self.draft.tree.family == Family::Descriptors {
            self.redescribe(index, &want.name, &want.spec, &release.version)?;
        }
        if !self.draft.overrides.contains(&decision) {
            self.draft.overrides.push(decision);
        }
        Ok(format!(
            "an override gives it to {id}, which asks for \"{}\"",
            binding.spec
        ))
    }

    /// npm's override for a package holds for everything below it.
    fn is_safe_below(&self, parent: usize, index: usize, release: &Release) -> Result<(), String> {
        let tree = &self.draft.tree;
        let mut seen = vec![false; tree.nodes.len()];
        let mut open = vec![parent];
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut seen[node], true) {
                continue;
            }
            for want in &tree.nodes[node].wants {
                let is_other = want.name == release.name && want.to.is_some_and(|to| to != index);
                if is_other
                    && want
                        .to
                        .is_some_and(|to| tree.nodes[to].version != release.version)
                {
                    return Err(format!(
                        "an override below {} would change what {} uses",
                        tree.nodes[parent].id(),
                        tree.nodes[node].id()
                    ));
                }
                open.extend(want.to);
            }
        }
        Ok(())
    }

    fn finish(self) -> Plan {
        let mut draft = self.draft;
        draft.ranges.sort();
        draft.ranges.dedup();
        let changed = draft.tree.nodes.iter().filter(|node| !node.is_gone);
        let changed = changed.filter_map(|node| node.release.as_ref());
        let archives = match draft.tree.format {
            Format::YarnBerry => changed.map(|release| release.id()).collect(),
            _ => BTreeSet::new(),
        };
        let mut remains = self.remains;
        remains.sort_by(|one, other| {
            (one.bad.cause, one.bad.id(), &one.because).cmp(&(
                other.bad.cause,
                other.bad.id(),
                &other.because,
            ))
        });
        Plan {
            steps: draft.steps,
            remains,
            needs: self.market.needs.into_inner(),
            archives,
            tree: draft.tree,
            overrides: draft.overrides,
            ranges: draft.ranges,
        }
    }
}

fn gone(tree: &Tree) -> BTreeSet<usize> {
    let nodes = tree.nodes.iter().enumerate();
    nodes
        .filter(|(_, node)| node.is_gone)
        .map(|(index, _)| index)
        .collect()
}

/// Who asks, in words.
fn called(tree: &Tree, node: usize) -> String {
    match tree.is_own(node) {
        true => match tree.nodes[node].key.as_str() {
            "" => "package.json".to_owned(),
            folder => format!("{folder}/package.json"),
        },
        false => tree.nodes[node].id(),
    }
}

fn because(bad: &Bad, offer: &Offer, how: &[String]) -> String {
    let mut text = match bad.cause {
        Cause::Malicious
            if Version::parse_loose(&bad.version).is_ok_and(|old| offer.semver < old) =>
        {
            "the last good version below it".to_owned()
        }
        Cause::Malicious => "the nearest good version above it: none below will do".to_owned(),
        Cause::Vulnerable => "the nearest version that is not affected".to_owned(),
    };
    match how {
        [] => text.push_str(", in every range that asks for it"),
        how => text.push_str(&format!("; {}", how.join("; "))),
    }
    if !offer.vulnerabilities.is_empty() {
        text.push_str(&format!(
            "; it has known vulnerabilities itself: {}",
            offer.vulnerabilities.join(", ")
        ));
    }
    text
}
