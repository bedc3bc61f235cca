//! What is said of one find.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::place::Where;

/// One find at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub what: What,
    /// `chalk@5.6.1`, the strings, the name of the file; as it was written, not escaped.
    pub subject: String,
    /// The file on disk; `/` between its parts on Unix. Not escaped.
    pub path: String,
    /// The way from there: files in archives in archives.
    pub inside: Vec<String>,
    /// Where in the innermost file, in bytes.
    pub offset: Option<u64>,
    pub place: Where,
    /// The campaign's id, if it is one's.
    pub campaign: Option<Box<str>>,
    /// The advisory's id, if one names the version.
    pub advisory: Option<Box<str>>,
    pub confidence: Confidence,
    /// When it came here, as far as that is known.
    pub first_seen: Option<Timestamp>,
    /// What says so: `file`, `npm cache`, `npm log`, `shell history`.
    pub seen_by: &'static str,
    /// Whether code of it can have run on this machine.
    pub ran: Ran,
    /// One sentence on why the confidence is what it is, or what `ran` rests on.
    pub note: String,
    /// Of the innermost file, in hexadecimal digits, where it was read whole.
    pub sha256: Option<String>,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A malicious version, by its name and number.
    Version,
    /// A file of a campaign, by its hash.
    File,
    /// A line of a campaign in another file, by its hash.
    Line,
    /// Strings of a campaign.
    Strings,
    /// A file that is called as a campaign calls its own.
    FileName,
    /// A file that is not what its own name or the lockfile says it is.
    Changed,
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Worth a look; by itself it says little.
    Hint,
    /// A person should look now.
    Likely,
    /// It is here.
    Confirmed,
}

/// Whether code of it can have run here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ran {
    /// It was fetched or is packed; nothing of this place runs.
    No,
    /// This place does not say.
    Unknown,
    /// It runs when it is imported, or where the page is opened.
    Possible,
    /// It has a script that clients run when they install it, unless that was switched off.
    Likely,
    /// A log says that its script ran.
    Yes,
}

impl What {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::File => "file",
            Self::Line => "line",
            Self::Strings => "strings",
            Self::FileName => "file-name",
            Self::Changed => "changed",
        }
    }
}

impl Confidence {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Likely => "likely",
            Self::Confirmed => "confirmed",
        }
    }
}

impl Ran {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Unknown => "unknown",
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Yes => "yes",
        }
    }
}

impl Hit {
    /// The surest first, then by place.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let place = |hit: &Self| {
            (
                hit.path.clone(),
                hit.inside.clone(),
                hit.what,
                hit.subject.clone(),
            )
        };
        other
            .confidence
            .cmp(&self.confidence)
            .then_with(|| place(self).cmp(&place(other)))
    }

    /// The path with the way inside archives behind it: `image.tar!layer.tar!app/index.js`.
    pub fn full_path(&self) -> String {
        let mut path = self.path.clone();
        for inner in &self.inside {
            path.push('!');
            path.push_str(inner);
        }
        path
    }
}
