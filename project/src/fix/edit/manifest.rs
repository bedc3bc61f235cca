//! `package.json` and `pnpm-workspace.yaml`: ranges that move, overrides that are added.

use std::collections::BTreeMap;

use lazaret_npm::lockfile::json::{self as reader, Dialect};
use lazaret_npm::lockfile::{Format, Kind, yaml};

use super::super::{Input, Override, Plan};
use super::json::{Style, by_name, quoted, set};
use super::{Edit, line_end, misread, yarn_berry};

/// Path from the root on, old text, edits.
type Changed = Vec<(String, String, Vec<Edit>)>;

pub(super) fn edits(input: &Input<'_>, plan: &Plan) -> Result<Changed, String> {
    let project = input.project;
    let mut changed: BTreeMap<String, (String, Vec<Edit>)> = BTreeMap::new();
    let path_of = |folder: &str| match folder {
        "" => project.path_of("package.json"),
        folder => project.path_of(&format!("{folder}/package.json")),
    };
    for (manifest, text) in &project.manifests {
        let mut edits = Vec::new();
        for moved in plan.ranges.iter().filter(|one| one.folder == manifest.path) {
            for declared in &manifest.declared {
                let is_meant = *declared.name.text == *moved.name
                    && *declared.spec.text == *moved.from
                    && declared.kind != Kind::Peer;
                if is_meant {
                    let at = declared.spec.at;
                    edits.push(Edit::new(
                        at.start as usize,
                        at.end as usize,
                        quoted(&moved.to),
                    ));
                }
            }
        }
        if manifest.path.is_empty() && !plan.overrides.is_empty() && !is_in_workspace_file(input) {
            edits.extend(overrides_in_manifest(input, plan, text)?);
        }
        if !edits.is_empty() {
            changed.insert(path_of(&manifest.path), (text.clone(), edits));
        }
    }
    if !plan.overrides.is_empty() && is_in_workspace_file(input) {
        let path = project.path_of("pnpm-workspace.yaml");
        let text = project
            .settings
            .get("pnpm-workspace.yaml")
            .cloned()
            .unwrap_or_default();
        let edits = overrides_in_workspace_file(plan, &text)?;
        changed.insert(path, (text, edits));
    }
    let changed = changed.into_iter();
    Ok(changed
        .map(|(path, (text, edits))| (path, text, edits))
        .collect())
}

/// pnpm reads its overrides from `pnpm-workspace.yaml` since version 10; one before that, or one whose overrides demonstrably
/// come from `package.json`, keeps them there.
fn is_in_workspace_file(input: &Input<'_>) -> bool {
    let project = input.project;
    if project.lockfile.format != Format::Pnpm {
        return false;
    }
    let manager = project
        .manifest()
        .and_then(|manifest| manifest.package_manager.as_ref());
    let major = manager.and_then(|text| {
        let version = text.text.strip_prefix("pnpm@")?;
        version.split('.').next()?.parse::<u32>().ok()
    });
    if let Some(major) = major {
        return major >= 10;
    }
    let own = project.manifest().map(|manifest| &manifest.settings);
    let own = own
        .into_iter()
        .flatten()
        .any(|setting| setting.group == "overrides");
    let locked = project
        .lockfile
        .settings
        .iter()
        .any(|setting| setting.group == "overrides");
    let is_old = !project.lockfile.version.text.starts_with('9');
    let in_file = project
        .settings
        .get("pnpm-workspace.yaml")
        .is_some_and(|text| text.lines().any(|line| line.starts_with("overrides:")));
    !is_old && (in_file || !(own && locked))
}

/// The key of an override and its value, in that package manager's own form.
pub(super) fn entry(format: Format, one: &Override) -> (String, String) {
    let version = one.parent_version.as_deref();
    match format {
        Format::Pnpm => match version {
            Some(version) => (
                format!("{}@{version}>{}", one.parent, one.name),
                one.to.clone(),
            ),
            None => (format!("{}>{}", one.parent, one.name), one.to.clone()),
        },
        Format::Yarn1 => (format!("**/{}/{}", one.parent, one.name), one.to.clone()),
        Format::YarnBerry => {
            let key = match version {
                Some(version) => format!("{}@npm:{version}/{}", one.parent, one.name),
                None => format!("{}/{}", one.parent, one.name),
            };
            (key, format!("{}{}", yarn_berry::PROTOCOL, one.to))
        }
        Format::PackageLock => match version {
            Some(version) => (format!("{}@{version}", one.parent), one.to.clone()),
            None => (one.parent.clone(), one.to.clone()),
        },
        Format::Bun => (one.name.clone(), one.to.clone()),
    }
}

fn overrides_in_manifest(input: &Input<'_>, plan: &Plan, text: &str) -> Result<Vec<Edit>, String> {
    let format = input.project.lockfile.format;
    let root = reader::parse(text, Dialect::Strict).map_err(|error| misread(&error))?;
    let style = Style::of(text, &root);
    let path: &[&str] = match format {
        Format::PackageLock | Format::Bun => &["overrides"],
        Format::Yarn1 | Format::YarnBerry => &["resolutions"],
        Format::Pnpm => &["pnpm", "overrides"],
    };
    // How deep into the path the manifest goes already.
    let (mut node, mut depth) = (&root, 0);
    while let Some(next) = path.get(depth).and_then(|key| node.get(key)) {
        if !next.is_object() {
            return Err(format!(
                "\"{}\" of package.json is not an object",
                path[depth]
            ));
        }
        node = next;
        depth += 1;
    }
    let mut edits = Vec::new();
    let mut grouped: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for one in &plan.overrides {
        let (key, value) = entry(format, one);
        grouped
            .entry(key)
            .or_default()
            .insert(one.name.clone(), value);
    }
    let is_nested = format == Format::PackageLock;
    let mut added: Vec<(String, String)> = Vec::new();
    for (key, values) in &grouped {
        let known = (depth == path.len()).then(|| node.get(key)).flatten();
        match known {
            Some(known) if is_nested && known.is_object() => {
                let values = values.iter().map(|(name, to)| (name.clone(), quoted(to)));
                if values.clone().any(|(name, _)| known.get(&name).is_some()) {
                    return Err(format!("package.json overrides what {key} uses already"));
                }
                edits.extend(style.change(
                    text,
                    known,
                    path.len() + 1,
                    |_| false,
                    values.collect(),
                    by_name,
                ));
            }
            Some(known) => match values.values().next() {
                Some(to) if !is_nested => edits.push(set(known, to)),
                _ => return Err(format!("package.json overrides {key} already")),
            },
            None if is_nested => {
                let values: Vec<(String, String)> = values
                    .iter()
                    .map(|(name, to)| (name.clone(), quoted(to)))
                    .collect();
                added.push((key.clone(), style.object(&values, path.len() + 1)));
            }
            None => added.extend(values.values().next().map(|to| (key.clone(), quoted(to)))),
        }
    }
    if added.is_empty() {
        return Ok(edits);
    }
    // What of the path is missing is written round the new entries, the innermost first.
    let mut missing = path[depth..].to_vec();
    while let Some(key) = missing.pop() {
        let whole = style.object(&added, depth + missing.len() + 1);
        added = vec![(key.to_owned(), whole)];
    }
    let at_end = |_: &str, _: &str| false;
    let goes_after: &dyn Fn(&str, &str) -> bool = match depth == path.len() {
        true => &by_name,
        false => &at_end,
    };
    edits.extend(style.change(text, node, depth, |_| false, added, goes_after));
    Ok(edits)
}

fn overrides_in_workspace_file(plan: &Plan, text: &str) -> Result<Vec<Edit>, String> {
    let newline = line_end(text);
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    for one in &plan.overrides {
        let (key, value) = entry(Format::Pnpm, one);
        lines.insert(key, value);
    }
    let known = match text.trim().is_empty() {
        true => Vec::new(),
        false => yaml::parse(text).map_err(|error| format!("pnpm-workspace.yaml: {error}"))?,
    };
    let overrides = known.first().and_then(|root| root.get("overrides"));
    let written = |indent: &str| -> String {
        let lines = lines.iter().map(|(key, value)| {
            format!(
                "{indent}{}: {}",
                yarn_berry::plain_or_quoted(key),
                super::pnpm::scalar(value)
            )
        });
        lines.collect::<Vec<_>>().join(newline)
    };
    match overrides {
        Some(overrides) if overrides.is_object() && !overrides.fields().is_empty() => {
            let first = &overrides.fields()[0];
            let start = first.at.start as usize;
            let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let indent = &text[line..start];
            if !indent.trim().is_empty() {
                return Err("the overrides of pnpm-workspace.yaml are not a block".into());
            }
            Ok(vec![Edit::new(
                line,
                line,
                format!("{}{newline}", written(indent)),
            )])
        }
        Some(_) => Err("the overrides of pnpm-workspace.yaml are not a block".into()),
        None => {
            let open = match text.is_empty() || text.ends_with('\n') {
                true => "",
                false => newline,
            };
            let whole = format!("{open}overrides:{newline}{}{newline}", written("  "));
            Ok(vec![Edit::new(text.len(), text.len(), whole)])
        }
    }
}
