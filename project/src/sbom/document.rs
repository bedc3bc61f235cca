//! What both forms of document have in common: lists that are made while they are written, and a number that comes of what is
//! in them.

use lazaret_npm::hex;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A list whose items are made while it is written: all at once, those of 60,000 packages would take a gigabyte.
pub(super) struct Each<F>(pub(super) F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((self.0)())
    }
}

/// Of all that decides what is written; whoever made the lists to hash them would make them twice.
pub(super) fn sha256_hex<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        // So that no two texts are what two others are together.
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hex(&hash.finalize())
}
