//! Tarballs as `npm pack` makes them: gzip'd ustar, fixed times, so that equal files give equal bytes.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha1::Sha1;
use sha2::{Digest, Sha512};

/// npm's own fixed modification time, 1985-10-26T08:15:00Z.
const MODIFIED: u64 = 499_162_500;
const BLOCK: usize = 512;

/// A `.tgz` of the given files; paths are written as they stand, so start them with `package/`.
///
/// # Panics
/// When a path does not fit in a ustar header (100 bytes, or 155 + `/` + 100).
pub fn tarball<P: AsRef<str>, B: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, B)>) -> Vec<u8> {
    let mut archive = Vec::new();
    for (path, body) in files {
        let body = body.as_ref();
        archive.extend_from_slice(&header(path.as_ref(), body.len()));
        archive.extend_from_slice(body);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    gzip(&archive)
}

/// One gzip member without name or time.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    // Past a few megabytes the fastest level keeps tests quick; repetitive packuments still shrink thirtyfold.
    let level = if bytes.len() > 4 << 20 {
        Compression::new(2)
    } else {
        Compression::default()
    };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

/// `sha512-` and the base64 of the digest, as in `dist.integrity`.
pub fn sha512_integrity(bytes: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(Sha512::digest(bytes)))
}

/// 40 hex digits, as in `dist.shasum`.
pub fn sha1_hex(bytes: &[u8]) -> String {
    hex(&Sha1::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn header(path: &str, size: usize) -> [u8; BLOCK] {
    let (prefix, name) = split(path);
    let mut block = [0; BLOCK];
    let mut put =
        |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    // Files under bin/ are programs; npm keeps the mode it finds.
    put(
        100,
        if path.starts_with("package/bin/") {
            "000755 \0"
        } else {
            "000644 \0"
        },
    );
    put(108, "000000 \0");
    put(116, "000000 \0");
    put(124, &format!("{size:011o} "));
    put(136, &format!("{MODIFIED:011o} "));
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\0");
    put(263, "00");
    put(345, prefix);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn split(path: &str) -> (&str, &str) {
    if path.len() <= 100 {
        return ("", path);
    }
    path.match_indices('/')
        .map(|(at, _)| (&path[..at], &path[at + 1..]))
        .find(|(prefix, name)| prefix.len() <= 155 && name.len() <= 100)
        .unwrap_or_else(|| panic!("`{path}` is too long for a ustar header"))
}
