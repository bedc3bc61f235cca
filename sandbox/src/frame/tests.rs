use super::*;

/// A stream that gives and takes a few bytes at a time.
struct Narrow {
    bytes: Vec<u8>,
    read: usize,
    width: usize,
}

impl Narrow {
    fn new(bytes: Vec<u8>, width: usize) -> Self {
        Self {
            bytes,
            read: 0,
            width,
        }
    }
}

impl Read for Narrow {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = &self.bytes[self.read..];
        let count = rest.len().min(self.width).min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.read += count;
        Ok(count)
    }
}

impl Write for Narrow {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        let count = from.len().min(self.width);
        self.bytes.extend_from_slice(&from[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

#[test]
fn pieces_arrive_as_one_request_whatever_the_width() {
    let long = pattern(40_000);
    for width in [1, 3, 5, 4096, 1 << 20] {
        let mut pipe = Narrow::new(Vec::new(), width);
        let pieces: [&[u8]; 5] = [b"", b"ab", b"", &long, b""];
        let mut outgoing = Outgoing::new(header(Kind::Request, 40_002), &pieces);
        while !outgoing.push(&mut pipe).unwrap() {}
        let read = read_request(&mut pipe, 50_000).unwrap().unwrap();
        assert_eq!(read[..2], *b"ab");
        assert_eq!(read[2..], long);
        assert!(read_request(&mut pipe, 50_000).unwrap().is_none());
    }
}

#[test]
fn more_pieces_than_fit_one_call_arrive() {
    let parts: Vec<Vec<u8>> = (0..500u32)
        .map(|part| part.to_le_bytes().to_vec())
        .collect();
    let pieces: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let mut pipe = Narrow::new(Vec::new(), 7);
    let mut outgoing = Outgoing::new(header(Kind::Request, 2000), &pieces);
    while !outgoing.push(&mut pipe).unwrap() {}
    assert_eq!(
        read_request(&mut pipe, 2000).unwrap().unwrap(),
        parts.concat()
    );
}

#[test]
fn a_request_over_the_limit_or_cut_short_is_an_error() {
    let mut whole = Vec::new();
    write(&mut whole, Kind::Request, b"0123456789").unwrap();
    assert!(read_request(&mut whole.as_slice(), 9).is_err());
    assert!(read_request(&mut whole.as_slice(), 10).unwrap().is_some());
    for cut in 1..whole.len() {
        assert!(read_request(&mut &whole[..cut], 10).is_err(), "{cut}");
    }
    let mut answer = Vec::new();
    write(&mut answer, Kind::Answer, b"").unwrap();
    assert!(read_request(&mut answer.as_slice(), 10).is_err());
}

fn frames(bytes: Vec<u8>, width: usize, limit: u32) -> Result<Vec<(Kind, Vec<u8>)>, Broken> {
    let mut pipe = Narrow::new(bytes, width);
    let mut incoming = Incoming::new();
    let mut found = Vec::new();
    while incoming.fill(&mut pipe).unwrap() > 0 {
        while let Some(frame) = incoming.next(|_| limit)? {
            found.push(frame);
        }
    }
    Ok(found)
}

#[test]
fn frames_are_put_together_whatever_the_width() {
    let sent = vec![
        (Kind::Note, b"one".to_vec()),
        (Kind::Note, Vec::new()),
        (Kind::Answer, pattern(3_000_000)),
        (Kind::Note, pattern(4096)),
    ];
    let mut bytes = Vec::new();
    for (kind, body) in &sent {
        write(&mut bytes, *kind, body).unwrap();
    }
    for width in [1, 4, 1000, 1 << 22] {
        assert!(
            frames(bytes.clone(), width, u32::MAX).unwrap() == sent,
            "{width}"
        );
    }
}

#[test]
fn a_lie_about_kind_or_length_is_found_before_the_body() {
    assert_eq!(
        frames(b"GET / HTTP/1.1".to_vec(), 3, 10),
        Err(Broken::UnknownKind(b'G'))
    );
    let huge = header(Kind::Answer, u32::MAX).to_vec();
    assert_eq!(
        frames(huge.clone(), 3, 10),
        Err(Broken::TooLong {
            kind: Kind::Answer,
            length: u32::MAX
        })
    );
    // Within the limit, a claim alone costs no memory.
    let mut incoming = Incoming::new();
    incoming.fill(&mut huge.as_slice()).unwrap();
    assert_eq!(incoming.next(|_| u32::MAX), Ok(None));
    assert!(incoming.body.unwrap().2.capacity() <= 1 << 20);
}
