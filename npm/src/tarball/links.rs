//! Links: npm leaves them out, others make them. What a link would show is listed under its own path.

use std::collections::BTreeMap;

use super::limits::{Limit, Limits};
use super::name::{self, Place};
use super::notes::Notes;
use super::walk::{Found, Item, What};

/// Links to links that are followed.
const CHAIN: usize = 8;

/// Adds, for each link to a file, that file under the link's path, and for each link to a folder the files that would be
/// written through it.
pub(super) fn follow(found: &mut Found, limits: &Limits, notes: &mut Notes) {
    let links: Vec<(String, Vec<String>, bool)> = found
        .items
        .iter()
        .filter_map(|item| match &item.what {
            What::Link {
                target,
                is_symbolic,
            } => {
                let targets = targets(&item.path, target, limits);
                Some((item.path.clone(), targets, *is_symbolic))
            }
            _ => None,
        })
        .collect();
    if links.is_empty() {
        return;
    }
    for _ in 0..CHAIN {
        let mut by_path: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
        for item in &found.items {
            if matches!(item.what, What::File(_)) {
                by_path.entry(&item.path).or_default().push(item);
            }
        }
        let mut added: Vec<Item> = Vec::new();
        let mut add = |path: String, item: &Item| {
            let same = |other: &&Item| matches!((&other.what, &item.what), (What::File(a), What::File(b)) if a == b);
            let is_there = by_path
                .get(path.as_str())
                .is_some_and(|items| items.iter().any(same));
            if !is_there && !added.iter().any(|other| other.path == path && same(&other)) {
                added.push(Item {
                    path,
                    disputed: true,
                    ..item.clone()
                });
            }
        };
        let mut work = 0;
        for (path, targets, is_symbolic) in &links {
            for target in targets {
                for item in by_path.get(target.as_str()).into_iter().flatten().take(4) {
                    add(path.clone(), item);
                }
                if !is_symbolic {
                    continue;
                }
                // Written through the link: `link/a` becomes `target/a`. Seen through it: `target/a` is also `link/a`.
                for (from, to) in [(path, target), (target, path)] {
                    let prefix = if from.is_empty() {
                        String::new()
                    } else {
                        format!("{from}/")
                    };
                    let below = by_path.range(prefix.as_str()..);
                    for (below, items) in below.take_while(|(below, _)| below.starts_with(&prefix))
                    {
                        work += 1;
                        let rest = &below[prefix.len()..];
                        let path = if to.is_empty() {
                            rest.to_owned()
                        } else {
                            format!("{to}/{rest}")
                        };
                        if path.len() <= limits.path_bytes {
                            items
                                .iter()
                                .take(4)
                                .for_each(|item| add(path.clone(), item));
                        }
                        if work > 10_000 {
                            break;
                        }
                    }
                }
            }
        }
        if work > 10_000 || found.items.len() + added.len() > 4 * limits.entries {
            notes.limit(Limit::Readings, || {
                "its links lead to more files than were followed".to_owned()
            });
            found.items.extend(added);
            return;
        }
        if added.is_empty() {
            return;
        }
        found.items.extend(added);
    }
}

/// The paths that a target may mean: below the root, beside the link, with or without the root folder.
fn targets(path: &str, target: &[u8], limits: &Limits) -> Vec<String> {
    let text = String::from_utf8_lossy(target);
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut targets = Vec::new();
    for text in [
        format!("root/{text}"),
        text.to_string(),
        format!("root/{folder}/{text}"),
    ] {
        let Place { paths, .. } = name::place(text.as_bytes(), false, limits);
        targets.extend(paths);
        if text
            .trim_end_matches(['/', '.'])
            .rsplit_once('/')
            .is_none_or(|(_, rest)| rest.is_empty())
        {
            targets.push(String::new());
        }
    }
    let stripped = text
        .split_once('/')
        .map(|(_, rest)| format!("root/{folder}/{rest}"));
    if let Some(stripped) = stripped {
        targets.extend(name::place(stripped.as_bytes(), false, limits).paths);
    }
    targets.sort_unstable();
    targets.dedup();
    targets
}
