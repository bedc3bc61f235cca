//! What dependents ask for, as lockfiles and manifests write it.

use lazaret_npm::{Range, Spec, Version};

/// What a text asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Range(Box<Range>),
    /// A tag: whatever it pointed to when the lockfile was written.
    Tag,
    /// Something that is not a range of a registry, or that stands elsewhere (`catalog:`).
    Other,
}

/// Reads `^1.0.0`, `npm:^1.0.0`, `npm:real@^1.0.0`, `latest`.
pub(super) fn asked(spec: &str) -> Asked {
    let (_, range) = parts(spec);
    if let Ok(range) = Range::parse_loose(range.trim()) {
        return Asked::Range(Box::new(range));
    }
    let is_tag = Spec::parse(&format!("x@{}", range.trim())).is_ok();
    match is_tag && !range.contains([':', '/']) {
        true => Asked::Tag,
        false => Asked::Other,
    }
}

/// Whether a version answers; nothing where that cannot be told.
pub(crate) fn admits(spec: &str, version: &Version) -> Option<bool> {
    match asked(spec) {
        Asked::Range(range) => Some(range.satisfies(version)),
        Asked::Tag => Some(true),
        Asked::Other => None,
    }
}

/// What stands before the range (`npm:`, `npm:real@`), and the range.
pub(super) fn parts(spec: &str) -> (&str, &str) {
    let Some(rest) = spec.strip_prefix("npm:") else {
        return ("", spec);
    };
    let scope = usize::from(rest.starts_with('@'));
    match rest[scope..].find('@') {
        Some(at) => spec.split_at("npm:".len() + scope + at + 1),
        // `npm:real` alone is a name; `npm:^1` of yarn berry is a range.
        None => spec.split_at("npm:".len()),
    }
}

/// The same form of range from another version on: `^5.6.1` and 5.6.0 give `^5.6.0`. Ranges of other forms are not written.
pub(super) fn moved(spec: &str, version: &Version) -> Option<String> {
    let (before, range) = parts(spec);
    let trimmed = range.trim();
    let digits = trimmed.find(|first: char| first.is_ascii_digit())?;
    let (operator, number) = trimmed.split_at(digits);
    if !matches!(operator, "" | "^" | "~" | "=" | "v") || Version::parse(number).is_err() {
        return None;
    }
    let moved = format!("{before}{operator}{version}");
    (admits(&moved, version) == Some(true)).then_some(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_keep_their_form_when_they_move() {
        let version = Version::parse("5.6.0").unwrap();
        for (from, to) in [
            ("^5.6.1", Some("^5.6.0")),
            ("~5.6.1", Some("~5.6.0")),
            ("5.6.1", Some("5.6.0")),
            ("npm:^5.6.1", Some("npm:^5.6.0")),
            ("npm:@s/chalk@5.6.1", Some("npm:@s/chalk@5.6.0")),
            (">=5.6.1 <6", None),
            ("5.x", None),
            ("latest", None),
            ("catalog:", None),
        ] {
            assert_eq!(moved(from, &version).as_deref(), to, "{from}");
        }
    }

    #[test]
    fn what_is_no_range_of_a_registry_is_not_judged() {
        let version = Version::parse("1.0.0").unwrap();
        assert_eq!(admits("^1.0.0", &version), Some(true));
        assert_eq!(admits("npm:x@^2.0.0", &version), Some(false));
        assert_eq!(admits("beta", &version), Some(true));
        for other in [
            "catalog:",
            "file:../a",
            "git+https://host.invalid/a.git",
            "workspace:*",
        ] {
            assert_eq!(admits(other, &version), None, "{other}");
        }
    }
}
