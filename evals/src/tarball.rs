//! Packs a folder as npm would: one gzip member of plain ustar entries below `package/`, the same bytes each time.

use anyhow::{Context, Result, bail, ensure};
use flate2::{Compression, write::GzEncoder};
use std::fs;
use std::io::Write;
use std::path::Path;

const BLOCK: usize = 512;
/// The time npm gives every file of a package, so that packing twice gives the same bytes.
const MODIFIED: u64 = 499_162_500;

/// The packed form of `folder`, its files in order of their names.
pub(crate) fn of_folder(folder: &Path) -> Result<Vec<u8>> {
    let mut files = Vec::new();
    collect(folder, "", &mut files)?;
    ensure!(!files.is_empty(), "{} has no files", folder.display());
    files.sort();

    let mut writer = Writer::new();
    for name in &files {
        let path = folder.join(name);
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        writer.add(&format!("package/{name}"), &bytes, is_executable(&path)?)?;
    }
    writer.finish()
}

fn collect(folder: &Path, inside: &str, files: &mut Vec<String>) -> Result<()> {
    let at = || folder.display().to_string();
    for entry in fs::read_dir(folder).with_context(at)? {
        let entry = entry.with_context(at)?;
        let name = entry.file_name();
        let name = name
            .to_str()
            .with_context(|| format!("a name in {} is not UTF-8", folder.display()))?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), &format!("{inside}{name}/"), files)?;
        } else if kind.is_file() {
            files.push(format!("{inside}{name}"));
        } else {
            bail!(
                "{} is neither a file nor a folder; npm packs no such thing",
                entry.path().display()
            );
        }
    }
    Ok(())
}

fn is_executable(path: &Path) -> Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o111 != 0)
}

/// A tarball in the making.
pub(crate) struct Writer {
    packed: GzEncoder<Vec<u8>>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self {
            packed: GzEncoder::new(Vec::new(), Compression::fast()),
        }
    }

    pub(crate) fn add(&mut self, name: &str, bytes: &[u8], executable: bool) -> Result<()> {
        self.packed
            .write_all(&header(name, bytes.len() as u64, executable)?)?;
        self.packed.write_all(bytes)?;
        self.pad(bytes.len() as u64)
    }

    /// A file of `size` times the same byte, without ever holding it in memory.
    pub(crate) fn add_repeated(&mut self, name: &str, byte: u8, size: u64) -> Result<()> {
        self.packed.write_all(&header(name, size, false)?)?;
        let piece = vec![byte; 1 << 20];
        let mut left = size;
        while left > 0 {
            let now = left.min(piece.len() as u64);
            self.packed.write_all(&piece[..now as usize])?;
            left -= now;
        }
        self.pad(size)
    }

    pub(crate) fn finish(mut self) -> Result<Vec<u8>> {
        self.packed.write_all(&[0; 2 * BLOCK])?;
        Ok(self.packed.finish()?)
    }

    fn pad(&mut self, size: u64) -> Result<()> {
        let over = (size % BLOCK as u64) as usize;
        if over > 0 {
            self.packed.write_all(&[0; BLOCK][over..])?;
        }
        Ok(())
    }
}

fn header(name: &str, size: u64, executable: bool) -> Result<[u8; BLOCK]> {
    let (prefix, name) = split(name)?;
    let mut block = [0; BLOCK];
    let mode = if executable { "000755 \0" } else { "000644 \0" };
    put(&mut block, 0, name);
    put(&mut block, 100, mode);
    put(&mut block, 108, "000000 \0");
    put(&mut block, 116, "000000 \0");
    put(&mut block, 124, &format!("{size:011o} "));
    put(&mut block, 136, &format!("{MODIFIED:011o} "));
    put(&mut block, 148, "        ");
    put(&mut block, 156, "0");
    put(&mut block, 257, "ustar\u{0}00");
    put(&mut block, 345, prefix);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut block, 148, &format!("{sum:06o}\0 "));
    Ok(block)
}

fn put(block: &mut [u8; BLOCK], at: usize, text: &str) {
    block[at..at + text.len()].copy_from_slice(text.as_bytes());
}

/// ustar keeps a name of more than 100 bytes in two fields, parted at a slash.
fn split(name: &str) -> Result<(&str, &str)> {
    if name.len() <= 100 {
        return Ok(("", name));
    }
    name.match_indices('/')
        .map(|(at, _)| (&name[..at], &name[at + 1..]))
        .find(|(prefix, rest)| prefix.len() <= 155 && rest.len() <= 100)
        .with_context(|| format!("{name} is too long for a plain archive"))
}

#[cfg(test)]
mod tests;
