//! The few regular expressions that decoders take texts apart with.

/// The text of a pattern without operators.
pub(super) fn literal_of(source: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                c if c.is_ascii_alphanumeric() => return None,
                c => text.push(c),
            },
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => {
                return None;
            }
            c => text.push(c),
        }
    }
    Some(text)
}

/// The text cut at the matches of a simple pattern: a literal, `.`, `..`, `.{n}`, `.{m,n}`, `\w{n}`, or one class of
/// characters with or without `+`. Each piece says whether it matched.
pub(in crate::js) fn pieces(text: &str, source: &str) -> Option<Vec<(String, bool)>> {
    if text.len() > 4 << 20 {
        return None;
    }
    let source = source
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(source);
    if let Some(literal) = literal_of(source) {
        if literal.is_empty() {
            return None;
        }
        let mut out = Vec::new();
        for (index, part) in text.split(&literal).enumerate() {
            if index > 0 {
                out.push((literal.clone(), true));
            }
            if !part.is_empty() {
                out.push((part.to_owned(), false));
            }
        }
        return Some(out);
    }
    let (class, counts) = counted(source)?;
    let mut out: Vec<(String, bool)> = Vec::new();
    let mut run = String::new();
    let mut held = 0;
    let flush = |run: &mut String, held: &mut usize, out: &mut Vec<(String, bool)>| {
        if !run.is_empty() {
            out.push((std::mem::take(run), *held >= counts.0));
            *held = 0;
        }
    };
    for c in text.chars() {
        if class.holds(c) {
            run.push(c);
            held += 1;
            if held == counts.1 {
                flush(&mut run, &mut held, &mut out);
            }
        } else {
            flush(&mut run, &mut held, &mut out);
            match out.last_mut() {
                Some((last, false)) => last.push(c),
                _ => out.push((c.to_string(), false)),
            }
        }
    }
    flush(&mut run, &mut held, &mut out);
    Some(out)
}

/// A class of characters and how often it may stand.
fn counted(source: &str) -> Option<(Class, (usize, usize))> {
    let (class, rest) = Class::read(source)?;
    if rest.is_empty() {
        return Some((class, (1, 1)));
    }
    if rest == "+" {
        return Some((class, (1, usize::MAX)));
    }
    if let Some(counts) = rest
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        let (least, most) = match counts.split_once(',') {
            Some((least, "")) => (least.parse().ok()?, usize::MAX),
            Some((least, most)) => (least.parse().ok()?, most.parse().ok()?),
            None => (counts.parse().ok()?, counts.parse().ok()?),
        };
        return (least >= 1 && most >= least).then_some((class, (least, most)));
    }
    // `..`, `\w\w`
    let mut times = 1;
    let mut rest = rest;
    let one = &source[..source.len() - rest.len()];
    while let Some(next) = rest.strip_prefix(one) {
        times += 1;
        rest = next;
    }
    rest.is_empty().then_some((class, (times, times)))
}

struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Class {
    pub(super) fn read(source: &str) -> Option<(Self, &str)> {
        let mut chars = source.chars();
        let mut ranges = Vec::new();
        match chars.next()? {
            '.' => Some((
                Self {
                    negated: true,
                    ranges: vec![('\n', '\n')],
                },
                chars.as_str(),
            )),
            '\\' => {
                ranges.extend(Self::named(chars.next()?)?);
                Some((
                    Self {
                        negated: false,
                        ranges,
                    },
                    chars.as_str(),
                ))
            }
            '[' => {
                let negated = chars.as_str().starts_with('^');
                if negated {
                    chars.next();
                }
                loop {
                    let c = match chars.next()? {
                        ']' => break,
                        '\\' => {
                            let c = chars.next()?;
                            if let Some(named) = Self::named(c) {
                                ranges.extend(named);
                                continue;
                            }
                            if c.is_ascii_alphanumeric() {
                                return None;
                            }
                            c
                        }
                        c => c,
                    };
                    let rest = chars.as_str();
                    if rest.starts_with('-') && !rest.starts_with("-]") {
                        chars.next();
                        let end = chars.next()?;
                        if end == '\\' {
                            return None;
                        }
                        ranges.push((c, end));
                    } else {
                        ranges.push((c, c));
                    }
                }
                Some((Self { negated, ranges }, chars.as_str()))
            }
            _ => None,
        }
    }

    pub(super) fn named(c: char) -> Option<Vec<(char, char)>> {
        Some(match c {
            'd' => vec![('0', '9')],
            'w' => vec![('0', '9'), ('a', 'z'), ('A', 'Z'), ('_', '_')],
            's' => vec![(' ', ' '), ('\t', '\r')],
            _ => return None,
        })
    }

    pub(super) fn holds(&self, c: char) -> bool {
        self.ranges
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&c))
            != self.negated
    }
}
