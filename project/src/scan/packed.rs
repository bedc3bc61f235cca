//! Files that are one packed stream: gzip, zstd, and brotli, which has no mark of its own and is told by the file's name.

use std::io::{Error, Read};

use flate2::read::MultiGzDecoder;

use super::place::Place;

/// Largest window of zstd, as a power of two: what its own program takes without being asked for more. In bytes 128 MB.
const ZSTD_WINDOW: u32 = 27;

/// Bytes that are read at once.
const BUFFER: usize = 1 << 16;

/// What servers find beside a file, packed ahead.
const SERVED: &[&str] = &[
    ".js", ".mjs", ".cjs", ".css", ".html", ".json", ".map", ".svg", ".wasm",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
    Brotli,
}

/// How a file that begins with `head` is packed, if it is.
pub(super) fn packing(place: &Place, head: &[u8]) -> Option<Packing> {
    if head.starts_with(&[0x1f, 0x8b, 8]) {
        return Some(Packing::Gzip);
    }
    if head.starts_with(b"\x28\xb5\x2f\xfd") {
        return Some(Packing::Zstd);
    }
    let stem = place.name().strip_suffix(".br")?;
    let is_served = SERVED.iter().any(|end| stem.ends_with(end));
    is_served.then_some(Packing::Brotli)
}

impl Packing {
    pub(super) fn unpacked<'r>(
        self,
        reader: &'r mut dyn Read,
    ) -> Result<Box<dyn Read + 'r>, Error> {
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(reader)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::new(reader)?;
                decoder.window_log_max(ZSTD_WINDOW)?;
                Box::new(decoder)
            }
            Self::Brotli => Box::new(brotli::Decompressor::new(reader, BUFFER)),
        })
    }

    /// What ends the name of a file that is packed so.
    pub(super) fn end(self) -> &'static str {
        match self {
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
            Self::Brotli => ".br",
        }
    }
}
