//! What a check found, with its place in a file.

use lazaret_npm::lockfile::{Lines, Place, Spot};
use lazaret_policy::Severity;

use crate::project::{NOWHERE, Project};

/// The four checks; each has its own line in a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    Integrity,
    Malicious,
    Vulnerabilities,
    Changes,
}

impl Check {
    pub const ALL: [Self; 4] = [
        Self::Integrity,
        Self::Malicious,
        Self::Vulnerabilities,
        Self::Changes,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Malicious => "malicious",
            Self::Vulnerabilities => "vulnerabilities",
            Self::Changes => "changes",
        }
    }
}

/// One thing to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub check: Check,
    pub rule: &'static str,
    /// Malicious code counts as critical.
    pub severity: Severity,
    /// From the root on.
    pub file: String,
    pub place: Place,
    pub end: Place,
    /// The line of the file, or what of a long one stands round the place; not escaped.
    pub line: String,
    /// The column of its first character.
    pub line_from: u32,
    /// The package that is meant, `name@version`, and its name alone.
    pub package: Option<String>,
    pub name: Option<String>,
    /// As it is locked.
    pub integrity: Option<String>,
    /// One sentence; not escaped.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The shortest way from the project to the package, the package last.
    pub way: Vec<String>,
    /// Ids of advisories, the one to name first.
    pub ids: Vec<String>,
    pub url: Option<String>,
    /// The lowest version above this one that is not affected.
    pub fixed_in: Option<String>,
    /// The version that it takes the place of, where that was compared.
    pub replaces: Option<String>,
    /// What the base does not have.
    pub is_new: bool,
    /// Only needed for development.
    pub is_dev: bool,
    /// Fails the check, unless waived.
    pub fails: bool,
    pub state: State,
}

/// Whether it counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Open,
    /// Somebody wrote down why it may stay.
    Waived {
        reason: String,
        until: Option<String>,
    },
    /// It was there when the baseline was written.
    Baselined,
}

/// Bytes of a line that a finding keeps.
const LINE_LIMIT: usize = 400;

impl Finding {
    /// About one entry of a lockfile; `at` is a part of it, or its key.
    pub fn of_entry(
        check: Check,
        rule: &'static str,
        severity: Severity,
        project: &Project,
        lines: &Lines<'_>,
        (index, at): (u32, Spot),
        message: String,
    ) -> Self {
        let entry = &project.lockfile.entries[index as usize];
        let at = if at == NOWHERE { entry.at } else { at };
        let mut finding = Self::at(check, rule, severity, project.path(), lines, at, message);
        finding.package = Some(entry.id());
        finding.name = (!entry.name.is_empty()).then(|| entry.name.to_string());
        finding.integrity = entry.integrity.as_ref().map(|text| text.text.to_string());
        finding.way = project.way_to(index);
        finding.is_dev = entry.dev;
        finding
    }

    /// About a place in a file.
    pub fn at(
        check: Check,
        rule: &'static str,
        severity: Severity,
        file: String,
        lines: &Lines<'_>,
        at: Spot,
        message: String,
    ) -> Self {
        let place = lines.place(at);
        let (line_from, line) = lines.excerpt(at, LINE_LIMIT);
        Self {
            check,
            rule,
            severity,
            file,
            place,
            end: lines.end(at),
            line: line.to_owned(),
            line_from,
            package: None,
            name: None,
            integrity: None,
            message,
            help: None,
            way: Vec::new(),
            ids: Vec::new(),
            url: None,
            fixed_in: None,
            replaces: None,
            is_new: true,
            is_dev: false,
            fails: false,
            state: State::Open,
        }
    }

    /// The same finding of another day has the same fingerprint, wherever its line has moved to.
    pub fn fingerprint(&self) -> String {
        let about = self.package.as_deref().unwrap_or(&self.message);
        let id = self.ids.first().map_or("", String::as_str);
        let text = [self.rule, &self.file, about, id].join("\n");
        lazaret_npm::Digests::of(text.as_bytes()).sha256_hex()[..32].to_owned()
    }

    /// Whether it makes the check fail.
    pub fn counts(&self) -> bool {
        self.fails && self.state == State::Open
    }
}
