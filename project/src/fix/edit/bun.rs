//! `bun.lock`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lazaret_npm::lockfile::json::{self as reader, Dialect};
use lazaret_npm::lockfile::node::Node as Json;
use serde_json::{Map, Value, json};

use super::super::catalogue::Release;
use super::super::{Input, Plan};
use super::json::{Style, quoted, set, value};
use super::{Edit, address, misread};

pub(super) fn edits(input: &Input<'_>, plan: &Plan) -> Result<Vec<Edit>, String> {
    let text = &input.project.text;
    let root = reader::parse(text, Dialect::Comments).map_err(|error| misread(&error))?;
    let style = Style::of(text, &root);
    let mut edits = Vec::new();
    let workspaces = root.get("workspaces").map(Json::fields).unwrap_or_default();
    for workspace in workspaces {
        for moved in plan.ranges.iter().filter(|one| one.folder == workspace.key) {
            for group in ["dependencies", "devDependencies", "optionalDependencies"] {
                let old = workspace
                    .node
                    .get(group)
                    .and_then(|group| group.get(&moved.name));
                if let Some(old) = old.filter(|old| old.as_str() == Some(&moved.from)) {
                    edits.push(set(old, &moved.to));
                }
            }
        }
    }
    edits.extend(overrides(plan, text, &root, &style));
    let Some(packages) = root.get("packages") else {
        return Ok(edits);
    };
    let nodes = &plan.tree.nodes;
    let by_key: HashMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .filter(|(index, _)| !plan.tree.is_own(*index))
        .map(|(index, node)| (node.key.as_str(), index))
        .collect();
    let known = input.project.lockfile.entries.len();
    let mut removed = BTreeSet::new();
    for (place, field) in packages.fields().iter().enumerate() {
        let Some(index) = by_key.get(field.key.as_ref()) else {
            continue;
        };
        let node = &nodes[*index];
        if node.is_gone {
            removed.insert(place);
        } else if let Some(release) = &node.release {
            let old = input.project.lockfile.entries[*index].version.as_ref();
            let old = old.map_or("", |version| &version.text);
            edits.extend(entry(text, &field.node, release, old)?);
        }
    }
    let new = nodes.iter().skip(known).filter(|node| !node.is_gone);
    let added: Vec<(String, String)> = new
        .filter_map(|node| {
            let release = node.release.as_ref()?;
            let address = match is_default(packages) {
                true => String::new(),
                false => release.tarball.clone().unwrap_or_default(),
            };
            let tuple = [
                quoted(&release.id()),
                quoted(&address),
                inline(&Value::Object(info(release))),
                quoted(release.integrity.as_deref().unwrap_or_default()),
            ];
            Some((node.key.clone(), format!("[{}]", tuple.join(", "))))
        })
        .collect();
    edits.extend(style.change(
        text,
        packages,
        1,
        |place| removed.contains(&place),
        added,
        goes_after,
    ));
    Ok(edits)
}

/// bun lists what lies at the top first, then what lies below.
fn goes_after(known: &str, new: &str) -> bool {
    let rank = |key: &str| {
        let slashes =
            key.matches('/').count() - key.matches('@').count().min(key.matches('/').count());
        (slashes > 0, key.to_owned())
    };
    rank(known) > rank(new)
}

/// Whether packages come from bun's own default registry, whose addresses it leaves out.
fn is_default(packages: &Json<'_>) -> bool {
    let mut fields = packages.fields().iter();
    !fields.any(|field| {
        let address = field.node.items().get(1).and_then(Json::as_str);
        field.node.items().len() == 4 && address.is_some_and(|address| !address.is_empty())
    })
}

fn entry(
    text: &str,
    tuple: &Json<'_>,
    release: &Release,
    old_version: &str,
) -> Result<Vec<Edit>, String> {
    let [id, address_at, old, integrity] = tuple.items() else {
        return Err("an entry of bun.lock has another form than bun writes".into());
    };
    let mut edits = vec![set(id, &release.id())];
    if let Some(known) = address_at.as_str().filter(|known| !known.is_empty())
        && let Some(address) = address(Some(known), old_version, release)
    {
        edits.push(set(address_at, &address));
    }
    if let Some(new) = &release.integrity {
        edits.push(set(integrity, new));
    }
    let new = info(release);
    if value(old) != Value::Object(new.clone()) {
        let at = (old.at.start as usize, old.at.end as usize);
        if text[at.0..at.1].contains('\n') {
            return Err("an entry of bun.lock has another form than bun writes".into());
        }
        edits.push(Edit::new(at.0, at.1, inline(&Value::Object(new))));
    }
    Ok(edits)
}

/// What bun keeps of a manifest.
fn info(release: &Release) -> Map<String, Value> {
    let mut info = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            info.insert(key.to_owned(), value);
        }
    };
    let some = |table: BTreeMap<String, String>| (!table.is_empty()).then(|| json!(table));
    put("dependencies", some(release.required()));
    put(
        "optionalDependencies",
        some(release.table("optionalDependencies")),
    );
    put("peerDependencies", some(release.table("peerDependencies")));
    let optional = release.optional_peers();
    put(
        "optionalPeers",
        (!optional.is_empty()).then(|| json!(optional)),
    );
    for field in ["os", "cpu", "libc"] {
        put(
            field,
            match release.manifest.get(field) {
                Some(Value::Array(values)) if values.len() == 1 => values.first().cloned(),
                Some(Value::Array(values)) if values.is_empty() => None,
                Some(Value::Null) | None => None,
                other => other.cloned(),
            },
        );
    }
    put(
        "bin",
        match release.manifest.get("bin") {
            Some(Value::Object(all)) if all.is_empty() => None,
            Some(Value::Null) | None => None,
            Some(Value::String(path)) => {
                let bare = release.name.rsplit('/').next().unwrap_or(&release.name);
                Some(json!({ bare: path }))
            }
            other => other.cloned(),
        },
    );
    info
}

/// On one line, as bun writes it: `{ "a": { "b": "c" } }`.
fn inline(value: &Value) -> String {
    const ORDER: [&str; 9] = [
        "dependencies",
        "optionalDependencies",
        "peerDependencies",
        "optionalPeers",
        "os",
        "cpu",
        "libc",
        "bin",
        "binDir",
    ];
    match value {
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| ORDER.iter().position(|known| known == key));
            let fields: Vec<String> = fields
                .into_iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), inline(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

fn overrides(plan: &Plan, text: &str, root: &Json<'_>, style: &Style) -> Vec<Edit> {
    if plan.overrides.is_empty() {
        return Vec::new();
    }
    let new: BTreeMap<String, String> = plan
        .overrides
        .iter()
        .map(|one| (one.name.clone(), quoted(&one.to)))
        .collect();
    let new: Vec<(String, String)> = new.into_iter().collect();
    match root.get("overrides") {
        Some(known) => style.change(text, known, 1, |_| false, new, super::json::by_name),
        None => {
            // bun writes them between its workspaces and its packages.
            let trailing: Vec<String> = new
                .iter()
                .map(|(key, value)| format!("    {}: {value},\n", quoted(key)))
                .collect();
            let whole = format!("{{\n{}  }}", trailing.concat());
            let added = vec![("overrides".to_owned(), whole)];
            style.change(
                text,
                root,
                0,
                |_| false,
                added,
                |known, _| known == "packages",
            )
        }
    }
}
