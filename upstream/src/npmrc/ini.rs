//! The ini dialect of npm's `ini` and the `${NAME}` of its `config`, rule by rule.

use serde_json::Value;

/// Keys and values outside sections, in order; arrays are left out.
pub(super) fn entries(text: &str) -> Vec<(String, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut entries = Vec::new();
    for line in text.split(['\r', '\n']) {
        let content = line.trim_start();
        if content.is_empty() || content.starts_with([';', '#']) {
            continue;
        }
        if line.starts_with('[') && line.trim_end().find(']') == Some(line.trim_end().len() - 1) {
            // What follows belongs to the section, and npm has no setting that is one.
            break;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key, unquoted(value)),
            None => (line, "true".to_owned()),
        };
        let key = unquoted(key);
        let is_array = key.len() > 2 && key.ends_with("[]");
        if !key.is_empty() && !is_array {
            entries.push((key, value));
        }
    }
    entries
}

/// Quotes and escapes undone; an unquoted `;` or `#` begins a comment.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    let is_in = |quote: char| text.starts_with(quote) && text.ends_with(quote);
    if is_in('"') || is_in('\'') {
        let inner = if text.starts_with('\'') {
            text.get(1..text.len().max(2) - 1).unwrap_or("")
        } else {
            text
        };
        return match serde_json::from_str(inner) {
            Ok(Value::String(string)) => string,
            _ => inner.to_owned(),
        };
    }
    let mut plain = String::with_capacity(text.len());
    let mut is_escaped = false;
    for character in text.chars() {
        if is_escaped {
            if !matches!(character, '\\' | ';' | '#') {
                plain.push('\\');
            }
            plain.push(character);
            is_escaped = false;
        } else if matches!(character, ';' | '#') {
            break;
        } else if character == '\\' {
            is_escaped = true;
        } else {
            plain.push(character);
        }
    }
    if is_escaped {
        plain.push('\\');
    }
    plain.trim().to_owned()
}

/// `${NAME}` replaced; false if a name had no value and stayed as written. `${NAME?}` is empty then. A backslash escapes.
pub(super) fn expand(text: &str, environment: &impl Fn(&str) -> Option<String>) -> (String, bool) {
    let mut expanded = String::with_capacity(text.len());
    let mut is_whole = true;
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some((name, is_optional, length)) = variable(&rest[start..]) else {
            expanded.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        };
        let before = rest[..start].trim_end_matches('\\');
        let backslashes = start - before.len();
        expanded.push_str(before);
        expanded.extend(std::iter::repeat_n('\\', backslashes / 2));
        let whole = &rest[start..start + length];
        match environment(name) {
            _ if backslashes % 2 == 1 => expanded.push_str(whole),
            Some(value) => expanded.push_str(&value),
            None if is_optional => {}
            None => {
                is_whole = false;
                expanded.push_str(whole);
            }
        }
        rest = &rest[start + length..];
    }
    expanded.push_str(rest);
    (expanded, is_whole)
}

/// Name, whether it ends with `?`, and length of the `${NAME}` that a text begins with.
fn variable(text: &str) -> Option<(&str, bool, usize)> {
    let end = text.find('}')?;
    let inner = text.get(2..end)?;
    let (name, is_optional) = inner
        .strip_suffix('?')
        .map_or((inner, false), |name| (name, true));
    let is_name = !name.is_empty() && !name.contains(['$', '{', '?']);
    is_name.then_some((name, is_optional, end + 1))
}
