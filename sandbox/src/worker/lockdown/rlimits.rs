//! `setrlimit`: memory, and nothing of what computing does not need.

use crate::layers::{Layer, LayerReport};
use crate::limits::Terms;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::io::{Read, Seek};

/// Where the kernel says how much address space this process has, opened while files can be opened.
pub(super) struct Size {
    file: Option<File>,
}

impl Size {
    pub(super) fn open() -> Self {
        Self {
            file: File::open("/proc/self/statm").ok(),
        }
    }

    fn bytes(&self) -> Option<u64> {
        let mut file = self.file.as_ref()?;
        let mut text = String::new();
        file.rewind().ok()?;
        file.read_to_string(&mut text).ok()?;
        let pages: u64 = text.split(' ').next()?.parse().ok()?;
        pages.checked_mul(u64::try_from(rustix::param::page_size()).ok()?)
    }
}

/// What a process maps before it does anything, guessed where the kernel does not say.
const GUESSED: u64 = 512 << 20;

pub(super) fn set(terms: &Terms, size: &Size, stack: u64) -> LayerReport {
    let mapped = size.bytes().unwrap_or(stack.saturating_add(GUESSED));
    let mut missing = Vec::new();
    let mut set = |name: &str, resource: Resource, wanted: u64| {
        // Never above what the worker was started with.
        let highest = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = Some(wanted.min(highest));
        let limit = Rlimit {
            current: limit,
            maximum: limit,
        };
        if let Err(error) = setrlimit(resource, limit) {
            missing.push(format!("{name}: {error}"));
        }
    };
    set("memory", Resource::As, mapped.saturating_add(terms.memory));
    set("core dumps", Resource::Core, 0);
    set("written bytes", Resource::Fsize, 0);
    // The worker has 0 to 4 open and polls one; numbers from 5 on cannot be given out.
    set("files", Resource::Nofile, 5);
    #[cfg(not(any(target_os = "solaris", target_os = "illumos")))]
    {
        set("processes", Resource::Nproc, 0);
        set("locked memory", Resource::Memlock, 0);
    }
    #[cfg(target_os = "linux")]
    {
        set("message queues", Resource::Msgqueue, 0);
        set("locks", Resource::Locks, 0);
    }
    if stack < terms.stack {
        missing.push(format!("a stack of {stack} bytes only"));
    }
    match missing.is_empty() {
        true => LayerReport::active(Layer::Limits, format!("{} bytes of memory", terms.memory)),
        false => LayerReport::partial(Layer::Limits, missing.join("; ")),
    }
}
