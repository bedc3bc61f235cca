//! What scripts of shells and other languages do.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::command::Deed;
use crate::finding::Severity;
use crate::found::Found;
use crate::lexical;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "harmful-script",
    title: "Contains a script that does what attackers do",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("harmful_script.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for line in lexical::deeds(file.kind, &file.text) {
        let severity = match line.deed {
            Deed::RunsDecoded | Deed::ReverseShell | Deed::SendsSecret => Severity::Critical,
            Deed::RunsFetched
            | Deed::Wipes
            | Deed::Autostarts
            | Deed::Disarms
            | Deed::ReadsSecret => Severity::High,
            Deed::Hides | Deed::RunsForOthers | Deed::Publishes => Severity::Medium,
            Deed::Fetches | Deed::Sends | Deed::Decodes | Deed::ReadsClipboard => Severity::Low,
            _ => continue,
        };
        // What fetches fetches many things; the first tells.
        if severity == Severity::Low && !seen.insert(line.deed) {
            continue;
        }
        found
            .at(line.span)
            .severity(severity)
            .message(format!(
                "is {} that {}",
                file.kind.phrase(),
                line.deed.words()
            ))
            .evidence(line.words)
            .add();
    }
}
