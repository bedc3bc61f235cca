//! Names in order, each as what it does not share with the one before; every sixteenth is whole, to search among those.

use super::wire::Reader;

/// Names from one whole name up to the next.
pub(super) const BLOCK: usize = 16;

/// Longest name, in bytes; npm's have at most 214.
pub(super) const NAME_LIMIT: usize = u8::MAX as usize;

/// The name last read.
pub(super) struct Name {
    buffer: [u8; NAME_LIMIT],
    length: usize,
}

impl Name {
    pub(super) fn new() -> Self {
        Self {
            buffer: [0; NAME_LIMIT],
            length: 0,
        }
    }

    /// Reads the next name, which has to come after the last one; a whole one has to share nothing.
    pub(super) fn read(&mut self, reader: &mut Reader<'_>, whole: bool) -> Option<()> {
        let shared = usize::from(reader.u8()?);
        let length = usize::from(reader.u8()?);
        let rest = reader.take(length)?;
        let end = shared.checked_add(length)?;
        if shared > self.length || end > NAME_LIMIT || (whole && shared != 0) || !rest.is_ascii() {
            return None;
        }
        if rest <= &self.buffer[shared..self.length] {
            return None;
        }
        self.buffer[shared..end].copy_from_slice(rest);
        self.length = end;
        Some(())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    pub(super) fn text(&self) -> &str {
        // Only ASCII was taken.
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }
}

/// The name at the head of a block, without copying it.
pub(super) fn whole<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let _shared = reader.u8()?;
    let length = reader.u8()?;
    reader.take(length.into())
}

/// Appends a name; `previous` is empty at the head of a block.
pub(super) fn put(out: &mut Vec<u8>, previous: &[u8], name: &[u8]) {
    let same = |(one, other): &(&u8, &u8)| one == other;
    let shared = previous.iter().zip(name).take_while(same).count();
    let rest = &name[shared..];
    out.push(shared as u8);
    out.push(rest.len() as u8);
    out.extend_from_slice(rest);
}
