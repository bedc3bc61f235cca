//! What code does to files: which it writes, which it deletes.

#[cfg(test)]
mod tests;

use crate::api;
use crate::command;
use crate::facts::Call;
use crate::value::Value;

/// A file that a call writes, moves to, links to, or appends to.
#[derive(Clone, Debug)]
pub struct Written<'c> {
    /// As [`api::path`] gives it, with `/`: `~` is the home folder, `*` what is not known.
    pub path: String,
    /// What is written, where the call itself says so.
    pub content: Option<&'c Value>,
}

/// The files that a call writes, also those that a command writes which it starts.
pub fn written(call: &Call) -> Vec<Written<'_>> {
    let at = |path: usize, content: Option<usize>| {
        let path = call.args.get(path).and_then(api::path);
        path.map(|path| Written {
            path: slashes(&path),
            content: content.and_then(|content| call.args.get(content)),
        })
    };
    match file_function(&call.callee) {
        Some(
            "writeFile" | "writeFileSync" | "appendFile" | "appendFileSync" | "outputFile"
            | "outputFileSync" | "writeJson" | "writeJsonSync" | "writeJSON" | "outputJson"
            | "outputJsonSync" | "write" | "writeTextFile" | "writeTextFileSync" | "ensureFile"
            | "ensureFileSync",
        ) => at(0, Some(1)).into_iter().collect(),
        Some("createWriteStream") => at(0, None).into_iter().collect(),
        Some("open" | "openSync")
            if call
                .args
                .get(1)
                .and_then(Value::text)
                .is_some_and(|flags| flags.contains(['w', 'a', '+'])) =>
        {
            at(0, None).into_iter().collect()
        }
        Some(
            "copyFile" | "copyFileSync" | "cp" | "cpSync" | "copy" | "copySync" | "rename"
            | "renameSync" | "move" | "moveSync" | "symlink" | "symlinkSync" | "link" | "linkSync",
        ) => at(1, None).into_iter().collect(),
        _ => commanded(call),
    }
}

fn commanded(call: &Call) -> Vec<Written<'_>> {
    let Some(line) = api::command_line(call) else {
        return Vec::new();
    };
    let mut paths = Vec::new();
    for step in command::read(&line).steps {
        paths.extend(step.target);
        if matches!(
            step.program.as_str(),
            "tee" | "cp" | "mv" | "ln" | "install"
        ) {
            paths.extend(step.args.last().cloned());
        }
    }
    paths
        .into_iter()
        .map(|path| Written {
            path: slashes(&path.replace("$HOME", "~").replace("%USERPROFILE%", "~")),
            content: None,
        })
        .collect()
}

/// The file or folder that a call deletes or empties: its path as [`api::path`] gives it, and whether all below it goes.
pub fn deleted(call: &Call) -> Option<(String, bool)> {
    let path = || {
        call.args
            .first()
            .and_then(api::path)
            .map(|path| slashes(&path))
    };
    let option = call
        .args
        .iter()
        .any(|arg| arg.member("recursive") == Some(&Value::Boolean(true)));
    if matches!(
        api::plain(&call.callee),
        "rimraf"
            | "rimraf.sync"
            | "rimraf.rimraf"
            | "rimraf.rimrafSync"
            | "del"
            | "del.sync"
            | "del.deleteAsync"
            | "del.deleteSync"
            | "shelljs.rm"
            | "trash"
    ) {
        return Some((path()?, true));
    }
    match file_function(&call.callee)? {
        "rm" | "rmSync" | "rmdir" | "rmdirSync" => Some((path()?, option)),
        "remove" | "removeSync" | "emptyDir" | "emptyDirSync" => Some((path()?, true)),
        "unlink" | "unlinkSync" | "truncate" | "truncateSync" => Some((path()?, false)),
        _ => None,
    }
}

/// The name of a function of a module that works on files.
pub fn file_function(callee: &str) -> Option<&str> {
    let callee = api::plain(callee);
    // Asked of every call of every script, by many.
    if !callee.starts_with(['f', 'g', 'B', 'D']) {
        return None;
    }
    [
        "fs.promises.",
        "fs/promises.",
        "fs.default.",
        "fs-extra.default.",
        "fs-extra.",
        "graceful-fs.",
        "fs.",
        "Bun.",
        "Deno.",
    ]
    .iter()
    .find_map(|module| callee.strip_prefix(module))
    .filter(|name| !name.contains('.'))
}

/// The first of these places that a path leads to or through: parts one behind the other, in lower case, with `/`.
pub fn place_in<'p>(path: &str, places: &[&'p str]) -> Option<&'p str> {
    let path = path.to_ascii_lowercase();
    places.iter().copied().find(|parts| has_parts(&path, parts))
}

fn has_parts(path: &str, parts: &str) -> bool {
    path.match_indices(parts).any(|(at, _)| {
        let before = path[..at].chars().next_back();
        let after = path[at + parts.len()..].chars().next();
        // `*` stands for any number of parts.
        matches!(before, None | Some('/' | '*')) && matches!(after, None | Some('/' | '*'))
    })
}

fn slashes(path: &str) -> String {
    path.replace('\\', "/")
}
