//! Transactions that are changed before they are signed.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::hooks;
use crate::view::FileView;
use crate::wallet::{self, Chain};

pub(super) const DETECTOR: Detector = Detector {
    id: "calldata-rewrite",
    title: "Changes transactions before they are signed",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("calldata_rewrite.md"),
    looks: Looks::File(look),
};

/// approve, permit, transfer, transferFrom, increaseAllowance, setApprovalForAll.
const SELECTORS: &[&str] = &[
    "095ea7b3", "d505accf", "a9059cbb", "23b872dd", "39509351", "a22cb465",
];

/// What a page asks a wallet for.
const REQUESTS: &[&str] = &[
    "eth_sendTransaction",
    "eth_signTransaction",
    "solana_signTransaction",
    "solana_signAndSendTransaction",
    "wallet_sendCalls",
];

/// The one that a text begins with.
fn selector(text: &str) -> Option<&'static str> {
    if text.len() > 80 {
        return None;
    }
    let begins = text.strip_prefix("0x").unwrap_or(text).get(..8)?;
    SELECTORS.iter().copied().find(|known| *known == begins)
}

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    let mut selectors = facts.strings.iter().filter_map(|text| {
        let known = selector(&text.text)?;
        Some((text, known))
    });
    let Some((first, one)) = selectors.next() else {
        return;
    };
    let several = selectors.any(|(_, another)| another != one);
    let asks = facts
        .strings
        .iter()
        .any(|text| REQUESTS.contains(&&*text.text));
    if !asks {
        return;
    }
    let provider = facts
        .writes
        .iter()
        .any(|write| hooks::is_provider(&write.path) && hooks::changes(write));
    // The amount or the recipient that it puts in.
    let unlimited = facts.strings.iter().any(|text| {
        text.text.len() >= 64
            && text
                .text
                .trim_start_matches("0x")
                .bytes()
                .all(|byte| byte == b'f' || byte == b'F')
    });
    let recipient = facts
        .strings
        .iter()
        .any(|text| wallet::address(&text.text) == Some(Chain::Ethereum));
    let severity = match (provider, several, unlimited || recipient) {
        (true, ..) => Severity::High,
        (false, true, true) => Severity::Medium,
        _ => return,
    };
    found
        .text(first)
        .severity(severity)
        .message(
            "knows payments and permissions by their selectors, and what wallets are asked to sign",
        )
        .add();
}
