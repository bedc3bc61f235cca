//! How much of an archive is read. What lies beyond a limit is reported, never taken for clean.

/// Bounds on one tarball. The largest of 3,402 popular ones had 199 MB unpacked, 10,296 files and a ratio of 40.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the `.tgz`; above it nothing is read.
    pub compressed: usize,
    /// Bytes after decompression, all layers together.
    pub unpacked: usize,
    /// Unpacked bytes for each compressed one, once more than `ratio_from` came out.
    pub ratio: usize,
    pub ratio_from: usize,
    /// Entries, those of all readings together; a limit of its own binds what readings of one entry may add.
    pub entries: usize,
    /// Folders within folders.
    pub depth: usize,
    /// Bytes of a path.
    pub path_bytes: usize,
    /// Bytes of one extended header.
    pub pax_bytes: usize,
}

impl Limits {
    /// The most that `unpacked` can be set to.
    pub const MOST_UNPACKED: usize = 1 << 30;

    /// These limits with another bound on the unpacked bytes, at most [`Self::MOST_UNPACKED`].
    #[must_use]
    pub fn with_unpacked(self, bytes: usize) -> Self {
        Self {
            unpacked: bytes.min(Self::MOST_UNPACKED),
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            compressed: 256 << 20,
            unpacked: 512 << 20,
            ratio: 200,
            ratio_from: 10 << 20,
            entries: 100_000,
            depth: 100,
            path_bytes: 1024,
            pax_bytes: 1 << 20,
        }
    }
}

/// A limit that was hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete {
    pub limit: Limit,
    /// What was not read, for people.
    pub what: String,
}

/// Which limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Limit {
    Unpacked,
    Ratio,
    Members,
    Entries,
    Pax,
    Path,
    /// Hostile headers can be read in so many ways that not all were followed.
    Readings,
}

impl Limit {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unpacked => "unpacked-bytes",
            Self::Ratio => "compression-ratio",
            Self::Members => "gzip-members",
            Self::Entries => "entries",
            Self::Pax => "pax-bytes",
            Self::Path => "path-bytes",
            Self::Readings => "readings",
        }
    }
}
