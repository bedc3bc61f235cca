//! From the text of a range to its comparators, by the rules of npm's `semver` README
//! ("Ranges", "Advanced Range Syntax") and its observed behaviour where that is silent.

use std::borrow::Cow;

use super::comparator::{Comparator, Operator};
use super::{Alternative, RANGE_LIMIT, RANGE_PARTS_LIMIT, RangeFault};
use crate::version::scan::{self, Partial, Span, is_space};
use crate::version::{NUMBER_LIMIT, VERSION_LIMIT, Version};

/// All alternatives, those that no version can satisfy left out unless nothing else is there.
pub(super) fn alternatives(text: &str, loose: bool) -> Result<Box<[Alternative]>, RangeFault> {
    if text.len() > RANGE_LIMIT {
        return Err(RangeFault::TooLong);
    }
    let text = without_builds(text);
    let mut kept = Vec::new();
    let mut impossible = None;
    for (index, part) in text.split("||").enumerate() {
        if index == RANGE_PARTS_LIMIT {
            return Err(RangeFault::TooManyParts);
        }
        let Some(all) = alternative(part, loose)? else {
            continue;
        };
        if all.iter().any(Comparator::is_nothing) {
            impossible.get_or_insert(all);
        } else {
            kept.push(all);
        }
    }
    if kept.is_empty() {
        kept.push(impossible.ok_or(RangeFault::Malformed)?);
    }
    Ok(kept.into())
}

/// What stands between two `||`; nothing if loose reading understood no word of it.
fn alternative(text: &str, loose: bool) -> Result<Option<Alternative>, RangeFault> {
    let mut found = Vec::new();
    if let Some(ends) = hyphen_ends(words_of(text), loose) {
        hyphen(ends, loose, &mut found)?;
        return Ok(Some(tidy(found)));
    }
    let text = joined(text);
    let mut words = words_of(&text).peekable();
    let mut understood = words.peek().is_none();
    let mut read = 0;
    while let Some(word) = words.next() {
        read += 1;
        if read > RANGE_PARTS_LIMIT {
            return Err(RangeFault::TooManyParts);
        }
        let before = found.len();
        match comparators(word, loose, &mut found) {
            // Between words that are not understood, npm loses a `*`.
            Ok(()) => understood |= found.len() > before || read == 1 || words.peek().is_none(),
            Err(RangeFault::Malformed) if loose => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(understood.then(|| tidy(found)))
}

/// Without repetitions, and nothing but the impossible where one comparator is.
fn tidy(found: Vec<Comparator>) -> Alternative {
    if found.iter().any(Comparator::is_nothing) {
        return Box::new([Comparator::nothing()]);
    }
    let mut all: Vec<Comparator> = Vec::with_capacity(found.len());
    for one in found {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all.into()
}

/// An operator may stand apart from its version: `> 1.2 ~ 3` becomes `>1.2 ~3`, in npm's order.
fn joined(text: &str) -> Cow<'_, str> {
    if !text
        .split(is_space)
        .any(|word| word.ends_with(['<', '>', '=', '~', '^']))
    {
        return Cow::Borrowed(text);
    }
    let text = join_where(text, |word, next| {
        awaits_version(word) && starts_with_version(next)
    });
    let text = join_where(&text, |word, _| word.ends_with('~') || word.ends_with("~>"));
    Cow::Owned(join_where(&text, |word, _| word.ends_with('^')))
}

/// Joins a word to the one before wherever `takes` says so of the two.
fn join_where(text: &str, takes: impl Fn(&str, &str) -> bool) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut last_word = 0;
    for word in words_of(text) {
        if !joined.is_empty() && !takes(&joined[last_word..], word) {
            joined.push(' ');
            last_word = joined.len();
        }
        joined.push_str(word);
    }
    joined
}

fn words_of(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// Whether the word ends with a comparison. An `=` after a `v` or another `=` is part of a version's prefix.
fn awaits_version(word: &str) -> bool {
    match word.strip_suffix('=') {
        Some(before) => !before.ends_with(['v', '=']),
        None => word.ends_with(['<', '>']),
    }
}

fn starts_with_version(word: &str) -> bool {
    let (_, version) = scan::skip_prefix(word);
    version.starts_with(|first: char| first.is_ascii_digit() || matches!(first, 'x' | 'X' | '*'))
}

/// The comparators of one word; none for `*`.
fn comparators(word: &str, loose: bool, found: &mut Vec<Comparator>) -> Result<(), RangeFault> {
    if let Some(rest) = word.strip_prefix('^') {
        return caret(written(rest, loose)?, found);
    }
    if let Some(rest) = word.strip_prefix('~') {
        let rest = rest.strip_prefix('>').unwrap_or(rest);
        return tilde(written(rest, loose)?, found);
    }
    let (operator, rest) = operator(word);
    match written(rest, loose) {
        Ok(version) => compared(operator, version, loose, found),
        Err(_) if word.contains('*') => starred(word, loose, found),
        Err(fault) => Err(fault),
    }
}

/// `^1.2.3`: nothing may change up to the first number that is not zero.
fn caret(written: Written<'_>, found: &mut Vec<Comparator>) -> Result<(), RangeFault> {
    let after = match written.version.numbers() {
        (None, _, _) => return Ok(()),
        (Some(0), Some(0), Some(patch)) => (0, 0, patch.saturating_add(1)),
        (Some(0), Some(minor), _) => (0, minor.saturating_add(1), 0),
        (Some(major), _, _) => (major.saturating_add(1), 0, 0),
    };
    found.push(written.low_end()?);
    found.push(before(after)?);
    Ok(())
}

/// `~1.2.3`: the patch number may grow; `~1`: minor and patch may.
fn tilde(written: Written<'_>, found: &mut Vec<Comparator>) -> Result<(), RangeFault> {
    let after = match written.version.numbers() {
        (None, _, _) => return Ok(()),
        (Some(major), None, _) => (major.saturating_add(1), 0, 0),
        (Some(major), Some(minor), _) => (major, minor.saturating_add(1), 0),
    };
    found.push(written.low_end()?);
    found.push(before(after)?);
    Ok(())
}

/// `>=1.2.3`, `<2`, `1.x`: an operator or none, and a version that may be incomplete.
fn compared(
    operator: Operator,
    written: Written<'_>,
    loose: bool,
    found: &mut Vec<Comparator>,
) -> Result<(), RangeFault> {
    if written.version.has_number_after_any() {
        // `1.x.2`: npm stopped reading this in 2026 (`semver` 7.8), except behind `^` and `~` and in hyphen ranges.
        return Err(RangeFault::Malformed);
    }
    match (written.version.span(), operator) {
        // Nothing is above or below every version; every version is equal to `*`.
        (Span::Everything, Operator::Less | Operator::Greater) => found.push(Comparator::nothing()),
        (Span::Everything, _) => {}
        (Span::One, _) => found.push(Comparator::new(operator, written.exact(loose)?)),
        (Span::Open { first, .. }, Operator::Less) => found.push(before(first)?),
        (Span::Open { after, .. }, Operator::LessOrEqual) => found.push(before(after)?),
        (Span::Open { after, .. }, Operator::Greater) => found.push(from(after)?),
        (Span::Open { first, .. }, Operator::GreaterOrEqual) => found.push(from(first)?),
        (Span::Open { first, after }, Operator::Equal) => {
            found.push(from(first)?);
            found.push(before(after)?);
        }
    }
    Ok(())
}

/// npm overlooks one stray star, with the operator before it: `1.2.3*` is `1.2.3`.
fn starred(word: &str, loose: bool, found: &mut Vec<Comparator>) -> Result<(), RangeFault> {
    let (before, after) = word.split_once('*').ok_or(RangeFault::Malformed)?;
    let before = before.strip_suffix('=').unwrap_or(before);
    let before = before.strip_suffix(['<', '>']).unwrap_or(before);
    let rest = format!("{before}{after}");
    if rest.is_empty() {
        return Ok(());
    }
    let (operator, version) = operator(&rest);
    let bound = written(version, loose)?.exact(loose)?;
    found.push(Comparator::new(operator, bound));
    Ok(())
}

/// A version as it stands in a range: the run of `v` and `=` before its numbers, and the numbers.
struct Written<'a> {
    prefix: &'a str,
    version: Partial,
    length: usize,
}

fn written(text: &str, loose: bool) -> Result<Written<'_>, RangeFault> {
    let (prefix, rest) = scan::skip_prefix(text);
    let version = scan::partial(rest, loose).ok_or(RangeFault::Malformed)?;
    Ok(Written {
        prefix,
        version,
        length: text.len(),
    })
}

impl Written<'_> {
    /// The version, which must have all three numbers. npm rewrites what is incomplete, and passes over any
    /// prefix there; what is complete it keeps as written, and then takes at most a `v`.
    fn exact(self, loose: bool) -> Result<Version, RangeFault> {
        if loose || matches!(self.prefix, "" | "v") {
            self.release()
        } else {
            Err(RangeFault::Malformed)
        }
    }

    /// The version, which must have all three numbers.
    fn release(self) -> Result<Version, RangeFault> {
        let (Some(major), Some(minor), Some(patch)) = self.version.numbers() else {
            return Err(RangeFault::Malformed);
        };
        if self.length > VERSION_LIMIT {
            return Err(RangeFault::Malformed);
        }
        let release = within_limit((major, minor, patch))?;
        Ok(Version::with_pre(release, self.version.pre))
    }

    /// At or above the version, missing numbers being zero.
    fn low_end(self) -> Result<Comparator, RangeFault> {
        match self.version.span() {
            Span::Open { first, .. } => from(first),
            Span::Everything | Span::One => self
                .release()
                .map(|bound| Comparator::new(Operator::GreaterOrEqual, bound)),
        }
    }
}

fn within_limit(release: (u64, u64, u64)) -> Result<(u64, u64, u64), RangeFault> {
    if release.0.max(release.1).max(release.2) > NUMBER_LIMIT {
        return Err(RangeFault::NumberTooLarge);
    }
    Ok(release)
}

/// At or above a release that was written incompletely.
fn from(release: (u64, u64, u64)) -> Result<Comparator, RangeFault> {
    within_limit(release).map(Comparator::from)
}

/// Below a release and its prereleases.
fn before(release: (u64, u64, u64)) -> Result<Comparator, RangeFault> {
    within_limit(release).map(Comparator::before)
}

/// `<`, `>`, `<=`, `>=`, `=` or none, and the rest.
fn operator(word: &str) -> (Operator, &str) {
    let (less, greater) = (word.strip_prefix('<'), word.strip_prefix('>'));
    let rest = less.or(greater).unwrap_or(word);
    let (equal, rest) = match rest.strip_prefix('=') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let operator = match (less.is_some(), greater.is_some(), equal) {
        (true, _, true) => Operator::LessOrEqual,
        (true, _, false) => Operator::Less,
        (_, true, true) => Operator::GreaterOrEqual,
        (_, true, false) => Operator::Greater,
        _ => Operator::Equal,
    };
    (operator, rest)
}

/// `1.2.3 - 2.3`: exactly two versions with a lone hyphen between them.
fn hyphen_ends<'a>(
    mut words: impl Iterator<Item = &'a str>,
    loose: bool,
) -> Option<[Written<'a>; 2]> {
    let (low, hyphen, high) = (words.next()?, words.next()?, words.next()?);
    if hyphen != "-" || words.next().is_some() {
        return None;
    }
    Some([written(low, loose).ok()?, written(high, loose).ok()?])
}

fn hyphen(
    [low, high]: [Written<'_>; 2],
    loose: bool,
    found: &mut Vec<Comparator>,
) -> Result<(), RangeFault> {
    match low.version.span() {
        Span::Everything => {}
        Span::Open { first, .. } => found.push(from(first)?),
        Span::One => {
            let bound = low.exact(loose)?;
            found.push(Comparator {
                operator: Operator::GreaterOrEqual,
                whole_release: !bound.is_prerelease(),
                bound,
            });
        }
    }
    match high.version.span() {
        Span::Everything => {}
        Span::Open { after, .. } => found.push(before(after)?),
        Span::One if high.version.pre.is_empty() => found.push(Comparator {
            operator: Operator::LessOrEqual,
            whole_release: true,
            bound: high.exact(loose)?,
        }),
        Span::One => found.push(Comparator::new(Operator::LessOrEqual, high.release()?)),
    }
    Ok(())
}

/// `text` without build metadata, which npm drops from ranges before it reads them.
fn without_builds(text: &str) -> Cow<'_, str> {
    let Some((before, mut rest)) = text.split_once('+') else {
        return Cow::Borrowed(text);
    };
    let mut kept = before.to_owned();
    loop {
        let length = build_length(rest);
        if length == 0 {
            kept.push('+');
        }
        rest = &rest[length..];
        match rest.split_once('+') {
            Some((between, after)) => {
                kept.push_str(between);
                rest = after;
            }
            None => {
                kept.push_str(rest);
                return Cow::Owned(kept);
            }
        }
    }
}

/// Bytes of the dot-separated identifiers at the start of `text`.
fn build_length(text: &str) -> usize {
    let identifier = |text: &str| {
        text.bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            .count()
    };
    let mut length = identifier(text);
    while length > 0 && text[length..].starts_with('.') {
        match identifier(&text[length + 1..]) {
            0 => break,
            more => length += 1 + more,
        }
    }
    length
}
