//! Any bytes are an archive or an error; what npm, pnpm and yarn would write of it, by models of their sources, is listed,
//! and a canonical archive is refused by none of them.
#![no_main]

#[path = "../../npm/src/tarball/tests/models.rs"]
mod models;

use bytes::Bytes;
use lazaret_npm::tarball::{Contents, Limits, Tarball};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits {
    compressed: 1 << 20,
    unpacked: 4 << 20,
    ratio: 200,
    ratio_from: 1 << 20,
    entries: 2_000,
    depth: 100,
    path_bytes: 1024,
    pax_bytes: 64 << 10,
};

fn check(contents: &Contents) {
    assert!(contents.unpacked <= LIMITS.unpacked, "no more than the limit");
    for file in &contents.files {
        let is_plain = |part: &str| !matches!(part, "" | "." | "..");
        assert!(file.path.split('/').all(is_plain), "paths stay inside");
    }
    if contents.is_canonical() {
        assert!(contents.files.iter().all(|file| !file.disputed), "nobody differs");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let whole = Tarball::unverified(Bytes::copy_from_slice(bytes));
    if let Ok(contents) = whole.contents(&LIMITS) {
        check(&contents);
    }
    // As a tar in one gzip member, which a fuzzer would never find by itself; checksums of headers are put right.
    let mut tar = bytes.to_vec();
    repair(&mut tar);
    let Ok(contents) = Tarball::unverified(stored(&tar)).contents(&LIMITS) else {
        return;
    };
    check(&contents);
    for (client, model) in models::MODELS {
        let Some(mut files) = model(&tar) else {
            assert!(!contents.is_canonical(), "canonical, but {client} refuses it");
            continue;
        };
        if contents.incomplete.is_empty() {
            for (path, content) in &files {
                let is_listed = contents.at(path).iter().any(|file| file.bytes == content);
                assert!(is_listed, "{client} writes {path:?} with {} bytes", content.len());
            }
        }
        if contents.is_canonical() {
            files.sort();
            files.dedup();
            assert_eq!(files.len(), contents.files.len(), "{client} writes as many files");
        }
    }
});

/// Gives every block a right checksum that has the magic of a header and `~` where its checksum begins.
fn repair(tar: &mut [u8]) {
    for block in tar.chunks_exact_mut(512) {
        if &block[257..262] == b"ustar" && block[148] == b'~' {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
}

/// One gzip member of stored blocks, with a right checksum.
fn stored(bytes: &[u8]) -> Bytes {
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut chunks = bytes.chunks(0xffff).peekable();
    if bytes.is_empty() {
        gzip.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(chunk) = chunks.next() {
        let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        gzip.push(u8::from(chunks.peek().is_none()));
        gzip.extend(length.to_le_bytes());
        gzip.extend((!length).to_le_bytes());
        gzip.extend_from_slice(chunk);
    }
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    gzip.extend(crc.sum().to_le_bytes());
    gzip.extend((bytes.len() as u32).to_le_bytes());
    gzip.into()
}
