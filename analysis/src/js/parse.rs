//! Text to syntax tree, trying what it may be written in; hostile depth is refused before the parser sees it.

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;

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
        if !parsed.panicked {
            // Complaints that leave a whole tree (a duplicate binding, a stray `await`) hide nothing from the walk.
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
