//! How packages are inspected, in worker processes: what a worker is asked, what it answers, and what it means when it
//! does not. Everything that reads hostile bytes happens behind [`worker::run`]; nobody here opens files or asks a network.

mod answer;
mod excerpts;
pub mod history;
mod imports;
mod pool;
pub mod predecessor;
mod request;
pub mod worker;

#[cfg(test)]
mod tests;

pub use answer::{Answer, Excerpt};
pub use imports::{Import, Imports};
pub use pool::{Inspector, Unfinished};
pub use request::{Content, Deadly, Given, Request};

/// The argument that makes a program a worker: whoever uses an [`Inspector`] calls [`worker::run`] when its first argument
/// is this, before anything else.
pub const WORKER: &str = "inspect-worker";

/// What reports are made by. To be raised with each change that makes reports of the same bytes differ: kept ones are then
/// made anew.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+5");
