//! Bytes named by their sha512: under their name lies what was verified, whole, or nothing.

mod ingest;

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use lazaret_npm::{Digests, Hasher};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt, path};

pub use ingest::Ingest;

/// A store of bytes. Addresses are sha512 in 128 lower-case hex digits; any other text is an error, never a path.
#[derive(Clone, Debug)]
pub struct Blobs {
    objects: Arc<dyn ObjectStore>,
    /// The data directory, where the bytes are files of this machine.
    local: Option<Arc<Path>>,
}

/// Bytes found by [`Blobs::list`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The address they lie under; whether they match it is for the caller to find out.
    pub sha512: String,
    /// How many.
    pub size: u64,
}

impl Blobs {
    /// Files under `data`: `blobs/sha512/ab/<address>`, what is being received in `tmp/`, what is damaged in `quarantine/`.
    pub fn local(data: &Path) -> Result<Self> {
        create_directories(data)
            .with_context(|| format!("cannot create folders in {}", data.display()))?;
        Ok(Self {
            objects: Arc::new(LocalFileSystem::new_with_prefix(data)?),
            local: Some(data.into()),
        })
    }

    /// In memory, for tests.
    pub fn memory() -> Self {
        Self {
            objects: Arc::new(InMemory::new()),
            local: None,
        }
    }

    /// Begins to receive bytes; nothing is visible before [`Ingest::finish`].
    pub fn ingest(&self) -> Ingest {
        Ingest::new(self.clone())
    }

    /// The file for these bytes, whether it exists or not, to be read directly; `None` where the bytes are not files.
    pub fn path(&self, sha512: &str) -> Option<PathBuf> {
        let key = key(sha512).ok()?;
        Some(self.local.as_ref()?.join(key.as_ref()))
    }

    /// All the bytes; `None` if they are not here.
    pub async fn get(&self, sha512: &str) -> Result<Option<Bytes>> {
        match found(self.objects.get(&key(sha512)?).await)? {
            Some(object) => Ok(Some(object.bytes().await?)),
            None => Ok(None),
        }
    }

    /// The hashes of what lies under the address, read anew; `None` if nothing does. To be compared with the address.
    pub async fn digests(&self, sha512: &str) -> Result<Option<Digests>> {
        let Some(path) = self.path(sha512) else {
            return Ok(self.get(sha512).await?.map(|bytes| Digests::of(&bytes)));
        };
        let hashed = tokio::task::spawn_blocking(move || hash(&path)).await?;
        hashed.with_context(|| format!("cannot read the bytes of sha512 {sha512}"))
    }

    /// How many bytes; `None` if they are not here.
    pub async fn size(&self, sha512: &str) -> Result<Option<u64>> {
        let meta = found(self.objects.head(&key(sha512)?).await)?;
        Ok(meta.map(|meta| meta.size))
    }

    /// Whether the bytes are here.
    pub async fn exists(&self, sha512: &str) -> Result<bool> {
        Ok(self.size(sha512).await?.is_some())
    }

    /// Removes the bytes; fine if they are not here.
    pub async fn delete(&self, sha512: &str) -> Result<()> {
        found(self.objects.delete(&key(sha512)?).await)?;
        Ok(())
    }

    /// Moves the bytes to `quarantine/`, where nothing serves them; fine if they are not here.
    pub async fn quarantine(&self, sha512: &str) -> Result<()> {
        let away = path::Path::from(format!("quarantine/{sha512}"));
        found(self.objects.rename(&key(sha512)?, &away).await)?;
        Ok(())
    }

    /// Everything there is, in no order. A file that does not belong there is an error of its own; the listing goes on.
    pub fn list(&self) -> impl Stream<Item = Result<Stored>> + Send + use<> {
        let prefix = path::Path::from("blobs/sha512");
        self.objects.list(Some(&prefix)).map(|meta| stored(&meta?))
    }

    /// Removes what a killed process left half received. Only for the holder of the lock: others may be receiving.
    pub(crate) fn remove_leftovers(&self) -> Result<()> {
        let Some(data) = &self.local else {
            return Ok(());
        };
        let folder = data.join("tmp");
        let remove = || {
            fs::read_dir(&folder)?
                .try_for_each(|entry: io::Result<_>| fs::remove_file(entry?.path()))
        };
        remove().with_context(|| format!("cannot clear {}", folder.display()))
    }
}

/// Creates a directory, and those above it, for this user alone.
pub(crate) fn create_directory(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

/// All 256 folders at once: a million files are 4,000 in each, and storing one costs no new folder to be flushed.
fn create_directories(data: &Path) -> io::Result<()> {
    let blobs = data.join("blobs");
    let parent = blobs.join("sha512");
    create_directory(&data.join("tmp"))?;
    create_directory(&data.join("quarantine"))?;
    // The last one is made when the others are on disk, so it vouches for them.
    let last = parent.join("ff");
    if last.is_dir() {
        return Ok(());
    }
    for first in 0..u8::MAX {
        create_directory(&parent.join(format!("{first:02x}")))?;
    }
    for parent in [&parent, &blobs, data] {
        sync_directory(parent)?;
    }
    create_directory(&last)?;
    sync_directory(&parent)
}

/// A file's name is on disk once its directory was flushed.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

/// Whether this is a sha512 in lower-case hex.
pub(crate) fn is_address(sha512: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    sha512.len() == 128 && sha512.bytes().all(hex)
}

fn key(sha512: &str) -> Result<path::Path> {
    ensure!(is_address(sha512), "not an address of bytes: {sha512:?}");
    let first = &sha512[..2];
    Ok(path::Path::from(format!("blobs/sha512/{first}/{sha512}")))
}

fn hash(path: &Path) -> io::Result<Option<Digests>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Some(hasher.finish())),
            length => hasher.update(&buffer[..length]),
        }
    }
}

fn stored(meta: &ObjectMeta) -> Result<Stored> {
    let sha512 = meta.location.filename().unwrap_or_default().to_owned();
    ensure!(
        key(&sha512).is_ok_and(|key| key == meta.location),
        "{} does not belong among the blobs",
        meta.location
    );
    let size = meta.size;
    Ok(Stored { sha512, size })
}

fn found<T>(result: object_store::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
