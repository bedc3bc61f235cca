//! The parent's side: workers to ask, and what their endings mean.

use super::imports::{self, Imports};
use super::{Answer, Deadly, Request, WORKER, worker};
use anyhow::Context;
use lazaret_sandbox::{Budget, Cause, LayerReport, Pool, Settings, Standing};
use std::ffi::OsString;
use std::time::Duration;

/// Other processes may have the processor most of the time.
const WALL_FOR_CPU: u32 = 4;

/// Files of one request on which workers may die before the rest is given up.
const MOST_DEATHS: usize = 3;

/// Workers that inspect packages, shared by threads.
pub struct Inspector {
    pool: Pool,
    /// Of processor time, for one package.
    limit: Duration,
}

/// A package, or a pair, of which there is no report. It is never clean.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Which of two packages was looked at, from 0.
    pub package: usize,
    /// The file that was looked at last.
    pub file: Option<String>,
    /// What happened, for people.
    pub why: String,
    /// It says nothing of the package: a worker could not be started, was killed from outside, or got no processor. Asked
    /// again, there may be an answer.
    pub surroundings: bool,
}

/// How a request ended that has no answer.
pub(super) enum Ending {
    /// The worker died; without the file it may not.
    Died(Unfinished),
    Final(Unfinished),
}

impl Inspector {
    /// As many workers as that many threads can ask at once. None is started yet.
    ///
    /// # Errors
    /// When the program cannot find itself, or gets no thread.
    pub fn new(workers: usize, limit: Duration) -> anyhow::Result<Self> {
        Self::with(workers, limit, None)
    }

    /// [`Inspector::new`] with workers that let everybody else go first: for servers, which have clients waiting.
    ///
    /// # Errors
    /// As [`Inspector::new`].
    pub fn polite(workers: usize, limit: Duration) -> anyhow::Result<Self> {
        Self::with(workers, limit, Some((worker::POLITE.into(), "1".into())))
    }

    fn with(
        workers: usize,
        limit: Duration,
        more: Option<(OsString, OsString)>,
    ) -> anyhow::Result<Self> {
        let mut settings = Settings::this_program(&[WORKER]).context("cannot find this program")?;
        settings.workers = workers;
        // A worker has one thread, and the allocator must not start another.
        let allocator = "background_thread:false,narenas:1";
        settings.environment = vec![(worker::ALLOCATOR.into(), allocator.into())];
        settings.environment.extend(more);
        let pool = Pool::new(settings).context("cannot prepare workers")?;
        Ok(Self { pool, limit })
    }

    /// Asks a worker. A file on which it dies is left out and another worker is asked, a few times.
    ///
    /// # Errors
    /// When there is no answer: the workers crashed, took too long, needed too much.
    pub fn ask(&self, mut request: Request<'_>) -> Result<Answer, Unfinished> {
        loop {
            match self.ask_once(&request) {
                Err(Ending::Died(unfinished)) => {
                    let Unfinished {
                        package, file, why, ..
                    } = &unfinished;
                    let is_new = |file: &String| {
                        let known =
                            |deadly: &Deadly| deadly.package == *package && deadly.file == *file;
                        !request.deadly.iter().any(known)
                    };
                    match file.clone().filter(is_new) {
                        Some(file) if request.deadly.len() < MOST_DEATHS => {
                            request.deadly.push(Deadly {
                                package: *package,
                                file,
                                why: why.clone(),
                            });
                        }
                        _ => return Err(unfinished),
                    }
                }
                Err(Ending::Final(unfinished)) => return Err(unfinished),
                Ok(answer) => return Ok(answer),
            }
        }
    }

    fn ask_once(&self, request: &Request<'_>) -> Result<Answer, Ending> {
        let last = request.packages.len() - 1;
        let unfinished = |why: String| Unfinished {
            package: last,
            file: None,
            why,
            surroundings: false,
        };
        let encoded = request
            .encoded()
            .map_err(|error| Ending::Final(unfinished(error.to_string())))?;
        let cpu = self.limit * u32::try_from(request.packages.len()).unwrap_or(1);
        let answer = self.run(&encoded.pieces(), cpu, last)?;
        match serde_json::from_slice(&answer) {
            Ok(Answer::Confused) | Err(_) => {
                let why = "the worker's answer was not understood".to_owned();
                Err(Ending::Final(unfinished(why)))
            }
            Ok(answer) => Ok(answer),
        }
    }

    /// What the files of a project import. A file on which a worker dies is left out, and said so.
    ///
    /// # Errors
    /// When there is no answer: the workers crashed, took too long, needed too much.
    pub fn imports(&self, files: &[(String, Vec<u8>)]) -> Result<Vec<Imports>, Unfinished> {
        let mut deadly: Vec<(String, String)> = Vec::new();
        loop {
            let request = imports::encoded(files, &deadly);
            let answer = request.and_then(|head| {
                let bodies = files.iter().map(|(_, bytes)| bytes.as_slice());
                let pieces: Vec<&[u8]> = std::iter::once(&head[..]).chain(bodies).collect();
                let answer = self.run(&pieces, self.limit, 0)?;
                serde_json::from_slice(&answer).map_err(|_| {
                    Ending::Final(Unfinished {
                        package: 0,
                        file: None,
                        why: "the worker's answer was not understood".to_owned(),
                        surroundings: false,
                    })
                })
            });
            match answer {
                Ok(answer) => return Ok(answer),
                Err(Ending::Died(unfinished)) => {
                    let is_new = |file: &String| deadly.iter().all(|(known, _)| known != file);
                    match unfinished.file.clone().filter(is_new) {
                        Some(file) if deadly.len() < MOST_DEATHS => {
                            deadly.push((file, unfinished.why));
                        }
                        _ => return Err(unfinished),
                    }
                }
                Err(Ending::Final(unfinished)) => return Err(unfinished),
            }
        }
    }

    /// The bytes that a worker answers.
    fn run(&self, pieces: &[&[u8]], cpu: Duration, last: usize) -> Result<Vec<u8>, Ending> {
        let budget = Budget {
            wall: cpu * WALL_FOR_CPU,
            cpu,
        };
        let answer = self.pool.run(pieces, budget).map_err(|failure| {
            let noted = failure.last_note.as_deref().and_then(worker::read_note);
            let (package, file) = noted.unwrap_or((last, None));
            let unfinished = Unfinished {
                package,
                file,
                why: told(&failure.cause),
                surroundings: is_ours(&failure.cause),
            };
            match failure.cause {
                cause if is_ours(&cause) => Ending::Final(unfinished),
                Cause::Crashed { .. }
                | Cause::StackOverflow
                | Cause::OutOfMemory
                | Cause::Panicked => Ending::Died(unfinished),
                _ => Ending::Final(unfinished),
            }
        })?;
        Ok(answer.bytes)
    }

    /// What protects this machine from a worker, layer by layer.
    ///
    /// # Errors
    /// When no worker can be started.
    pub fn layers(&self) -> anyhow::Result<Vec<LayerReport>> {
        self.pool
            .layers()
            .map_err(|failure| anyhow::anyhow!("{failure}"))
    }

    /// The layers that are not there, as far as they can be told.
    pub fn missing_layers(&self) -> Vec<String> {
        let layers = self.layers().unwrap_or_default();
        let missing = layers
            .into_iter()
            .filter(|report| report.standing == Standing::Missing);
        missing
            .map(|report| match report.reason.as_str() {
                "" => report.layer.to_string(),
                reason => format!("{} ({reason})", report.layer),
            })
            .collect()
    }
}

/// Whether the surroundings failed and not what was read. Memory has a limit of its own, so a kill is somebody else's; and
/// the clock runs four times as long as the processor's may.
fn is_ours(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::CannotStart { .. } | Cause::Crashed { signal: 9 } | Cause::TimedOut { .. }
    )
}

/// Without numbers that differ from run to run.
fn told(cause: &Cause) -> String {
    match cause {
        Cause::TimedOut { .. } => "the worker gave no answer in time".to_owned(),
        Cause::OutOfTime { limit } => {
            format!(
                "{} seconds of processor time were not enough",
                limit.as_secs_f64()
            )
        }
        cause => cause.to_string(),
    }
}
