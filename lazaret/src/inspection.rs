//! Inspecting packages in worker processes: what a worker is asked, what it answers, and what it means when it does not.
//! Everything that reads hostile bytes happens behind [`worker::run`].

mod answer;
mod document;
mod excerpts;
mod inspector;
mod request;
pub(crate) mod worker;

#[cfg(test)]
mod tests;

pub(crate) use answer::{Answer, Excerpt};
pub(crate) use document::{Document, Input, Seen, Subject};
pub(crate) use inspector::{Inspector, Unfinished};
pub(crate) use request::{Content, Deadly, Given, Request};

/// The argument that makes this program a worker. It is no command for people: `lazaret --help` does not list it.
pub(crate) const WORKER: &str = "inspect-worker";
