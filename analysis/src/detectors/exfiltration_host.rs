//! Hosts at which anybody gets an address unnamed.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::host::{Drop, Kind};
use crate::reach;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "exfiltration-host",
    title: "Reaches a place to drop things at",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("exfiltration_host.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for reached in reach::reached(file) {
        let Kind::Drop(drop) = reached.host.kind else {
            continue;
        };
        if file.package.own_hosts.has(&reached.host.name) || !seen.insert(reached.host.name.clone())
        {
            continue;
        }
        let verb = if reached.looked_up {
            "asks for the name of"
        } else {
            "sends requests to"
        };
        found
            .at(reached.span)
            .function(reached.function)
            .severity(severity(drop, &reached.evidence))
            .message(format!("{verb} {}, {}", reached.host.name, drop.words()))
            .evidence(reached.evidence.as_str())
            .same(&reached.host.name)
            .add();
    }
    for named in reach::named(file) {
        let Kind::Drop(drop) = named.host.kind else {
            continue;
        };
        if file.package.own_hosts.has(&named.host.name) || !seen.insert(named.host.name.clone()) {
            continue;
        }
        // The address of one's own box, ready for use, is there to be used.
        let severity = if severity(drop, &named.text) == Severity::High
            && has_box(&named.text)
            && reach::uses_network(file)
        {
            Severity::High
        } else {
            Severity::Low
        };
        found
            .at(named.span)
            .function(named.function)
            .severity(severity)
            .message(format!("names {}, {}", named.host.name, drop.words()))
            .evidence(&*named.text)
            .same(&named.host.name)
            .add();
    }
}

/// Clients of chats and paste sites build the URL from a token of their user; a thief brings his own.
fn severity(drop: Drop, evidence: &str) -> Severity {
    match drop {
        Drop::Chat if !has_token(evidence) => Severity::Low,
        Drop::Paste | Drop::Files if !has_box(evidence) => Severity::Medium,
        _ => Severity::High,
    }
}

/// `/bot123456:AA…`, `/api/webhooks/1234567890/…`, `/services/T0…/B0…`.
fn has_token(text: &str) -> bool {
    ["/bot", "/webhooks/", "/services/T", "/attachments/"]
        .iter()
        .filter_map(|start| text.split_once(start))
        .any(|(_, rest)| {
            rest.bytes()
                .take(6)
                .filter(u8::is_ascii_alphanumeric)
                .count()
                >= 5
        })
}

/// There is more than the host.
fn has_box(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        return true;
    };
    rest.split_once('/').is_some_and(|(host, path)| {
        host.matches('.').count() > 1 || path.bytes().filter(u8::is_ascii_alphanumeric).count() >= 4
    })
}
