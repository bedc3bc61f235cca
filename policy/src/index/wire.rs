//! Reading and writing the index's bytes: little-endian numbers, LEB128 counts, texts with their length.

/// Takes from the front of a slice; `None` as soon as something does not fit, never a panic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// `count` items that were read once, so that reading them again from `bytes` succeeds.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    count: usize,
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number of 1 to 9 bytes, 7 bits each, lowest first.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.u8()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn count(&mut self) -> Option<usize> {
        self.number()?.try_into().ok()
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// A count and that many items.
    pub(super) fn list<T>(&mut self, item: fn(&mut Self) -> Option<T>) -> Option<List<'a>> {
        let count = self.count()?;
        let start = *self;
        for _ in 0..count {
            item(self)?;
        }
        let length = start.len() - self.len();
        let bytes = &start.rest[..length];
        Some(List { count, bytes })
    }
}

impl<'a> List<'a> {
    pub(super) const EMPTY: Self = Self {
        count: 0,
        bytes: &[],
    };

    /// The items, with the function that read them before.
    pub(super) fn items<T>(
        self,
        item: fn(&mut Reader<'a>) -> Option<T>,
    ) -> impl Iterator<Item = T> {
        let mut reader = Reader::new(self.bytes);
        (0..self.count).map_while(move |_| item(&mut reader))
    }
}

pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    debug_assert!(number < 1 << 63);
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

pub(super) fn put_list<T>(
    out: &mut Vec<u8>,
    items: impl ExactSizeIterator<Item = T>,
    mut put: impl FnMut(&mut Vec<u8>, T),
) {
    put_number(out, items.len() as u64);
    for item in items {
        put(out, item);
    }
}
