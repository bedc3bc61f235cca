//! Deletes what is not the package's own.

use super::{Detector, Looks};
use crate::api;
use crate::command::{self, Deed};
use crate::facts::{Call, Facts};
use crate::files::{deleted, file_function};
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "wipe",
    title: "Deletes or overwrites what is not its own",
    severity: Severity::Critical,
    cold: Severity::Critical,
    page: include_str!("wipe.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    for call in &facts.calls {
        if let Some((path, all)) = deleted(call) {
            if all && is_everything(&path) {
                found
                    .call(call)
                    .message(format!("deletes {} with all that is in it", shown(&path)))
                    .add();
            }
        } else if let Some(line) = api::command_line(call)
            && command::read(&line).does(Deed::Wipes)
        {
            found
                .call(call)
                .message("runs a command that deletes what is not its own")
                .add();
        }
    }
    if let Some(call) = empties_home(facts) {
        found
            .call(call)
            .severity(Severity::High)
            .message("goes through folders below the home folder and empties files")
            .add();
    }
    if let Some(call) = overwrites_home(facts) {
        found
            .call(call)
            .severity(Severity::High)
            .message("goes through folders and writes the same text into whatever is there")
            .add();
    }
    if let Some(call) = overwrites_by_place(facts) {
        found
            .call(call)
            .severity(Severity::High)
            .message(
                "asks where on earth it runs, and overwrites or deletes what it finds in folders",
            )
            .add();
    }
    if let Some(call) = clears_by_owner(facts) {
        found
            .call(call)
            .severity(Severity::High)
            .message("looks whose project it is, and deletes what it finds in a folder")
            .add();
    }
    for call in &facts.calls {
        let Some(root) = walks(call) else {
            continue;
        };
        let Some(destroys) = facts
            .calls
            .iter()
            .find(|other| is_destroying(other) && is_close(facts, call, other))
        else {
            continue;
        };
        found
            .call(call)
            .severity(Severity::High)
            .message(format!(
                "goes through {} and overwrites or deletes files",
                shown(&root)
            ))
            .via(file.place(destroys.span))
            .add();
    }
}

fn shown(path: &str) -> &str {
    match path.trim_end_matches(['/', '*']) {
        "" => "the root folder",
        "~" => "the home folder",
        _ => path,
    }
}

/// The root, a drive, the home folder, the folder of all home folders.
fn is_everything(path: &str) -> bool {
    let trimmed = path.trim_end_matches("/.").trim_end_matches('/');
    matches!(
        trimmed,
        "~" | "/home"
            | "/Users"
            | "/etc"
            | "/usr"
            | "/var"
            | "C:"
            | "D:"
            | "C:/Users"
            | "C:/Windows"
    ) || (trimmed.is_empty() && path.starts_with('/'))
}

/// `for (… of await opendir(folder)) { const handle = await open(path, "r+"); await handle.truncate(0); }`, and the home
/// folder somewhere in the file.
fn empties_home(facts: &Facts) -> Option<&Call> {
    let empties = |call: &&Call| {
        let length = call.args.first();
        call.callee.ends_with(".truncate")
            && length.is_none_or(|length| *length == Value::Number(0.0))
    };
    let at_home = facts.calls.iter().any(|call| &*call.callee == "os.homedir")
        || facts
            .reads
            .iter()
            .any(|read| &*read.path == "process.env.HOME");
    if !at_home || !facts.calls.iter().any(lists_folder) {
        return None;
    }
    facts.calls.iter().find(empties)
}

/// Files of a folder that was listed get a text that is known, or are cut, where the home folder is named.
fn overwrites_home(facts: &Facts) -> Option<&Call> {
    let at_home = facts.calls.iter().any(|call| &*call.callee == "os.homedir")
        || facts.reads.iter().any(|read| {
            matches!(
                &*read.path,
                "process.env.HOME" | "process.env.USERPROFILE" | "process.env.INIT_CWD"
            )
        });
    if !at_home {
        return None;
    }
    let overwrites = |call: &&Call| {
        matches!(
            file_function(&call.callee),
            Some("writeFile" | "writeFileSync")
        ) && is_somewhere(call)
            && matches!(call.args.get(1), Some(Value::String(_)))
    };
    let mut listing = facts.calls.iter();
    let listing = listing.find(|call| lists_folder(call) && is_somewhere(call))?;
    facts
        .calls
        .iter()
        .filter(overwrites)
        .find(|call| is_close(facts, listing, call))
}

/// Files of a folder are overwritten or deleted, unread, where the time zone or the language is asked.
fn overwrites_by_place(facts: &Facts) -> Option<&Call> {
    let asks_zone = facts.calls.iter().any(|call| {
        call.callee.contains("resolvedOptions")
            || call.callee.ends_with("getTimezoneOffset")
            || call.callee.ends_with("os-locale")
    });
    let asks_language = || {
        facts.reads.iter().any(|read| {
            matches!(
                &*read.path,
                "process.env.LANG" | "process.env.LC_ALL" | "process.env.TZ"
            )
        })
    };
    let reads_files = || {
        let mut calls = facts.calls.iter();
        calls.any(|call| call.uses.reads_file && !lists_folder(call))
    };
    if !(asks_zone || asks_language()) || reads_files() {
        return None;
    }
    let mut calls = facts.calls.iter();
    calls.find(|call| lists_folder(call) && is_somewhere(call))?;
    facts
        .calls
        .iter()
        .find(|call| is_destroying(call) && is_somewhere(call))
}

/// Everything of a folder is deleted by a function that looks where the project's repository lies.
fn clears_by_owner(facts: &Facts) -> Option<&Call> {
    let names_owner = |call: &&Call| {
        let parts = call.args.iter().rev().take(2).map(Value::text);
        let last: Vec<Option<&str>> = parts.collect();
        last == [Some("config"), Some(".git")]
            || (call.args.iter())
                .any(|arg| api::path(arg).is_some_and(|path| path.ends_with(".git/config")))
    };
    let owner = facts.calls.iter().find(names_owner)?;
    let clears = |call: &Call| {
        deleted(call).is_some_and(|(path, all)| all && path.starts_with('*')) && is_somewhere(call)
    };
    let mut listings = (facts.calls.iter())
        .filter(|call| lists_folder(call) && is_somewhere(call) && is_close(facts, owner, call));
    listings.find_map(|listing| {
        let mut calls = facts.calls.iter();
        calls.find(|call| clears(call) && is_close(facts, listing, call))
    })
}

fn lists_folder(call: &Call) -> bool {
    matches!(
        file_function(&call.callee),
        Some("readdir" | "readdirSync" | "opendir" | "opendirSync")
    )
}

/// Where it begins, nobody can tell.
fn is_somewhere(call: &Call) -> bool {
    let path = call.args.first().and_then(api::path);
    path.is_none_or(|path| path.starts_with('*'))
}

/// A list of the files of a place that is not the package's.
fn walks(call: &Call) -> Option<String> {
    if !lists_folder(call) {
        return None;
    }
    let path = call.args.first().and_then(api::path)?;
    (is_everything(&path) || is_upwards(&path)).then_some(path)
}

fn is_upwards(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    path.len() >= 5 && path.split('/').all(|part| part == "..")
}

fn is_destroying(call: &Call) -> bool {
    deleted(call).is_some_and(|(path, _)| !path.contains("tmp"))
        || matches!(
            file_function(&call.callee),
            Some("writeFile" | "writeFileSync" | "truncate" | "truncateSync")
        ) && is_somewhere(call)
        || matches!(
            file_function(&call.callee),
            Some("unlink" | "unlinkSync" | "rm" | "rmSync")
        ) && call.args.first().and_then(api::path).is_none()
}

/// In one function, or one within the other.
fn is_close(facts: &Facts, one: &Call, other: &Call) -> bool {
    let within = |mut inner: u32, outer: u32| {
        while inner > outer {
            inner = facts
                .functions
                .get(inner as usize)
                .map_or(0, |function| function.parent);
        }
        inner == outer && outer != 0
    };
    one.function == other.function
        || within(one.function, other.function)
        || within(other.function, one.function)
}
