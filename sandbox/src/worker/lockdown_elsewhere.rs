//! Where there is no Unix: the worker is a process of its own, and that is all.

use super::Pipes;
use crate::layers::{Layer, LayerReport};
use crate::limits::Terms;
use std::fs::File;
use std::io;
use std::sync::Arc;

pub(super) struct Lockdown;

impl Lockdown {
    pub(super) fn begin(_terms: &Terms) -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn stack_is(&mut self, _granted: u64) {}

    pub(super) fn finish(self, _terms: &Terms) -> io::Result<(Pipes, Vec<LayerReport>)> {
        let reports = Layer::ALL
            .into_iter()
            .map(|layer| match layer {
                Layer::Environment if cfg!(windows) => {
                    LayerReport::partial(layer, "what programs need to start at all is left")
                }
                Layer::Environment => LayerReport::active(layer, ""),
                _ => LayerReport::missing(layer, "not on this system"),
            })
            .collect();
        Ok((Pipes::of_this_process()?, reports))
    }
}

impl Pipes {
    #[cfg(windows)]
    fn of_this_process() -> io::Result<Self> {
        use std::os::windows::io::AsHandle;
        Ok(Self {
            requests: Arc::new(File::from(io::stdin().as_handle().try_clone_to_owned()?)),
            answers: File::from(io::stdout().as_handle().try_clone_to_owned()?),
        })
    }

    #[cfg(not(windows))]
    fn of_this_process() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn hangup(&self) -> Hangup {
        Hangup
    }
}

/// The end of the parent, which only the thread that reads can notice here.
pub(super) struct Hangup;

impl Hangup {
    pub(super) fn wait(self) {
        loop {
            std::thread::park();
        }
    }
}
