//! The nested `dependencies` of versions 1 and 2, flattened to the paths that later versions write.

use super::super::error::LockfileError;
use super::super::manifest::Manifest;
use super::super::node::{Document, Field, Node};
use super::super::place::{Spot, Text};
use super::super::{Dependency, Entries, Kind, Locked, Source};
use super::source_of;

/// All entries, the project itself first.
pub(super) fn read(
    document: Document<'_>,
    root: &Node<'_>,
    manifests: &[Manifest],
) -> Result<Vec<Locked>, LockfileError> {
    let mut entries = Entries::default();
    let manifest = manifests.iter().find(|manifest| manifest.path.is_empty());
    let own = Locked {
        name: document
            .text_of(root, "name")?
            .map_or_else(Box::default, |name| name.text),
        version: document.text_of(root, "version")?,
        source: Source::Workspace,
        dependencies: match manifest {
            Some(manifest) => declared(manifest),
            None => top_level(document, root)?,
        },
        ..Locked::default()
    };
    entries.push(document.text, own)?;
    // Depth is bounded by the JSON reader.
    let mut open: Vec<(String, &[Field<'_>])> =
        vec![(String::new(), document.object(root, "dependencies")?)];
    while let Some((folder, fields)) = open.pop() {
        for field in fields {
            if !field.node.is_object() {
                return Err(document.wrong(field.node.at, "an entry is not an object"));
            }
            let path = format!("{folder}node_modules/{}", field.key);
            let entry = entry(document, field, &path)?;
            entries.push(document.text, entry)?;
            let nested = document.object(&field.node, "dependencies")?;
            if !nested.is_empty() {
                open.push((format!("{path}/"), nested));
            }
        }
    }
    entries.all.sort_by_key(|entry| entry.at);
    Ok(entries.all)
}

/// What the project asks for.
fn declared(manifest: &Manifest) -> Vec<Dependency> {
    let asked = manifest.asked();
    asked
        .map(|declared| Dependency {
            name: declared.name.text.clone(),
            spec: declared.spec.text.clone(),
            kind: declared.kind,
            at: Spot::default(),
            to: None,
        })
        .collect()
}

/// Without a manifest, whatever lies at the top could have been asked for.
fn top_level(document: Document<'_>, root: &Node<'_>) -> Result<Vec<Dependency>, LockfileError> {
    let fields = document.object(root, "dependencies")?.iter();
    let kind = |node: &Node<'_>| match (node.flag("dev"), node.flag("optional")) {
        (true, _) => Kind::Development,
        (false, true) => Kind::Optional,
        (false, false) => Kind::Production,
    };
    Ok(fields
        .map(|field| Dependency {
            name: field.key.as_ref().into(),
            spec: Box::default(),
            kind: kind(&field.node),
            at: field.at,
            to: None,
        })
        .collect())
}

fn entry(document: Document<'_>, field: &Field<'_>, path: &str) -> Result<Locked, LockfileError> {
    let node = &field.node;
    let mut entry = Locked {
        key: path.into(),
        at: field.at,
        name: field.key.as_ref().into(),
        resolved: document.text_of(node, "resolved")?,
        integrity: document.text_of(node, "integrity")?,
        dev: node.flag("dev"),
        optional: node.flag("optional"),
        bundled: node.flag("bundled"),
        ..Locked::default()
    };
    let Some(version) = document.text_of(node, "version")? else {
        return Err(document.wrong(field.at, "an entry without \"version\""));
    };
    if let Some((name, real)) = aliased(&version.text) {
        entry.alias = Some(std::mem::replace(&mut entry.name, name.into()));
        entry.version = Some(Text::new(real, version.at));
    } else {
        match Source::of_spec(&version.text) {
            Source::Registry => entry.version = Some(version),
            source => {
                entry.source = source;
                entry.resolved = Some(version);
            }
        }
    }
    if let Some(resolved) = &entry.resolved
        && entry.source == Source::Registry
    {
        entry.source = source_of(&resolved.text);
    }
    // `true` at the top of the file, names and ranges in an entry.
    for required in node.get("requires").map(Node::fields).unwrap_or_default() {
        entry.dependencies.push(Dependency {
            name: required.key.as_ref().into(),
            spec: document.scalar(required)?.into(),
            kind: Kind::Production,
            at: required.at,
            to: None,
        });
    }
    Ok(entry)
}

/// `npm:ms@2.1.3`.
fn aliased(version: &str) -> Option<(&str, &str)> {
    let (name, version) = version.strip_prefix("npm:")?.rsplit_once('@')?;
    (!name.is_empty()).then_some((name, version))
}
