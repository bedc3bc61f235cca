//! Commands read out of a public chain.

use super::{Detector, Looks};
use crate::facts::{Facts, Sink, Source};
use crate::finding::Severity;
use crate::found::Found;
use crate::reach;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "chain-hosted-command",
    title: "Takes commands from a public chain",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("chain_hosted_command.md"),
    looks: Looks::File(look),
};

/// Words of requests that read what somebody wrote into a chain.
const READS: &[&str] = &[
    "eth_call",
    "eth_getTransactionByHash",
    "eth_getStorageAt",
    "eth_getLogs",
    "getSignaturesForAddress",
    "getTransaction",
    "getParsedTransaction",
    "spl-memo",
    "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
];

/// Gateways to programs on chains, which answer like web servers.
const GATEWAYS: &[&str] = &[
    "icp0.io",
    "ic0.app",
    "raw.icp0.io",
    "raw.ic0.app",
    "icp-api.io",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    let gateway = reach::reached(file)
        .iter()
        .map(|reached| {
            (
                &reached.host,
                reached.span,
                reached.function,
                reached.evidence.as_str(),
            )
        })
        .find(|(host, ..)| GATEWAYS.iter().any(|gateway| host.is_below(gateway)));
    let runs = runs_something(facts);
    if let Some((host, span, function, evidence)) = gateway {
        found
            .at(span)
            .function(function)
            .severity(if runs {
                Severity::High
            } else {
                Severity::Medium
            })
            .message(format!("asks a program on a chain, {}", host.name))
            .evidence(evidence)
            .same(&host.name)
            .add();
    }
    let Some(read) = facts
        .strings
        .iter()
        .find(|text| READS.iter().any(|word| *text.text == **word) || is_rpc_body(&text.text))
        .map(|text| (text.span, text.function, text.text.to_string()))
        .or_else(|| {
            facts.calls.iter().find_map(|call| {
                let method = call.callee.rsplit('.').next().unwrap_or("");
                (call.callee.contains("Connection()") && READS.contains(&method))
                    .then(|| (call.span, call.function, call.callee.to_string()))
            })
        })
    else {
        return;
    };
    // A library is told the address; a loader knows its own.
    let Some(address) = facts.strings.iter().find(|text| is_address(&text.text)) else {
        return;
    };
    if !runs {
        return;
    }
    let (span, function, word) = read;
    found
        .at(span)
        .function(function)
        .message("reads a public chain at a fixed address, and runs code or programs")
        .evidence(format!("{word} {}", address.text))
        .same(&address.text)
        .add();
}

fn is_rpc_body(text: &str) -> bool {
    text.len() < 2_000
        && text.contains("\"method\"")
        && READS
            .iter()
            .any(|word| text.contains(&format!("\"{word}\"")))
}

/// An Ethereum contract, or a Solana account of a length that words do not have.
fn is_address(text: &str) -> bool {
    let hexadecimal = text.len() == 42
        && text
            .strip_prefix("0x")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
        && !text.starts_with("0x00000000");
    let base58 = (43..=44).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() && !matches!(byte, b'0' | b'O' | b'I' | b'l'))
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_lowercase());
    hexadecimal || base58
}

fn runs_something(facts: &Facts) -> bool {
    facts
        .calls
        .iter()
        .any(|call| call.uses.runs_text.is_some() || call.uses.starts_process)
        || facts.flows.iter().any(|flow| {
            flow.source == Source::Network
                && matches!(flow.sink, Sink::Code | Sink::Process | Sink::RunFile)
        })
}
