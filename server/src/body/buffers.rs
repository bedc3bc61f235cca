//! Read buffers that are used again: a fresh one would be zeroed, and fall out of the processor's cache.

use std::fs::File;
use std::io;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

const SIZE: usize = 128 * 1024;

/// Kept for the next reader; more than this many at once are freed after use.
const KEPT: usize = 32;

static FREE: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

/// A buffer on loan.
pub(super) struct Buffer(Box<[u8]>);

impl Buffer {
    pub(super) fn get() -> Self {
        let kept = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self(kept.unwrap_or_else(|| vec![0; SIZE].into_boxed_slice()))
    }

    /// Reads at `offset` without waiting for the disk: `WouldBlock` if the bytes are not in memory.
    #[cfg(target_os = "linux")]
    pub(super) fn read_cached(&mut self, file: &File, offset: u64) -> io::Result<usize> {
        use rustix::io::ReadWriteFlags;
        let mut slices = [io::IoSliceMut::new(&mut self.0)];
        match rustix::io::preadv2(file, &mut slices, offset, ReadWriteFlags::NOWAIT) {
            // Some file systems know no NOWAIT: they answer on a blocking thread.
            Err(rustix::io::Errno::OPNOTSUPP) => Err(io::ErrorKind::WouldBlock.into()),
            other => other.map_err(io::Error::from),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn read_cached(&mut self, _: &File, _: u64) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    /// Reads at `offset`, waiting for the disk.
    pub(super) fn read(&mut self, file: &File, offset: u64) -> io::Result<usize> {
        rustix::io::pread(file, &mut *self.0, offset).map_err(io::Error::from)
    }

    /// The first `length` bytes; the buffer comes back when they are sent.
    pub(super) fn into_bytes(self, length: usize) -> Bytes {
        Bytes::from_owner(self).slice(..length)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < KEPT {
            free.push(std::mem::take(&mut self.0));
        }
    }
}
