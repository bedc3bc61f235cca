//! The zip archive of an OSV export: many small records, read by several threads through windows of their own.

use super::window::Window;
use anyhow::{Context, Result, bail, ensure};
use flate2::{Decompress, FlushDecompress, Status};
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use zip::{CompressionMethod, ZipArchive};

/// Bytes that may be read to find out what is in an archive: 16 MiB for an export of 239,000 records. Without a bound, a
/// table of contents of 2 GiB would take eight times as much memory.
const MOST_CONTENTS: u64 = 128 << 20;

/// An archive whose table of contents has been read.
pub(super) struct Archive {
    /// Where it is, for messages.
    place: Arc<str>,
    zip: ZipArchive<Window>,
}

impl Archive {
    /// Reads the table of contents of a file.
    ///
    /// # Errors
    /// When it is no zip archive, or one that lists a name twice: then one of the two would be lost unseen.
    pub(super) fn read(file: File, place: &str) -> Result<Self> {
        let window = Window::new(file, MOST_CONTENTS)?;
        let zip = ZipArchive::new(window).context("is not a zip archive that can be read")?;
        ensure!(!zip.has_duplicate_names(), "lists a name twice");
        Ok(Self {
            place: place.into(),
            zip,
        })
    }

    /// Its entries in runs of at most `each`.
    pub(super) fn entries(&self, each: usize) -> impl Iterator<Item = Entries> {
        let length = self.zip.len();
        (0..length).step_by(each).map(move |start| Entries {
            place: Arc::clone(&self.place),
            zip: self.zip.clone(),
            rest: start..length.min(start + each),
        })
    }
}

/// A run of entries, to be read by one thread.
pub(super) struct Entries {
    place: Arc<str>,
    zip: ZipArchive<Window>,
    rest: Range<usize>,
}

/// What a thread needs to unpack entries, kept from one to the next.
pub(super) struct Unpacker {
    stored: Vec<u8>,
    inflate: Decompress,
}

impl Unpacker {
    pub(super) fn new() -> Self {
        Self {
            stored: Vec::new(),
            inflate: Decompress::new(false),
        }
    }
}

/// One entry.
pub(super) struct Entry {
    pub(super) name: String,
    /// Bytes it takes in the archive.
    pub(super) stored: u64,
    pub(super) read: Result<()>,
}

impl Entries {
    /// The archive they are in.
    pub(super) fn archive(&self) -> Arc<str> {
        Arc::clone(&self.place)
    }

    /// Reads the next entry into `content`, at most `limit` bytes of it and one more; folders are passed over.
    pub(super) fn read_next(
        &mut self,
        limit: usize,
        unpacker: &mut Unpacker,
        content: &mut Vec<u8>,
    ) -> Option<Entry> {
        loop {
            let index = self.rest.next()?;
            content.clear();
            let mut entry = match self.zip.by_index_raw(index) {
                Ok(entry) => entry,
                Err(error) => {
                    return Some(Entry {
                        name: format!("entry {index}"),
                        stored: 0,
                        read: Err(error.into()),
                    });
                }
            };
            if entry.is_dir() {
                continue;
            }
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            let stored = entry.compressed_size();
            let (method, crc, encrypted) = (entry.compression(), entry.crc32(), entry.encrypted());
            let read = (|| {
                ensure!(!encrypted, "is encrypted");
                unpacker.stored.clear();
                // A record never grows by deflating it; what is longer cannot become a record.
                (&mut entry)
                    .take(limit as u64 + 1024)
                    .read_to_end(&mut unpacker.stored)?;
                ensure!(
                    unpacker.stored.len() as u64 == stored,
                    "is larger than {limit} bytes, or cut off"
                );
                match method {
                    CompressionMethod::Stored => content.extend_from_slice(&unpacker.stored),
                    CompressionMethod::Deflated => {
                        inflate(&mut unpacker.inflate, &unpacker.stored, limit, content)?
                    }
                    other => bail!("is packed by {other}, which is not read"),
                }
                let is_whole = content.len() > limit || crc32fast::hash(content) == crc;
                ensure!(is_whole, "is damaged: its checksum differs");
                Ok(())
            })();
            return Some(Entry { name, stored, read });
        }
    }
}

/// Inflates all of `stored`, or stops one byte past the limit.
fn inflate(
    state: &mut Decompress,
    stored: &[u8],
    limit: usize,
    content: &mut Vec<u8>,
) -> Result<()> {
    state.reset(false);
    loop {
        let room = (limit + 1).saturating_sub(content.len());
        if room == 0 {
            return Ok(());
        }
        if content.capacity() == content.len() {
            content.reserve((2 * content.len()).clamp(4096, room));
        }
        let before = (state.total_in(), content.len());
        let from = usize::try_from(before.0)?;
        match state.decompress_vec(&stored[from..], content, FlushDecompress::Finish)? {
            Status::StreamEnd => return Ok(()),
            _ if before == (state.total_in(), content.len())
                && content.capacity() > content.len() =>
            {
                bail!("is damaged: it ends too early")
            }
            _ => {}
        }
    }
}
