//! What `inspect` and `diff` make of the answers of workers: one document for each question.

mod cache;
mod document;

#[cfg(test)]
mod tests;

pub(crate) use cache::{Cache, Key, KeyOf};
pub(crate) use document::{Document, Input, Seen, Subject};
pub(crate) use lazaret_inspector::{
    Answer, Content, Excerpt, Given, Inspector, Request, Unfinished,
};
