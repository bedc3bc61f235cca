//! What an entry's name becomes on disk: one path if all clients agree, else every path that one of them would write.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::irregularity::Kind;
use super::limits::Limits;

/// Longer than any system takes, even Windows with its long paths.
const LONGEST: usize = 32 << 10;

/// Most bytes of one part of a path on Linux and macOS.
const LONGEST_PART: usize = 255;

/// Windows writes no file with these in its name; a colon, too, has a meaning of its own there.
const NOT_ON_WINDOWS: [char; 6] = ['<', '>', '"', '|', '?', '*'];

/// What Windows leaves out at the end of a part.
const PADDING: [char; 2] = ['.', ' '];

/// Where an entry goes.
pub(super) struct Place {
    /// Its path below the root folder, or several in the order of likelihood. Empty for the root folder itself.
    pub(super) paths: Vec<String>,
    /// Its first part.
    pub(super) root: Option<String>,
    /// The name ends with a slash.
    pub(super) is_folder: bool,
    /// What is irregular about the name; if nothing is, `paths` has at most one.
    pub(super) problems: Vec<Kind>,
    /// The name as text.
    pub(super) shown: String,
}

/// Reads a raw name; that of a folder may be the root folder's alone.
pub(super) fn place(raw: &[u8], is_folder: bool, limits: &Limits) -> Place {
    let text = String::from_utf8_lossy(raw);
    let mut place = Place {
        paths: Vec::new(),
        root: None,
        is_folder: is_folder || text.ends_with('/'),
        problems: Vec::new(),
        shown: String::new(),
    };
    place.problems = problems(&text, limits);
    if !place.is_folder && text.ends_with("/.") {
        place.problems.push(Kind::EmptyName);
    }
    if matches!(text, Cow::Owned(_)) {
        place.problems.push(Kind::NotUtf8);
    }
    let inner = text.trim_end_matches('/');
    if place.problems.is_empty() {
        let (root, path) = inner.split_once('/').unwrap_or((inner, ""));
        place.root = (!root.is_empty()).then(|| root.to_owned());
        let path = path.trim_end_matches('/');
        let has_dots = path.split('/').any(|part| part == ".");
        let path = match has_dots {
            true => resolved(path),
            false => path.to_owned(),
        };
        match inner.contains('/') {
            true => place.paths.extend((!path.is_empty()).then_some(path)),
            false if is_folder || inner.is_empty() => {}
            // pnpm 12 takes off the slash, and writes a file of the root folder's name.
            false if place.is_folder => place.paths.push(inner.to_owned()),
            false => {
                place.problems.push(Kind::NoRoot);
                place.paths.push(inner.to_owned());
            }
        }
    } else {
        place.paths = readings(&text);
        if place.problems.contains(&Kind::ControlCharacter) {
            let others = readings(&in_code_page(text.as_bytes()));
            place.paths.extend(others);
        }
        let first = text
            .split(['/', '\\'])
            .find(|part| !matches!(*part, "" | "." | ".."));
        place.root = first.map(str::to_owned);
        if first.is_some() && !text.contains(['/', '\\']) && !place.is_folder {
            place.problems.push(Kind::NoRoot);
        }
    }
    place.shown = text.into_owned();
    place
}

/// What is outside the profile: an absolute or climbing path, an empty part, a character that is not the same
/// everywhere, too long, too deep.
fn problems(text: &str, limits: &Limits) -> Vec<Kind> {
    let mut problems = Vec::new();
    let mut note = |is_so: bool, kind: Kind| {
        if is_so {
            problems.push(kind);
        }
    };
    let is_plain = |byte: u8| (b' '..0x7f).contains(&byte) && !br#"\:<>"|?*"#.contains(&byte);
    if !text.bytes().all(is_plain) {
        note(text.contains('\\'), Kind::Backslash);
        note(text.contains(':'), Kind::Colon);
        note(text.contains(NOT_ON_WINDOWS), Kind::WindowsName);
        note(text.contains(char::is_control), Kind::ControlCharacter);
        note(!is_nfc(text), Kind::NotNormalized);
    }
    note(text.starts_with('/'), Kind::AbsolutePath);
    note(text.len() > limits.path_bytes, Kind::PathTooLong);
    let mut depth = 0;
    let mut has_empty = false;
    let mut longest = 0;
    let inner = text.strip_suffix('/').unwrap_or(text);
    for (index, part) in inner.split('/').enumerate() {
        depth += 1;
        has_empty |= part.is_empty() && index > 0;
        longest = longest.max(part.len());
        match part {
            "." if index == 0 => note(true, Kind::DotRoot),
            "." => {}
            ".." => note(true, Kind::ParentSegment),
            part => note(part.ends_with(PADDING), Kind::WindowsName),
        }
    }
    note(has_empty, Kind::EmptySegment);
    note(depth > limits.depth, Kind::PathTooDeep);
    note(longest > LONGEST_PART, Kind::PathTooLong);
    problems.sort_unstable();
    problems.dedup();
    problems
}

/// Every path that some client makes of a name. Clients take off the first part before or after they resolve dots and
/// leading slashes, some of them only where there is a second part; Windows and bun take backslashes for slashes; npm
/// takes off what a Windows path begins with on every system.
fn readings(text: &str) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    let windows = on_windows(text);
    // pnpm takes the first part off an extended name before backslashes become slashes.
    let mut add = |path: &str| {
        for path in [resolved(path), resolved(&path.replace('\\', "/"))] {
            if !path.is_empty() && path.len() <= LONGEST && !paths.contains(&path) {
                paths.push(path);
            }
        }
    };
    let slashed = text.replace('\\', "/");
    for text in [text, &slashed, &windows] {
        let stripped = after_first(text, &['/']);
        // npm: the first part is whatever is before the first slash, then what makes a path absolute goes.
        if let Some(stripped) = stripped {
            add(without_windows_root(stripped));
            add(stripped);
        }
        // pnpm: the first part may end with a backslash, and a name without one is kept.
        add(after_first(text, &['/', '\\']).unwrap_or(text));
        // Leading slashes first; dots first.
        let relative = text.trim_start_matches('/');
        if let Some(stripped) = after_first(relative, &['/']) {
            add(stripped);
        }
        let clean = resolved(text);
        if let Some(stripped) = after_first(&clean, &['/']) {
            add(stripped);
        }
        if !clean.contains('/') {
            add(&clean);
        }
    }
    paths
}

/// As Windows has it, where clients leave out what it cannot write, and it leaves out dots and blanks at the end itself.
fn on_windows(text: &str) -> String {
    let kept = text.replace(NOT_ON_WINDOWS, "").replace('\\', "/");
    let parts = kept.split('/').map(|part| match part {
        "." | ".." => part,
        part => part.trim_end_matches(PADDING),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Whether the longest path that a reading could have is too long for any system.
pub(super) fn is_beyond(raw: &[u8]) -> bool {
    raw.len() > LONGEST
}

/// yarn 4 keeps packages as zip archives, and names with control characters become what they show on an old PC.
/// Source: libzip, zip_utf-8.c.
fn in_code_page(raw: &[u8]) -> String {
    const LOW: &str = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
    const HIGH: &str = "\
        ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
        └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    let shown = raw.iter().map(|byte| {
        let found = match byte {
            0..0x20 => LOW.chars().nth(usize::from(*byte)),
            0x7f => Some('⌂'),
            0x80.. => HIGH.chars().nth(usize::from(byte - 0x80)),
            byte => Some(char::from(*byte)),
        };
        found.unwrap_or('?')
    });
    shown.collect()
}

fn after_first<'a>(text: &'a str, separators: &[char]) -> Option<&'a str> {
    text.find(separators).map(|at| &text[at + 1..])
}

/// `text` without empty parts and dots; `..` never leaves the folder.
fn resolved(text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Takes off slashes, drives and network shares, again and again. Sources: node-tar, strip-absolute-path.ts; Node,
/// `path.win32.parse`.
fn without_windows_root(mut text: &str) -> &str {
    const SEPARATORS: [char; 2] = ['/', '\\'];
    loop {
        let is_share = text.starts_with('\\') || text.starts_with("//?/");
        let share = text
            .strip_prefix(SEPARATORS)
            .and_then(|rest| rest.strip_prefix(SEPARATORS));
        let after = if let Some(server) = share.filter(|_| is_share)
            && let Some((server, share)) = server.split_once(SEPARATORS)
            && let share = share.trim_start_matches(SEPARATORS)
            && !server.is_empty()
            && !share.is_empty()
        {
            share.split_once(SEPARATORS).map_or("", |(_, rest)| rest)
        } else if let Some(after) = text.strip_prefix(SEPARATORS) {
            after
        } else if let [drive, b':', ..] = text.as_bytes()
            && drive.is_ascii_alphabetic()
        {
            &text[2..]
        } else {
            return text;
        };
        text = after;
    }
}

/// What two paths have in common that are one file on a system that ignores case and Unicode forms, as Windows and
/// macOS do; Windows also ignores dots and spaces at the end of a part.
pub(super) fn folded(path: &str) -> String {
    if path.is_ascii() {
        let lower = path.to_ascii_lowercase();
        let is_padded = |part: &str| part.ends_with(PADDING);
        if !lower.split('/').any(is_padded) {
            return lower;
        }
        return trimmed(&lower);
    }
    let upper: String = path.nfd().flat_map(char::to_uppercase).collect();
    trimmed(&upper.to_lowercase().nfd().collect::<String>())
}

fn trimmed(path: &str) -> String {
    let parts = path.split('/').map(|part| part.trim_end_matches(PADDING));
    parts.collect::<Vec<_>>().join("/")
}
