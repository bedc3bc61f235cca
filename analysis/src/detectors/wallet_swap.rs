//! Addresses of wallets that are exchanged for others.

use super::{Detector, Looks};
use crate::api;
use crate::facts::Facts;
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::hooks;
use crate::value::Value;
use crate::view::FileView;
use crate::wallet::sought;

pub(super) const DETECTOR: Detector = Detector {
    id: "wallet-swap",
    title: "Exchanges addresses of wallets",
    severity: Severity::Critical,
    cold: Severity::Critical,
    page: include_str!("wallet_swap.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    copied(file, found);
    let addresses = file.addresses();
    let Some((span, function)) = addresses.first else {
        return;
    };
    let sought = sought(facts);
    let table = addresses.is_table();
    let distance = has_distance(facts);
    // On whatever it is called: receivers of this method are seldom known.
    let replaces =
        file.text.contains("replace") || facts.strings.iter().any(|text| &*text.text == "replace");
    let hooked = hooks::hooks_requests(facts);
    let clipboard = facts.calls.iter().any(|call| {
        matches!(
            api::plain(&call.callee),
            "navigator.clipboard.readText"
                | "clipboardy.read"
                | "clipboardy.readSync"
                | "electron.clipboard.readText"
        )
    });
    // What is looked for has to be exchanged for something of the same chain.
    let own = sought
        .iter()
        .filter(|chain| addresses.chains.contains_key(chain))
        .count();
    let exchanges = (table && distance)
        || (table && replaces && sought.len() >= 2)
        || (replaces && own >= 2)
        || (clipboard && own >= 1)
        // One of its own for each that it looks for, whatever is done with them.
        || (own >= 3 && file.phase != Phase::Test);
    let severity = match (exchanges, hooked) {
        (true, true) => Severity::Critical,
        (true, false) => Severity::High,
        // A table in a file that stands in the way of requests.
        (false, true) if table || (own >= 1 && sought.len() >= 2) => Severity::High,
        _ => return,
    };
    let count = addresses.total();
    let chains = addresses.chains.len();
    found
        .at(span)
        .function(function)
        .severity(severity)
        .message(format!(
            "looks for addresses of wallets and has {count} of its own, of {chains} chain{}{}",
            if chains == 1 { "" } else { "s" },
            if hooked {
                ", in what pages ask and are answered"
            } else {
                ""
            },
        ))
        .evidence(addresses.some.join(" "))
        .same(&addresses.some.join(" "))
        .add();
}

/// `document.addEventListener("copy", …)` in a file that knows addresses when it sees them.
fn copied(file: &FileView<'_>, found: &mut Found) {
    let listens = file.facts.calls.iter().find(|call| {
        call.callee.ends_with("addEventListener")
            && call.args.first().and_then(Value::text) == Some("copy")
    });
    if let Some(call) = listens
        && file.text.contains("setData")
        && !sought(&file.facts).is_empty()
    {
        found
            .call(call)
            .severity(Severity::High)
            .message(
                "looks for addresses of wallets in what is copied, and puts something else there",
            )
            .add();
    }
}

/// How alike two texts are: the least of three neighbours in a table, or a function that is named so.
fn has_distance(facts: &Facts) -> bool {
    facts
        .calls
        .iter()
        .any(|call| &*call.callee == "Math.min" && call.args.len() == 3)
        || facts.functions.iter().any(|function| {
            let name = function.name.to_ascii_lowercase();
            name.contains("levenshtein")
                || name.contains("editdistance")
                || name.contains("similarity")
        })
}
