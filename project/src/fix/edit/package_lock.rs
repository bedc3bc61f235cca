//! `package-lock.json` and `npm-shrinkwrap.json`: the entries by path, and the nested half of versions 1 and 2.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lazaret_npm::lockfile::json::{self as reader, Dialect};
use lazaret_npm::lockfile::node::Node as Json;
use serde_json::{Map, Value, json};

use super::super::catalogue::Release;
use super::super::tree::Node;
use super::super::{Input, Plan};
use super::json::{Style, by_name, set, value};
use super::{Edit, address, address_like, misread};

/// What npm copies from a manifest into an entry, besides names and dependencies.
const COPIED: [&str; 11] = [
    "license",
    "os",
    "cpu",
    "libc",
    "deprecated",
    "bin",
    "engines",
    "funding",
    "peerDependencies",
    "peerDependenciesMeta",
    "hasInstallScript",
];

pub(super) fn edits(input: &Input<'_>, plan: &Plan) -> Result<Vec<Edit>, String> {
    let text = &input.project.text;
    let root = reader::parse(text, Dialect::Strict).map_err(|error| misread(&error))?;
    let writer = Writer {
        input,
        plan,
        text,
        style: Style::of(text, &root),
    };
    let mut edits = Vec::new();
    if let Some(packages) = root.get("packages") {
        writer.packages(packages, &mut edits);
    }
    if let Some(dependencies) = root.get("dependencies").filter(|node| node.is_object()) {
        writer.tree(dependencies, "", 1, &mut edits);
    }
    Ok(edits)
}

struct Writer<'a> {
    input: &'a Input<'a>,
    plan: &'a Plan,
    text: &'a str,
    style: Style,
}

impl Writer<'_> {
    fn packages(&self, packages: &Json<'_>, edits: &mut Vec<Edit>) {
        let nodes = &self.plan.tree.nodes;
        let by_key: HashMap<&str, usize> = nodes
            .iter()
            .enumerate()
            .map(|(index, node)| (node.key.as_str(), index))
            .collect();
        let mut removed = BTreeSet::new();
        for (place, field) in packages.fields().iter().enumerate() {
            let Some(index) = by_key.get(field.key.as_ref()) else {
                continue;
            };
            let node = &nodes[*index];
            if node.is_gone {
                removed.insert(place);
            } else if let Some(release) = &node.release {
                self.entry(*index, &field.node, release, edits);
            }
            for moved in self
                .plan
                .ranges
                .iter()
                .filter(|one| one.folder == field.key)
            {
                for group in ["dependencies", "devDependencies", "optionalDependencies"] {
                    let old = field
                        .node
                        .get(group)
                        .and_then(|group| group.get(&moved.name));
                    if let Some(old) = old.filter(|old| old.as_str() == Some(&moved.from)) {
                        edits.push(set(old, &moved.to));
                    }
                }
            }
        }
        let added = self.new_nodes();
        let added = added
            .map(|node| (node.key.clone(), self.whole(node)))
            .collect();
        edits.extend(self.style.change(
            self.text,
            packages,
            1,
            |place| removed.contains(&place),
            added,
            by_name,
        ));
    }

    fn new_nodes(&self) -> impl Iterator<Item = &Node> {
        let known = self.input.project.lockfile.entries.len();
        let new = self.plan.tree.nodes.iter().skip(known);
        new.filter(|node| !node.is_gone)
    }

    /// The changes inside one entry.
    fn entry(&self, index: usize, object: &Json<'_>, release: &Release, edits: &mut Vec<Edit>) {
        let locked = &self.input.project.lockfile.entries[index];
        let old_version = locked.version.as_ref().map_or("", |version| &version.text);
        let before = self
            .input
            .catalogue
            .document(&locked.name)
            .and_then(|document| {
                let entry = document.entry(old_version)?;
                serde_json::from_str::<Value>(document.manifest(entry)).ok()
            });
        if let Some(node) = object.get("version") {
            edits.push(set(node, &release.version));
        }
        let resolved = object.get("resolved");
        if let Some(node) = resolved
            && let Some(address) = address(node.as_str(), old_version, release)
        {
            edits.push(set(node, &address));
        }
        if let (Some(node), Some(integrity)) = (object.get("integrity"), &release.integrity) {
            edits.push(set(node, integrity));
        }
        let mut removed = BTreeSet::new();
        let mut added = Vec::new();
        let mut wanted = tables(release);
        for field in COPIED {
            wanted.insert(field, copied(&release.manifest, field));
        }
        for (field, wanted) in wanted {
            let place = object.fields().iter().position(|known| known.key == field);
            let there = place.map(|place| value(&object.fields()[place].node));
            // npm's own form of a value may differ from the manifest's: what did not change there stays.
            let is_same = there == wanted
                || before.as_ref().is_some_and(|before| {
                    COPIED.contains(&field) && copied(before, field) == wanted
                });
            if is_same {
                continue;
            }
            match (place, wanted) {
                (Some(place), None) => {
                    removed.insert(place);
                }
                (Some(place), Some(wanted)) => {
                    let node = &object.fields()[place].node;
                    let new = self.style.render(&wanted, 3);
                    edits.push(Edit::new(node.at.start as usize, node.at.end as usize, new));
                }
                (None, Some(wanted)) => {
                    added.push((field.to_owned(), self.style.render(&wanted, 3)));
                }
                (None, None) => {}
            }
        }
        if object.get("integrity").is_none()
            && let Some(integrity) = &release.integrity
        {
            added.push(("integrity".into(), self.style.render(&json!(integrity), 3)));
        }
        added.sort_by_key(|(key, _)| rank(key));
        edits.extend(self.style.change(
            self.text,
            object,
            2,
            |place| removed.contains(&place),
            added,
            |known, new| rank(known) > rank(new),
        ));
    }

    /// An entry that was not there.
    fn whole(&self, node: &Node) -> String {
        let Some(release) = &node.release else {
            return "{}".to_owned();
        };
        let mut fields: BTreeMap<(bool, usize, String), Value> = BTreeMap::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                fields.insert(rank(key), value);
            }
        };
        put("version", Some(json!(release.version)));
        put("resolved", self.address_of_new(release).map(Value::from));
        put("integrity", release.integrity.clone().map(Value::from));
        put("dev", node.dev.then_some(json!(true)));
        put("optional", node.optional.then_some(json!(true)));
        for (field, value) in tables(release) {
            put(field, value);
        }
        for field in COPIED {
            put(field, copied(&release.manifest, field));
        }
        let fields: Vec<(String, String)> = fields
            .into_iter()
            .map(|((.., key), value)| (key, self.style.render(&value, 3)))
            .collect();
        self.style.object(&fields, 2)
    }

    fn address_of_new(&self, release: &Release) -> Option<String> {
        let entries = &self.input.project.lockfile.entries;
        let sample = entries.iter().find_map(|entry| {
            let resolved = entry.resolved.as_ref()?;
            let is_plain = resolved.text.contains(&format!("/{}/-/", entry.name));
            is_plain.then_some((&*resolved.text, &*entry.name))
        });
        // A lockfile without addresses stays one.
        let has_none = entries
            .iter()
            .all(|entry| entry.resolved.is_none() || entry.integrity.is_none());
        match sample.is_none() && has_none {
            true => None,
            false => address_like(sample, release),
        }
    }

    /// The nested half. `path` is that of whoever has these dependencies, with a slash at its end.
    fn tree(&self, dependencies: &Json<'_>, path: &str, depth: usize, edits: &mut Vec<Edit>) {
        let tree = &self.plan.tree;
        let mut removed = BTreeSet::new();
        for (place, field) in dependencies.fields().iter().enumerate() {
            let key = format!("{path}node_modules/{}", field.key);
            let index = tree.nodes.iter().position(|node| node.key == key);
            let Some(index) = index else {
                continue;
            };
            let node = &tree.nodes[index];
            if node.is_gone {
                removed.insert(place);
                continue;
            }
            let below = format!("{key}/");
            let nested = field
                .node
                .get("dependencies")
                .filter(|nested| nested.is_object());
            let mut added = Vec::new();
            let mut gone = BTreeSet::new();
            match nested {
                Some(nested) if self.is_emptied(nested, &below) => {
                    let place = field.node.fields().iter();
                    gone.extend(
                        place
                            .enumerate()
                            .filter(|(_, one)| one.key == "dependencies")
                            .map(|(place, _)| place),
                    );
                }
                Some(nested) => self.tree(nested, &below, depth + 2, edits),
                None => {
                    let new = self.new_below(&below, depth + 2);
                    if !new.is_empty() {
                        added.push((
                            "dependencies".to_owned(),
                            self.style.object(&new, depth + 2),
                        ));
                    }
                }
            }
            if let Some(release) = &node.release {
                self.tree_entry(
                    index,
                    &field.node,
                    release,
                    depth + 1,
                    &mut added,
                    &mut gone,
                    edits,
                );
            }
            edits.extend(self.style.change(
                self.text,
                &field.node,
                depth + 1,
                |place| gone.contains(&place),
                added,
                |known, new| tree_rank(known) > tree_rank(new),
            ));
        }
        let added = self.new_below(path, depth);
        edits.extend(self.style.change(
            self.text,
            dependencies,
            depth,
            |place| removed.contains(&place),
            added,
            by_name,
        ));
    }

    /// Whether nothing of a nested list stays.
    fn is_emptied(&self, nested: &Json<'_>, below: &str) -> bool {
        let tree = &self.plan.tree;
        let mut fields = nested.fields().iter();
        let stays = fields.any(|field| {
            let key = format!("{below}node_modules/{}", field.key);
            tree.nodes
                .iter()
                .any(|node| node.key == key && !node.is_gone)
        });
        !stays && self.new_below(below, 0).is_empty()
    }

    fn new_below(&self, path: &str, depth: usize) -> Vec<(String, String)> {
        let nodes = self.new_nodes();
        let mut found: Vec<(String, String)> = nodes
            .filter_map(|node| {
                let name = node.key.strip_prefix(path)?.strip_prefix("node_modules/")?;
                (!name.contains("/node_modules/")).then(|| {
                    let release = node.release.as_ref();
                    let release = release.map(|release| self.tree_whole(node, release, depth + 1));
                    (name.to_owned(), release.unwrap_or_default())
                })
            })
            .collect();
        found.sort_by(|one, other| match by_name(&one.0, &other.0) {
            true => std::cmp::Ordering::Greater,
            false => std::cmp::Ordering::Less,
        });
        found
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what one entry adds to the edits of its neighbours"
    )]
    fn tree_entry(
        &self,
        index: usize,
        object: &Json<'_>,
        release: &Release,
        depth: usize,
        added: &mut Vec<(String, String)>,
        gone: &mut BTreeSet<usize>,
        edits: &mut Vec<Edit>,
    ) {
        let locked = &self.input.project.lockfile.entries[index];
        let old_version = locked.version.as_ref().map_or("", |version| &version.text);
        if let Some(node) = object.get("version") {
            let version = match node.as_str().is_some_and(|old| old.starts_with("npm:")) {
                true => format!("npm:{}", release.id()),
                false => release.version.clone(),
            };
            edits.push(set(node, &version));
        }
        if let Some(node) = object.get("resolved")
            && let Some(address) = address(node.as_str(), old_version, release)
        {
            edits.push(set(node, &address));
        }
        if let (Some(node), Some(integrity)) = (object.get("integrity"), &release.integrity) {
            edits.push(set(node, integrity));
        }
        let wanted = requires(release);
        let place = object
            .fields()
            .iter()
            .position(|field| field.key == "requires");
        let there = place.map(|place| value(&object.fields()[place].node));
        match (place, &wanted) {
            _ if there == wanted => {}
            (Some(place), None) => {
                gone.insert(place);
            }
            (Some(place), Some(wanted)) => {
                let node = &object.fields()[place].node;
                let new = self.style.render(wanted, depth + 1);
                edits.push(Edit::new(node.at.start as usize, node.at.end as usize, new));
            }
            (None, Some(wanted)) => {
                added.insert(0, ("requires".into(), self.style.render(wanted, depth + 1)));
            }
            (None, None) => {}
        }
    }

    fn tree_whole(&self, node: &Node, release: &Release, depth: usize) -> String {
        let text = |text: &str, depth| self.style.render(&json!(text), depth);
        let mut fields = vec![("version".to_owned(), text(&release.version, depth))];
        if let Some(address) = self.address_of_new(release) {
            fields.push(("resolved".into(), text(&address, depth)));
        }
        if let Some(integrity) = &release.integrity {
            fields.push(("integrity".into(), text(integrity, depth)));
        }
        for (flag, is_set) in [("dev", node.dev), ("optional", node.optional)] {
            if is_set {
                fields.push((flag.into(), "true".into()));
            }
        }
        if let Some(requires) = requires(release) {
            fields.push(("requires".into(), self.style.render(&requires, depth + 1)));
        }
        let below = self.new_below(&format!("{}/", node.key), depth + 1);
        if !below.is_empty() {
            fields.push(("dependencies".into(), self.style.object(&below, depth + 1)));
        }
        self.style.object(&fields, depth)
    }
}

/// `dependencies` and `optionalDependencies`, where there are any.
fn tables(release: &Release) -> BTreeMap<&'static str, Option<Value>> {
    let some = |table: BTreeMap<String, String>| (!table.is_empty()).then(|| json!(table));
    BTreeMap::from([
        ("dependencies", some(release.required())),
        (
            "optionalDependencies",
            some(release.table("optionalDependencies")),
        ),
    ])
}

fn requires(release: &Release) -> Option<Value> {
    let mut all = release.table("dependencies");
    all.extend(release.table("optionalDependencies"));
    (!all.is_empty()).then(|| json!(all))
}

/// A field of a manifest as npm keeps it.
fn copied(manifest: &Value, field: &str) -> Option<Value> {
    if field == "hasInstallScript" {
        let scripts = manifest.get("scripts").and_then(Value::as_object);
        let has = |name: &&str| scripts.is_some_and(|scripts| scripts.contains_key(*name));
        let is_set = manifest.get("hasInstallScript").and_then(Value::as_bool) == Some(true);
        let runs = is_set || ["preinstall", "install", "postinstall"].iter().any(has);
        return runs.then_some(json!(true));
    }
    let value = manifest.get(field)?;
    match (field, value) {
        (_, Value::Null) | ("deprecated", Value::Bool(false)) => None,
        ("bin", Value::String(path)) => {
            let name = manifest.get("name")?.as_str()?;
            let own = name.rsplit('/').next().unwrap_or(name);
            let mut bin = Map::new();
            bin.insert(own.to_owned(), json!(path.trim_start_matches("./")));
            Some(Value::Object(bin))
        }
        ("bin", Value::Object(all)) => {
            let trimmed = all.iter().map(|(name, path)| {
                let path = path
                    .as_str()
                    .map(|path| json!(path.trim_start_matches("./")));
                (name.clone(), path.unwrap_or(Value::Null))
            });
            Some(Value::Object(trimmed.collect()))
        }
        ("funding", Value::String(url)) => Some(json!({"url": url})),
        ("license", Value::Object(old)) => old.get("type").cloned(),
        ("license", Value::Array(_)) => None,
        ("os" | "cpu" | "libc", Value::String(one)) => Some(json!([one])),
        (_, Value::Object(all)) if all.is_empty() => None,
        (_, Value::Array(all)) if all.is_empty() => None,
        (_, value) => Some(value.clone()),
    }
}

/// npm's order of an entry's fields: texts and lists before objects, some names first.
fn rank(key: &str) -> (bool, usize, String) {
    const FIRST: [&str; 6] = [
        "name",
        "version",
        "resolved",
        "integrity",
        "requires",
        "dependencies",
    ];
    const OBJECTS: [&str; 7] = [
        "dependencies",
        "optionalDependencies",
        "peerDependencies",
        "peerDependenciesMeta",
        "bin",
        "engines",
        "funding",
    ];
    let first = FIRST.iter().position(|first| *first == key);
    (
        OBJECTS.contains(&key),
        first.unwrap_or(FIRST.len()),
        key.to_owned(),
    )
}

fn tree_rank(key: &str) -> usize {
    const ORDER: [&str; 8] = [
        "version",
        "resolved",
        "integrity",
        "bundled",
        "dev",
        "optional",
        "requires",
        "dependencies",
    ];
    ORDER.iter().position(|known| *known == key).unwrap_or(5)
}
