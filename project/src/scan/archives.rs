//! Archives, and archives in them: packages, what `docker save` wrote, zip files with all that is a zip file. Under limits, each
//! of which is noted where it is hit.

use std::fs::File;
use std::io::{Cursor, Error, ErrorKind, Read, Seek};

use bytes::Bytes;
use lazaret_npm::Tarball;
use lazaret_npm::TarballError;
use lazaret_npm::tarball::{Limit, Limits};

use super::look::{Looker, WHOLE};
use super::packed::{Packing, packing};
use super::place::Place;
use super::tar::is_tar;

/// Archives in archives.
const DEPTH: usize = 5;

/// Files of one zip archive.
const FILES: usize = 500_000;

/// Tarballs that npm's own reader holds in memory, unpacked; larger ones are read as they come.
const UNPACKED: usize = 64 << 20;

const COMPRESSED: usize = 8 << 20;

/// The first bytes of what is compressed in ways that are not looked into.
const NOT_READ: &[(&[u8], &str)] = &[
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
];

/// Names of archives that packages and images come in: of others nobody expects that they are looked into.
const EXPECTED: &[&str] = &[
    ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tbz", ".7z", ".rar", ".layer",
];

impl Looker<'_> {
    /// Looks into a file that is in memory, if it is an archive.
    pub(super) fn archive(&mut self, place: &Place, bytes: &[u8], depth: usize) {
        let packing = packing(place, bytes);
        let is_zip = bytes.starts_with(b"PK\x03\x04");
        if packing.is_none() && !is_zip && !is_tar(bytes) {
            return self.not_read(place, bytes);
        }
        if depth >= DEPTH {
            let why = format!("it lies in {DEPTH} archives already");
            return self.outcome.did_not_read(&place.shown(), why);
        }
        self.outcome.counts.archives += 1;
        let done = match packing {
            _ if is_zip => self.zip(place, Cursor::new(bytes), depth),
            Some(Packing::Gzip) => self.gzip(place, bytes, depth),
            Some(packing) => self.unpacked(place, packing, &mut Cursor::new(bytes), depth),
            None => self.tar(place, &mut Cursor::new(bytes), depth, false),
        };
        self.ended(place, done);
    }

    /// The same for a file that is too large to be in memory; its own bytes were searched before.
    pub(super) fn large_archive(&mut self, place: &Place, mut file: File, depth: usize) {
        let mut head = [0; 512];
        let read = match read_up_to(&mut file, &mut head) {
            Ok(read) => read,
            Err(error) => return self.unreadable(&place.shown(), &error),
        };
        if let Err(error) = file.rewind() {
            return self.unreadable(&place.shown(), &error);
        }
        let head = &head[..read];
        if head.starts_with(b"PK\x03\x04") {
            self.outcome.counts.archives += 1;
            let done = self.zip(place, file, depth);
            return self.ended(place, done);
        }
        let mut reader = std::io::BufReader::with_capacity(1 << 16, file);
        let done = self.stream(place, head, &mut reader, depth);
        self.ended(place, done);
    }

    /// What comes as a stream and begins with `head`, which is still to be read: a tar, or anything packed. Others were
    /// searched by whoever has the stream.
    fn stream(
        &mut self,
        place: &Place,
        head: &[u8],
        reader: &mut dyn Read,
        depth: usize,
    ) -> Result<(), Error> {
        if depth >= DEPTH {
            let why = format!("it lies in {DEPTH} archives already");
            self.outcome.did_not_read(&place.shown(), why);
            return Ok(());
        }
        if is_tar(head) {
            self.outcome.counts.archives += 1;
            return self.tar(place, reader, depth, false);
        }
        if let Some(packing) = packing(place, head) {
            self.outcome.counts.archives += 1;
            return self.unpacked(place, packing, reader, depth);
        }
        self.not_read(place, head);
        Ok(())
    }

    /// A file of an archive that is too large to be in memory.
    pub(super) fn large_inner(
        &mut self,
        place: &Place,
        reader: &mut dyn Read,
        depth: usize,
    ) -> Result<(), Error> {
        self.outcome.counts.inner_files += 1;
        self.file_name(place);
        let mut head = [0; 512];
        let read = read_up_to(reader, &mut head)?;
        let head = &head[..read];
        let mut all = Cursor::new(head.to_vec()).chain(reader);
        if is_tar(head) || packing(place, head).is_some() {
            return self.stream(place, head, &mut all, depth);
        }
        if head.starts_with(b"PK\x03\x04") {
            let why = "a zip file in another archive, too large to be held in memory";
            self.outcome.did_not_read(&place.shown(), why);
        }
        let mut buffer = Vec::new();
        self.in_parts(place, &mut all, &mut buffer, true)?;
        Ok(())
    }

    /// A gzip in memory: a package, which npm's own reader reads as every client would, or anything else.
    fn gzip(&mut self, place: &Place, bytes: &[u8], depth: usize) -> Result<(), Error> {
        if bytes.len() > COMPRESSED {
            return self.unpacked(place, Packing::Gzip, &mut Cursor::new(bytes), depth);
        }
        let limits = Limits::default().with_unpacked(UNPACKED);
        let tarball = Tarball::unverified(Bytes::copy_from_slice(bytes));
        let contents = match tarball.contents(&limits) {
            Ok(contents) => contents,
            Err(TarballError::NotTar { .. }) => {
                return self.unpacked(place, Packing::Gzip, &mut Cursor::new(bytes), depth);
            }
            Err(error) => {
                // What comes before the damage is searched all the same.
                self.unpacked(place, Packing::Gzip, &mut Cursor::new(bytes), depth)?;
                return Err(Error::new(ErrorKind::InvalidData, error.to_string()));
            }
        };
        // Nothing but zeros is an empty archive for tar, and any file for others.
        if contents.files.is_empty() {
            return self.unpacked(place, Packing::Gzip, &mut Cursor::new(bytes), depth);
        }
        let is_too_large = contents
            .incomplete
            .iter()
            .any(|limit| matches!(limit.limit, Limit::Unpacked));
        if is_too_large {
            return self.unpacked(place, Packing::Gzip, &mut Cursor::new(bytes), depth);
        }
        self.spend(contents.unpacked as u64)?;
        for limit in &contents.incomplete {
            self.outcome
                .did_not_read(&place.shown(), limit.what.clone());
        }
        // A layer of an image can be packed like a package, and have one folder.
        let is_package = contents.root.is_some() && !contents.at("package.json").is_empty();
        let root = contents.root.as_deref().filter(|root| *root != "package");
        for entry in &contents.files {
            let path = root.map(|root| format!("{root}/{}", entry.path));
            let mut inner = place.within(path.as_deref().unwrap_or(&entry.path));
            inner.is_packed = is_package;
            inner.is_of_package = is_package && entry.path == "package.json";
            self.look(&inner, &entry.bytes, depth + 1);
        }
        Ok(())
    }

    /// Reads a packed file as it comes.
    fn unpacked(
        &mut self,
        place: &Place,
        packing: Packing,
        reader: &mut dyn Read,
        depth: usize,
    ) -> Result<(), Error> {
        let mut unpacked = packing.unpacked(reader)?;
        let mut head = [0; 512];
        let read = read_up_to(&mut unpacked, &mut head)?;
        let head = &head[..read];
        let mut all = Cursor::new(head.to_vec()).chain(unpacked);
        if is_tar(head) {
            return self.tar(place, &mut all, depth, packing == Packing::Gzip);
        }
        let name = place.name();
        let name = name.strip_suffix(packing.end()).unwrap_or(name).to_owned();
        let inner = place.within(&name);
        self.held(&inner, &mut all, depth + 1)
    }

    /// Reads a file of an archive whose size nobody says: into memory if it fits there.
    fn held(&mut self, place: &Place, reader: &mut dyn Read, depth: usize) -> Result<(), Error> {
        let most = self.budget.min(WHOLE as u64);
        let mut bytes = Vec::new();
        let read = reader.take(most).read_to_end(&mut bytes);
        self.spend(bytes.len() as u64)?;
        // Where it is damaged, what comes before is searched.
        if read.is_err() || (bytes.len() as u64) < most {
            self.look(place, &bytes, depth);
            return read.map(drop);
        }
        let budget = self.budget;
        let mut rest = Limited {
            reader,
            left: budget,
        };
        let mut all = Cursor::new(bytes).chain(&mut rest);
        let done = self.large_inner(place, &mut all, depth);
        drop(all);
        let left = rest.left;
        self.budget = left;
        done
    }

    fn zip(&mut self, place: &Place, reader: impl Read + Seek, depth: usize) -> Result<(), Error> {
        let damaged =
            |error: zip::result::ZipError| Error::new(ErrorKind::InvalidData, error.to_string());
        let mut zip = zip::ZipArchive::new(reader).map_err(damaged)?;
        if zip.len() > FILES {
            return Err(Error::new(
                ErrorKind::InvalidData,
                format!("it has more than {FILES} files"),
            ));
        }
        for index in 0..zip.len() {
            let mut file = match zip.by_index(index) {
                Ok(file) => file,
                Err(error) => {
                    let why = format!("file {index} of it: {error}");
                    self.outcome.did_not_read(&place.shown(), why);
                    continue;
                }
            };
            if file.is_dir() {
                continue;
            }
            let Ok(name) = file.name().map(|name| name.replace('\\', "/")) else {
                let why = format!("the name of file {index} of it");
                self.outcome.did_not_read(&place.shown(), why);
                continue;
            };
            let inner = place.within(&name);
            if let Err(error) = self.held(&inner, &mut file, depth + 1) {
                if self.budget == 0 {
                    return Err(error);
                }
                self.outcome.did_not_read(&inner.shown(), error.to_string());
            }
        }
        Ok(())
    }

    /// Takes from what may come out of one archive.
    pub(super) fn spend(&mut self, bytes: u64) -> Result<(), Error> {
        match self.budget.checked_sub(bytes) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => {
                self.budget = 0;
                Err(beyond())
            }
        }
    }

    fn ended(&mut self, place: &Place, done: Result<(), Error>) {
        if let Err(error) = done {
            let why = match error.kind() {
                ErrorKind::PermissionDenied | ErrorKind::NotFound | ErrorKind::FileTooLarge => {
                    error.to_string()
                }
                _ => format!("damaged, or no archive: {error}"),
            };
            self.outcome.did_not_read(&place.shown(), why);
        }
    }

    fn not_read(&mut self, place: &Place, bytes: &[u8]) {
        let form = NOT_READ.iter().find(|(magic, _)| bytes.starts_with(magic));
        let name = place.name().to_ascii_lowercase();
        let is_expected =
            EXPECTED.iter().any(|end| name.ends_with(end)) || place.has("/blobs/sha256/");
        if let Some((_, form)) = form
            && is_expected
        {
            let why = format!("it is compressed with {form}, which is not looked into");
            self.outcome.did_not_read(&place.shown(), why);
        }
    }
}

/// Ends with an error where more comes than is left.
struct Limited<'r> {
    reader: &'r mut dyn Read,
    left: u64,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            return Err(beyond());
        }
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.reader.read(&mut buffer[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}

fn beyond() -> Error {
    Error::new(
        ErrorKind::FileTooLarge,
        "it unpacks to more than is read of one archive",
    )
}

/// Fills the buffer as far as there are bytes.
pub(super) fn read_up_to(
    reader: &mut (impl Read + ?Sized),
    buffer: &mut [u8],
) -> std::io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match reader.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
