//! Receiving bytes: a temporary file that gets its name only when it is whole and on disk.

use std::io::Write;
use std::mem;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use lazaret_npm::Digests;
use object_store::{ObjectStoreExt, PutPayload};
use tempfile::NamedTempFile;

use super::{Blobs, key, sync_directory};

/// Bytes gathered before a blocking thread writes them. Nine tarballs in ten are smaller and cost one trip to that thread.
const BUFFER: usize = 1 << 20;

/// Bytes on their way in. Dropped before [`Ingest::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Ingest {
    blobs: Blobs,
    file: Option<NamedTempFile>,
    buffer: Vec<u8>,
    size: u64,
}

impl Ingest {
    pub(super) fn new(blobs: Blobs) -> Self {
        Self {
            blobs,
            file: None,
            buffer: Vec::new(),
            size: 0,
        }
    }

    /// Adds the next bytes. Bounding their number is the caller's task.
    pub async fn write(&mut self, bytes: &Bytes) -> Result<()> {
        self.buffer.extend_from_slice(bytes);
        self.size += bytes.len() as u64;
        let Some(data) = self.blobs.local.clone() else {
            return Ok(());
        };
        if self.buffer.len() < BUFFER {
            return Ok(());
        }
        let file = self.file.take();
        let mut buffer = mem::take(&mut self.buffer);
        let written = tokio::task::spawn_blocking(move || {
            let file = append(&data, file, &buffer)?;
            buffer.clear();
            anyhow::Ok((file, buffer))
        });
        let (file, buffer) = written.await?.context("cannot store a tarball")?;
        self.file = Some(file);
        self.buffer = buffer;
        Ok(())
    }

    /// Gives the bytes their name; they are on disk when this returns. `digests` must be those of exactly these bytes, and
    /// the caller has found them to be right. Bytes that are there already are replaced by their equals.
    pub async fn finish(mut self, digests: &Digests) -> Result<()> {
        ensure!(
            self.size == digests.size,
            "{} bytes were received, and {} were hashed",
            self.size,
            digests.size
        );
        let key = key(&digests.sha512_hex())?;
        let buffer = mem::take(&mut self.buffer);
        let Some(data) = self.blobs.local.clone() else {
            let bytes = PutPayload::from(buffer);
            self.blobs.objects.put(&key, bytes).await?;
            return Ok(());
        };
        let file = self.file.take();
        let target = data.join(key.as_ref());
        let stored = tokio::task::spawn_blocking(move || {
            let file = append(&data, file, &buffer)?;
            place(file, &target)
        });
        stored.await?.context("cannot store a tarball")
    }
}

fn append(data: &Path, file: Option<NamedTempFile>, bytes: &[u8]) -> Result<NamedTempFile> {
    let mut file = match file {
        Some(file) => file,
        None => create(&data.join("tmp"))?,
    };
    file.write_all(bytes)?;
    Ok(file)
}

/// A new file that nobody may write to; only who creates it can.
fn create(folder: &Path) -> Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o444));
    Ok(builder.tempfile_in(folder)?)
}

fn place(file: NamedTempFile, target: &Path) -> Result<()> {
    file.as_file().sync_data()?;
    let folder = target.parent().context("an address has folders")?;
    file.persist(target)?;
    Ok(sync_directory(folder)?)
}
