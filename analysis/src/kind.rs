//! What a file is, by its content. Its name is asked only where the content leaves more than one answer.

mod markup;
#[cfg(test)]
mod tests;

pub use markup::{Block, blocks};

use std::borrow::Cow;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Empty,
    /// JavaScript or TypeScript, with or without JSX, of any module system.
    Script,
    /// TypeScript declarations: nothing in them runs.
    Declarations,
    /// JSON, also with comments.
    Json,
    SourceMap,
    /// HTML, Vue, Svelte: [`blocks`] gives the scripts in it.
    Markup,
    /// Drawn by a browser, and may hold scripts.
    Svg,
    Shell,
    Batch,
    PowerShell,
    Python,
    /// Another language that an interpreter of the system runs: Perl, Ruby, PHP, Lua, AppleScript, Visual Basic.
    Interpreted,
    /// `binding.gyp` and what it includes.
    Gyp,
    Css,
    Text,
    Elf,
    Pe,
    /// Also the form for more than one architecture.
    MachO,
    Wasm,
    Archive,
    Image,
    Font,
    /// Audio, video, documents of known formats.
    Media,
    Binary,
}

impl Kind {
    /// The processor of some machine runs it as it is.
    pub fn is_native(self) -> bool {
        matches!(self, Self::Elf | Self::Pe | Self::MachO)
    }

    /// Read by a person or an interpreter, line by line.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Self::Script
                | Self::Declarations
                | Self::Json
                | Self::SourceMap
                | Self::Markup
                | Self::Svg
                | Self::Shell
                | Self::Batch
                | Self::PowerShell
                | Self::Python
                | Self::Interpreted
                | Self::Gyp
                | Self::Css
                | Self::Text
        )
    }

    /// In messages: `an ELF executable`.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Script => "a script",
            Self::Declarations => "type declarations",
            Self::Json => "JSON",
            Self::SourceMap => "a source map",
            Self::Markup => "markup",
            Self::Svg => "an SVG image",
            Self::Shell => "a shell script",
            Self::Batch => "a batch file",
            Self::PowerShell => "a PowerShell script",
            Self::Python => "a Python script",
            Self::Interpreted => "a script of another language",
            Self::Gyp => "a build description",
            Self::Css => "a style sheet",
            Self::Text => "text",
            Self::Elf => "an ELF executable",
            Self::Pe => "a Windows executable",
            Self::MachO => "a macOS executable",
            Self::Wasm => "WebAssembly",
            Self::Archive => "an archive",
            Self::Image => "an image",
            Self::Font => "a font",
            Self::Media => "a document or recording",
            Self::Binary => "binary data",
        }
    }
}

/// The kind of a file.
pub fn of(path: &str, bytes: &[u8]) -> Kind {
    if bytes.is_empty() {
        return Kind::Empty;
    }
    if let Some(kind) = by_magic(bytes) {
        return kind;
    }
    // What macOS keeps beside a file, `._name`.
    if bytes.starts_with(&[0, 5, 0x16, 7]) {
        return Kind::Binary;
    }
    let named = by_name(path);
    // Node reads what is named as a script as text, whatever bytes are in it: a NUL in a comment hides nothing.
    if named == Some(Kind::Script) {
        return Kind::Script;
    }
    if is_binary(bytes) {
        return Kind::Binary;
    }
    let text = text(bytes);
    let text = text.trim_start();
    if let Some(kind) = by_shebang(text) {
        return kind;
    }
    match named {
        Some(Kind::Json) if looks_like_source_map(path, text) => Kind::SourceMap,
        Some(kind) => kind,
        None => by_text(text, ending(path).is_empty()),
    }
}

/// The text of a file, without a byte order mark; what is not UTF-8 (or UTF-16 with its mark) becomes U+FFFD, as it
/// does in Node.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => narrow(rest),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => narrow(bytes),
    }
}

/// Nearly everything is valid, which is told many times faster than what is not is mended.
fn narrow(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'static, str> {
    let (units, _) = bytes.as_chunks::<2>();
    char::decode_utf16(units.iter().map(|pair| unit(*pair)))
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>()
        .into()
}

/// The ending of a path's last part, in lower case: `js` of `lib/A.JS`. Nothing for `.npmrc`.
pub fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((before, ending)) if !before.is_empty() => ending.to_ascii_lowercase(),
        _ => String::new(),
    }
}

fn by_magic(bytes: &[u8]) -> Option<Kind> {
    let kind = match bytes {
        [0x7f, b'E', b'L', b'F', ..] => Kind::Elf,
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => Kind::MachO,
        // A Java class begins alike; it has its version where the others have the number of architectures.
        [0xca, 0xfe, 0xba, 0xbe | 0xbf, a, b, c, d, ..] => {
            match u32::from_be_bytes([*a, *b, *c, *d]) {
                1..43 => Kind::MachO,
                _ => Kind::Binary,
            }
        }
        [b'M', b'Z', ..] if is_portable_executable(bytes) => Kind::Pe,
        [0, b'a', b's', b'm', ..] => Kind::Wasm,
        [b'P', b'K', 3 | 5, 4 | 6, ..]
        | [0x1f, 0x8b, 8, ..]
        | [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..]
        | [b'R', b'a', b'r', b'!', 0x1a, 7, ..]
        | [0xfd, b'7', b'z', b'X', b'Z', 0, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..]
        | [0x28, 0xb5, 0x2f, 0xfd, ..]
        | [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => Kind::Archive,
        _ if bytes.get(257..262) == Some(b"ustar") => Kind::Archive,
        [0x89, b'P', b'N', b'G', ..]
        | [0xff, 0xd8, 0xff, ..]
        | [0, 0, 1 | 2, 0, 1..=64, 0, ..]
        | [b'I', b'I', 42, 0, ..]
        | [b'M', b'M', 0, 42, ..] => Kind::Image,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] | [b'B', b'M', ..] if is_binary(bytes) => {
            Kind::Image
        }
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Kind::Image,
        [b'R', b'I', b'F', b'F', ..] if is_binary(bytes) => Kind::Media,
        [b'w', b'O', b'F', b'F' | b'2', ..]
        | [0, 1, 0, 0, 0, _, ..]
        | [b'O', b'T', b'T', b'O', 0, ..]
        | [b't', b't', b'c', b'f', 0, ..]
        | [b't', b'r', b'u', b'e', 0, ..] => Kind::Font,
        _ if bytes.get(34..36) == Some(b"LP") && is_binary(bytes) => Kind::Font,
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand {
            [b'a', b'v', b'i', b'f' | b's', ..]
            | [b'h', b'e', b'i', _, ..]
            | [b'm', b'i', b'f', b'1', ..] => Kind::Image,
            _ => Kind::Media,
        },
        [b'%', b'P', b'D', b'F', b'-', ..]
        | [b'I', b'D', b'3', 2..=4, ..]
        | [b'O', b'g', b'g', b'S', 0, ..]
        | [b'f', b'L', b'a', b'C', 0, ..]
        | [0x1a, 0x45, 0xdf, 0xa3, ..] => Kind::Media,
        _ => return None,
    };
    Some(kind)
}

/// With its header where the first says that it is; a DOS program without one is no text either.
fn is_portable_executable(bytes: &[u8]) -> bool {
    let header = bytes
        .get(60..64)
        .and_then(|at| at.try_into().ok())
        .map(|at| u32::from_le_bytes(at) as usize);
    header.is_some_and(|at| bytes.get(at..at.saturating_add(4)) == Some(b"PE\0\0"))
        || is_binary(bytes)
}

/// Not text of any encoding that interpreters read: as git decides it, by a NUL near the beginning, or by control
/// characters.
fn is_binary(bytes: &[u8]) -> bool {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return false;
    }
    let head = &bytes[..bytes.len().min(8_000)];
    if memchr::memchr(0, head).is_some() {
        return true;
    }
    let controls = head
        .iter()
        .filter(|byte| matches!(byte, 1..=6 | 14..=26 | 28..=31 | 127))
        .count();
    controls * 20 > head.len()
}

fn by_name(path: &str) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let kind = match ending(path).as_str() {
        "ts" | "mts" | "cts" if is_declaration(&name) => Kind::Declarations,
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "es6" | "es" | "jsm"
        | "iife" => Kind::Script,
        "json" | "jsonc" | "json5" | "webmanifest" | "geojson" | "topojson" => Kind::Json,
        "map" => Kind::SourceMap,
        "html" | "htm" | "xhtml" | "vue" | "svelte" | "astro" => Kind::Markup,
        "svg" => Kind::Svg,
        "sh" | "bash" | "zsh" | "fish" | "ksh" | "command" => Kind::Shell,
        "bat" | "cmd" => Kind::Batch,
        "ps1" | "psm1" | "psd1" => Kind::PowerShell,
        "py" | "pyw" => Kind::Python,
        "pl" | "pm" | "rb" | "php" | "lua" | "vbs" | "vbe" | "wsf" | "hta" | "applescript"
        | "scpt" | "awk" => Kind::Interpreted,
        "gyp" | "gypi" => Kind::Gyp,
        "css" | "scss" | "sass" | "less" | "styl" | "pcss" => Kind::Css,
        "md" | "markdown" | "txt" | "rst" | "adoc" | "yml" | "yaml" | "toml" | "ini" | "xml"
        | "csv" | "tsv" | "lock" | "log" | "flow" | "coffee" | "graphql" | "gql" | "proto"
        | "c" | "cc" | "cpp" | "h" | "hpp" | "rs" | "go" | "java" | "kt" | "swift" | "m" | "mm"
        | "cs" | "podspec" | "gradle" | "cmake" | "tex" | "hbs" | "ejs" | "mustache" | "pug"
        | "njk" | "liquid" => Kind::Text,
        _ => match name.as_str() {
            "package.json" | ".babelrc" | ".eslintrc" | ".prettierrc" | ".swcrc" => Kind::Json,
            "license" | "licence" | "readme" | "changelog" | "authors" | "contributors"
            | "history" | "notice" | "makefile" | "dockerfile" => Kind::Text,
            _ => return None,
        },
    };
    Some(kind)
}

/// `index.d.ts`, and `logo.d.png.ts` for a module that is not code.
fn is_declaration(name: &str) -> bool {
    let parts: Vec<&str> = name.rsplit('.').take(4).collect();
    matches!(parts[..], [_, "d", _, ..] | [_, _, "d", _])
}

fn by_shebang(text: &str) -> Option<Kind> {
    let line = text.strip_prefix("#!")?.lines().next()?;
    let program = line
        .split_ascii_whitespace()
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .find(|word| *word != "env" && !word.starts_with('-') && !word.contains('='))?;
    let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let kind = match program {
        "node" | "nodejs" | "bun" | "deno" | "tsx" | "ts-node" | "qjs" | "zx" | "babel-node" => {
            Kind::Script
        }
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "fish" | "busybox" => Kind::Shell,
        "python" | "pypy" => Kind::Python,
        "pwsh" | "powershell" => Kind::PowerShell,
        "osascript" if line.contains("JavaScript") => Kind::Script,
        _ => Kind::Interpreted,
    };
    Some(kind)
}

fn looks_like_source_map(path: &str, text: &str) -> bool {
    path.ends_with(".map.json") || (text.contains("\"mappings\"") && text.contains("\"sources\""))
}

/// Of text whose name says nothing. A script is only what has no ending: patches and templates are written in parts of
/// scripts. What is run under another name is found by what runs it.
fn by_text(text: &str, bare: bool) -> Kind {
    let head = head(text, 4_096);
    let lower = head.to_ascii_lowercase();
    if lower.starts_with("<svg") || (lower.starts_with("<?xml") && lower.contains("<svg")) {
        return Kind::Svg;
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return Kind::Markup;
    }
    if lower.starts_with("@echo off") {
        return Kind::Batch;
    }
    if head.starts_with(['{', '[']) && looks_like_json(head) {
        return Kind::Json;
    }
    if bare && looks_like_script(head) {
        return Kind::Script;
    }
    Kind::Text
}

/// An object whose first key is quoted, or an array of such or of plain values.
fn looks_like_json(head: &str) -> bool {
    let mut rest = head.trim_start_matches(|c: char| c == '[' || c == '{' || c.is_whitespace());
    while let Some(comment) = rest.strip_prefix("//") {
        rest = comment
            .split_once('\n')
            .map_or("", |(_, after)| after)
            .trim_start();
    }
    match rest.as_bytes().first() {
        None | Some(b'}' | b']' | b'-' | b'0'..=b'9') => true,
        Some(b'"') => match rest[1..].split_once('"') {
            Some((_, after)) => after.trim_start().starts_with([':', ',', ']']),
            None => true,
        },
        _ => rest.starts_with("true") || rest.starts_with("false") || rest.starts_with("null"),
    }
}

/// Says what only scripts say, more than once or right at the beginning.
fn looks_like_script(head: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "'use strict'",
        "\"use strict\"",
        "!function",
        ";(function",
        "(function",
        "(()=>",
        "(() =>",
        "(async",
        "import ",
        "export ",
        "const ",
        "let ",
        "var ",
        "function ",
        "eval(",
        "require(",
        "module.exports",
    ];
    const WORDS: &[&str] = &[
        "require(",
        "module.exports",
        "exports.",
        "=> {",
        "=>{",
        "function(",
        "function (",
        ");",
        "const ",
        "var ",
        "let ",
        "===",
        "return ",
        "async ",
    ];
    let code = skip_comments(head);
    let said = WORDS.iter().filter(|word| code.contains(**word)).count();
    said >= 4 || (said >= 2 && BEGINNINGS.iter().any(|begin| code.starts_with(begin)))
}

fn skip_comments(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let rest = if let Some(comment) = text.strip_prefix("/*") {
            comment.split_once("*/")
        } else if let Some(comment) = text.strip_prefix("//") {
            comment.split_once('\n')
        } else {
            return text;
        };
        match rest {
            Some((_, after)) => text = after,
            None => return "",
        }
    }
}

/// At most so many bytes of the beginning, cut between characters.
fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
