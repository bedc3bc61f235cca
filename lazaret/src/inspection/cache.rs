//! Answers of workers, kept by what they are about: the bytes of the packages, what the registry says of them, and which
//! inspector looked. An entry that is not whole is none.

use super::Answer;
use crate::advisory_index::create_private;
use lazaret_analysis::History;
use lazaret_analysis::report::Incomplete;
use lazaret_npm::Digests;
use serde::Serialize;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Bytes of all entries together; the oldest go first.
const MOST_BYTES: u64 = 256 << 20;

/// Bytes of one entry, packed and unpacked.
const MOST_ENTRY: usize = 16 << 20;

/// Length of the checksum that an entry begins with, in hexadecimal digits.
const CHECKSUM: usize = 64;

/// A folder of answers.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    most: u64,
}

/// What an answer depends on.
#[derive(Debug, Serialize)]
pub(crate) struct Key<'k> {
    /// [`lazaret_inspector::VERSION`].
    pub(crate) inspector: &'k str,
    pub(crate) packages: Vec<KeyOf<'k>>,
    pub(crate) history: Option<&'k History>,
    pub(crate) excerpts: bool,
}

/// One package.
#[derive(Debug, Serialize)]
pub(crate) struct KeyOf<'k> {
    /// Of the tarball.
    pub(crate) sha512: String,
    /// What the registry says of the version.
    pub(crate) manifest: &'k str,
}

impl Key<'_> {
    fn file(&self) -> Option<String> {
        let text = serde_json::to_vec(self).ok()?;
        Some(Digests::of(&text).sha256_hex())
    }
}

impl Cache {
    /// In a data directory; nothing is made yet.
    pub(crate) fn of(data: &Path) -> Self {
        Self {
            folder: data.join("cache").join("inspections"),
            most: MOST_BYTES,
        }
    }

    /// The answer, if it is there and whole.
    pub(crate) fn get(&self, key: &Key<'_>) -> Option<Answer> {
        let file = File::open(self.folder.join(key.file()?)).ok()?;
        let mut entry = Vec::new();
        let limit = MOST_ENTRY as u64 + 1;
        file.take(limit).read_to_end(&mut entry).ok()?;
        let (checksum, packed) = entry.split_at_checked(CHECKSUM)?;
        if Digests::of(packed).sha256_hex().as_bytes() != checksum {
            return None;
        }
        let mut text = Vec::new();
        let unpacked = flate2::read::GzDecoder::new(packed);
        unpacked.take(limit).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Keeps an answer, if it is one for good. That nothing can be kept is no reason to stop.
    pub(crate) fn put(&self, key: &Key<'_>, answer: &Answer) {
        if is_for_good(answer) {
            let _ = self.write(key, answer);
        }
    }

    fn write(&self, key: &Key<'_>, answer: &Answer) -> anyhow::Result<()> {
        let Some(name) = key.file() else {
            return Ok(());
        };
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let text = serde_json::to_vec(answer)?;
        packed.write_all(&text)?;
        let packed = packed.finish()?;
        if text.len().max(packed.len() + CHECKSUM) > MOST_ENTRY {
            return Ok(());
        }
        create_private(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(Digests::of(&packed).sha256_hex().as_bytes())?;
        file.write_all(&packed)?;
        file.persist(self.folder.join(name))?;
        Ok(())
    }

    /// Takes away what was kept longest, until the rest is within bounds; also what a killed process left half written.
    pub(crate) fn trim(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return;
        };
        let files = entries.filter_map(|entry| {
            let entry = entry.ok()?;
            let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            let at = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            Some((at, metadata.len(), entry.path()))
        });
        let mut files: Vec<(SystemTime, u64, PathBuf)> = files.collect();
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, bytes, _)| *bytes).sum();
        for (_, own, path) in files {
            if bytes <= self.most {
                break;
            }
            if std::fs::remove_file(path).is_ok() {
                bytes = bytes.saturating_sub(own);
            }
        }
    }
}

/// What could not be finished may be finished another time.
fn is_for_good(answer: &Answer) -> bool {
    let incomplete: &[Incomplete] = match answer {
        Answer::Report { report, .. } => &report.incomplete,
        Answer::Change { change, .. } => &change.incomplete,
        Answer::NotAPackage { .. } => return true,
        Answer::Confused => return false,
    };
    incomplete.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lazaret_analysis::Report;

    fn key(sha512: &str) -> Key<'static> {
        Key {
            inspector: "1",
            packages: vec![KeyOf {
                sha512: sha512.to_owned(),
                manifest: "{}",
            }],
            history: None,
            excerpts: true,
        }
    }

    fn answer(name: &str) -> Answer {
        let report = Report {
            name: name.to_owned(),
            ..Report::default()
        };
        Answer::Report {
            report: Box::new(report),
            excerpts: Vec::new(),
        }
    }

    fn name(answer: Option<Answer>) -> Option<String> {
        match answer? {
            Answer::Report { report, .. } => Some(report.name),
            _ => None,
        }
    }

    fn entries(cache: &Cache) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&cache.folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn an_answer_is_found_by_all_that_it_depends_on() {
        let data = tempfile::tempdir().unwrap();
        let cache = Cache::of(data.path());
        assert!(cache.get(&key("a")).is_none());
        cache.put(&key("a"), &answer("boat"));
        assert_eq!(name(cache.get(&key("a"))).as_deref(), Some("boat"));
        assert!(cache.get(&key("b")).is_none());
        let newer = Key {
            inspector: "2",
            ..key("a")
        };
        assert!(cache.get(&newer).is_none());
        let history = History::default();
        let told = Key {
            history: Some(&history),
            ..key("a")
        };
        assert!(cache.get(&told).is_none());
    }

    #[test]
    fn a_damaged_entry_is_none() {
        let data = tempfile::tempdir().unwrap();
        let cache = Cache::of(data.path());
        cache.put(&key("a"), &answer("boat"));
        let path = entries(&cache).remove(0);
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            assert!(cache.get(&key("a")).is_none(), "byte {at}");
        }
        for end in 0..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert!(cache.get(&key("a")).is_none(), "{end} bytes");
        }
        std::fs::write(&path, &whole).unwrap();
        assert!(cache.get(&key("a")).is_some());
    }

    #[test]
    fn what_was_not_finished_is_not_kept() {
        let data = tempfile::tempdir().unwrap();
        let cache = Cache::of(data.path());
        let mut unfinished = answer("boat");
        if let Answer::Report { report, .. } = &mut unfinished {
            report.incomplete.push(Incomplete {
                file: None,
                why: "no time".to_owned(),
                matters: false,
            });
        }
        cache.put(&key("a"), &unfinished);
        cache.put(&key("b"), &Answer::Confused);
        assert!(!cache.folder.exists());
    }

    #[test]
    fn the_oldest_go_when_there_is_too_much() {
        let data = tempfile::tempdir().unwrap();
        let cache = Cache::of(data.path());
        let day = std::time::Duration::from_secs(86_400);
        for (number, name) in ["a", "b", "c"].iter().enumerate() {
            cache.put(&key(name), &answer(name));
            let before: Vec<PathBuf> = entries(&cache);
            let newest = before.iter().find(|path| {
                let modified = path.metadata().unwrap().modified().unwrap();
                modified.elapsed().is_ok_and(|age| age < day / 2)
            });
            let age = day * (10 - u32::try_from(number).unwrap());
            let file = File::options().write(true).open(newest.unwrap()).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        let one = entries(&cache)[0].metadata().unwrap().len();
        let small = Cache {
            most: one * 2 + one / 2,
            ..Cache::of(data.path())
        };
        small.trim();
        assert!(small.get(&key("a")).is_none(), "it was the oldest");
        assert!(small.get(&key("b")).is_some() && small.get(&key("c")).is_some());
    }
}
