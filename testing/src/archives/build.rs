//! A builder that writes what it is told, right or wrong.

use crate::tarball::gzip;

const BLOCK: usize = 512;

/// A tar archive being written.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    bytes: Vec<u8>,
}

/// One header, field by field. [`Head::file`] gives what npm writes.
#[derive(Clone, Debug)]
pub struct Head {
    pub name: Vec<u8>,
    pub prefix: Vec<u8>,
    pub mode: u32,
    /// The field as it is written.
    pub size: Vec<u8>,
    pub entry_type: u8,
    pub link: Vec<u8>,
    /// Magic and version, eight bytes.
    pub magic: [u8; 8],
    /// The field as it is written, instead of the right one.
    pub checksum: Option<Vec<u8>>,
    /// Bytes that are put somewhere before the checksum is computed.
    pub patches: Vec<(usize, Vec<u8>)>,
}

impl Head {
    /// A file with a size in octal digits.
    pub fn file(name: impl AsRef<[u8]>, size: usize) -> Self {
        Self {
            name: name.as_ref().to_vec(),
            prefix: Vec::new(),
            mode: 0o644,
            size: format!("{size:011o} ").into_bytes(),
            entry_type: b'0',
            link: Vec::new(),
            magic: *b"ustar\x0000",
            checksum: None,
            patches: Vec::new(),
        }
    }

    /// The same of another type.
    #[must_use]
    pub fn of_type(self, entry_type: u8) -> Self {
        Self { entry_type, ..self }
    }

    /// With a link name.
    #[must_use]
    pub fn link(self, target: impl AsRef<[u8]>) -> Self {
        Self {
            link: target.as_ref().to_vec(),
            ..self
        }
    }

    /// With the size field as given.
    #[must_use]
    pub fn size(self, field: impl AsRef<[u8]>) -> Self {
        Self {
            size: field.as_ref().to_vec(),
            ..self
        }
    }

    /// With a size in GNU's binary form, which also has negative numbers.
    #[must_use]
    pub fn binary_size(self, size: i64) -> Self {
        let sign = if size < 0 { 0xff } else { 0 };
        let mut field = vec![sign; 4];
        field.extend(size.to_be_bytes());
        field[0] |= 0x80;
        Self {
            size: field,
            ..self
        }
    }

    /// With bytes at a place of the block.
    #[must_use]
    pub fn patch(mut self, at: usize, bytes: impl AsRef<[u8]>) -> Self {
        self.patches.push((at, bytes.as_ref().to_vec()));
        self
    }

    fn block(&self) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        let mut put = |at: usize, most: usize, bytes: &[u8]| {
            assert!(
                bytes.len() <= most,
                "{bytes:?} does not fit in {most} bytes"
            );
            block[at..at + bytes.len()].copy_from_slice(bytes);
        };
        put(0, 100, &self.name);
        put(100, 8, format!("{:06o} \0", self.mode).as_bytes());
        put(108, 8, b"000000 \0");
        put(116, 8, b"000000 \0");
        put(124, 12, &self.size);
        put(136, 12, b"03560116604 ");
        put(156, 1, &[self.entry_type]);
        put(157, 100, &self.link);
        put(257, 8, &self.magic);
        put(345, 155, &self.prefix);
        for (at, bytes) in &self.patches {
            block[*at..*at + bytes.len()].copy_from_slice(bytes);
        }
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        let right = format!("{sum:06o}\0 ").into_bytes();
        let field = self.checksum.as_ref().unwrap_or(&right);
        block[148..148 + field.len()].copy_from_slice(field);
        block
    }
}

impl Archive {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// One with `package/package.json` of a package at 1.0.0.
    pub fn package(name: &str) -> Self {
        let mut archive = Self::new();
        archive.file("package/package.json", package_json(name));
        archive
    }

    /// A header, whatever it says.
    pub fn head(&mut self, head: &Head) -> &mut Self {
        self.bytes.extend_from_slice(&head.block());
        self
    }

    /// A header and content, filled up to a block.
    pub fn entry(&mut self, head: &Head, content: impl AsRef<[u8]>) -> &mut Self {
        self.head(head).content(content)
    }

    /// Content, filled up to a block.
    pub fn content(&mut self, content: impl AsRef<[u8]>) -> &mut Self {
        self.bytes.extend_from_slice(content.as_ref());
        self.bytes
            .resize(self.bytes.len().next_multiple_of(BLOCK), 0);
        self
    }

    /// A file.
    pub fn file(&mut self, name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> &mut Self {
        let content = content.as_ref();
        self.entry(&Head::file(name, content.len()), content)
    }

    /// A folder.
    pub fn folder(&mut self, name: &str) -> &mut Self {
        let head = Head::file(name, 0).of_type(b'5');
        self.head(&Head {
            mode: 0o755,
            ..head
        })
    }

    /// An extended header of type `x` or `g`, its records with the right lengths.
    pub fn pax(&mut self, entry_type: u8, records: &[(&str, &str)]) -> &mut Self {
        let text: String = records
            .iter()
            .map(|(key, value)| pax_record(key, value))
            .collect();
        self.raw_pax(entry_type, text)
    }

    /// An extended header with content as given.
    pub fn raw_pax(&mut self, entry_type: u8, content: impl AsRef<[u8]>) -> &mut Self {
        let content = content.as_ref();
        let head = Head::file("PaxHeader/x", content.len()).of_type(entry_type);
        self.entry(&head, content)
    }

    /// One of GNU's headers (`L`, `K`) for a long name.
    pub fn gnu(&mut self, entry_type: u8, name: &str) -> &mut Self {
        let content = [name.as_bytes(), b"\0"].concat();
        let head = Head::file("././@LongLink", content.len()).of_type(entry_type);
        let head = Head {
            magic: *b"ustar  \0",
            ..head
        };
        self.entry(&head, content)
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.bytes.extend_from_slice(bytes.as_ref());
        self
    }

    /// Blocks of zeros.
    pub fn zeros(&mut self, blocks: usize) -> &mut Self {
        let length = self.bytes.len() + blocks * BLOCK;
        self.bytes.resize(length, 0);
        self
    }

    /// Two blocks of zeros.
    pub fn end(&mut self) -> &mut Self {
        self.zeros(2)
    }

    /// Without its last bytes.
    pub fn cut(&mut self, bytes: usize) -> &mut Self {
        self.bytes.truncate(self.bytes.len() - bytes);
        self
    }

    /// As it is.
    pub fn tar(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// As one gzip member.
    pub fn tgz(&self) -> Vec<u8> {
        gzip(&self.bytes)
    }
}

/// The smallest `package.json` that clients install.
pub(super) fn package_json(name: &str) -> String {
    format!("{{\"name\":\"case-{name}\",\"version\":\"1.0.0\"}}\n")
}

/// `LENGTH KEY=VALUE\n`, where the length counts itself.
pub fn pax_record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let digits = |number: usize| number.to_string().len();
    let length = rest.len() + digits(rest.len());
    let length = rest.len() + digits(length);
    format!("{length}{rest}")
}
