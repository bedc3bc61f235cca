//! Files with credentials.

use super::{Detector, Looks};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::host::Host;
use crate::reach;
use crate::secret::Kind;
use crate::taken::{self, Taken};
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "secret-file",
    title: "Reads files with credentials",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("secret_file.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let all: Vec<&Taken> = taken::taken(file)
        .iter()
        .filter(|taken| taken.kind == Kind::Credential)
        .collect();
    if all.is_empty() {
        return;
    }
    // Several that are not one's own settings are a list of what to take.
    let strong = all
        .iter()
        .filter(|taken| !taken::is_settings(&taken.path))
        .count();
    let unknown = taken::reads_unknown_files(file);
    let foreign = |host: &Host| host.is_public() && !file.package.own_hosts.has(&host.name);
    let names_host = reach::named(file).iter().any(|named| foreign(&named.host))
        || reach::reached(file)
            .iter()
            .any(|reached| foreign(&reached.host));
    for taken in &all {
        // A project's own settings of yarn name its mirrors and catalogues.
        let yarn = taken.path.contains(".yarnrc") && !taken.path.starts_with('~');
        // Tools look up in npm's settings where to ask and as whom: when they are told to, and only there.
        let asked = matches!(file.phase_of(taken.function), Phase::Call | Phase::Bin);
        let setting = asked && taken::is_settings(&taken.path) && all.len() == 1 && !names_host;
        let severity = if (yarn || setting) && taken.read {
            Severity::Medium
        } else if taken.read || unknown && strong >= 3 {
            Severity::High
        } else if unknown && !taken::is_settings(&taken.path) {
            Severity::Medium
        } else if unknown {
            Severity::Low
        } else {
            continue;
        };
        let verb = if taken.read { "reads" } else { "names" };
        found
            .at(taken.span)
            .function(taken.function)
            .severity(severity)
            .message(format!("{verb} {}", taken.path))
            .evidence(taken.evidence.as_str())
            .same(&taken.path)
            .add();
    }
}
