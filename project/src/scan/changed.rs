//! Whether what lies in `node_modules` is what was installed: compared, without asking anybody, with the tarballs that npm's
//! cache still holds under the checksum that npm wrote down.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use lazaret_npm::tarball::Limits;
use lazaret_npm::{Contents, Integrity, Lockfile, Tarball};

use super::hit::{Confidence, Hit, Ran, What};
use super::look::Looker;
use super::place::Place;
use super::{Outcome, Request};

/// Files that are named in one hit.
const NAMED: usize = 5;

/// Files of one package's folder that are looked at.
const FILES: usize = 200_000;

/// A package that npm says it installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Installation {
    folder: PathBuf,
    id: String,
    integrity: Integrity,
    has_install_script: bool,
}

impl Looker<'_> {
    /// Notes what is to be compared once all caches are known.
    pub(super) fn installations(&mut self, place: &Place, lockfile: &Lockfile) {
        if !self.request.installed || !place.inside.is_empty() {
            return;
        }
        let Some(root) = Path::new(&place.path).parent().and_then(Path::parent) else {
            return;
        };
        for entry in lockfile.packages() {
            let integrity = entry.integrity.as_ref();
            let integrity = integrity.and_then(|text| Integrity::parse(&text.text).ok());
            let is_inside = entry.key.starts_with("node_modules/")
                && !entry.key.split('/').any(|part| part == "..");
            if let Some(integrity) = integrity
                && is_inside
            {
                self.outcome.installations.push(Installation {
                    folder: root.join(&*entry.key),
                    id: entry.id(),
                    integrity,
                    has_install_script: entry.has_install_script == Some(true),
                });
            }
        }
    }
}

/// Compares all that was noted, with as many threads as the scan has.
pub(super) fn compare(request: &Request<'_>, outcome: &mut Outcome) {
    let installations = std::mem::take(&mut outcome.installations);
    let mut caches: BTreeSet<PathBuf> = std::mem::take(&mut outcome.caches);
    caches.extend(request.caches.iter().cloned());
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Outcome::default());
    std::thread::scope(|scope| {
        for _ in 0..request.jobs.max(1) {
            scope.spawn(|| {
                let mut own = Outcome::default();
                while let Some(one) = installations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one.compare(&caches, &mut own);
                }
                all.lock().unwrap_or_else(PoisonError::into_inner).add(own);
            });
        }
    });
    outcome.add(all.into_inner().unwrap_or_else(PoisonError::into_inner));
}

impl Installation {
    fn compare(&self, caches: &BTreeSet<PathBuf>, outcome: &mut Outcome) {
        let Some(contents) = self.original(caches) else {
            outcome.counts.not_comparable += 1;
            return;
        };
        outcome.counts.compared += 1;
        let mut changed = Vec::new();
        let mut own = BTreeSet::new();
        for file in &contents.files {
            own.insert(file.path.clone());
            let name = file.path.rsplit('/').next().unwrap_or_default();
            // Clients rename or drop these, and pick one of what they differ on.
            if file.disputed || matches!(name, ".gitignore" | ".npmignore" | ".npmrc") {
                continue;
            }
            if let Some(how) = differs(&self.folder.join(&file.path), &file.bytes) {
                changed.push(format!("{} {how}", file.path));
            }
        }
        let extra: Vec<String> = match changed.is_empty() && self.has_install_script {
            // Its script builds or fetches something: of course there is more.
            true => Vec::new(),
            false => {
                let all = files_of(&self.folder);
                all.into_iter().filter(|path| !own.contains(path)).collect()
            }
        };
        let is_changed = !changed.is_empty();
        changed.extend(
            extra
                .into_iter()
                .map(|path| format!("{path} is not of the package")),
        );
        if changed.is_empty() {
            return;
        }
        let more = changed.len().saturating_sub(NAMED);
        changed.truncate(NAMED);
        let mut subject = format!("{}: {}", self.id, changed.join(", "));
        if more > 0 {
            subject.push_str(&format!(" and {more} more"));
        }
        let (confidence, note) = match (is_changed, self.has_install_script) {
            (true, false) => (
                Confidence::Likely,
                "changed after it was installed: its tarball in npm's cache has other bytes, and it has no install script",
            ),
            (true, true) => (
                Confidence::Hint,
                "changed after it was unpacked, maybe by its own install script",
            ),
            (false, _) => (Confidence::Hint, "files that its tarball does not have"),
        };
        let hit = Hit {
            what: What::Changed,
            subject,
            path: self.folder.to_string_lossy().into_owned(),
            inside: Vec::new(),
            offset: None,
            place: super::Where::Installed,
            campaign: None,
            advisory: None,
            confidence,
            first_seen: None,
            seen_by: "file",
            ran: Ran::Possible,
            note: note.to_owned(),
            sha256: None,
        };
        outcome.hits.push(hit);
    }

    /// What the tarball has, if a cache holds it and it is read whole.
    fn original(&self, caches: &BTreeSet<PathBuf>) -> Option<Contents> {
        let digits = self.integrity.sha512_hex()?;
        let inner = format!(
            "content-v2/sha512/{}/{}/{}",
            digits.get(..2)?,
            digits.get(2..4)?,
            digits.get(4..)?
        );
        let limits = Limits::default();
        for cache in caches {
            let mut bytes = Vec::new();
            let read = File::open(cache.join(&inner)).and_then(|file| {
                file.take(limits.compressed as u64 + 1)
                    .read_to_end(&mut bytes)
            });
            if read.is_err() {
                continue;
            }
            let Ok(tarball) = Tarball::verify(Bytes::from(bytes), &self.integrity) else {
                continue;
            };
            let contents = tarball.contents(&limits).ok()?;
            return contents.incomplete.is_empty().then_some(contents);
        }
        None
    }
}

/// How a file on disk is not these bytes; nothing if it is.
fn differs(path: &Path, original: &[u8]) -> Option<&'static str> {
    let mut bytes = Vec::new();
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    if !is_file {
        return Some("is missing");
    }
    let read = File::open(path)
        .and_then(|file| file.take(original.len() as u64 + 1).read_to_end(&mut bytes));
    if read.is_err() {
        return Some("cannot be read");
    }
    let is_same = bytes == original || without_first_return(original) == Some(bytes);
    (!is_same).then_some("is changed")
}

/// npm takes the `\r` out of the first line of commands.
fn without_first_return(bytes: &[u8]) -> Option<Vec<u8>> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = bytes.get(..end)?.strip_suffix(b"\r")?;
    line.starts_with(b"#!")
        .then(|| [line, &bytes[end..]].concat())
}

/// The files of a package, from its folder on, without those of packages in it.
fn files_of(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.map_while(Result::ok) {
            let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else {
                continue;
            };
            if kind.is_dir() && name != "node_modules" {
                folders.push((entry.path(), format!("{prefix}{name}/")));
            } else if kind.is_file() {
                files.push(format!("{prefix}{name}"));
            }
        }
        if files.len() > FILES {
            break;
        }
    }
    files.sort();
    files
}
