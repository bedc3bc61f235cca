//! What npm on this machine is configured with: its variables, its `.npmrc` files, and npm itself as a last resort.

use crate::surroundings::Surroundings;
use lazaret_upstream::Npmrc;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// npm answers in well under a second; a broken one must not keep lazaret from saying so.
const PATIENCE: Duration = Duration::from_secs(10);

/// A larger `.npmrc` is none.
const MOST_BYTES: u64 = 1 << 20;

/// A file that npm reads.
#[derive(Debug)]
pub(super) struct NpmrcFile {
    pub(super) path: PathBuf,
    pub(super) npmrc: Npmrc,
}

/// The project's, the user's and the global file, as far as they exist; the first that says something wins.
pub(super) fn files(surroundings: &Surroundings) -> Vec<NpmrcFile> {
    let user = surroundings
        .npm_variable("npm_config_userconfig")
        .map(|(_, path)| surroundings.directory.join(path))
        .or_else(|| Some(surroundings.home.as_ref()?.join(".npmrc")));
    let project = project(&surroundings.directory).join(".npmrc");
    let mut paths = vec![project];
    paths.extend(user);
    paths.extend(global(surroundings));
    paths.dedup();
    paths
        .into_iter()
        .filter_map(|path| read(path, surroundings))
        .collect()
}

/// The nearest folder with a package.json or node_modules, else the working directory.
fn project(directory: &Path) -> &Path {
    directory
        .ancestors()
        .find(|folder| {
            folder.join("package.json").is_file() || folder.join("node_modules").is_dir()
        })
        .unwrap_or(directory)
}

/// `PREFIX/etc/npmrc`, where PREFIX is above the folder that `node` really lives in.
fn global(surroundings: &Surroundings) -> Option<PathBuf> {
    if let Some((_, path)) = surroundings.npm_variable("npm_config_globalconfig") {
        return Some(surroundings.directory.join(path));
    }
    let prefix = surroundings
        .npm_variable("npm_config_prefix")
        .map(|(_, prefix)| prefix)
        .or_else(|| surroundings.variable("PREFIX"))
        .map(|prefix| surroundings.directory.join(prefix))
        .or_else(|| {
            let node = program(surroundings, "node")?.canonicalize().ok()?;
            let above = if cfg!(windows) { 1 } else { 2 };
            node.ancestors().nth(above).map(Path::to_owned)
        })?;
    Some(prefix.join("etc").join("npmrc"))
}

fn read(path: PathBuf, surroundings: &Surroundings) -> Option<NpmrcFile> {
    let mut text = Vec::new();
    std::fs::File::open(&path)
        .ok()?
        .take(MOST_BYTES)
        .read_to_end(&mut text)
        .ok()?;
    let variable = |name: &str| surroundings.variables.get(name).cloned();
    let npmrc = Npmrc::parse(&String::from_utf8_lossy(&text), variable).ok()?;
    Some(NpmrcFile { path, npmrc })
}

/// What `npm config get registry` says, with where that came from.
pub(super) fn asked(surroundings: &Surroundings) -> Option<(String, String)> {
    let npm = program(surroundings, "npm")?;
    // In a project of its own, in a folder nobody else can write to: no other folder's .npmrc has a say.
    let directory = tempfile::tempdir().ok()?;
    std::fs::write(directory.path().join("package.json"), "{}").ok()?;
    let mut child = Command::new(npm)
        .args(["config", "get", "registry", "--no-workspaces"])
        .current_dir(directory.path())
        .env_clear()
        .envs(&surroundings.variables)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdout = child.stdout.take()?.take(4096);
    let (sender, answer) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.read_to_string(&mut text);
        sender.send(read.map(|_| text))
    });
    let started = Instant::now();
    let ended = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.success(),
            Ok(None) if started.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10))
            }
            _ => break false,
        }
    };
    if !ended {
        let _ = child.kill();
        let _ = child.wait();
        return None;
    }
    // Not joined: something that npm started could hold the pipe open.
    let text = answer
        .recv_timeout(PATIENCE.saturating_sub(started.elapsed()))
        .ok()?
        .ok()?;
    let registry = text.trim();
    (!registry.is_empty() && registry != "undefined" && registry != "null")
        .then(|| (registry.to_owned(), "`npm config get registry`".to_owned()))
}

/// A program on the PATH; folders that depend on where we stand are left out.
fn program(surroundings: &Surroundings, name: &str) -> Option<PathBuf> {
    let names = match cfg!(windows) {
        true => vec![format!("{name}.exe"), format!("{name}.cmd")],
        false => vec![name.to_owned()],
    };
    std::env::split_paths(surroundings.variable("PATH")?)
        .filter(|folder| folder.is_absolute())
        .flat_map(|folder| {
            names
                .iter()
                .map(move |name| folder.join(name))
                .collect::<Vec<_>>()
        })
        .find(|path| path.is_file())
}
