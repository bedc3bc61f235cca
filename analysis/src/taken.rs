//! Paths of secrets that a file reads, or only names.

use std::collections::BTreeSet;

use crate::api;
use crate::command;
use crate::facts::{self, Span};
use crate::found::{shown, shown_call};
use crate::secret::{self, Kind};
use crate::source::Source;

/// A path that leads to a secret.
#[derive(Clone, Debug)]
pub struct Taken {
    pub kind: Kind,
    /// `~` is the home folder, `*` what is not known.
    pub path: String,
    pub span: Span,
    pub function: u32,
    pub evidence: String,
    /// A call was seen to read it; otherwise it only stands there.
    pub read: bool,
}

/// Every such path, each once, read ones first.
pub fn taken(source: &Source) -> &[Taken] {
    source.taken.get_or_init(|| all_taken(source))
}

fn all_taken(source: &Source) -> Vec<Taken> {
    let facts = &source.facts;
    let mut all: Vec<Taken> = Vec::new();
    for call in &facts.calls {
        if call.uses.reads_file {
            for arg in call.args.iter().take(1) {
                let Some(path) = api::path(arg) else { continue };
                all.extend(secret::path(&path).map(|kind| Taken {
                    kind,
                    path,
                    span: call.span,
                    function: call.function,
                    evidence: shown_call(&call.callee, &call.args, call.new),
                    read: true,
                }));
            }
        } else if let Some(line) = api::command_line(call) {
            for step in command::read(&line).steps {
                for arg in &step.args {
                    let path = arg
                        .trim_start_matches('@')
                        .replace("$HOME", "~")
                        .replace("%USERPROFILE%", "~");
                    all.extend(secret::path(&path).map(|kind| Taken {
                        kind,
                        path,
                        span: call.span,
                        function: call.function,
                        evidence: shown_call(&call.callee, &call.args, call.new),
                        read: true,
                    }));
                }
            }
        }
    }
    for flow in &facts.flows {
        if flow.source != facts::Source::SecretFile
            || all.iter().any(|known| known.span == flow.from_span)
        {
            continue;
        }
        // `fs.readFileSync("~/.npmrc")`
        let path = flow.from.split('"').nth(1).unwrap_or(&flow.from).to_owned();
        all.push(Taken {
            kind: secret::path(&path).unwrap_or(Kind::Credential),
            path,
            span: flow.from_span,
            function: flow.function,
            evidence: flow.from.to_string(),
            read: true,
        });
    }
    let strings = match secret::may_be_in(source.texts()) {
        true => &*facts.strings,
        false => &[],
    };
    for text in strings {
        let is_path =
            text.text.len() < 300 && !text.text.contains("://") && !text.text.trim().contains("  ");
        if !is_path {
            continue;
        }
        all.extend(secret::path(&text.text).map(|kind| Taken {
            kind,
            path: text.text.to_string(),
            span: text.span,
            function: text.function,
            evidence: text.text.to_string(),
            read: false,
        }));
    }
    // A path that is put together of parts: `path.join(home, ".ssh", name)` with a name that is not known.
    for call in &facts.calls {
        if !matches!(
            &*call.callee,
            "path.join" | "path.resolve" | "path.posix.join" | "path.win32.join"
        ) {
            continue;
        }
        let mut path = String::new();
        for arg in call.args.iter().take(20) {
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(api::path(arg).as_deref().unwrap_or("*"));
        }
        all.extend(secret::path(&path).map(|kind| Taken {
            kind,
            path,
            span: call.span,
            function: call.function,
            evidence: format!(
                "{}({})",
                call.callee,
                call.args.iter().map(shown).collect::<Vec<_>>().join(", ")
            ),
            read: false,
        }));
    }
    let mut seen = BTreeSet::new();
    all.sort_by_key(|taken| !taken.read);
    // The beginning of a path that is read is no other path.
    let longer: Vec<String> = (all.iter().filter(|taken| taken.read))
        .map(|taken| middle(&taken.path))
        .collect();
    all.retain(|taken| {
        let path = middle(&taken.path);
        taken.read || !longer.iter().any(|read| read.contains(&path))
    });
    all.retain(|taken| seen.insert(ending(&taken.path)));
    all
}

fn middle(path: &str) -> String {
    let path = secret::plain(path);
    path.trim_matches(['*', '~', '/']).to_owned()
}

/// The last two parts, in lower case: the same file by another way.
fn ending(path: &str) -> String {
    let path = secret::plain(path);
    let mut parts = path.trim_end_matches('/').rsplit('/');
    let last = parts.next().unwrap_or("").to_owned();
    match parts.next() {
        Some(parent) if !matches!(parent, "~" | "*" | "") => format!("{parent}/{last}"),
        _ => last,
    }
}

/// Whether the file reads files, or whole folders, whose path could not be told.
pub fn reads_unknown_files(source: &Source) -> bool {
    source.facts.calls.iter().any(|call| {
        call.uses.reads_file && call.args.first().is_none_or(|arg| arg.text().is_none())
    })
}

/// Paths that tools name for honest reasons: to write them, to leave them out of an archive.
pub fn is_settings(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [
        ".npmrc",
        ".yarnrc",
        ".yarnrc.yml",
        ".env",
        ".netrc",
        "_netrc",
    ]
    .iter()
    .any(|name| path.ends_with(name))
}
