//! Look-ups of names that are put together.

use super::{Detector, Looks};
use crate::api::Network;
use crate::facts::Facts;
use crate::finding::Severity;
use crate::found::Found;
use crate::host::{self, Host};
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "dns-lookup",
    title: "Puts data into names it asks for",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("dns_lookup.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    hinted(file, found);
    for call in &file.facts.calls {
        if call.uses.network == Some(Network::Dns) {
            let Some(name) = call.args.first() else {
                continue;
            };
            // `data + ".collector.invalid"`: the end is fixed, the beginning is not.
            let joined = matches!(name, Value::Concat(parts) if parts.first().and_then(Value::text).is_none_or(str::is_empty));
            let asked = host::spelled(name).and_then(|text| host::of_name(&text));
            if let Some(asked) = asked.filter(|asked| joined && asked.is_public()) {
                found
                    .call(call)
                    .severity(match encodes(&file.facts) {
                        true => Severity::High,
                        false => Severity::Medium,
                    })
                    .message(format!(
                        "asks for names below {} that are put together",
                        asked.domain()
                    ))
                    .same(asked.domain())
                    .add();
            } else if call.callee.ends_with(".resolveTxt") && !is_protocol(name) {
                found
                    .call(call)
                    .severity(Severity::Low)
                    .message("reads texts out of the name system")
                    .add();
            }
        } else if matches!(
            &*call.callee,
            "dns.setServers" | "dns.promises.setServers" | "dns/promises.setServers"
        ) {
            let Some(Value::Array(servers)) = call.args.first() else {
                continue;
            };
            let own = servers
                .iter()
                .filter_map(Value::text)
                .filter_map(host::of_name)
                .any(|server| server.is_public());
            if own {
                found
                    .call(call)
                    .severity(Severity::Low)
                    .message("asks its own name servers instead of the system's")
                    .add();
            }
        }
    }
}

/// A page that is told to look a name up, or to connect, before it asks for anything.
fn hinted(file: &FileView<'_>, found: &mut Found) {
    if file.facts.writes.is_empty() {
        return;
    }
    let hints = ["preconnect", "dns-prefetch"];
    if !(file.facts.strings.iter()).any(|text| hints.contains(&&*text.text)) {
        return;
    }
    for write in &file.facts.writes {
        let Value::Concat(parts) = &write.value else {
            continue;
        };
        let put_together = parts.len() >= 3
            && write.path.ends_with(".href")
            && parts[0].text().is_some_and(|start| start.ends_with("://"))
            && parts[1].text().is_none();
        let asked = host::of_value(&write.value).filter(Host::is_public);
        if let Some(asked) = asked.filter(|_| put_together) {
            found
                .write(write)
                .severity(Severity::High)
                .message(format!(
                    "makes a page ask for names below {} that are put together",
                    asked.domain()
                ))
                .same(asked.domain())
                .add();
        }
    }
}

/// Makes labels of data.
fn encodes(facts: &Facts) -> bool {
    facts.calls.iter().any(|call| {
        let encoding = || call.args.first().and_then(Value::text);
        let named = || matches!(encoding(), Some("hex" | "base64" | "base64url"));
        call.callee.starts_with("Buffer.") && call.callee.ends_with(".toString") && named()
            || &*call.callee == "btoa"
    })
}

/// Names with a meaning of their own in mail and service discovery: `_dmarc`, `_mongodb._tcp`.
fn is_protocol(name: &Value) -> bool {
    let mut any = false;
    name.texts(&mut |text| any |= text.starts_with('_'));
    any
}
