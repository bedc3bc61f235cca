//! What files of a project import: a question of its own, because nothing is judged. Asked of a worker like any other, since
//! it parses.

use lazaret_analysis::js::{self, Script};
use lazaret_analysis::kind::{self, Kind};
use lazaret_analysis::{Facts, Limits};
use serde::{Deserialize, Serialize};

use super::Unfinished;
use super::pool::Ending;
use super::worker::noted;

/// In the place of a head's length, which is never that large.
const MARK: [u8; 4] = u32::MAX.to_le_bytes();

/// Most imports of one file that are told.
const MOST_IMPORTS: usize = 20_000;

/// What one file imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imports {
    pub path: String,
    /// In the order of the file.
    pub imports: Vec<Import>,
    /// Why there may be more.
    pub unfinished: Option<String>,
}

/// `import`, `export … from`, `require`, `import()`; types alone are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// As written.
    pub specifier: String,
    /// From 1.
    pub line: u32,
}

/// The request as the worker reads it.
pub(super) struct Asked<'b> {
    files: Vec<(String, &'b [u8])>,
    deadly: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    /// Paths and lengths.
    files: Vec<(String, usize)>,
    /// Files that are not read, and why.
    deadly: Vec<(String, String)>,
}

/// The head of a request; the files' bytes follow it, one after the other.
pub(super) fn encoded(
    files: &[(String, Vec<u8>)],
    deadly: &[(String, String)],
) -> Result<Vec<u8>, Ending> {
    let head = Head {
        files: files
            .iter()
            .map(|(path, bytes)| (path.clone(), bytes.len()))
            .collect(),
        deadly: deadly.to_vec(),
    };
    let head = serde_json::to_vec(&head).map_err(|error| {
        Ending::Final(Unfinished {
            package: 0,
            file: None,
            why: error.to_string(),
            surroundings: false,
        })
    })?;
    let mut bytes = MARK.to_vec();
    bytes.extend_from_slice(&u64::try_from(head.len()).unwrap_or(u64::MAX).to_le_bytes());
    bytes.extend_from_slice(&head);
    Ok(bytes)
}

impl<'b> Asked<'b> {
    /// Nothing for other requests.
    pub(super) fn read(request: &'b [u8]) -> Option<Self> {
        let rest = request.strip_prefix(&MARK)?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (head, mut bodies) = rest.split_at_checked(length)?;
        let head: Head = serde_json::from_slice(head).ok()?;
        let mut files = Vec::new();
        for (path, length) in head.files {
            let (body, rest) = bodies.split_at_checked(length)?;
            bodies = rest;
            files.push((path, body));
        }
        bodies.is_empty().then_some(Self {
            files,
            deadly: head.deadly,
        })
    }
}

/// What a worker answers.
pub(super) fn answer(asked: &Asked<'_>, note: &mut dyn FnMut(&[u8])) -> Vec<Imports> {
    // Imports are literals nearly always: little needs to be folded to know them.
    let limits = Limits {
        fold_steps: 200_000,
        fold_steps_per_byte: 1,
        fold_bytes: 4 << 20,
        fold_bytes_per_byte: 1,
        nested_code: 0,
        ..Limits::default()
    };
    let files = asked.files.iter().map(|(path, bytes)| {
        let dead = asked.deadly.iter().find(|(file, _)| file == path);
        if let Some((_, why)) = dead {
            return Imports {
                path: path.clone(),
                imports: Vec::new(),
                unfinished: Some(why.clone()),
            };
        }
        note(&noted(0, path));
        of(path, bytes, &limits)
    });
    files.collect()
}

fn of(path: &str, bytes: &[u8], limits: &Limits) -> Imports {
    let text = kind::text(bytes);
    let mut found = Imports {
        path: path.to_owned(),
        imports: Vec::new(),
        unfinished: None,
    };
    match kind::of(path, bytes) {
        Kind::Script => {
            let script = Script { path, text: &text };
            found.add(&js::facts(script, limits), &text, 0);
        }
        Kind::Markup => {
            for block in kind::blocks(&text) {
                let path = match block.typescript {
                    true => "block.ts",
                    false => "block.js",
                };
                let Some(inner) = text.get(block.start..block.end) else {
                    continue;
                };
                let script = Script { path, text: inner };
                found.add(&js::facts(script, limits), &text, block.start);
            }
        }
        _ => {}
    }
    found
}

impl Imports {
    fn add(&mut self, facts: &Facts, text: &str, offset: usize) {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let ends: Vec<usize> = ends.map(|(end, _)| end).collect();
        for import in &facts.imports {
            let Some(specifier) = import.specifier.text() else {
                continue;
            };
            if self.imports.len() >= MOST_IMPORTS {
                self.unfinished = Some(format!("more than {MOST_IMPORTS} imports"));
                return;
            }
            let start = offset + import.span.start as usize;
            let line = ends.partition_point(|end| *end < start) + 1;
            self.imports.push(Import {
                specifier: specifier.to_owned(),
                line: u32::try_from(line).unwrap_or(u32::MAX),
            });
        }
        if let Some(hit) = facts.hits.first() {
            self.unfinished.get_or_insert_with(|| hit.why.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(path: &str, text: &str) -> Vec<(String, u32)> {
        let files = vec![(path.to_owned(), text.as_bytes().to_vec())];
        let Ok(mut request) = encoded(&files, &[]) else {
            panic!("it can be written");
        };
        request.extend_from_slice(text.as_bytes());
        let asked = Asked::read(&request).unwrap();
        let found = answer(&asked, &mut |_| {}).remove(0);
        assert_eq!(found.unfinished, None);
        let imports = found.imports.into_iter();
        imports
            .map(|import| (import.specifier, import.line))
            .collect()
    }

    #[test]
    fn imports_of_every_form_have_their_line() {
        let text = "import a from 'a';\nexport * from \"@s/b/c\";\nconst d = require('d');\n\
                    async () => import(`e`);\nimport type { T } from 'types-only';\n// require('no')\n";
        let found = imports("src/a.ts", text);
        let expected = [("a", 1), ("@s/b/c", 2), ("d", 3), ("e", 4)];
        let expected: Vec<(String, u32)> = expected
            .iter()
            .map(|(name, line)| ((*name).to_owned(), *line))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn scripts_in_markup_have_the_lines_of_the_file() {
        let text = "<template/>\n<script lang=\"ts\">\nimport { a } from 'a'\n</script>\n";
        assert_eq!(imports("App.vue", text), [("a".to_owned(), 3)]);
    }

    #[test]
    fn a_request_that_is_cut_or_of_another_kind_is_none() {
        let files = vec![("a.js".to_owned(), b"x".to_vec())];
        let Ok(mut request) = encoded(&files, &[]) else {
            panic!("it can be written");
        };
        assert!(Asked::read(&request).is_none(), "the body is missing");
        request.extend_from_slice(b"xy");
        assert!(Asked::read(&request).is_none(), "there is too much of it");
        assert!(Asked::read(&[0, 0, 0, 0]).is_none());
        assert!(Asked::read(b"").is_none());
    }

    #[test]
    fn a_file_that_is_deadly_is_not_read() {
        let files = vec![("a.js".to_owned(), b"import 'a'".to_vec())];
        let Ok(mut request) = encoded(&files, &[("a.js".into(), "it crashed".into())]) else {
            panic!("it can be written");
        };
        request.extend_from_slice(b"import 'a'");
        let found = answer(&Asked::read(&request).unwrap(), &mut |_| {});
        assert_eq!(found[0].imports, []);
        assert_eq!(found[0].unfinished.as_deref(), Some("it crashed"));
    }
}
