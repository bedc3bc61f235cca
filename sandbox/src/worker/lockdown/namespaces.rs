//! Namespaces of its own: a network with no interface that is up, no shared memory of others, an unmapped user.

use crate::layers::{Layer, LayerReport};
use crate::sys;

pub(super) fn leave(threads: usize) -> LayerReport {
    let Err(error) = sys::leave_namespaces(true) else {
        return LayerReport::active(Layer::Namespaces, "user, network, ipc");
    };
    // Root may have the right without a user namespace where those are turned off.
    if sys::leave_namespaces(false).is_ok() {
        return LayerReport::partial(
            Layer::Namespaces,
            format!("network and ipc, but no user namespace: {error}"),
        );
    }
    let threads = match threads {
        1 => String::new(),
        _ => format!(" (the process has {threads} threads)"),
    };
    LayerReport::missing(Layer::Namespaces, format!("{error}{threads}"))
}
