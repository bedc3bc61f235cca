//! Secrets that are drawn by `Math.random`.

use super::{Detector, Looks};
use crate::facts::{Call, Facts};
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "weak-randomness",
    title: "Draws by Math.random what should be secret",
    severity: Severity::High,
    cold: Severity::Low,
    page: include_str!("weak_randomness.md"),
    looks: Looks::File(look),
};

/// In lower case. Functions by whose names nobody expects a guess.
const NAMES: &[&str] = &[
    "entropy",
    "mnemonic",
    "privatekey",
    "secretkey",
    "generatekey",
    "keypair",
    "randombytes",
    "randomvalues",
    "nonce",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    for call in facts
        .calls
        .iter()
        .filter(|call| &*call.callee == "Math.random")
    {
        let message = if derives_beside(facts, call) {
            "stretches what Math.random draws, which can be guessed, into a key"
        } else if named(facts, call.function) {
            "draws by Math.random, which can be guessed, in a function that is named after secrets"
        } else {
            continue;
        };
        found.call(call).message(message).add();
    }
}

/// A key is derived in the same function.
fn derives_beside(facts: &Facts, random: &Call) -> bool {
    facts.calls.iter().any(|call| {
        call.function == random.function
            && matches!(
                &*call.callee,
                "crypto.pbkdf2"
                    | "crypto.pbkdf2Sync"
                    | "crypto.scrypt"
                    | "crypto.scryptSync"
                    | "crypto.hkdf"
                    | "crypto.hkdfSync"
                    | "crypto.createPrivateKey"
                    | "crypto.subtle.deriveBits"
                    | "crypto.subtle.deriveKey"
                    | "crypto.subtle.importKey"
            )
    })
}

fn named(facts: &Facts, mut function: u32) -> bool {
    // Callbacks within it are of it.
    for _ in 0..8 {
        let Some(it) = facts.functions.get(function as usize) else {
            return false;
        };
        let name = it.name.to_ascii_lowercase().replace('_', "");
        if NAMES.iter().any(|known| name.contains(known)) {
            return true;
        }
        if it.parent == function {
            return false;
        }
        function = it.parent;
    }
    false
}
