//! Looks for signs of an analyst's machine.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::FileView;
use crate::words::Words;

pub(super) const DETECTOR: Detector = Detector {
    id: "sandbox-evasion",
    title: "Looks for signs of an analyst's machine",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("sandbox_evasion.md"),
    looks: Looks::File(look),
};

/// Makers and drivers of virtual machines.
static MACHINES: Words = Words::in_any_case(&[
    "vmware",
    "virtualbox",
    "vbox",
    "qemu",
    "xen",
    "hyper-v",
    "parallels",
    "vboxservice",
    "vboxguest",
    "vmtoolsd",
    "kvm",
    "bochs",
    "innotek",
]);
/// Tools of analysts, and names of their machines and users.
static ANALYSTS: Words = Words::in_any_case(&[
    "wireshark",
    "fiddler",
    "procmon",
    "procexp",
    "x64dbg",
    "ollydbg",
    "ida64",
    "idaq",
    "cuckoo",
    "sandboxie",
    "malware",
    "maltest",
    "sandbox",
    "virustotal",
    "wdagutilityaccount",
    "hybrid-analysis",
    "joesandbox",
    "any.run",
    "remnux",
    "flare-vm",
    "httpdebugger",
    "processhacker",
    "mitmproxy",
    "burpsuite",
    "tequilaboomboom",
    "hal9th",
]);

fn look(file: &FileView<'_>, found: &mut Found) {
    // Texts of dictionaries name everything.
    if file.facts.strings.len() > 5_000 {
        return;
    }
    let mut machines = BTreeSet::new();
    let mut analysts = BTreeSet::new();
    let mut first = None;
    let named = [&MACHINES, &ANALYSTS].map(|words| words.are_in(file.texts()));
    if named == [false, false] {
        return;
    }
    for text in file
        .facts
        .strings
        .iter()
        .filter(|text| text.text.len() <= 40)
    {
        let word = stem(&text.text);
        if let Some(name) = MACHINES.whole(word) {
            machines.insert(name);
            first = first.or(Some(text));
        } else if let Some(name) = ANALYSTS.whole(word) {
            analysts.insert(name);
            first = first.or(Some(text));
        }
    }
    let asks = file.facts.calls.iter().any(|call| {
        matches!(
            &*call.callee,
            "os.hostname" | "os.userInfo" | "os.cpus" | "os.totalmem" | "os.networkInterfaces"
        ) || call.uses.starts_process
    });
    let (Some(text), true) = (first, asks) else {
        return;
    };
    let (analysts, machines) = (analysts.len(), machines.len());
    let severity = match (analysts, machines) {
        (3.., _) | (2, 2..) => Severity::High,
        (_, 3..) | (2, _) => Severity::Medium,
        _ => return,
    };
    let severity = if matches!(file.phase, Phase::Test) {
        Severity::Low
    } else {
        severity
    };
    found
        .text(text)
        .severity(severity)
        .message(format!("names {machines} kinds of virtual machines and {analysts} tools or users of analysts, and asks for the machine"))
        .same(&file.path)
        .add();
}

/// `VBoxService` of `VBoxService.exe`.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, end)) if end.eq_ignore_ascii_case("exe") || end.eq_ignore_ascii_case("sys") => {
            stem
        }
        _ => name,
    }
}
