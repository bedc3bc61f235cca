//! How a command ends: the exit codes that all commands share.

use std::fmt;
use std::process::ExitCode;

/// What a command found, as a number for pipelines. When several hold, malicious wins, then what could not be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to report.
    Clean = 0,
    /// Something at or above the threshold: a held version, a blob that differs.
    Findings = 1,
    /// Wrong arguments or configuration; nothing was done.
    WrongUse = 2,
    /// Nothing was understood to work on.
    Nothing = 3,
    /// It could not be checked, or not all of it.
    Incomplete = 4,
    /// A malicious package.
    Malicious = 5,
}

impl Exit {
    /// How a command ends whose result could not be written to stdout.
    pub(crate) fn without_result(self, error: &std::io::Error) -> Self {
        crate::output::error(&format!("cannot write the result: {error}"));
        match self {
            Self::Malicious => self,
            _ => Self::Incomplete,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A command that could not answer, with the code to end with.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: anyhow::Error,
}

/// What every command gives.
pub(crate) type Ending = Result<Exit, Failure>;

impl Failure {
    /// Ends with this code for this reason.
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            error: error.into(),
        }
    }

    /// Wrong arguments or configuration, said in one sentence with its remedy.
    pub(crate) fn wrong_use(message: impl fmt::Display) -> Self {
        Self::new(Exit::WrongUse, anyhow::anyhow!("{message}"))
    }

    /// Says it on stderr and gives the code to end with.
    pub(crate) fn report(&self) -> Exit {
        crate::output::error(&self.to_string());
        self.exit
    }
}

/// The reason with everything under it.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

/// Anything unexpected (a full disk, no rights) means: could not check.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Incomplete, error)
    }
}
