//! Runs one process under a wall clock, and says what it and its descendants used.
//!
//! The system counts children per parent, so each run gets a parent of its own: this program again, as `measured`.

use anyhow::{Context, Result};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, killpg};
use nix::sys::time::TimeVal;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// No report is that long; a child that writes more is not read further.
const MAX_OUTPUT: u64 = 256 << 20;
/// What the run used stands on the last line of the error output, after this.
const MARK: &str = "\u{1e}used ";

#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) limit: Duration,
    /// Everything on this one core, so that worker and parent share it.
    pub(crate) core: Option<usize>,
}

/// How a run ended, and what it cost.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) end: End,
    pub(crate) output: Vec<u8>,
    pub(crate) errors: String,
    pub(crate) used: Used,
    /// When each line of the output had come.
    pub(crate) lines: Vec<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Code(i32),
    Signal(i32),
    TimedOut,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Used {
    pub(crate) wall_ms: f64,
    /// User and system, of all descendants that were waited for.
    pub(crate) cpu_ms: f64,
    /// Of the largest of them.
    pub(crate) peak_bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct Measured {
    code: Option<i32>,
    signal: Option<i32>,
    used: Used,
}

impl Child {
    pub(crate) fn run(&self) -> Result<Ended> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("measured");
        if let Some(core) = self.core {
            command.args(["--core", &core.to_string()]);
        }
        let mut helper = command
            .arg("--")
            .arg(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let started = Instant::now();
        let output = helper.stdout.take().context("no output")?;
        let errors = helper.stderr.take().context("no error output")?;
        let (done, finished) = mpsc::channel();
        let output_read = thread::spawn(move || {
            let read = timed_lines(output, started);
            // Nobody listens once the time is over.
            let _ = done.send(());
            read
        });
        let errors_read = thread::spawn(move || {
            let mut bytes = Vec::new();
            errors
                .take(MAX_OUTPUT)
                .read_to_end(&mut bytes)
                .map(|_| bytes)
        });

        let group = Pid::from_raw(i32::try_from(helper.id())?);
        let late = finished.recv_timeout(self.limit).is_err();
        if late {
            killpg(group, Signal::SIGKILL).context("could not end a run that took too long")?;
        }
        helper.wait()?;
        let (output, lines) = output_read
            .join()
            .map_err(|_| anyhow::anyhow!("reader died"))??;
        let errors = errors_read
            .join()
            .map_err(|_| anyhow::anyhow!("reader died"))??;
        let errors = String::from_utf8_lossy(&errors).into_owned();
        Ok(ended(late, started, output, lines, &errors))
    }
}

fn ended(
    late: bool,
    started: Instant,
    output: Vec<u8>,
    lines: Vec<Duration>,
    errors: &str,
) -> Ended {
    let measured = errors
        .rsplit_once(MARK)
        .and_then(|(said, line)| Some((said, serde_json::from_str::<Measured>(line.trim()).ok()?)));
    let (said, end, used) = match measured {
        Some((said, measured)) if !late => {
            let end = match (measured.code, measured.signal) {
                (Some(code), _) => End::Code(code),
                (None, signal) => End::Signal(signal.unwrap_or_default()),
            };
            (said, end, measured.used)
        }
        _ => {
            let used = Used {
                wall_ms: started.elapsed().as_secs_f64() * 1e3,
                ..Used::default()
            };
            let end = if late { End::TimedOut } else { End::Signal(0) };
            (errors, end, used)
        }
    };
    Ended {
        end,
        output,
        errors: said.to_owned(),
        used,
        lines,
    }
}

fn timed_lines(
    mut output: impl Read,
    started: Instant,
) -> std::io::Result<(Vec<u8>, Vec<Duration>)> {
    let mut bytes = Vec::new();
    let mut lines = Vec::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        let count = output.read(&mut piece)?;
        if count == 0 {
            return Ok((bytes, lines));
        }
        let now = started.elapsed();
        let ends = piece[..count].iter().filter(|byte| **byte == b'\n').count();
        lines.extend(std::iter::repeat_n(now, ends));
        if bytes.len() as u64 + (count as u64) <= MAX_OUTPUT {
            bytes.extend_from_slice(&piece[..count]);
        }
    }
}

/// The helper's side: runs the program, then says what it used. Gives the exit code to end with.
pub(crate) fn measured(core: Option<usize>, command: &[OsString]) -> Result<i32> {
    let (program, arguments) = command.split_first().context("no program to run")?;
    if let Some(core) = core {
        let mut cores = CpuSet::new();
        cores.set(core)?;
        sched_setaffinity(Pid::from_raw(0), &cores)?;
    }
    let started = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .status()
        .with_context(|| format!("{} does not run", program.display()))?;
    let wall = started.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let measured = Measured {
        code: status.code(),
        signal: status.signal(),
        used: Used {
            wall_ms: wall.as_secs_f64() * 1e3,
            cpu_ms: milliseconds(usage.user_time()) + milliseconds(usage.system_time()),
            // Linux counts in KiB.
            peak_bytes: u64::try_from(usage.max_rss())? * 1024,
        },
    };
    let mut errors = std::io::stderr().lock();
    write!(errors, "\n{MARK}{}", serde_json::to_string(&measured)?)?;
    Ok(status.code().unwrap_or(1))
}

fn milliseconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 * 1e3 + time.tv_usec() as f64 / 1e3
}
