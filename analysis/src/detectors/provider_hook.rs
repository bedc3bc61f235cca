//! Wallets' providers, wrapped.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::hooks;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "provider-hook",
    title: "Puts itself between a page and a wallet",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("provider_hook.md"),
    looks: Looks::File(look),
};

/// What a page asks a wallet by.
const METHODS: &[&str] = &[
    "request",
    "send",
    "sendAsync",
    "enable",
    "signTransaction",
    "signAllTransactions",
    "signAndSendTransaction",
    "signMessage",
    "sendTransaction",
    "connect",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    for write in &file.facts.writes {
        if !hooks::is_provider(&write.path) || !hooks::changes(write) {
            continue;
        }
        let method = write.path.rsplit('.').next().unwrap_or("");
        let (severity, message) = if write.path.contains('.') && METHODS.contains(&method) {
            (
                Severity::High,
                format!(
                    "replaces the wallet's {method}, so that it sees and may change what is signed"
                ),
            )
        } else if !write.path.contains('.') && !hooks::is_guarded(file, write) {
            // Wallets themselves do this, and tests.
            (
                Severity::Medium,
                format!("puts its own {} into the page", write.path),
            )
        } else {
            continue;
        };
        found.write(write).severity(severity).message(message).add();
    }
    let sets = |write: &&crate::facts::Write| {
        !write.path.contains('.') && hooks::is_provider(&write.path) && hooks::changes(write)
    };
    let proxies = file
        .facts
        .calls
        .iter()
        .any(|call| &*call.callee == "Proxy" && call.new);
    if let Some(write) = file.facts.writes.iter().find(sets).filter(|_| proxies) {
        found
            .write(write)
            .message(format!(
                "puts a proxy into the page as its {}, so that it sees and may change what is signed",
                write.path
            ))
            .add();
    }
    let announces = file
        .facts
        .strings
        .iter()
        .find(|text| &*text.text == "eip6963:announceProvider");
    if let Some(text) = announces.filter(|_| file.text.contains("stopImmediatePropagation")) {
        found
            .text(text)
            .message("keeps wallets' announcements from the page, and can make its own")
            .add();
    }
    for call in &file.facts.calls {
        let wraps = &*call.callee == "Proxy"
            && call.new
            && matches!(call.args.first(), Some(Value::Path(path)) if hooks::is_provider(path));
        if wraps {
            found
                .call(call)
                .message("wraps the wallet, so that it sees and may change what is signed")
                .add();
        }
    }
}
