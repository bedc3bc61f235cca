//! A hash that is the same on every machine, in every run and in every version of lazaret (FNV-1a, then mixed).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Hashes parts so that `("ab", "c")` and `("a", "bc")` differ.
#[derive(Clone, Copy, Debug)]
pub struct StableHash(u64);

impl Default for StableHash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl StableHash {
    /// One more part.
    #[must_use]
    pub fn with(mut self, part: &[u8]) -> Self {
        for &byte in part {
            self.byte(byte);
        }
        for byte in (part.len() as u64).to_le_bytes() {
            self.byte(byte);
        }
        self
    }

    #[must_use]
    pub fn with_text(self, part: &str) -> Self {
        self.with(part.as_bytes())
    }

    #[must_use]
    pub fn with_number(self, part: u64) -> Self {
        self.with(&part.to_le_bytes())
    }

    /// FNV's last byte reaches only the low bits; the last step of MurmurHash3 spreads it.
    pub fn finish(self) -> u64 {
        let mut hash = self.0;
        hash ^= hash >> 33;
        hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^= hash >> 33;
        hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^ (hash >> 33)
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
}

/// Hashes with how often each occurs. In JSON one text, as there may be a million.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hashes(Vec<u64>);

impl FromIterator<u64> for Hashes {
    fn from_iter<I: IntoIterator<Item = u64>>(hashes: I) -> Self {
        let mut hashes: Vec<u64> = hashes.into_iter().collect();
        hashes.sort_unstable();
        Self(hashes)
    }
}

impl Hashes {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, hash: u64) -> bool {
        self.0.binary_search(&hash).is_ok()
    }

    /// How many of them are not in `other`, counted as often as they occur more.
    pub fn missing_in(&self, other: &Self) -> usize {
        let mut missing = 0;
        let mut rest = other.0.as_slice();
        for hash in &self.0 {
            rest = &rest[rest.partition_point(|other| other < hash)..];
            match rest.split_first() {
                Some((first, after)) if first == hash => rest = after,
                _ => missing += 1,
            }
        }
        missing
    }
}

impl Serialize for Hashes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Hashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(Error::custom)?;
        let (hashes, rest) = bytes.as_chunks::<8>();
        if !rest.is_empty() {
            return Err(Error::custom("hashes have eight bytes each"));
        }
        Ok(hashes
            .iter()
            .map(|hash| u64::from_le_bytes(*hash))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_every_machine() {
        let hash = |parts: &[&str]| {
            let hashed = StableHash::default();
            parts
                .iter()
                .fold(hashed, |hash, part| hash.with_text(part))
                .finish()
        };
        assert_eq!(hash(&["chalk", "5.6.1"]), 0x72588b9cd5c7c690);
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&[]), hash(&[""]));
    }

    #[test]
    fn what_is_missing_is_counted_as_often_as_it_is() {
        let before: Hashes = [3, 1, 1, 7].into_iter().collect();
        let after: Hashes = [1, 1, 1, 2, 7, 9].into_iter().collect();
        assert_eq!(after.missing_in(&before), 3);
        assert_eq!(before.missing_in(&after), 1);
        assert_eq!(after.missing_in(&Hashes::default()), 6);
        assert!(after.contains(9) && !before.contains(9));
    }

    #[test]
    fn they_survive_json() {
        let hashes: Hashes = [u64::MAX, 0, 0x0123_4567_89ab_cdef].into_iter().collect();
        let json = serde_json::to_string(&hashes).unwrap();
        assert_eq!(serde_json::from_str::<Hashes>(&json).unwrap(), hashes);
        assert!(serde_json::from_str::<Hashes>("\"AAAA\"").is_err());
    }
}
