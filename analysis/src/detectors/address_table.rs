//! Tables of addresses of wallets.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;
use crate::wallet::Chain;

pub(super) const DETECTOR: Detector = Detector {
    id: "address-table",
    title: "Has a table of addresses of wallets",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("address_table.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let addresses = file.addresses();
    if !addresses.is_table() {
        return;
    }
    let Some((span, function)) = addresses.first else {
        return;
    };
    // Contracts of one chain are in every library for it; nobody has accounts of many.
    let several = addresses
        .chains
        .values()
        .filter(|count| **count >= 5)
        .count()
        >= 2;
    let contracts = addresses
        .chains
        .keys()
        .all(|chain| matches!(chain, Chain::Ethereum | Chain::Solana));
    let severity = if several && !contracts {
        Severity::High
    } else if contracts {
        Severity::Low
    } else {
        Severity::Medium
    };
    found
        .at(span)
        .function(function)
        .severity(severity)
        .message(format!(
            "has {} addresses of {} kinds of wallets",
            addresses.total(),
            addresses.chains.len()
        ))
        .evidence(addresses.some.join(" "))
        .same(&addresses.some.join(" "))
        .add();
}
