//! Lists of words that are looked for in many texts: one pass over a text finds any of them.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// Words to look for. Made once, where it stands: `static POOLS: Words = Words::new(&["one", "two"])`.
#[derive(Debug)]
pub(crate) struct Words {
    list: &'static [&'static str],
    any_case: bool,
    searcher: OnceLock<Option<AhoCorasick>>,
}

impl Words {
    pub(crate) const fn new(list: &'static [&'static str]) -> Self {
        Self {
            list,
            any_case: false,
            searcher: OnceLock::new(),
        }
    }

    /// Letters of ASCII mean both of their cases.
    pub(crate) const fn in_any_case(list: &'static [&'static str]) -> Self {
        Self {
            list,
            any_case: true,
            searcher: OnceLock::new(),
        }
    }

    /// Whether a text holds one of them.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        self.first_in(text).is_some()
    }

    /// Where the first of them begins, and which it is.
    pub(crate) fn first_in(&self, text: &str) -> Option<(usize, &'static str)> {
        self.places(text).next()
    }

    /// The one that a text is, whole.
    pub(crate) fn whole(&self, text: &str) -> Option<&'static str> {
        self.list.iter().copied().find(|word| match self.any_case {
            true => word.eq_ignore_ascii_case(text),
            false => *word == text,
        })
    }

    /// Where they begin, and which they are; none within another.
    pub(crate) fn places<'t>(
        &'t self,
        text: &'t str,
    ) -> impl Iterator<Item = (usize, &'static str)> + 't {
        let searcher = self.searcher.get_or_init(|| {
            AhoCorasick::builder()
                .ascii_case_insensitive(self.any_case)
                .match_kind(MatchKind::LeftmostFirst)
                .build(self.list)
                .ok()
        });
        // There is always one: it can only be too large, of far more words than anybody writes down.
        searcher
            .iter()
            .flat_map(move |searcher| searcher.find_iter(text))
            .map(|found| (found.start(), self.list[found.pattern().as_usize()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_where_they_begin() {
        static WORDS: Words = Words::new(&["curl", "wget", "rl"]);
        assert_eq!(WORDS.first_in("a curl b wget"), Some((2, "curl")));
        assert_eq!(WORDS.places("a curl b wget").count(), 2);
        assert!(!WORDS.are_in("CURL"));
    }

    #[test]
    fn case_is_ignored_where_that_is_said() {
        static WORDS: Words = Words::in_any_case(&[".insteadof"]);
        assert_eq!(WORDS.first_in("url.x.insteadOf"), Some((5, ".insteadof")));
    }
}
