//! Hosts that a file reaches, and hosts that it only names.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::api::{self, Network};
use crate::command::{self, Deed};
use crate::facts::Span;
use crate::found::{shown, shown_call};
use crate::host::{self, Host};
use crate::source::Source;
use crate::view::PackageView;

/// A host at the end of a request, a connection, a look-up or a command.
#[derive(Clone, Debug)]
pub struct Reached {
    pub host: Host,
    pub span: Span,
    pub function: u32,
    /// The call, decoded.
    pub evidence: String,
    /// Only its name is asked for.
    pub looked_up: bool,
}

/// Hosts that the file's calls reach, in the order of calls, data flows and imports.
pub fn reached(source: &Source) -> &[Reached] {
    source.reached.get_or_init(|| all_reached(source))
}

fn all_reached(source: &Source) -> Vec<Reached> {
    let facts = &source.facts;
    let mut all = Vec::new();
    for call in &facts.calls {
        if let Some(network) = call.uses.network {
            all.extend(api::host(call, network).map(|host| Reached {
                host,
                span: call.span,
                function: call.function,
                evidence: shown_call(&call.callee, &call.args, call.new),
                looked_up: network == Network::Dns,
            }));
        } else if let Some(line) = api::command_line(call) {
            let command = command::read(&line);
            if !(command.does(Deed::Fetches) || command.does(Deed::Sends)) {
                continue;
            }
            all.extend(command.hosts.into_iter().map(|host| Reached {
                host,
                span: call.span,
                function: call.function,
                evidence: shown_call(&call.callee, &call.args, call.new),
                looked_up: false,
            }));
        }
    }
    // Sinks that are no call of the table: `Image().src`, methods of clients that were made elsewhere.
    for flow in &facts.flows {
        use crate::facts::Sink::{Body, Header, Socket, Url};
        if !matches!(flow.sink, Url | Body | Header | Socket) {
            continue;
        }
        if all.iter().any(|known| known.span == flow.to_span) {
            continue;
        }
        all.extend(
            flow.args
                .iter()
                .take(2)
                .find_map(host::of_value)
                .map(|host| Reached {
                    host,
                    span: flow.to_span,
                    function: flow.function,
                    evidence: shown_call(&flow.to, &flow.args, false),
                    looked_up: false,
                }),
        );
    }
    // Elements of a page ask for what they are pointed at.
    for write in &facts.writes {
        if !loads(&write.path) || all.iter().any(|known| known.span == write.span) {
            continue;
        }
        all.extend(host::of_value(&write.value).map(|host| Reached {
            host,
            span: write.span,
            function: write.function,
            evidence: format!("{} = {}", write.path, shown(&write.value)),
            looked_up: false,
        }));
    }
    for import in &facts.imports {
        all.extend(host::of_value(&import.specifier).map(|host| Reached {
            host,
            span: import.span,
            function: import.function,
            evidence: format!("import {}", shown(&import.specifier)),
            looked_up: false,
        }));
    }
    all
}

/// Whether writing there makes a page ask.
fn loads(path: &str) -> bool {
    let made = path
        .strip_prefix("document.createElement()")
        .or_else(|| path.strip_prefix("Image()"));
    matches!(made, Some(".src" | ".href" | ".data" | ".action"))
}

/// A host in a text that is a URL and nothing else, or a hidden address of mail.
#[derive(Clone, Debug)]
pub struct Named {
    pub host: Host,
    pub text: Rc<str>,
    pub span: Span,
    pub function: u32,
    pub decoded: bool,
}

/// Public hosts in the file's texts, each once; decoded ones first.
pub fn named(source: &Source) -> &[Named] {
    source.named.get_or_init(|| all_named(source))
}

fn all_named(source: &Source) -> Vec<Named> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for decoded in [true, false] {
        for text in source
            .facts
            .strings
            .iter()
            .filter(|text| text.decoded == decoded)
        {
            let is_url = text.text.len() < 2_000
                && text.text.contains("://")
                && !text.text.trim().contains([' ', '\n']);
            let host = match is_url {
                true => host::of_url(&text.text),
                false if decoded && text.text.contains('@') => of_mailbox(&text.text),
                false => {
                    put_together(&source.text, &text.text).or_else(|| behind_a_gap(&text.text))
                }
            };
            if let Some(host) = host
                && seen.insert(host.name.clone())
            {
                all.push(Named {
                    host,
                    text: text.text.clone(),
                    span: text.span,
                    function: text.function,
                    decoded,
                });
            }
        }
    }
    all
}

/// What looks like a name but ends otherwise is a path of members.
const ENDINGS: &[&str] = &[
    "com", "net", "org", "io", "dev", "app", "xyz", "top", "site", "online", "cloud", "cc", "ru",
    "cn", "su", "tk", "sh", "live", "pro", "club", "ws", "pw", "click", "icu", "invalid",
];

/// `https://${region}.service.invalid/path`, of which the text behind the gap is seen: `.service.invalid/path`.
fn behind_a_gap(text: &str) -> Option<Host> {
    let (name, _) = text.strip_prefix('.')?.split_once('/')?;
    let (before, ending) = name.rsplit_once('.')?;
    if text.len() > 300 || before.is_empty() || !ENDINGS.contains(&ending) {
        return None;
    }
    host::of_name(name).filter(|host| host.kind == host::Kind::Name)
}

/// `name@host`, and nothing else.
fn of_mailbox(text: &str) -> Option<Host> {
    let (name, host) = text.split_once('@')?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    let is_name = !name.is_empty() && name.len() <= 64 && name.bytes().all(is_plain);
    host::of_name(host).filter(|host| is_name && host.kind == host::Kind::Name)
}

/// A host that stands alone, and in the file only in pieces.
fn put_together(source: &str, text: &str) -> Option<Host> {
    let ending = text.rsplit_once('.')?.1;
    if text.len() > 100 || text.matches('.').count() < 2 || !ENDINGS.contains(&ending) {
        return None;
    }
    host::of_name(text).filter(|host| host.kind == host::Kind::Name && !source.contains(text))
}

/// A file with more names of hosts than this is a table of them.
const NAMES: usize = 40;

/// Hosts that a file names and does not ask, where it or another file of the package asks hosts that its calls do not tell.
pub fn meant<'s>(file: &'s Source, package: &PackageView) -> Vec<&'s Named> {
    if !package.uses_network && !asks_unknown_hosts(file) {
        return Vec::new();
    }
    let reached = reached(file);
    let meant: Vec<&Named> = named(file)
        .iter()
        .filter(|named| named.host.kind == host::Kind::Name)
        .filter(|named| {
            !reached
                .iter()
                .any(|known| known.host.name == named.host.name)
        })
        .collect();
    match meant.len() {
        ..=NAMES => meant,
        _ => Vec::new(),
    }
}

/// Whether the file sends requests to somewhere that its calls do not tell.
pub fn asks_unknown_hosts(source: &Source) -> bool {
    source.facts.calls.iter().any(|call| {
        matches!(call.uses.network, Some(network @ (Network::Request | Network::Socket)) if api::host(call, network).is_none())
    })
}

/// Whether the file reaches the network at all.
pub fn uses_network(source: &Source) -> bool {
    source
        .facts
        .calls
        .iter()
        .any(|call| call.uses.network.is_some())
        || writes_requests(source)
}

/// Names of what asks, as texts: code that writes code has them.
fn writes_requests(source: &Source) -> bool {
    source
        .facts
        .strings
        .iter()
        .any(|text| matches!(&*text.text, "sendBeacon" | "XMLHttpRequest"))
}
