//! What goes on beside requests: one job, one file.

pub(crate) mod inspections;
pub(crate) mod recall;
pub(crate) mod watch;
pub(crate) mod webhooks;
