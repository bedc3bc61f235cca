//! One long line in a file that a person wrote, one minified file among files that people wrote.

use super::{Detector, Looks};
use crate::facts::{Facts, Span};
use crate::finding::Severity;
use crate::found::Found;
use crate::kind::Kind;
use crate::source::Source;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "odd-one-out",
    title: "Does not look like the rest of the package",
    severity: Severity::High,
    cold: Severity::Low,
    page: include_str!("odd_one_out.md"),
    looks: Looks::Package(look),
};

/// A line that no person wrote.
const LONG: usize = 5_000;

fn look(package: &PackageView, found: &mut Found) {
    let scripts = || {
        package
            .files
            .iter()
            .filter(|file| file.kind == Kind::Script && file.text.len() >= 200)
    };
    let minified = scripts().filter(|file| file.is_minified()).count();
    let written = scripts().count() - minified;
    for file in scripts() {
        if (file.raw().longest_line as usize) < LONG || is_built(&file.path) {
            continue;
        }
        found.within(file);
        if let Some(line) = long_line_of_code(file) {
            found
                .at(line)
                .message(format!(
                    "has a line of {} bytes of code in a file that is written by hand otherwise",
                    line.end - line.start
                ))
                .evidence(head(file.slice(line)))
                .same(&file.path)
                .add();
        } else if file.is_minified() && minified == 1 && written >= 3 {
            found
                .file()
                .severity(Severity::Medium)
                .message("is minified, and nothing else in the package is")
                .same(&file.path)
                .add();
        }
    }
}

fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(120)]
}

/// The longest line, if functions are in it and also outside of it.
fn long_line_of_code(source: &Source) -> Option<Span> {
    let mut start = 0;
    let longest = source.text.split('\n').map(|line| {
        let span = (start, start + line.len());
        start += line.len() + 1;
        span
    });
    let (start, end) = longest.max_by_key(|(start, end)| end - start)?;
    let span = Span {
        start: u32::try_from(start).ok()?,
        end: u32::try_from(end).ok()?,
    };
    let inside = |at: u32| at >= span.start && at < span.end;
    let facts = &source.facts;
    let within = facts
        .functions
        .iter()
        .skip(1)
        .filter(|function| inside(function.span.start))
        .count();
    let written = lines_written(facts, &inside, source);
    // Functions and calls of a person stand in lines of their own.
    (within >= 3 && written >= 3 && source.raw().long_bytes as usize <= (end - start) + 2_000)
        .then_some(span)
}

/// How many lines outside have code.
fn lines_written(facts: &Facts, inside: &dyn Fn(u32) -> bool, source: &Source) -> usize {
    let starts: Vec<u32> = memchr::memchr_iter(b'\n', source.text.as_bytes())
        .map(|at| u32::try_from(at).unwrap_or(u32::MAX))
        .collect();
    let mut lines: Vec<usize> = facts
        .calls
        .iter()
        .map(|call| call.span)
        .chain(facts.imports.iter().map(|import| import.span))
        .chain(facts.functions.iter().skip(1).map(|function| function.span))
        .chain(facts.strings.iter().map(|text| text.span))
        .filter(|span| !inside(span.start))
        .map(|span| starts.partition_point(|start| *start < span.start))
        .collect();
    lines.sort_unstable();
    lines.dedup();
    lines.len()
}

/// Names and folders of what tools make.
fn is_built(path: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "dist",
        "build",
        "umd",
        "bundle",
        "bundles",
        "vendor",
        "vendors",
        "third_party",
        "third-party",
        "compiled",
        "assets",
        "static",
        "public",
        "min",
        "prebuilt",
        "generated",
        "node_modules",
        "cdn",
        "iife",
        "standalone",
        "browser",
    ];
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    [
        ".min.",
        "-min.",
        ".bundle",
        "bundle.",
        ".prod",
        ".production",
        ".umd.",
        ".iife.",
        ".global.",
        ".standalone",
        "worker",
    ]
    .iter()
    .any(|mark| name.contains(mark))
        || parts.any(|folder| FOLDERS.contains(&folder))
}
