//! Messages that somebody else gets, too.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::host;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "blind-copy",
    title: "Sends copies of messages to its own address",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("blind_copy.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let foreign = |value: &Value| {
        let (_, host) = value
            .text()?
            .trim()
            .trim_end_matches('>')
            .rsplit_once('@')?;
        let host = host::of_name(host)?;
        (host.is_public() && !file.package.own_hosts.has(&host.name)).then_some(host.name)
    };
    for write in &file.facts.writes {
        if &*write.path == "?.bcc"
            && let Some(name) = foreign(&write.value)
        {
            found.write(write).message(message(&name)).add();
        }
        if &*write.path == "?.to"
            && let Some(name) = foreign(&write.value)
        {
            found
                .write(write)
                .severity(Severity::High)
                .message(format!("sends messages to a fixed address at {name}"))
                .add();
        }
    }
}

fn message(name: &str) -> String {
    format!("sends a blind copy of each message to an address at {name}")
}
