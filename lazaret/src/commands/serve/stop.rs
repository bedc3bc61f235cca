//! Being asked to stop: Ctrl-C, SIGINT, SIGTERM.

use std::io::Result;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from the moment it exists.
pub(super) struct Stop {
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    interrupt: Signal,
}

impl Stop {
    /// Takes the signals over.
    ///
    /// # Errors
    /// When the operating system does not let us.
    pub(super) fn new() -> anyhow::Result<Self> {
        #[cfg(unix)]
        let new = || -> Result<Self> {
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        };
        #[cfg(not(unix))]
        let new = || -> Result<Self> { Ok(Self {}) };
        Ok(new()?)
    }

    /// Waits until somebody asks.
    #[cfg(unix)]
    pub(super) async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Waits until somebody asks.
    #[cfg(not(unix))]
    pub(super) async fn asked(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
