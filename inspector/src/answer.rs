//! What a worker answers, as JSON. The parent reads it into these types and never passes its bytes on.

use lazaret_analysis::{Change, Outcome, Place, Report};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Of one package.
    Report {
        report: Box<Report>,
        excerpts: Vec<Excerpt>,
    },
    /// Of two.
    Change {
        /// What the version before is by the cold rules, as if there were none before that: somebody may have planted it
        /// to make the one after look harmless.
        before: Outcome,
        change: Box<Change>,
        excerpts: Vec<Excerpt>,
    },
    /// The bytes are no package that anybody could install.
    NotAPackage {
        /// Which of the packages, from 0.
        package: usize,
        why: String,
    },
    /// The request was not understood: parent and worker are not of one program.
    Confused,
}

/// The code round a finding in a file that nobody can read as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// The finding's.
    pub place: Place,
    /// Lines, not escaped.
    pub code: String,
}
