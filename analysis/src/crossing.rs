//! Data that goes from one file of a package to another: what a file hands to a function that it imports, and what such
//! a function gives back. Each file was read by itself; here their ends are joined.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::facts::{Flow, Sink, Source as From};
use crate::source::Source;
use crate::value::Value;

/// The name of what a module is when it is called itself.
pub(crate) const DEFAULT: &str = "default";
/// Flows that are added to one file.
const MOST: usize = 64;

/// Adds the flows that cross between files to the file in which what joins them stands. `resolve` says which files a
/// relative specifier in a file means.
pub(crate) fn join(sources: &mut [Source], resolve: &dyn Fn(usize, &str) -> Vec<usize>) {
    let mut passing: BTreeMap<usize, Vec<Flow>> = BTreeMap::new();
    let mut giving: BTreeMap<usize, Vec<Flow>> = BTreeMap::new();
    for (at, source) in sources.iter().enumerate() {
        for flow in &source.facts.crossings {
            if flow.source == From::Parameter && is_end(flow.sink) {
                passing.entry(at).or_default().push(flow.clone());
            }
            if flow.sink == Sink::Returned {
                giving.entry(at).or_default().push(flow.clone());
            }
        }
    }
    if passing.is_empty() && giving.is_empty() {
        return;
    }
    for at in 0..sources.len() {
        let mut joined = Vec::new();
        for flow in &sources[at].facts.crossings {
            match (flow.source, flow.sink) {
                (From::Parameter | From::Imported, Sink::Imported) => {}
                (_, Sink::Imported) => {
                    let Some((path, position)) = flow.to.rsplit_once(' ') else {
                        continue;
                    };
                    for (file, name) in called(&sources[at], at, path, resolve) {
                        let wanted = format!("{name} {position}");
                        let passed = passing.get(&file).into_iter().flatten();
                        for end in passed.filter(|end| *end.from == *wanted) {
                            joined.push(into(flow, end, &sources[file].path));
                        }
                    }
                }
                (From::Imported, sink) if is_end(sink) => {
                    for (file, name) in called(&sources[at], at, &flow.from, resolve) {
                        let given = giving.get(&file).into_iter().flatten();
                        for start in given.filter(|start| *start.to == *name) {
                            joined.push(out_of(start, flow, &sources[file].path));
                        }
                    }
                }
                _ => {}
            }
        }
        if joined.is_empty() {
            continue;
        }
        joined.truncate(MOST);
        let facts = &mut sources[at].facts;
        facts.flows.extend(joined);
        facts
            .flows
            .sort_by_key(|flow| (flow.to_span, flow.from_span));
    }
}

fn is_end(sink: Sink) -> bool {
    !matches!(sink, Sink::Imported | Sink::Returned)
}

/// A secret of this file that a function of another sends away.
fn into(here: &Flow, there: &Flow, path: &str) -> Flow {
    // The other file may name the host, or be given it.
    let known = |args: &[Value]| args.iter().any(|arg| *arg != Value::Unknown);
    let mut args = there.args.clone();
    if !known(&args) {
        args.clone_from(&here.args);
    }
    Flow {
        sink: there.sink,
        to: format!("{} in {path}", there.to).into(),
        args,
        encoded: here.encoded || there.encoded,
        ..here.clone()
    }
}

/// A secret of another file that this one sends away.
fn out_of(there: &Flow, here: &Flow, path: &str) -> Flow {
    Flow {
        source: there.source,
        from: Rc::from(format!("{} in {path}", there.from)),
        encoded: here.encoded || there.encoded,
        ..here.clone()
    }
}

/// The files and the name of the function that a callee means: `./lib/send.js.Client().post`.
fn called(
    source: &Source,
    at: usize,
    path: &str,
    resolve: &dyn Fn(usize, &str) -> Vec<usize>,
) -> Vec<(usize, String)> {
    let specifiers = source.facts.imports.iter().filter_map(|import| {
        let specifier = import.specifier.text()?;
        path.strip_prefix(specifier)
            .filter(|rest| rest.is_empty() || rest.starts_with(['.', '(']))
            .map(|rest| (specifier, rest))
    });
    let Some((specifier, rest)) = specifiers.max_by_key(|(specifier, _)| specifier.len()) else {
        return Vec::new();
    };
    let name = match rest.rsplit('.').next() {
        Some("") | None => DEFAULT,
        Some(name) => name.trim_end_matches("()"),
    };
    let name = if name.is_empty() { DEFAULT } else { name };
    resolve(at, specifier)
        .into_iter()
        .map(|file| (file, name.to_owned()))
        .collect()
}
