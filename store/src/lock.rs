//! One server per data directory: a file that the running one keeps locked and that says which process it is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// The claim on a data directory; dropping it, or dying, gives it up.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
}

impl Lock {
    pub(crate) fn nothing() -> Self {
        Self { _file: None }
    }

    pub(crate) fn take(data: &Path) -> Result<Self> {
        let path = data.join("lazaret.lock");
        let context = || format!("cannot lock {}", path.display());
        // The file stays when the lock goes: removing it would let two processes lock two files of one name.
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(context)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.take(20).read_to_string(&mut holder).ok();
                let holder = holder.trim().parse::<u32>();
                let holder =
                    holder.map_or("another process".to_owned(), |id| format!("process {id}"));
                bail!(
                    "the data directory {} is in use by {holder}: stop that server, or give this one its own with --data",
                    data.display()
                );
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(context),
        }
        file.set_len(0).with_context(context)?;
        writeln!(file, "{}", std::process::id()).with_context(context)?;
        Ok(Self { _file: Some(file) })
    }
}
