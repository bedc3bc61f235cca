//! Content codings: which one a client gets, and how bodies are packed.

use std::io::{self, BufWriter, Write};

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// The codings of package documents. Each is rendered on first demand and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

/// zlib-rs levels, by the size of the document. Of 958 abbreviated documents (72 MB), level 2 takes half the CPU of level
/// 6 for 8 % more bytes; of the largest (15 MB) level 7 makes half of what level 2 does, and takes less than level 6.
const GZIP_LEVEL: u32 = 2;
const GZIP_LEVEL_LARGE: u32 = 7;
const LARGE: usize = 12 << 20;

const BROTLI_QUALITY: u32 = 4;
const ZSTD_LEVEL: i32 = 3;

impl Encoding {
    pub(crate) const ALL: [Self; 4] = [Self::Identity, Self::Gzip, Self::Brotli, Self::Zstd];

    /// The best coding that `Accept-Encoding` allows (RFC 9110, 12.5.3); identity if the header is absent.
    pub(crate) fn negotiate(headers: &HeaderMap) -> Self {
        let mut allowed = [false; 3];
        for value in headers.get_all(ACCEPT_ENCODING) {
            for item in value.to_str().unwrap_or_default().split(',') {
                let (coding, weight) = item.split_once(';').unwrap_or((item, ""));
                let index = match coding.trim() {
                    "zstd" => 0,
                    "br" => 1,
                    "gzip" | "x-gzip" | "*" => 2,
                    _ => continue,
                };
                allowed[index] = !is_zero(weight);
            }
        }
        match allowed {
            [true, _, _] => Self::Zstd,
            [_, true, _] => Self::Brotli,
            [_, _, true] => Self::Gzip,
            _ => Self::Identity,
        }
    }

    /// The value of `Content-Encoding`, if it is to be sent.
    pub(crate) fn token(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// What `write` writes, about `size` bytes, packed on the way: the unpacked form is never held in memory.
    pub(crate) fn pack(
        self,
        size: usize,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Vec<u8>> {
        const BUFFER: usize = 64 * 1024;
        match self {
            Self::Identity => {
                let mut body = Vec::new();
                write(&mut body)?;
                Ok(body)
            }
            Self::Gzip => {
                let level = flate2::Compression::new(if size < LARGE {
                    GZIP_LEVEL
                } else {
                    GZIP_LEVEL_LARGE
                });
                let packed = Vec::with_capacity(size / 8);
                let encoder = flate2::write::GzEncoder::new(packed, level);
                let mut buffered = BufWriter::with_capacity(BUFFER, encoder);
                write(&mut buffered)?;
                buffered.into_inner()?.finish()
            }
            Self::Brotli => {
                let encoder = brotli::CompressorWriter::new(Vec::new(), BUFFER, BROTLI_QUALITY, 22);
                let mut buffered = BufWriter::with_capacity(BUFFER, encoder);
                write(&mut buffered)?;
                Ok(buffered.into_inner()?.into_inner())
            }
            Self::Zstd => {
                let encoder = zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
                let mut buffered = BufWriter::with_capacity(BUFFER, encoder);
                write(&mut buffered)?;
                buffered.into_inner()?.finish()
            }
        }
    }
}

/// Whether a weight such as `q=0` or ` q=0.000` refuses the coding.
fn is_zero(weight: &str) -> bool {
    weight
        .trim()
        .strip_prefix("q=")
        .and_then(|q| q.trim().parse::<f32>().ok())
        .is_some_and(|q| q == 0.0)
}

#[cfg(test)]
mod tests;
