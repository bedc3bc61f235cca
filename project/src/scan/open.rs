//! Opens and reads files of a disk: without following links, waiting for pipes, or changing when they were last read.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::caches::is_pnpm_database;
use super::hit::Confidence;
use super::look::{Looker, WHOLE};
use super::place::Place;
use super::sparse::{Written, has_holes};

/// Bytes of a part of a file that is not read whole.
const PART: usize = 8 << 20;

/// Bytes that may come out of an archive for each of its own, besides what is granted to every one.
const RATIO: u64 = 200;

impl Looker<'_> {
    /// Reads a file and looks at it. What cannot be read is noted.
    pub(super) fn file(&mut self, path: &Path) {
        let mut buffer = std::mem::take(&mut self.buffer);
        match self.read(path, &mut buffer) {
            Ok(Some(bytes)) => {
                self.outcome.counts.files += 1;
                self.progress.read(bytes);
            }
            Ok(None) => {
                self.outcome.counts.special += 1;
                self.progress.read(0);
            }
            Err(error) => {
                self.progress.read(0);
                self.unreadable(&path.to_string_lossy(), &error);
            }
        }
        // One large file must not keep its room for all the small ones after it.
        if buffer.capacity() > PART {
            buffer = Vec::new();
        }
        self.buffer = buffer;
    }

    /// Notes what kept something from being read.
    pub(super) fn unreadable(&mut self, path: &str, error: &Error) {
        match error.kind() {
            ErrorKind::NotFound => self.outcome.counts.vanished += 1,
            _ => self.outcome.did_not_read(path, error.to_string()),
        }
    }

    /// The number of bytes; nothing of what is no file.
    fn read(&mut self, path: &Path, buffer: &mut Vec<u8>) -> Result<Option<u64>, Error> {
        let mut file = open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let size = metadata.len();
        // Packages carry made-up times: when the file was made here, or last changed its place, says more.
        let seen = metadata
            .created()
            .ok()
            .and_then(|time| Timestamp::try_from(time).ok());
        let place = Place::on_disk(
            path.to_string_lossy().into_owned(),
            seen.or_else(|| changed(&metadata)),
        );
        let in_proportion = size.saturating_mul(RATIO);
        self.budget = in_proportion.saturating_add(self.request.unpacked);
        buffer.clear();
        if size <= WHOLE as u64 {
            buffer.reserve(usize::try_from(size).unwrap_or(0) + 1);
            (&mut file).take(WHOLE as u64 + 1).read_to_end(buffer)?;
            if buffer.len() <= WHOLE {
                self.look(&place, buffer, 0);
                return Ok(Some(buffer.len() as u64));
            }
            // It grew while it was read.
            file.seek(SeekFrom::Start(0))?;
        }
        self.file_name(&place);
        let is_hashed =
            self.request.hash_all || self.request.indicators.is_worth_hashing(place.name(), size);
        let read = match has_holes(&metadata) && !is_hashed {
            true => {
                let before = self.outcome.hits.len();
                let mut written = Written::of(&file);
                let read = self.in_parts(&place, &mut written, buffer, false)?;
                for hit in self.outcome.hits.iter_mut().skip(before) {
                    hit.offset = hit.offset.map(|offset| written.place(offset));
                }
                read
            }
            false => self.in_parts(&place, &mut file, buffer, true)?,
        };
        file.seek(SeekFrom::Start(0))?;
        self.large_archive(&place, file, 0);
        Ok(Some(read))
    }

    /// Strings, lines and, of a whole file, the hash of what is too large to be held in memory. Gives the number of bytes.
    pub(super) fn in_parts(
        &mut self,
        place: &Place,
        reader: &mut dyn Read,
        buffer: &mut Vec<u8>,
        is_whole: bool,
    ) -> Result<u64, Error> {
        let longest_line = self.request.indicators.line_lengths().last();
        let overlap = self
            .request
            .matcher
            .longest()
            .max(longest_line.map_or(0, |length| length + 3))
            .min(PART / 2);
        let mut all_matches = Vec::new();
        let mut hash = is_whole.then(Sha256::new);
        self.is_searched_only(place);
        let before = self.outcome.hits.len();
        let mut at = 0_u64;
        buffer.clear();
        loop {
            let kept = buffer.len();
            reader.take((PART - kept) as u64).read_to_end(buffer)?;
            let new = buffer.len() - kept;
            if let Some(hash) = &mut hash {
                hash.update(&buffer[kept..]);
            }
            self.outcome.counts.bytes += new as u64;
            let is_last = buffer.len() < PART;
            for mut one in self.request.matcher.search(buffer) {
                one.offset += usize::try_from(at).unwrap_or(0);
                let same = |known: &lazaret_policy::indicators::Match| {
                    (known.campaign, known.kind, known.index, known.form)
                        == (one.campaign, one.kind, one.index, one.form)
                };
                if !all_matches.iter().any(same) {
                    all_matches.push(one);
                }
            }
            self.lines(place, buffer, at, (at == 0, is_last));
            if is_pnpm_database(place) {
                self.pnpm_database(place, buffer, at);
            }
            if is_last {
                at += buffer.len() as u64;
                break;
            }
            let passed = buffer.len() - overlap;
            buffer.drain(..passed);
            at += passed as u64;
        }
        if !all_matches.is_empty() {
            self.strings(place, None, &all_matches);
        }
        let Some(hash) = hash else {
            for hit in self.outcome.hits.iter_mut().skip(before) {
                hit.sha256 = None;
            }
            return Ok(at);
        };
        let sha256: [u8; 32] = hash.finalize().into();
        self.hash(place, sha256);
        for hit in self.outcome.hits.iter_mut().skip(before) {
            hit.sha256 = Some(lazaret_npm::digest::hex(&sha256));
            debug_assert!(hit.confidence >= Confidence::Hint);
        }
        Ok(at)
    }
}

/// Not through a link, not waiting for the other end of a pipe, and without a new time of last access where that is allowed.
#[cfg(unix)]
fn open(path: &Path) -> Result<File, Error> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;

    let plain = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let with = |flags: OFlags| {
        OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(path)
    };
    #[cfg(target_os = "linux")]
    match with(plain | OFlags::NOATIME) {
        // Only the owner may leave the time as it is.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
        other => return other,
    }
    with(plain)
}

#[cfg(not(unix))]
fn open(path: &Path) -> Result<File, Error> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(unix)]
fn changed(metadata: &std::fs::Metadata) -> Option<Timestamp> {
    use std::os::unix::fs::MetadataExt;
    Timestamp::from_second(metadata.ctime()).ok()
}

#[cfg(not(unix))]
fn changed(metadata: &std::fs::Metadata) -> Option<Timestamp> {
    Timestamp::try_from(metadata.modified().ok()?).ok()
}
