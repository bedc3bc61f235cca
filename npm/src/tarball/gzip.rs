//! The gzip layer: members, checksums, what lies behind. Own loop, because ready-made readers either stop after the
//! first member or refuse the zero padding that real packages have.

use bytes::Bytes;
use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::irregularity::Kind;
use super::limits::{Limit, Limits};
use super::notes::Notes;
use super::{TarballError, is_zero};

/// More members than anybody writes; each costs a new window.
const MEMBERS: usize = 1000;

/// Layers of compression within each other that yarn 1 takes off.
const LAYERS: usize = 3;

/// Capacity that is given before anything came out, for each byte that is there to unpack. npm packages have 4 to 5.
const EXPECTED_RATIO: usize = 8;

/// Room at the end, so that the last call of the inflater can see the end of its stream.
const SPARE: usize = 1 << 10;

/// One reading of the tarball as a tar archive.
pub(super) struct Layer {
    pub(super) data: Bytes,
    /// Where members end, the last excepted: clients that read only the first one stop there.
    pub(super) member_ends: Vec<usize>,
    /// Every client that reads this layer reads it so.
    pub(super) agreed: bool,
}

/// The readings of the tarball, the usual one first: nearly always one.
pub(super) fn layers(
    bytes: &Bytes,
    limits: &Limits,
    notes: &mut Notes,
) -> Result<Vec<Layer>, TarballError> {
    if bytes.is_empty() {
        return Err(TarballError::Empty);
    }
    if bytes.len() > limits.compressed {
        return Err(TarballError::TooLarge {
            size: bytes.len(),
            limit: limits.compressed,
        });
    }
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return Err(TarballError::Zstd);
    }
    let mut layers = Vec::new();
    let mut budget = limits.unpacked;
    if is_gzip(bytes) {
        let layer = gunzip(bytes, limits, budget, notes)?;
        budget -= layer.data.len();
        layers.push(layer);
    } else {
        notes.archive(Kind::NotGzip, || {
            "it is not compressed with gzip, which only some clients accept".to_owned()
        });
        let end = bytes.len().min(budget);
        if end < bytes.len() {
            notes.limit(Limit::Unpacked, || past_limit(limits.unpacked));
        }
        layers.push(Layer {
            data: bytes.slice(..end),
            member_ends: Vec::new(),
            agreed: false,
        });
    }
    while layers.len() < LAYERS + 1 {
        let Some(outer) = layers.last().map(|layer| layer.data.clone()) else {
            break;
        };
        let inner = if is_gzip(&outer) {
            gunzip(&outer, limits, budget, notes).ok()
        } else if is_zlib(&outer) {
            inflate_zlib(&outer, limits, budget, notes)
        } else {
            None
        };
        let Some(inner) = inner else {
            break;
        };
        notes.archive(Kind::NestedCompression, || {
            "what it unpacks to is compressed again, and only some clients unpack that".to_owned()
        });
        budget -= inner.data.len();
        layers.push(inner);
        for layer in &mut layers {
            layer.agreed = false;
        }
    }
    Ok(layers)
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// As yarn 1 tells a zlib stream.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, 0x01 | 0x9c | 0xda, ..])
}

fn past_limit(limit: usize) -> String {
    format!("it unpacks to more than {limit} bytes")
}

/// Where the unpacked bytes of one reading go.
struct Output<'a> {
    data: Vec<u8>,
    limits: &'a Limits,
    /// What may come out of this layer.
    budget: usize,
}

/// How one deflate stream ended.
enum End {
    /// After this many bytes of input.
    Stream(usize),
    Truncated,
    Corrupt,
    Limit,
}

fn gunzip(
    input: &[u8],
    limits: &Limits,
    budget: usize,
    notes: &mut Notes,
) -> Result<Layer, TarballError> {
    let mut output = Output::new(input, limits, budget);
    let mut inflater = Decompress::new(false);
    let mut member_ends = Vec::new();
    let (mut at, mut agreed) = (0, true);
    loop {
        let first = at == 0;
        let header = match header_length(&input[at..]) {
            Ok((length, true)) => length,
            Ok((length, false)) => {
                agreed = false;
                notes.archive(Kind::GzipHeader, || {
                    "its gzip header has reserved flags or a checksum of its own, which clients treat differently".to_owned()
                });
                length
            }
            Err(why) if first => return Err(TarballError::Gzip { at, why }),
            Err(why) => {
                agreed = false;
                notes.archive(Kind::TrailingBytes, || {
                    format!("behind a gzip member, byte {at} begins one that is not usable: {why}")
                });
                break;
            }
        };
        at += header;
        let start = output.data.len();
        match output.inflate(&mut inflater, &input[at..], notes) {
            End::Stream(read) => at += read,
            End::Limit => break,
            end @ (End::Truncated | End::Corrupt) => {
                if first && output.data.is_empty() {
                    let why = "the compressed data is broken from its beginning";
                    return Err(TarballError::Gzip { at, why });
                }
                agreed = false;
                let unpacked = output.data.len();
                if matches!(end, End::Truncated) {
                    notes.archive(Kind::GzipTruncated, || {
                        format!("its compressed data is cut off after {unpacked} unpacked bytes")
                    });
                } else {
                    notes.archive(Kind::GzipCorrupt, || {
                        format!("its compressed data is broken after {unpacked} unpacked bytes")
                    });
                }
                break;
            }
        }
        let Some(trailer) = input.get(at..at + 8) else {
            agreed = false;
            notes.archive(Kind::GzipTruncated, || {
                "it is cut off within the checksum at its end".to_owned()
            });
            break;
        };
        at += 8;
        agreed &= is_checked(trailer, &output.data[start..], notes);
        let rest = &input[at..];
        if is_zero(rest) {
            break;
        }
        agreed = false;
        if !is_gzip(rest) {
            notes.archive(Kind::TrailingBytes, || {
                format!("{} bytes lie behind the compressed data", rest.len())
            });
            break;
        }
        member_ends.push(output.data.len());
        notes.archive(Kind::GzipMembers, || {
            "it has a second gzip member, which only some clients read".to_owned()
        });
        if member_ends.len() == MEMBERS {
            notes.limit(Limit::Members, || {
                format!("it has more than {MEMBERS} gzip members")
            });
            break;
        }
        inflater.reset(false);
    }
    Ok(Layer {
        data: output.data.into(),
        member_ends,
        agreed,
    })
}

fn inflate_zlib(input: &[u8], limits: &Limits, budget: usize, notes: &mut Notes) -> Option<Layer> {
    let mut output = Output::new(input, limits, budget);
    output.inflate(&mut Decompress::new(true), input, notes);
    (!output.data.is_empty()).then(|| Layer {
        data: output.data.into(),
        member_ends: Vec::new(),
        agreed: false,
    })
}

/// Compares what came out with the CRC and the length that the member says.
fn is_checked(trailer: &[u8], unpacked: &[u8], notes: &mut Notes) -> bool {
    let word = |at: usize| {
        let bytes = trailer[at..at + 4].iter().rev();
        bytes.fold(0u32, |sum, byte| sum << 8 | u32::from(*byte))
    };
    let mut crc = Crc::new();
    crc.update(unpacked);
    let (has_sum, has_length) = (crc.sum() == word(0), unpacked.len() as u32 == word(4));
    if !has_sum {
        notes.archive(Kind::GzipChecksum, || {
            "its gzip checksum is wrong, and some clients do not look".to_owned()
        });
    }
    if !has_length {
        notes.archive(Kind::GzipLength, || {
            "its gzip length is wrong, and some clients do not look".to_owned()
        });
    }
    has_sum && has_length
}

/// The bytes of a gzip header, and whether all clients read it alike. Source: RFC 1952.
fn header_length(input: &[u8]) -> Result<(usize, bool), &'static str> {
    const CUT: &str = "the gzip header is cut off";
    let fixed = input.get(..10).ok_or(CUT)?;
    if fixed[..2] != [0x1f, 0x8b] {
        return Err("it does not begin like gzip");
    }
    if fixed[2] != 8 {
        return Err("the compression method is not deflate");
    }
    let flags = fixed[3];
    let mut at = 10;
    if flags & 4 != 0 {
        let length = input.get(at..at + 2).ok_or(CUT)?;
        at += 2 + usize::from(length[0]) + usize::from(length[1]) * 256;
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let rest = input.get(at..).ok_or(CUT)?;
            at += rest.iter().position(|byte| *byte == 0).ok_or(CUT)? + 1;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    if at > input.len() {
        return Err(CUT);
    }
    Ok((at, flags & !(1 | 4 | 8 | 16) == 0))
}

impl<'a> Output<'a> {
    fn new(input: &[u8], limits: &'a Limits, budget: usize) -> Self {
        // What the archive says of its length is only believed as far as its own size makes it likely.
        let claimed = input
            .last_chunk::<4>()
            .map_or(0, |length| u32::from_le_bytes(*length));
        let likely = (claimed as usize)
            .min(input.len() * EXPECTED_RATIO)
            .min(budget);
        Self {
            data: Vec::with_capacity(likely + SPARE),
            limits,
            budget,
        }
    }

    fn inflate(&mut self, inflater: &mut Decompress, input: &[u8], notes: &mut Notes) -> End {
        let start = self.data.len();
        loop {
            let read = inflater.total_in() as usize;
            let unpacked = self.data.len();
            if unpacked > self.budget {
                self.data.truncate(self.budget);
                notes.limit(Limit::Unpacked, || past_limit(self.limits.unpacked));
                return End::Limit;
            }
            let is_bomb = (unpacked - start) / self.limits.ratio > read.max(1);
            if unpacked > self.limits.ratio_from && is_bomb {
                notes.limit(Limit::Ratio, || {
                    let ratio = self.limits.ratio;
                    format!(
                        "it unpacks to more than {ratio} times its size; {unpacked} bytes were read"
                    )
                });
                return End::Limit;
            }
            if self.data.capacity() - unpacked < SPARE {
                let more = unpacked.clamp(64 << 10, 64 << 20);
                self.data
                    .reserve_exact(more.min(self.budget + SPARE - unpacked.min(self.budget)));
            }
            let flush = FlushDecompress::None;
            let status = inflater.decompress_vec(&input[read..], &mut self.data, flush);
            let now = inflater.total_in() as usize;
            match status {
                Ok(Status::StreamEnd) if self.data.len() <= self.budget => return End::Stream(now),
                Ok(_) if now > read || self.data.len() > unpacked => {}
                Ok(_) => return End::Truncated,
                Err(_) => return End::Corrupt,
            }
        }
    }
}
