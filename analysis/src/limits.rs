//! How much work hostile input may cause. A limit that is hit is told and makes the inspection incomplete.

use std::rc::Rc;

/// Bounds of one inspection. There is no clock in this crate: time is bounded by counting steps, and by the process
/// round the inspection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Above it, a script is searched as text only.
    pub script_bytes: usize,
    /// Brackets within brackets, counted before the parser sees them.
    pub nesting: usize,
    /// Steps of the folding interpreter, for one file.
    pub fold_steps: u64,
    /// Further steps for each byte of the file: a large bundle has more to fold.
    pub fold_steps_per_byte: u64,
    /// Bytes of text that folding may make, for one file.
    pub fold_bytes: usize,
    /// Further bytes for each byte of the file.
    pub fold_bytes_per_byte: usize,
    /// How deep code in strings in code is followed.
    pub nested_code: u8,
    /// Findings that are kept of one rule in one file.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            script_bytes: 10 << 20,
            nesting: 1_000,
            fold_steps: 20_000_000,
            fold_steps_per_byte: 32,
            fold_bytes: 64 << 20,
            fold_bytes_per_byte: 16,
            nested_code: 5,
            findings: 50,
        }
    }
}

/// Something that could not be inspected to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub kind: HitKind,
    /// What happened, for people.
    pub why: Rc<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitKind {
    /// No way of reading it as the language that it should be succeeded.
    Syntax,
    TooLarge,
    TooDeep,
    /// Folding or data flow ran out of steps or bytes.
    Budget,
}
