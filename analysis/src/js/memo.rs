//! What expressions were found to be, by their numbers: one word for each expression, and the values that are worth keeping.

use super::known::Known;
use super::tree::ExprId;

/// Nothing is known yet.
const NONE: u32 = 0;
/// It was found to be unknown, which needs no room.
const UNKNOWN: u32 = 1;
/// It is being looked at: whoever asks meanwhile is part of it.
const OPEN: u32 = 2;
/// The first that stands for a value.
const FIRST: u32 = 3;

#[derive(Default)]
pub(super) struct Memo {
    slots: Vec<u32>,
    values: Vec<Known>,
}

impl Memo {
    /// Makes room for so many expressions.
    pub(super) fn resize(&mut self, expressions: usize) {
        self.slots.resize(expressions, NONE);
    }

    pub(super) fn get(&self, id: ExprId) -> Option<Known> {
        match self.slots.get(id as usize).copied().unwrap_or(NONE) {
            NONE => None,
            UNKNOWN | OPEN => Some(Known::Unknown),
            slot => self.values.get((slot - FIRST) as usize).cloned(),
        }
    }

    pub(super) fn is_open(&self, id: ExprId) -> bool {
        self.slots.get(id as usize) == Some(&OPEN)
    }

    /// Until something is found.
    pub(super) fn open(&mut self, id: ExprId) {
        if let Some(slot) = self.slots.get_mut(id as usize) {
            *slot = OPEN;
        }
    }

    pub(super) fn insert(&mut self, id: ExprId, known: Known) {
        let Some(slot) = self.slots.get_mut(id as usize) else {
            return;
        };
        *slot = match (known, *slot) {
            (Known::Unknown, _) => UNKNOWN,
            (known, ..FIRST) => {
                self.values.push(known);
                u32::try_from(self.values.len())
                    .map_or(UNKNOWN, |count| count.saturating_add(FIRST - 1))
            }
            (known, slot) => {
                self.values[(slot - FIRST) as usize] = known;
                slot
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_that_was_found_is_known() {
        let mut memo = Memo::default();
        memo.resize(3);
        let text = |memo: &Memo, id| match memo.get(id) {
            Some(Known::Text(text, _)) => text.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(text(&memo, 1), "None");
        memo.open(1);
        assert_eq!(text(&memo, 1), "Some(Unknown)");
        assert!(memo.is_open(1));
        memo.insert(1, Known::Unknown);
        assert_eq!(text(&memo, 1), "Some(Unknown)");
        assert!(!memo.is_open(1));
        memo.insert(1, Known::text("a"));
        memo.insert(2, Known::text("b"));
        memo.insert(1, Known::text("c"));
        assert_eq!((text(&memo, 1), text(&memo, 2)), ("c".into(), "b".into()));
        memo.insert(3, Known::text("d"));
        assert_eq!(text(&memo, 3), "None");
    }
}
