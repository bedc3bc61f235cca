//! Files of wallets.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::secret::Kind;
use crate::taken;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "wallet-files",
    title: "Reads files of wallets",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("wallet_files.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let all: Vec<_> = taken::taken(file)
        .iter()
        .filter(|taken| taken.kind == Kind::Wallet)
        .collect();
    let unknown = taken::reads_unknown_files(file);
    for taken in &all {
        let severity = if taken.read || unknown && all.len() >= 3 {
            Severity::High
        } else if unknown {
            Severity::Medium
        } else if all.len() >= 3 {
            // Identifiers of extensions in a page that asks which wallets are there.
            Severity::Low
        } else {
            continue;
        };
        let verb = if taken.read { "reads" } else { "names" };
        found
            .at(taken.span)
            .function(taken.function)
            .severity(severity)
            .message(format!("{verb} {}, which is a wallet's", taken.path))
            .evidence(taken.evidence.as_str())
            .same(&taken.path)
            .add();
    }
}
