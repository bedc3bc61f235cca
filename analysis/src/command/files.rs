//! What a step does to files: fetches, runs, deletes them.

use super::network::has_flag;
use super::{INTERPRETERS, RUNS_FOR_OTHERS, Step, program_name};

pub(super) fn wipes(step: &Step) -> bool {
    let whole = |arg: &String| {
        let arg = arg.trim_matches('"').to_ascii_lowercase();
        let arg = arg
            .trim_end_matches("/*")
            .trim_end_matches('/')
            .trim_end_matches("\\*.*")
            .trim_end_matches('\\');
        matches!(
            arg,
            "" | "~"
                | "$home"
                | "${home}"
                | "%userprofile%"
                | "%homepath%"
                | "c:"
                | "/home"
                | "/users"
                | "/root"
                | "$env:userprofile"
        ) && !arg.starts_with('-')
    };
    let recursive = |arg: &String| {
        arg.starts_with('-') && !arg.starts_with("--") && arg.contains(['r', 'R'])
            || arg == "--recursive"
    };
    match step.program.as_str() {
        "rm" => {
            step.args.iter().any(recursive)
                && step
                    .args
                    .iter()
                    .any(|arg| !arg.is_empty() && whole(arg) || arg == "--no-preserve-root")
        }
        "del" | "erase" | "rd" | "rmdir" => {
            has_flag(step, "s") && step.args.iter().any(|arg| !arg.is_empty() && whole(arg))
        }
        "remove-item" | "ri" => step.args.iter().any(|arg| !arg.is_empty() && whole(arg)),
        "shred" => step
            .args
            .iter()
            .any(|arg| arg.contains('~') || arg.contains("$HOME") || arg == "{}"),
        "find" => {
            step.args.first().is_some_and(whole)
                && step
                    .args
                    .iter()
                    .any(|arg| arg == "-delete" || arg == "shred" || arg == "rm")
        }
        "cipher" => step
            .args
            .iter()
            .any(|arg| arg.to_ascii_lowercase().starts_with("/w")),
        "dd" => step.args.iter().any(|arg| {
            arg.starts_with("of=/dev/sd")
                || arg.starts_with("of=/dev/nvme")
                || arg.starts_with("of=/dev/disk")
        }),
        "format" => step
            .args
            .iter()
            .any(|arg| arg.len() == 2 && arg.ends_with(':')),
        program => program.starts_with("mkfs"),
    }
}

/// Where a fetcher puts what it fetches: the last part of the path.
pub(super) fn fetched_file(step: &Step) -> Option<String> {
    let mut args = step.args.iter();
    while let Some(arg) = args.next() {
        let name = match arg.as_str() {
            "-o" | "--output" | "-O" | "-outfile" | "-OutFile" | "--output-document" | "-out"
                if step.program != "curl" || arg != "-O" =>
            {
                args.next()?.as_str()
            }
            other => match other.split_once('=') {
                Some(("--output" | "--output-document", file)) => file,
                _ => continue,
            },
        };
        return Some(last_part(name).to_owned());
    }
    if let Some(target) = &step.target {
        return Some(last_part(target).to_owned());
    }
    // `wget URL`, `curl -O URL`, `certutil -urlcache -f URL FILE`.
    let last = step.args.last()?;
    let named = step.program != "curl"
        || step
            .args
            .iter()
            .any(|arg| arg.starts_with('-') && arg.contains('O'));
    let name = last_part(last.split(['?', '#']).next().unwrap_or(last));
    (named && name.contains(|character: char| character.is_ascii_alphanumeric()))
        .then(|| name.to_owned())
}

pub(super) fn last_part(path: &str) -> &str {
    path.trim_end_matches(['/', '\\'])
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(path)
}

pub(super) fn runs_file(step: &Step, file: &str) -> bool {
    if file.is_empty() || file == "-" {
        return false;
    }
    let runs = INTERPRETERS.contains(&step.program.as_str())
        || RUNS_FOR_OTHERS.contains(&step.program.as_str())
        || matches!(
            step.program.as_str(),
            "start" | "open" | "start-process" | "java" | "dotnet" | "installer" | "dpkg"
        );
    step.program == program_name(file)
        && (step.spelled.contains(['/', '\\']) || step.spelled.ends_with(".exe"))
        || runs && step.args.iter().any(|arg| last_part(arg) == file)
}
