//! What makes a change of something global ordinary.

use crate::facts::{Facts, Write};
use crate::source::Source;
use crate::value::Value;

/// Bytes before a write in which a polyfill asks whether there is something already.
const BEFORE: usize = 240;

/// Whether the text just before the write asks for the name that it sets, as a polyfill does: `typeof fetch`,
/// `!Array.prototype.flat`, `globalThis.fetch || …`, `"fetch" in globalThis`.
pub fn is_guarded(source: &Source, write: &Write) -> bool {
    let name = write.path.rsplit('.').next().unwrap_or("");
    let start = (write.span.start as usize).min(source.text.len());
    let end = (write.span.end as usize).min(source.text.len()).max(start);
    let from = source
        .text
        .floor_char_boundary(start.saturating_sub(BEFORE));
    let before = source
        .text
        .get(from..source.text.floor_char_boundary(start))
        .unwrap_or("");
    let own = source
        .text
        .get(source.text.floor_char_boundary(start)..source.text.ceil_char_boundary(end))
        .unwrap_or("");
    let own = &own[..own.floor_char_boundary(own.len().min(400))];
    let asks = |text: &str, signs: &[&str]| {
        signs
            .iter()
            .any(|sign| text.contains(&sign.replace('@', name)))
    };
    asks(
        before,
        &[
            "typeof @",
            ".@ === undefined",
            ".@ == null",
            ".@===void 0",
            ".@==null",
            "\"@\" in ",
            "'@' in ",
            ".@) {",
            ".@ === void 0",
            "\"undefined\"==typeof @",
            "hasOwnProperty(\"@\")",
            "hasOwnProperty('@')",
            "has@",
            ".@)",
            ".@||",
        ],
    ) && (before.contains("typeof")
        || before.contains('!')
        || before.contains("undefined")
        || before.contains("null")
        || before.contains(" in ")
        || before.contains("hasOwn")
        || before.contains("||"))
        || asks(
            own,
            &[".@ ||", ".@||", ".@ ??", ".@??", "||=", "??=", "typeof @"],
        )
}

/// Whether the function that is put there calls what was there before: it is wrapped, not replaced.
pub fn wraps(facts: &Facts, write: &Write, original: &str) -> bool {
    let Value::Function(function) = write.value else {
        return false;
    };
    facts.calls.iter().any(|call| {
        is_within(facts, call.function, function)
            && call
                .callee
                .trim_end_matches(".call")
                .trim_end_matches(".apply")
                == original
    })
}

/// Whether a function is `outer` or lies within it.
pub fn is_within(facts: &Facts, mut inner: u32, outer: u32) -> bool {
    while inner > outer {
        match facts.functions.get(inner as usize) {
            Some(function) if function.parent < inner => inner = function.parent,
            _ => return false,
        }
    }
    inner == outer
}

/// Whether something else may be there afterwards: what restores, deletes or switches off changes nothing.
pub fn changes(write: &Write) -> bool {
    match &write.value {
        Value::Path(path) => *path != write.path,
        value => matches!(
            value,
            Value::Function(_) | Value::Unknown | Value::Object(_)
        ),
    }
}

/// Writes to what requests of a page go through.
pub fn hooks_requests(facts: &Facts) -> bool {
    facts.writes.iter().any(|write| {
        changes(write)
            && (&*write.path == "fetch"
                || write.path.starts_with("XMLHttpRequest.prototype.")
                || is_provider(&write.path))
    })
}

/// What wallets give to a page.
pub fn is_provider(path: &str) -> bool {
    let root = path.split(['.', '[', '(']).next().unwrap_or("");
    matches!(
        root,
        "ethereum"
            | "solana"
            | "phantom"
            | "tronWeb"
            | "tronLink"
            | "BinanceChain"
            | "web3"
            | "okxwallet"
            | "unisat"
            | "keplr"
    ) || path.starts_with("solanaWeb3.")
}
