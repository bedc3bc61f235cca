//! The stale "every version" report: `ossf/malicious-packages` merges the reports of one origin as a union, so that a
//! first "all versions" stays next to the later "4.1.1 to 4.1.2" for a time, and every release of a top package
//! reads as malicious.

use jiff::Timestamp;

/// One entry of `malicious-packages-origins`: what one source reported at one time.
#[derive(Debug)]
pub(super) struct Origin {
    /// The source's own id of the report; only reports of one id supersede each other.
    pub(super) id: Option<String>,
    pub(super) modified: Option<Timestamp>,
    pub(super) imported: Option<Timestamp>,
    pub(super) says: Extent,
}

/// How much one report covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Nothing,
    /// Listed versions or ranges with an end.
    Part,
    Everything,
}

/// True if reports of "every version" exist and each was superseded by a newer and narrower report of its own id.
/// Without such a report, or with one that nothing superseded, what the record says stands.
pub(super) fn everything_is_stale(origins: &[Origin]) -> bool {
    let mut reports = origins
        .iter()
        .filter(|origin| origin.says == Extent::Everything)
        .peekable();
    reports.peek().is_some() && reports.all(|report| is_superseded(report, origins))
}

fn is_superseded(report: &Origin, origins: &[Origin]) -> bool {
    let Some(id) = &report.id else {
        return false;
    };
    let of_this_id = || {
        origins
            .iter()
            .filter(|origin| origin.id.as_ref() == Some(id))
    };
    let newest = of_this_id().map(Origin::age).max();
    // Of several newest ones, all must be narrow.
    of_this_id()
        .filter(|origin| Some(origin.age()) == newest)
        .all(|origin| origin.says == Extent::Part)
}

impl Origin {
    fn age(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.modified, self.imported)
    }
}
