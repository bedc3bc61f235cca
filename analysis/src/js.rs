//! JavaScript and TypeScript: one parse and one walk give a file's [`Facts`].
//!
//! Text is parsed (`parse`), lowered to a small tree (`lower`, `tree`), folded by an interpreter of a pure subset
//! (`machine`, `builtins`, `rotation`), and told as facts (`walk`, `names`, `shape`).

mod builtins;
mod flow;
mod known;
mod lower;
mod machine;
mod memo;
mod names;
mod parse;
mod rotation;
mod runs;
mod shape;
#[cfg(test)]
mod tests;
mod texts;
mod tree;
mod walk;

pub(crate) use builtins::base64_bytes;
pub use texts::encoded_code;

use crate::facts::Facts;
use crate::limits::{Hit, HitKind, Limits};
use crate::raw::nesting;

/// One script.
#[derive(Clone, Copy, Debug)]
pub struct Script<'s> {
    /// Below the package's root; only its ending is looked at, as a first guess at the language.
    pub path: &'s str,
    pub text: &'s str,
}

/// What a script does, as far as `limits` let it be seen.
pub fn facts(script: Script<'_>, limits: &Limits) -> Facts {
    let hit = if script.text.len() > limits.script_bytes {
        Hit {
            kind: HitKind::TooLarge,
            why: format!(
                "{} bytes of script, more than the {} that are parsed",
                script.text.len(),
                limits.script_bytes
            )
            .into(),
        }
    } else if nesting(script.text) > limits.nesting {
        Hit {
            kind: HitKind::TooDeep,
            why: format!("brackets within brackets, deeper than {}", limits.nesting).into(),
        }
    } else {
        return walk::facts(script, limits);
    };
    Facts {
        hits: vec![hit],
        ..Facts::default()
    }
}
