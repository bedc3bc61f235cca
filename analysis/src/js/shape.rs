//! What a function does, as one number that survives new names and new formatting.

use super::tree::{Expr, Tree};

/// The shape of each function: its literals, property names, global names and calls, in order, without those of the
/// functions within it (each stands for itself), and without anything that a minifier changes.
pub(super) fn shapes(tree: &Tree<'_>) -> Vec<u64> {
    let mut shapes = vec![OFFSET; tree.functions.len()];
    for (index, expr) in tree.exprs.iter().enumerate() {
        let shape = &mut shapes[tree.owners[index] as usize];
        match expr {
            Expr::Text(text, _) => add(shape, b's', text.as_bytes()),
            Expr::Regex(text) => add(shape, b'r', text.as_bytes()),
            Expr::Member(_, name) => add(shape, b'm', name.as_bytes()),
            Expr::Global(name) => add(shape, b'g', name.as_bytes()),
            Expr::Number(value) if *value != 0.0 && *value != 1.0 => {
                add(shape, b'n', &value.to_bits().to_le_bytes())
            }
            Expr::Call(_, args) => add(shape, b'c', &args.len.to_le_bytes()),
            Expr::New(_, args) => add(shape, b'w', &args.len.to_le_bytes()),
            Expr::Function(_) => add(shape, b'f', &[]),
            Expr::Index(..) => add(shape, b'i', &[]),
            _ => {}
        }
    }
    shapes
}

/// FNV-1a, eight bytes at a time where there are many.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

fn add(hash: &mut u64, kind: u8, bytes: &[u8]) {
    *hash = (*hash ^ u64::from(kind)).wrapping_mul(PRIME);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        *hash = (*hash ^ u64::from_le_bytes(word)).wrapping_mul(PRIME);
        *hash ^= *hash >> 32;
    }
    for byte in chunks.remainder() {
        *hash = (*hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    }
    *hash = (*hash ^ bytes.len() as u64).wrapping_mul(PRIME);
}
