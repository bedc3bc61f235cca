//! The files of a revision, asked of `git` itself: it knows worktrees, partial clones and every form of a revision.

pub(crate) mod history;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use lazaret_npm::lockfile;

use crate::files::{Files, PASSED_OVER, is_patch, split, wanted};

/// Files of one revision that are read.
const FILES_LIMIT: usize = 50_000;

/// The wanted files below `folder`, as they were where what is checked out left a revision: what happened there since is no
/// part of a change. Paths from `folder` on. Says so where the revision itself had to be taken.
pub(crate) fn base(folder: &Path, revision: &str) -> Result<(Files, Option<String>), String> {
    let commit = commit(folder, revision)?;
    let left = output(git(folder).args(["merge-base", &commit, "HEAD"])).ok();
    let left = left.and_then(|left| Some(String::from_utf8(left).ok()?.trim().to_owned()));
    match left.filter(|left| !left.is_empty()) {
        Some(left) => Ok((files(folder, &left)?, None)),
        None => {
            let note = format!(
                "where this branch left `{revision}` is not known here (a shallow clone may not have it): it is compared with \
                 {revision} as it is now"
            );
            Ok((files(folder, &commit)?, Some(note)))
        }
    }
}

/// The commit that a revision means.
fn commit(folder: &Path, revision: &str) -> Result<String, String> {
    if revision.is_empty() || revision.starts_with('-') {
        return Err(format!("`{revision}` is no revision"));
    }
    let commit = output(git(folder).args([
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &format!("{revision}^{{commit}}"),
    ]))
    .map_err(|why| match why.is_empty() {
        true => {
            format!("git knows no revision `{revision}` here (a shallow clone may not have it)")
        }
        false => why,
    })?;
    Ok(String::from_utf8_lossy(&commit).trim().to_owned())
}

fn files(folder: &Path, commit: &str) -> Result<Files, String> {
    // Paths from this folder on; nothing outside it.
    let listed = output(git(folder).args(["ls-tree", "-r", "-z", commit, "."]))?;
    let mut files = Files::default();
    let mut blobs: Vec<(String, String)> = Vec::new();
    for line in listed
        .split(|byte| *byte == 0)
        .filter(|line| !line.is_empty())
    {
        let line = String::from_utf8_lossy(line);
        let Some((head, path)) = line.split_once('\t') else {
            continue;
        };
        let mut head = head.split(' ');
        let (mode, kind, object) = (head.next(), head.next(), head.next());
        let passed_over = path.split('/').any(|part| PASSED_OVER.contains(&part));
        if kind != Some("blob") || mode == Some("120000") || passed_over || !wanted(split(path).1) {
            continue;
        }
        if is_patch(path) {
            files.patches.insert(path.to_owned());
        } else if let Some(object) = object {
            blobs.push((path.to_owned(), object.to_owned()));
        }
        if blobs.len() > FILES_LIMIT {
            return Err(format!(
                "{commit} has more than {FILES_LIMIT} manifests and lockfiles"
            ));
        }
    }
    contents(folder, &blobs, &mut files)?;
    Ok(files)
}

/// All blobs from one process, which takes no filters of the repository's configuration.
fn contents(folder: &Path, blobs: &[(String, String)], files: &mut Files) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("git cat-file: {error}");
    let mut child = git(folder)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let (Some(mut asked), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("git cat-file has no pipes".to_owned());
    };
    let mut answers = BufReader::new(answers);
    for (path, object) in blobs {
        writeln!(asked, "{object}").map_err(failed)?;
        asked.flush().map_err(failed)?;
        let mut head = String::new();
        answers.read_line(&mut head).map_err(failed)?;
        let size = head
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse::<usize>().ok());
        let Some(size) = size.filter(|_| head.contains(" blob ")) else {
            return Err(format!("git does not have {path} of that revision"));
        };
        if size > lockfile::SIZE_LIMIT {
            files
                .unread
                .push((path.clone(), "it is too large".to_owned()));
            let mut rest = (&mut answers).take(size as u64 + 1);
            std::io::copy(&mut rest, &mut std::io::sink()).map_err(failed)?;
            continue;
        }
        // One line break ends each answer.
        let mut content = vec![0; size + 1];
        answers.read_exact(&mut content).map_err(failed)?;
        content.pop();
        files.insert(path.clone(), content);
    }
    drop(asked);
    child.wait().map_err(failed)?;
    Ok(())
}

fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        // Settings of a repository that would start programs.
        .args([
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
        ])
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let done = command
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("git could not be started: {error}"))?;
    match done.status.success() {
        true => Ok(done.stdout),
        false => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
    }
}

/// Paths of what a folder holds and git does not ignore, from the folder on, in order.
pub(crate) fn own_files(folder: &Path) -> Result<Vec<String>, String> {
    let listed = output(git(folder).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        ".",
    ]))?;
    let paths = listed
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty())
        .filter_map(|path| str::from_utf8(path).ok());
    let mut paths: Vec<String> = paths.map(str::to_owned).collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// The commit that is checked out, if git knows.
pub(crate) fn head(folder: &Path) -> Option<String> {
    let commit = output(git(folder).args(["rev-parse", "--verify", "--quiet", "HEAD"])).ok()?;
    let commit = String::from_utf8(commit).ok()?.trim().to_owned();
    (!commit.is_empty()).then_some(commit)
}
