//! Which files of the package a command line runs.

use std::collections::BTreeSet;

use super::paths::join;
use super::resolve::Files;
use crate::command;
use crate::manifest::Manifest;

/// A file that a command runs, and whether as JavaScript.
pub(super) type Run = (usize, bool);

/// Scripts of `package.json` that one command may lead through.
const SCRIPTS: usize = 100;

/// Programs that take a script as Node does: with or without ending, a file or a folder.
const SCRIPT_RUNNERS: &[&str] = &[
    "node",
    "nodejs",
    "bun",
    "bunx",
    "deno",
    "tsx",
    "ts-node",
    "esno",
    "jiti",
    "babel-node",
    "zx",
    "electron",
    "nodemon",
    "vite-node",
    "sucrase-node",
    "swc-node",
    "qjs",
];
/// Programs that run the file that they are given by its path.
const RUNNERS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "ash",
    "fish",
    "source",
    "exec",
    "eval",
    "call",
    "start",
    "cmd",
    "powershell",
    "pwsh",
    "python",
    "python2",
    "python3",
    "py",
    "perl",
    "ruby",
    "php",
    "lua",
    "osascript",
    "cscript",
    "wscript",
    "mshta",
    "rundll32",
    "regsvr32",
    "open",
    "xdg-open",
    "sudo",
    "env",
    "cross-env",
    "nohup",
    "time",
    "nice",
    "setsid",
    "npx",
    "xargs",
    "chmod",
    "make",
];
/// Programs that run a script of `package.json`.
const SCRIPT_NAMES: &[&str] = &[
    "npm",
    "yarn",
    "pnpm",
    "bun",
    "run-s",
    "run-p",
    "npm-run-all",
    "cross-env-shell",
    "concurrently",
];

/// Every file that `line` runs, started in the folder `from`.
pub(super) fn files_run(
    files: &Files,
    manifest: &Manifest,
    from: &str,
    line: &str,
) -> BTreeSet<Run> {
    let mut runs = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut lines = vec![line];
    while let Some(line) = lines.pop() {
        if seen.len() > SCRIPTS || !seen.insert(line) {
            continue;
        }
        let mut folder = from.to_owned();
        for step in &command::read(line).steps {
            if matches!(step.program.as_str(), "cd" | "pushd" | "chdir") {
                if let Some(to) = step.args.first().and_then(|to| join(&folder, to)) {
                    folder = to;
                }
                continue;
            }
            let words: Vec<&str> = std::iter::once(step.spelled.as_str())
                .chain(step.args.iter().map(String::as_str))
                .collect();
            words_run(files, &folder, &words, &mut runs);
            if let Some(input) = &step.input {
                runs.extend(path(files, &folder, input).map(|file| (file, false)));
            }
            if SCRIPT_NAMES.contains(&step.program.as_str()) {
                lines.extend(
                    step.args
                        .iter()
                        .filter_map(|name| manifest.scripts.get(name))
                        .map(String::as_str),
                );
            }
        }
    }
    runs
}

/// Every file that is run by a program and its arguments.
pub(super) fn words_run(files: &Files, from: &str, words: &[&str], runs: &mut BTreeSet<Run>) {
    let mut as_script = false;
    let mut by_runner = false;
    for (at, word) in words.iter().enumerate() {
        let program = program(word);
        if SCRIPT_RUNNERS.contains(&program.as_str()) {
            as_script = true;
            by_runner = true;
            continue;
        }
        if RUNNERS.contains(&program.as_str()) || at == 0 && *word == "." {
            by_runner = true;
            continue;
        }
        if at > 0 && !by_runner {
            break;
        }
        if as_script && (word.contains("require") || word.contains("import")) {
            for text in quoted(word) {
                runs.extend(files.module(from, text).iter().map(|file| (*file, true)));
            }
        }
        // `--require=./a.js`, `node-gyp.dll,main`
        for part in word.split(['=', ',']) {
            if as_script && !part.starts_with('-') {
                runs.extend(files.module(from, part).iter().map(|file| (*file, true)));
            } else {
                runs.extend(path(files, from, part).map(|file| (file, false)));
            }
        }
    }
}

fn path<'f>(files: &'f Files, from: &str, path: &str) -> impl Iterator<Item = usize> + use<'f> {
    let path = join(from, path).filter(|path| !path.is_empty());
    path.map_or(&[][..], |path| files.exact(&path))
        .iter()
        .copied()
}

/// Without folder and `.exe`, in lower case.
fn program(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let name = name.to_ascii_lowercase();
    match name.strip_suffix(".exe") {
        Some(name) => name.to_owned(),
        None => name,
    }
}

/// The texts between quotes in code on a command line.
fn quoted(word: &str) -> impl Iterator<Item = &str> {
    word.split(['\'', '"', '`']).skip(1).step_by(2).take(100)
}
