//! What takes an archive out of the canonical profile. Of 3,402 tarballs of popular packages none has any of these.

use std::fmt;

/// One thing on which clients differ, or which no honest packer writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Irregularity {
    pub kind: Kind,
    /// What is there and why it matters, in one sentence; texts of the archive in it are escaped.
    pub what: String,
    /// The path it is about, as the archive has it.
    pub path: Option<String>,
}

macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident = $name:literal,)*) => {
        /// What is irregular.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $($(#[$meta])* $kind,)*
        }

        impl Kind {
            /// Every kind, in the order of reports.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Its name in reports.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// A plain tar, which some clients read and others refuse.
    NotGzip = "not-gzip",
    /// Compressed twice; yarn 1 unpacks both layers.
    NestedCompression = "nested-compression",
    GzipHeader = "gzip-header",
    GzipMembers = "gzip-members",
    GzipChecksum = "gzip-checksum",
    GzipLength = "gzip-length",
    GzipTruncated = "gzip-truncated",
    GzipCorrupt = "gzip-corrupt",
    TrailingBytes = "trailing-bytes",
    BadChecksum = "bad-checksum",
    OddNumber = "odd-number",
    HeaderFormat = "header-format",
    EntryType = "entry-type",
    Link = "link",
    FileWithLinkName = "file-with-link-name",
    Sparse = "sparse-file",
    FolderWithData = "folder-with-data",
    GlobalPax = "global-pax-header",
    GnuLongName = "gnu-long-name",
    PaxKey = "pax-key",
    PaxMalformed = "pax-malformed",
    PaxSize = "pax-size",
    PaxTooLarge = "pax-too-large",
    PaxWithoutFile = "pax-without-file",
    SingleZeroBlock = "single-zero-block",
    DataAfterEnd = "data-after-end",
    MissingEnd = "missing-end",
    Truncated = "truncated",
    EmptyName = "empty-name",
    BytesAfterName = "bytes-after-name",
    NotUtf8 = "name-not-utf8",
    ControlCharacter = "control-character",
    Backslash = "backslash",
    Colon = "colon",
    WindowsName = "windows-name",
    AbsolutePath = "absolute-path",
    ParentSegment = "parent-segment",
    EmptySegment = "empty-segment",
    DotRoot = "dot-root",
    NoRoot = "no-root-folder",
    NotNormalized = "name-not-nfc",
    PathTooDeep = "path-too-deep",
    PathTooLong = "path-too-long",
    SeveralRoots = "several-roots",
    DuplicatePath = "duplicate-path",
    PathCollision = "path-collision",
    FileAndFolder = "file-and-folder",
    RepeatedFolder = "repeated-folder",
    NoPackageJson = "no-package-json",
    PackageJsonInvalid = "package-json-invalid",
    PackageJsonDuplicateKey = "package-json-duplicate-key",
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
