//! Progress on the error output, in tenths: long measures run unattended, and their logs are read.

use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct Told {
    what: String,
    of: usize,
    tenth: AtomicUsize,
}

impl Told {
    pub(crate) fn new(what: &str, of: usize) -> Self {
        Self {
            what: what.to_owned(),
            of,
            tenth: AtomicUsize::new(0),
        }
    }

    pub(crate) fn at(&self, count: usize) {
        let tenth = count * 10 / self.of.max(1);
        if self.tenth.fetch_max(tenth, Ordering::Relaxed) < tenth {
            eprintln!("{}: {count} of {}", self.what, self.of);
        }
    }
}
