//! Reads the text of versions, and of the partial versions that ranges are made of. No backtracking:
//! time is linear in the length.

use crate::version::{Identifier, NUMBER_LIMIT, VERSION_LIMIT, Version, VersionFault};

/// Reads a whole version. `loose` as in [`Version::parse_loose`].
pub(crate) fn version(text: &str, loose: bool) -> Result<Version, VersionFault> {
    if text.len() > VERSION_LIMIT {
        return Err(VersionFault::TooLong);
    }
    let text = trim(text);
    let text = if loose {
        skip_prefix(text).1
    } else {
        text.strip_prefix('v').unwrap_or(text)
    };
    let partial = partial(text, loose).ok_or(VersionFault::Malformed)?;
    let (Some(major), Some(minor), Some(patch)) = partial.numbers() else {
        return Err(VersionFault::Malformed);
    };
    if major.max(minor).max(patch) > NUMBER_LIMIT {
        return Err(VersionFault::NumberTooLarge);
    }
    Ok(Version::with_pre((major, minor, patch), partial.pre))
}

/// A version of which numbers may be missing (`1.2`) or left open (`1.x`, `*`).
pub(crate) struct Partial {
    major: Part,
    minor: Part,
    patch: Part,
    pub(crate) pre: Box<[Identifier]>,
}

/// One of the three numbers; none where it is missing, or `x`, `X` or `*`.
/// `u64::MAX` stands for every number above [`NUMBER_LIMIT`].
type Part = Option<u64>;

/// The releases that a partial version means.
pub(crate) enum Span {
    /// All: `*`, and whatever stands behind it.
    Everything,
    /// Those from `first` on that come before `after`.
    Open {
        first: (u64, u64, u64),
        after: (u64, u64, u64),
    },
    /// The only one: all three numbers are there.
    One,
}

impl Partial {
    pub(crate) fn numbers(&self) -> (Part, Part, Part) {
        (self.major, self.minor, self.patch)
    }

    /// The releases it means; what follows the first open number does not count.
    pub(crate) fn span(&self) -> Span {
        match self.numbers() {
            (None, _, _) => Span::Everything,
            (Some(major), None, _) => Span::Open {
                first: (major, 0, 0),
                after: (major.saturating_add(1), 0, 0),
            },
            (Some(major), Some(minor), None) => Span::Open {
                first: (major, minor, 0),
                after: (major, minor.saturating_add(1), 0),
            },
            (Some(_), Some(_), Some(_)) => Span::One,
        }
    }

    /// `1.x.2`, `*.1`.
    pub(crate) fn has_number_after_any(&self) -> bool {
        (self.major.is_none() && (self.minor.is_some() || self.patch.is_some()))
            || (self.minor.is_none() && self.patch.is_some())
    }
}

/// Reads all of `text` as a partial version, or nothing. A prerelease needs three numbers or x's before it.
pub(crate) fn partial(text: &str, loose: bool) -> Option<Partial> {
    let open = |major, minor| Partial {
        major,
        minor,
        patch: None,
        pre: Box::default(),
    };
    let (major, rest) = part(text, loose)?;
    let Some(rest) = after_dot(rest)? else {
        return Some(open(major, None));
    };
    let (minor, rest) = part(rest, loose)?;
    let Some(rest) = after_dot(rest)? else {
        return Some(open(major, minor));
    };
    let (patch, tail) = part(rest, loose)?;
    if let Some(pre) = prerelease(tail, loose) {
        return Some(Partial {
            major,
            minor,
            patch,
            pre,
        });
    }
    // Loose reading takes `1.2.34.5` for `1.2.3-4.5`: a patch number of two or more digits gives its
    // last one to a prerelease that cannot be read otherwise. Clients do, so the same version must be meant.
    let digits = rest.len() - tail.len();
    if !loose || digits < 2 {
        return None;
    }
    let (patch, _) = part(&rest[..digits - 1], loose)?;
    let pre = prerelease(&rest[digits - 1..], loose)?;
    Some(Partial {
        major,
        minor,
        patch,
        pre,
    })
}

/// What follows a dot; `Some(None)` at the end of the text, `None` where anything else stands.
fn after_dot(text: &str) -> Option<Option<&str>> {
    match text.as_bytes().first() {
        None => Some(None),
        Some(b'.') => Some(Some(&text[1..])),
        Some(_) => None,
    }
}

/// A number or an x, and what follows it.
fn part(text: &str, loose: bool) -> Option<(Part, &str)> {
    let bytes = text.as_bytes();
    if matches!(bytes.first()?, b'x' | b'X' | b'*') {
        return Some((None, &text[1..]));
    }
    let mut value: u64 = 0;
    let mut length = 0;
    while let Some(digit) = bytes.get(length).filter(|byte| byte.is_ascii_digit()) {
        value = value
            .saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'));
        length += 1;
    }
    if length == 0 || (!loose && length > 1 && bytes[0] == b'0') {
        return None;
    }
    let value = if value > NUMBER_LIMIT {
        u64::MAX
    } else {
        value
    };
    Some((Some(value), &text[length..]))
}

/// All of `text` as `-prerelease+build`, both optional.
fn prerelease(text: &str, loose: bool) -> Option<Box<[Identifier]>> {
    if text.is_empty() {
        return Some(Box::default());
    }
    let pre = match text.split_once('+') {
        Some((pre, build)) if is_build(build) => pre,
        Some(_) => return None,
        None => text,
    };
    if pre.is_empty() {
        return Some(Box::default());
    }
    let after_hyphen = pre
        .strip_prefix('-')
        .and_then(|pre| identifiers(pre, loose));
    match after_hyphen {
        None if loose => identifiers(pre, loose),
        read => read,
    }
}

fn identifiers(text: &str, loose: bool) -> Option<Box<[Identifier]>> {
    text.split('.')
        .map(|identifier| {
            let bytes = identifier.as_bytes();
            let is_number = bytes.iter().all(u8::is_ascii_digit);
            let leads_with_zero = bytes.len() > 1 && bytes[0] == b'0';
            if !is_identifier(identifier) || (!loose && is_number && leads_with_zero) {
                return None;
            }
            Some(Identifier::new(identifier))
        })
        .collect()
}

fn is_build(text: &str) -> bool {
    text.split('.').all(is_identifier)
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Splits off the run of `v`, `=` and whitespace in front.
pub(crate) fn skip_prefix(text: &str) -> (&str, &str) {
    let rest =
        text.trim_start_matches(|character| matches!(character, 'v' | '=') || is_space(character));
    text.split_at(text.len() - rest.len())
}

/// `text` without the whitespace around it.
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        // Nearly always there is none.
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches(is_space),
    }
}

/// What JavaScript calls whitespace: unlike Unicode, with U+FEFF and without U+0085.
pub(crate) fn is_space(character: char) -> bool {
    match character {
        '\u{feff}' => true,
        '\u{85}' => false,
        other => other.is_whitespace(),
    }
}
