//! The proof that a package manager takes the new lockfile: its frozen install, scripts off, in a copy of the project.

use super::outcome::{Outcome, Verified};
use crate::exit::{Exit, Failure};
use crate::surroundings::Surroundings;
use anyhow::{Context, anyhow};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Files and bytes that a project may have, installed packages and history left out.
const MOST_FILES: usize = 200_000;
const MOST_BYTES: u64 = 4 << 30;

/// Bytes of a client's output that are kept: the end says what went wrong.
const OUTPUT_LIMIT: usize = 4_000;

/// What is made by installing, or is no part of what is installed.
const LEFT_OUT: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    ".lazaret-fix",
    ".pnpm-store",
    "node_modules",
];

pub(super) fn verify(
    root: &Path,
    outcome: &Outcome,
    surroundings: &Surroundings,
) -> Result<Verified, Failure> {
    let lockfile = Path::new(&outcome.lockfile);
    let file = lockfile.file_name().unwrap_or_default().to_string_lossy();
    let arguments = arguments(root, &file);
    let command = arguments.join(" ");
    let copy = tempfile::tempdir().context("cannot make a folder for a copy of the project")?;
    let project = copy.path().join("project");
    copied(root, &project)?;
    for (path, (_, text)) in &outcome.files {
        let path = project.join(path);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let log = copy.path().join("log");
    let out = fs::File::create(&log).context("cannot keep what the package manager says")?;
    let program = program(arguments[0], surroundings).ok_or_else(|| {
        let error = anyhow!("{} is not on the PATH: --verify needs it", arguments[0]);
        Failure::new(Exit::WrongUse, error)
    })?;
    let status = Command::new(program)
        .args(&arguments[1..])
        .current_dir(&project)
        // The cache of the machine may hold what is being taken out, so nothing of it is asked.
        .env("npm_config_ignore_scripts", "true")
        .env("YARN_ENABLE_SCRIPTS", "false")
        .env("CI", "true")
        .stdin(Stdio::null())
        .stdout(
            out.try_clone()
                .context("cannot keep what the package manager says")?,
        )
        .stderr(out)
        .status()
        .with_context(|| format!("cannot run {command}"))?;
    let output = fs::read(&log).unwrap_or_default();
    let start = output.len().saturating_sub(OUTPUT_LIMIT);
    Ok(Verified {
        command,
        success: status.success(),
        output: String::from_utf8_lossy(&output[start..]).into_owned(),
    })
}

/// The frozen install of the client that writes this lockfile.
fn arguments(root: &Path, file: &str) -> Vec<&'static str> {
    match file {
        "pnpm-lock.yaml" => vec!["pnpm", "install", "--frozen-lockfile", "--ignore-scripts"],
        "bun.lock" => vec!["bun", "install", "--frozen-lockfile", "--ignore-scripts"],
        "yarn.lock" => {
            let text = fs::read_to_string(root.join(file)).unwrap_or_default();
            match lazaret_npm::lockfile::Format::of(file, &text) {
                Some(lazaret_npm::lockfile::Format::YarnBerry) => {
                    vec!["yarn", "install", "--immutable", "--mode=skip-build"]
                }
                _ => vec![
                    "yarn",
                    "install",
                    "--frozen-lockfile",
                    "--ignore-scripts",
                    "--non-interactive",
                ],
            }
        }
        _ => vec!["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    }
}

fn program(name: &str, surroundings: &Surroundings) -> Option<PathBuf> {
    let path = surroundings.variable("PATH")?;
    let names = match cfg!(windows) {
        true => vec![format!("{name}.cmd"), format!("{name}.exe")],
        false => vec![name.to_owned()],
    };
    // A relative folder would be one of the project's.
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .flat_map(|folder| {
            names
                .iter()
                .map(move |name| folder.join(name))
                .collect::<Vec<_>>()
        })
        .find(|file| file.is_file())
}

/// Links are left out, where they lead outside as well as inside: a frozen install needs none.
fn copied(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut open = vec![(from.to_owned(), to.to_owned())];
    let (mut files, mut bytes) = (0, 0);
    while let Some((from, to)) = open.pop() {
        fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
        let entries =
            fs::read_dir(&from).with_context(|| format!("cannot read {}", from.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", from.display()))?;
            let (kind, name) = (entry.file_type()?, entry.file_name());
            let target = to.join(&name);
            if kind.is_dir() && !LEFT_OUT.iter().any(|left| name == *left) {
                open.push((entry.path(), target));
            } else if kind.is_file() {
                files += 1;
                bytes += entry.metadata().map_or(0, |metadata| metadata.len());
                if files > MOST_FILES || bytes > MOST_BYTES {
                    return Err(anyhow!(
                        "the project has more than {MOST_FILES} files or {} GiB, too much to copy for --verify",
                        MOST_BYTES >> 30
                    ));
                }
                fs::copy(entry.path(), &target)
                    .with_context(|| format!("cannot copy {}", entry.path().display()))?;
            }
        }
    }
    Ok(())
}
