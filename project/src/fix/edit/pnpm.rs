//! `pnpm-lock.yaml`. A package's version is part of its key, of every reference to it, and of the keys of whoever has it as a
//! peer: all of them change together.

mod refs;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lazaret_npm::lockfile::node::{Field, Node as Yaml};
use lazaret_npm::lockfile::yaml;
use serde_json::Value;

use super::super::catalogue::Release;
use super::super::tree::Node;
use super::super::{Input, Plan};
use super::blocks::{Block, block, change};
use super::json::quoted;
use super::{Edit, address, line_end, manifest, misread};
use refs::{Form, Renames};

const GROUPS: [&str; 2] = ["dependencies", "optionalDependencies"];
const OWN_GROUPS: [&str; 3] = ["dependencies", "devDependencies", "optionalDependencies"];

/// By key, the peers that packages ask for.
pub(in super::super) fn peers(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let documents = yaml::parse(text).unwrap_or_default();
    let packages = documents.iter().filter_map(|root| root.get("packages"));
    let fields = packages.flat_map(Yaml::fields);
    let with_peers = fields.filter_map(|field| {
        let peers = field.node.get("peerDependencies")?.fields().iter();
        let peers = peers
            .filter_map(|peer| Some((peer.key.to_string(), peer.node.as_scalar()?.to_owned())));
        Some((field.key.to_string(), peers.collect()))
    });
    with_peers.collect()
}

/// By catalog and name, the ranges that catalogs give.
pub(in super::super) fn catalogs(text: &str) -> BTreeMap<(String, String), String> {
    let documents = yaml::parse(text).unwrap_or_default();
    let catalogs = documents.iter().filter_map(|root| root.get("catalogs"));
    let mut found = BTreeMap::new();
    for catalog in catalogs.flat_map(Yaml::fields) {
        for entry in catalog.node.fields() {
            if let Some(range) = entry.node.get("specifier").and_then(Yaml::as_scalar) {
                let key = (catalog.key.to_string(), entry.key.to_string());
                found.insert(key, range.to_owned());
            }
        }
    }
    found
}

pub(super) fn edits(input: &Input<'_>, plan: &Plan) -> Result<Vec<Edit>, String> {
    let text = &input.project.text;
    let documents = yaml::parse(text).map_err(|error| misread(&error))?;
    let root = documents.last().ok_or("the lockfile is empty")?;
    let form = Form::of(&input.project.lockfile.version.text);
    let nodes = &plan.tree.nodes;
    let entries = &input.project.lockfile.entries;
    let mut renames = Renames::new(form);
    for (index, entry) in entries.iter().enumerate() {
        let node = &nodes[index];
        let to = match (&node.release, node.became) {
            (_, Some(twin)) => &nodes[twin].version,
            (Some(release), None) if !node.is_gone => &release.version,
            _ => continue,
        };
        let old = entry.version.as_ref().map_or("", |version| &version.text);
        if old != to {
            renames.add(&entry.name, old, to);
        }
    }
    let writer = Writer {
        input,
        plan,
        text,
        newline: line_end(text),
        form,
        renames,
        by_id: nodes
            .iter()
            .enumerate()
            .take(entries.len())
            .filter(|(index, _)| !plan.tree.is_own(*index))
            .map(|(index, _)| (form.base(&entries[index].key).to_owned(), index))
            .collect(),
        snapshots: root
            .get(form.snapshots())
            .map(Yaml::fields)
            .unwrap_or_default(),
    };
    let mut edits = Vec::new();
    writer.sections(root, &mut edits)?;
    writer.importers(root, &mut edits);
    writer.overrides(root, &mut edits);
    Ok(edits)
}

struct Writer<'a, 'y> {
    input: &'a Input<'a>,
    plan: &'a Plan,
    text: &'a str,
    newline: &'static str,
    form: Form,
    renames: Renames,
    /// Entries by their key without peers.
    by_id: HashMap<String, usize>,
    snapshots: &'a [Field<'y>],
}

impl Writer<'_, '_> {
    fn sections(&self, root: &Yaml<'_>, edits: &mut Vec<Edit>) -> Result<(), String> {
        for section in ["packages", "snapshots"] {
            let Some(section_node) = root.get(section) else {
                continue;
            };
            let fields = section_node.fields();
            let blocks = self.blocks(fields, root, section);
            let is_snapshots = section == self.form.snapshots();
            let known: BTreeSet<&str> = fields.iter().map(|field| field.key.as_ref()).collect();
            let mut removed = BTreeSet::new();
            for (place, field) in fields.iter().enumerate() {
                let Some(index) = self.by_id.get(self.form.base(&field.key)).copied() else {
                    continue;
                };
                let node = &self.plan.tree.nodes[index];
                let key = self.renames.key(&field.key);
                let is_taken = key != *field.key && known.contains(key.as_str());
                if (node.is_gone && node.became.is_none()) || is_taken {
                    removed.insert(place);
                    continue;
                }
                if node.is_gone && section == "packages" && self.form == Form::Nine {
                    // Its other half is there already.
                    removed.insert(place);
                    continue;
                }
                if key != *field.key {
                    edits.push(self.key(field, &key));
                }
                if section == "packages"
                    && let Some(release) = &node.release
                {
                    self.package(index, &blocks[place], &field.node, release, edits);
                }
                if is_snapshots {
                    self.snapshot(index, &blocks[place], field, edits)?;
                }
            }
            let added = self.added(section, is_snapshots)?;
            let after = |known: &str, new: &str| known > new;
            edits.extend(change(
                self.text,
                &blocks,
                |place| removed.contains(&place),
                added,
                after,
            )?);
        }
        Ok(())
    }

    fn blocks(&self, fields: &[Field<'_>], root: &Yaml<'_>, section: &str) -> Vec<Block> {
        let ends = root.fields().iter();
        let own = ends.clone().position(|field| field.key == section);
        let line_start = |at: usize| self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        // A second document may follow, but the project's is the last.
        let limit = own
            .and_then(|own| ends.clone().nth(own + 1))
            .map_or(self.text.len(), |next| line_start(next.at.start as usize));
        let blocks = fields.iter().enumerate().map(|(place, field)| {
            let next = fields.get(place + 1);
            let limit = next.map_or(limit, |next| line_start(next.at.start as usize));
            block(self.text, &field.key, field.at.start as usize, limit)
        });
        blocks.collect()
    }

    fn key(&self, field: &Field<'_>, key: &str) -> Edit {
        let (start, end) = (field.at.start as usize, field.at.end as usize);
        let new = match self.text[start..end].starts_with(['\'', '"']) {
            true => single(key),
            false => scalar(key),
        };
        Edit::new(start, end, new)
    }

    /// What a package's own entry says besides its dependencies.
    fn package(
        &self,
        index: usize,
        block: &Block,
        node: &Yaml<'_>,
        release: &Release,
        edits: &mut Vec<Edit>,
    ) {
        let locked = &self.input.project.lockfile.entries[index];
        let old_version = locked.version.as_ref().map_or("", |version| &version.text);
        let resolution = node.get("resolution");
        let replace = |node: &Yaml<'_>, text: &str| {
            Edit::new(node.at.start as usize, node.at.end as usize, scalar(text))
        };
        if let Some(old) = resolution.and_then(|one| one.get("integrity"))
            && let Some(new) = &release.integrity
        {
            edits.push(replace(old, new));
        }
        if let Some(old) = resolution.and_then(|one| one.get("tarball"))
            && let Some(new) = address(old.as_str(), old_version, release)
        {
            edits.push(replace(old, &new));
        }
        let after = resolution.map_or(block.start, |one| one.at.end as usize);
        let after = self.text[after..]
            .find('\n')
            .map_or(block.end, |end| after + end + 1);
        let mut new_lines = String::new();
        for (name, wanted) in self.fields_of(release) {
            let known = node.fields().iter().find(|field| field.key == name);
            match (known, wanted) {
                (Some(known), wanted) => {
                    let (start, end) = self.line_of(known);
                    let old = self.text[known.node.at.start as usize..known.node.at.end as usize]
                        .to_owned();
                    match wanted {
                        None => edits.push(Edit::new(start, end, "")),
                        Some(wanted) if wanted != old && name != "deprecated" => {
                            edits.push(Edit::new(
                                known.node.at.start as usize,
                                known.node.at.end as usize,
                                wanted,
                            ))
                        }
                        Some(_) => {}
                    }
                }
                (None, Some(wanted)) => {
                    new_lines.push_str(&format!("    {name}: {wanted}{}", self.newline));
                }
                (None, None) => {}
            }
        }
        if !new_lines.is_empty() {
            let open = match self.text[..after].ends_with('\n') {
                true => "",
                false => self.newline,
            };
            edits.push(Edit::new(after, after, format!("{open}{new_lines}")));
        }
    }

    /// The fields of a package that its manifest tells, as pnpm writes them; nothing for those that are not there.
    fn fields_of(&self, release: &Release) -> Vec<(&'static str, Option<String>)> {
        let manifest = &release.manifest;
        let engines: BTreeMap<String, String> = release
            .table("engines")
            .into_iter()
            .filter(|(name, _)| name == "node" || self.form != Form::Five)
            .collect();
        let flow = |table: &BTreeMap<String, String>| {
            let parts = table
                .iter()
                .map(|(key, value)| format!("{}: {}", scalar(key), flowing(value)));
            (!table.is_empty()).then(|| format!("{{{}}}", parts.collect::<Vec<_>>().join(", ")))
        };
        let list = |field: &str| match manifest.get(field) {
            Some(Value::Array(items)) if !items.is_empty() => {
                let items: Vec<String> = items
                    .iter()
                    .filter_map(Value::as_str)
                    .map(flowing)
                    .collect();
                Some(format!("[{}]", items.join(", ")))
            }
            _ => None,
        };
        let has_bin = match manifest.get("bin") {
            Some(Value::Object(all)) => !all.is_empty(),
            Some(Value::String(path)) => !path.is_empty(),
            _ => false,
        };
        let deprecated = manifest.get("deprecated").and_then(Value::as_str);
        let deprecated =
            deprecated.filter(|text| !text.is_empty() && !text.contains(is_unprintable));
        let mut fields = vec![
            ("engines", flow(&engines)),
            ("cpu", list("cpu")),
            ("os", list("os")),
            ("libc", list("libc")),
            ("deprecated", deprecated.map(single)),
            ("hasBin", has_bin.then(|| "true".to_owned())),
        ];
        if self.form != Form::Nine {
            let scripts = manifest.get("scripts");
            let builds = ["preinstall", "install", "postinstall"]
                .iter()
                .any(|name| scripts.is_some_and(|scripts| scripts.get(*name).is_some()));
            fields.push(("requiresBuild", builds.then(|| "true".to_owned())));
        }
        fields
    }

    /// The lines of a field, from the beginning of the first to the end of the last.
    fn line_of(&self, field: &Field<'_>) -> (usize, usize) {
        let start = field.at.start as usize;
        let start = self.text[..start].rfind('\n').map_or(0, |end| end + 1);
        let end = field.node.at.end.max(field.at.end) as usize;
        let end = self.text[end..]
            .find('\n')
            .map_or(self.text.len(), |more| end + more + 1);
        (start, end)
    }

    /// References in one snapshot: renamed, and where a replaced package asks for other things, those.
    fn snapshot(
        &self,
        index: usize,
        block: &Block,
        field: &Field<'_>,
        edits: &mut Vec<Edit>,
    ) -> Result<(), String> {
        let node = &self.plan.tree.nodes[index];
        let mut known: BTreeMap<&str, Option<usize>> = BTreeMap::new();
        for group in GROUPS {
            for dependency in field.node.get(group).map(Yaml::fields).unwrap_or_default() {
                let Some(old) = dependency.node.as_scalar() else {
                    continue;
                };
                let key = self.form.key_of(&dependency.key, old);
                let to = self.by_id.get(self.form.base(&key)).copied();
                let to = to.map(|to| self.plan.tree.nodes[to].became.unwrap_or(to));
                known.insert(&dependency.key, to);
            }
        }
        let wanted: BTreeMap<&str, Option<usize>> = node
            .wants
            .iter()
            .map(|want| (want.name.as_str(), want.to))
            .collect();
        let is_same = node.release.is_none()
            || (known.len() == wanted.len()
                && wanted.iter().all(|(name, to)| known.get(name) == Some(to)));
        if is_same {
            for group in GROUPS {
                for dependency in field.node.get(group).map(Yaml::fields).unwrap_or_default() {
                    self.reference(&field.key, dependency, &dependency.node, edits)?;
                }
            }
            return Ok(());
        }
        if self.form.has_peers(&field.key) {
            return Err(format!(
                "{} has other dependencies, and peers among what pnpm keeps of it",
                node.id()
            ));
        }
        // The lists are written anew, at the place of the first.
        let mut at = None;
        for name in GROUPS {
            if let Some(group) = field.node.fields().iter().find(|one| one.key == name) {
                let (start, end) = self.line_of(group);
                at.get_or_insert(start);
                edits.push(Edit::new(start, end, ""));
            }
        }
        let lists = self.lists(node)?;
        let is_empty = field.node.fields().is_empty();
        if is_empty && !lists.is_empty() {
            // `name@1.0.0: {}` becomes a block.
            let end = field.node.at.end as usize;
            let key_end = field.at.end as usize;
            let new = format!(":{}{}", self.newline, lists.trim_end());
            edits.push(Edit::new(key_end, end, new));
        } else if lists.is_empty() {
            let others = field.node.fields().iter();
            let others = others
                .filter(|one| !GROUPS.contains(&one.key.as_ref()))
                .count();
            if others == 0 {
                let key_end = field.at.end as usize;
                let line_end = self.text[key_end..]
                    .find(['\r', '\n'])
                    .map_or(block.end, |more| key_end + more);
                edits.push(Edit::new(key_end, line_end, ": {}"));
            }
        } else {
            let place = at.unwrap_or(block.end);
            edits.push(Edit::new(place, place, lists));
        }
        Ok(())
    }

    /// The dependencies of a node as lines of its snapshot.
    fn lists(&self, node: &Node) -> Result<String, String> {
        use lazaret_npm::lockfile::Kind;
        let mut text = String::new();
        for (group, optional) in [(GROUPS[0], false), (GROUPS[1], true)] {
            let mut lines: BTreeMap<&str, String> = BTreeMap::new();
            for want in node
                .wants
                .iter()
                .filter(|want| (want.kind == Kind::Optional) == optional)
            {
                if let Some(to) = want.to {
                    lines.insert(&want.name, self.reference_to(to, &want.name)?);
                }
            }
            if lines.is_empty() {
                continue;
            }
            text.push_str(&format!("    {group}:{}", self.newline));
            for (name, reference) in lines {
                text.push_str(&format!(
                    "      {}: {}{}",
                    scalar(name),
                    scalar(&reference),
                    self.newline
                ));
            }
        }
        Ok(text)
    }

    /// How a dependency of this name leads to an entry.
    fn reference_to(&self, to: usize, name: &str) -> Result<String, String> {
        let node = &self.plan.tree.nodes[to];
        if node.name != name {
            return Err(format!("{name} is another package's name here"));
        }
        let Some(entry) = self.input.project.lockfile.entries.get(to) else {
            return Ok(node.version.clone());
        };
        let base = self.form.base(&entry.key);
        let own = self.snapshots.iter();
        let mut own = own.filter(|field| self.form.base(&field.key) == base);
        match (own.next(), own.next()) {
            (Some(only), None) => {
                let key = self.renames.key(&only.key);
                Ok(self.form.reference(&key, name))
            }
            _ => Err(format!(
                "pnpm keeps several {} for different peers",
                node.id()
            )),
        }
    }

    fn reference(
        &self,
        of: &str,
        dependency: &Field<'_>,
        value: &Yaml<'_>,
        edits: &mut Vec<Edit>,
    ) -> Result<(), String> {
        let Some(old) = value.as_scalar() else {
            return Ok(());
        };
        let new = self.renames.reference(&dependency.key, old);
        if new == *old {
            return Ok(());
        }
        if self.form.hides_peers(of) {
            return Err(format!(
                "pnpm keeps the peers of {of} as a hash, which is not made here"
            ));
        }
        edits.push(Edit::new(
            value.at.start as usize,
            value.at.end as usize,
            scalar(&new),
        ));
        Ok(())
    }

    fn added(&self, section: &str, is_snapshots: bool) -> Result<Vec<(String, String)>, String> {
        let known = self.input.project.lockfile.entries.len();
        let mut added = Vec::new();
        for node in self
            .plan
            .tree
            .nodes
            .iter()
            .skip(known)
            .filter(|node| !node.is_gone)
        {
            let Some(release) = &node.release else {
                continue;
            };
            let key = self.form.key(&node.name, &node.version);
            let mut text = format!("  {}:", scalar(&key));
            let mut lines = String::new();
            if section == "packages" {
                let integrity = release.integrity.as_deref().unwrap_or_default();
                lines.push_str(&format!(
                    "    resolution: {{integrity: {integrity}}}{}",
                    self.newline
                ));
                for (name, value) in self.fields_of(release) {
                    if let Some(value) = value {
                        lines.push_str(&format!("    {name}: {value}{}", self.newline));
                    }
                }
                if self.form != Form::Nine {
                    for (flag, is_set) in [
                        ("dev", Some(node.dev)),
                        ("optional", node.optional.then_some(true)),
                    ] {
                        if let Some(is_set) = is_set {
                            lines.push_str(&format!("    {flag}: {is_set}{}", self.newline));
                        }
                    }
                }
            }
            if is_snapshots {
                lines.push_str(&self.lists(node)?);
                if node.optional && self.form == Form::Nine {
                    lines.push_str(&format!("    optional: true{}", self.newline));
                }
            }
            match lines.is_empty() {
                true => text.push_str(" {}"),
                false => text.push_str(&format!("{}{}", self.newline, lines.trim_end())),
            }
            added.push((key, text));
        }
        added.sort();
        Ok(added)
    }

    fn importers(&self, root: &Yaml<'_>, edits: &mut Vec<Edit>) {
        let catalogs = root.get("catalogs").map(Yaml::fields).unwrap_or_default();
        for entry in catalogs.iter().flat_map(|catalog| catalog.node.fields()) {
            if let Some(version) = entry.node.get("version")
                && let Some(old) = version.as_scalar()
            {
                let new = self.renames.reference(&entry.key, old);
                if new != old {
                    let at = version.at;
                    edits.push(Edit::new(at.start as usize, at.end as usize, scalar(&new)));
                }
            }
        }
        match root.get("importers") {
            Some(importers) => {
                for field in importers.fields() {
                    let folder = if field.key == "." { "" } else { &field.key };
                    self.importer(folder, &field.node, edits);
                }
            }
            None => self.importer("", root, edits),
        }
    }

    fn importer(&self, folder: &str, node: &Yaml<'_>, edits: &mut Vec<Edit>) {
        let set = |node: &Yaml<'_>, text: &str| {
            Edit::new(node.at.start as usize, node.at.end as usize, scalar(text))
        };
        for group in OWN_GROUPS {
            for field in node.get(group).map(Yaml::fields).unwrap_or_default() {
                let version = field.node.get("version").unwrap_or(&field.node);
                if let Some(old) = version.as_scalar() {
                    let new = self.renames.reference(&field.key, old);
                    if new != old {
                        edits.push(set(version, &new));
                    }
                }
            }
        }
        for moved in self
            .plan
            .ranges
            .iter()
            .filter(|moved| moved.folder == folder)
        {
            let in_groups = OWN_GROUPS
                .iter()
                .filter_map(|group| node.get(group)?.get(&moved.name)?.get("specifier"));
            let old = node.get("specifiers").and_then(|all| all.get(&moved.name));
            for specifier in in_groups.chain(old) {
                if specifier.as_scalar() == Some(&moved.from) {
                    edits.push(set(specifier, &moved.to));
                }
            }
        }
    }

    fn overrides(&self, root: &Yaml<'_>, edits: &mut Vec<Edit>) {
        if self.plan.overrides.is_empty() {
            return;
        }
        let format = self.input.project.lockfile.format;
        let lines: BTreeMap<String, String> = self
            .plan
            .overrides
            .iter()
            .map(|one| manifest::entry(format, one))
            .collect();
        let lines: String = lines
            .iter()
            .map(|(key, value)| format!("  {}: {}{}", scalar(key), scalar(value), self.newline))
            .collect();
        let line_start = |at: usize| self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        if let Some(first) = root
            .get("overrides")
            .and_then(|known| known.fields().first())
        {
            let start = line_start(first.at.start as usize);
            edits.push(Edit::new(start, start, lines));
            return;
        }
        let before = [
            "patchedDependencies",
            "importers",
            "specifiers",
            "dependencies",
            "devDependencies",
            "packages",
        ];
        let fields = root.fields().iter();
        if let Some(field) = fields
            .into_iter()
            .find(|field| before.contains(&field.key.as_ref()))
        {
            let start = line_start(field.at.start as usize);
            let newline = self.newline;
            edits.push(Edit::new(
                start,
                start,
                format!("overrides:{newline}{lines}{newline}"),
            ));
        }
    }
}

/// Without quotes where YAML does not need them.
pub(super) fn scalar(text: &str) -> String {
    if text.contains(is_unprintable) {
        return quoted(text);
    }
    let is_number = text.parse::<f64>().is_ok();
    let is_word = matches!(text, "" | "true" | "false" | "null" | "~" | "yes" | "no");
    let starts = text.starts_with(|first: char| "-?:,[]{}#&*!|>'\"%@` ".contains(first));
    let inside = text.contains(": ") || text.contains(" #") || text.ends_with([':', ' ']);
    match is_number || is_word || starts || inside {
        true => single(text),
        false => text.to_owned(),
    }
}

/// What only a text in double quotes can hold.
fn is_unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// The same inside braces or brackets.
fn flowing(text: &str) -> String {
    match !text.contains(is_unprintable) && text.contains([',', '[', ']', '{', '}']) {
        true => single(text),
        false => scalar(text),
    }
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
