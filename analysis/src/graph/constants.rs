//! Constants that one file of a package has and another uses: `http.get(BASE.join("."))`, where `BASE` lies in
//! `./settings.js`. Each file is read by itself; one that reaches out with something of another file's is read once more, and
//! is told then what that is.

use std::rc::Rc;

use super::paths;
use super::resolve::Files;
use crate::facts::Call;
use crate::js::Given;
use crate::source::Source;
use crate::value::Value;

/// Longer files are bundles: what they use, they have.
const LONGEST: usize = 256 << 10;
/// Files of one package that are read once more.
const MOST_FILES: usize = 200;
/// Constants that one file is told.
const MOST: usize = 256;

/// Calls `read` for each file that reaches out with what other files have.
pub(super) fn give(
    sources: &mut [Source],
    files: &Files,
    read: &mut dyn FnMut(&mut Source, &Given),
) {
    if sources
        .iter()
        .all(|source| source.facts.constants.is_empty())
    {
        return;
    }
    let mut wanting: Vec<(usize, Given)> = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        let wants = source.text.len() <= LONGEST && source.facts.calls.iter().any(reaches_out);
        if !wants {
            continue;
        }
        let given = given(sources, files, source);
        if !given.is_empty() {
            wanting.push((at, given));
        }
        if wanting.len() == MOST_FILES {
            break;
        }
    }
    for (at, given) in wanting {
        read(&mut sources[at], &given);
    }
}

/// The constants of the modules that a file imports, by the names under which it sees them.
fn given(sources: &[Source], files: &Files, source: &Source) -> Given {
    let folder = paths::folder(&source.path);
    let mut given = Given::default();
    for import in &source.facts.imports {
        let Some(specifier) = import.specifier.text().filter(|text| text.starts_with('.')) else {
            continue;
        };
        // More than one: nobody can tell which.
        let [module] = files.module(folder, specifier) else {
            continue;
        };
        for (name, value) in &sources[*module].facts.constants {
            if given.len() == MOST {
                return given;
            }
            given.insert(Rc::from(format!("{specifier}.{name}")), value.clone());
        }
    }
    given
}

/// A request, a program or code, with something of another module in it.
fn reaches_out(call: &Call) -> bool {
    let grave =
        call.uses.network.is_some() || call.uses.starts_process || call.uses.runs_text.is_some();
    grave && call.args.iter().take(3).any(|arg| is_of_module(arg, 3))
}

fn is_of_module(value: &Value, depth: usize) -> bool {
    match value {
        Value::Path(path) => path.starts_with('.'),
        Value::Concat(parts) | Value::Array(parts) if depth > 0 => {
            parts.iter().any(|part| is_of_module(part, depth - 1))
        }
        Value::Object(members) if depth > 0 => members
            .iter()
            .any(|(_, value)| is_of_module(value, depth - 1)),
        _ => false,
    }
}
