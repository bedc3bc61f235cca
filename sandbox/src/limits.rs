//! What a worker and a request may use.

use crate::layers::Layer;
use std::time::Duration;

/// What bounds a worker as long as it lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that a worker may map beyond what it has when it starts. The request counts, the stack does not.
    pub memory: u64,
    /// Bytes of stack for the thread that answers. They become memory only where they are used.
    pub stack: u64,
    /// Bytes of a request.
    pub request: u32,
    /// Bytes of an answer.
    pub answer: u32,
    /// After so many requests a worker is replaced.
    pub recycle_after: u32,
    /// A worker that ever had more bytes in memory than this (stack and program included) is replaced after the request.
    pub recycle_above: u64,
    /// A worker that had nothing to do for so long is ended.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 1 << 30,
            stack: 512 << 20,
            request: 320 << 20,
            answer: 64 << 20,
            recycle_after: 1_000,
            recycle_above: 384 << 20,
            idle: Duration::from_secs(60),
        }
    }
}

/// The time of one request, counted from the moment at which a worker takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// By the clock.
    pub wall: Duration,
    /// Of the processors, all threads of the worker together. Only Linux counts it.
    pub cpu: Duration,
}

/// What the parent tells a worker that starts, as a variable of its environment: a worker reads nothing before it has
/// given up its rights.
pub(crate) const VARIABLE: &str = "SANDBOX_WORKER";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) memory: u64,
    pub(crate) stack: u64,
    pub(crate) request: u32,
    /// Layers that were turned off.
    pub(crate) without: Vec<Layer>,
}

impl Terms {
    pub(crate) fn new(limits: &Limits, without: &[Layer]) -> Self {
        Self {
            memory: limits.memory,
            stack: limits.stack,
            request: limits.request,
            without: without.to_vec(),
        }
    }

    pub(crate) fn written(&self) -> String {
        let without: Vec<&str> = self.without.iter().map(|layer| layer.name()).collect();
        let (memory, stack, request) = (self.memory, self.stack, self.request);
        format!("{memory} {stack} {request} {}", without.join(","))
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut fields = text.splitn(4, ' ');
        Some(Self {
            memory: fields.next()?.parse().ok()?,
            stack: fields.next()?.parse().ok()?,
            request: fields.next()?.parse().ok()?,
            without: fields
                .next()?
                .split(',')
                .filter(|name| !name.is_empty())
                .map(Layer::named)
                .collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests;
