//! The hashes of one stream of bytes, computed in one pass.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// What was found in the bytes themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    pub sha512: [u8; 64],
    pub sha256: [u8; 32],
    pub sha1: [u8; 20],
    /// Only if the [`Hasher`] was told to: hardly any package offers it.
    pub sha384: Option<[u8; 48]>,
    /// How many bytes there were.
    pub size: u64,
}

/// Hashes bytes as they pass: sha512, sha256 and sha1, about 450 MB/s together on one core.
#[derive(Clone, Default)]
pub struct Hasher {
    sha512: Sha512,
    sha256: Sha256,
    sha1: Sha1,
    sha384: Option<Sha384>,
    size: u64,
}

impl Hasher {
    /// Without sha384.
    pub fn new() -> Self {
        Self::default()
    }

    /// With sha384 if `needed`; see [`Integrity::needs_sha384`](crate::Integrity::needs_sha384).
    pub fn with_sha384(needed: bool) -> Self {
        Self {
            sha384: needed.then(Sha384::new),
            ..Self::default()
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha512.update(bytes);
        self.sha256.update(bytes);
        self.sha1.update(bytes);
        if let Some(sha384) = &mut self.sha384 {
            sha384.update(bytes);
        }
        self.size += bytes.len() as u64;
    }

    /// The hashes of all that came.
    pub fn finish(self) -> Digests {
        Digests {
            sha512: self.sha512.finalize().into(),
            sha256: self.sha256.finalize().into(),
            sha1: self.sha1.finalize().into(),
            sha384: self.sha384.map(|sha384| sha384.finalize().into()),
            size: self.size,
        }
    }
}

impl Digests {
    /// Hashes bytes that are in memory as a whole, sha384 included.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::with_sha384(true);
        hasher.update(bytes);
        hasher.finish()
    }

    /// npm's `dist.integrity`: `sha512-` and base64.
    pub fn integrity(&self) -> String {
        format!("sha512-{}", STANDARD.encode(self.sha512))
    }

    /// The key of the content store, in lower case.
    pub fn sha512_hex(&self) -> String {
        hex(&self.sha512)
    }

    /// The form in which indicators of compromise name files, in lower case.
    pub fn sha256_hex(&self) -> String {
        hex(&self.sha256)
    }

    /// npm's `dist.shasum`: sha1 in lower-case hex.
    pub fn shasum(&self) -> String {
        hex(&self.sha1)
    }
}

/// `bytes` in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// Reads `2 * N` hex digits of either case; nothing else.
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests;
