//! Licences as packages write them, and whether they are names that everybody knows.

/// The names of SPDX's list that nearly all packages use.
const KNOWN: &[&str] = &[
    "0BSD",
    "AFL-2.1",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "Artistic-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BlueOak-1.0.0",
    "BSL-1.0",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC0-1.0",
    "EPL-1.0",
    "EPL-2.0",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MPL-1.1",
    "MPL-2.0",
    "MS-PL",
    "OFL-1.1",
    "Python-2.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "W3C",
    "WTFPL",
    "X11",
    "Zlib",
];

/// What can be said of a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Licence<'a> {
    /// One name of the list.
    Id(&'a str),
    /// Several of them, with `AND` and `OR`.
    Expression(&'a str),
    /// Anything else.
    Text(&'a str),
}

pub(super) fn licence(text: &str) -> Licence<'_> {
    let text = text.trim();
    if KNOWN.contains(&text) {
        return Licence::Id(text);
    }
    match is_expression(text) {
        true => Licence::Expression(text),
        false => Licence::Text(text),
    }
}

/// Names and operators in turn, brackets in pairs.
fn is_expression(text: &str) -> bool {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let (mut depth, mut wants_name) = (0_usize, true);
    for word in spaced.split_ascii_whitespace() {
        match word {
            "(" if wants_name => depth += 1,
            ")" if !wants_name && depth > 0 => depth -= 1,
            "AND" | "OR" if !wants_name => wants_name = true,
            word if wants_name && KNOWN.contains(&word) => wants_name = false,
            _ => return false,
        }
    }
    depth == 0 && !wants_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_everybody_knows_is_a_name_or_an_expression() {
        assert_eq!(licence(" MIT "), Licence::Id("MIT"));
        assert_eq!(
            licence("(MIT OR Apache-2.0)"),
            Licence::Expression("(MIT OR Apache-2.0)")
        );
        for odd in [
            "mit",
            "MIT OR",
            "MIT Apache-2.0",
            "(MIT",
            "SEE LICENSE IN x",
            "MIT) OR (ISC",
            "",
        ] {
            assert_eq!(licence(odd), Licence::Text(odd));
        }
    }
}
