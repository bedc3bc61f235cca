//! Words of a text that could name a package: found without understanding the text, so that no form of configuration is
//! overlooked. What is named in a comment counts too: it only makes something look used.

/// Longest text in quotes that is looked at, in bytes.
const QUOTED_LIMIT: usize = 400;

/// Words with the bytes where they begin: stretches of what names, paths and commands consist of.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"@/._-~".contains(&byte);
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        while at < bytes.len() && !is_part(bytes[at]) {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && is_part(bytes[at]) {
            at += 1;
        }
        // All of its bytes are ASCII, so it is text by itself.
        (at > start).then(|| (start, text.get(start..at).unwrap_or_default()))
    })
}

/// What stands between two equal quotes on one line, each with the byte where it begins. Every quote is tried as the first:
/// which ones belong together only a parser knows.
pub(super) fn quoted(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let is_quote = |byte: &u8| b"\"'`".contains(byte);
    let starts = bytes
        .iter()
        .enumerate()
        .filter(move |(_, byte)| is_quote(byte));
    starts.filter_map(move |(at, quote)| {
        let rest = &bytes[at + 1..bytes.len().min(at + 1 + QUOTED_LIMIT)];
        let end = rest
            .iter()
            .position(|byte| byte == quote || *byte == b'\n')?;
        if rest[end] != *quote || end == 0 {
            return None;
        }
        Some((at + 1, text.get(at + 1..at + 1 + end)?))
    })
}

/// `@scope/name` of `@scope/name/lib/a.js`, `name` of `name/lib`; nothing for what can be no package.
pub(super) fn package_of(specifier: &str) -> Option<&str> {
    let mut slashes = specifier.match_indices('/').map(|(at, _)| at);
    let end = match specifier.starts_with('@') {
        true => {
            let first = slashes.next().filter(|first| *first > 1)?;
            let end = slashes.next().unwrap_or(specifier.len());
            if end == first + 1 {
                return None;
            }
            end
        }
        false => slashes.next().unwrap_or(specifier.len()),
    };
    let name = specifier.get(..end)?;
    let is_odd = name.is_empty() || name.starts_with(['.', '_']) || name.contains([':', ' ', '#']);
    (!is_odd).then_some(name)
}

/// The names that a word may mean: a package, or a command of one, with a version or a path round it.
pub(super) fn meanings(word: &str) -> impl Iterator<Item = &str> {
    let word = word
        .trim_start_matches(['~', '.', '/'])
        .trim_end_matches(['.', '/']);
    let inside = word
        .rfind("node_modules/")
        .map(|at| &word[at + "node_modules/".len()..]);
    let word = inside.unwrap_or(word);
    let command = word.strip_prefix(".bin/");
    // The version of `npx name@1.0.0`.
    let plain = match word.get(1..).and_then(|rest| rest.find('@')) {
        Some(at) => &word[..=at],
        None => word,
    };
    let names = [command, package_of(plain), Some(plain), Some(word)];
    names.into_iter().flatten()
}

/// What follows these marks in a comment names a package that no import does.
const MARKS: &[&str] = &[
    "@jest-environment",
    "@vitest-environment",
    "@jsxImportSource",
    "@jsxRuntime",
];

/// Words that comments of a script hand to a tool.
pub(super) fn marked(text: &str) -> impl Iterator<Item = (usize, &str)> {
    MARKS.iter().flat_map(move |mark| {
        text.match_indices(mark).filter_map(move |(at, mark)| {
            let rest = text.get(at + mark.len()..)?;
            let (offset, word) = words(rest.lines().next()?).next()?;
            Some((at + mark.len() + offset, word))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<'t>(found: impl Iterator<Item = (usize, &'t str)>) -> Vec<&'t str> {
        found.map(|(_, word)| word).collect()
    }

    #[test]
    fn words_are_what_names_and_paths_consist_of() {
        let text = "run: npx --yes @s/tool@1.2 && FOO=1 ./node_modules/.bin/tsc -p ä";
        let expected = [
            "run",
            "npx",
            "--yes",
            "@s/tool@1.2",
            "FOO",
            "1",
            "./node_modules/.bin/tsc",
            "-p",
        ];
        assert_eq!(all(words(text)), expected);
        let meant = |word| meanings(word).collect::<Vec<_>>();
        assert!(meant("@s/tool@1.2").contains(&"@s/tool"));
        assert!(meant("./node_modules/.bin/tsc").contains(&"tsc"));
        assert!(meant("../node_modules/boat/lib/x.css").contains(&"boat"));
        assert!(meant("~boat/scss").contains(&"boat"));
        assert!(meant("@").is_empty() || !meant("@").contains(&""));
    }

    #[test]
    fn quotes_are_found_wherever_they_open() {
        let text = "it's `boat`, require('crane')\n\"open\nto \"@s/a/b\"";
        let found = all(quoted(text));
        for expected in ["boat", "crane", "@s/a/b"] {
            assert!(found.contains(&expected), "{expected} in {found:?}");
        }
        assert!(!found.iter().any(|text| text.contains('\n')));
    }

    #[test]
    fn only_what_can_be_a_package_is_one() {
        assert_eq!(package_of("boat/lib/a.js"), Some("boat"));
        assert_eq!(package_of("@s/boat/lib"), Some("@s/boat"));
        for odd in ["./a", "@s", "@/a", "@s/", "/a", "", "node:fs", "#a", "a b"] {
            assert_eq!(package_of(odd), None, "{odd}");
        }
    }

    #[test]
    fn marks_of_comments_name_what_follows() {
        let text = "/**\n * @jest-environment jsdom\n */\n/* @jsxImportSource preact */";
        assert_eq!(all(marked(text)), ["jsdom", "preact"]);
    }
}
