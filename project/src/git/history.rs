//! When something was last named in the history of a folder.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use jiff::Timestamp;

use super::{git, output};

/// Bytes of an answer that are read.
const ANSWER_LIMIT: u64 = 4096;

/// Whether the history of a folder begins before what is here, as in a shallow clone.
pub(crate) fn is_cut(folder: &Path) -> Result<bool, String> {
    let mut command = git(folder);
    command
        .args(["rev-parse", "--is-shallow-repository"])
        .env("LC_ALL", "C");
    let said = output(&mut command).map_err(|why| reason(&why))?;
    Ok(said.trim_ascii() == b"true")
}

/// The newest commit that added or took out a line which this POSIX pattern means, in the files that these pathspecs leave in.
pub(crate) fn last_change(
    folder: &Path,
    pattern: &str,
    pathspecs: &[String],
    time: Duration,
) -> Result<Option<Timestamp>, String> {
    let mut command = git(folder);
    command
        .args(["--no-pager", "-c", "log.showSignature=false", "log", "-1"])
        .args(["--format=%cI", "--no-color", "--no-mailmap", "--no-renames"])
        // Nothing that a repository's settings or attributes would start.
        .args(["--no-ext-diff", "--no-textconv"])
        .args(["--submodule=short", "--ignore-submodules=all"])
        .arg(format!("-G{pattern}"))
        .args(["HEAD", "--", "."])
        .args(pathspecs)
        .env("LC_ALL", "C")
        // A partial clone would fetch what it does not have.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none");
    for name in [
        "GIT_LITERAL_PATHSPECS",
        "GIT_GLOB_PATHSPECS",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS",
    ] {
        command.env_remove(name);
    }
    match answer(command, time)?.trim() {
        "" => Ok(None),
        time => match time.parse() {
            Ok(time) => Ok(Some(time)),
            Err(_) => Err("the commit's time cannot be read".to_owned()),
        },
    }
}

/// What a program writes, if it ends in time.
fn answer(mut command: Command, time: Duration) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("git could not be started: {error}");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let (Some(answer), Some(error)) = (child.stdout.take(), child.stderr.take()) else {
        return Err("git log has no pipes".to_owned());
    };
    let answer = read(answer);
    let error = read(error);
    let Ok(answer) = answer.recv_timeout(time) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("git did not answer in {} seconds", time.as_secs()));
    };
    let done = child.wait().map_err(failed)?;
    match done.success() {
        true => Ok(answer),
        false => Err(reason(&error.recv_timeout(time).unwrap_or_default())),
    }
}

/// What git says when it fails, in one line.
fn reason(error: &str) -> String {
    let line = error.trim().lines().next().unwrap_or_default();
    match line.trim_start_matches("fatal: ") {
        line if line.starts_with("not a git repository") => "it is in no git repository".to_owned(),
        line => line.to_owned(),
    }
}

/// At its end, on a thread of its own: a pipe has no timeout.
fn read(pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (to, answer) = mpsc::channel();
    std::thread::spawn(move || {
        let mut pipe = pipe;
        let mut bytes = Vec::new();
        let _ = pipe.by_ref().take(ANSWER_LIMIT).read_to_end(&mut bytes);
        // What is not read would keep git from ending.
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        let _ = to.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    answer
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_end_in_time_is_ended() {
        // It reads from a pipe that nobody closes.
        let mut endless = Command::new("cat");
        endless.stdin(Stdio::piped());
        let answer = answer(endless, Duration::from_millis(1));
        assert_eq!(answer, Err("git did not answer in 0 seconds".to_owned()));
    }
}
