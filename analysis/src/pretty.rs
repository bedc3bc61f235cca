//! Minified code, shown readably round a place: the largest piece of syntax round it that fits on a few lines, printed
//! anew.

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast_visit::Visit;
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions, IndentChar};
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{GetSpan, SourceType};

use crate::finding::Place;
use crate::limits::Limits;
use crate::raw;

/// Lines of one excerpt.
const LINES: usize = 20;

/// Characters of a line of it.
const COLUMNS: usize = 160;

/// A piece of code that prints on a few lines is never longer, in bytes.
const PIECE: u32 = 6_000;

/// How many pieces round a place are tried.
const TRIES: usize = 32;

/// The code round each place, in their order; nothing where that cannot be shown. The places are of this one file.
pub fn excerpts(path: &str, text: &str, places: &[&Place], limits: &Limits) -> Vec<Option<String>> {
    let offsets: Vec<Option<u32>> = places.iter().map(|place| offset(text, place)).collect();
    let pieces = pieces(path, text, &offsets, limits);
    offsets
        .iter()
        .zip(pieces)
        .map(|(offset, pieces)| {
            let offset = (*offset)?;
            let fitting = pieces
                .iter()
                .find_map(|(start, end)| printed(path, text.get(*start as usize..*end as usize)?));
            fitting.or_else(|| surroundings(text, offset))
        })
        .collect()
}

/// Where a place lies in the text; nothing for a place that names the whole file.
fn offset(text: &str, place: &Place) -> Option<u32> {
    let line = place.line.checked_sub(1)?;
    let start = match line {
        0 => 0,
        _ => memchr::memchr_iter(b'\n', text.as_bytes()).nth(line as usize - 1)? + 1,
    };
    let line = &text[start..];
    let line = &line[..memchr::memchr(b'\n', line.as_bytes()).unwrap_or(line.len())];
    let column = place.column.saturating_sub(1) as usize;
    let (within, _) = line.char_indices().nth(column)?;
    u32::try_from(start + within).ok()
}

/// For each offset the pieces of syntax round it, the largest first.
fn pieces(
    path: &str,
    text: &str,
    offsets: &[Option<u32>],
    limits: &Limits,
) -> Vec<Vec<(u32, u32)>> {
    let nothing = vec![Vec::new(); offsets.len()];
    if text.len() > limits.script_bytes || raw::nesting(text) > limits.nesting {
        return nothing;
    }
    let arena = Allocator::default();
    for dialect in dialects(path) {
        let parsed = Parser::new(&arena, text, dialect)
            .with_options(options())
            .parse();
        if parsed.panicked {
            continue;
        }
        let mut round = Round {
            offsets,
            pieces: nothing,
        };
        round.visit_program(&parsed.program);
        for pieces in &mut round.pieces {
            // Nodes come from the outermost inwards.
            pieces.dedup();
            pieces.truncate(TRIES);
        }
        return round.pieces;
    }
    nothing
}

struct Round<'o> {
    offsets: &'o [Option<u32>],
    pieces: Vec<Vec<(u32, u32)>>,
}

impl<'a> Visit<'a> for Round<'_> {
    fn enter_node(&mut self, kind: AstKind<'a>) {
        let span = kind.span();
        if span.size() > PIECE {
            return;
        }
        for (offset, pieces) in self.offsets.iter().zip(&mut self.pieces) {
            let within = |offset: u32| span.start <= offset && offset < span.end;
            if offset.is_some_and(within) {
                pieces.push((span.start, span.end));
            }
        }
    }
}

/// A piece on its own lines, if it can stand by itself and they are few.
fn printed(path: &str, piece: &str) -> Option<String> {
    let arena = Allocator::default();
    let in_brackets = format!("({piece})");
    for dialect in dialects(path) {
        for code in [piece, &in_brackets] {
            let parsed = Parser::new(&arena, code, dialect)
                .with_options(options())
                .parse();
            if parsed.panicked || !parsed.diagnostics.is_empty() {
                continue;
            }
            let printed = Codegen::new()
                .with_options(CodegenOptions {
                    indent_char: IndentChar::Space,
                    indent_width: 2,
                    comments: CommentOptions::disabled(),
                    ..CodegenOptions::default()
                })
                .build(&parsed.program)
                .code;
            let printed = printed.trim();
            if printed.is_empty() {
                continue;
            }
            return (printed.lines().count() <= LINES).then(|| narrowed(printed));
        }
    }
    None
}

fn narrowed(code: &str) -> String {
    let lines: Vec<String> = code
        .lines()
        .map(|line| match line.char_indices().nth(COLUMNS) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_owned(),
        })
        .collect();
    lines.join("\n")
}

/// The line round an offset as it is, for what no parser takes.
fn surroundings(text: &str, offset: u32) -> Option<String> {
    const BEFORE: usize = 80;
    let offset = offset as usize;
    let line = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let start = text.floor_char_boundary(offset.saturating_sub(BEFORE).max(line));
    let rest = text.get(start..)?.lines().next()?;
    let cut = if start > line { "…" } else { "" };
    let shown = narrowed(&format!("{cut}{rest}"));
    (!shown.trim().is_empty()).then_some(shown)
}

fn options() -> ParseOptions {
    ParseOptions {
        allow_return_outside_function: true,
        ..ParseOptions::default()
    }
}

fn dialects(path: &str) -> [SourceType; 2] {
    let javascript = SourceType::unambiguous().with_jsx(true);
    let typescript = SourceType::ts();
    match path.rsplit('.').next() {
        Some("ts" | "mts" | "cts") => [typescript, javascript],
        Some("tsx") => [SourceType::tsx(), javascript],
        _ => [javascript, typescript],
    }
}

#[cfg(test)]
mod tests;
