//! Text that package authors wrote, made safe for a terminal, a log line or an error message.

use std::borrow::Cow;

/// Characters that [`printable`] keeps before it cuts. Long enough for any sentence, short enough for a log line.
pub const PRINTABLE_LIMIT: usize = 500;

/// `text` with control, bidirectional and invisible characters written as escapes (`\n`, `\u{202e}`),
/// cut after [`PRINTABLE_LIMIT`] characters with `…`. Borrows when nothing had to change.
///
/// Not an HTML or JSON escape: those are the output's own matter.
pub fn printable(text: &str) -> Cow<'_, str> {
    printable_up_to(text, PRINTABLE_LIMIT)
}

/// [`printable`] with another limit, counted in characters of `text` before escaping.
pub fn printable_up_to(text: &str, limit: usize) -> Cow<'_, str> {
    // Nearly every text, told many bytes at a time.
    if text.len() <= limit && is_plain(text) {
        return Cow::Borrowed(text);
    }
    let kept = match text.char_indices().nth(limit) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    if kept.len() == text.len() && !kept.chars().any(is_deceptive) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(kept.len() + 16);
    for character in kept.chars() {
        if is_deceptive(character) {
            escape_into(character, &mut safe);
        } else {
            safe.push(character);
        }
    }
    if kept.len() < text.len() {
        safe.push('…');
    }
    Cow::Owned(safe)
}

/// Letters, digits and signs of ASCII, and spaces.
fn is_plain(text: &str) -> bool {
    text.as_bytes().chunks(64).all(|piece| {
        piece
            .iter()
            .fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
    })
}

fn escape_into(character: char, safe: &mut String) {
    match character {
        '\n' => safe.push_str("\\n"),
        '\r' => safe.push_str("\\r"),
        '\t' => safe.push_str("\\t"),
        other => safe.extend(other.escape_unicode()),
    }
}

/// Moves a terminal's cursor, reorders what a person reads, or hides in plain sight.
/// Sources: Unicode general categories Cc and Cf, property Default_Ignorable_Code_Point, and the
/// blank letters (Hangul fillers, braille blank) that campaigns hid code behind.
fn is_deceptive(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    matches!(character,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{600}'..='\u{605}'
        | '\u{61c}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{890}'..='\u{891}'
        | '\u{8e2}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}'
        | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests;
