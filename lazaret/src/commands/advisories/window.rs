//! A file that several threads read at different places, each through a piece of it in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes read at a time: some hundred records lie next to each other.
const WINDOW: usize = 256 << 10;

/// A file read through a window that stays while one seeks within it; clones share the file, not the place.
pub(super) struct Window {
    file: Arc<Mutex<File>>,
    length: u64,
    place: u64,
    /// Where the bytes of the window are in the file.
    start: u64,
    bytes: Vec<u8>,
    /// Bytes that may still be read. A clone, which reads entries under limits of their own, has no such limit.
    allowance: u64,
}

impl Window {
    /// From the start of the file; more than `allowance` bytes are an error.
    pub(super) fn new(file: File, allowance: u64) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self {
            file: Arc::new(Mutex::new(file)),
            length,
            place: 0,
            start: 0,
            bytes: Vec::new(),
            allowance,
        })
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        self.start = self.place;
        self.bytes.clear();
        file.seek(SeekFrom::Start(self.place))?;
        Read::take(&mut *file, WINDOW as u64).read_to_end(&mut self.bytes)?;
        Ok(())
    }
}

impl Clone for Window {
    fn clone(&self) -> Self {
        Self {
            file: Arc::clone(&self.file),
            length: self.length,
            place: self.place,
            start: 0,
            bytes: Vec::new(),
            allowance: u64::MAX,
        }
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let offset = |window: &Self| {
            usize::try_from(window.place.wrapping_sub(window.start)).unwrap_or(usize::MAX)
        };
        if self.bytes.get(offset(self)..).is_none_or(<[u8]>::is_empty) {
            self.fill()?;
        }
        let ready = self.bytes.get(offset(self)..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.place += count as u64;
        self.allowance = self
            .allowance
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other("its table of contents is too long"))?;
        Ok(count)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(back) => self.length.checked_add_signed(back),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
        };
        self.place = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}
