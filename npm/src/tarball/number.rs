//! Numbers of headers, as every client would read them.

/// Larger than any archive, small enough to add to a place.
const HUGE: u64 = 1 << 60;

/// Octal digits with spaces before and NULs or spaces behind: the one form that all clients read alike.
pub(super) fn octal(field: &[u8]) -> Option<u64> {
    let field = trim_start(field);
    let digits = field.iter().take_while(|byte| is_octal(**byte)).count();
    let rest = &field[digits..];
    let is_ended = rest.iter().all(|byte| matches!(byte, 0 | b' '));
    (digits > 0 && digits <= 20 && is_ended).then(|| value(&field[..digits]))
}

/// What clients make of a field that is not of that form, each once: base-256 numbers, digits up to the first thing
/// that is none, ended by a NUL or by a space, nothing at all.
pub(super) fn octal_readings(field: &[u8]) -> Vec<u64> {
    let mut readings = vec![0];
    let mut add = |reading: u64| {
        if !readings.contains(&reading) {
            readings.push(reading);
        }
    };
    if field.first().is_some_and(|first| first & 0x80 != 0) {
        add(base_256(field));
        return readings;
    }
    let until_nul = field.split(|byte| *byte == 0).next().unwrap_or_default();
    add(leading_octal(trim_start(until_nul)));
    let after_spaces = trim_start(field);
    let until_space = after_spaces.split(|byte| *byte == b' ').next();
    let until_space = until_space.unwrap_or_default();
    let nuls = until_space.iter().take_while(|byte| **byte == 0).count();
    add(leading_octal(&until_space[nuls..]));
    readings
}

/// Whether a field is in binary form, positive, and a number that JavaScript has.
pub(super) fn is_safe_binary(field: &[u8]) -> bool {
    const LARGEST: u64 = (1 << 53) - 1;
    field.first() == Some(&0x80) && base_256(field) <= LARGEST
}

/// How far below zero a field is, in octal digits or in binary form.
pub(super) fn negative(field: &[u8]) -> Option<u64> {
    match field {
        [first, .., a, b, c, d, e, f, g, h] if *first == 0xff => {
            let number = i64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
            Some(number.unsigned_abs())
        }
        field => trim_start(field).strip_prefix(b"-").map(leading_octal),
    }
}

/// The decimal numbers that clients make of the size in an extended header: its leading digits, and what JavaScript's
/// `Number` makes of it (`0x10`, `1e3`, ` 12 `).
pub(super) fn decimal_readings(text: &[u8]) -> Vec<u64> {
    let mut readings = Vec::new();
    let mut add = |reading: u64| {
        if !readings.contains(&reading) {
            readings.push(reading.min(HUGE));
        }
    };
    let text = String::from_utf8_lossy(text);
    let trimmed = text.trim_matches(is_blank);
    let unsigned = trimmed.strip_prefix('+').unwrap_or(trimmed);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit);
    add(digits.fold(0, |sum: u64, digit| {
        sum.saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    }));
    for (prefix, radix) in [
        ("0x", 16),
        ("0X", 16),
        ("0o", 8),
        ("0O", 8),
        ("0b", 2),
        ("0B", 2),
    ] {
        if let Some(number) = trimmed.strip_prefix(prefix) {
            add(u64::from_str_radix(number, radix).unwrap_or_default());
        }
    }
    if let Ok(number) = trimmed.parse::<f64>()
        && number > 0.0
    {
        // Saturates; a fraction counts as a byte less of content and, at a block's end, as a block more.
        add(number as u64);
        add(number.ceil() as u64);
    }
    readings
}

/// Digits only, no sign, no leading zeros: what packers write.
pub(super) fn is_plain_decimal(text: &[u8]) -> bool {
    let has_form = !text.is_empty() && text.len() <= 15 && text.iter().all(u8::is_ascii_digit);
    has_form && (text[0] != b'0' || text.len() == 1)
}

fn base_256(field: &[u8]) -> u64 {
    if field[0] & 0x40 != 0 {
        // Negative.
        return 0;
    }
    let rest = field[1..].iter().map(|byte| u64::from(*byte));
    let first = u64::from(field[0] & 0x3f);
    std::iter::once(first)
        .chain(rest)
        .fold(0, |sum: u64, byte| {
            sum.saturating_mul(256).saturating_add(byte).min(HUGE)
        })
}

/// As JavaScript's `parseInt` reads it: behind blanks and a sign.
fn leading_octal(text: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start_matches(is_blank);
    let text = text.strip_prefix('+').unwrap_or(text).as_bytes();
    let digits = text.iter().take_while(|byte| is_octal(**byte)).count();
    value(&text[..digits])
}

/// What JavaScript skips before a number: its own list, with the mark of byte order and without U+0085.
fn is_blank(character: char) -> bool {
    character == '\u{feff}' || character.is_whitespace() && character != '\u{85}'
}

fn value(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum: u64, digit| {
        sum.saturating_mul(8)
            .saturating_add(u64::from(digit - b'0'))
            .min(HUGE)
    })
}

fn is_octal(byte: u8) -> bool {
    matches!(byte, b'0'..=b'7')
}

fn trim_start(field: &[u8]) -> &[u8] {
    let spaces = field.iter().take_while(|byte| **byte == b' ').count();
    &field[spaces..]
}
