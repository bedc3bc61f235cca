//! The archive that yarn berry makes of a tarball and whose checksum its lockfile has. With the cache key `10c0` it is a zip
//! without compression, the same bytes on every machine, so it can be made again from what the registry serves.

use std::collections::BTreeSet;
use std::io::Read;

use flate2::Crc;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha512};

use crate::digest::hex;
use crate::tarball::{Limits, Tarball};

/// How a lockfile marks checksums of archives that are made this way.
pub const CACHE_KEY: &str = "10c0";

/// Time and date of every file: yarn's own.
const TIME: u16 = 0xae40;
const DATE: u16 = 0x08d6;

/// 6.3, on Unix.
const MADE_BY: u16 = 0x033f;

/// More files need a form of zip that is not made here.
const MOST_FILES: usize = 60_000;

/// Larger archives are not made.
const MOST_BYTES: u64 = 1 << 30;

/// The checksum, in hexadecimal digits, of the archive of `name`; nothing where it cannot be told for certain: archives on which
/// clients differ, those that list folders, names that are not plain.
pub fn checksum(name: &str, tarball: &Tarball) -> Option<String> {
    let contents = tarball.contents(&Limits::default()).ok()?;
    let is_plain = |path: &str| {
        path.bytes()
            .all(|byte| byte.is_ascii_graphic() || byte == b' ')
    };
    let all_plain = contents.files.iter().all(|file| is_plain(&file.path));
    if !contents.is_canonical()
        || !all_plain
        || !is_plain(name)
        || lists_folders(tarball) != Some(false)
    {
        return None;
    }
    let mut files: Vec<_> = contents.files.iter().collect();
    files.sort_by_key(|file| file.offset);
    let mut zip = Zip::default();
    let folder = format!("node_modules/{name}/");
    zip.folders_of(&folder);
    for file in files {
        let path = format!("{folder}{}", file.path);
        zip.folders_of(&path);
        let mode = if file.executable {
            0o100_755
        } else {
            0o100_644
        };
        zip.add(&path, &file.bytes, mode);
    }
    zip.finish()
}

/// Whether the archive has entries for folders, which yarn would keep with modes of their own.
fn lists_folders(tarball: &Tarball) -> Option<bool> {
    let mut unpacked = MultiGzDecoder::new(tarball.bytes().as_ref()).take(MOST_BYTES);
    let mut header = [0; 512];
    loop {
        match unpacked.read_exact(&mut header) {
            Ok(()) if header.iter().all(|byte| *byte == 0) => return Some(false),
            Ok(()) => {}
            Err(_) => return None,
        }
        if header[156] == b'5' {
            return Some(true);
        }
        let size = header[124..136]
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        let size = size.fold(0_u64, |size, digit| (size << 3) | u64::from(digit - b'0'));
        let padded = size.checked_next_multiple_of(512)?;
        let skipped =
            std::io::copy(&mut (&mut unpacked).take(padded), &mut std::io::sink()).ok()?;
        if skipped != padded {
            return None;
        }
    }
}

#[derive(Default)]
struct Zip {
    hash: Sha512,
    /// Bytes so far.
    length: u64,
    directory: Vec<u8>,
    count: usize,
    folders: BTreeSet<String>,
}

impl Zip {
    /// The folders above a path, each once, the outermost first.
    fn folders_of(&mut self, path: &str) {
        for (end, _) in path.match_indices('/') {
            let folder = &path[..=end];
            if self.folders.insert(folder.to_owned()) {
                self.add(folder, &[], 0o040_755);
            }
        }
    }

    fn add(&mut self, path: &str, bytes: &[u8], mode: u32) {
        let mut crc = Crc::new();
        crc.update(bytes);
        let needed: u16 = if path.ends_with('/') { 20 } else { 10 };
        // What the local header and the directory share: flags, method, time, date, checksum, sizes, length of the name.
        let mut shared = Vec::with_capacity(26);
        shared.extend([0; 4]);
        shared.extend(TIME.to_le_bytes());
        shared.extend(DATE.to_le_bytes());
        shared.extend(crc.sum().to_le_bytes());
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
        shared.extend(size);
        shared.extend(size);
        shared.extend(u16::try_from(path.len()).unwrap_or(u16::MAX).to_le_bytes());
        let offset = u32::try_from(self.length).unwrap_or(u32::MAX);

        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(MADE_BY.to_le_bytes());
        self.directory.extend(needed.to_le_bytes());
        self.directory.extend(&shared);
        // No extra field, no comment, the first disk, no internal attributes.
        self.directory.extend([0; 8]);
        self.directory.extend((mode << 16).to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(path.as_bytes());

        let mut local = b"PK\x03\x04".to_vec();
        local.extend(needed.to_le_bytes());
        local.extend(&shared);
        local.extend([0; 2]);
        local.extend(path.as_bytes());
        self.write(&local);
        self.write(bytes);
        self.count += 1;
    }

    fn write(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
    }

    fn finish(mut self) -> Option<String> {
        if self.count > MOST_FILES || self.length > MOST_BYTES {
            return None;
        }
        let start = u32::try_from(self.length).ok()?;
        let directory = std::mem::take(&mut self.directory);
        let count = u16::try_from(self.count).ok()?.to_le_bytes();
        let mut end = b"PK\x05\x06".to_vec();
        end.extend([0; 4]);
        end.extend(count);
        end.extend(count);
        end.extend(u32::try_from(directory.len()).ok()?.to_le_bytes());
        end.extend(start.to_le_bytes());
        end.extend([0; 2]);
        self.write(&directory);
        self.write(&end);
        Some(hex(&self.hash.finalize()))
    }
}
