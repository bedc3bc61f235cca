//! The order in which a worker gives up its rights. Each layer is one file or one function that reports what it got.

mod descriptors;
#[cfg(target_os = "linux")]
mod landlock;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(target_os = "linux")]
mod privileges;
mod rlimits;
#[cfg(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
))]
mod seccomp;
#[cfg(not(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
)))]
#[path = "lockdown/seccomp_elsewhere.rs"]
mod seccomp;

use super::Pipes;
use crate::layers::{Layer, LayerReport};
use crate::limits::Terms;
use crate::sys;
use std::io;

/// A lock-down between its two halves: what must be done while the process has one thread, and what must wait until the
/// answering thread exists.
pub(super) struct Lockdown {
    reports: Vec<LayerReport>,
    pipes: Pipes,
    size: rlimits::Size,
    threads: usize,
    stack: u64,
}

impl Lockdown {
    /// Everything that does not stand in the way of starting a thread.
    pub(super) fn begin(terms: &Terms) -> io::Result<Self> {
        let threads = threads();
        let mut reports = vec![environment()];
        let mut put_on = |layer: Layer, step: &mut dyn FnMut() -> LayerReport| {
            reports.push(match terms.without.contains(&layer) {
                true => LayerReport::missing(layer, "turned off"),
                false => step(),
            });
        };
        put_on(Layer::Session, &mut session);
        // Files that later steps read are opened after this one, which closes all there are.
        let (pipes, descriptors) = descriptors::take(!terms.without.contains(&Layer::Descriptors))?;
        put_on(Layer::Descriptors, &mut || descriptors.clone());
        let size = rlimits::Size::open();

        #[cfg(target_os = "linux")]
        {
            put_on(Layer::Namespaces, &mut || namespaces::leave(threads));
            put_on(Layer::Capabilities, &mut privileges::drop_capabilities);
            put_on(Layer::ParentDeath, &mut privileges::die_with_parent);
            put_on(Layer::NoNewPrivileges, &mut privileges::no_new_privileges);
            put_on(Layer::Landlock, &mut || landlock::restrict(threads));
        }
        #[cfg(not(target_os = "linux"))]
        for layer in [
            Layer::Namespaces,
            Layer::Capabilities,
            Layer::ParentDeath,
            Layer::NoNewPrivileges,
            Layer::Landlock,
        ] {
            put_on(layer, &mut || {
                LayerReport::missing(layer, "not on this system")
            });
        }
        Ok(Self {
            reports,
            pipes,
            size,
            threads,
            stack: 0,
        })
    }

    /// How much stack the answering thread got.
    pub(super) fn stack_is(&mut self, granted: u64) {
        self.stack = granted;
    }

    /// What forbids threads and memory: the answering thread exists by now and waits.
    pub(super) fn finish(self, terms: &Terms) -> io::Result<(Pipes, Vec<LayerReport>)> {
        let Self {
            mut reports,
            pipes,
            size,
            threads,
            stack,
        } = self;
        reports.push(match terms.without.contains(&Layer::Limits) {
            true => LayerReport::missing(Layer::Limits, "turned off"),
            false => rlimits::set(terms, &size, stack),
        });
        drop(size);
        reports.push(match terms.without.contains(&Layer::Seccomp) {
            true => LayerReport::missing(Layer::Seccomp, "turned off"),
            false => seccomp::filter(threads),
        });
        Ok((pipes, reports))
    }
}

/// The parent has emptied it; this counts what it put in.
fn environment() -> LayerReport {
    match std::env::vars_os().count() {
        count @ 0..=8 => LayerReport::active(Layer::Environment, format!("{count} variables")),
        count => LayerReport::partial(Layer::Environment, format!("{count} variables")),
    }
}

fn session() -> LayerReport {
    if let Err(error) = sys::ignore_polite_signals() {
        return LayerReport::partial(Layer::Session, format!("signals are not ignored: {error}"));
    }
    // Who leads a group cannot leave it, but then it is no group of the parent's.
    match rustix::process::setsid() {
        Ok(_) | Err(rustix::io::Errno::PERM) => LayerReport::active(Layer::Session, ""),
        Err(error) => {
            LayerReport::partial(Layer::Session, format!("the parent's terminal: {error}"))
        }
    }
}

/// How many threads this process has. Some layers only bind the thread that puts them on.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}
