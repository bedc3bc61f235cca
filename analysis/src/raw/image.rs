//! What lies in an image beside the picture: bytes behind its end, and text in its metadata.

/// Something beside the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Where it begins.
    pub start: usize,
    /// Its beginning, as text.
    pub text: String,
    /// Behind the end of the picture, not within it.
    pub behind: bool,
}

/// Shorter leftovers are padding of encoders.
const LEAST: usize = 32;
/// Parts of an image that are looked at.
const PARTS: usize = 10_000;
/// Bytes of text that are kept.
const KEPT: usize = 64 << 10;

/// Readable text behind the end of a PNG, JPEG, GIF or WebP, or in a text part of it, that could be code. Cameras and
/// editors leave binary data and XML there; those are not given.
pub fn hidden_in_image(bytes: &[u8]) -> Option<Hidden> {
    let (end, texts) = match bytes {
        [0x89, b'P', b'N', b'G', ..] => png(bytes),
        [0xff, 0xd8, 0xff, ..] => jpeg(bytes),
        [b'G', b'I', b'F', b'8', ..] => gif(bytes),
        [b'R', b'I', b'F', b'F', ..] => riff(bytes),
        _ => return None,
    };
    let behind = end.filter(|end| bytes.len() - end >= LEAST);
    behind
        .map(|start| (start, &bytes[start..], true))
        .into_iter()
        .chain(texts.into_iter().map(|(start, text)| (start, text, false)))
        .find_map(|(start, part, behind)| {
            let text = readable(part)?;
            Some(Hidden {
                start,
                text,
                behind,
            })
        })
}

/// Text that is neither prose nor XML: at least some signs of a script, or an encoding of bytes.
fn readable(part: &[u8]) -> Option<String> {
    let part = &part[..part.len().min(KEPT)];
    let printable = part
        .iter()
        .filter(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
        .count();
    if part.len() < LEAST || printable * 20 < part.len() * 19 {
        return None;
    }
    let text = String::from_utf8_lossy(part).into_owned();
    let trimmed = text.trim_start();
    if trimmed.starts_with('<') && !trimmed.to_ascii_lowercase().contains("<script") {
        return None;
    }
    let says = |word: &&str| text.contains(*word);
    let words = [
        "require(", "eval(", "function", "=>", "const ", "var ", ");", "import ", "atob(",
    ];
    let code = words.iter().filter(|word| says(word)).count() >= 2;
    (code || (text.len() >= 256 && super::encoding(&text).is_some())).then_some(text)
}

type Parts<'b> = (Option<usize>, Vec<(usize, &'b [u8])>);

fn png(bytes: &[u8]) -> Parts<'_> {
    let mut texts = Vec::new();
    let mut at = 8;
    for _ in 0..PARTS {
        let Some(head) = bytes.get(at..at + 8) else {
            break;
        };
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let body = at + 8;
        let Some(end) = body
            .checked_add(length)
            .filter(|end| end + 4 <= bytes.len())
        else {
            break;
        };
        match &head[4..] {
            b"tEXt" | b"iTXt" => texts.push((body, &bytes[body..end])),
            b"IEND" => return (Some(end + 4), texts),
            _ => {}
        }
        at = end + 4;
    }
    (None, texts)
}

fn jpeg(bytes: &[u8]) -> Parts<'_> {
    let mut texts = Vec::new();
    let mut at = 2;
    for _ in 0..PARTS {
        match bytes.get(at..at + 4) {
            Some([0xff, 0xd9, ..]) => return (Some(at + 2), texts),
            Some([0xff, 0xff, ..]) => at += 1,
            Some([0xff, marker, high, low]) => {
                let end = at + 2 + usize::from(u16::from_be_bytes([*high, *low]));
                if *marker == 0xfe {
                    texts.push((at + 4, bytes.get(at + 4..end).unwrap_or_default()));
                }
                at = if *marker == 0xda {
                    scan(bytes, end)
                } else {
                    end
                };
            }
            _ => break,
        }
    }
    // The end may be the very last bytes.
    let ends = bytes.get(at..at + 2) == Some(&[0xff, 0xd9]);
    (ends.then_some(at + 2), texts)
}

/// Behind the compressed data of a scan: the next marker that is not part of it.
fn scan(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(0xff, rest)) {
        at += found;
        match bytes.get(at + 1) {
            Some(0 | 0xd0..=0xd7 | 0xff) => at += 1,
            _ => return at,
        }
    }
    bytes.len()
}

fn gif(bytes: &[u8]) -> Parts<'_> {
    let mut texts = Vec::new();
    let table = |flags: u8| {
        if flags & 0x80 == 0 {
            0
        } else {
            3 << ((flags & 7) + 1)
        }
    };
    let mut at = 13 + bytes.get(10).map_or(0, |flags| table(*flags));
    for _ in 0..PARTS {
        match bytes.get(at) {
            Some(0x3b) => return (Some(at + 1), texts),
            Some(0x2c) => {
                let flags = bytes.get(at + 9).copied().unwrap_or(0);
                at = blocks(bytes, at + 11 + table(flags));
            }
            Some(0x21) => {
                let end = blocks(bytes, at + 2);
                if bytes.get(at + 1) == Some(&0xfe) {
                    texts.push((at + 3, bytes.get(at + 3..end).unwrap_or_default()));
                }
                at = end;
            }
            _ => break,
        }
    }
    (None, texts)
}

/// Behind a row of blocks that each begin with their length.
fn blocks(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(&length) = bytes.get(at) {
        at += 1 + usize::from(length);
        if length == 0 {
            break;
        }
    }
    at
}

fn riff(bytes: &[u8]) -> Parts<'_> {
    let end = bytes
        .get(4..8)
        .and_then(|size| size.try_into().ok())
        .map(|size| u32::from_le_bytes(size) as usize + 8)
        .filter(|end| *end <= bytes.len());
    (end, Vec::new())
}
