//! Links: npm leaves them out, others make them. What a link would show is listed under its own path.

use std::collections::BTreeMap;

use super::limits::{Limit, Limits};
use super::name;
use super::notes::Notes;
use super::walk::{Found, Item, What};

/// Links to links that are followed.
const CHAIN: usize = 4;

/// Files that may be listed once more because of links.
const ADDED: usize = 10_000;

struct Link {
    path: String,
    /// Paths that its target may mean; empty for the root folder.
    targets: Vec<String>,
    is_symbolic: bool,
    offset: usize,
}

/// Adds, for each link to a file, that file under the link's path; for each link to a folder its files, and what is
/// written through it.
pub(super) fn follow(found: &mut Found, limits: &Limits, notes: &mut Notes) {
    let links: Vec<Link> = found
        .items
        .iter()
        .filter_map(|item| match &item.what {
            What::Link {
                target,
                is_symbolic,
            } => Some(Link {
                path: item.path.clone(),
                targets: targets(&item.path, target, limits),
                is_symbolic: *is_symbolic,
                offset: item.offset,
            }),
            _ => None,
        })
        .collect();
    if links.is_empty() {
        return;
    }
    let mut left = ADDED.min(limits.entries);
    for _ in 0..CHAIN {
        let added = seen_through(&found.items, &links, limits, &mut left);
        if added.is_empty() {
            return;
        }
        found.items.extend(added);
        if left == 0 {
            break;
        }
    }
    notes.limit(Limit::Readings, || {
        "its links lead to more files than were followed".to_owned()
    });
}

/// What the links show of `items` that is not among them yet.
fn seen_through(items: &[Item], links: &[Link], limits: &Limits, left: &mut usize) -> Vec<Item> {
    let mut by_path: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for item in items {
        if matches!(item.what, What::File(_)) {
            by_path.entry(&item.path).or_default().push(item);
        }
    }
    let mut added: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    let mut add = |path: String, item: &Item, offset: usize| {
        let is_same = |other: &Item| match (&other.what, &item.what) {
            (What::File(a), What::File(b)) => a == b,
            _ => false,
        };
        let known = by_path.get(path.as_str()).into_iter().flatten();
        let new = added.entry(path.clone()).or_default();
        let is_known = known.copied().chain(new.iter()).any(is_same);
        if *left > 0 && !is_known && path.len() <= limits.path_bytes {
            *left -= 1;
            new.push(Item {
                path,
                disputed: true,
                offset,
                ..item.clone()
            });
        }
    };
    for link in links {
        for target in &link.targets {
            for item in by_path.get(target.as_str()).into_iter().flatten() {
                add(link.path.clone(), item, link.offset);
            }
            if !link.is_symbolic {
                continue;
            }
            // Written through the link: `link/a` becomes `target/a`. Seen through it: `target/a` is also `link/a`.
            let own = format!("{}/", link.path);
            let theirs = match target.as_str() {
                "" => String::new(),
                target => format!("{target}/"),
            };
            for (from, to) in [(&own, &theirs), (&theirs, &own)] {
                let below = by_path.range(from.as_str()..);
                for (path, items) in below.take_while(|(path, _)| path.starts_with(from.as_str())) {
                    // What is seen through the link is not seen through it again.
                    if from == &theirs
                        && (path.starts_with(&own)
                            || to.starts_with(from.as_str()) && !from.is_empty())
                    {
                        continue;
                    }
                    for item in items {
                        add(format!("{to}{}", &path[from.len()..]), item, item.offset);
                    }
                }
            }
        }
    }
    added.into_values().flatten().collect()
}

/// The paths that a target may mean: below the root, beside the link, with or without the root folder.
fn targets(path: &str, target: &[u8], limits: &Limits) -> Vec<String> {
    let text = String::from_utf8_lossy(target);
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let stripped = text.split_once('/').map_or("", |(_, rest)| rest);
    let mut targets = Vec::new();
    for parts in [
        ["root", "", &*text],
        ["root", "", stripped],
        ["root", folder, &*text],
        ["root", folder, stripped],
    ] {
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let text = parts.join("/");
        let paths = name::place(text.as_bytes(), true, limits).paths;
        if paths.is_empty() {
            targets.push(String::new());
        }
        targets.extend(paths);
    }
    // A target without a folder is beside the link, not the root folder.
    if !text.contains('/') && !text.trim_matches('.').is_empty() {
        targets.retain(|target| !target.is_empty());
    }
    targets.sort_unstable();
    targets.dedup();
    targets
}
