//! Capabilities, the death signal, setuid programs, core dumps.

use crate::layers::{Layer, LayerReport};
use rustix::process::{DumpableBehavior, Signal};
use rustix::thread::{CapabilitySet, CapabilitySets};

/// Root in the parent's namespaces, or in the ones just made, is no root any more.
pub(super) fn drop_capabilities() -> LayerReport {
    // Older kernels have no ambient capabilities; there is nothing to clear then.
    let _ = rustix::thread::clear_ambient_capability_set();
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    match rustix::thread::set_capabilities(None, none) {
        Ok(()) => LayerReport::active(Layer::Capabilities, "none left"),
        Err(error) => LayerReport::missing(Layer::Capabilities, error),
    }
}

/// The kernel clears this when the rights of a process change, so it comes after namespaces and capabilities. A parent
/// that is dead already has closed the pipes, which ends the worker before its first request.
pub(super) fn die_with_parent() -> LayerReport {
    match rustix::process::set_parent_process_death_signal(Some(Signal::KILL)) {
        Ok(()) => LayerReport::active(Layer::ParentDeath, ""),
        Err(error) => LayerReport::missing(Layer::ParentDeath, error),
    }
}

/// Not dumpable: a crash writes no core and starts no crash collector (the limit does not stop that one), and no other
/// process of the same user can trace this one.
pub(super) fn no_new_privileges() -> LayerReport {
    if let Err(error) = rustix::thread::set_no_new_privs(true) {
        return LayerReport::missing(Layer::NoNewPrivileges, error);
    }
    match rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        Ok(()) => LayerReport::active(Layer::NoNewPrivileges, ""),
        Err(error) => LayerReport::partial(Layer::NoNewPrivileges, format!("dumpable: {error}")),
    }
}
