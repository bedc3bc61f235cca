//! The system calls that no safe crate wraps. Every `unsafe` of the library is in this file.

use std::io;
use std::time::Duration;

/// Ignores the signals that a terminal or a service manager sends to all processes of a group: the parent ends its
/// workers itself, and a request must not fail because somebody pressed Ctrl-C.
pub(crate) fn ignore_polite_signals() -> io::Result<()> {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT] {
        // SAFETY: `SIG_IGN` installs no handler, so no code of ours runs in a signal's context.
        if unsafe { libc::signal(signal, libc::SIG_IGN) } == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Closes all descriptors above 2 but the two given ones.
#[cfg(target_os = "linux")]
pub(crate) fn close_all_but(first: u32, second: u32) -> io::Result<()> {
    let (low, high) = (first.min(second), first.max(second));
    for (from, to) in [(3, low - 1), (low + 1, high - 1), (high + 1, u32::MAX)] {
        if from > to {
            continue;
        }
        // SAFETY: the call takes three numbers. Descriptors that something of this process still owns become invalid: the
        // worker calls this before it runs anything else, and whatever used them later would get `EBADF`.
        if unsafe { libc::syscall(libc::SYS_close_range, from, to, 0) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Leaves the user, network and IPC namespaces (or, without `user`, the latter two) for new, empty ones.
#[cfg(target_os = "linux")]
pub(crate) fn leave_namespaces(user: bool) -> io::Result<()> {
    use rustix::thread::UnshareFlags;
    let mut flags = UnshareFlags::NEWNET | UnshareFlags::NEWIPC;
    flags.set(UnshareFlags::NEWUSER, user);
    // SAFETY: the flags do not contain `FILES`, so descriptors stay shared between threads.
    unsafe { rustix::thread::unshare_unsafe(flags) }.map_err(Into::into)
}

/// The clock that counts a process's processor time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessClock {
    #[cfg(target_os = "linux")]
    clock: libc::clockid_t,
}

#[cfg(target_os = "linux")]
impl ProcessClock {
    pub(crate) fn of(process: u32) -> Option<Self> {
        let process = libc::pid_t::try_from(process).ok()?;
        let mut clock = 0;
        // SAFETY: the pointer is to a live variable of the type that the call writes.
        (unsafe { libc::clock_getcpuclockid(process, &raw mut clock) } == 0)
            .then_some(Self { clock })
    }

    /// What the process has used since it started, all threads together.
    pub(crate) fn read(self) -> Option<Duration> {
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the pointer is to a live variable of the type that the call writes.
        if unsafe { libc::clock_gettime(self.clock, &raw mut time) } != 0 {
            return None;
        }
        let seconds = u64::try_from(time.tv_sec).ok()?;
        Some(Duration::new(seconds, u32::try_from(time.tv_nsec).ok()?))
    }
}

#[cfg(not(target_os = "linux"))]
impl ProcessClock {
    pub(crate) fn of(_process: u32) -> Option<Self> {
        None
    }

    pub(crate) fn read(self) -> Option<Duration> {
        None
    }
}
