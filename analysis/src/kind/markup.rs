//! The scripts in HTML, Vue, Svelte and SVG.

use memchr::memmem;

/// A script within markup: bytes `start..end` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub start: usize,
    pub end: usize,
    /// Said to be TypeScript: `lang="ts"`.
    pub typescript: bool,
}

/// How many blocks are looked at in one file.
const BLOCKS: usize = 1_000;

/// The bodies of `<script>` elements that hold code, in order. Handlers in attributes are not among them.
pub fn blocks(markup: &str) -> Vec<Block> {
    let bytes = markup.as_bytes();
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(found) = find_ignoring_case(&bytes[at..], b"<script") {
        let open = at + found + b"<script".len();
        let Some(close) = end_of_tag(&bytes[open..]).map(|end| open + end) else {
            break;
        };
        let attributes = markup[open..close].to_ascii_lowercase();
        let start = close + 1;
        if attributes.ends_with('/') {
            at = start;
            continue;
        }
        // A browser runs a script without an end up to the end of the file, too.
        let end =
            find_ignoring_case(&bytes[start..], b"</script").map_or(bytes.len(), |end| start + end);
        if holds_code(&attributes) && !markup[start..end].trim().is_empty() {
            blocks.push(Block {
                start,
                end,
                typescript: attributes.contains("lang=\"ts")
                    || attributes.contains("lang='ts")
                    || attributes.contains("lang=ts"),
            });
        }
        at = end;
        if blocks.len() == BLOCKS {
            break;
        }
    }
    blocks
}

/// Templates, data and shaders are kept in script elements, too.
fn holds_code(attributes: &str) -> bool {
    let Some((_, kind)) = attributes.split_once("type=") else {
        return true;
    };
    let kind = kind.trim_start_matches(['"', '\'']);
    kind.starts_with("module")
        || kind.starts_with(['"', '\''])
        || ["javascript", "ecmascript", "typescript", "babel", "jsx"]
            .iter()
            .any(|name| {
                kind.split(['"', '\'', ' ', '>'])
                    .next()
                    .is_some_and(|kind| kind.contains(name))
            })
}

/// The `>` of an opening tag, not one within quotes.
fn end_of_tag(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate() {
        match quote {
            Some(open) if open == byte => quote = None,
            Some(_) => {}
            None if byte == b'>' => return Some(at),
            None if byte == b'"' || byte == b'\'' => quote = Some(byte),
            None => {}
        }
    }
    memchr::memchr(b'>', bytes)
}

/// `tag` in lower case.
fn find_ignoring_case(bytes: &[u8], tag: &[u8]) -> Option<usize> {
    memmem::find_iter(bytes, &tag[..1]).find(|&at| {
        bytes
            .get(at..at + tag.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(tag))
    })
}
