//! The entries as a whole: one root folder, no path twice, no file that is also a folder, one `package.json`.

use std::cmp::Ordering;

use super::Entry;
use super::gzip::Layer;
use super::irregularity::Kind;
use super::name::folded;
use super::notes::Notes;
use super::walk::{Found, Item, What};
use crate::package_json::{PackageJson, ProblemKind};
use crate::text::printable_up_to;

/// Folder by folder: what is below a path follows it directly.
pub(super) fn order(a: &str, b: &str) -> Ordering {
    let rank = |byte: u8| if byte == b'/' { 0 } else { byte };
    a.bytes().map(rank).cmp(b.bytes().map(rank))
}

/// Puts the files in order, marks those that clients differ on, and tells the root folder.
pub(super) fn arrange(
    found: Found,
    layers: &[Layer],
    notes: &mut Notes,
) -> (Vec<Entry>, Option<String>) {
    let Found {
        mut items, roots, ..
    } = found;
    if layers.iter().any(|layer| !layer.agreed) {
        items.iter_mut().for_each(|item| item.disputed = true);
    }
    if let [first, second, ..] = roots.as_slice() {
        notes.archive(Kind::SeveralRoots, || {
            let (first, second) = (printable_up_to(first, 80), printable_up_to(second, 80));
            format!(
                "it has several root folders, whose files clients mix: \"{first}\" and \"{second}\""
            )
        });
    }
    items.sort_by(|a, b| {
        order(&a.path, &b.path).then((a.layer, a.offset).cmp(&(b.layer, b.offset)))
    });
    let unpacked: usize = layers.iter().map(|layer| layer.data.len()).sum();
    let mut items = without_equal(items, 2 * unpacked);
    duplicates(&mut items, notes);
    collisions(&mut items, notes);
    let files: Vec<Entry> = items
        .into_iter()
        .filter_map(|item| match item.what {
            What::File(bytes) => Some(Entry {
                path: item.path,
                bytes,
                executable: item.executable,
                disputed: item.disputed,
                offset: item.offset,
            }),
            What::Folder | What::Link { .. } => None,
        })
        .collect();
    package_json(&files, notes);
    let root = match <[String; 1]>::try_from(roots) {
        Ok([root]) => Some(root),
        Err(_) => None,
    };
    (files, root)
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// Takes out files that are there already with the same content: real packages have some, and all clients write the same.
/// Contents of hostile archives overlap, so at most `budget` bytes are compared.
fn without_equal(items: Vec<Item>, mut budget: usize) -> Vec<Item> {
    let mut kept: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        let mut is_same = |other: &Item| match (&other.what, &item.what) {
            (What::File(a), What::File(b)) if a.len() == b.len() && a.len() <= budget => {
                budget -= a.len();
                a == b && other.executable == item.executable
            }
            _ => false,
        };
        let of_path = kept
            .iter_mut()
            .rev()
            .take_while(|other| other.path == item.path);
        let same = of_path.take(64).find(|other| is_same(other));
        match same {
            Some(same) => same.disputed &= item.disputed,
            None => kept.push(item),
        }
    }
    kept
}

/// Equal paths, and files that are also folders.
fn duplicates(items: &mut [Item], notes: &mut Notes) {
    let mut start = 0;
    while start < items.len() {
        let path = items[start].path.clone();
        let count = items[start..]
            .iter()
            .take_while(|item| item.path == path)
            .count();
        let (same, rest) = items[start..].split_at_mut(count);
        let is_file = |item: &&mut Item| matches!(item.what, What::File(_) | What::Link { .. });
        let files = same.iter_mut().filter(is_file).count();
        let folders = count - files;
        let has_below = rest.first().is_some_and(|item| is_below(&item.path, &path));
        let folder = same.iter().filter(|item| matches!(item.what, What::Folder));
        let last = folder.map(|item| item.offset).max();
        let is_late = last.is_some_and(|last| {
            let mut below = rest.iter().take_while(|item| is_below(&item.path, &path));
            below.any(|item| item.offset < last)
        });
        if folders > 1 || is_late {
            notes.path(Kind::RepeatedFolder, &path, || {
                "this folder has an entry although it is there already, which yarn refuses"
                    .to_owned()
            });
        }
        if files > 1 {
            let mut offsets: Vec<_> = same.iter().map(|item| (item.layer, item.offset)).collect();
            offsets.dedup();
            // One entry in several readings is told as what makes clients read it differently.
            if offsets.len() > 1 {
                notes.path(Kind::DuplicatePath, &path, || {
                    format!(
                        "{} entries are extracted to this path; most clients keep the last",
                        offsets.len()
                    )
                });
            }
            same.iter_mut().for_each(|item| item.disputed = true);
        }
        if files > 0 && (folders > 0 || has_below) {
            notes.path(Kind::FileAndFolder, &path, || {
                "this path is a file and a folder, of which clients keep one or the other"
                    .to_owned()
            });
            let below = rest
                .iter_mut()
                .take_while(|item| is_below(&item.path, &path));
            same.iter_mut()
                .chain(below)
                .for_each(|item| item.disputed = true);
        }
        start += count;
    }
}

/// Paths that are one on systems which ignore case or Unicode forms.
fn collisions(items: &mut [Item], notes: &mut Notes) {
    let mut keys: Vec<(String, usize)> = Vec::with_capacity(items.len());
    keys.extend(
        items
            .iter()
            .enumerate()
            .map(|(index, item)| (folded(&item.path), index)),
    );
    keys.sort_by(|a, b| order(&a.0, &b.0).then(a.1.cmp(&b.1)));
    let mut clashes = Vec::new();
    for two in keys.windows(2) {
        let [(first, a), (second, b)] = two else {
            continue;
        };
        let (one, other) = (&items[*a], &items[*b]);
        let is_same = first == second && one.path != other.path;
        let both_folders = matches!((&one.what, &other.what), (What::Folder, What::Folder));
        let is_clash = is_same && !both_folders;
        let is_file = matches!(one.what, What::File(_));
        let goes_through = is_file && is_below(second, first) && !is_below(&other.path, &one.path);
        if is_clash || goes_through {
            // One entry in several readings is told as what makes clients read it differently.
            if (one.layer, one.offset) != (other.layer, other.offset) {
                notes.path(Kind::PathCollision, &other.path, || {
                    let path = printable_up_to(&one.path, 120);
                    format!(
                        "on systems that ignore case or Unicode forms it is the same as \"{path}\""
                    )
                });
            }
            clashes.extend([*a, *b]);
        }
    }
    for index in clashes {
        items[index].disputed = true;
    }
}

fn package_json(files: &[Entry], notes: &mut Notes) {
    let mut is_there = false;
    for file in files.iter().filter(|file| file.path == "package.json") {
        is_there = true;
        match PackageJson::parse(&file.bytes) {
            Err(error) => notes.path(Kind::PackageJsonInvalid, &file.path, || error.to_string()),
            Ok(package_json) => {
                let kind = ProblemKind::DuplicateKey;
                let twice = package_json
                    .problems
                    .iter()
                    .filter(|problem| problem.kind == kind);
                for problem in twice {
                    notes.path(Kind::PackageJsonDuplicateKey, &file.path, || {
                        problem.to_string()
                    });
                }
            }
        }
    }
    if !is_there {
        notes.archive(Kind::NoPackageJson, || {
            "it has no package.json in its root folder".to_owned()
        });
    }
}
