//! Subresource integrity as npm writes it, and the older `shasum`: what the registry says the bytes must be.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::as_text::as_text;
use crate::digest::{Digests, from_hex, hex};
use crate::text::printable_up_to;

/// Longest integrity text that is read, in bytes. One sha512 has 95.
pub const INTEGRITY_LIMIT: usize = 4096;

/// Hashes that the bytes of a version must have. Never empty once parsed.
///
/// Stricter than npm's own reading where npm's is a trap: an integrity in which nothing is understood is an
/// error, never "no check"; digests must have their exact length in canonical base64; and **every** algorithm
/// offered must match, not only the strongest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Integrity {
    /// Strongest first, each once.
    hashes: Vec<Hash>,
}

/// The algorithms that count, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// How much a match proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// sha1 only: two files with the same sha1 can be made.
    Weak,
    /// sha256 or better.
    Strong,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Hash {
    algorithm: Algorithm,
    /// Exactly as many bytes as the algorithm yields.
    digest: Box<[u8]>,
}

/// Why a text is not an integrity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntegrityError {
    #[error("the integrity \"{0}\" offers no sha512, sha384, sha256 or sha1")]
    NothingKnown(String),
    #[error("the integrity \"{text}\" has a {algorithm} that is not {} bytes in base64", algorithm.length())]
    Malformed { algorithm: Algorithm, text: String },
    #[error("the integrity is longer than {INTEGRITY_LIMIT} bytes")]
    TooLong,
    #[error("the shasum \"{0}\" is not 40 hex digits")]
    Shasum(String),
}

/// The bytes are not those that were offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("expected {expected}, got {actual}")]
    Differs {
        algorithm: Algorithm,
        /// What was offered, in SRI form; several are separated by spaces.
        expected: String,
        /// What the bytes have, in SRI form.
        actual: String,
    },
    #[error("the registry offers no integrity for these bytes")]
    NothingOffered,
    #[error("{0} was offered but not computed")]
    NotComputed(Algorithm),
}

impl Algorithm {
    /// The name in an integrity text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Bytes of a digest.
    pub fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// How much a match with this algorithm proves.
    pub fn strength(self) -> Strength {
        match self {
            Self::Sha1 => Strength::Weak,
            Self::Sha256 | Self::Sha384 | Self::Sha512 => Strength::Strong,
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Sha512, Self::Sha1, Self::Sha256, Self::Sha384]
            .into_iter()
            .find(|algorithm| algorithm.as_str() == name)
    }
}

impl Integrity {
    /// Parses `dist.integrity`: hashes separated by whitespace, each `algorithm-base64`, options after `?`
    /// passed over. Unknown algorithms are passed over as long as one is known.
    pub fn parse(text: &str) -> Result<Self, IntegrityError> {
        if text.len() > INTEGRITY_LIMIT {
            return Err(IntegrityError::TooLong);
        }
        let shown = || printable_up_to(text, 120).into_owned();
        let mut integrity = Self::default();
        for entry in text.split_ascii_whitespace() {
            let hash = entry.split_once('?').map_or(entry, |(hash, _options)| hash);
            let Some((name, digest)) = hash.split_once('-') else {
                continue;
            };
            let Some(algorithm) = Algorithm::named(name) else {
                continue;
            };
            let digest = STANDARD
                .decode(digest)
                .ok()
                .filter(|digest| digest.len() == algorithm.length())
                .ok_or_else(|| IntegrityError::Malformed {
                    algorithm,
                    text: shown(),
                })?;
            integrity.add(Hash {
                algorithm,
                digest: digest.into(),
            });
        }
        if integrity.hashes.is_empty() {
            return Err(IntegrityError::NothingKnown(shown()));
        }
        Ok(integrity)
    }

    /// Reads `dist.shasum`: sha1 in 40 hex digits.
    pub fn from_shasum(shasum: &str) -> Result<Self, IntegrityError> {
        let digest: [u8; 20] = from_hex(shasum)
            .ok_or_else(|| IntegrityError::Shasum(printable_up_to(shasum, 80).into_owned()))?;
        Ok(Self {
            hashes: vec![Hash {
                algorithm: Algorithm::Sha1,
                digest: digest.into(),
            }],
        })
    }

    /// What a manifest's `dist` offers, `integrity` and `shasum` together; `None` when there is nothing, or when one of
    /// them cannot be read: a checksum that nobody can check is no weaker one, it is a broken one.
    pub fn of_dist(integrity: Option<&str>, shasum: Option<&str>) -> Option<Self> {
        let mut offered = match integrity {
            Some(text) => Self::parse(text).ok()?,
            None => Self::default(),
        };
        if let Some(hex) = shasum {
            offered.merge(Self::from_shasum(hex).ok()?);
        }
        (!offered.hashes.is_empty()).then_some(offered)
    }

    /// How much [`Self::of_dist`] would prove, without building it where the `dist` is the usual one.
    pub fn strength_of_dist(integrity: Option<&str>, shasum: Option<&str>) -> Option<Strength> {
        let is_sha512 = |text: &str| {
            let mut digest = [0; 66];
            text.strip_prefix("sha512-").is_some_and(|base64| {
                STANDARD.decode_slice(base64, &mut digest) == Ok(Algorithm::Sha512.length())
            })
        };
        let is_usual = integrity.is_some_and(is_sha512)
            && shasum.is_none_or(|hex| from_hex::<20>(hex).is_some());
        if is_usual {
            return Some(Strength::Strong);
        }
        let offered = Self::of_dist(integrity, shasum)?;
        offered.strongest().map(Algorithm::strength)
    }

    /// Adds what the other demands. Two different hashes of one algorithm then mean that either will do.
    pub fn merge(&mut self, other: Self) {
        for hash in other.hashes {
            self.add(hash);
        }
    }

    /// The best algorithm offered.
    pub fn strongest(&self) -> Option<Algorithm> {
        self.hashes.first().map(|hash| hash.algorithm)
    }

    /// The algorithms offered, strongest first, each once.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let mut algorithms: Vec<_> = self.hashes.iter().map(|hash| hash.algorithm).collect();
        algorithms.dedup();
        algorithms
    }

    /// Whether a [`Hasher`](crate::Hasher) must compute sha384 for [`check`](Self::check) to answer.
    pub fn needs_sha384(&self) -> bool {
        self.hashes
            .iter()
            .any(|hash| hash.algorithm == Algorithm::Sha384)
    }

    /// The sha512 in hex if exactly one is offered: the key under which the content store has the bytes.
    pub fn sha512_hex(&self) -> Option<String> {
        match self.hashes.as_slice() {
            [only] if only.algorithm == Algorithm::Sha512 => Some(hex(&only.digest)),
            [first, second, ..]
                if first.algorithm == Algorithm::Sha512
                    && second.algorithm != Algorithm::Sha512 =>
            {
                Some(hex(&first.digest))
            }
            _ => None,
        }
    }

    /// Whether the bytes are those offered: each algorithm must match with one of its hashes.
    pub fn check(&self, digests: &Digests) -> Result<Strength, Mismatch> {
        for of_one_algorithm in self.hashes.chunk_by(|a, b| a.algorithm == b.algorithm) {
            let algorithm = of_one_algorithm[0].algorithm;
            let actual = digests
                .by(algorithm)
                .ok_or(Mismatch::NotComputed(algorithm))?;
            if !of_one_algorithm.iter().any(|hash| *hash.digest == *actual) {
                return Err(Mismatch::Differs {
                    algorithm,
                    expected: joined(of_one_algorithm),
                    actual: Hash {
                        algorithm,
                        digest: actual.into(),
                    }
                    .to_string(),
                });
            }
        }
        match self.strongest() {
            Some(algorithm) => Ok(algorithm.strength()),
            None => Err(Mismatch::NothingOffered),
        }
    }

    /// Whether no bytes can have both integrities: some algorithm is in both, with no hash in common.
    pub fn contradicts(&self, other: &Self) -> bool {
        self.algorithms().into_iter().any(|algorithm| {
            let of = |integrity: &'_ Self| -> Vec<Hash> {
                let hashes = integrity.hashes.iter();
                hashes
                    .filter(|hash| hash.algorithm == algorithm)
                    .cloned()
                    .collect()
            };
            let theirs = of(other);
            !theirs.is_empty() && !of(self).iter().any(|hash| theirs.contains(hash))
        })
    }

    /// Whether every algorithm of `other` is offered here too, with a hash in common.
    pub fn upholds(&self, other: &Self) -> bool {
        let ours = self.algorithms();
        other.algorithms().iter().all(|one| ours.contains(one)) && !self.contradicts(other)
    }

    fn add(&mut self, hash: Hash) {
        if self.hashes.contains(&hash) {
            return;
        }
        let place = self
            .hashes
            .partition_point(|present| present.algorithm >= hash.algorithm);
        self.hashes.insert(place, hash);
    }
}

impl Digests {
    fn by(&self, algorithm: Algorithm) -> Option<&[u8]> {
        match algorithm {
            Algorithm::Sha1 => Some(&self.sha1),
            Algorithm::Sha256 => Some(&self.sha256),
            Algorithm::Sha384 => self.sha384.as_ref().map(|digest| digest.as_slice()),
            Algorithm::Sha512 => Some(&self.sha512),
        }
    }
}

fn joined(hashes: &[Hash]) -> String {
    let texts: Vec<_> = hashes.iter().map(Hash::to_string).collect();
    texts.join(" ")
}

impl fmt::Display for Integrity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&joined(&self.hashes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.algorithm, STANDARD.encode(&self.digest))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

as_text!(Integrity, IntegrityError, "an integrity such as sha512-…");

#[cfg(test)]
mod tests;
