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

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::facts::Facts;
use crate::limits::{Hit, HitKind, Limits};
use crate::raw::nesting;
use crate::value::Value;

/// One script.
#[derive(Clone, Copy, Debug)]
pub struct Script<'s> {
    /// Below the package's root; only its ending is looked at, as a first guess at the language.
    pub path: &'s str,
    pub text: &'s str,
}

/// Constants of other files, as a file names them: `./settings.js.BASE`.
pub type Given = FxHashMap<Rc<str>, Value>;

/// What a script does, as far as `limits` let it be seen.
pub fn facts(script: Script<'_>, limits: &Limits) -> Facts {
    facts_given(script, limits, &Given::default())
}

/// The same, of a script that uses constants of others.
pub fn facts_given(script: Script<'_>, limits: &Limits, given: &Given) -> Facts {
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
        return walk::facts(script, limits, given);
    };
    Facts {
        hits: vec![hit],
        ..Facts::default()
    }
}
