//! What clients do with an unpacked archive, as their own sources say, and not as our reader thinks: the files that each
//! would write. Written from node-tar 7.5.22 under pacote 21, pnpm 10's `parseTarball`, tar-stream 1.6 under yarn 1, and
//! compared with what these themselves make of random archives.
//! Self-contained, because the fuzz target uses it too.

use std::collections::HashMap;

/// Path and content of each file written; those that are overwritten later included.
pub(super) type Files = Vec<(String, Vec<u8>)>;

/// The files of an unpacked archive, or `None` if the client refuses it.
pub(super) type Model = fn(&[u8]) -> Option<Files>;

/// Each by name.
pub(super) const MODELS: [(&str, Model); 3] = [("npm", npm), ("pnpm 10", pnpm), ("yarn 1", yarn)];

const BLOCK: usize = 512;

fn field(block: &[u8], at: usize, length: usize) -> &[u8] {
    &block[at..at + length]
}

/// `Buffer.toString('utf8').replace(/\0.*/, '')`.
fn javascript_text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let Some(start) = text.find('\0') else {
        return text;
    };
    let is_line_end = |c: char| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
    let end = text[start..]
        .find(is_line_end)
        .map_or(text.len(), |end| start + end);
    format!("{}{}", &text[..start], &text[end..])
}

/// `parseInt(text, radix)`, for numbers up to 2^63.
fn parse_int(text: &str, radix: u32) -> Option<i64> {
    let is_blank = |c: char| c == '\u{feff}' || c.is_whitespace() && c != '\u{85}';
    let text = text.trim_start_matches(is_blank);
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let count = digits
        .bytes()
        .take_while(|byte| char::from(*byte).is_digit(radix))
        .count();
    if count == 0 {
        return None;
    }
    let value = i64::from_str_radix(&digits[..count], radix).unwrap_or(i64::MAX);
    Some(if is_negative { -value } else { value })
}

/// The path below the package, or nothing if it is the package itself.
fn joined(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn sum(block: &[u8]) -> i64 {
    let outside = block[..148].iter().chain(&block[156..BLOCK]);
    256 + outside.map(|byte| i64::from(*byte)).sum::<i64>()
}

#[derive(Clone, Default)]
struct Extension {
    path: Option<String>,
    link: Option<String>,
    size: Option<f64>,
}

/// A number of a header as node-tar reads it; an error is an exception.
fn npm_number(field: &[u8]) -> Result<Option<i64>, ()> {
    if field[0] & 0x80 == 0 {
        let text = String::from_utf8_lossy(field).into_owned();
        // `/\0.*$/` only matches where no line ends behind the NUL.
        let text = match text.find('\0') {
            Some(at) if !text[at..].contains(['\n', '\r', '\u{2028}', '\u{2029}']) => {
                text[..at].to_owned()
            }
            _ => text,
        };
        return Ok(parse_int(text.trim(), 8));
    }
    let value = match field[0] {
        0x80 => field[1..]
            .iter()
            .fold(0f64, |sum, byte| sum * 256.0 + f64::from(*byte)),
        // Two's complement, the first byte included.
        0xff => field
            .iter()
            .fold(-1.0, |sum, byte| sum * 256.0 + f64::from(*byte)),
        _ => return Err(()),
    };
    match value.abs() <= 9_007_199_254_740_991.0 {
        true => Ok(Some(value as i64)),
        false => Err(()),
    }
}

fn npm_pax(content: &str, into: &mut Extension) {
    let content = content.strip_suffix('\n').unwrap_or(content);
    let mut new = Extension::default();
    for line in content.split('\n') {
        if parse_int(line, 10) != Some(line.len() as i64 + 1) {
            continue;
        }
        let skip = (line.len() + 1).to_string().len() + 1;
        let record: String = line.chars().skip(skip).collect();
        let (key, value) = record.split_once('=').unwrap_or((&record, ""));
        if key.is_empty() {
            continue;
        }
        let value = javascript_text(value.as_bytes());
        match key {
            "path" => new.path = Some(value),
            "linkpath" => new.link = Some(value),
            "size" => {
                let trimmed = value.trim();
                let number = match trimmed.strip_prefix("0x") {
                    Some(hex) => u64::from_str_radix(hex, 16)
                        .ok()
                        .map(|number| number as f64),
                    None if trimmed.is_empty() => Some(0.0),
                    None => trimmed
                        .parse::<f64>()
                        .ok()
                        .filter(|_| !trimmed.contains(['n', 'i'])),
                };
                if let Some(number) = number.filter(|number| *number >= 0.0) {
                    new.size = Some(number);
                }
            }
            _ => {}
        }
    }
    into.path = new.path.or(into.path.take());
    into.link = new.link.or(into.link.take());
    into.size = new.size.or(into.size);
}

/// What makes a path absolute on Windows. Source: Node, path.win32.parse.
fn windows_root(path: &str) -> usize {
    let bytes = path.as_bytes();
    let is_separator = |at: usize| matches!(bytes.get(at), Some(b'/' | b'\\'));
    if path.starts_with('/') && !path.starts_with("//?/") {
        return 1;
    }
    if is_separator(0) {
        let run = |mut at: usize, separators: bool| {
            while at < bytes.len() && is_separator(at) == separators {
                at += 1;
            }
            at
        };
        if is_separator(1) {
            let server = run(2, false);
            let between = run(server, true);
            if server > 2 && server < bytes.len() && between < bytes.len() {
                let share = run(between, false);
                return if share == bytes.len() {
                    share
                } else {
                    share + 1
                };
            }
        }
        return 1;
    }
    match bytes {
        [drive, b':', rest @ ..] if drive.is_ascii_alphabetic() => {
            2 + usize::from(matches!(rest, [b'/' | b'\\', ..]))
        }
        _ => 0,
    }
}

fn npm(data: &[u8]) -> Option<Files> {
    let mut files = Files::new();
    let mut extension: Option<Extension> = None;
    let mut global: Option<Extension> = None;
    let mut saw_null = false;
    let mut at = 0;
    while at + BLOCK <= data.len() {
        let block = &data[at..at + BLOCK];
        at += BLOCK;
        let kind = block[156];
        let is_normal = matches!(kind, 0 | b'0'..=b'7' | b'D');
        let none = Extension::default();
        let own = extension.as_ref().filter(|_| is_normal).unwrap_or(&none);
        let all = global.as_ref().filter(|_| is_normal).unwrap_or(&none);
        let numbers = [
            (100, 8),
            (108, 8),
            (116, 8),
            (124, 12),
            (136, 12),
            (148, 12),
        ];
        // A PAX size is taken without a look at the field.
        let has_size = own.size.or(all.size).is_some();
        let throws =
            |(start, length): (usize, usize)| npm_number(field(block, start, length)).is_err();
        if numbers
            .into_iter()
            .any(|one| !(one.0 == 124 && has_size) && throws(one))
        {
            continue;
        }
        let checksum = npm_number(field(block, 148, 12)).ok().flatten();
        let mut path = own
            .path
            .clone()
            .unwrap_or_else(|| javascript_text(field(block, 0, 100)));
        let own_size = npm_number(field(block, 124, 12))
            .ok()
            .flatten()
            .map(|size| size as f64);
        let mut size = own
            .size
            .or(all.size)
            .or(own_size)
            .filter(|size| *size >= 0.0);
        let mut entry_type = kind;
        if (kind == b'0' || kind == 0) && path.ends_with('/') {
            entry_type = b'5';
        }
        if entry_type == b'5' {
            size = Some(0.0);
        }
        let link = javascript_text(field(block, 157, 100));
        if field(block, 257, 8) == b"ustar\x0000" {
            if throws((329, 8)) || throws((337, 8)) {
                continue;
            }
            if block[475] != 0 {
                path = format!("{}/{path}", javascript_text(field(block, 345, 155)));
            } else {
                let prefix = javascript_text(field(block, 345, 130));
                if !prefix.is_empty() {
                    path = format!("{prefix}/{path}");
                }
                if throws((476, 12)) || throws((488, 12)) {
                    continue;
                }
            }
        }
        if checksum.is_none() && sum(block) == 256 {
            if saw_null {
                break;
            }
            saw_null = true;
            continue;
        }
        saw_null = false;
        let is_link = matches!(entry_type, b'1' | b'2');
        let is_pax = matches!(kind, b'x' | b'g');
        if checksum != Some(sum(block))
            || path.is_empty()
            || is_link && link.is_empty()
            || !is_link && !is_pax && !link.is_empty()
        {
            continue;
        }
        let size = size.unwrap_or(0.0);
        let blocks = (size / 512.0).ceil() as usize;
        let end = at.saturating_add(size as usize).min(data.len());
        let content = data[at.min(end)..end].to_vec();
        let next = at.saturating_add(blocks.saturating_mul(BLOCK));
        let is_whole = next <= data.len();
        if matches!(kind, b'x' | b'X' | b'g' | b'L' | b'N' | b'K') {
            // Whether there is content it decides by the size that is meant for the file.
            let said = |said: &Option<Extension>| said.as_ref().and_then(|said| said.size);
            let shown = said(&global).or(said(&extension)).unwrap_or(size);
            if shown == 0.0 {
                continue;
            }
            at = next;
            if shown > 1_048_576.0 || !is_whole {
                continue;
            }
            let text = String::from_utf8_lossy(&content).into_owned();
            match kind {
                b'g' => npm_pax(&text, global.get_or_insert_default()),
                b'x' | b'X' => npm_pax(&text, extension.get_or_insert_default()),
                b'K' => extension.get_or_insert_default().link = Some(javascript_text(&content)),
                _ => extension.get_or_insert_default().path = Some(javascript_text(&content)),
            }
            continue;
        }
        let taken = extension.take().unwrap_or_default();
        if let Some(own) = taken.path {
            path = own;
        }
        at = next;
        if !matches!(entry_type, 0 | b'0' | b'7') {
            continue;
        }
        let Some((_, stripped)) = path.split_once('/') else {
            continue;
        };
        let mut stripped = stripped;
        loop {
            let root = windows_root(stripped);
            if root == 0 {
                break;
            }
            stripped = &stripped[root..];
        }
        let climbs = stripped
            .replace('\\', "/")
            .split('/')
            .any(|part| part == "..");
        if !climbs && let Some(path) = joined(stripped) {
            files.push((path, content));
        }
    }
    Some(files)
}

/// pnpm's and tar-stream's octal numbers; `None` is NaN.
fn spaced_octal(field: &[u8]) -> Option<i64> {
    let spaces = field.iter().take_while(|byte| **byte == b' ').count();
    let field = &field[spaces..];
    let end = field
        .iter()
        .position(|byte| *byte == b' ')
        .unwrap_or(field.len());
    let field = &field[..end];
    let nuls = field.iter().take_while(|byte| **byte == 0).count();
    if nuls == field.len() {
        return Some(0);
    }
    parse_int(&String::from_utf8_lossy(&field[nuls..]), 8)
}

fn pnpm(data: &[u8]) -> Option<Files> {
    let mut files = Files::new();
    let (mut long_name, mut pax_name) = (String::new(), String::new());
    let mut pax_size: Option<i64> = None;
    let mut at = 0;
    let first = |text: &str| {
        text.split_once('/')
            .map_or(text, |(_, rest)| rest)
            .to_owned()
    };
    // What is missing is no number, and no sum is equal to that.
    while *data.get(at)? != 0 {
        let padded = data.get(at..at + BLOCK)?;
        let kind = padded[156];
        let size = match pax_size.take() {
            Some(size) => size,
            None => spaced_octal(field(padded, 124, 12)).unwrap_or(0),
        };
        if spaced_octal(field(padded, 148, 8)) != Some(sum(padded)) {
            return None;
        }
        // JavaScript's `&` takes 32 bits.
        let low = size as i32;
        let blocks = i64::from(low & !511) + if low & 511 != 0 { 1024 } else { 512 };
        let mut name = if !long_name.is_empty() {
            std::mem::take(&mut long_name)
        } else if !pax_name.is_empty() {
            std::mem::take(&mut pax_name)
        } else {
            let mut is_trimmed = false;
            let mut text = |start: usize, length: usize| {
                let all = field(padded, start, length);
                let end = all.iter().position(|byte| *byte == 0).unwrap_or(length);
                let mut bytes = &all[..end];
                if !is_trimmed
                    && let Some(slash) = bytes.iter().position(|byte| matches!(byte, b'/' | b'\\'))
                {
                    is_trimmed = true;
                    bytes = &bytes[slash + 1..];
                }
                let text = String::from_utf8_lossy(bytes).into_owned();
                (text, is_trimmed)
            };
            let (mut prefix, was_trimmed) = text(345, 155);
            if !prefix.is_empty() && !was_trimmed {
                prefix.clear();
                String::from_utf8_lossy(
                    field(padded, 0, 100)
                        .split(|byte| *byte == 0)
                        .next()
                        .unwrap_or_default(),
                )
                .into_owned()
            } else {
                let (name, _) = text(0, 100);
                if prefix.is_empty() {
                    name
                } else {
                    format!("{prefix}/{name}")
                }
            }
        };
        if name.contains("./") || name.contains(".\\") {
            let slashed = name.replace('\\', "/");
            let slash = if slashed.ends_with('/') { "/" } else { "" };
            let clean = joined(&slashed);
            name = clean.map(|name| name + slash).unwrap_or_default();
        }
        let start = (at + BLOCK).min(data.len());
        let end = usize::try_from(size)
            .unwrap_or(0)
            .saturating_add(start)
            .min(data.len());
        match kind {
            0 | b'0' | b'1' => {
                // The store joins the name to the package's folder.
                if let Some(path) = joined(&name)
                    && !name.ends_with('/')
                    && !name.contains('\0')
                {
                    files.push((path, data[start..end].to_vec()));
                }
            }
            b'5' | b'2' => {}
            b'x' | b'g' => {
                let stop = i64::try_from(start).ok()?.saturating_add(size);
                let mut line = start;
                while (line as i64) < stop && line < data.len() {
                    let space = data[line..]
                        .iter()
                        .position(|byte| *byte == b' ')
                        .unwrap_or(data.len() - line);
                    let space = (line + space).min(usize::try_from(stop).unwrap_or(0).max(line));
                    let length = parse_int(&String::from_utf8_lossy(&data[line..space]), 10)
                        .filter(|length| *length != 0)?;
                    let line_end = (line as i64).saturating_add(length);
                    let record_end = usize::try_from(line_end - 1).ok()?.min(data.len());
                    let record = data
                        .get(space + 1..record_end.max(space + 1))
                        .unwrap_or_default();
                    let record = String::from_utf8_lossy(record).into_owned();
                    line = usize::try_from(line_end).ok()?;
                    let Some((key, value)) = record.split_once('=') else {
                        continue;
                    };
                    match key {
                        "path" if kind == b'x' => pax_name = first(value),
                        "size" if kind == b'x' => {
                            pax_size = Some(parse_int(value, 10).filter(|size| *size >= 0)?)
                        }
                        "path" | "size" => return None,
                        _ => {}
                    }
                    if length < 0 {
                        return None;
                    }
                }
            }
            b'L' => long_name = first(&javascript_text(&data[start..end])),
            _ => return None,
        }
        at = usize::try_from(at as i64 + blocks).ok()?;
        if blocks < BLOCK as i64 {
            return None;
        }
    }
    Some(files)
}

fn yarn(data: &[u8]) -> Option<Files> {
    let mut files = Files::new();
    let mut long_name: Option<String> = None;
    let mut pax: Option<HashMap<String, String>> = None;
    let mut global: Option<HashMap<String, String>> = None;
    let text = |bytes: &[u8]| {
        let end = bytes
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    };
    let number = |field: &[u8]| match field[0] {
        0x80 => Some(field[1..].iter().fold(0i64, |sum, byte| {
            sum.saturating_mul(256).saturating_add(i64::from(*byte))
        })),
        0xff => Some(-1),
        first if first & 0x80 != 0 => Some(0),
        _ => spaced_octal(field),
    };
    let mut at = 0;
    while at + BLOCK <= data.len() {
        let block = &data[at..at + BLOCK];
        at += BLOCK;
        if sum(block) == 256 {
            continue;
        }
        if number(field(block, 148, 8)) != Some(sum(block)) {
            return None;
        }
        let kind = block[156];
        let mut size = number(field(block, 124, 12)).unwrap_or(0);
        let mut name = text(field(block, 0, 100));
        if block[345] != 0 {
            name = format!("{}/{name}", text(field(block, 345, 155)));
        }
        let is_meta = matches!(kind, b'x' | b'g' | b'L' | b'N' | b'K');
        if !is_meta {
            name = long_name.take().unwrap_or(name);
            let records = pax.take().unwrap_or_default();
            let last = |key| records.get(key).filter(|value| !value.is_empty());
            name = last("path").cloned().unwrap_or(name);
            size = last("size").map_or(size, |size| parse_int(size, 10).unwrap_or(0));
        }
        if size < 0 {
            // What follows depends on how the bytes arrive.
            return None;
        }
        if kind == b'5' {
            size = 0;
        }
        let start = at;
        let end = start.checked_add(usize::try_from(size).ok()?)?;
        if end > data.len() {
            return None;
        }
        let content = &data[start..end];
        at = end.next_multiple_of(BLOCK);
        match kind {
            b'L' | b'N' => long_name = Some(text(content)).filter(|name| !name.is_empty()),
            b'K' => {}
            b'x' => {
                let mut records = global.clone().unwrap_or_default();
                records.extend(yarn_pax(content));
                pax = Some(records);
            }
            b'g' => global = Some(yarn_pax(content)),
            0 | b'0' => {
                let stripped = name.split('/').skip(1).collect::<Vec<_>>().join("/");
                if stripped.ends_with('/') {
                    return None;
                }
                files.push((joined(&stripped)?, content.to_vec()));
            }
            b'1' | b'2' | b'5' => {}
            _ => return None,
        }
    }
    Some(files)
}

/// The last record of each key.
fn yarn_pax(content: &[u8]) -> HashMap<String, String> {
    let mut records = HashMap::new();
    let mut rest = content;
    while !rest.is_empty() {
        let space = rest
            .iter()
            .position(|byte| *byte == b' ')
            .unwrap_or(rest.len());
        let length = parse_int(&String::from_utf8_lossy(&rest[..space]), 10);
        let Some(length) = length
            .and_then(|length| usize::try_from(length).ok())
            .filter(|length| *length > 0)
        else {
            return records;
        };
        let end = (length - 1).min(rest.len());
        let record = rest.get(space + 1..end).unwrap_or_default();
        let record = String::from_utf8_lossy(record).into_owned();
        let Some((key, value)) = record.split_once('=') else {
            return records;
        };
        records.insert(key.to_owned(), value.to_owned());
        rest = &rest[length.min(rest.len())..];
    }
    records
}
