//! One scenario's world: a fake npm, lazaret before it, a tap before that, and a project with a home and caches of its own.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use lazaret_testing::{FakeNpm, Npm};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::{Client, Program, pinned};
use super::tap::Tap;
use crate::harness::{Lazaret, Start, files_under, get, wait_until};

/// Everything that one scenario needs; gone when dropped.
pub(super) struct Stage {
    pub(super) npm: FakeNpm,
    pub(super) tap: Tap,
    lazaret: Option<Lazaret>,
    folder: TempDir,
}

/// What a client said and how it ended.
pub(super) struct Run {
    client: &'static str,
    success: bool,
    output: String,
}

impl Run {
    pub(super) fn must_succeed(&self) {
        assert!(self.success, "{self}");
    }

    pub(super) fn must_fail(&self) {
        assert!(!self.success, "{self}");
    }

    /// The words are among what the client printed, or, if not `shown`, are not.
    pub(super) fn must_say(&self, words: &str, shown: bool) {
        let said = self.output.contains(words);
        assert!(
            said == shown,
            "should{} say {words:?}, but {self}",
            if shown { "" } else { " not" }
        );
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.success { "succeeded" } else { "failed" };
        write!(f, "{} {end} and said:\n{}", self.client, self.output)
    }
}

impl Stage {
    /// lazaret with its shipped defaults before `npm`.
    pub(super) fn new(npm: Npm) -> Self {
        let npm = npm.start_blocking();
        let tap = Tap::new();
        // The tap's address is the public one, so that tarballs are asked for through it too.
        let lazaret = Start::new(npm.url())
            .argument("--public-url")
            .argument(&tap.url())
            .start();
        tap.lead_to(lazaret.url());
        Self {
            npm,
            tap,
            lazaret: Some(lazaret),
            folder: TempDir::new().unwrap(),
        }
    }

    /// The registry itself, for what lazaret's answer is compared with.
    pub(super) fn without_lazaret(npm: Npm) -> Self {
        let tap = Tap::new();
        let npm = npm.tarball_origin(&tap.url()).start_blocking();
        tap.lead_to(npm.origin());
        Self {
            npm,
            tap,
            lazaret: None,
            folder: TempDir::new().unwrap(),
        }
    }

    /// The mirror in between.
    pub(super) fn lazaret(&self) -> &Lazaret {
        self.lazaret.as_ref().unwrap()
    }

    /// Writes the project's `package.json`.
    pub(super) fn project(&self, dependencies: &[(&str, &str)]) {
        let dependencies: serde_json::Map<String, Value> = dependencies
            .iter()
            .map(|(name, spec)| ((*name).to_owned(), json!(spec)))
            .collect();
        let manifest = json!({"name": "ship", "version": "1.0.0", "private": true, "dependencies": dependencies});
        fs::create_dir_all(self.at("project")).unwrap();
        fs::write(self.at("project/package.json"), manifest.to_string()).unwrap();
    }

    /// Writes a file of the project, with the folders above it.
    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.at("project").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs a command that changes nothing, and gives what it prints, however it ends.
    pub(super) fn ask(&self, client: &Client, arguments: &[&str]) -> String {
        let mut command = program(client);
        command.args(arguments);
        isolate(self.folder.path(), &mut command);
        command.envs((client.settings)(&self.tap.url()).variables);
        let output = command.stdin(Stdio::null()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The project's folder.
    pub(super) fn root(&self) -> PathBuf {
        self.at("project")
    }

    /// The text of a file of the project.
    pub(super) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.at("project").join(name)).unwrap()
    }

    /// Resolves and installs with empty caches.
    pub(super) fn install(&self, client: &Client) -> Run {
        self.run(client, client.install)
    }

    /// Installs from the lockfile with empty caches and no `node_modules`.
    pub(super) fn frozen(&self, client: &Client) -> Run {
        self.run(client, client.frozen)
    }

    /// What the pinned Node makes of an expression in the project; nothing if it throws.
    pub(super) fn evaluate(&self, expression: &str) -> Option<String> {
        let mut node = Command::new(pinned("node-{arch}/bin/node"));
        self.succeeds(node.args(["--print", expression]))
    }

    /// What an installed program prints.
    pub(super) fn program(&self, name: &str) -> Option<String> {
        self.succeeds(&mut Command::new(
            self.at("project/node_modules/.bin").join(name),
        ))
    }

    /// `name@version` of every package that lies anywhere under `node_modules`, sorted.
    pub(super) fn installed(&self) -> Vec<String> {
        let mut found: Vec<String> = files_under(&self.at("project/node_modules"))
            .iter()
            .filter(|path| path.ends_with("package.json"))
            .filter_map(|path| serde_json::from_slice(&fs::read(path).unwrap()).ok())
            .filter_map(|manifest: Value| {
                Some(format!(
                    "{}@{}",
                    manifest["name"].as_str()?,
                    manifest["version"].as_str()?
                ))
            })
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// Puts `policy` into `lazaret.toml` and waits until the running mirror judges `id` so.
    pub(super) fn policy(&self, policy: &str, id: &str, outcome: &str) {
        self.lazaret().configure(policy);
        let page = format!("{}/-/lazaret/why/{id}", self.lazaret().url());
        wait_until(&format!("{id} is judged {outcome}"), || {
            serde_json::from_str(&get(&page).1).is_ok_and(|why: Value| why["outcome"] == outcome)
        });
    }

    /// Lines of lazaret's log that hold all of `words`.
    pub(super) fn log_lines(&self, words: &[&str]) -> Vec<String> {
        let log = self.lazaret().log();
        log.lines()
            .filter(|line| words.iter().all(|word| line.contains(word)))
            .map(str::to_owned)
            .collect()
    }

    fn run(&self, client: &Client, arguments: &[&str]) -> Run {
        for folder in ["home", "project/node_modules"] {
            // Not there yet the first time.
            let _ = fs::remove_dir_all(self.at(folder));
        }
        fs::create_dir_all(self.at("home")).unwrap();
        let settings = (client.settings)(&self.tap.url());
        for (name, text) in settings.files {
            fs::write(self.at("project").join(name), text).unwrap();
        }
        let mut command = program(client);
        command.args(arguments);
        isolate(self.folder.path(), &mut command);
        command.envs(settings.variables);
        self.finish(client, &mut command)
    }

    fn finish(&self, client: &Client, command: &mut Command) -> Run {
        let log = self.at("client.log");
        let file = fs::File::create(&log).unwrap();
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file);
        let mut child = Reaped(command.spawn().unwrap());
        let mut status = None;
        wait_until("the client ends", || {
            status = child.0.try_wait().unwrap();
            status.is_some()
        });
        let output = String::from_utf8_lossy(&fs::read(log).unwrap()).into_owned();
        Run {
            client: client.name,
            success: status.unwrap().success(),
            output,
        }
    }

    fn succeeds(&self, command: &mut Command) -> Option<String> {
        isolate(self.folder.path(), command);
        let output = command.output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }
}

/// The pinned program of a client.
pub(super) fn program(client: &Client) -> Command {
    match client.program {
        Program::Binary(path) => Command::new(pinned(path)),
        Program::Script(path) => {
            let mut node = Command::new(pinned("node-{arch}/bin/node"));
            node.arg(pinned(path));
            node
        }
    }
}

/// Takes everything of this machine away: its configuration, its caches, and every network but loopback. Home and project
/// are in `folder`.
pub(super) fn isolate(folder: &Path, command: &mut Command) {
    let programs = folder.join("programs");
    if !programs.exists() {
        fs::create_dir_all(&programs).unwrap();
        std::os::unix::fs::symlink(pinned("node-{arch}/bin/node"), programs.join("node")).unwrap();
    }
    let home = folder.join("home");
    command
        .current_dir(folder.join("project"))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .env("HOME", &home)
        .env("TMPDIR", &home)
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("DO_NOT_TRACK", "1");
    // Port 9 answers nobody: whatever leaves loopback fails at once.
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        command.env(proxy, "http://127.0.0.1:9");
    }
    command
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1");
}

/// A child that does not outlive a failed test.
pub(super) struct Reaped(pub(super) Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
