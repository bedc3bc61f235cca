//! Files that are there as a whole or not at all.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Context;

/// Writes a file: beside the old one, flushed to disk, renamed over it. `prefix` is what the half-written one is called
/// by, so that whoever comes after a kill can tell it.
///
/// # Errors
/// When that is not possible; the old file is then untouched.
pub(crate) fn replace(path: &Path, prefix: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::with_prefix_in(prefix, folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        // The rename itself must survive a crash too; only Unix can flush a directory.
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
