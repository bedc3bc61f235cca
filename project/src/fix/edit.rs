//! From a plan to the text of files: only the lines that change are touched, everything else keeps its bytes.

mod blocks;
mod bun;
mod json;
mod manifest;
mod package_lock;
mod pnpm;
mod yarn_1;
mod yarn_berry;

use std::collections::BTreeMap;

use lazaret_npm::PackageName;
use lazaret_npm::lockfile::{Format, LockfileError};

use super::catalogue::Release;
use super::{Input, Plan};

pub(super) use pnpm::{catalogs as pnpm_catalogs, peers as pnpm_peers};

/// Replaces bytes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

impl Edit {
    fn new(start: usize, end: usize, text: impl Into<String>) -> Self {
        Self {
            start,
            end,
            text: text.into(),
        }
    }
}

/// The new texts of the files that change, by path from the root on.
///
/// # Errors
/// When something cannot be written with certainty; then nothing should be.
pub fn apply(input: &Input<'_>, plan: &Plan) -> Result<BTreeMap<String, String>, String> {
    let project = input.project;
    let text = &project.text;
    let edits = match project.lockfile.format {
        Format::PackageLock => package_lock::edits(input, plan),
        Format::Yarn1 => yarn_1::edits(input, plan),
        Format::YarnBerry => yarn_berry::edits(input, plan),
        Format::Pnpm => pnpm::edits(input, plan),
        Format::Bun => bun::edits(input, plan),
    }?;
    let mut files = BTreeMap::new();
    let new = applied(text, edits)?;
    if new != *text {
        files.insert(project.path(), new);
    }
    for (path, old, edits) in manifest::edits(input, plan)? {
        let new = applied(&old, edits)?;
        if new != old {
            files.insert(path, new);
        }
    }
    Ok(files)
}

/// # Errors
/// When two edits overlap: then a plan was misread.
fn applied(text: &str, mut edits: Vec<Edit>) -> Result<String, String> {
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let mut new = String::with_capacity(text.len() + 1024);
    let mut at = 0;
    for edit in edits {
        let between = text.get(at..edit.start).filter(|_| edit.end >= edit.start);
        let Some(between) = between.filter(|_| edit.start >= at) else {
            return Err(
                "two changes of one place: this lockfile has to be changed by the package manager"
                    .into(),
            );
        };
        new.push_str(between);
        new.push_str(&edit.text);
        at = edit.end;
    }
    new.push_str(text.get(at..).unwrap_or_default());
    Ok(new)
}

fn misread(error: &LockfileError) -> String {
    format!("the lockfile was not understood: {error}")
}

/// `\r\n` where the text has them.
fn line_end(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if at > 0 && text.as_bytes()[at - 1] == b'\r' => "\r\n",
        _ => "\n",
    }
}

/// The address of a version: of the form that the entry has now, else what the registry says. A lockfile keeps its hosts.
fn address(old: Option<&str>, old_version: &str, release: &Release) -> Option<String> {
    let offered = release.tarball.as_deref();
    let Some(old) = old else {
        return offered.map(str::to_owned);
    };
    let (path, _) = old.split_once('#').unwrap_or((old, ""));
    let name = PackageName::parse(&release.name).ok();
    let file = |version: &str| name.as_ref().map(|name| name.tarball_file(version));
    let base = file(old_version).and_then(|file| path.strip_suffix(file.as_str()));
    let new = file(&release.version);
    if let (Some(base), Some(new)) = (base, new)
        && base.ends_with('/')
        && offered.is_none_or(|offered| offered.ends_with(&format!("/{new}")))
    {
        return Some(format!("{base}{new}"));
    }
    offered.map(str::to_owned)
}

/// The address of an entry that is new, like those of its neighbours: `sample` is the address and name of one of them.
fn address_like(sample: Option<(&str, &str)>, release: &Release) -> Option<String> {
    let offered = release.tarball.clone();
    let Some((old, name)) = sample else {
        return offered;
    };
    let new = PackageName::parse(&release.name).ok()?;
    let base = old.find(&format!("/{name}/-/")).map(|at| &old[..at]);
    let file = new.tarball_file(&release.version);
    match base {
        Some(base)
            if offered
                .as_ref()
                .is_none_or(|one| one.ends_with(&format!("/{file}"))) =>
        {
            Some(format!("{base}/{}/-/{file}", release.name))
        }
        _ => offered,
    }
}
