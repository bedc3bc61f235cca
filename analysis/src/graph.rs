//! When each file of a package runs: from what `package.json` and `binding.gyp` name, along imports, reads and started
//! processes, to every file; the earliest moment counts.

mod commands;
mod constants;
mod edges;
mod entries;
mod paths;
mod resolve;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::crossing;
use crate::finding::Phase;
use crate::js::Given;
use crate::kind::Kind;
use crate::manifest::Manifest;
use crate::source::Source;

use edges::Edge;
use resolve::Files;

/// A way into the package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    file: usize,
    phase: Phase,
    /// Run as JavaScript, whatever it is called.
    script: bool,
}

/// Sets [`Source::phase`] and [`Source::phases`] of every file, and joins the flows of data that go from file to file. `read` is called for a file that turns out to be run as
/// a script although it looked like something else; it may leave the file as it is. `again` is called for a file that uses
/// constants of others.
pub fn phases(
    sources: &mut [Source],
    manifest: &Manifest,
    read: &mut dyn FnMut(&mut Source),
    again: &mut dyn FnMut(&mut Source, &Given),
) {
    let files = Files::new(sources);
    constants::give(sources, &files, again);
    let entries = entries::entries(&files, sources, manifest);
    let mut graph = Graph {
        phases: vec![Phase::Unreachable; sources.len()],
        edges: sources.iter().map(|_| None).collect(),
        waiting: BTreeSet::new(),
        files,
    };
    for entry in entries {
        graph.reach(sources, entry, read);
    }
    graph.walk(sources, manifest, read);
    // Only now: what nothing else leads to.
    for file in 0..sources.len() {
        let Some(phase) = entries::by_itself(&sources[file], manifest) else {
            continue;
        };
        let entry = Entry {
            file,
            phase,
            script: false,
        };
        graph.reach(sources, entry, read);
    }
    graph.walk(sources, manifest, read);
    for (source, phase) in sources.iter_mut().zip(&graph.phases) {
        source.phase = *phase;
        source.phases = (0..source.facts.functions.len())
            .map(|function| of_function(source, *phase, function))
            .collect();
    }
    let folders: Vec<String> = sources
        .iter()
        .map(|source| paths::folder(&source.path).to_owned())
        .collect();
    crossing::join(sources, &|at, specifier| {
        graph.files.module(&folders[at], specifier).to_vec()
    });
}

/// A program runs all of itself; a module waits for the calls of whoever imported it.
fn of_function(source: &Source, file: Phase, function: usize) -> Phase {
    match file {
        Phase::Import if function > 0 && !runs(source, function) => Phase::Call,
        phase => phase,
    }
}

fn runs(source: &Source, function: usize) -> bool {
    source
        .facts
        .functions
        .get(function)
        .is_none_or(|function| function.runs)
}

struct Graph {
    files: Files,
    phases: Vec<Phase>,
    edges: Vec<Option<Vec<Edge>>>,
    waiting: BTreeSet<(Phase, usize)>,
}

impl Graph {
    fn reach(&mut self, sources: &mut [Source], entry: Entry, read: &mut dyn FnMut(&mut Source)) {
        let Entry {
            file,
            phase,
            script,
        } = entry;
        let source = &mut sources[file];
        source.loaded |= script;
        if script && may_be_script(source) {
            read(source);
            // What was known of its edges was known of another kind of file.
            self.edges[file] = None;
            if self.phases[file] <= phase {
                self.waiting.insert((self.phases[file], file));
            }
        }
        if phase < self.phases[file] {
            self.waiting.remove(&(self.phases[file], file));
            self.phases[file] = phase;
            self.waiting.insert((phase, file));
        }
    }

    /// Earliest first, so that each file is left once or twice.
    fn walk(
        &mut self,
        sources: &mut [Source],
        manifest: &Manifest,
        read: &mut dyn FnMut(&mut Source),
    ) {
        while let Some((phase, file)) = self.waiting.pop_first() {
            let edges = match self.edges[file].take() {
                Some(edges) => edges,
                None => edges::edges(&self.files, sources, file, manifest),
            };
            for edge in &edges {
                let phase = of_function(&sources[file], phase, edge.function as usize);
                let entry = Entry {
                    file: edge.file,
                    phase,
                    script: edge.script,
                };
                self.reach(sources, entry, read);
            }
            self.edges[file] = Some(edges);
        }
    }
}

/// Node takes any file without a known ending for a script.
fn may_be_script(source: &Source) -> bool {
    match source.kind {
        // What is evaluated may be called JSON, and what is JSON is also an expression.
        Kind::Json => !source.text.trim_start().starts_with(['{', '[', '"']),
        Kind::Text
        | Kind::Declarations
        | Kind::Interpreted
        | Kind::Binary
        | Kind::Css
        | Kind::Markup
        | Kind::Svg
        | Kind::Image
        | Kind::SourceMap
        | Kind::Gyp => true,
        _ => false,
    }
}
