//! OSV ranges as intervals of SemVer precedence, and back into npm's range syntax.

use lazaret_npm::Version;

use super::PLACEHOLDER;

/// A stretch of affected versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// The first affected version; `None` is OSV's `introduced: "0"`, before everything, prereleases included.
    pub from: Option<Version>,
    pub end: End,
}

/// Where an [`Interval`] ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Never,
    /// OSV's `fixed`: the first version that is not affected.
    Before(Version),
    /// OSV's `last_affected`.
    At(Version),
}

/// One event of an OSV range; `limit` is left out, it occurs for GIT only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event<'a> {
    Introduced(&'a str),
    Fixed(&'a str),
    LastAffected(&'a str),
}

/// A range has an end that is not a version.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl Interval {
    /// Every version.
    pub const EVERYTHING: Self = Self {
        from: None,
        end: End::Never,
    };

    /// True for a range without beginning and end.
    pub fn is_everything(&self) -> bool {
        self.from.is_none() && self.end == End::Never
    }

    fn is_empty(&self) -> bool {
        match (&self.from, &self.end) {
            (Some(from), End::Before(end)) => from >= end,
            (Some(from), End::At(end)) => from > end,
            (None, _) | (_, End::Never) => false,
        }
    }

    /// Whether the version lies inside; one that is not SemVer lies only inside everything.
    pub fn contains(&self, version: Option<&Version>) -> bool {
        let Some(version) = version else {
            return self.is_everything();
        };
        if self.from.as_ref().is_some_and(|from| version < from) {
            return false;
        }
        match &self.end {
            End::Never => true,
            End::Before(fixed) => version < fixed,
            End::At(last) => version <= last,
        }
    }

    fn render(&self) -> String {
        match (&self.from, &self.end) {
            (None, End::Never) => "*".to_owned(),
            (None, End::Before(fixed)) => format!("<{fixed}"),
            (None, End::At(last)) => format!("<={last}"),
            (Some(from), End::Never) => format!(">={from}"),
            (Some(from), End::Before(fixed)) => format!(">={from} <{fixed}"),
            (Some(from), End::At(last)) if from == last => from.to_string(),
            (Some(from), End::At(last)) => format!(">={from} <={last}"),
        }
    }
}

/// Walks the events of one range in the order of their versions, as the OSV schema describes it.
pub(super) fn intervals(events: &[Event<'_>]) -> Result<Vec<Interval>, Unreadable> {
    let mut sorted = Vec::with_capacity(events.len());
    for event in events {
        sorted.push((bound(event.version())?, event));
    }
    // Stable: a `fixed` and an `introduced` at one version keep the order of the record. What was last affected at
    // a version was affected there, so it never comes before an `introduced` at the same one.
    sorted.sort_by(|(one, first), (other, second)| {
        let closes_late = |event: &Event<'_>| matches!(event, Event::LastAffected(_));
        one.cmp(other)
            .then(closes_late(first).cmp(&closes_late(second)))
    });
    let mut found = Vec::new();
    let mut open: Option<Option<Version>> = None;
    for (version, event) in sorted {
        match event {
            Event::Introduced(_) => {
                open.get_or_insert(version);
            }
            Event::Fixed(_) | Event::LastAffected(_) => {
                // `fixed: "0"` ends before anything began.
                let (Some(from), Some(version)) = (open.take(), version) else {
                    continue;
                };
                let end = match event {
                    Event::Fixed(_) => End::Before(version),
                    _ => End::At(version),
                };
                found.push(Interval { from, end });
            }
        }
    }
    if let Some(from) = open {
        found.push(Interval {
            from,
            end: End::Never,
        });
    }
    found.retain(|interval| !interval.is_empty());
    Ok(found)
}

impl Event<'_> {
    fn version(&self) -> &str {
        match self {
            Self::Introduced(version) | Self::Fixed(version) | Self::LastAffected(version) => {
                version
            }
        }
    }
}

/// `None` for "0", before everything. Records of other tools leave parts out: `1.2` reads `1.2.0`.
fn bound(text: &str) -> Result<Option<Version>, Unreadable> {
    if text == "0" {
        return Ok(None);
    }
    if let Ok(version) = Version::parse(text) {
        return Ok(Some(version));
    }
    let core = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(core);
    let zeros = match numbers.matches('.').count() {
        0 => ".0.0",
        1 => ".0",
        _ => return Err(Unreadable),
    };
    Version::parse(&format!("{numbers}{zeros}{rest}"))
        .map(Some)
        .map_err(|_| Unreadable)
}

/// The interval in two parts, around the registry's placeholder for removed packages.
pub(super) fn without_placeholder(interval: &Interval) -> Vec<Interval> {
    // Nothing lies between a prerelease and itself with the least identifier appended.
    let next = Version::parse(&format!("{PLACEHOLDER}.0"));
    let (Ok(gap), Ok(next)) = (Version::parse(PLACEHOLDER), next) else {
        return vec![interval.clone()];
    };
    if !interval.contains(Some(&gap)) {
        return vec![interval.clone()];
    }
    let mut parts = Vec::new();
    if interval.from.as_ref() != Some(&gap) {
        let (from, end) = (interval.from.clone(), End::Before(gap));
        parts.push(Interval { from, end });
    }
    let after = Interval {
        end: interval.end.clone(),
        from: Some(next.clone()),
    };
    if !after.is_empty() {
        parts.push(after);
    }
    parts
}

/// An npm range that is true for the same versions under `includePrerelease`.
pub(super) fn render(intervals: &[Interval], versions: &[Box<str>]) -> String {
    if intervals.iter().any(Interval::is_everything) {
        return "*".to_owned();
    }
    let mut parts: Vec<String> = intervals.iter().map(Interval::render).collect();
    for version in versions {
        // Already inside, or nothing that a range can name.
        let Ok(parsed) = Version::parse(version) else {
            continue;
        };
        if !intervals.iter().any(|range| range.contains(Some(&parsed))) {
            parts.push(parsed.to_string());
        }
    }
    parts.dedup();
    if parts.is_empty() {
        return "<0.0.0-0".to_owned();
    }
    parts.join(" || ")
}

#[cfg(test)]
mod tests;
