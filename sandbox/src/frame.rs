//! How requests and answers travel: a byte for the kind, four for the length (little endian), the bytes.

use std::io::{self, IoSlice, Read, Write};

/// Of the protocol; the first frame of a worker names it.
pub(crate) const VERSION: u32 = 1;

pub(crate) const HEADER: usize = 5;

/// A note is cut there, and so is a hello believed only up to here.
pub(crate) const SMALL: u32 = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Request = 1,
    Hello = 2,
    Note = 3,
    Answer = 4,
}

pub(crate) fn header(kind: Kind, length: u32) -> [u8; HEADER] {
    let [a, b, c, d] = length.to_le_bytes();
    [kind as u8, a, b, c, d]
}

pub(crate) fn read_header(bytes: [u8; HEADER]) -> Option<(Kind, u32)> {
    let [kind, length @ ..] = bytes;
    let kind = [Kind::Request, Kind::Hello, Kind::Note, Kind::Answer]
        .into_iter()
        .find(|known| *known as u8 == kind)?;
    Some((kind, u32::from_le_bytes(length)))
}

/// Writes one frame. What is too long for a length is sent with the greatest one, which no reader accepts.
pub(crate) fn write(to: &mut impl Write, kind: Kind, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut outgoing = Outgoing::new(header(kind, length), &[bytes]);
    while !outgoing.push(to)? {}
    Ok(())
}

/// The bytes of the next request, `None` at the end of the stream.
pub(crate) fn read_request(from: &mut impl Read, limit: u32) -> io::Result<Option<Vec<u8>>> {
    let mut first = [0; HEADER];
    let mut filled = 0;
    while filled < HEADER {
        match from.read(&mut first[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    match read_header(first) {
        Some((Kind::Request, length)) if length <= limit => {
            let mut bytes = Vec::with_capacity(length as usize);
            from.take(u64::from(length)).read_to_end(&mut bytes)?;
            match bytes.len() == length as usize {
                true => Ok(Some(bytes)),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// A frame on its way out, in the pieces in which it is in memory.
pub(crate) struct Outgoing<'a> {
    pieces: Vec<IoSlice<'a>>,
    header: [u8; HEADER],
    header_left: usize,
    first: usize,
}

/// How many pieces go into one call; systems take no more than 1,024.
const AT_ONCE: usize = 64;

impl<'a> Outgoing<'a> {
    pub(crate) fn new(header: [u8; HEADER], pieces: &[&'a [u8]]) -> Self {
        Self {
            pieces: pieces.iter().map(|piece| IoSlice::new(piece)).collect(),
            header,
            header_left: HEADER,
            first: 0,
        }
    }

    /// Nothing to send.
    pub(crate) fn nothing() -> Self {
        Self {
            pieces: Vec::new(),
            header: [0; HEADER],
            header_left: 0,
            first: 0,
        }
    }

    pub(crate) fn is_sent(&self) -> bool {
        self.header_left == 0 && self.first == self.pieces.len()
    }

    /// Writes once; whether everything is sent.
    pub(crate) fn push(&mut self, to: &mut impl Write) -> io::Result<bool> {
        let header = &self.header[HEADER - self.header_left..];
        let pieces = &self.pieces[self.first..];
        let mut slices = Vec::with_capacity(1 + pieces.len().min(AT_ONCE));
        if !header.is_empty() {
            slices.push(IoSlice::new(header));
        }
        slices.extend(pieces.iter().take(AT_ONCE));
        let mut written = match to.write_vectored(&slices) {
            Ok(0) if !slices.iter().all(|slice| slice.is_empty()) => {
                return Err(io::ErrorKind::WriteZero.into());
            }
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
        };
        drop(slices);
        let of_header = written.min(self.header_left);
        self.header_left -= of_header;
        written -= of_header;
        while let Some(piece) = self.pieces.get_mut(self.first)
            && written >= piece.len()
            && self.header_left == 0
        {
            written -= piece.len();
            self.first += 1;
        }
        if let Some(piece) = self.pieces.get_mut(self.first) {
            piece.advance(written);
        }
        Ok(self.is_sent())
    }
}

/// Puts frames together from what arrives in parts.
pub(crate) struct Incoming {
    header: [u8; HEADER],
    header_filled: usize,
    body: Option<(Kind, usize, Vec<u8>)>,
    /// Bytes that were read and belong to what comes next.
    ahead: Vec<u8>,
    ahead_used: usize,
}

/// Why a stream of frames cannot go on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    UnknownKind(u8),
    TooLong { kind: Kind, length: u32 },
}

impl Incoming {
    pub(crate) fn new() -> Self {
        Self {
            header: [0; HEADER],
            header_filled: 0,
            body: None,
            ahead: Vec::with_capacity(8192),
            ahead_used: 0,
        }
    }

    /// Whether everything that was read was also taken.
    pub(crate) fn is_between_frames(&self) -> bool {
        self.ahead_used == self.ahead.len() && self.header_filled == 0 && self.body.is_none()
    }

    /// Reads once. `Ok(0)` is the end of the stream.
    pub(crate) fn fill(&mut self, from: &mut impl Read) -> io::Result<usize> {
        debug_assert_eq!(self.ahead_used, self.ahead.len(), "frames are taken first");
        if let Some((_, missing, bytes)) = &mut self.body
            && *missing > 0
        {
            // Long answers go straight to where they stay, a part at a time: the caller looks at the clock in between.
            let filled = bytes.len();
            let part = (*missing).min(1 << 20) as u64;
            let read = from.take(part).read_to_end(bytes);
            let count = bytes.len() - filled;
            *missing -= count;
            return match read {
                Err(error) if count == 0 => Err(error),
                _ => Ok(count),
            };
        }
        self.ahead.resize(8192, 0);
        self.ahead_used = 0;
        let read = from.read(&mut self.ahead);
        self.ahead.truncate(read.as_ref().map_or(0, |count| *count));
        read
    }

    /// The next whole frame among what was read; `limit` is how long a frame of a kind may be.
    pub(crate) fn next(
        &mut self,
        limit: impl Fn(Kind) -> u32,
    ) -> Result<Option<(Kind, Vec<u8>)>, Broken> {
        loop {
            let rest = &self.ahead[self.ahead_used..];
            match &mut self.body {
                Some((_, missing, bytes)) => {
                    let taken = rest.len().min(*missing);
                    bytes.extend_from_slice(&rest[..taken]);
                    *missing -= taken;
                    self.ahead_used += taken;
                    if *missing > 0 {
                        return Ok(None);
                    }
                    return Ok(self.body.take().map(|(kind, _, bytes)| (kind, bytes)));
                }
                None => {
                    let taken = rest.len().min(HEADER - self.header_filled);
                    self.header[self.header_filled..self.header_filled + taken]
                        .copy_from_slice(&rest[..taken]);
                    self.header_filled += taken;
                    self.ahead_used += taken;
                    if self.header_filled < HEADER {
                        return Ok(None);
                    }
                    self.header_filled = 0;
                    let (kind, length) =
                        read_header(self.header).ok_or(Broken::UnknownKind(self.header[0]))?;
                    if length > limit(kind) {
                        return Err(Broken::TooLong { kind, length });
                    }
                    // The length is only a claim: memory follows what really arrives.
                    let bytes = Vec::with_capacity((length as usize).min(1 << 20));
                    self.body = Some((kind, length as usize, bytes));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
