//! The parent's side: some workers, each with one request at a time, replaced when they fail.

mod keeper;
mod process;
#[cfg(unix)]
mod talk;
#[cfg(not(unix))]
#[path = "pool/talk_elsewhere.rs"]
mod talk;

use crate::failure::{Cause, Failure};
use crate::frame::{self, Kind, Outgoing};
use crate::layers::{Layer, LayerReport};
use crate::limits::{Budget, Limits, Terms, VARIABLE};
use keeper::Keeper;
use process::Process;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How workers are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What is run; it has to call [`crate::worker::serve`] before anything else.
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// All variables that a worker gets, next to one of ours. In the beginning there is one that keeps jemalloc from
    /// starting threads of its own, as another allocator may have to be told, too: the layers want a process with one
    /// thread, and seccomp kills one that makes more.
    pub environment: Vec<(OsString, OsString)>,
    /// How many there are at most, and so how many requests are answered at once.
    pub workers: usize,
    pub limits: Limits,
    /// Layers that are left off: to test the others, or where one does harm. The report says so.
    pub without: Vec<Layer>,
}

/// What jemalloc reads before `main`, under the name that its crate gives it. One arena is enough for one thread; no thread
/// is there to give pages back, so that happens while the next request is at work.
const ONE_THREAD: (&str, &str) = ("_RJEM_MALLOC_CONF", "background_thread:false,narenas:1");

impl Settings {
    pub fn new(program: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.iter().map(OsString::from).collect(),
            environment: vec![(ONE_THREAD.0.into(), ONE_THREAD.1.into())],
            workers: 1,
            limits: Limits::default(),
            without: Vec::new(),
        }
    }

    /// The program that is running, also after its file was replaced by a newer one.
    pub fn this_program(arguments: &[&str]) -> io::Result<Self> {
        let running = PathBuf::from("/proc/self/exe");
        let program = match cfg!(target_os = "linux") && running.exists() {
            true => running,
            false => std::env::current_exe()?,
        };
        Ok(Self::new(program, arguments))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env(VARIABLE, Terms::new(&self.limits, &self.without).written())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(match cfg!(unix) {
                true => Stdio::piped(),
                // Nobody would empty the pipe.
                false => Stdio::null(),
            });
        #[cfg(windows)]
        if let Some(root) = std::env::var_os("SystemRoot") {
            // Programs do not start without it.
            command.env("SystemRoot", root);
        }
        command
    }
}

/// What a worker answered, and what it took.
#[derive(Debug, Clone)]
pub struct Answer {
    pub bytes: Vec<u8>,
    pub wall: Duration,
    /// Processor time of the request, where the system tells it.
    pub cpu: Option<Duration>,
    /// The most bytes that this worker ever had in memory, over all its requests; where the system tells it.
    pub peak_memory: Option<u64>,
}

/// Workers for many threads to use at once. Dropping it ends them.
pub struct Pool {
    settings: Arc<Settings>,
    shared: Arc<Shared>,
    keeper: Keeper,
}

/// How long a worker may take from start to hello. Milliseconds are usual; this is for machines that swap.
const START: Budget = Budget {
    wall: Duration::from_secs(20),
    cpu: Duration::from_secs(20),
};

struct Shared {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<(Process, Instant)>,
    busy: usize,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held, and its state would be whole if something did.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the workers that have had nothing to do for so long.
    fn end_idle(&self, longer_than: Duration) {
        let mut state = self.state();
        let ended: Vec<_> = state
            .idle
            .extract_if(.., |(_, since)| since.elapsed() >= longer_than)
            .collect();
        drop(state);
        drop(ended);
    }
}

impl Pool {
    /// Starts no worker yet. `Err` if the system gives no thread.
    pub fn new(settings: Settings) -> io::Result<Self> {
        let settings = Arc::new(settings);
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            freed: Condvar::new(),
        });
        let keeper = Keeper::start(settings.clone(), shared.clone())?;
        Ok(Self {
            settings,
            shared,
            keeper,
        })
    }

    /// Asks a worker, and waits for its answer; before that, for a worker to be free, which does not count against the
    /// budget. The pieces arrive as one request.
    pub fn run(&self, pieces: &[&[u8]], budget: Budget) -> Result<Answer, Failure> {
        let limit = self.settings.limits.request;
        let length: u64 = pieces.iter().map(|piece| piece.len() as u64).sum();
        let header = match u32::try_from(length) {
            Ok(length) if length <= limit => frame::header(Kind::Request, length),
            _ => {
                return Err(Failure::before_start(Cause::RequestTooLarge {
                    length,
                    limit,
                }));
            }
        };
        let slot = self.slot();
        let mut process = self.worker(&slot)?;
        let answer = process.ask(
            Outgoing::new(header, pieces),
            Kind::Answer,
            self.settings.limits.answer,
            budget,
        )?;
        if process.served < self.settings.limits.recycle_after
            && answer
                .peak_memory
                .is_none_or(|peak| peak <= self.settings.limits.recycle_above)
        {
            slot.give_back(process);
        }
        Ok(answer)
    }

    /// What a worker says of the layers round it. Starts one if none is idle.
    pub fn layers(&self) -> Result<Vec<LayerReport>, Failure> {
        let slot = self.slot();
        let process = self.worker(&slot)?;
        let layers = process.layers.clone();
        slot.give_back(process);
        Ok(layers)
    }

    /// Waits for the right to use a worker.
    fn slot(&self) -> Slot<'_> {
        let mut state = self.shared.state();
        while state.busy >= self.settings.workers.max(1) {
            state = self
                .shared
                .freed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.busy += 1;
        Slot {
            shared: &self.shared,
        }
    }

    fn pop_idle(&self) -> Option<(Process, Instant)> {
        self.shared.state().idle.pop()
    }

    /// An idle worker that lives, or a new one.
    fn worker(&self, _slot: &Slot<'_>) -> Result<Process, Failure> {
        // The one used last: its memory is warm, and the others may grow old enough to end.
        while let Some((mut process, _)) = self.pop_idle() {
            if process.is_quiet() {
                return Ok(process);
            }
            // Something ended it meanwhile, or it sends what nobody asked for.
        }
        let cannot_start = |reason: String| Failure::before_start(Cause::CannotStart { reason });
        let child = self.keeper.spawn().map_err(|error| {
            cannot_start(format!("{}: {error}", self.settings.program.display()))
        })?;
        let mut process = Process::new(child).map_err(|error| cannot_start(error.to_string()))?;
        match process.greet(START) {
            Ok(()) => Ok(process),
            Err(failure) => {
                let reason = format!("{} {}", failure.cause, failure.printed);
                Err(Failure {
                    cause: Cause::CannotStart {
                        reason: reason.trim_end().to_owned(),
                    },
                    ..failure
                })
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Nobody is asking: that would borrow the pool.
        self.keeper.stop();
        self.shared.end_idle(Duration::ZERO);
    }
}

/// The right to use one worker, given back whatever happens.
struct Slot<'a> {
    shared: &'a Shared,
}

impl Slot<'_> {
    fn give_back(&self, process: Process) {
        self.shared.state().idle.push((process, Instant::now()));
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.shared.state().busy -= 1;
        self.shared.freed.notify_one();
    }
}
