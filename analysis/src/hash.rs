//! A hash that is the same on every machine, in every run and in every version of lazaret (FNV-1a, then mixed).

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
