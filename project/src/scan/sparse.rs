//! Files with holes: disks of virtual machines, `lastlog`. A hole has no bytes, so only what was written is read.

use std::fs::{File, Metadata};
use std::io::{Error, Read};

/// Reads what was written of a file, one part after the other.
pub(super) struct Written<'f> {
    file: &'f File,
    /// Where the next byte is read from, and where the part ends that it is in.
    at: u64,
    end: u64,
    read: u64,
    /// Where each part begins: in what was read, and in the file.
    parts: Vec<(u64, u64)>,
}

impl<'f> Written<'f> {
    pub(super) fn of(file: &'f File) -> Self {
        Self {
            file,
            at: 0,
            end: 0,
            read: 0,
            parts: Vec::new(),
        }
    }

    /// Where in the file a byte is that was read.
    pub(super) fn place(&self, offset: u64) -> u64 {
        let after = self.parts.partition_point(|(read, _)| *read <= offset);
        match after.checked_sub(1).and_then(|index| self.parts.get(index)) {
            Some((read, place)) => place + (offset - read),
            None => offset,
        }
    }
}

impl Read for Written<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        if self.at == self.end {
            let Some((start, end)) = next_part(self.file, self.end)? else {
                return Ok(0);
            };
            (self.at, self.end) = (start, end);
            self.parts.push((self.read, start));
        }
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let most = left.min(buffer.len());
        let mut file = self.file;
        let read = file.read(&mut buffer[..most])?;
        // It became shorter while it was read.
        if read == 0 {
            self.end = self.at;
        }
        self.at += read as u64;
        self.read += read as u64;
        Ok(read)
    }
}

/// Whether less is on the disk than the file is long. File systems that pack what they write look the same, and have no holes.
#[cfg(target_os = "linux")]
pub(super) fn has_holes(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512 < metadata.len()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn has_holes(_: &Metadata) -> bool {
    false
}

/// The next part at or after a place, and the file stands at its beginning.
#[cfg(target_os = "linux")]
fn next_part(file: &File, from: u64) -> Result<Option<(u64, u64)>, Error> {
    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;

    let start = match seek(file, SeekFrom::Data(from)) {
        Ok(start) => start,
        Err(Errno::NXIO) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let end = seek(file, SeekFrom::Hole(start))?;
    seek(file, SeekFrom::Start(start))?;
    Ok((end > start).then_some((start, end)))
}

#[cfg(not(target_os = "linux"))]
fn next_part(file: &File, from: u64) -> Result<Option<(u64, u64)>, Error> {
    let end = file.metadata()?.len();
    Ok((end > from).then_some((from, end)))
}
