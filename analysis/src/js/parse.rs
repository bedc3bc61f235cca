//! Text to syntax tree, trying what it may be written in; hostile depth is refused before the parser sees it.

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{GetSpan, SourceType};

use super::Script;

/// The program, or why there is none.
pub(super) fn parse<'a>(
    arena: &'a Allocator,
    script: Script<'_>,
    text: &'a str,
) -> Result<Program<'a>, String> {
    let mut first = None;
    for source_type in dialects(script.path) {
        let options = ParseOptions {
            allow_return_outside_function: true,
            preserve_parens: false,
            ..ParseOptions::default()
        };
        let parsed = Parser::new(arena, text, source_type)
            .with_options(options)
            .parse();
        // Complaints that leave a whole tree (a duplicate binding, a stray `await`) hide nothing from the walk.
        if !parsed.panicked && (parsed.diagnostics.is_empty() || is_whole(&parsed.program, text)) {
            return Ok(parsed.program);
        }
        if first.is_none() {
            first = Some(
                parsed
                    .diagnostics
                    .first()
                    .map_or_else(|| "it does not parse".to_owned(), ToString::to_string),
            );
        }
    }
    Err(first.unwrap_or_default())
}

/// Behind the last statement there are only comments and blanks. At a character that is of no token, the parser takes
/// the text for ended, and says so only in its complaints.
fn is_whole(program: &Program<'_>, text: &str) -> bool {
    let statements = program.body.last().map_or(0, |last| last.span().end);
    let directives = program.directives.last().map_or(0, |last| last.span.end);
    let hashbang = program.hashbang.as_ref().map_or(0, |line| line.span.end);
    let behind = statements.max(directives).max(hashbang);
    let mut at = behind as usize;
    let comments = program.comments.iter().map(|comment| comment.span);
    for span in comments
        .filter(|span| span.start >= behind)
        .chain([oxc_span::Span::empty(
            u32::try_from(text.len()).unwrap_or(u32::MAX),
        )])
    {
        let between = text.get(at..span.start as usize).unwrap_or_default();
        if !between
            .chars()
            .all(|c| c.is_whitespace() || c == '\u{feff}')
        {
            return false;
        }
        at = span.end as usize;
    }
    true
}

/// What a script may be written in, likeliest first.
fn dialects(path: &str) -> impl Iterator<Item = SourceType> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let javascript = [
        SourceType::unambiguous().with_jsx(true),
        SourceType::script(),
        SourceType::ts(),
        SourceType::tsx(),
    ];
    let typescript = [
        SourceType::ts(),
        SourceType::tsx(),
        SourceType::unambiguous().with_jsx(true),
        SourceType::script(),
    ];
    let ending = name.rsplit('.').next().unwrap_or("");
    let module = [
        SourceType::mjs().with_jsx(true),
        SourceType::script(),
        SourceType::ts(),
        SourceType::tsx(),
    ];
    match ending {
        "ts" | "mts" | "cts" | "tsx" => typescript,
        "mjs" => module,
        _ => javascript,
    }
    .into_iter()
}
