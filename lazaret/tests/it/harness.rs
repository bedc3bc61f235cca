//! Starts the built `lazaret` in a home of its own: no configuration of this machine reaches it, nothing of it stays.

use jiff::Timestamp;
use lazaret_testing::{FakeNpm, Npm};
use serde_json::json;
use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// No start, stop or answer in a test takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What `lazaret serve` is started with.
pub(crate) struct Start {
    upstream: String,
    config: String,
    listen: String,
    data: Option<PathBuf>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Start {
    /// A mirror of `upstream` with the shipped defaults.
    pub(crate) fn new(upstream: impl Into<String>) -> Self {
        Self {
            upstream: upstream.into(),
            config: String::new(),
            listen: "127.0.0.1:0".into(),
            data: None,
            arguments: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// The text of `lazaret.toml`.
    pub(crate) fn config(mut self, text: &str) -> Self {
        text.clone_into(&mut self.config);
        self
    }

    /// Where to listen; a free port of 127.0.0.1 if not said.
    pub(crate) fn listen(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    /// A data directory that outlives the process, for tests that start twice.
    pub(crate) fn data(mut self, directory: &Path) -> Self {
        self.data = Some(directory.to_owned());
        self
    }

    /// One more argument after `serve`.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// One environment variable.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Starts it and waits for the line that says where it listens.
    pub(crate) fn start(self) -> Lazaret {
        let home = TempDir::new().unwrap();
        let config = home.path().join("lazaret.toml");
        std::fs::write(&config, &self.config).unwrap();
        let data = self.data.unwrap_or_else(|| home.path().join("data"));
        let log = home.path().join("stderr.log");
        let mut command = command(home.path());
        command
            .args([
                "serve",
                "--listen",
                &self.listen,
                "--upstream",
                &self.upstream,
            ])
            .arg("--data")
            .arg(&data)
            .arg("--config")
            .arg(&config)
            .args(&self.arguments)
            .envs(self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        // Reads to the end, so that a full pipe never stops the process.
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let first = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            let _ = child.kill();
            panic!(
                "lazaret said nothing on stdout; stderr: {}",
                std::fs::read_to_string(&log).unwrap()
            )
        });
        let url = first
            .rsplit(' ')
            .next()
            .unwrap()
            .trim_end_matches('/')
            .to_owned();
        assert!(
            url.starts_with("http://"),
            "the first line ends in the address: {first}"
        );
        Lazaret {
            child,
            url,
            data,
            config,
            log,
            lines,
            home,
        }
    }
}

/// A running `lazaret serve`; killed when dropped.
pub(crate) struct Lazaret {
    child: Child,
    url: String,
    data: PathBuf,
    config: PathBuf,
    log: PathBuf,
    lines: mpsc::Receiver<String>,
    home: TempDir,
}

impl Lazaret {
    /// Starts a mirror of `upstream` with the shipped defaults.
    pub(crate) fn start(upstream: impl Into<String>) -> Self {
        Start::new(upstream).start()
    }

    /// Its address without a slash at the end: `http://127.0.0.1:40123`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Its data directory.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Its home directory, empty but for `lazaret.toml`, the log and (unless said otherwise) `data`.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has logged (stderr) so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The next line on stdout after the first.
    pub(crate) fn line(&self) -> Option<String> {
        self.lines.recv_timeout(PATIENCE).ok()
    }

    /// Replaces `lazaret.toml` in one step, as an editor would. The running process notices by itself.
    pub(crate) fn configure(&self, text: &str) {
        let new = self.config.with_extension("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, &self.config).unwrap();
    }

    /// Waits until the log holds `text`.
    pub(crate) fn wait_for_log(&self, text: &str) {
        wait_until(&format!("the log says {text:?}"), || {
            self.log().contains(text)
        });
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        // `kill` is a builtin of every shell, but not a program on every machine.
        let asked = Command::new("sh")
            .args(["-c", "kill -TERM $0", &self.id().to_string()])
            .status();
        assert!(asked.unwrap().success());
        self.wait()
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut ended = None;
        wait_until("lazaret ends", || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        ended.unwrap()
    }
}

impl Drop for Lazaret {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- stderr of lazaret ---\n{}", self.log());
        }
    }
}

/// What a command that ends by itself said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A home for commands that end by themselves: the working directory, home and data of [`Home::run`].
pub(crate) struct Home(TempDir);

impl Home {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file into it, with the folders above.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs `lazaret ARGUMENTS` in it to the end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, &[])
    }

    /// Starts `lazaret ARGUMENTS` in it, silent, for tests that do not let it end.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        command(self.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// The same with environment variables.
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
        let mut command = command(self.path());
        command.args(arguments).envs(variables.iter().copied());
        self.end_of(command.stdout(Stdio::piped()))
    }

    /// The same where no file can get longer than this, as on a full disk: the kernel refuses the write.
    pub(crate) fn run_on_full_disk(&self, bytes: usize, arguments: &[&str]) -> Said {
        let refused = format!(
            "trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"",
            bytes / 512
        );
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &refused, env!("CARGO_BIN_EXE_lazaret")])
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path());
        self.end_of(command.stdout(Stdio::piped()))
    }

    /// The same with its result in a file; it says nothing on stdout then.
    pub(crate) fn run_into(&self, file: &str, arguments: &[&str]) -> Said {
        let mut command = command(self.path());
        let file = std::fs::OpenOptions::new().write(true).open(file).unwrap();
        self.end_of(command.args(arguments).stdout(file))
    }

    fn end_of(&self, command: &mut Command) -> Said {
        let child = command.stdin(Stdio::null()).stderr(Stdio::piped());
        let output = child.spawn().unwrap().wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| {
            let here = self.path().display().to_string();
            String::from_utf8(bytes).unwrap().replace(&here, "[home]")
        };
        Said {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// Waits for a condition; panics naming it when it does not come true.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// The built binary in `home`, with nothing of the caller's environment but a way to find programs.
fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lazaret"));
    command
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("PATH", home.join("bin"));
    command
}

/// Every file below a folder; links are not followed (pnpm's lead in circles).
pub(crate) fn files_under(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for entry in entries.map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files.extend(files_under(&entry.path()));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    files
}

/// Every byte that answers a plain GET. For tests that need no client.
pub(crate) fn answer_to(url: &str) -> std::io::Result<Vec<u8>> {
    let (host, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// What a plain GET gives: status and body.
pub(crate) fn get(url: &str) -> (u16, String) {
    let answer = answer_to(url).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}

/// A fake npm with two old versions of `left-pad`: 1.0.0 of 2020 and 1.1.0 of 2021.
pub(crate) fn left_pad() -> FakeNpm {
    Npm::new()
        .package("left-pad", |package| {
            package
                .version("1.0.0", |release| {
                    release
                        .published("2020-01-01T00:00:00Z")
                        .file("index.js", "one")
                })
                .version("1.1.0", |release| {
                    release
                        .published("2021-01-01T00:00:00Z")
                        .file("index.js", "two")
                })
        })
        .start_blocking()
}

/// An OSV record that calls these versions of a package malicious; all of them if none are named.
pub(crate) fn malicious(id: &str, package: &str, versions: &[&str]) -> String {
    let ranges = match versions {
        [] => json!([{ "type": "SEMVER", "events": [{ "introduced": "0" }] }]),
        _ => json!([]),
    };
    json!({
        "schema_version": "1.7.5",
        "id": id,
        "modified": Timestamp::now().to_string(),
        "published": Timestamp::now().to_string(),
        "summary": format!("Malicious code in {package}"),
        "affected": [{ "package": { "ecosystem": "npm", "name": package }, "ranges": ranges, "versions": versions }],
    })
    .to_string()
}

/// A zip archive of these files.
pub(crate) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
