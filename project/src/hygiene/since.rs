//! Since when nothing names what is unused: by the history of the project, if it has one.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use lazaret_npm::{PackageName, lockfile};

use super::sources::{MAPS, PROSE, Sources};
use super::{Hygiene, Known, shown};
use crate::files::PASSED_OVER;
use crate::git::history;

/// Names that git is asked about.
const NAMES_LIMIT: usize = 50;

/// For one of them.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// For all of them.
const ALL_TIME_LIMIT: Duration = Duration::from_secs(30);

/// Folders of other projects that are left out of the question.
const FOLDERS_LIMIT: usize = 1_000;

impl Hygiene {
    /// Tells of everything unused when a line that names it was last added or taken out.
    pub fn find_since(&mut self, root: &Path, sources: &Sources) {
        let mut asked: BTreeMap<String, Known<String>> = BTreeMap::new();
        if self.unused().next().is_none() {
            return;
        }
        let begun = Instant::now();
        let is_cut = history::is_cut(root);
        let pathspecs = pathspecs(sources);
        for declared in &mut self.declared {
            if !declared.used.is_found() {
                continue;
            }
            let name = &declared.name;
            let since = match (asked.get(name), &is_cut) {
                (Some(known), _) => known.clone(),
                (None, Err(why)) => unknown(why),
                (None, Ok(is_cut)) => {
                    let left = ALL_TIME_LIMIT.saturating_sub(begun.elapsed());
                    let since = match asked.len() < NAMES_LIMIT && !left.is_zero() {
                        true => since(root, name, &pathspecs, left.min(TIME_LIMIT), *is_cut),
                        false => unknown("git was asked long enough, and about others"),
                    };
                    asked.insert(name.clone(), since.clone());
                    since
                }
            };
            declared.unused_since = Some(since);
        }
    }
}

fn since(
    root: &Path,
    name: &str,
    pathspecs: &Result<Vec<String>, String>,
    time: Duration,
    is_cut: bool,
) -> Known<String> {
    if PackageName::parse(name).is_err() {
        return unknown("it is no name of a package");
    }
    let pathspecs = match pathspecs {
        Ok(pathspecs) => pathspecs,
        Err(why) => return unknown(why),
    };
    match history::last_change(root, &pattern(name), pathspecs, time) {
        Ok(Some(time)) => Known::Found {
            value: time.to_string(),
        },
        Ok(None) if is_cut => unknown("this clone does not have the whole history"),
        Ok(None) => unknown("no commit names it but in manifests, lockfiles and prose"),
        Err(why) => unknown(&why),
    }
}

fn unknown(why: &str) -> Known<String> {
    Known::Unknown { why: shown(why) }
}

/// The name where it is no part of another one, as a POSIX extended pattern.
fn pattern(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for letter in name.chars() {
        if r".[](){}*+?|^$\".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    format!("(^|[^A-Za-z0-9@._/-]|node_modules/){escaped}($|[^A-Za-z0-9@._-])")
}

/// What is no use of a package, or none of this project's.
fn pathspecs(sources: &Sources) -> Result<Vec<String>, String> {
    if sources.left_out.len() > FOLDERS_LIMIT {
        return Err(format!(
            "more than {FOLDERS_LIMIT} folders and files are left out"
        ));
    }
    let files = ["package.json"].iter().chain(lockfile::FILES).chain(MAPS);
    let files = files.map(|name| format!(":(exclude,glob)**/{name}"));
    let prose = PROSE.iter().map(|end| format!(":(exclude,glob)**/*.{end}"));
    let folders = PASSED_OVER
        .iter()
        .map(|name| format!(":(exclude,glob)**/{name}/**"));
    let left_out = sources.left_out.iter();
    let left_out = left_out.map(|(path, _)| format!(":(exclude,literal){path}"));
    Ok(files.chain(prose).chain(folders).chain(left_out).collect())
}

#[cfg(test)]
mod tests;
