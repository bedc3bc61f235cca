//! `yarn.lock` of yarn 2 and later. `yarn install --immutable` compares every byte with what yarn would write, so entries have
//! yarn's own order and quotes, and checksums are those of yarn's own archives.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::lockfile::node::Node as Yaml;
use lazaret_npm::lockfile::{yaml, yarn_archive};
use serde_json::Value;

use super::super::catalogue::Release;
use super::super::tree::Node;
use super::super::{Input, Plan};
use super::blocks::{Block, block, change};
use super::json::quoted;
use super::{Edit, line_end, misread};

/// What stands before ranges of a registry.
pub(super) const PROTOCOL: &str = "npm:";

pub(super) fn edits(input: &Input<'_>, plan: &Plan) -> Result<Vec<Edit>, String> {
    let text = &input.project.text;
    let entries = &input.project.lockfile.entries;
    let documents = yaml::parse(text).map_err(|error| misread(&error))?;
    let root = documents.first().ok_or("the lockfile is empty")?;
    let fields: Vec<_> = root.fields().iter().collect();
    let blocks: Vec<Block> = fields
        .iter()
        .enumerate()
        .map(|(place, field)| {
            let next = fields.get(place + 1);
            let limit = next.map_or(text.len(), |next| {
                let at = next.at.start as usize;
                text[..at].rfind('\n').map_or(0, |end| end + 1)
            });
            block(text, &field.key, field.at.start as usize, limit)
        })
        .collect();
    let place_of = |start: u32| fields.iter().position(|field| field.at.start == start);
    let writer = Writer {
        input,
        newline: line_end(text),
        has_protocol: entries.iter().any(|entry| {
            let mut dependencies = entry.dependencies.iter();
            dependencies.any(|one| one.spec.starts_with(PROTOCOL))
        }),
    };
    let mut edits = Vec::new();
    let mut removed = BTreeSet::new();
    let mut added = Vec::new();
    for (index, node) in plan.tree.nodes.iter().enumerate() {
        let place = entries
            .get(index)
            .and_then(|entry| place_of(entry.at.start));
        let Some(place) = place else {
            if let (Some(release), false) = (&node.release, node.is_gone || index < entries.len()) {
                let fields = writer.fields(release, None)?;
                added.push((key(node), writer.whole(&key(node), &fields)));
            }
            continue;
        };
        let field = fields[place];
        if node.is_gone {
            removed.insert(place);
            continue;
        }
        let is_own = plan.tree.is_own(index);
        let before: Vec<&str> = field.key.split(", ").collect();
        let is_moved = !is_own && node.descriptors != before;
        match &node.release {
            Some(release) => {
                let fields = writer.fields(release, Some(&field.node))?;
                let new = writer.whole(&key(node), &fields);
                if is_moved {
                    removed.insert(place);
                    added.push((key(node), new));
                } else {
                    edits.extend(lines(text, &blocks[place], &new, writer.newline));
                }
            }
            None if is_moved => {
                removed.insert(place);
                let old = &text[blocks[place].start..blocks[place].end];
                let (_, rest) = old.split_once('\n').unwrap_or((old, ""));
                let new = format!("{}:{}{rest}", quoted(&key(node)), writer.newline);
                added.push((key(node), new.trim_end().to_owned()));
            }
            None => {}
        }
        if is_own {
            edits.extend(writer.moved(plan, &node.key, &field.node));
        }
    }
    added.sort();
    let after = |known: &str, new: &str| known != "__metadata" && known > new;
    edits.extend(change(
        text,
        &blocks,
        |place| removed.contains(&place),
        added,
        after,
    )?);
    Ok(edits)
}

/// What an entry answers, in yarn's order.
fn key(node: &Node) -> String {
    let mut descriptors = node.descriptors.clone();
    descriptors.sort();
    descriptors.join(", ")
}

struct Writer<'a> {
    input: &'a Input<'a>,
    newline: &'static str,
    /// Older ones leave `npm:` out of dependencies.
    has_protocol: bool,
}

/// A field's name and its lines, without indentation.
type Fields = Vec<(String, Vec<String>)>;

impl Writer<'_> {
    /// The fields of a version in yarn's order.
    fn fields(&self, release: &Release, old: Option<&Yaml<'_>>) -> Result<Fields, String> {
        let mut fields: Fields = vec![
            ("version".into(), vec![plain_or_quoted(&release.version)]),
            (
                "resolution".into(),
                vec![quoted(&format!(
                    "{}@{PROTOCOL}{}",
                    release.name, release.version
                ))],
            ),
        ];
        let mut dependencies = release.required();
        let optional = release.table("optionalDependencies");
        dependencies.extend(optional.clone());
        let with_protocol = |range: &String| match self.has_protocol && !range.contains(':') {
            true => format!("{PROTOCOL}{range}"),
            false => range.clone(),
        };
        let table = |table: &BTreeMap<String, String>, value: &dyn Fn(&String) -> String| {
            let lines = table.iter().map(|(name, range)| {
                format!(
                    "{}: {}",
                    plain_or_quoted(name),
                    plain_or_quoted(&value(range))
                )
            });
            lines.collect::<Vec<String>>()
        };
        let mut list = |name: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                fields.push((name.to_owned(), lines));
            }
        };
        list("dependencies", table(&dependencies, &with_protocol));
        let mut peers = release.table("peerDependencies");
        for name in peer_metas(release) {
            // yarn makes a peer of what is only described as one.
            peers.entry(name).or_insert_with(|| "*".into());
        }
        list("peerDependencies", table(&peers, &|range| range.clone()));
        list("dependenciesMeta", optional_lines(optional.keys()));
        list(
            "peerDependenciesMeta",
            optional_lines(release.optional_peers().iter()),
        );
        list("bin", bins(release));
        let archive = self.input.archives.get(&release.id());
        let has_checksum = old.is_none_or(|old| old.get("checksum").is_some());
        if has_checksum {
            let made = archive.ok_or("the checksum of yarn's archive was not made yet")?;
            let made = made.as_ref().map_err(|why| {
                format!(
                    "the checksum of yarn's archive of {} cannot be made: {why}",
                    release.id()
                )
            })?;
            list(
                "checksum",
                vec![format!("{}/{made}", yarn_archive::CACHE_KEY)],
            );
        }
        list("conditions", conditions(release).into_iter().collect());
        list("languageName", vec!["node".into()]);
        list("linkType", vec!["hard".into()]);
        Ok(fields)
    }

    fn whole(&self, key: &str, fields: &Fields) -> String {
        let newline = self.newline;
        let mut text = format!("{}:{newline}", key_text(key));
        for (name, lines) in fields {
            let is_list = !matches!(
                name.as_str(),
                "version" | "resolution" | "checksum" | "conditions" | "languageName" | "linkType"
            );
            if is_list {
                text.push_str(&format!("  {name}:{newline}"));
                for line in lines {
                    text.push_str(&format!("    {line}{newline}"));
                }
            } else {
                text.push_str(&format!("  {name}: {}{newline}", lines.join("")));
            }
        }
        text.trim_end().to_owned()
    }

    /// Ranges that moved, in a workspace's own entry.
    fn moved(&self, plan: &Plan, folder: &str, node: &Yaml<'_>) -> Vec<Edit> {
        let dependencies = node
            .get("dependencies")
            .map(Yaml::fields)
            .unwrap_or_default();
        let mut edits = Vec::new();
        for moved in plan.ranges.iter().filter(|moved| moved.folder == folder) {
            for field in dependencies.iter().filter(|field| field.key == moved.name) {
                let value = match self.has_protocol && !moved.to.contains(':') {
                    true => format!("{PROTOCOL}{}", moved.to),
                    false => moved.to.clone(),
                };
                let at = field.node.at;
                edits.push(Edit::new(
                    at.start as usize,
                    at.end as usize,
                    plain_or_quoted(&value),
                ));
            }
        }
        edits
    }
}

/// Replaces the lines of a block that differ: those at its beginning and end that are the same stay.
fn lines(text: &str, block: &Block, new: &str, newline: &str) -> Vec<Edit> {
    let old = &text[block.start..block.end];
    let new = match old.ends_with('\n') {
        true => format!("{new}{newline}"),
        false => new.to_owned(),
    };
    let before: Vec<&str> = old.split_inclusive('\n').collect();
    let after: Vec<&str> = new.split_inclusive('\n').collect();
    let same_start = before
        .iter()
        .zip(&after)
        .take_while(|(one, other)| one == other)
        .count();
    let rest = before.len().min(after.len()) - same_start;
    let same_end = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take(rest)
        .take_while(|(one, other)| one == other)
        .count();
    let length = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    let start = block.start + length(&before[..same_start]);
    let end = block.end - length(&before[before.len() - same_end..]);
    let middle = after[same_start..after.len() - same_end].concat();
    match start == end && middle.is_empty() {
        true => Vec::new(),
        false => vec![Edit::new(start, end, middle)],
    }
}

fn key_text(key: &str) -> String {
    let text = plain_or_quoted(key);
    match text.len() > 1024 {
        // Longer keys are written with a question mark.
        true => format!("? {text}\n"),
        false => text,
    }
}

fn optional_lines<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    names
        .flat_map(|name| {
            [
                format!("{}:", plain_or_quoted(name)),
                "  optional: true".to_owned(),
            ]
        })
        .collect()
}

fn peer_metas(release: &Release) -> Vec<String> {
    let meta = release
        .manifest
        .get("peerDependenciesMeta")
        .and_then(Value::as_object);
    meta.into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect()
}

fn bins(release: &Release) -> Vec<String> {
    let bare = release.name.rsplit('/').next().unwrap_or(&release.name);
    match release.manifest.get("bin") {
        Some(Value::String(path)) => vec![format!(
            "{}: {}",
            plain_or_quoted(bare),
            plain_or_quoted(normal(path))
        )],
        Some(Value::Object(all)) => {
            let all: BTreeMap<&String, &str> = all
                .iter()
                .filter_map(|(name, path)| Some((name, path.as_str()?)))
                .collect();
            all.into_iter()
                .map(|(name, path)| {
                    format!(
                        "{}: {}",
                        plain_or_quoted(name),
                        plain_or_quoted(normal(path))
                    )
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

fn normal(path: &str) -> &str {
    path
}

/// `(os=linux | os=darwin) & cpu=x64`
fn conditions(release: &Release) -> Option<String> {
    let mut all = Vec::new();
    for field in ["os", "cpu", "libc"] {
        let values: Vec<&str> = match release.manifest.get(field) {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(value)) => vec![value],
            _ => continue,
        };
        let parts: Vec<String> = values
            .iter()
            .map(|value| match value.strip_prefix('!') {
                Some(not) => format!("!{field}={not}"),
                None => format!("{field}={value}"),
            })
            .collect();
        match parts.as_slice() {
            [] => {}
            [one] => all.push(one.clone()),
            several => all.push(format!("({})", several.join(" | "))),
        }
    }
    (!all.is_empty()).then(|| all.join(" & "))
}

/// As yarn writes texts: without quotes where YAML does not need them.
pub(super) fn plain_or_quoted(text: &str) -> String {
    let starts = |one: char| "-?:,][{}#&*!|>'\"%@` \t\r\n".contains(one);
    let inner = |one: char| ",][{}:#".contains(one);
    let is_plain = !text.is_empty()
        && !text.starts_with(starts)
        && !text.chars().skip(1).any(inner)
        && !text.ends_with([' ', '\t'])
        && !text.contains(['\r', '\n'])
        && !matches!(text, "true" | "false");
    match is_plain {
        true => text.to_owned(),
        false => quoted(text),
    }
}
