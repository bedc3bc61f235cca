//! Who and where the machine is, sent away.

use super::{Detector, Looks};
use crate::facts::{Sink, Source};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::host::{self, Kind};
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "fingerprint-exfiltration",
    title: "Tells somebody about the machine",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("fingerprint_exfiltration.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for flow in &file.facts.flows {
        let sends = matches!(
            flow.sink,
            Sink::Url | Sink::Body | Sink::Header | Sink::Dns | Sink::Socket
        );
        let install = file.phase_of(flow.function) == Phase::Install;
        let tells = match flow.source {
            Source::Host | Source::Output => true,
            // Its own `package.json` tells where it was installed.
            Source::File => install,
            _ => false,
        };
        if !tells || !sends {
            continue;
        }
        let host = flow.args.iter().take(2).find_map(|arg| {
            host::of_value(arg).or_else(|| host::spelled(arg).and_then(|text| host::of_name(&text)))
        });
        if host.as_ref().is_some_and(|host| !host.is_public()) {
            continue;
        }
        let nobody = host
            .as_ref()
            .is_some_and(|host| matches!(host.kind, Kind::Address | Kind::Drop(_)));
        let own = host
            .as_ref()
            .is_some_and(|host| file.package.own_hosts.has(&host.name));
        // Every client says what it runs on, by a header.
        let telling = [
            "hostname",
            "userInfo",
            "networkInterfaces",
            "homedir",
            "cwd",
        ]
        .iter()
        .any(|name| flow.from.contains(name));
        if !telling && flow.sink == Sink::Header {
            continue;
        }
        let severity = match (telling, own) {
            _ if nobody => Severity::High,
            (true, false) if install || flow.sink == Sink::Dns => Severity::High,
            (true, false) if host.is_some() => Severity::Medium,
            (false, false) if install && host.is_some() => Severity::Medium,
            _ => Severity::Low,
        };
        let goal = host.map_or(String::new(), |host| format!(" to {}", host.name));
        found
            .flow(flow)
            .severity(severity)
            .message(format!("sends {}{goal}", flow.from))
            .add();
    }
}
