//! `yarn.lock` of yarn 1.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::lockfile::Source;

use super::super::catalogue::Release;
use super::super::tree::Node;
use super::super::{Input, Plan};
use super::blocks::{Block, block, change};
use super::json::quoted;
use super::{Edit, address, address_like, line_end};

pub(super) fn edits(input: &Input<'_>, plan: &Plan) -> Result<Vec<Edit>, String> {
    let text = &input.project.text;
    let entries = &input.project.lockfile.entries;
    let mut locked: Vec<(usize, usize)> = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.source != Source::Workspace)
        .map(|(index, entry)| (entry.at.start as usize, index))
        .collect();
    locked.sort_unstable();
    let blocks: Vec<Block> = locked
        .iter()
        .enumerate()
        .map(|(place, (start, index))| {
            let limit = locked.get(place + 1).map_or(text.len(), |(next, _)| *next);
            let first = plan.tree.nodes[*index].key.split(", ").next();
            block(text, first.unwrap_or_default(), *start, limit)
        })
        .collect();
    let newline = line_end(text);
    let mut edits = Vec::new();
    let mut removed = BTreeSet::new();
    for (place, (_, index)) in locked.iter().enumerate() {
        let node = &plan.tree.nodes[*index];
        if node.is_gone {
            removed.insert(place);
            continue;
        }
        let entry = &entries[*index];
        let before: Vec<&str> = entry.key.split(", ").collect();
        if node.descriptors != before {
            let start = blocks[place].start;
            let end = text[start..]
                .find('\n')
                .map_or(text.len(), |end| start + end);
            let end = start + text[start..end].trim_end().len();
            edits.push(Edit::new(start, end, key_line(node)));
        }
        if let Some(release) = &node.release {
            let old_version = entry.version.as_ref().map_or("", |version| &version.text);
            edits.extend(inside(text, &blocks[place], release, old_version, newline));
        }
    }
    let sample = entries.iter().find_map(|entry| {
        let resolved = entry.resolved.as_ref()?;
        let is_plain = resolved.text.contains(&format!("/{}/-/", entry.name));
        is_plain.then_some((&*resolved.text, &*entry.name))
    });
    let new = plan.tree.nodes.iter().skip(entries.len());
    let mut added: Vec<(String, String)> = new
        .filter(|node| !node.is_gone)
        .filter_map(|node| {
            let release = node.release.as_ref()?;
            let first = sorted(node).into_iter().next()?;
            Some((first, whole(node, release, sample, newline)))
        })
        .collect();
    added.sort();
    let after = |known: &str, new: &str| known > new;
    edits.extend(change(
        text,
        &blocks,
        |place| removed.contains(&place),
        added,
        after,
    )?);
    Ok(edits)
}

fn sorted(node: &Node) -> Vec<String> {
    let mut keys = node.descriptors.clone();
    keys.sort();
    keys
}

fn key_line(node: &Node) -> String {
    let keys: Vec<String> = sorted(node).iter().map(|key| wrapped(key)).collect();
    format!("{}:", keys.join(", "))
}

/// The lines of a block that change.
fn inside(
    text: &str,
    block: &Block,
    release: &Release,
    old_version: &str,
    newline: &str,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    // The lists as they are: where each begins and ends, and what is in it.
    let mut lists: BTreeMap<&str, (usize, usize, String)> = BTreeMap::new();
    let mut open: Option<&str> = None;
    let mut at = block.start;
    // New lists stand after the last line of values.
    let mut values_end = block.end;
    for line in text[block.start..block.end].split_inclusive('\n') {
        let (start, content) = (at, line.trim_end());
        at += line.len();
        let end = start + content.len();
        let Some(field) = content.strip_prefix("  ") else {
            continue;
        };
        if field.starts_with("  ") {
            if let Some(list) = open.and_then(|open| lists.get_mut(open)) {
                list.1 = at;
                list.2.push_str(content);
                list.2.push('\n');
            }
            continue;
        }
        open = None;
        let (key, value) = field.split_once(' ').unwrap_or((field, ""));
        let mut set = |value: &str| {
            let from = start + 2 + key.len() + 1;
            edits.push(Edit::new(from, end, wrapped(value)));
        };
        match key {
            "version" => set(&release.version),
            "resolved" => {
                let old: Option<String> = serde_json::from_str(value).ok();
                if let Some(address) = address(old.as_deref(), old_version, release) {
                    let has_hash = old.is_some_and(|old| old.contains('#'));
                    set(&with_hash(&address, release, has_hash));
                }
            }
            "integrity" => {
                if let Some(integrity) = &release.integrity {
                    set(integrity);
                }
            }
            "dependencies:" | "optionalDependencies:" => {
                let name = key.trim_end_matches(':');
                open = Some(name);
                lists.insert(name, (start, at, String::new()));
            }
            _ => {}
        }
        if !key.ends_with(':') {
            values_end = at;
        }
    }
    for (name, table) in [
        ("dependencies", release.required()),
        (
            "optionalDependencies",
            release.table("optionalDependencies"),
        ),
    ] {
        let new = list(&table, "\n");
        match lists.get(name) {
            Some((.., old)) if *old == new => {}
            // yarn may keep what is optional in both lists.
            Some((.., old))
                if name == "dependencies" && *old == list(&release.table("dependencies"), "\n") => {
            }
            Some((start, end, _)) => {
                edits.push(Edit::new(*start, *end, section(name, &table, newline)))
            }
            None if table.is_empty() => {}
            None => {
                let place = match (name, lists.get("dependencies")) {
                    ("optionalDependencies", Some((_, end, _))) => *end,
                    _ => values_end,
                };
                let open = match text[..place].ends_with('\n') {
                    true => "",
                    false => newline,
                };
                edits.push(Edit::new(
                    place,
                    place,
                    format!("{open}{}", section(name, &table, newline)),
                ));
            }
        }
    }
    edits
}

fn list(table: &BTreeMap<String, String>, newline: &str) -> String {
    table
        .iter()
        .map(|(name, range)| format!("    {} {}{newline}", wrapped(name), wrapped(range)))
        .collect()
}

fn section(name: &str, table: &BTreeMap<String, String>, newline: &str) -> String {
    match table.is_empty() {
        true => String::new(),
        false => format!("  {name}:{newline}{}", list(table, newline)),
    }
}

fn with_hash(address: &str, release: &Release, has_hash: bool) -> String {
    match &release.shasum {
        Some(shasum) if has_hash => format!("{address}#{shasum}"),
        _ => address.to_owned(),
    }
}

fn whole(node: &Node, release: &Release, sample: Option<(&str, &str)>, newline: &str) -> String {
    let mut text = format!(
        "{}{newline}  version {}{newline}",
        key_line(node),
        wrapped(&release.version)
    );
    if let Some(address) = address_like(sample, release) {
        let has_hash = sample.is_none_or(|(address, _)| address.contains('#'));
        let address = with_hash(&address, release, has_hash);
        text.push_str(&format!("  resolved {}{newline}", wrapped(&address)));
    }
    if let Some(integrity) = &release.integrity {
        text.push_str(&format!("  integrity {}{newline}", wrapped(integrity)));
    }
    text.push_str(&section("dependencies", &release.required(), newline));
    let optional = release.table("optionalDependencies");
    text.push_str(&section("optionalDependencies", &optional, newline));
    text.trim_end().to_owned()
}

/// In quotes where yarn would write them.
fn wrapped(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !text.starts_with("true")
        && !text.starts_with("false")
        && !text.contains(|one: char| ":\\\",[]".contains(one) || one.is_whitespace());
    match is_plain {
        true => text.to_owned(),
        false => quoted(text),
    }
}
