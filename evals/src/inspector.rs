//! Asks `lazaret` what it thinks of packages: one process for each, or many packages for one process.

mod document;

pub(crate) use document::{Document, Outcome, text};

use crate::child::{Child, End, Ended, Used};
use anyhow::Result;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The exit codes of a finished inspection: clean, findings, incomplete, malicious.
const FINISHED: [i32; 4] = [0, 1, 4, 5];

#[derive(Clone, Debug)]
pub(crate) struct Inspector {
    pub(crate) program: PathBuf,
    /// Of one package or pair.
    pub(crate) limit: Duration,
    /// How many run at the same time.
    pub(crate) jobs: usize,
    /// How many packages one process is given; 1 starts a process for each.
    pub(crate) batch: usize,
    pub(crate) core: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The version before; without it the package is judged by itself.
    pub(crate) before: Option<PathBuf>,
    pub(crate) after: PathBuf,
    /// What the registry says of both, as a file.
    pub(crate) facts: Option<PathBuf>,
}

impl Question {
    pub(crate) fn inspect(package: PathBuf) -> Self {
        Self {
            before: None,
            after: package,
            facts: None,
        }
    }

    pub(crate) fn diff(before: PathBuf, after: PathBuf) -> Self {
        Self {
            before: Some(before),
            after,
            facts: None,
        }
    }

    fn may_share_a_process(&self) -> bool {
        self.before.is_none() && self.facts.is_none()
    }
}

/// What came of one question.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Or why there is no document: a crash, a time out, an answer that is none.
    pub(crate) document: Result<Document, String>,
    pub(crate) end: End,
    /// In a shared process only the wall time is this package's own.
    pub(crate) used: Used,
}

impl Inspector {
    pub(crate) fn ask(&self, question: &Question) -> Answer {
        let ended = match self.child(question).run() {
            Ok(ended) => ended,
            Err(error) => return never_ran(&error),
        };
        let document = match ended.end {
            End::Code(code) if FINISHED.contains(&code) => {
                Document::read(&ended.output).map_err(|error| format!("{error:#}"))
            }
            _ => Err(why(&ended)),
        };
        Answer {
            document,
            end: ended.end,
            used: ended.used,
        }
    }

    /// All answers in the order of the questions. `told` hears how many are there.
    pub(crate) fn ask_all(
        &self,
        questions: &[Question],
        told: &(dyn Fn(usize) + Sync),
    ) -> Vec<Answer> {
        let size = if questions.iter().all(Question::may_share_a_process) {
            self.batch.max(1)
        } else {
            1
        };
        let pieces: Vec<&[Question]> = questions.chunks(size).collect();
        let next = AtomicUsize::new(0);
        let count = AtomicUsize::new(0);
        let answers = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(piece) = pieces.get(at) else { break };
                        let given = if size == 1 {
                            piece.iter().map(|one| self.ask(one)).collect()
                        } else {
                            self.ask_together(piece)
                        };
                        told(count.fetch_add(piece.len(), Ordering::Relaxed) + piece.len());
                        if let Ok(mut answers) = answers.lock() {
                            answers.push((at, given));
                        }
                    }
                });
            }
        });
        let mut answers: Vec<(usize, Vec<Answer>)> = answers
            .into_inner()
            .unwrap_or_else(|broken| broken.into_inner());
        answers.sort_by_key(|(at, _)| *at);
        answers.into_iter().flat_map(|(_, given)| given).collect()
    }

    /// One process, one JSON document per line. What it does not answer is asked again, each by itself.
    pub(crate) fn ask_together(&self, questions: &[Question]) -> Vec<Answer> {
        let mut child = self.child_of(&["inspect", "--format", "json", "--jobs", "1"]);
        let paths = questions.iter().map(|one| OsString::from(&one.after));
        child.arguments.extend(paths);
        child.limit = self.limit * u32::try_from(questions.len()).unwrap_or(u32::MAX);
        let Ok(ended) = child.run() else {
            return questions.iter().map(|one| self.ask(one)).collect();
        };

        let mut answers = Vec::new();
        let mut before = 0.0;
        for (line, came) in ended.output.split(|byte| *byte == b'\n').zip(&ended.lines) {
            let Ok(document) = Document::read(line) else {
                break;
            };
            let came = came.as_secs_f64() * 1e3;
            answers.push(Answer {
                document: Ok(document),
                end: ended.end,
                used: Used {
                    wall_ms: came - before,
                    cpu_ms: ended.used.cpu_ms / questions.len() as f64,
                    peak_bytes: ended.used.peak_bytes,
                },
            });
            before = came;
        }
        answers.truncate(questions.len());
        let alone = &questions[answers.len()..];
        answers.extend(alone.iter().map(|one| self.ask(one)));
        answers
    }

    fn child(&self, question: &Question) -> Child {
        let command = match question.before {
            Some(_) => "diff",
            None => "inspect",
        };
        let mut child = self.child_of(&[command, "--format", "json"]);
        if let Some(facts) = &question.facts {
            child.arguments.push("--registry-facts".into());
            child.arguments.push(facts.into());
        }
        if let Some(before) = &question.before {
            child.arguments.push(before.into());
        }
        child.arguments.push(OsString::from(&question.after));
        child
    }

    fn child_of(&self, arguments: &[&str]) -> Child {
        Child {
            program: self.program.clone(),
            arguments: arguments.iter().map(OsString::from).collect(),
            limit: self.limit,
            core: self.core,
        }
    }
}

fn never_ran(error: &anyhow::Error) -> Answer {
    Answer {
        document: Err(format!("{error:#}")),
        end: End::Signal(0),
        used: Used::default(),
    }
}

fn why(ended: &Ended) -> String {
    let how = match ended.end {
        End::Code(code) => format!("exit code {code}"),
        End::Signal(signal) => format!("killed by signal {signal}"),
        End::TimedOut => "took too long".to_owned(),
    };
    match ended.errors.trim().lines().last() {
        Some(said) => format!("{how}: {}", said.chars().take(200).collect::<String>()),
        None => how,
    }
}

/// The binary that is there, or a hint how to build it.
pub(crate) fn found(program: &Path) -> Result<PathBuf> {
    anyhow::ensure!(
        program.is_file(),
        "{} is not there: build it with `cargo build --release`, or name it with --lazaret",
        program.display()
    );
    Ok(program.canonicalize()?)
}
